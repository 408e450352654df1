import { closeSync, constants, createReadStream, openSync, readSync } from 'node:fs';
import { mkdir, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArchiveEntry } from './archive-entry.js';
import type { ArchiveLimits } from './archive-limits.js';
import { ArchiveProblem, quoteName } from './archive-problem.js';
import { bunzip2 } from './bunzip2.js';
import { detectArchive, type ArchiveFormat } from './detect-archive.js';
import { emptyFolder } from './empty-folder.js';
import { entryPath } from './entry-path.js';
import { gunzip } from './gunzip.js';
import { readTar } from './tar-reader.js';
import { UnpackMeter } from './unpack-meter.js';
import { readZip } from './zip-reader.js';

const FRESH_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

export interface UnpackReport {
  readonly format: ArchiveFormat;
  readonly files: number;
  readonly folders: number;
  /** Bytes of the files together. */
  readonly bytes: number;
  /** The name of the folder that holds everything, or null when the top level has a file, or not exactly one folder. */
  readonly soleFolder: string | null;
}

/**
 * Unpacks an archive of any of the four kinds into an empty folder, in this thread. Archives inside it stay archives.
 * Files get mode 0600, or 0700 where the archive says executable; folders 0700; no other bit, owner or time is taken.
 *
 * @param only names of files that are written; null: all. The others are read to their end and judged all the same
 * @throws ArchiveProblem when the archive is refused, an error of the file system otherwise; either way the folder is
 *   empty again.
 */
export async function unpack(
  archivePath: string,
  targetDir: string,
  limits: ArchiveLimits,
  only: readonly string[] | null = null,
): Promise<UnpackReport> {
  if ((await readdir(targetDir)).length > 0) throw new Error('An archive is unpacked into an empty folder only.');
  const format = await detectArchive(archivePath);
  if (format === null) {
    throw new ArchiveProblem('unrecognised', 'The file is not a zip, tar, tar.gz or tar.bz2 archive');
  }
  const meter = new UnpackMeter(limits, (await stat(archivePath)).size);
  const writer = new TreeWriter(targetDir, limits, meter, only);
  try {
    for await (const entry of entriesOf(format, archivePath, limits, meter)) {
      meter.at(entry.rawName);
      await writer.write(entry);
    }
  } catch (error) {
    await emptyFolder(targetDir);
    throw error;
  }
  return { format, ...writer.report() };
}

function entriesOf(
  format: ArchiveFormat,
  path: string,
  limits: ArchiveLimits,
  meter: UnpackMeter,
): AsyncIterable<ArchiveEntry> {
  switch (format) {
    case 'zip':
      return meteredEntries(readZip(path, limits, meter), meter);
    case 'tar':
      return readTar(meter.metered(createReadStream(path)));
    case 'tar.gz':
      return readTar(meter.metered(gunzip(path)));
    case 'tar.bz2':
      return readTar(meter.metered(bunzip2File(path)));
  }
}

async function* meteredEntries(entries: AsyncIterable<ArchiveEntry>, meter: UnpackMeter): AsyncGenerator<ArchiveEntry> {
  for await (const entry of entries) yield { ...entry, content: meter.metered(entry.content) };
}

function* bunzip2File(path: string): Generator<Uint8Array> {
  const file = openSync(path, 'r');
  try {
    yield* bunzip2((into) => readSync(file, into));
  } finally {
    closeSync(file);
  }
}

/** Writes entries below one folder, each to a path that did not exist. */
class TreeWriter {
  private readonly root: string;
  private readonly limits: ArchiveLimits;
  private readonly meter: UnpackMeter;
  private readonly only: readonly string[] | null;
  private readonly folders = new Set<string>();
  private readonly topLevel = new Set<string>();
  private files = 0;
  private bytes = 0;

  constructor(root: string, limits: ArchiveLimits, meter: UnpackMeter, only: readonly string[] | null) {
    this.root = root;
    this.limits = limits;
    this.meter = meter;
    this.only = only;
  }

  async write(entry: ArchiveEntry): Promise<void> {
    const { path, endsWithSlash } = entryPath(entry.rawName, this.limits);
    if (path === '') {
      if (entry.kind === 'file') throw new ArchiveProblem('path', 'An archive entry is a file without a name');
      return;
    }
    if (entry.kind === 'file' && endsWithSlash) {
      throw new ArchiveProblem('path', `Archive entry ${quoteName(path)} is a file with the name of a folder`);
    }
    const parent = path.slice(0, Math.max(path.lastIndexOf('/'), 0));
    await this.makeFolder(parent, path);
    if (entry.kind === 'folder') return this.makeFolder(path, path);
    this.meter.countEntry();
    this.noteTopLevel(path);
    if (this.only === null || this.only.includes(path.slice(path.lastIndexOf('/') + 1)))
      await this.writeFile(path, entry);
    else await this.passOver(entry);
    this.files += 1;
  }

  report(): Omit<UnpackReport, 'format'> {
    const [first] = this.topLevel;
    const isSole = this.topLevel.size === 1 && first !== undefined && this.folders.has(first);
    return { files: this.files, folders: this.folders.size, bytes: this.bytes, soleFolder: isSole ? first : null };
  }

  /** Makes a folder and those above it. One that this archive has made already is fine. */
  private async makeFolder(path: string, entry: string): Promise<void> {
    if (path === '' || this.folders.has(path)) return;
    await this.makeFolder(path.slice(0, Math.max(path.lastIndexOf('/'), 0)), entry);
    this.meter.countEntry();
    this.noteTopLevel(path);
    await mkdir(join(this.root, path), { mode: 0o700 }).catch((error: unknown) => {
      throw collision(error, entry);
    });
    this.folders.add(path);
  }

  private async writeFile(path: string, entry: ArchiveEntry): Promise<void> {
    const mode = entry.isExecutable ? 0o700 : 0o600;
    const file = await open(join(this.root, path), FRESH_FILE, mode).catch((error: unknown) => {
      throw collision(error, path);
    });
    try {
      for await (const chunk of entry.content) {
        for (let written = 0; written < chunk.length;) {
          written += (await file.write(chunk, written)).bytesWritten;
        }
        this.bytes += chunk.length;
      }
    } finally {
      await file.close();
    }
  }

  private async passOver(entry: ArchiveEntry): Promise<void> {
    for await (const chunk of entry.content) this.bytes += chunk.length;
  }

  private noteTopLevel(path: string): void {
    if (!path.includes('/')) this.topLevel.add(path);
  }
}

/** The file system is the judge of what is the same name: it may fold case. */
function collision(error: unknown, path: string): unknown {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  if (code !== 'EEXIST' && code !== 'ENOTDIR' && code !== 'EISDIR') return error;
  return new ArchiveProblem('duplicate', `Archive entry ${quoteName(path)} would overwrite an earlier entry`);
}
