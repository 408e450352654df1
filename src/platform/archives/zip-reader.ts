import { open, type FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { fromFdPromise, type Entry, type LocalFileHeader, type ZipFile } from 'yauzl';
import { NO_CONTENT, type ArchiveEntry } from './archive-entry.js';
import type { ArchiveLimits } from './archive-limits.js';
import { ArchiveProblem, quoteName } from './archive-problem.js';
import { entryPath } from './entry-path.js';
import type { UnpackMeter } from './unpack-meter.js';

const ENCRYPTED = 0x1 | 0x40 | 0x2000; // traditional, strong, masked headers
const HAS_DESCRIPTOR = 0x8;
const MAX_DESCRIPTOR_BYTES = 24; // signature, checksum, two sizes of eight bytes
const STORED = 0;
const DEFLATED = 8;
const MODE_TYPE = 0o170000;
const MODE_FOLDER = 0o040000;
const MODE_FILE = 0o100000;
const MODE_LINK = 0o120000;
const SLASH = 0x2f;
const END_RECORD_BYTES = 22;
const ZIP64_RECORD = 0x06064b50;
const ZIP64_LOCATOR_BYTES = 20;

interface PlacedEntry {
  readonly entry: Entry;
  readonly rawName: Buffer;
  readonly kind: 'file' | 'folder';
}

/** Where an entry's data ends: behind it, or behind the descriptor that may follow it. */
interface DataEnd {
  readonly earliest: number;
  readonly latest: number;
}

/**
 * Reads a zip entry by entry, in the order of the file.
 *
 * The directory at the end is read whole and judged before anything is unpacked: what it declares, and that its entries
 * lie one behind the other before it. Overlapping ones are how a small file unpacks to petabytes. Each entry's own
 * header must then tell the same as the directory, so that no two readers see two archives, and its bytes must have the
 * declared length and checksum.
 *
 * @throws ArchiveProblem
 */
export async function* readZip(path: string, limits: ArchiveLimits, meter: UnpackMeter): AsyncGenerator<ArchiveEntry> {
  const file = await open(path, 'r');
  try {
    // autoClose off: the handle is ours, and closes when we are done, however that comes about.
    const zip = await damagedUnless(fromFdPromise(file.fd, { autoClose: false, decodeStrings: false }));
    const directoryStart = cursorOf(zip);
    const entries = await readDirectory(zip, file, limits, meter);
    let end: DataEnd = { earliest: 0, latest: 0 };
    for (const placed of entries) {
      end = await checkLocalHeader(zip, placed, end);
      if (end.earliest > directoryStart) throw overlap(placed.entry);
      yield { ...describe(placed), content: content(zip, placed.entry) };
    }
    if (directoryStart > end.latest) throw hidden();
  } finally {
    await file.close();
  }
}

async function readDirectory(
  zip: ZipFile,
  file: FileHandle,
  limits: ArchiveLimits,
  meter: UnpackMeter,
): Promise<readonly PlacedEntry[]> {
  if (zip.entryCount > limits.maxEntries) {
    throw new ArchiveProblem('too-many-entries', `The archive has more than ${limits.maxEntries} entries`);
  }
  const entries: PlacedEntry[] = [];
  let declared = 0;
  for (let count = 0; count < zip.entryCount; count += 1) {
    const entry = await nextEntry(zip);
    const rawName = entry.fileNameRaw;
    meter.at(rawName);
    declared += entry.uncompressedSize;
    meter.judge(declared);
    const placed = { rawName: Buffer.from(nameOf(entry)), kind: kindOf(entry), entry: withoutBallast(entry) };
    entryPath(placed.rawName, limits); // asked again when it is written; here, so that a bad name stops all of it
    entries.push(placed);
  }
  await expectEndRecord(zip, file);
  return entries.toSorted((a, b) => a.entry.relativeOffsetOfLocalHeader - b.entry.relativeOffsetOfLocalHeader);
}

/**
 * Forgets what we do not need: each entry may carry 128 KiB of extra fields and comment, and all entries are held at
 * once. The name is copied, since it is a part of the same piece of memory.
 */
function withoutBallast(entry: Entry): Entry {
  const nothing = Buffer.alloc(0);
  const name = Buffer.from(entry.fileNameRaw);
  const ballast = { extraFields: [], extraFieldRaw: nothing, fileCommentRaw: nothing, fileComment: '', comment: '' };
  return Object.assign(entry, ballast, { fileName: '', fileNameRaw: name });
}

function nextEntry(zip: ZipFile): Promise<Entry> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      zip.off('entry', onEntry);
      zip.off('error', onError);
    };
    const onEntry = (entry: Entry): void => {
      settle();
      resolve(entry);
    };
    const onError = (error: unknown): void => {
      settle();
      reject(damaged(error));
    };
    zip.on('entry', onEntry);
    zip.on('error', onError);
    zip.readEntry();
  });
}

/**
 * The directory must end where the last record of the file begins, else there is a second directory, or entries that
 * the count does not tell.
 */
async function expectEndRecord(zip: ZipFile, file: FileHandle): Promise<void> {
  const directoryEnd = cursorOf(zip);
  const lastRecord = zip.fileSize - END_RECORD_BYTES - zip.comment.length;
  if (directoryEnd === lastRecord) return;
  const { buffer, bytesRead } = await file.read(Buffer.alloc(12), 0, 12, directoryEnd);
  const isZip64 = bytesRead === 12 && buffer.readUInt32LE(0) === ZIP64_RECORD;
  const recordEnd = isZip64 ? directoryEnd + 12 + Number(buffer.readBigUInt64LE(4)) : -1;
  if (recordEnd + ZIP64_LOCATOR_BYTES !== lastRecord) {
    throw new ArchiveProblem('corrupt', 'The archive is damaged: its directory does not end where it should');
  }
}

function kindOf(entry: Entry): 'file' | 'folder' {
  const name = quoteName(entry.fileNameRaw);
  if (entry.generalPurposeBitFlag & ENCRYPTED) {
    throw new ArchiveProblem('encrypted', `Archive entry ${name} is encrypted`);
  }
  const isFolder = entry.fileNameRaw.at(-1) === SLASH;
  const type = modeOf(entry) & MODE_TYPE;
  if (type === MODE_LINK) throw new ArchiveProblem('link', `Archive entry ${name} is a link; links are not allowed`);
  if (type !== 0 && type !== MODE_FILE && type !== MODE_FOLDER) {
    throw new ArchiveProblem(
      'special-file',
      `Archive entry ${name} is a device or pipe; only files and folders are allowed`,
    );
  }
  if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED) {
    throw new ArchiveProblem('unsupported', `Archive entry ${name} is compressed in a way that is not supported`);
  }
  if ((type === MODE_FOLDER && !isFolder) || (type === MODE_FILE && isFolder)) {
    throw new ArchiveProblem(
      'corrupt',
      `Archive entry ${name} is a file by its mode and a folder by its name, or the reverse`,
    );
  }
  if (isFolder && entry.uncompressedSize > 0) {
    throw new ArchiveProblem('corrupt', `Archive entry ${name} is a folder with content`);
  }
  return isFolder ? 'folder' : 'file';
}

/** Judged whatever system the entry claims to come from: a link that claims to be from DOS is still meant as one. */
function modeOf(entry: Entry): number {
  return entry.externalFileAttributes >>> 16;
}

/** Info-ZIP's UTF-8 name where there is one that belongs to this entry, else the name as it stands. */
function nameOf(entry: Entry): Buffer {
  for (const { id, data } of entry.extraFields) {
    const isMatch =
      id === 0x7075 && data.length > 5 && data[0] === 1 && data.readUInt32LE(1) === crc32(entry.fileNameRaw);
    if (isMatch) return data.subarray(5);
  }
  return entry.fileNameRaw;
}

/** Checks an entry's own header against the directory, and that it begins where the one before ended. */
async function checkLocalHeader(zip: ZipFile, { entry }: PlacedEntry, before: DataEnd): Promise<DataEnd> {
  if (entry.relativeOffsetOfLocalHeader < before.earliest) throw overlap(entry);
  if (entry.relativeOffsetOfLocalHeader > before.latest) throw hidden();
  const local: LocalFileHeader = await damagedUnless(zip.readLocalFileHeaderPromise(entry));
  const isSame =
    local.fileName.equals(entry.fileNameRaw) &&
    local.compressionMethod === entry.compressionMethod &&
    (local.generalPurposeBitFlag & ENCRYPTED) === 0;
  if (!isSame) {
    const name = quoteName(entry.fileNameRaw);
    throw new ArchiveProblem('corrupt', `Archive entry ${name} does not match the archive's directory`);
  }
  const earliest = local.fileDataStart + entry.compressedSize;
  return { earliest, latest: earliest + (local.generalPurposeBitFlag & HAS_DESCRIPTOR ? MAX_DESCRIPTOR_BYTES : 0) };
}

function describe({ entry, rawName, kind }: PlacedEntry): Omit<ArchiveEntry, 'content'> {
  return { rawName, kind, isExecutable: (modeOf(entry) & 0o111) !== 0 };
}

function content(zip: ZipFile, entry: Entry): AsyncIterable<Uint8Array> {
  return entry.uncompressedSize === 0 && entry.compressedSize === 0 ? NO_CONTENT : inflate(zip, entry);
}

async function* inflate(zip: ZipFile, entry: Entry): AsyncGenerator<Uint8Array> {
  let crc = 0;
  try {
    const stream: AsyncIterable<Uint8Array> = await zip.openReadStreamPromise(entry);
    for await (const chunk of stream) {
      crc = crc32(chunk, crc);
      yield chunk;
    }
  } catch (error) {
    throw damaged(error, entry);
  }
  if (crc !== entry.crc32) throw damaged(undefined, entry);
}

/** What no entry claims may be a second archive for a reader that goes by the entries' own headers. */
function hidden(): ArchiveProblem {
  return new ArchiveProblem('trailing-data', 'The archive has data between its entries');
}

function overlap(entry: Entry): ArchiveProblem {
  return new ArchiveProblem(
    'overlap',
    `Archive entry ${quoteName(entry.fileNameRaw)} overlaps another part of the archive`,
  );
}

async function damagedUnless<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw damaged(error);
  }
}

/** yauzl tells everything as a plain Error; its words may hold raw names, so they stay in the log, as the cause. */
function damaged(cause: unknown, entry?: Entry): ArchiveProblem {
  const where = entry === undefined ? 'the zip structure' : `entry ${quoteName(entry.fileNameRaw)}`;
  const problem = new ArchiveProblem('corrupt', `The archive is damaged or truncated: ${where} cannot be read`);
  problem.cause = cause;
  return problem;
}

/** Where yauzl reads the directory next; a number, whatever its type declarations say. */
function cursorOf(zip: ZipFile): number {
  return Number(zip.readEntryCursor);
}
