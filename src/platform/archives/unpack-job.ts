import type { ArchiveLimits } from './archive-limits.js';
import type { ArchiveProblemReason } from './archive-problem.js';
import type { UnpackReport } from './unpack.js';

/** What crosses into the thread. */
export interface UnpackJob {
  readonly archivePath: string;
  readonly targetDir: string;
  readonly limits: ArchiveLimits;
  /** Names of files (without folders) that are written; the others are read and judged alike, and dropped. Null: all. */
  readonly only: readonly string[] | null;
}

/** What comes back. */
export type UnpackOutcome =
  | { readonly kind: 'unpacked'; readonly report: UnpackReport }
  | { readonly kind: 'refused'; readonly reason: ArchiveProblemReason; readonly message: string }
  | { readonly kind: 'failed'; readonly code: string | null; readonly message: string };
