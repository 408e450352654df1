/** How long a lost worker keeps others waiting. */
export const LEASE_MS = 15_000;
/** When a renewal is overdue that much, work stops: its processes need up to 5 s to end, and then it may be another's. */
const GOOD_FOR_MS = 9_000;

/** The right of this worker to go on with an execution, as far as it knows. */
export class Lease {
  private confirmedAt = performance.now();
  private readonly gone = new AbortController();

  /** Aborted for good when it is lost. */
  get signal(): AbortSignal {
    return this.gone.signal;
  }

  get isLost(): boolean {
    if (performance.now() - this.confirmedAt > GOOD_FOR_MS) this.lose();
    return this.gone.signal.aborted;
  }

  /** The database said so, to a question that was asked at that time (`performance.now()`). */
  confirm(askedAt: number): void {
    this.confirmedAt = Math.max(this.confirmedAt, askedAt);
  }

  lose(): void {
    this.gone.abort();
  }
}
