import { ArchiveProblem } from './archive-problem.js';
import type { BitReader } from './bit-reader.js';

export const MAX_CODE_BITS = 20;

/** A canonical Huffman code: shorter codes first, equal lengths in the order of the symbols. */
export class HuffmanTable {
  /** Symbols in the order of their codes. */
  private readonly symbols: Uint16Array;
  /** For each length: the first 20-bit window that is too large for a code of this length. */
  private readonly beyond = new Int32Array(MAX_CODE_BITS + 1);
  /** For each length: add the code to get the index in `symbols`. */
  private readonly offset = new Int32Array(MAX_CODE_BITS + 1);
  private readonly shortest: number;

  /** @throws ArchiveProblem when the lengths ask for more codes than there are. */
  constructor(lengths: Uint8Array) {
    const order = [...lengths.keys()].toSorted((a, b) => (lengths[a] ?? 0) - (lengths[b] ?? 0) || a - b);
    this.symbols = Uint16Array.from(order);
    this.shortest = lengths[order[0] ?? 0] ?? 1;
    let code = 0;
    let seen = 0;
    for (let length = 1; length <= MAX_CODE_BITS; length += 1) {
      const count = lengths.reduce((sum, other) => sum + (other === length ? 1 : 0), 0);
      this.offset[length] = seen - code;
      code += count;
      seen += count;
      if (code > 1 << length) throw new ArchiveProblem('corrupt', 'The archive is damaged: a bzip2 code is impossible');
      this.beyond[length] = code << (MAX_CODE_BITS - length);
      code <<= 1;
    }
  }

  /** Reads one symbol. @throws ArchiveProblem when the bits are none of the codes. */
  read(bits: BitReader): number {
    const window = bits.peek(MAX_CODE_BITS);
    let length = this.shortest;
    while (length <= MAX_CODE_BITS && window >= (this.beyond[length] ?? 0)) length += 1;
    if (length > MAX_CODE_BITS) throw new ArchiveProblem('corrupt', 'The archive is damaged: not a bzip2 code');
    bits.skip(length);
    return this.symbols[(window >>> (MAX_CODE_BITS - length)) + (this.offset[length] ?? 0)] ?? 0;
  }
}
