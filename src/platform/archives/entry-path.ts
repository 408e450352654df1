import type { ArchiveLimits } from './archive-limits.js';
import { ArchiveProblem, quoteName } from './archive-problem.js';

export interface EntryPath {
  /** Relative, `/` between the parts, no `.` or `..` and no empty part. Empty for the archive's root itself (`./`). */
  readonly path: string;
  /** The archive wrote it with a `/` at the end, as folders are written. */
  readonly endsWithSlash: boolean;
}

/** C0, DEL, C1, line separators, and the marks that change the direction of what stands around them in a listing. */
const HIDDEN_CHARACTERS = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;
const DRIVE_LETTER = /^[A-Za-z]:/;

/**
 * Turns the raw name of an archive entry into a path that stays below the folder it is joined to.
 * @throws ArchiveProblem `path` for anything else: we refuse rather than repair, since a repaired name is one the
 *   sender did not mean. Only `.` parts and doubled slashes, which honest tools write, are dropped.
 */
export function entryPath(raw: Uint8Array, limits: ArchiveLimits): EntryPath {
  const name = decodeName(raw);
  const refuse = (why: string): ArchiveProblem => new ArchiveProblem('path', `Archive entry ${quoteName(name)} ${why}`);

  if (name === '') throw new ArchiveProblem('path', 'An archive entry has no name');
  if (HIDDEN_CHARACTERS.test(name)) throw refuse('has control characters in its name');
  if (name.includes('\\')) throw refuse('has a backslash in its name');
  if (name.startsWith('/')) throw refuse('has an absolute path');
  if (DRIVE_LETTER.test(name)) throw refuse('has a drive letter in its path');
  if (raw.length > limits.maxPathBytes) throw refuse(`has a path longer than ${limits.maxPathBytes} bytes`);

  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw refuse('climbs out of its folder');
  if (parts.length > limits.maxDepth) throw refuse(`is more than ${limits.maxDepth} folders deep`);
  if (parts.some((part) => Buffer.byteLength(part) > limits.maxNameBytes)) {
    throw refuse(`has a name longer than ${limits.maxNameBytes} bytes`);
  }
  return { path: parts.join('/'), endsWithSlash: /(^|\/)\.?$/.test(name) };
}

function decodeName(raw: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw);
  } catch {
    // Guessing an encoding would give the file another name than its sender saw.
    throw new ArchiveProblem('path', `Archive entry ${quoteName(raw)} has a name that is not UTF-8`);
  }
}
