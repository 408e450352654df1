import { ArchiveProblem } from './archive-problem.js';

const BUFFER_BYTES = 64 * 1024;

/** Reads bits, the most significant first, from bytes that `fill` brings; 0 from `fill` is the end. */
export class BitReader {
  private readonly fill: (into: Uint8Array) => number;
  private readonly buffer = new Uint8Array(BUFFER_BYTES);
  private position = 0;
  private available = 0;
  private window = 0;
  /** Bits in `window` that are not consumed yet; up to 31. */
  private held = 0;
  /** Of those, how many are zeros we made up behind the end, so that `peek` may look further than the stream goes. */
  private invented = 0;

  constructor(fill: (into: Uint8Array) => number) {
    this.fill = fill;
  }

  /** The next `count` (≤ 24) bits without consuming them; zeros behind the end. */
  peek(count: number): number {
    while (this.held < count) {
      const byte = this.nextByte();
      if (byte === null) this.invented += 8;
      this.window = (this.window << 8) | (byte ?? 0);
      this.held += 8;
    }
    return (this.window >>> (this.held - count)) & ((1 << count) - 1);
  }

  /** @throws ArchiveProblem `truncated` when the stream has fewer left. */
  skip(count: number): void {
    this.held -= count;
    if (this.held < this.invented) {
      throw new ArchiveProblem('truncated', 'The archive ends too early: it is truncated');
    }
  }

  /** The next `count` (≤ 24) bits. @throws ArchiveProblem `truncated` */
  read(count: number): number {
    const value = this.peek(count);
    this.skip(count);
    return value;
  }

  /** Drops what is left of a byte that was begun. */
  alignToByte(): void {
    this.held -= this.held % 8;
  }

  /** Whether no whole byte is left; to be asked at a byte's edge. */
  isAtEnd(): boolean {
    this.peek(8);
    return this.held <= this.invented;
  }

  private nextByte(): number | null {
    if (this.position === this.available) {
      this.available = this.fill(this.buffer);
      this.position = 0;
      if (this.available === 0) return null;
    }
    const byte = this.buffer[this.position] ?? 0;
    this.position += 1;
    return byte;
  }
}
