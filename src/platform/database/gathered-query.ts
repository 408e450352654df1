/** Keys that one statement looks up at most; the rest waits for the next. */
const MAX_KEYS = 500;
/** Two, so that the second can gather and start while the answer of the first is worked on. */
const MAX_UNDER_WAY = 2;

interface Asked<Key, Row> extends PromiseWithResolvers<Row> {
  readonly key: Key;
}

/**
 * Many look-ups in one statement. Whoever asks waits for a statement that starts after they asked, so an answer is never
 * older than the question; all who ask meanwhile, and all who ask for the same, share it. Most of what a look-up costs is
 * to wake the server and to be woken, and that is paid once.
 */
export class GatheredQuery<Key, Row> {
  private waiting = new Map<string, Asked<Key, Row>>();
  private underWay = 0;
  private isScheduled = false;

  /**
   * @param nameOf equal for keys that ask for the same
   * @param run one statement for all keys; its rows are in the order of the keys, one for each
   */
  constructor(
    private readonly nameOf: (key: Key) => string,
    private readonly run: (keys: readonly Key[]) => Promise<readonly Row[]>,
  ) {}

  /** @throws what the statement threw, for all who shared it */
  ask(key: Key): Promise<Row> {
    const name = this.nameOf(key);
    let asked = this.waiting.get(name);
    if (asked === undefined) {
      asked = { key, ...Promise.withResolvers<Row>() };
      this.waiting.set(name, asked);
      this.schedule();
    }
    return asked.promise;
  }

  /** After the requests that are at hand now have been read. */
  private schedule(): void {
    if (this.isScheduled || this.underWay >= MAX_UNDER_WAY || this.waiting.size === 0) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      void this.start();
    });
  }

  private async start(): Promise<void> {
    const batch = [...this.waiting].slice(0, MAX_KEYS);
    if (batch.length === this.waiting.size) this.waiting = new Map();
    else for (const [name] of batch) this.waiting.delete(name);

    this.underWay += 1;
    try {
      const rows = await this.run(batch.map(([, { key }]) => key));
      batch.forEach(([, { resolve, reject }], index) => {
        const row = rows[index];
        if (row === undefined) reject(new Error('A gathered look-up answered fewer rows than it was asked for.'));
        else resolve(row);
      });
    } catch (error) {
      for (const [, { reject }] of batch) reject(error);
    } finally {
      this.underWay -= 1;
      this.schedule();
    }
  }
}
