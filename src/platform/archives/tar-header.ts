import { ArchiveProblem, quoteName } from './archive-problem.js';

export const TAR_BLOCK = 512;

export interface TarHeader {
  readonly rawName: Buffer;
  readonly mode: number;
  /** Bytes of content that follow the header, before padding. */
  readonly size: number;
  /** One character: `0` file, `5` folder, `x` pax record, … */
  readonly typeFlag: string;
}

/**
 * Reads one header block: ustar, GNU and the old format without a magic.
 * @throws ArchiveProblem when the checksum or a number is wrong.
 */
export function readTarHeader(block: Buffer): TarHeader {
  if (!hasTarChecksum(block)) {
    throw new ArchiveProblem('corrupt', 'The archive is damaged: a tar header has a wrong checksum');
  }
  const isUstar = block.toString('latin1', 257, 263) === 'ustar\0'; // GNU writes "ustar " and uses the prefix otherwise
  const name = untilNul(block.subarray(0, 100));
  const prefix = isUstar ? untilNul(block.subarray(345, 500)) : Buffer.alloc(0);
  const rawName = prefix.length > 0 ? Buffer.concat([prefix, Buffer.from('/'), name]) : Buffer.from(name);
  return {
    rawName,
    mode: readNumber(block.subarray(100, 108), rawName),
    size: readNumber(block.subarray(124, 136), rawName),
    typeFlag: block[156] === 0 ? '0' : block.toString('latin1', 156, 157),
  };
}

/** Whether this block carries a tar header's checksum: bytes summed with the checksum's own field as spaces. */
export function hasTarChecksum(block: Uint8Array): boolean {
  const written = octal(block.subarray(148, 156));
  if (written === null || written === 0) return false;
  let unsigned = 0;
  let signed = 0; // some old tars summed signed characters
  for (let index = 0; index < TAR_BLOCK; index += 1) {
    const byte = index >= 148 && index < 156 ? 0x20 : (block[index] ?? 0);
    unsigned += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  return written === unsigned || written === signed;
}

export function isZeroBlock(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

function untilNul(field: Buffer): Buffer {
  const end = field.indexOf(0);
  return end === -1 ? field : field.subarray(0, end);
}

/** Octal text, or GNU's big-endian binary with the top bit set (for sizes of 8 GiB and more). */
function readNumber(field: Buffer, rawName: Buffer): number {
  const value = (field[0] ?? 0) & 0x80 ? binary(field) : octal(field);
  if (value === null) {
    throw new ArchiveProblem('corrupt', `The archive is damaged: the header of ${quoteName(rawName)} has a bad number`);
  }
  return value;
}

function octal(field: Uint8Array): number | null {
  const digits = /^ *([0-7]*)[ \0]*$/.exec(Buffer.from(field).toString('latin1'))?.[1];
  return digits === undefined ? null : Number.parseInt(digits || '0', 8);
}

function binary(field: Buffer): number | null {
  if (field[0] !== 0x80) return null; // negative, or beyond what any archive needs
  let value = 0;
  for (const byte of field.subarray(1)) value = value * 256 + byte;
  return Number.isSafeInteger(value) ? value : null;
}
