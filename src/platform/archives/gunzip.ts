import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ArchiveProblem } from './archive-problem.js';

const READ_BYTES = 64 * 1024;

/**
 * Decompresses a gzip file; several members in a row are one (RFC 1952 §2.2).
 * @throws ArchiveProblem `truncated`, `corrupt`, `trailing-data`
 */
export async function* gunzip(path: string): AsyncGenerator<Uint8Array> {
  const inflater = createGunzip({ chunkSize: READ_BYTES });
  // Errors of either end reach the loop below; the callback is only there because pipeline wants one.
  pipeline(createReadStream(path, { highWaterMark: READ_BYTES }), inflater, () => undefined);
  try {
    const chunks: AsyncIterable<Uint8Array> = inflater;
    yield* chunks;
  } catch (error) {
    throw translate(error);
  }
  await expectOnlyZerosFrom(path, inflater.bytesWritten);
}

/** zlib takes a NUL behind a member for padding and stops there, whatever may follow. */
async function expectOnlyZerosFrom(path: string, position: number): Promise<void> {
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(READ_BYTES);
    for (let at = position; ;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
      if (bytesRead === 0) return;
      if (buffer.subarray(0, bytesRead).some((byte) => byte !== 0)) {
        throw new ArchiveProblem('trailing-data', 'The archive has data behind its end');
      }
      at += bytesRead;
    }
  } finally {
    await file.close();
  }
}

function translate(error: unknown): unknown {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  if (code === 'Z_BUF_ERROR') return new ArchiveProblem('truncated', 'The archive ends too early: it is truncated');
  if (typeof code === 'string' && code.startsWith('Z_')) {
    return new ArchiveProblem('corrupt', 'The archive is damaged: it does not decompress');
  }
  return error;
}
