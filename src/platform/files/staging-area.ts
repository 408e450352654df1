import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Staging } from './file-store.js';
import { codeOf, storageError } from './storage-error.js';

/** After this long a folder of another host counts as left behind: nothing here takes a day. */
const FOREIGN_STALE_MS = 24 * 60 * 60 * 1000;

/** Folders of this process, of whichever area. */
const live = new Set<string>();

/**
 * The part of the file store's disk where unfinished work lies. A folder's name tells whose it is, host and process, so
 * that a start can remove what a kill left behind without touching the work of another process on the same disk.
 */
export class StagingArea {
  private readonly owner = `${hostname().replaceAll(/[^A-Za-z0-9-]/g, '-')}.${process.pid}`;

  constructor(private readonly root: string) {}

  /** @throws StorageFullError */
  async create(): Promise<Staging> {
    const path = join(this.root, `${this.owner}.${randomUUID()}`);
    live.add(path);
    try {
      await mkdir(path, { mode: 0o700 });
    } catch (error) {
      live.delete(path);
      throw storageError(error);
    }
    const discard = async (): Promise<void> => {
      await rm(path, { recursive: true, force: true });
      live.delete(path);
    };
    return { path, discard };
  }

  /** Removes what processes left behind that are no more. Returns how many folders. */
  async removeStale(now: Date): Promise<number> {
    let removed = 0;
    for (const name of await readdir(this.root)) {
      const path = join(this.root, name);
      if (live.has(path) || !(await this.isStale(path, name, now))) continue;
      await rm(path, { recursive: true, force: true });
      removed += 1;
    }
    return removed;
  }

  private async isStale(path: string, name: string, now: Date): Promise<boolean> {
    const [host, pid] = name.split('.');
    const [ownHost, ownPid] = this.owner.split('.');
    if (host === ownHost && pid !== undefined && /^\d+$/.test(pid)) {
      // Our own number, but not one of our folders: an earlier process had it (in a container it is often the same).
      return pid === ownPid || !isAlive(Number(pid));
    }
    const found = await stat(path).catch(() => null);
    return found !== null && now.getTime() - found.mtimeMs > FOREIGN_STALE_MS;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM'; // alive, and somebody else's
  }
}
