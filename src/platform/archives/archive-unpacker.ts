import { DEFAULT_ARCHIVE_LIMITS, type ArchiveLimits } from './archive-limits.js';
import { unpackInWorker } from './unpack-in-worker.js';
import type { UnpackReport } from './unpack.js';

export interface UnpackerOptions {
  readonly limits: ArchiveLimits;
  /** Archives unpacked at the same time; further ones wait their turn. */
  readonly workers: number;
  /** How long one archive may take once it is its turn, in ms. */
  readonly timeoutMs: number;
  /** Memory of each thread, in MiB. The largest honest use is the directory of a zip with 50,000 long names. */
  readonly memoryMb: number;
}

const DEFAULT_OPTIONS: UnpackerOptions = {
  limits: DEFAULT_ARCHIVE_LIMITS,
  workers: 2,
  timeoutMs: 300_000,
  memoryMb: 192,
};

/** Unpacks untrusted archives in worker threads, a few at a time. */
export class ArchiveUnpacker {
  private readonly options: UnpackerOptions;
  private readonly waiting: Array<() => void> = [];
  private running = 0;

  constructor(options: Partial<UnpackerOptions> = {}) {
    this.options = { ...DEFAULT_OPTIONS, ...options };
  }

  /**
   * Unpacks `archivePath` into the empty folder `targetDir`. On any failure the folder is empty again.
   * @param options `only`: names of files that are written, where not all are wanted; the archive is read whole all the same
   * @throws ArchiveRefusedError when the archive is refused, StorageFullError when the disk is full, the signal's reason
   *   when it is aborted
   */
  async unpack(
    archivePath: string,
    targetDir: string,
    options: { readonly signal?: AbortSignal; readonly only?: readonly string[] } = {},
  ): Promise<UnpackReport> {
    await this.turn();
    try {
      const { limits, timeoutMs, memoryMb } = this.options;
      return await unpackInWorker(
        { archivePath, targetDir, limits, only: options.only ?? null },
        { timeoutMs, memoryMb, signal: options.signal },
      );
    } finally {
      this.passOn();
    }
  }

  private async turn(): Promise<void> {
    if (this.running < this.options.workers) {
      this.running += 1;
      return;
    }
    await new Promise<void>((resolve) => {
      this.waiting.push(resolve);
    });
  }

  /** Gives the place to who waits longest, else back. */
  private passOn(): void {
    const next = this.waiting.shift();
    if (next === undefined) this.running -= 1;
    else next();
  }
}
