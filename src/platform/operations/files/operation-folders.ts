import { randomBytes } from 'node:crypto';
import { chmod, chown, cp, lstat, mkdir, readdir, readFile, readlink, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../version.js';
import { shellQuoted } from '../process/first-shell.js';
import type { OperationUser } from '../process/containment.js';

const SHIPPED = join(PACKAGE_ROOT, 'resources', 'worker');
const WORKER = /^worker-(\d+)-([\da-z]+)-(\d+)-[\da-f]+$/;

/**
 * Folders of operations, each with a name nobody can guess beneath one that nobody else can list: only what runs in an
 * operation knows where its own folder is.
 */
export class OperationFolders {
  private constructor(
    /** Of all workers of this user. */
    readonly home: string,
    /** Of this worker. */
    readonly root: string,
    private readonly user: OperationUser,
    /** Holds the `ctx` command, and Python's packages in `python`. */
    readonly tools: string,
  ) {}

  /**
   * Makes this worker's folder and removes those of workers that are gone.
   * @throws Error when somebody else made the folder in a place where everybody may
   */
  static async open(base: string, user: OperationUser): Promise<OperationFolders> {
    const ours = process.getuid?.() ?? 0;
    await mkdir(base, { recursive: true, mode: 0o711 });
    const home = join(await realpath(base), `holdfast-operations-${ours}`);
    await mkdir(home, { recursive: true, mode: 0o711 });
    const found = await lstat(home);
    if (!found.isDirectory() || found.uid !== ours) {
      throw new Error(`${home} is not a folder of this user; set operations_folder to another place`);
    }
    await chmod(home, 0o711);
    await removeLeftovers(home);
    const life = `${await beginOf(process.pid)}-${await pidNamespace()}`;
    const root = join(home, `worker-${process.pid}-${life}-${randomBytes(6).toString('hex')}`);
    await mkdir(root, { mode: 0o711 });
    const folders = new OperationFolders(home, root, user, join(root, 'tools'));
    await folders.layTools();
    return folders;
  }

  /** A fresh folder that only its operation can enter. */
  async make(): Promise<string> {
    const folder = join(this.root, randomBytes(16).toString('hex'));
    await mkdir(folder, { mode: 0o700 });
    return folder;
  }

  /** Hands a file or folder to the operation. */
  async give(path: string): Promise<void> {
    if (this.user !== null) await chown(path, this.user.uid, this.user.gid);
  }

  /** To be called when no process of the operation is left: nobody then moves what is being removed. */
  async remove(folder: string): Promise<void> {
    await rm(folder, { recursive: true, force: true, maxRetries: 2 });
  }

  async close(): Promise<void> {
    await this.remove(this.root);
  }

  /** Copied, since the place where the program is installed may be closed to the user that operations run as. */
  private async layTools(): Promise<void> {
    await mkdir(this.tools, { mode: 0o755 });
    await cp(join(SHIPPED, 'python'), join(this.tools, 'python'), { recursive: true });
    await cp(join(SHIPPED, 'ctx-sh'), join(this.tools, 'ctx-sh'));
    // Bash begins in 2 ms where Node takes 40, and a script calls `ctx` often; where there is none, Node is.
    if (await isThere('/bin/bash')) {
      await cp(join(SHIPPED, 'ctx.bash'), join(this.tools, 'ctx'));
    } else {
      await cp(join(SHIPPED, 'ctx.mjs'), join(this.tools, 'ctx.mjs'));
      const command = [process.execPath, join(this.tools, 'ctx.mjs')].map(shellQuoted).join(' ');
      await writeFile(join(this.tools, 'ctx'), `#!/bin/sh\nexec ${command} "$@"\n`);
    }
    await chmod(join(this.tools, 'ctx'), 0o755);
    await makeReadable(this.tools);
  }
}

/** Whatever the mask of the process is. */
async function makeReadable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await makeReadable(path);
    else await chmod(path, entry.name === 'ctx' ? 0o755 : 0o644);
  }
}

/** Numbers of processes mean nothing outside of their namespace: folders of other containers are left alone. */
async function removeLeftovers(home: string): Promise<void> {
  const ours = await pidNamespace();
  for (const name of await readdir(home)) {
    const [, pid = '', began = '', namespace = ''] = WORKER.exec(name) ?? [];
    if (pid === '' || namespace !== ours || (await beginOf(Number(pid))) === began) continue;
    await rm(join(home, name), { recursive: true, force: true }).catch(() => undefined);
  }
}

/** When a process began, which tells it from earlier ones of the same number. */
async function beginOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (stat === null) return isAlive(pid) ? 'alive' : 'gone';
  return Number(stat.slice(stat.lastIndexOf(')')).split(' ')[20] ?? '0').toString(36);
}

async function pidNamespace(): Promise<string> {
  const link = await readlink('/proc/self/ns/pid').catch(() => '');
  return /\d+/.exec(link)?.[0] ?? '0';
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
