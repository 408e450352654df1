import { ArchiveProblem } from './archive-problem.js';

/** Pulls exact numbers of bytes from a stream of chunks, holding one chunk at a time. */
export class ByteReader {
  private readonly chunks: AsyncIterator<Uint8Array>;
  private chunk: Uint8Array = new Uint8Array(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.chunks = source[Symbol.asyncIterator]();
  }

  /** The next `length` bytes; fewer only at the end of the stream. For small lengths: they are copied together. */
  async upTo(length: number): Promise<Buffer> {
    const result = Buffer.alloc(length);
    let filled = 0;
    while (filled < length) {
      const piece = await this.piece(length - filled);
      if (piece === null) return result.subarray(0, filled);
      result.set(piece, filled);
      filled += piece.length;
    }
    return result;
  }

  /** The next `length` bytes. @throws ArchiveProblem `truncated` when the stream ends before. */
  async exactly(length: number): Promise<Buffer> {
    const bytes = await this.upTo(length);
    if (bytes.length < length) throw truncated();
    return bytes;
  }

  /** The next `length` bytes as they come, uncopied. @throws ArchiveProblem `truncated` when the stream ends before. */
  async *stream(length: number): AsyncGenerator<Uint8Array> {
    for (let left = length; left > 0;) {
      const piece = await this.piece(left);
      if (piece === null) throw truncated();
      left -= piece.length;
      yield piece;
    }
  }

  /** All that is left. */
  async *rest(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const piece = await this.piece(Number.MAX_SAFE_INTEGER);
      if (piece === null) return;
      yield piece;
    }
  }

  /** Lets the source clean up when not all of it is wanted. */
  async close(): Promise<void> {
    await this.chunks.return?.();
  }

  private async piece(atMost: number): Promise<Uint8Array | null> {
    while (this.chunk.length === 0) {
      const next = await this.chunks.next();
      if (next.done === true) return null;
      this.chunk = next.value;
    }
    const piece = this.chunk.subarray(0, atMost);
    this.chunk = this.chunk.subarray(piece.length);
    return piece;
  }
}

function truncated(): ArchiveProblem {
  return new ArchiveProblem('truncated', 'The archive ends too early: it is truncated');
}
