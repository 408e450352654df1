import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, lchown, lstat, mkdir, readdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { socketPathFits } from './embedded-postgres-settings.js';
import { createHash } from 'node:crypto';

/** nobody: owns no files on a sane machine. */
const UNPRIVILEGED_ID = 65_534;

/**
 * As whom the server runs. PostgreSQL refuses to run as root, so root starts it in a user namespace where root is called
 * nobody (files stay root's), or, where namespaces are forbidden, as the real uid nobody, who then must own the files.
 */
export interface ServerIdentity {
  /** Who must own the data and the socket's folder, seen from this process. */
  readonly uid: number;
  readonly gid: number;
  /** Set when the kernel is to change the uid between fork and exec. */
  readonly spawnAs?: { readonly uid: number; readonly gid: number };
  /** Program and arguments that precede the server's own. */
  readonly prefix: readonly string[];
}

const NAMESPACE = [
  'unshare',
  '--user',
  `--map-user=${UNPRIVILEGED_ID}`,
  `--map-group=${UNPRIVILEGED_ID}`,
  '--',
] as const;

export async function serverIdentity(): Promise<ServerIdentity> {
  const uid = process.geteuid?.() ?? -1;
  const gid = process.getegid?.() ?? -1;
  if (uid !== 0 && hasName()) return { uid, gid, prefix: [] };
  if (await succeeds([...NAMESPACE, 'true'])) return { uid, gid, prefix: NAMESPACE };
  if (uid !== 0) return { uid, gid, prefix: [] };
  const unprivileged = { uid: UNPRIVILEGED_ID, gid: UNPRIVILEGED_ID };
  return { ...unprivileged, spawnAs: unprivileged, prefix: [] };
}

/** Containers like to run as a uid that no one has heard of; initdb refuses those, and as nobody, it does not. */
function hasName(): boolean {
  try {
    return os.userInfo().username !== '';
  } catch {
    return false;
  }
}

async function succeeds(command: readonly string[]): Promise<boolean> {
  const [program = '', ...argv] = command;
  try {
    const child = spawn(program, argv, { stdio: 'ignore', env: serverEnvironment() });
    await once(child, 'exit');
    return child.exitCode === 0;
  } catch {
    return false; // not installed
  }
}

/** Nothing of ours: no secret of a HOLDFAST_… variable in /proc/PID/environ, no PGPORT or PGDATA that would mislead it. */
export function serverEnvironment(): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}

/**
 * Gives a tree to the server's uid when the way to become unprivileged changed since it was made. The top goes last, so
 * that an interrupted walk is done again.
 */
export async function ensureTreeOwner(folder: string, identity: ServerIdentity): Promise<void> {
  if ((await lstat(folder)).uid === identity.uid) return;
  await giveTree(folder, identity);
}

async function giveTree(folder: string, identity: ServerIdentity): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const child = path.join(folder, entry.name);
    if (entry.isDirectory()) await giveTree(child, identity);
    else await lchown(child, identity.uid, identity.gid);
  }
  await lchown(folder, identity.uid, identity.gid);
}

/** Creates a folder that only the server's uid (and root) may enter. */
export async function makePrivateFolder(folder: string, identity: ServerIdentity): Promise<void> {
  await mkdir(folder, { mode: 0o700 });
  await chmod(folder, 0o700); // whatever the umask took away
  if (identity.spawnAs !== undefined) await chown(folder, identity.uid, identity.gid);
}

/**
 * Lets the server's uid pass through the data folder when it runs as another than ours; it can list nothing there.
 * @throws Error when a folder above it is closed to that uid.
 */
export async function openPathTo(folder: string, identity: ServerIdentity): Promise<void> {
  if (identity.spawnAs === undefined) return;
  const status = await lstat(folder);
  if ((status.mode & 0o001) === 0) {
    await chown(folder, status.uid, identity.gid);
    await chmod(folder, (status.mode & 0o7707) | 0o010);
  }
  await assertReachable(path.dirname(folder), identity);
}

/** @throws Error naming the folder that stops the server's uid on its way to `target`. */
export async function assertReachable(target: string, identity: ServerIdentity): Promise<void> {
  if (identity.spawnAs === undefined) return;
  for (let folder = target; ; folder = path.dirname(folder)) {
    const { mode, uid, gid } = await lstat(folder);
    const bit = uid === identity.uid ? 0o100 : gid === identity.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) {
      throw new Error(
        `PostgreSQL cannot run as root, and uid ${identity.uid}, as which it would run here, may not enter ${folder}. ` +
          'Start Holdfast as an ordinary user, or put it and its data where every user may enter.',
      );
    }
    if (folder === path.dirname(folder)) return;
  }
}

/**
 * The folder of the UNIX socket: inside the data folder, or, where that path is too long for a socket's address, a short
 * one in the system's folder for temporary files. Either is ours alone: whoever could place a socket there could pose as
 * our database.
 * @throws Error when the folder exists and is not ours or others may enter it.
 */
export async function prepareSocketFolder(dataDir: string, identity: ServerIdentity): Promise<string> {
  const folder = socketFolderOf(dataDir);
  const inside = path.dirname(folder) === dataDir;
  await makePrivateFolder(folder, identity).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw new Error(`Cannot create the folder ${folder}.`, { cause: error });
  });
  // Inside the data folder it is ours in any case, perhaps from a start under the other identity.
  if (inside && process.geteuid?.() === 0) await lchown(folder, identity.uid, identity.gid);
  await assertPrivateFolder(folder, identity);
  if (identity.spawnAs !== undefined) await chown(folder, identity.uid, identity.gid);
  return folder;
}

/** Absolute; where it is without looking whether it exists. */
export function socketFolderOf(dataDir: string): string {
  const inside = path.join(dataDir, 'pgsocket');
  if (socketPathFits(inside)) return inside;
  const name = `holdfast-${createHash('sha256').update(dataDir).digest('hex').slice(0, 16)}`;
  const inTemporary = path.join(os.tmpdir(), name);
  return socketPathFits(inTemporary) ? inTemporary : path.join('/tmp', name);
}

/** @throws Error unless it is a real folder, owned by us or the server's uid, closed to everybody else. */
export async function assertPrivateFolder(folder: string, identity: ServerIdentity): Promise<void> {
  const status = await lstat(folder); // not stat: a link would lead to somebody else's folder
  const owners = [process.geteuid?.(), identity.uid];
  if (!status.isDirectory() || !owners.includes(status.uid) || (status.mode & 0o077) !== 0) {
    throw new Error(
      `The folder ${folder} for the database's socket must be a folder of our own with mode 0700. ` +
        'Somebody else made or opened it: remove it, then start again.',
    );
  }
}
