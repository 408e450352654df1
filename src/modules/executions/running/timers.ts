const LONGEST_MS = 2 ** 31 - 1;

/** Things to do later, dropped together. */
export class Timers {
  private readonly timers = new Set<NodeJS.Timeout>();

  after(ms: number, then: () => void): void {
    const timer = setTimeout(
      () => {
        this.timers.delete(timer);
        if (ms > LONGEST_MS) this.after(ms - LONGEST_MS, then);
        else then();
      },
      Math.min(ms, LONGEST_MS),
    );
    this.timers.add(timer);
  }

  clear(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }
}
