import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Removes what is in a folder, after a failure. Errors are passed over: the one that brought us here tells more, and
 * whoever made the folder removes it whole.
 */
export async function emptyFolder(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  await Promise.all(
    names.map((name) => rm(join(folder, name), { recursive: true, force: true }).catch(() => undefined)),
  );
}
