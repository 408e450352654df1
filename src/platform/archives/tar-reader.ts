import type { ArchiveEntry } from './archive-entry.js';
import { NO_CONTENT } from './archive-entry.js';
import { ArchiveProblem, quoteName } from './archive-problem.js';
import { ByteReader } from './byte-reader.js';
import { isZeroBlock, readTarHeader, TAR_BLOCK, type TarHeader } from './tar-header.js';
import { readPaxRecords } from './tar-pax.js';

/** Long names and pax records; ours end at `maxPathBytes`, the rest is attributes nobody needs. */
const MAX_RECORD_BYTES = 256 * 1024;
/** Records in front of one entry: a pax record, a long name and a long link at most, and some air. */
const MAX_RECORDS = 8;

/**
 * Reads a tar stream entry by entry: ustar, GNU and pax, nothing exotic.
 *
 * Ours rather than tar-stream's because a refusal needs what that one passes over: it reads on behind the end of the
 * archive (a second archive hides there), takes a stream that was cut between two entries for a whole one, repairs
 * names that are not UTF-8, and takes half of a damaged pax record.
 *
 * @throws ArchiveProblem
 */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<ArchiveEntry> {
  const reader = new ByteReader(source);
  try {
    for (let entry = await nextEntry(reader); entry !== null; entry = await nextEntry(reader)) {
      const content = reader.stream(entry.size);
      yield {
        rawName: entry.rawName,
        kind: kindOf(entry),
        isExecutable: (entry.mode & 0o111) !== 0, // the only bits of the mode that we keep
        content: entry.size === 0 ? NO_CONTENT : content,
      };
      for await (const skipped of content) void skipped; // nothing, if the caller has read it
      await reader.exactly(padding(entry.size));
    }
    await expectOnlyZeros(reader);
  } finally {
    await reader.close();
  }
}

/** The next header with the records before it applied, or null at the end marker. */
async function nextEntry(reader: ByteReader): Promise<TarHeader | null> {
  let longName: Buffer | null = null;
  let path: Buffer | null = null;
  let size: number | null = null;
  for (let records = 0; records <= MAX_RECORDS; records += 1) {
    const block = await reader.exactly(TAR_BLOCK);
    if (isZeroBlock(block)) {
      if (records === 0) return null;
      throw new ArchiveProblem('corrupt', 'The archive is damaged: a tar record belongs to no entry');
    }
    const header = readTarHeader(block);
    switch (header.typeFlag) {
      case 'L':
        longName = longNameOf(await readRecord(reader, header));
        break;
      case 'K': // the name of a link's target: the link itself follows and is refused
        await readRecord(reader, header);
        break;
      case 'x':
        ({ path, size } = readPaxRecords(await readRecord(reader, header)));
        break;
      case 'g': {
        const global = readPaxRecords(await readRecord(reader, header));
        if (global.path !== null || global.size !== null) {
          throw new ArchiveProblem('unsupported', 'The archive renames all its entries with a global record');
        }
        break;
      }
      default:
        return { ...header, rawName: path ?? longName ?? header.rawName, size: size ?? header.size };
    }
  }
  throw new ArchiveProblem('corrupt', 'The archive is damaged: too many tar records in a row');
}

function kindOf({ typeFlag, rawName, size }: TarHeader): 'file' | 'folder' {
  const name = quoteName(rawName);
  const isFolder = typeFlag === '5' || (typeFlag === '0' && rawName.at(-1) === 0x2f); // the old way to write a folder
  if (isFolder && size > 0) throw new ArchiveProblem('corrupt', `Archive entry ${name} is a folder with content`);
  if (isFolder) return 'folder';
  switch (typeFlag) {
    case '0':
    case '7': // contiguous: a plain file nowadays
      return 'file';
    case '1':
    case '2':
      throw new ArchiveProblem('link', `Archive entry ${name} is a link; links are not allowed`);
    case '3':
    case '4':
    case '6':
      throw new ArchiveProblem(
        'special-file',
        `Archive entry ${name} is a device or pipe; only files and folders are allowed`,
      );
    default:
      throw new ArchiveProblem('unsupported', `Archive entry ${name} is of a kind that is not supported`);
  }
}

async function readRecord(reader: ByteReader, header: TarHeader): Promise<Buffer> {
  if (header.size > MAX_RECORD_BYTES) {
    throw new ArchiveProblem('corrupt', `The archive has a tar record of more than ${MAX_RECORD_BYTES} bytes`);
  }
  const record = await reader.exactly(header.size);
  await reader.exactly(padding(header.size));
  return record;
}

/** GNU ends the name with a NUL; one inside stays and is refused with the other control characters. */
function longNameOf(record: Buffer): Buffer {
  return record.at(-1) === 0 ? record.subarray(0, -1) : record;
}

/** Tools pad with zeros behind the end marker; anything else could be a second archive that another reader sees. */
async function expectOnlyZeros(reader: ByteReader): Promise<void> {
  for await (const chunk of reader.rest()) {
    if (!isZeroBlock(chunk)) {
      throw new ArchiveProblem('trailing-data', 'The archive has data behind its end');
    }
  }
}

function padding(size: number): number {
  return (TAR_BLOCK - (size % TAR_BLOCK)) % TAR_BLOCK;
}
