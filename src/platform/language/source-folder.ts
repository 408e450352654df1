import { closeSync, constants, fstatSync, openSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, sep } from 'node:path';
import type { Opened } from '../../core/dsl/imports/resolver.js';

/** YAML of users: 5 MiB a file (security-design §8). */
const MAX_SOURCE_BYTES = 5 * 1024 * 1024;

/** A folder of somebody's disk that holds a blueprint. Nothing outside of it is read, whatever a path or a link says. */
export class SourceFolder {
  private readonly root: string;

  /** @throws Error when there is no such folder */
  constructor(
    folder: string,
    private readonly maxFileBytes: number = MAX_SOURCE_BYTES,
  ) {
    this.root = realpathSync(folder);
  }

  /** Whether a file (no folder) of that path is there. */
  has(path: string): boolean {
    const real = this.realPath(path);
    return real !== null && (statSync(real, { throwIfNoEntry: false })?.isFile() ?? false);
  }

  /** The text of a file; never throws for what a path could cause. */
  open(path: string): Opened {
    const real = this.realPath(path);
    if (real === null) return { kind: 'absent', reason: 'there is no such file in the folder of the blueprint' };
    let file: number;
    try {
      // A real path ends in no link, unless somebody has just put one there; and nobody waits for a pipe's other end.
      file = openSync(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (error) {
      return { kind: 'absent', reason: reasonOf(error) };
    }
    try {
      return this.textOf(file);
    } finally {
      closeSync(file);
    }
  }

  private textOf(file: number): Opened {
    const found = fstatSync(file);
    if (!found.isFile()) return { kind: 'absent', reason: 'it is no file' };
    if (found.size > this.maxFileBytes) {
      return { kind: 'absent', reason: `it is larger than ${this.maxFileBytes} bytes` };
    }
    try {
      return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file)) };
    } catch {
      return { kind: 'absent', reason: 'it is not UTF-8' };
    }
  }

  /** The path that a path leads to, links followed; null when that is nothing, or lies outside. */
  private realPath(path: string): string | null {
    if (path === '' || path.includes('\0') || isAbsolute(path)) return null;
    try {
      const real = realpathSync(join(this.root, path));
      const below = relative(this.root, real);
      return below === '..' || below.startsWith(`..${sep}`) || isAbsolute(below) ? null : real;
    } catch {
      return null;
    }
  }
}

function reasonOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return code === 'EACCES' ? 'it may not be read' : 'it cannot be opened';
}
