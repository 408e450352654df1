/** So many at once, the others in the order they came. */
export class ReaderPlaces {
  private free: number;
  private readonly waiting: (() => void)[] = [];

  /** @param places at least one is given */
  constructor(places: number) {
    this.free = Math.max(places, 1);
  }

  async enter(): Promise<void> {
    if (this.free > 0) {
      this.free -= 1;
      return;
    }
    await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  /** The place goes straight to the next. */
  leave(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.free += 1;
  }
}
