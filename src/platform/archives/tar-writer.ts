import { TAR_BLOCK } from './tar-header.js';

export interface TarFile {
  readonly path: string;
  readonly size: number;
  readonly modifiedAt: Date;
  readonly isExecutable: boolean;
}

const MAX_OCTAL_SIZE = 8 ** 11 - 1;
const MAX_PLAIN_NAME = 100;

/** Two empty blocks end a tar. */
export const TAR_END = Buffer.alloc(2 * TAR_BLOCK);

/** The header of a file, behind a pax record where name or size do not fit the old form. No owner is written. */
export function tarFileHeader(file: TarFile): Buffer {
  const name = Buffer.from(file.path);
  const isPlain = /^[\x20-\x7e]+$/.test(file.path) && name.length <= MAX_PLAIN_NAME;
  const records = [
    ...(isPlain ? [] : [paxRecord('path', file.path)]),
    ...(file.size > MAX_OCTAL_SIZE ? [paxRecord('size', String(file.size))] : []),
  ];
  const own = headerBlock(name, '0', file);
  if (records.length === 0) return own;
  const content = Buffer.concat(records);
  const record = headerBlock(Buffer.from('PaxHeader'), 'x', { ...file, size: content.length, isExecutable: false });
  return Buffer.concat([record, content, tarPadding(content.length), own]);
}

/** The zeros behind content of this size. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc((TAR_BLOCK - (size % TAR_BLOCK)) % TAR_BLOCK);
}

function headerBlock(name: Buffer, typeFlag: string, file: Omit<TarFile, 'path'>): Buffer {
  const block = Buffer.alloc(TAR_BLOCK);
  name.copy(block, 0, 0, MAX_PLAIN_NAME);
  block.write(octal(file.isExecutable ? 0o755 : 0o644, 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  block.write(octal(file.size > MAX_OCTAL_SIZE ? 0 : file.size, 11), 124);
  block.write(octal(Math.max(0, Math.floor(file.modifiedAt.getTime() / 1000)), 11), 136);
  block.write('        ', 148); // the checksum is taken with spaces in its place
  block.write(typeFlag, 156);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 6)}\0 `, 148);
  return block;
}

/** `LENGTH KEY=VALUE\n`, where the length counts its own digits. */
function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (rest + String(length).length !== length) length += 1;
  return Buffer.from(`${length} ${key}=${value}\n`);
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}
