/** What an untrusted archive may cost (security-design §8). */
export interface ArchiveLimits {
  /** Files and folders together; folders that exist only as part of a path count too, or depth would be free. */
  readonly maxEntries: number;
  /** Bytes after decompression. For tar all of the stream counts, headers and padding included. */
  readonly maxUnpackedBytes: number;
  /** Unpacked bytes for each byte of the archive file. */
  readonly maxRatio: number;
  /**
   * Below this many unpacked bytes the ratio is not judged. A small honest file may compress far better than 100:1 (a
   * blueprint of a few repeated lines, tar padding), and nobody is hurt by so little.
   */
  readonly ratioFreeBytes: number;
  /** UTF-8 bytes of a whole path inside the archive. */
  readonly maxPathBytes: number;
  /** UTF-8 bytes of one part of a path; the usual limit of file systems. */
  readonly maxNameBytes: number;
  /** Parts of a path. */
  readonly maxDepth: number;
}

export const DEFAULT_ARCHIVE_LIMITS: ArchiveLimits = {
  maxEntries: 50_000,
  maxUnpackedBytes: 4 * 1024 ** 3,
  maxRatio: 100,
  ratioFreeBytes: 1024 ** 2,
  maxPathBytes: 1024,
  maxNameBytes: 255,
  maxDepth: 64,
};
