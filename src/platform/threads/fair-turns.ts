/**
 * So many at once; of those who wait, first the ones whose group has least at work, and among equals who came first. No
 * group takes all places while there are several.
 */
export class FairTurns {
  private readonly busy = new Map<number, number>();
  private readonly waiting: { readonly group: number; readonly start: () => void }[] = [];
  private taken = 0;

  /** @param maxWaiting beyond this many, further ones are refused */
  constructor(
    private readonly places: number,
    private readonly maxWaiting: number,
  ) {}

  /**
   * Does the work when it is its turn.
   * @throws QueueFullError, the signal's reason when it is aborted while waiting, whatever the work throws
   */
  async take<T>(group: number, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    if (this.mayStart(group)) this.enter(group);
    else await this.wait(group, signal);
    try {
      return await work();
    } finally {
      this.leave(group);
    }
  }

  private wait(group: number, signal: AbortSignal): Promise<void> {
    if (this.waiting.length >= this.maxWaiting) throw new QueueFullError();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const entry = {
      group,
      start: (): void => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      },
    };
    const onAbort = (): void => {
      this.waiting.splice(this.waiting.indexOf(entry), 1);
      reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    this.waiting.push(entry);
    return promise;
  }

  private mayStart(group: number): boolean {
    return this.taken < this.places && this.busyIn(group) < Math.max(this.places - 1, 1);
  }

  private busyIn(group: number): number {
    return this.busy.get(group) ?? 0;
  }

  private enter(group: number): void {
    this.taken += 1;
    this.busy.set(group, this.busyIn(group) + 1);
  }

  private leave(group: number): void {
    this.taken -= 1;
    const left = this.busyIn(group) - 1;
    if (left === 0) this.busy.delete(group);
    else this.busy.set(group, left);
    this.startNext();
  }

  private startNext(): void {
    const [next] = this.waiting
      .filter(({ group }) => this.mayStart(group))
      .toSorted((left, right) => this.busyIn(left.group) - this.busyIn(right.group));
    if (next === undefined) return;
    this.waiting.splice(this.waiting.indexOf(next), 1);
    this.enter(next.group);
    next.start();
  }
}

export class QueueFullError extends Error {
  constructor() {
    super('Too many are waiting already.');
    this.name = new.target.name;
  }
}
