import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, rm, type FileHandle } from 'node:fs/promises';
import type { StoredFile } from './file-store.js';
import { storageError } from './storage-error.js';

const FRESH_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
/** Clients send 8 KiB at a time (rest-api §5.4); the disk is asked less often. */
const BATCH_BYTES = 256 * 1024;

export interface WriteLimits {
  readonly maxBytes: number;
  /** What to throw when there is more. */
  readonly tooLarge: () => Error;
}

/**
 * Writes a stream to a new file (mode 0600) and syncs it to the disk, hashing on the way.
 * @throws what `tooLarge` gives, StorageFullError, or what the source throws; the file is gone then.
 */
export async function writeNewFile(
  path: string,
  source: AsyncIterable<Uint8Array>,
  limits: WriteLimits,
): Promise<StoredFile> {
  const file = await open(path, FRESH_FILE, 0o600).catch((error: unknown) => {
    throw storageError(error);
  });
  try {
    const stored = await copy(source, file, limits);
    await file.sync();
    await file.close();
    return stored;
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(path, { force: true });
    throw storageError(error);
  }
}

async function copy(source: AsyncIterable<Uint8Array>, file: FileHandle, limits: WriteLimits): Promise<StoredFile> {
  const digest = createHash('sha256');
  let bytes = 0;
  let batch: Uint8Array[] = [];
  let batched = 0;
  const flush = async (): Promise<void> => {
    const block = Buffer.concat(batch);
    batch = [];
    batched = 0;
    digest.update(block);
    await writeAll(file, block);
  };
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > limits.maxBytes) throw limits.tooLarge();
    batch.push(chunk);
    batched += chunk.length;
    if (batched >= BATCH_BYTES) await flush();
  }
  await flush();
  return { bytes, sha256: digest.digest('hex') };
}

/** A nearly full disk takes a part and refuses only the next write. */
async function writeAll(file: FileHandle, block: Buffer): Promise<void> {
  for (let written = 0; written < block.length;) {
    written += (await file.write(block, written)).bytesWritten;
  }
}
