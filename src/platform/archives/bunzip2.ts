import { BitReader } from './bit-reader.js';
import { ArchiveProblem } from './archive-problem.js';
import { bzip2Crc, BZIP2_CRC_START } from './bzip2-crc.js';
import { decodeBlock } from './bzip2-block.js';

const STREAM_MAGIC = 0x425a68; // "BZh"
const BLOCK_MAGIC = [0x314159, 0x265359] as const;
const END_MAGIC = [0x177245, 0x385090] as const;
const SYMBOLS_PER_LEVEL = 100_000;
const CHUNK_BYTES = 64 * 1024;

/**
 * Decompresses bzip2, one chunk of at most 64 KiB at a time; several streams in a row are one (as pbzip2 writes them).
 *
 * Node has no bzip2, and the package for it (unbzip2-stream) is not fit for bytes of strangers: it decodes all blocks it
 * holds before anybody can say stop, and keeps each as an array of numbers. A file of 368 bytes took it 20 s and 3.2 GB.
 * Here memory is bounded by one block of at most 900,000 symbols, and the reader may stop after any chunk.
 *
 * @param fill reads further bytes into the buffer and tells how many; 0 is the end.
 * @throws ArchiveProblem `corrupt`, `truncated`, `trailing-data`
 */
export function* bunzip2(fill: (into: Uint8Array) => number): Generator<Uint8Array, void> {
  const bits = new BitReader(fill);
  const block = new Int32Array(9 * SYMBOLS_PER_LEVEL); // once: a stream may have 14 bytes, and there may be millions
  let streams = 0;
  while (!isAtEnd(bits, streams)) {
    yield* stream(bits, block);
    streams += 1;
  }
}

/** Behind the first stream zeros may follow, as tapes and some tools pad. */
function isAtEnd(bits: BitReader, streams: number): boolean {
  if (streams === 0) return false;
  if (bits.peek(24) === STREAM_MAGIC) return false;
  while (!bits.isAtEnd()) {
    if (bits.read(8) !== 0) throw new ArchiveProblem('trailing-data', 'The archive has data behind its end');
  }
  return true;
}

function* stream(bits: BitReader, block: Int32Array): Generator<Uint8Array, void> {
  const magic = bits.read(24);
  const level = bits.read(8) - 0x30;
  if (magic !== STREAM_MAGIC || level < 1 || level > 9) throw corrupt('a bzip2 header is malformed');
  const links = block.subarray(0, level * SYMBOLS_PER_LEVEL);

  let streamCrc = 0;
  for (;;) {
    const [first, second] = [bits.read(24), bits.read(24)];
    if (first === END_MAGIC[0] && second === END_MAGIC[1]) break;
    if (first !== BLOCK_MAGIC[0] || second !== BLOCK_MAGIC[1]) throw corrupt('a bzip2 block does not begin as one');
    const expected = readUint32(bits);
    const crc = yield* unrun(decodeBlock(bits, links));
    if (crc !== expected) throw corrupt('the checksum of a bzip2 block is wrong');
    streamCrc = ((streamCrc << 1) | (streamCrc >>> 31)) ^ crc;
  }
  if (readUint32(bits) !== streamCrc >>> 0) throw corrupt('the checksum of a bzip2 stream is wrong');
  bits.alignToByte();
}

/**
 * Undoes the first step of the compressor, four equal bytes and a count, and returns the checksum of the bytes. `block`
 * is the inverted transform: symbol in the low eight bits, index of the next above.
 */
function* unrun(block: {
  readonly links: Int32Array;
  readonly length: number;
  readonly start: number;
}): Generator<Uint8Array, number> {
  let chunk = new Uint8Array(CHUNK_BYTES);
  let filled = 0;
  let crc = BZIP2_CRC_START;
  let link = block.links[(block.links[block.start] ?? 0) >>> 8] ?? 0;
  let previous = -1;
  let equal = 0;
  for (let left = block.length; left > 0; left -= 1) {
    const symbol = link & 0xff;
    link = block.links[link >>> 8] ?? 0;
    let copies = 1;
    let byte = symbol;
    if (equal === 4) {
      copies = symbol;
      byte = previous;
      equal = 0;
      previous = -1;
    } else {
      equal = symbol === previous ? equal + 1 : 1;
      previous = symbol;
    }
    for (; copies > 0; copies -= 1) {
      if (filled === CHUNK_BYTES) {
        crc = bzip2Crc(crc, chunk, filled);
        yield chunk;
        chunk = new Uint8Array(CHUNK_BYTES);
        filled = 0;
      }
      chunk[filled] = byte;
      filled += 1;
    }
  }
  crc = bzip2Crc(crc, chunk, filled);
  if (filled > 0) yield chunk.subarray(0, filled);
  return ~crc >>> 0;
}

function readUint32(bits: BitReader): number {
  return ((bits.read(16) << 16) | bits.read(16)) >>> 0;
}

function corrupt(what: string): ArchiveProblem {
  return new ArchiveProblem('corrupt', `The archive is damaged: ${what}`);
}
