import type { Readable } from 'node:stream';
import type { StoredFile } from './file-store.js';
import { bodyChunks, bodyTooLarge, dropBody } from './upload-body.js';
import { writeNewFile } from './write-new-file.js';

/** Longest pause of a client in the middle of an upload. */
export const DEFAULT_IDLE_TIMEOUT_MS = 60_000;

export interface UploadLimits {
  readonly maxBytes: number;
  /** Default 60 s. */
  readonly idleTimeoutMs?: number;
  /** The `Content-Length` of the request, if it has one: a body that is too large is then refused before it comes. */
  readonly declaredBytes?: number | undefined;
}

/**
 * Writes a raw request body to a new file, as a rule in a staging folder; an empty body gives an empty file. On any
 * failure the file is gone, and the rest of the body is read and dropped behind the answer, or the connection closed.
 *
 * @throws CodelessError 413 above `maxBytes`, 408 when the client pauses too long, 400 when it goes away;
 *   StorageFullError
 */
export async function receiveUpload(body: Readable, path: string, limits: UploadLimits): Promise<StoredFile> {
  const { maxBytes, idleTimeoutMs = DEFAULT_IDLE_TIMEOUT_MS, declaredBytes = 0 } = limits;
  const tooLarge = (): Error => bodyTooLarge(maxBytes);
  try {
    if (declaredBytes > maxBytes) throw tooLarge();
    return await writeNewFile(path, bodyChunks(body, idleTimeoutMs), { maxBytes, tooLarge });
  } catch (error) {
    dropBody(body);
    throw error;
  }
}
