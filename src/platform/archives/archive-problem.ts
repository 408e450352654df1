// This file also runs inside the unpacking worker, where Node may be the one that strips the types (unpack-in-worker.ts):
// type-only imports say `import type`, and no syntax here needs more than erasing.

/** Why an archive was refused; the wire only sees the sentence, tests and logs want the word. */
export type ArchiveProblemReason =
  | 'unrecognised'
  | 'truncated'
  | 'corrupt'
  | 'encrypted'
  | 'unsupported'
  | 'link'
  | 'special-file'
  | 'path'
  | 'duplicate'
  | 'overlap'
  | 'trailing-data'
  | 'too-many-entries'
  | 'too-large'
  | 'ratio'
  | 'timeout'
  | 'memory';

/** The archive's fault. Crosses the thread as (reason, message) and becomes an ArchiveRefusedError on the other side. */
export class ArchiveProblem extends Error {
  readonly reason: ArchiveProblemReason;

  constructor(reason: ArchiveProblemReason, message: string) {
    super(message);
    this.name = 'ArchiveProblem';
    this.reason = reason;
  }
}

const SHOWN_CHARACTERS = 120;

/**
 * A name from an archive, safe inside a message, a log line and a terminal: quoted, cut, everything that is not visible
 * or not text escaped.
 */
export function quoteName(name: string | Uint8Array): string {
  const text = typeof name === 'string' ? name : decodeForMessage(name);
  const cut = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
  const escaped = cut
    .replaceAll(/["\\]/g, (character) => `\\${character}`)
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}\uFFFD]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
  return `"${escaped}"`;
}

function decodeForMessage(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return Buffer.from(bytes).toString('latin1');
  }
}
