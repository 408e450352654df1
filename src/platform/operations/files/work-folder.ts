import { randomBytes } from 'node:crypto';
import { chown, copyFile, lstat, mkdir, readdir, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { OperationHost } from '../operation-dispatch.js';
import type { OperationUser } from '../process/containment.js';

/**
 * The deployment's files as an operation sees them. Where it cannot reach them it gets a copy, and what it changed
 * there is taken over when it has ended, as agents do it (agent-protocol §7): parallel operations share the folder, and
 * the last one wins.
 */
export class WorkFolder {
  private copied: { readonly from: string; readonly to: string; readonly before: ReadonlyMap<string, string> } | null =
    null;

  constructor(
    private readonly host: OperationHost,
    private readonly user: OperationUser,
    /** Whether operations cannot reach the deployment's own folder. */
    private readonly isApart: boolean,
    /** The operation's own folder. */
    private readonly folder: string,
    /** A folder that no operation enters, on the same file system. */
    private readonly staging: string,
  ) {}

  async path(): Promise<string> {
    const from = await this.host.workFolder();
    if (!this.isApart) return from;
    if (this.copied !== null) return this.copied.to;
    // Made where the operation cannot reach, and moved: nothing is ever written along a path that it could change.
    const staged = join(this.staging, `staged-${randomBytes(12).toString('hex')}`);
    await mkdir(staged, { mode: 0o700 });
    for (const file of await filesBelow(from)) {
      await mkdir(dirname(join(staged, file)), { recursive: true });
      await copyFile(join(from, file), join(staged, file));
    }
    if (this.user !== null) await chownAll(staged, this.user);
    const before = await stamps(staged);
    const to = join(this.folder, `deployment-${randomBytes(6).toString('hex')}`);
    await rename(staged, to);
    this.copied = { from, to, before };
    return to;
  }

  /** To be called when no process of the operation is left. */
  async takeOver(): Promise<void> {
    if (this.copied === null) return;
    const { from, to, before } = this.copied;
    this.copied = null;
    const now = (await isFolder(to)) ? await stamps(to) : new Map<string, string>();
    for (const [file, stamp] of now) {
      if (before.get(file) === stamp) continue;
      const target = await inside(from, file);
      await copyFile(join(to, file), target);
    }
    for (const file of before.keys()) if (!now.has(file)) await rm(join(from, file), { force: true });
  }

  async put(path: string, content: Buffer): Promise<void> {
    const from = await this.host.workFolder();
    await writeFile(await inside(from, path), content);
  }

  async remove(path: string): Promise<void> {
    const from = await this.host.workFolder();
    await rm(await inside(from, path), { force: true });
  }
}

/** The path below `folder`, its parents made; no link leads out. @throws Error */
async function inside(folder: string, path: string): Promise<string> {
  const target = join(folder, path);
  const parent = dirname(target);
  if (path.includes('\0') || !target.startsWith(folder + sep))
    throw new Error(`${path} is not in the deployment's folder`);
  await mkdir(parent, { recursive: true });
  const [real, root] = await Promise.all([realpath(parent), realpath(folder)]);
  const found = await lstat(target).catch(() => null);
  if ((real !== root && !real.startsWith(root + sep)) || found?.isSymbolicLink() === true) {
    throw new Error(`${path} is not in the deployment's folder`);
  }
  return target;
}

async function isFolder(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => null))?.isDirectory() === true;
}

/** Plain files only: links and devices of an operation are its own. */
async function filesBelow(folder: string): Promise<string[]> {
  if (!(await isFolder(folder))) return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

async function stamps(folder: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const file of await filesBelow(folder)) {
    const { size, mtimeMs, ino } = await lstat(join(folder, file));
    found.set(file, `${size} ${mtimeMs} ${ino}`);
  }
  return found;
}

async function chownAll(folder: string, user: NonNullable<OperationUser>): Promise<void> {
  for (const name of await readdir(folder, { recursive: true })) await chown(join(folder, name), user.uid, user.gid);
  await chown(folder, user.uid, user.gid);
}
