import { AppError } from '../../core/errors/app-error.js';

/** No space, no quota, no inodes: the operator must act, the caller may try again later. */
const FULL: readonly unknown[] = ['ENOSPC', 'EDQUOT'];

/** 500 `file_server_exception`: the disk under the file store is full. Nothing of the failed write is left behind. */
export class StorageFullError extends AppError {
  constructor(options: { readonly cause?: unknown } = {}) {
    super('file_server_exception', 'The file store is full; nothing was stored', options);
  }
}

/** The error to throw in place of one from the file system: a StorageFullError where that is the matter, else itself. */
export function storageError(error: unknown): unknown {
  return FULL.includes(codeOf(error)) ? new StorageFullError({ cause: error }) : error;
}

/** The `code` of a system error (`ENOENT`, …), or undefined. */
export function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
