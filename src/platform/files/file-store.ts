import type { Readable } from 'node:stream';

/** What was written, as it was written. */
export interface StoredFile {
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

export interface OpenedFile {
  /** Belongs to the caller, who reads or destroys it. */
  readonly stream: Readable;
  readonly size: number;
  readonly modifiedAt: Date;
  readonly isExecutable: boolean;
}

export interface FileEntry {
  /** Relative to the prefix that was listed, with `/`. */
  readonly path: string;
  readonly size: number;
  readonly modifiedAt: Date;
  readonly isExecutable: boolean;
}

/** A private folder of this process, mode 0700, for work that is not finished. */
export interface Staging {
  readonly path: string;
  /** Removes the folder and what is left in it. More than once is fine. */
  discard(): Promise<void>;
}

export interface PutOptions {
  readonly maxBytes: number;
}

/**
 * A port: where archives, unpacked blueprints, icons and the like are kept, by key. Keys are made by code from ids
 * (`file-key.ts`), never from what users typed. A folder here, a store shared by replicas where there are several; both
 * pass the same contract (test/support/file-store-contract.ts).
 *
 * Readers see a file whole or not at all. What a reader has open stays readable while it is replaced or removed.
 * A malformed key is an Error when writing and absent when reading, so that a hostile tail of a path is a plain 404.
 */
export abstract class FileStore {
  /** A fresh, empty folder on the local disk, from which `publishFile` and `publishFolder` take. */
  abstract stage(): Promise<Staging>;

  /**
   * Stores a stream under `key`, replacing what was there once all of it is safe on the disk.
   * @throws CodelessError 413 above `maxBytes`, StorageFullError; whatever the stream throws. Nothing is left behind.
   */
  abstract putStream(key: string, source: AsyncIterable<Uint8Array>, options: PutOptions): Promise<StoredFile>;

  /** Moves a staged file to `key`, replacing what was there. */
  abstract publishFile(stagedFile: string, key: string): Promise<void>;

  /**
   * Moves a staged folder to `key`, all of it at once.
   * @throws Error when something is stored there: remove it first.
   */
  abstract publishFolder(stagedFolder: string, key: string): Promise<void>;

  /**
   * The absolute path of a folder under `key` that programs work in, made private to us where it is missing. What is in it
   * is read as anything else here: no link is followed.
   */
  abstract workingFolder(key: string): Promise<string>;

  /** The file under `key`, or null: also for folders, and for anything that is not a plain file of ours. */
  abstract openRead(key: string): Promise<OpenedFile | null>;

  /**
   * The files below a folder, at any depth, in the order of their paths' bytes. Empty when there is none. The prefix `.`
   * lists the whole store.
   */
  abstract list(prefix: string): Promise<readonly FileEntry[]>;

  /** Whether a file or folder is stored under `key`. */
  abstract exists(key: string): Promise<boolean>;

  /** Removes the file or folder under `key`, for readers all at once. Nothing there is fine. */
  abstract remove(key: string): Promise<void>;
}
