import type { FastifyRequest } from 'fastify';
import { rm } from 'node:fs/promises';
import { receiveUpload } from '../files/receive-upload.js';
import { streamOf } from './body-reader.js';

/**
 * Takes the whole body of a request for a file, whatever its content type says (rest-api §1.15). False when there is none,
 * or an empty one; there is no file then.
 * @throws CodelessError 400, 408, 413, StorageFullError
 */
export async function receiveBody(request: FastifyRequest, path: string, maxBytes: number): Promise<boolean> {
  const length = request.headers['content-length'];
  if (length === undefined && request.headers['transfer-encoding'] === undefined) return false;
  const declaredBytes = length === undefined ? undefined : Number(length);
  const { bytes } = await receiveUpload(streamOf(request), path, { maxBytes, declaredBytes });
  if (bytes === 0) await rm(path, { force: true });
  return bytes > 0;
}
