/** What may wait in memory. Beyond it the database is not keeping up, and callers are better told so. */
export interface GroupCommitLimits {
  readonly maxQueued: number;
  readonly maxBatch: number;
}

export class QueueFullError extends Error {
  constructor() {
    super('Too many records are waiting to be written.');
    this.name = new.target.name;
  }
}

/** The server itself lets commits that come together share a write to the disk. */
const MAX_UNDER_WAY = 2;

interface Waiting<T> {
  readonly item: T;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Parallel callers share writes: while two are under way, whoever comes is collected and goes with the next. Vocabulary:
 * a *batch* is what one write takes; it succeeds or fails for all its callers, except that a batch refused because of
 * its content is written again item by item, so that one caller's data cannot fail another's.
 */
export class GroupCommit<T> {
  private waiting: Waiting<T>[] = [];
  private underWay = 0;

  constructor(
    private readonly write: (items: readonly T[]) => Promise<void>,
    private readonly isContentError: (error: unknown) => boolean,
    private readonly limits: GroupCommitLimits,
  ) {}

  /** Resolves when the item is written. @throws QueueFullError, or what the write failed with. */
  submit(item: T): Promise<void> {
    if (this.waiting.length >= this.limits.maxQueued) return Promise.reject(new QueueFullError());
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.waiting.push({ item, resolve, reject });
    if (this.underWay < MAX_UNDER_WAY) void this.writeAll();
    return promise;
  }

  private async writeAll(): Promise<void> {
    this.underWay += 1;
    while (this.waiting.length > 0) {
      const batch = this.waiting.slice(0, this.limits.maxBatch);
      this.waiting = this.waiting.slice(this.limits.maxBatch);
      await this.writeBatch(batch);
    }
    this.underWay -= 1;
  }

  private async writeBatch(batch: readonly Waiting<T>[]): Promise<void> {
    try {
      await this.write(batch.map(({ item }) => item));
    } catch (error) {
      if (batch.length > 1 && this.isContentError(error)) {
        for (const one of batch) await this.writeBatch([one]);
        return;
      }
      for (const { reject } of batch) reject(error);
      return;
    }
    for (const { resolve } of batch) resolve();
  }
}
