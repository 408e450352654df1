import { constants } from 'node:fs';
import { mkdir, open, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const SYNCED_AT_ONCE = 8;

/** Makes a folder and those above it, mode 0700, and sees that their names reach the disk. */
export async function makeFolders(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) await syncPath(dirname(made));
}

/** Waits until a file's content, or a folder's list of names, is on the disk. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The same for a folder with all that is below it. */
export async function syncTree(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .values();
  const worker = async (): Promise<void> => {
    for (const path of paths) await syncPath(path); // the workers share one iterator
  };
  await Promise.all(Array.from({ length: SYNCED_AT_ONCE }, worker));
  await syncPath(folder);
}
