import { write, writeSync } from 'node:fs';
import { Writable } from 'node:stream';

/** How long a line may wait for others, in ms. */
const GATHER_MS = 20;
const WRITE_AT_BYTES = 64 * 1024;
/** What is held for a reader that does not read; lines beyond it are counted and dropped. */
const MAX_HELD_BYTES = 8 * 1024 * 1024;

/**
 * Writes lines to a file descriptor in batches, off the event loop. Node writes to standard error synchronously, which
 * would cost every request a system call and stop them all while a reader is slow.
 */
export class BatchedOutput extends Writable {
  private held: string[] = [];
  private heldBytes = 0;
  private dropped = 0;
  private timer: NodeJS.Timeout | null = null;
  private isWriting = false;
  private readonly atExit = (): void => this.writeNow();

  constructor(private readonly descriptor: number) {
    super({ decodeStrings: false });
    process.on('exit', this.atExit);
  }

  override _write(chunk: string | Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    const line = chunk.toString();
    if (this.heldBytes + line.length > MAX_HELD_BYTES) this.dropped += 1;
    else {
      this.held.push(line);
      this.heldBytes += line.length;
    }
    if (this.heldBytes >= WRITE_AT_BYTES) this.writeSoon();
    else this.timer ??= setTimeout(() => this.writeSoon(), GATHER_MS).unref();
    done();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.writeNow();
    process.off('exit', this.atExit);
    done();
  }

  /** Everything that is held, at once: before the process ends, or when somebody must see it now. */
  writeNow(): void {
    try {
      writeSync(this.descriptor, this.take());
    } catch {
      // Nobody reads standard error any more; there is no place left to say so.
    }
  }

  private writeSoon(): void {
    if (this.isWriting) return;
    const batch = this.take();
    if (batch === '') return;
    this.isWriting = true;
    write(this.descriptor, batch, () => {
      this.isWriting = false;
      if (this.heldBytes > 0) this.writeSoon();
    });
  }

  private take(): string {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    const note =
      this.dropped === 0
        ? ''
        : `${JSON.stringify({ level: 'warn', message: 'log lines were dropped', lines: this.dropped })}\n`;
    const batch = this.held.join('') + note;
    this.held = [];
    this.heldBytes = 0;
    this.dropped = 0;
    return batch;
  }
}
