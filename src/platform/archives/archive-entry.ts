/** One thing in an archive, before its name and kind are trusted. */
export interface ArchiveEntry {
  readonly rawName: Uint8Array;
  readonly kind: 'file' | 'folder';
  readonly isExecutable: boolean;
  /** The bytes of a file, once: read it to its end or do not begin. */
  readonly content: AsyncIterable<Uint8Array>;
}

/** Nothing to read: a folder, or an empty file. */
export const NO_CONTENT: AsyncIterable<Uint8Array> = {
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    // yields nothing
  },
};
