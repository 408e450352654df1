import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Clock } from '../clock/clock.js';
import { systemCtx, type Ctx } from '../context/ctx.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { FileStore } from './file-store.js';
import { Log } from '../logging/log.js';
import { PendingFilesRepository, type PendingFile } from './pending-files.repository.js';

/** After this long what another host noted counts as left behind: no upload is between file and row for a day. */
const FOREIGN_STALE_MS = 24 * 60 * 60 * 1000;

/**
 * Keeps stored files and rows together although no transaction spans both. A file is noted as pending before it is
 * stored, and the note goes in the transaction that makes its row; a removal notes the file in the transaction that ends
 * the row, and removes it afterwards. At start whatever is still noted, and nobody alive is at work on, is removed.
 */
@Injectable()
export class StoredFiles implements OnApplicationBootstrap {
  private readonly holder = `${hostname().replaceAll(/[^A-Za-z0-9-]/g, '-')}.${process.pid}`;
  /** Keys that this process is at work on. */
  private readonly live = new Set<string>();

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly pending: PendingFilesRepository,
    private readonly store: FileStore,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const notes = await this.unitOfWork.run(systemCtx('pending-files'), (ctx) => this.pending.all(ctx));
    for (const note of notes) {
      if (!this.isLeftBehind(note)) continue;
      this.log.info('a file without a row was left behind and is removed', { key: note.key });
      await this.removeNoted(note.key);
    }
  }

  newKey(): string {
    return randomUUID();
  }

  /**
   * Stores files under `key` by `store` and makes their row by `commit`, which must call `confirm` in its transaction.
   * When either fails the files are removed.
   */
  async withStored<T>(key: string, store: () => Promise<unknown>, commit: () => Promise<T>): Promise<T> {
    return this.withAllStored([key], store, commit);
  }

  /** As `withStored`, for files under several keys that stand or fall together. */
  async withAllStored<T>(keys: readonly string[], store: () => Promise<unknown>, commit: () => Promise<T>): Promise<T> {
    for (const key of keys) this.live.add(key);
    try {
      await this.unitOfWork.run(systemCtx('pending-files'), async (ctx) => {
        for (const key of keys) await this.pending.note(ctx, key, this.holder, this.clock.now());
      });
      await store();
      return await commit();
    } catch (error) {
      for (const key of keys) await this.removeNoted(key);
      throw error;
    } finally {
      for (const key of keys) this.live.delete(key);
    }
  }

  /** In the transaction that makes the row: the files are its own from now on. */
  async confirm(ctx: Ctx, key: string): Promise<void> {
    await this.pending.forget(ctx, key);
  }

  /** In the transaction that ends the row. `removeNoted` follows after the commit. */
  async discard(ctx: Ctx, key: string): Promise<void> {
    await this.pending.note(ctx, key, this.holder, this.clock.now());
  }

  /** What cannot be removed now stays noted and goes at the next start: the caller's change has happened either way. */
  async removeNoted(key: string): Promise<void> {
    try {
      await this.store.remove(key);
      await this.unitOfWork.run(systemCtx('pending-files'), (ctx) => this.pending.forget(ctx, key));
    } catch (error) {
      this.log.warn('files that are no longer needed could not be removed', { key, error });
    }
  }

  private isLeftBehind({ key, holder, noted_at: notedAt }: PendingFile): boolean {
    if (this.live.has(key)) return false;
    const [host, pid] = holder.split('.');
    const [ownHost, ownPid] = this.holder.split('.');
    if (host !== ownHost) return this.clock.now().getTime() - new Date(notedAt).getTime() > FOREIGN_STALE_MS;
    // Our own number, but not at work here: an earlier process had it (in a container it is often the same).
    return pid === ownPid || !isAlive(Number(pid));
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'; // alive, and somebody else's
  }
}
