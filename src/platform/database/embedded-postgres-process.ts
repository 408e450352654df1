import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { open, readdir, readFile, readlink, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { serverEnvironment, type ServerIdentity } from './embedded-postgres-identity.js';

const run = promisify(execFile);
const POLL_MS = 20;

/** The `code` of a system or PostgreSQL error, or undefined. */
export function errorCode(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}

/** What `postmaster.pid` tells: who serves the data folder, and where. */
export interface PidFile {
  readonly pid: number;
  readonly port: number;
  readonly socketFolder: string;
}

/** The server's lock file: undefined when there is none, pid 0 when a crash left it torn. */
export async function readPidFile(dataFolder: string): Promise<PidFile | undefined> {
  const text = await readFile(pidFileOf(dataFolder), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  // PostgreSQL's layout: pid (negative in single-user mode), data folder, start time, port, first socket folder, …
  const [pid = '', , , port = '', socketFolder = ''] = text.split('\n');
  return { pid: Math.abs(numberOf(pid)), port: numberOf(port), socketFolder };
}

function numberOf(text: string): number {
  const value = Number.parseInt(text, 10);
  return Number.isNaN(value) ? 0 : value;
}

function pidFileOf(dataFolder: string): string {
  return path.join(dataFolder, 'postmaster.pid');
}

/**
 * Makes way for a new server after a crash; call it only when nobody serves the folder. A stranger's pid in one of the
 * two lock files, or an empty file, would otherwise make PostgreSQL refuse to start until a person deletes it.
 */
export async function clearStaleLocks(dataFolder: string, socketFolder: string, port: number): Promise<void> {
  const pidFile = await readPidFile(dataFolder);
  if (pidFile?.pid === 0) await unlink(pidFileOf(dataFolder));
  else if (pidFile && isAlive(pidFile.pid)) await disownPidFile(dataFolder);

  const socketLock = path.join(socketFolder, `.s.PGSQL.${port}.lock`);
  const owner = numberOf(await readFile(socketLock, 'utf8').catch(() => '0'));
  if (!(await servesFolder(owner, dataFolder))) await unlink(socketLock).catch(() => undefined);
}

/**
 * After a crash the pid in the lock file may by now belong to a stranger, and PostgreSQL, seeing it alive, would refuse
 * to start. It takes its own parent's pid for stale, so we put ours there: unlike deleting the file this keeps the key of
 * the shared memory, by which it finds children that outlived the crash and still write.
 */
async function disownPidFile(dataFolder: string): Promise<void> {
  const file = pidFileOf(dataFolder);
  const lines = (await readFile(file, 'utf8')).split('\n');
  await writeFile(file, [String(process.pid), ...lines.slice(1)].join('\n'));
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM'; // exists, and is somebody else's
  }
}

/** Is this pid the server of this data folder, and not a stranger who got a recycled pid, nor a zombie? */
export async function servesFolder(pid: number, dataFolder: string): Promise<boolean> {
  if (pid <= 0 || !isAlive(pid)) return false;
  if (process.platform === 'linux') {
    // The server's working directory is its data folder. A foreign process's link cannot be read: then it is not ours.
    return (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === dataFolder;
  }
  const command = await run('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  return command.stdout.includes(dataFolder);
}

/** Is any process at work in this data folder? For when the lock file does not tell which one. */
export async function anyoneServes(dataFolder: string): Promise<boolean> {
  if (process.platform !== 'linux') {
    const commands = await run('ps', ['-axo', 'command=']).catch(() => ({ stdout: '' }));
    return commands.stdout.includes(dataFolder);
  }
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const serving = await Promise.all(pids.map((pid) => servesFolder(Number(pid), dataFolder)));
  return serving.includes(true);
}

/** The running server's first process, whether we started it or found it. */
export class Postmaster {
  private constructor(
    readonly pid: number,
    private readonly dataFolder: string,
    private readonly child: ChildProcess | undefined,
  ) {}

  static adopt(pid: number, dataFolder: string): Postmaster {
    return new Postmaster(pid, dataFolder, undefined);
  }

  /**
   * Starts the server in a session of its own: Ctrl-C in the terminal is for us, who end it after the last request.
   * What it says before its own log opens goes to `startLog`.
   * @throws Error when the program cannot be started at all.
   */
  static async start(
    command: readonly string[],
    where: { readonly dataFolder: string; readonly startLog: string },
    identity: ServerIdentity,
  ): Promise<Postmaster> {
    const [program = '', ...argv] = [...identity.prefix, ...command];
    const log = await open(where.startLog, 'w', 0o600);
    try {
      const child = spawn(program, argv, {
        cwd: path.dirname(where.dataFolder),
        detached: true,
        env: serverEnvironment(),
        stdio: ['ignore', log.fd, log.fd],
        ...identity.spawnAs,
      });
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', reject);
      });
      child.unref();
      return new Postmaster(child.pid ?? 0, where.dataFolder, child);
    } finally {
      await log.close();
    }
  }

  async isRunning(): Promise<boolean> {
    if (this.child) return this.child.exitCode === null && this.child.signalCode === null;
    return servesFolder(this.pid, this.dataFolder);
  }

  /** Calls back when the process that we started ends; a found one is no child of ours and tells us nothing. */
  onExit(listener: () => void): void {
    this.child?.once('exit', listener);
  }

  signal(signal: NodeJS.Signals): void {
    try {
      process.kill(this.pid, signal);
    } catch (error) {
      if (errorCode(error) !== 'ESRCH') throw error;
    }
  }

  /** True when it ended within the time. */
  async ended(withinMs: number): Promise<boolean> {
    const deadline = performance.now() + withinMs;
    while (await this.isRunning()) {
      if (performance.now() >= deadline) return false;
      await delay(POLL_MS);
    }
    return true;
  }
}
