/** Whoever waits for a place; is told when it has one, and must then use it or give it back. */
export interface Waiting {
  granted(): void;
  /** Whether it wants more. */
  readonly wants: boolean;
}

/** How many operations one worker runs at once, shared in turn by those who wait. */
export class OperationSlots {
  private free: number;
  private readonly ring: Waiting[] = [];
  private isClosed = false;

  constructor(most: number) {
    this.free = most;
  }

  /** A place at once, when there is one and nobody waits before. */
  take(): boolean {
    if (this.isClosed || this.free === 0 || this.ring.length > 0) return false;
    this.free -= 1;
    return true;
  }

  wait(who: Waiting): void {
    if (!this.ring.includes(who)) this.ring.push(who);
    this.share();
  }

  release(): void {
    this.free += 1;
    this.share();
  }

  /** Nobody gets a place any more. */
  close(): void {
    this.isClosed = true;
    this.ring.length = 0;
  }

  private share(): void {
    while (this.free > 0 && !this.isClosed) {
      const next = this.ring.shift();
      if (next === undefined) return;
      if (next.wants) {
        this.free -= 1;
        next.granted();
        if (next.wants) this.ring.push(next);
      }
    }
  }
}
