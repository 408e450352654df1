import type { ArchiveLimits } from './archive-limits.js';
import { ArchiveProblem, quoteName } from './archive-problem.js';

/** Counts what comes out of an archive and stops it at the limits, while it comes out. */
export class UnpackMeter {
  private readonly limits: ArchiveLimits;
  private readonly archiveBytes: number;
  private unpacked = 0;
  private entries = 0;
  private current: Uint8Array | null = null;

  constructor(limits: ArchiveLimits, archiveBytes: number) {
    this.limits = limits;
    this.archiveBytes = archiveBytes;
  }

  /** The entry that messages name from now on. */
  at(rawName: Uint8Array): void {
    this.current = rawName;
  }

  /** @throws ArchiveProblem `too-many-entries` */
  countEntry(): void {
    this.entries += 1;
    if (this.entries > this.limits.maxEntries) {
      throw new ArchiveProblem('too-many-entries', `The archive has more than ${this.limits.maxEntries} entries`);
    }
  }

  /** @throws ArchiveProblem `too-large` or `ratio` */
  countBytes(count: number): void {
    this.unpacked += count;
    this.judge(this.unpacked);
  }

  /** Judges a size the archive itself declares, before a byte of it is unpacked. */
  judge(unpacked: number): void {
    const { maxUnpackedBytes, maxRatio, ratioFreeBytes } = this.limits;
    const where = this.current === null ? '' : ` (at entry ${quoteName(this.current)})`;
    if (unpacked > maxUnpackedBytes) {
      throw new ArchiveProblem('too-large', `The archive unpacks to more than ${maxUnpackedBytes} bytes${where}`);
    }
    if (unpacked > ratioFreeBytes && unpacked > this.archiveBytes * maxRatio) {
      throw new ArchiveProblem('ratio', `The archive unpacks to more than ${maxRatio} times its size${where}`);
    }
  }

  async *metered(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      this.countBytes(chunk.length);
      yield chunk;
    }
  }
}
