import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { chown, link, mkdir, open, readdir, rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemCodeOf, TlsConfigurationError } from './tls-configuration-error.js';

/** Far above any chain of certificates, far below what would hurt. */
const MAX_FILE_BYTES = 256 * 1024;
const OTHERS_BITS = 0o077;
const KEY_MODE = 0o600;
const PUBLIC_MODE = 0o644;
const TEMPORARY_FILE = /^\..+\.[0-9a-f]{16}\.tmp$/;
/** A temporary file lives for milliseconds; one this old was left by a kill. */
const ABANDONED_AFTER_MS = 60_000;

/**
 * Reads a file that holds a private key. Links are followed (secret volumes and ACME clients are made of them); what
 * they lead to is judged, on the open file, so that it cannot be exchanged in between.
 * @throws TlsConfigurationError naming the file when it is absent, unreadable, not a plain file, or open to others
 * (anything beyond 0600, or owned by neither this process's user nor root).
 */
export async function readKeyFile(path: string): Promise<string> {
  return readPlainFile(path, (mode, owner) => {
    if ((mode & OTHERS_BITS) !== 0) {
      const octal = (mode & 0o7777).toString(8).padStart(4, '0');
      throw new TlsConfigurationError(
        `the key file is open to others (mode ${octal}); it must be 0600: chmod 600`,
        path,
      );
    }
    const self = process.geteuid?.();
    if (self !== undefined && owner !== self && owner !== 0) {
      throw new TlsConfigurationError(
        `the key file belongs to user ${owner}, who is neither this process's user nor root`,
        path,
      );
    }
  });
}

/** @throws TlsConfigurationError naming the file. */
export async function readPublicFile(path: string): Promise<string> {
  return readPlainFile(path, () => undefined);
}

async function readPlainFile(path: string, judge: (mode: number, owner: number) => void): Promise<string> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK); // not to wait for the writer of a pipe
  } catch (error) {
    const code = systemCodeOf(error);
    throw new TlsConfigurationError(
      code === 'ENOENT' ? 'there is no such file' : `cannot be read (${code ?? 'unknown'})`,
      path,
      { cause: error },
    );
  }
  try {
    const { mode, uid, size } = await readableStat(file, path);
    judge(mode, uid);
    if (size > MAX_FILE_BYTES)
      throw new TlsConfigurationError(`is too large for a certificate or key (${size} bytes)`, path);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

async function readableStat(file: FileHandle, path: string): Promise<{ mode: number; uid: number; size: number }> {
  const found = await file.stat();
  if (!found.isFile()) throw new TlsConfigurationError('is not a plain file', path);
  return found;
}

export async function fileExists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return false;
    throw new TlsConfigurationError(`cannot be looked at (${systemCodeOf(error) ?? 'unknown'})`, path, {
      cause: error,
    });
  }
}

export const writeKeyFile = (path: string, text: string): Promise<void> => writeWhole(path, text, KEY_MODE, rename);
export const writePublicFile = (path: string, text: string): Promise<void> =>
  writeWhole(path, text, PUBLIC_MODE, rename);

/** Writes the file unless there is one; says whether it did. Of two processes that try, one wins and both go on with its file. */
export const createKeyFile = (path: string, text: string): Promise<boolean> => createWhole(path, text, KEY_MODE);
export const createPublicFile = (path: string, text: string): Promise<boolean> => createWhole(path, text, PUBLIC_MODE);

async function createWhole(path: string, text: string, mode: number): Promise<boolean> {
  try {
    await writeWhole(path, text, mode, async (from, to) => {
      await link(from, to); // unlike rename, refuses to replace
      await unlink(from);
    });
    return true;
  } catch (error) {
    if (error instanceof TlsConfigurationError && systemCodeOf(error.cause) === 'EEXIST') return false;
    throw error;
  }
}

/** The file is the old one or the new one, whole, whenever the power goes: temporary file, fsync, put in place, fsync of the folder. */
async function writeWhole(
  path: string,
  text: string,
  mode: number,
  place: (from: string, to: string) => Promise<void>,
): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${randomBytes(8).toString('hex')}.tmp`);
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.chmod(mode); // whatever the umask
      await giveToOwnerOf(folder, file);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await place(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw new TlsConfigurationError(`cannot be written (${systemCodeOf(error) ?? 'unknown'})`, path, { cause: error });
  }
  await syncFolder(folder);
}

/** A command run by root must not leave files that the server's user cannot read. */
async function giveToOwnerOf(folder: string, file: FileHandle): Promise<void> {
  if (process.geteuid?.() !== 0) return;
  const { uid, gid } = await stat(folder);
  if (uid !== 0) await file.chown(uid, gid);
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the folder and those above it. Only its owner may write in it; the CA's certificate in it is for everybody. */
export async function makeFolder(path: string): Promise<void> {
  try {
    const firstMade = await mkdir(path, { recursive: true, mode: 0o755 });
    if (firstMade === undefined || process.geteuid?.() !== 0) return;
    const { uid, gid } = await stat(dirname(firstMade));
    if (uid !== 0) await chown(path, uid, gid);
  } catch (error) {
    throw new TlsConfigurationError(`the folder cannot be made (${systemCodeOf(error) ?? 'unknown'})`, path, {
      cause: error,
    });
  }
}

/** Removes temporary files that a kill left behind: they may hold a key. */
export async function sweepTemporaryFiles(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((found) => TEMPORARY_FILE.test(found))) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    if (found !== null && Date.now() - found.mtimeMs > ABANDONED_AFTER_MS) await unlink(path).catch(() => undefined);
  }
}
