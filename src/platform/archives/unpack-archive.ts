import { storageError } from '../files/storage-error.js';
import { DEFAULT_ARCHIVE_LIMITS, type ArchiveLimits } from './archive-limits.js';
import { ArchiveProblem } from './archive-problem.js';
import { ArchiveRefusedError } from './archive-refused-error.js';
import { unpack, type UnpackReport } from './unpack.js';

/**
 * Unpacks an untrusted archive into an empty folder, in this thread: for small ones and tools. Requests use an
 * ArchiveUnpacker, which keeps the event loop free.
 *
 * @throws ArchiveRefusedError when the archive is refused, StorageFullError when the disk is full; either way the
 *   folder is empty again.
 */
export async function unpackArchive(
  archivePath: string,
  targetDir: string,
  limits: ArchiveLimits = DEFAULT_ARCHIVE_LIMITS,
): Promise<UnpackReport> {
  try {
    return await unpack(archivePath, targetDir, limits);
  } catch (error) {
    if (error instanceof ArchiveProblem) throw new ArchiveRefusedError(error.reason, error.message, { cause: error });
    throw storageError(error);
  }
}
