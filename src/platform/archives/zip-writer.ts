import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';

/** A file to pack into a zip; its name is relative, with `/`. */
export interface ZippedFile {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Opens the content: exactly `size` bytes. */
  open(): Promise<Readable>;
}

const LOCAL = 0x04034b50;
const DESCRIPTOR = 0x08074b50;
const ENTRY = 0x02014b50;
const END = 0x06054b50;
const LOCAL_BYTES = 30;
const DESCRIPTOR_BYTES = 16;
const ENTRY_BYTES = 46;
const END_BYTES = 22;
/** Names are UTF-8; sizes and checksum follow the content. */
const FLAGS = 0x0808;
const VERSION = 20;
/** Midnight of 1980-01-01: the same files give the same bytes. */
const DATE = 0x21;
const MAX_BYTES = 0xffff_ffff;

/**
 * A zip of these files, in their order and not compressed, as a stream that fills while it is read. A file that fails, or
 * that has become shorter or longer than it said, destroys the stream with the error.
 * @returns the stream, and how many bytes it will give
 * @throws Error for more than the old form of zips can hold: 4 GiB, or 65,535 files
 */
export function zipFiles(files: readonly ZippedFile[]): { readonly stream: Readable; readonly bytes: number } {
  const names = files.map(({ name }) => Buffer.byteLength(name));
  const bytes = files.reduce(
    (sum, { size }, index) => sum + size + LOCAL_BYTES + DESCRIPTOR_BYTES + ENTRY_BYTES + 2 * (names[index] ?? 0),
    END_BYTES,
  );
  if (bytes > MAX_BYTES || files.length > 0xffff) throw new Error('These files are too large for a zip.');
  return { stream: Readable.from(zipOf(files), { objectMode: false }), bytes };
}

interface Written {
  readonly name: Buffer;
  readonly size: number;
  readonly crc: number;
  readonly offset: number;
}

async function* zipOf(files: readonly ZippedFile[]): AsyncGenerator<Buffer> {
  const written: Written[] = [];
  let offset = 0;
  for (const file of files) {
    const name = Buffer.from(file.name);
    yield Buffer.concat([header(LOCAL, LOCAL_BYTES, 4, name), name]);
    let [crc, left] = [0, file.size];
    const content: AsyncIterable<Buffer> = await file.open();
    for await (const chunk of content) {
      left -= chunk.length;
      if (left < 0) break;
      crc = crc32(chunk, crc);
      yield chunk;
    }
    if (left !== 0) throw new Error(`A file changed while it was packed: ${file.name}`);
    yield descriptor(crc, file.size);
    written.push({ name, size: file.size, crc, offset });
    offset += LOCAL_BYTES + name.length + file.size + DESCRIPTOR_BYTES;
  }
  const directory = Buffer.concat(written.map(entry));
  yield Buffer.concat([directory, end(written.length, directory.length, offset)]);
}

/** Signature, versions, flags, method (stored), date and length of the name; the rest stays zero. */
function header(signature: number, bytes: number, at: number, name: Buffer): Buffer {
  const block = Buffer.alloc(bytes);
  block.writeUInt32LE(signature, 0);
  block.writeUInt16LE(VERSION, at);
  block.writeUInt16LE(FLAGS, at + 2);
  block.writeUInt16LE(DATE, at + 8);
  block.writeUInt16LE(name.length, at + 22);
  return block;
}

function descriptor(crc: number, size: number): Buffer {
  const block = Buffer.alloc(DESCRIPTOR_BYTES);
  block.writeUInt32LE(DESCRIPTOR, 0);
  block.writeUInt32LE(crc, 4);
  block.writeUInt32LE(size, 8);
  block.writeUInt32LE(size, 12);
  return block;
}

function entry({ name, size, crc, offset }: Written): Buffer {
  const block = header(ENTRY, ENTRY_BYTES, 6, name);
  block.writeUInt16LE(VERSION, 4);
  block.writeUInt32LE(crc, 16);
  block.writeUInt32LE(size, 20);
  block.writeUInt32LE(size, 24);
  block.writeUInt32LE(offset, 42);
  return Buffer.concat([block, name]);
}

function end(entries: number, bytes: number, offset: number): Buffer {
  const block = Buffer.alloc(END_BYTES);
  block.writeUInt32LE(END, 0);
  block.writeUInt16LE(entries, 8);
  block.writeUInt16LE(entries, 10);
  block.writeUInt32LE(bytes, 12);
  block.writeUInt32LE(offset, 16);
  return block;
}
