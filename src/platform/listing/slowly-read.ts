import { once } from 'node:events';
import { PassThrough } from 'node:stream';

/** A client that takes nothing for so long has gone, or means us no good. */
const STALLED_MS = 60_000;
/** Requests may last 330 s (rest-api §1.2). */
const LONGEST_MS = 330_000;

export interface Patience {
  readonly stalledMs: number;
  readonly longestMs: number;
}

/** A text, or its bytes, that is written as fast as its reader takes it, and not for ever. */
export class SlowlyRead {
  readonly stream = new PassThrough();
  private readonly deadline: AbortSignal;

  constructor(private readonly patience: Patience = { stalledMs: STALLED_MS, longestMs: LONGEST_MS }) {
    this.deadline = AbortSignal.timeout(patience.longestMs);
    // Until somebody listens, a failure is told by whoever asked for the stream; it must not end the process.
    this.stream.on('error', () => undefined);
  }

  /** @throws Error when the reader went away, stalls, or takes too long in all */
  async write(text: string | Uint8Array): Promise<void> {
    if (this.stream.destroyed || this.deadline.aborted) throw new Error('The client went away.');
    if (this.stream.write(text)) return;
    const done = new AbortController();
    const signal = AbortSignal.any([this.deadline, AbortSignal.timeout(this.patience.stalledMs), done.signal]);
    try {
      const closed = once(this.stream, 'close', { signal }).then(() => {
        throw new Error('The client went away.');
      });
      await Promise.race([once(this.stream, 'drain', { signal }), closed]);
    } finally {
      done.abort(); // the other one listens no longer
    }
  }

  end(text: string): void {
    this.stream.end(text);
  }

  fail(error: unknown): void {
    this.stream.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}
