import { ArchiveProblem } from './archive-problem.js';
import type { BitReader } from './bit-reader.js';
import { HuffmanTable, MAX_CODE_BITS } from './bzip2-huffman.js';

const RUN_B = 1;
const GROUP_SYMBOLS = 50;
const MAX_SELECTORS = 1 << 15;

/** One block after the Burrows-Wheeler transform is undone. */
export interface DecodedBlock {
  /** Symbol in the low eight bits, index of the next link above. */
  readonly links: Int32Array;
  readonly length: number;
  /** The link to follow first. */
  readonly start: number;
}

/**
 * Decodes one bzip2 block, its magic and checksum already read, into `links`, which is as long as a block of this stream
 * may be. Every index is checked: each comes from the archive.
 * @throws ArchiveProblem
 */
export function decodeBlock(bits: BitReader, links: Int32Array): DecodedBlock {
  if (bits.read(1) === 1) throw damaged('randomised bzip2 blocks are not supported');
  const origin = bits.read(24);
  const alphabet = readAlphabet(bits);
  const tables = new Array<HuffmanTable>();
  const tableCount = bits.read(3);
  if (tableCount < 2 || tableCount > 6) throw damaged('a bzip2 block has a bad number of tables');
  const selectors = readSelectors(bits, tableCount);
  for (let index = 0; index < tableCount; index += 1) tables.push(readTable(bits, alphabet.length + 2));

  const length = readSymbols(bits, { alphabet, tables, selectors }, links);
  if (origin >= length) throw damaged('a bzip2 block starts outside itself');
  linkUp(links, length);
  return { links, length, start: origin };
}

/** Which bytes occur: 16 bits for the used groups of 16, then 16 bits for each of those. */
function readAlphabet(bits: BitReader): Uint8Array {
  const used: number[] = [];
  const groups = bits.read(16);
  for (let group = 0; group < 16; group += 1) {
    if ((groups & (0x8000 >>> group)) === 0) continue;
    const members = bits.read(16);
    for (let member = 0; member < 16; member += 1) {
      if (members & (0x8000 >>> member)) used.push(group * 16 + member);
    }
  }
  if (used.length === 0) throw damaged('a bzip2 block has no symbols');
  return Uint8Array.from(used);
}

/** Which table serves each group of 50 symbols, as moves to the front. */
function readSelectors(bits: BitReader, tableCount: number): Uint8Array {
  const count = bits.read(15);
  if (count === 0) throw damaged('a bzip2 block has no selectors');
  const selectors = new Uint8Array(Math.min(count, MAX_SELECTORS));
  const order = Uint8Array.from({ length: tableCount }, (_, index) => index);
  for (let index = 0; index < count; index += 1) {
    let place = 0;
    while (bits.read(1) === 1) {
      place += 1;
      if (place >= tableCount) throw damaged('a bzip2 selector is out of range');
    }
    selectors[index] = moveToFront(order, place);
  }
  return selectors;
}

function readTable(bits: BitReader, symbols: number): HuffmanTable {
  const lengths = new Uint8Array(symbols);
  let length = bits.read(5);
  for (let symbol = 0; symbol < symbols; symbol += 1) {
    for (;;) {
      if (length < 1 || length > MAX_CODE_BITS) throw damaged('a bzip2 code has a bad length');
      if (bits.read(1) === 0) break;
      length += bits.read(1) === 0 ? 1 : -1;
    }
    lengths[symbol] = length;
  }
  return new HuffmanTable(lengths);
}

interface Coding {
  readonly alphabet: Uint8Array;
  readonly tables: readonly HuffmanTable[];
  readonly selectors: Uint8Array;
}

/** Reads symbols up to the end of the block into the low bits of `into` and returns how many. */
function readSymbols(bits: BitReader, { alphabet, tables, selectors }: Coding, into: Int32Array): number {
  const order = alphabet.slice();
  const endOfBlock = alphabet.length + 1;
  let length = 0;
  let run = 0;
  let runUnit = 1;
  for (let group = 0; ; group += 1) {
    const table = group < selectors.length ? tables[selectors[group] ?? 0] : undefined;
    if (table === undefined) throw damaged('a bzip2 block has too few selectors');
    for (let place = 0; place < GROUP_SYMBOLS; place += 1) {
      const symbol = table.read(bits);
      if (symbol <= RUN_B) {
        run += runUnit << symbol;
        runUnit <<= 1;
        if (length + run > into.length) throw damaged('a bzip2 block is longer than its size'); // before it can overflow
        continue;
      }
      if (run > 0) {
        into.fill(order[0] ?? 0, length, length + run);
        length += run;
        run = 0;
        runUnit = 1;
      }
      if (symbol === endOfBlock) return length;
      if (length === into.length) throw damaged('a bzip2 block is longer than its size');
      into[length] = moveToFront(order, symbol - 1);
      length += 1;
    }
  }
}

/** Turns the sorted last column into links from each symbol to the one that follows it in the text. */
function linkUp(links: Int32Array, length: number): void {
  const next = new Int32Array(256);
  for (let index = 0; index < length; index += 1) {
    const symbol = links[index] ?? 0;
    next[symbol] = (next[symbol] ?? 0) + 1;
  }
  let start = 0;
  for (let symbol = 0; symbol < 256; symbol += 1) {
    const count = next[symbol] ?? 0;
    next[symbol] = start;
    start += count;
  }
  for (let index = 0; index < length; index += 1) {
    const symbol = (links[index] ?? 0) & 0xff;
    const place = next[symbol] ?? 0;
    links[place] = (links[place] ?? 0) | (index << 8);
    next[symbol] = place + 1;
  }
}

function moveToFront(order: Uint8Array, place: number): number {
  const value = order[place] ?? 0;
  for (let index = place; index > 0; index -= 1) order[index] = order[index - 1] ?? 0; // short moves: faster than a copy
  order[0] = value;
  return value;
}

function damaged(what: string): ArchiveProblem {
  return new ArchiveProblem('corrupt', `The archive is damaged: ${what}`);
}
