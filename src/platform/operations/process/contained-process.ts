import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import type { Containment } from './containment.js';
import { firstShell, splitEnvironment } from './first-shell.js';
import { MARK, OrphanWatcher, signalGroup, signalProcess, sweep } from './marked-processes.js';

/** Between SIGTERM and SIGKILL. With what follows, everything is gone within 5 s of a kill. */
const GRACE_MS = 2_000;

export interface Command {
  /** The operation's own folder. */
  readonly own: string;
  /** For the shell. */
  readonly line: string;
  /** Where it begins. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
}

export interface ContainedProcess {
  readonly pid: number;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** The exit code, negative for a signal. Resolves when no process of it is left. */
  readonly ended: Promise<number>;
  /** SIGTERM, and SIGKILL to whatever is left after a grace. */
  kill(): void;
}

/** Starts shells that can be ended together with everything they started. */
export class ProcessStarter {
  private readonly workerMark = randomBytes(12).toString('hex');
  private readonly watcher: OrphanWatcher | null;
  private readonly running = new Set<ContainedProcess>();

  constructor(private readonly containment: Containment) {
    this.watcher = containment.kind === 'marked' ? new OrphanWatcher(this.workerMark, containment.user) : null;
  }

  /** @throws Error of the system when nothing can be started */
  async start(command: Command): Promise<ContainedProcess> {
    const { prefix, user, kind, arranges } = this.containment;
    const mark = `${this.workerMark}-${randomBytes(12).toString('hex')}`;
    const { exported, given } = splitEnvironment({ ...command.environment, [MARK]: mark });
    const [tool, ...words] = [...prefix(command.own), '/bin/sh', '-s'];
    const child = spawn(tool, words, {
      cwd: '/',
      // Before privileges are dropped nothing of the operation's is looked at.
      env: { ...(arranges ? {} : given), [MARK]: mark, PATH: '/usr/bin:/bin:/usr/sbin:/sbin' },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
      ...user,
    });
    await spawned(child);
    const pid = child.pid ?? 0;
    child.stdin.on('error', () => undefined); // it ended before it read everything
    child.stdin.write(firstShell({ ...command, environment: exported, isAlone: kind !== 'marked' }));
    this.watcher?.begun(pid);

    const exited = Promise.withResolvers<number>();
    child.once('exit', (code, signal) => exited.resolve(code ?? -signalNumber(signal)));
    // What has ended has no number any more; somebody else may have it.
    const hasExited = (): boolean => child.exitCode !== null || child.signalCode !== null;
    let isKilled = false;
    const contained: ContainedProcess = {
      pid,
      stdout: child.stdout,
      stderr: child.stderr,
      ended: this.end(exited.promise, pid, mark).finally(() => {
        child.stdin.destroy();
        this.running.delete(contained);
      }),
      kill: () => {
        if (isKilled) return;
        isKilled = true;
        void this.terminate(pid, exited.promise, hasExited);
      },
    };
    this.running.add(contained);
    return contained;
  }

  /** Ends whatever is running. */
  async close(): Promise<void> {
    const running = [...this.running];
    for (const process of running) process.kill();
    await Promise.all(running.map(({ ended }) => ended));
    this.watcher?.close();
  }

  private async end(exited: Promise<number>, group: number, mark: string): Promise<number> {
    const code = await exited;
    if (this.containment.kind === 'marked') await sweep(group, mark);
    this.watcher?.ended(group);
    return code;
  }

  private async terminate(group: number, exited: Promise<number>, hasExited: () => boolean): Promise<void> {
    if (hasExited()) return;
    const inside = await firstInside(group);
    if (!hasExited()) signalGroup(group, 'SIGTERM');
    await within(GRACE_MS, exited);
    if (hasExited()) return;
    // The first process of a namespace takes all others along, and is not reaped before they are gone.
    if (this.containment.kind === 'marked') return signalGroup(group, 'SIGKILL');
    for (const pid of inside) signalProcess(pid, 'SIGKILL');
    await within(GRACE_MS / 2, exited);
    if (!hasExited()) signalGroup(group, 'SIGKILL');
  }
}

async function within(ms: number, promise: Promise<unknown>): Promise<void> {
  const timer = new AbortController();
  await Promise.race([promise, wait(ms, undefined, { signal: timer.signal }).catch(() => undefined)]);
  timer.abort();
}

/** The children of the tool that made the namespace. */
async function firstInside(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return children
    .split(' ')
    .filter((text) => /^\d+$/.test(text))
    .map(Number);
}

function spawned(child: ReturnType<typeof spawn>): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  child.once('spawn', resolve);
  child.once('error', reject);
  return promise;
}

const SIGNALS: Readonly<Partial<Record<NodeJS.Signals, number>>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGXCPU: 24,
  SIGXFSZ: 25,
};

function signalNumber(signal: NodeJS.Signals | null): number {
  return signal === null ? 1 : (SIGNALS[signal] ?? 1);
}
