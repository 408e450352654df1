import { constants } from 'node:fs';
import { access, mkdir, open, rename, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';

export interface RotatingFileOptions {
  readonly path: string;
  /** The file is renamed before it would grow beyond; a single line longer than this stays whole. */
  readonly maxBytes: number;
  /** How many renamed files are kept, `.1` being the youngest. */
  readonly backups: number;
}

/** The file system's answer, with the path. */
export class AuditFileError extends Error {
  constructor(file: string, cause: unknown) {
    super(`The audit file ${file} cannot be written: ${textOf(cause, 'message') ?? String(cause)}`, {
      cause,
    });
    this.name = new.target.name;
  }
}

/** Others in the group may read it: a collector runs as another user. */
const FILE_MODE = 0o640;
const FOLDER_MODE = 0o750;
const TAIL_BYTES = 256 * 1024;
const NEWLINE = 0x0a;

/**
 * A file of lines that is renamed to `.1` when it is full, while older ones move up and the oldest goes.
 *
 * Written by hand rather than with rotating-file-stream: that one takes a short write (a disk that fills up) for a whole
 * one, and cannot tell when a line is on the disk. Here `append` resolves when all its lines are, and after a failure the
 * half of a line that may be left is cut off before anything is added.
 */
export class RotatingFile {
  private handle: FileHandle | null = null;
  private size = 0;
  private working: Promise<void> = Promise.resolve();

  constructor(private readonly options: RotatingFileOptions) {}

  /** @throws AuditFileError */
  async assertWritable(): Promise<void> {
    try {
      await this.letGoIfMoved();
      await this.opened();
      await access(path.dirname(this.options.path), constants.W_OK); // or it could not be renamed
    } catch (error) {
      throw new AuditFileError(this.options.path, error);
    } finally {
      await this.close();
    }
  }

  /**
   * Adds lines, each without its line end; parallel callers' lines do not mix. Resolves when they are on the disk.
   * @throws AuditFileError when that fails; some of the lines may be in the file then, whole.
   */
  append(lines: readonly string[]): Promise<void> {
    const done = this.working.then(() => this.write(lines));
    this.working = done.catch(() => undefined);
    return done;
  }

  /**
   * The last lines, oldest first; from the youngest renamed file when the current one holds none.
   * @throws AuditFileError
   */
  async lastLines(): Promise<string[]> {
    await this.working;
    try {
      const lines = await tailOf(this.options.path);
      return lines.length > 0 ? lines : await tailOf(this.backup(1));
    } catch (error) {
      throw new AuditFileError(this.options.path, error);
    }
  }

  async close(): Promise<void> {
    await this.working;
    const { handle } = this;
    this.handle = null;
    await handle?.close();
  }

  private async write(lines: readonly string[]): Promise<void> {
    try {
      await this.letGoIfMoved();
      await this.opened();
      let pending: Buffer[] = [];
      let bytes = 0;
      for (const line of lines) {
        const chunk = Buffer.from(`${line}\n`);
        if (this.size + bytes > 0 && this.size + bytes + chunk.length > this.options.maxBytes) {
          await this.flush(pending);
          await this.rotate();
          pending = [];
          bytes = 0;
        }
        pending.push(chunk);
        bytes += chunk.length;
      }
      await this.flush(pending);
    } catch (error) {
      // What is on the disk is unknown now; the next append opens it anew and looks.
      const { handle } = this;
      this.handle = null;
      await handle?.close().catch(() => undefined);
      throw new AuditFileError(this.options.path, error);
    }
  }

  /** Somebody deleted or renamed the file: lines belong under its name. */
  private async letGoIfMoved(): Promise<void> {
    if (!this.handle) return;
    const held = await this.handle.stat();
    const named = await stat(this.options.path).catch(() => null);
    if (named?.ino === held.ino && named.dev === held.dev) return;
    await this.handle.close();
    this.handle = null;
  }

  private async flush(chunks: readonly Buffer[]): Promise<void> {
    if (chunks.length === 0) return;
    const handle = await this.opened();
    const bytes = Buffer.concat(chunks);
    for (let written = 0; written < bytes.length;) {
      const { bytesWritten } = await handle.write(bytes, written, bytes.length - written);
      written += bytesWritten;
      this.size += bytesWritten;
    }
    await handle.datasync();
  }

  private async opened(): Promise<FileHandle> {
    if (this.handle) return this.handle;
    await mkdir(path.dirname(this.options.path), { recursive: true, mode: FOLDER_MODE });
    const handle = await open(this.options.path, 'a+', FILE_MODE);
    try {
      const { size } = await handle.stat();
      this.size = await cutTornLine(handle, size);
    } catch (error) {
      await handle.close();
      throw error;
    }
    this.handle = handle;
    return handle;
  }

  private async rotate(): Promise<void> {
    await this.handle?.close();
    this.handle = null;
    for (let number = this.options.backups; number > 1; number -= 1)
      await renameIfThere(this.backup(number - 1), this.backup(number));
    await rename(this.options.path, this.backup(1));
    await this.opened();
  }

  private backup(number: number): string {
    return `${this.options.path}.${number}`;
  }
}

/** Cuts what stands after the last line end: a line that a crash or a full disk interrupted. Returns the size left. */
async function cutTornLine(handle: FileHandle, size: number): Promise<number> {
  let end = size;
  while (end > 0) {
    const start = Math.max(0, end - TAIL_BYTES);
    const { buffer } = await handle.read(Buffer.alloc(end - start), 0, end - start, start);
    const newline = buffer.lastIndexOf(NEWLINE);
    if (newline !== -1) {
      end = start + newline + 1;
      break;
    }
    end = start;
  }
  if (end < size) await handle.truncate(end);
  return end;
}

async function tailOf(name: string): Promise<string[]> {
  const size = await stat(name).then(
    (found) => found.size,
    () => 0,
  );
  if (size === 0) return [];
  const handle = await open(name, 'r');
  try {
    const start = Math.max(0, size - TAIL_BYTES);
    const { buffer } = await handle.read(Buffer.alloc(size - start), 0, size - start, start);
    const lines = buffer.toString('utf8').split('\n').slice(0, -1); // what follows the last line end is no line
    return start === 0 ? lines : lines.slice(1);
  } finally {
    await handle.close();
  }
}

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (textOf(error, 'code') !== 'ENOENT') throw error;
  }
}

function textOf(error: unknown, field: 'code' | 'message'): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const value: unknown = Reflect.get(error, field);
  return typeof value === 'string' ? value : undefined;
}
