import { spawn, type ChildProcess } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import type { OperationUser } from './containment.js';

/** In the environment of every process of an operation. */
export const MARK = 'HOLDFAST_OPERATION';
const SWEEPS = 40;
const PAUSE_MS = 25;

/** Kills the group and whatever carries the mark, again and again until nothing is left that does. */
export async function sweep(group: number, mark: string): Promise<void> {
  signalGroup(group, 'SIGKILL');
  for (let round = 0; round < SWEEPS; round += 1) {
    const left = await markedProcesses(mark);
    if (left.length === 0) return;
    for (const pid of left) signalProcess(pid, 'SIGKILL');
    await wait(PAUSE_MS);
  }
}

export function signalGroup(group: number, name: NodeJS.Signals): void {
  signalProcess(-group, name);
}

export function signalProcess(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It is gone.
  }
}

async function markedProcesses(mark: string): Promise<number[]> {
  const wanted = `${MARK}=${mark}`;
  const entries = await readdir('/proc').catch(() => []);
  const pids = entries.filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
      return environment.split('\0').some((entry) => entry.startsWith(wanted)) ? Number(pid) : null;
    }),
  );
  return found.filter((pid) => pid !== null);
}

const WATCHER = `
groups=' '
while read -r verb group; do
  case $verb in
    +) groups="$groups$group " ;;
    -) groups="\${groups%% $group *} \${groups#* $group }" ;;
  esac
done
for group in $groups; do kill -9 -- "-$group"; done
round=0
while [ $round -lt ${SWEEPS} ]; do
  found=
  for file in /proc/[0-9]*/environ; do
    if grep -qaF -- "$1" "$file"; then
      pid=\${file#/proc/}
      kill -9 "\${pid%/environ}" && found=1
    fi
  done
  [ -z "$found" ] && exit 0
  round=$((round + 1))
done
`;

/**
 * Outlives the worker where there are no namespaces: a shell that is told the groups of running operations and, when the
 * worker's end of the pipe closes, ends them and whatever carries the worker's mark.
 */
export class OrphanWatcher {
  private readonly shell: ChildProcess;

  constructor(workerMark: string, user: OperationUser) {
    this.shell = spawn('/bin/sh', ['-c', WATCHER, 'sh', `${MARK}=${workerMark}`], {
      cwd: '/',
      env: { PATH: '/usr/bin:/bin' },
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
      ...user,
    });
    this.shell.on('error', () => undefined);
    this.shell.stdin?.on('error', () => undefined);
    this.shell.unref();
  }

  begun(group: number): void {
    this.shell.stdin?.write(`+ ${group}\n`);
  }

  ended(group: number): void {
    this.shell.stdin?.write(`- ${group}\n`);
  }

  close(): void {
    this.shell.stdin?.end();
  }
}
