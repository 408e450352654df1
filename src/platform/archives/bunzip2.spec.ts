import { describe, expect, it } from '@jest/globals';
import { bzip2Bomb } from '../../../test/support/archive-builder.js';
import { ArchiveProblem } from './archive-problem.js';
import { bunzip2 } from './bunzip2.js';

// All made by bzip2 1.0.8.
const EMPTY = Buffer.from('QlpoORdyRThQkAAAAAA=', 'base64');
const ONE = Buffer.from('QlpoOTFBWSZTWRmTm2sAAAABACAAIAAhGEaC7kinChIDMnNtYA==', 'base64');
/** Runs of 1, 2, 3, 4, 5, 6, 8, 258, 259, 260, 261, 520 and 1000 equal bytes, A and B in turn. */
const RUNS = Buffer.from(
  'QlpoOTFBWSZTWfVgKXMAABZEAfUAMAAAgAAIIABQgyYgSakZNMxVFCbxt7dHuZCayVIKHabd2twJhEPi7kinChIerAUuYA==',
  'base64',
);
const RUN_LENGTHS = [1, 2, 3, 4, 5, 6, 8, 258, 259, 260, 261, 520, 1000];

/** Decompresses, handing the bytes over `step` at a time. */
function decompress(bytes: Uint8Array, step = 7): Buffer {
  let at = 0;
  const fill = (into: Uint8Array): number => {
    const piece = bytes.subarray(at, at + Math.min(step, into.length));
    into.set(piece);
    at += piece.length;
    return piece.length;
  };
  return Buffer.concat([...bunzip2(fill)]);
}

/** The refusal, or null; anything else that is thrown comes through. */
function problemOf(bytes: Uint8Array): ArchiveProblem | null {
  try {
    decompress(bytes);
    return null;
  } catch (error) {
    if (error instanceof ArchiveProblem) return error;
    throw error;
  }
}

describe('bunzip2', () => {
  it('reads an empty stream, a single byte, and runs around the length that the format counts to', () => {
    expect(decompress(EMPTY).toString()).toBe('');
    expect(decompress(ONE).toString()).toBe('a');
    const runs = RUN_LENGTHS.map((length, index) => Buffer.alloc(length, index % 2 === 0 ? 'A' : 'B'));
    expect(decompress(RUNS).equals(Buffer.concat(runs))).toBe(true);
  });

  it('reads a stream of several blocks, in chunks that stay small', () => {
    let at = 0;
    const bytes = bzip2Bomb();
    const sizes: number[] = [];
    for (const chunk of bunzip2((into) => {
      const piece = bytes.subarray(at, at + into.length);
      into.set(piece);
      at += piece.length;
      return piece.length;
    })) {
      sizes.push(chunk.length);
    }
    expect(Math.max(...sizes)).toBeLessThanOrEqual(64 * 1024);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(64 * 1024 * 1024 + 3 * 512);
  });

  it('reads several streams behind each other, and zeros behind the last', () => {
    expect(decompress(Buffer.concat([ONE, EMPTY, ONE])).toString()).toBe('aa');
    expect(decompress(Buffer.concat([ONE, Buffer.alloc(100)])).toString()).toBe('a');
  });

  it('refuses anything else behind a stream', () => {
    for (const more of ['x', 'garbage', '\0\0\0x', 'BZ']) {
      expect(() => decompress(Buffer.concat([ONE, Buffer.from(more)]))).toThrow('data behind its end');
    }
  });

  it('refuses every stream that is cut short', () => {
    for (const whole of [EMPTY, ONE, RUNS]) {
      for (let length = 0; length < whole.length; length += 1) {
        expect(() => decompress(whole.subarray(0, length))).toThrow(/truncated/);
      }
    }
  });

  it('notices every changed bit, by the format or by a checksum', () => {
    for (const whole of [ONE, RUNS]) {
      const good = decompress(whole);
      for (let bit = 0; bit < whole.length * 8; bit += 1) {
        const bytes = Buffer.from(whole);
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (0x80 >> (bit & 7));
        // Only the declared block size and the padding of the last byte may change without changing the content.
        const isNoticed = problemOf(bytes) !== null;
        expect(isNoticed || decompress(bytes).equals(good)).toBe(true);
      }
    }
  });

  it('refuses a run length that would overflow, instead of counting for ever', () => {
    expect(() => decompress(endlessRun())).toThrow('longer than its size');
  });
});

/** One block whose first symbols are 40 times RUNA: 2^40 equal bytes, or −1 in 32-bit arithmetic. */
function endlessRun(): Buffer {
  const bits: string[] = [];
  const put = (value: number, count: number): void => {
    bits.push(value.toString(2).padStart(count, '0'));
  };
  for (const byte of [0x42, 0x5a, 0x68, 0x39, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59]) put(byte, 8);
  put(0, 16); // checksum, never reached
  put(0, 16);
  put(0, 1); // not randomised
  put(0, 24); // origin
  put(0x8000, 16); // the alphabet is the byte 0 alone: the first group of 16,
  put(0x8000, 16); // and its first member
  put(2, 3); // tables
  put(1, 15); // one selector:
  put(0, 1); // the first table
  for (let table = 0; table < 2; table += 1) {
    put(2, 5); // RUNA, RUNB and end of block have two bits each
    for (let symbol = 0; symbol < 3; symbol += 1) put(0, 1);
  }
  for (let symbol = 0; symbol < 40; symbol += 1) put(0b00, 2); // RUNA
  put(0b10, 2); // end of block
  const text = bits.join('');
  return Buffer.from((text.match(/.{1,8}/g) ?? []).map((byte) => Number.parseInt(byte.padEnd(8, '0'), 2)));
}
