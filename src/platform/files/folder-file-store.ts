import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, realpath, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import type { Clock } from '../clock/clock.js';
import { assertFileKey, isFileKey } from './file-key.js';
import {
  FileStore,
  type FileEntry,
  type OpenedFile,
  type PutOptions,
  type Staging,
  type StoredFile,
} from './file-store.js';
import { makeFolders, syncPath, syncTree } from './disk.js';
import { StagingArea } from './staging-area.js';
import { codeOf, storageError } from './storage-error.js';
import { bodyTooLarge } from './upload-body.js';
import { writeNewFile } from './write-new-file.js';

/** Without O_NONBLOCK the opening of a pipe would wait for its other end. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const ABSENT: readonly unknown[] = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'];

/**
 * Files in a folder of this machine, `root/files/<key>`; what is unfinished lies in `root/staging` and what is being
 * removed in `root/trash`, on the same file system, so that each change is one rename. No link is followed: the store
 * makes none, so one that is there was put there by somebody else.
 */
export class FolderFileStore extends FileStore {
  private readonly files: string;
  private readonly trash: string;
  private readonly staging: StagingArea;

  private constructor(private readonly root: string) {
    super();
    this.files = join(root, 'files');
    this.trash = join(root, 'trash');
    this.staging = new StagingArea(join(root, 'staging'));
  }

  /** Makes the folders where they are missing, and removes what an earlier process left unfinished. */
  static async open(folder: string, clock: Clock): Promise<FolderFileStore> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const store = new FolderFileStore(await realpath(folder));
    for (const part of ['files', 'trash', 'staging'])
      await mkdir(join(store.root, part), { recursive: true, mode: 0o700 });
    await store.staging.removeStale(clock.now());
    for (const name of await readdir(store.trash)) await throwAway(join(store.trash, name));
    return store;
  }

  override stage(): Promise<Staging> {
    return this.staging.create();
  }

  override async putStream(
    key: string,
    source: AsyncIterable<Uint8Array>,
    { maxBytes }: PutOptions,
  ): Promise<StoredFile> {
    assertFileKey(key);
    const staging = await this.stage();
    try {
      const staged = join(staging.path, 'file');
      const stored = await writeNewFile(staged, source, { maxBytes, tooLarge: () => bodyTooLarge(maxBytes) });
      await this.publishFile(staged, key);
      return stored;
    } finally {
      await staging.discard();
    }
  }

  override async publishFile(stagedFile: string, key: string): Promise<void> {
    assertFileKey(key);
    if (!(await lstat(stagedFile)).isFile()) throw new Error('A staged file is published, nothing else.');
    await syncPath(stagedFile);
    await this.moveIn(stagedFile, key);
  }

  override async publishFolder(stagedFolder: string, key: string): Promise<void> {
    assertFileKey(key);
    if (!(await lstat(stagedFolder)).isDirectory()) throw new Error('A staged folder is published, nothing else.');
    if (await this.exists(key)) throw new Error('Something is stored under the key already.');
    await syncTree(stagedFolder);
    await this.moveIn(stagedFolder, key);
  }

  override async workingFolder(key: string): Promise<string> {
    assertFileKey(key);
    const path = join(this.files, key);
    try {
      await makeFolders(path);
      if ((await realpath(path)) !== path) throw new Error('A link lies in the way of a file key.');
      return path;
    } catch (error) {
      throw storageError(error);
    }
  }

  override async openRead(key: string): Promise<OpenedFile | null> {
    const path = await this.found(key);
    if (path === null) return null;
    const file = await orAbsent(open(path, READ));
    if (file === null) return null;
    const found = await file.stat();
    if (!found.isFile()) {
      await file.close();
      return null;
    }
    const isExecutable = (found.mode & 0o100) !== 0;
    return { stream: file.createReadStream(), size: found.size, modifiedAt: found.mtime, isExecutable };
  }

  override async list(prefix: string): Promise<readonly FileEntry[]> {
    const path = await this.found(prefix);
    if (path === null) return [];
    const entries: FileEntry[] = [];
    await collect(path, '', entries);
    return entries;
  }

  override async exists(key: string): Promise<boolean> {
    const path = isFileKey(key) ? await this.found(key) : null;
    if (path === null) return false;
    const found = await orAbsent(lstat(path));
    return found !== null && (found.isFile() || found.isDirectory());
  }

  override async remove(key: string): Promise<void> {
    assertFileKey(key);
    const parent = await this.found(dirname(key));
    if (parent === null) return;
    const doomed = join(this.trash, randomUUID());
    const path = join(this.files, key);
    const isThere = await orAbsent(rename(path, doomed).then(() => true));
    if (isThere === null) return;
    await syncPath(parent);
    await throwAway(doomed);
  }

  private async moveIn(staged: string, key: string): Promise<void> {
    if (!resolve(staged).startsWith(join(this.root, 'staging') + sep))
      throw new Error('Only staged files are published.');
    const path = join(this.files, key);
    try {
      await makeFolders(dirname(path));
      if ((await realpath(dirname(path))) !== dirname(path)) throw new Error('A link lies in the way of a file key.');
      await rename(staged, path);
      await syncPath(dirname(path));
    } catch (error) {
      throw storageError(error);
    }
  }

  /** The path of a key, or null when the key is malformed, absent, or leads through a link. `.` is the root itself. */
  private async found(key: string): Promise<string | null> {
    if (key !== '.' && !isFileKey(key)) return null;
    const path = join(this.files, key);
    const real = await orAbsent(realpath(path));
    return real === path ? path : null;
  }
}

async function collect(folder: string, prefix: string, into: FileEntry[]): Promise<void> {
  const entries = (await orAbsent(readdir(folder, { withFileTypes: true }))) ?? [];
  // Folders as if their name ended in a slash: then the paths as a whole are in order.
  const keyed = entries.map((entry) => ({ entry, key: Buffer.from(entry.name + (entry.isDirectory() ? '/' : '')) }));
  for (const { entry } of keyed.toSorted((left, right) => Buffer.compare(left.key, right.key))) {
    const path = `${prefix}${entry.name}`;
    if (entry.isDirectory()) await collect(join(folder, entry.name), `${path}/`, into);
    if (!entry.isFile()) continue;
    const found = await orAbsent(lstat(join(folder, entry.name)));
    if (found === null) continue; // removed meanwhile
    into.push({ path, size: found.size, modifiedAt: found.mtime, isExecutable: (found.mode & 0o100) !== 0 });
  }
}

/** For readers it is gone already; what cannot be removed now goes at the next start. */
async function throwAway(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch(() => undefined);
}

async function orAbsent<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (ABSENT.includes(codeOf(error))) return null;
    throw error;
  }
}
