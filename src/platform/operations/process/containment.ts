import { spawn } from 'node:child_process';
import { access, constants, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface ProcessLimits {
  /** Private memory of each process, in bytes; 0 is without limit. */
  readonly memoryBytes: number;
  /** Processes and threads of an operation; 0 is without limit. */
  readonly processes: number;
  /** Largest file that is written, in bytes; 0 is without limit. */
  readonly fileBytes: number;
}

/** Whom operations run as where the worker is root; null is the worker's own user. */
export type OperationUser = { readonly uid: number; readonly gid: number } | null;

/**
 * How the processes of an operation are kept together.
 * - `user-namespace`, `root-namespace`: a PID namespace, made by the operation's own user or by root. When its first process
 *   ends, so do all others: neither `setsid` nor a double fork leads out.
 * - `marked`: a process group, and a variable in the environment of every descendant that is searched for in `/proc`.
 */
export interface Containment {
  readonly kind: 'user-namespace' | 'root-namespace' | 'marked';
  /** Put in front of the shell that begins the operation. */
  readonly prefix: readonly string[];
  /** The user that this prefix is started as. */
  readonly user: OperationUser;
  /** What could not be had, for the log. */
  readonly missing: readonly string[];
}

const FOLDERS = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin'];
const PROBE_MS = 5_000;

/**
 * Finds out once what this host allows, the strongest first; each is really tried.
 * @param force takes this one only, or none of the stronger ones where it is `marked`
 */
export async function findContainment(
  user: OperationUser,
  limits: ProcessLimits,
  force?: Containment['kind'],
): Promise<Containment> {
  const [unshare, setpriv, prlimit] = await Promise.all([
    findTool('unshare'),
    findTool('setpriv'),
    findTool('prlimit'),
  ]);
  const isRoot = process.getuid?.() === 0;
  // The parent's death reaches the outermost process, its own the first one in the namespace, and that one all others.
  const dies = setpriv === null ? [] : [setpriv, '--pdeathsig', 'KILL'];
  const bounded = setpriv === null ? [] : [...dies, '--no-new-privs', '--'];
  const killed = ['--fork', '--kill-child=KILL'];
  const missing = [
    ...(prlimit === null ? ['prlimit (no limits of memory, processes and file size)'] : []),
    ...(setpriv === null ? ['setpriv'] : []),
  ];
  const limited = async (isCounted: boolean): Promise<string[]> =>
    prlimit === null ? [] : [prlimit, ...(await limitOptions(limits, isCounted)), '--'];

  const candidates: Containment[] = [];
  if (unshare !== null) {
    const inUserNamespace = [...bounded, unshare, '--user', '--map-current-user', '--pid', ...killed];
    for (const proc of [['--mount-proc'], []]) {
      candidates.push({
        kind: 'user-namespace',
        prefix: [...inUserNamespace, ...proc, '--', ...(await limited(true))],
        user,
        missing,
      });
    }
    if (isRoot && setpriv !== null && user !== null) {
      const dropped = [setpriv, `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', '--no-new-privs'];
      candidates.push({
        kind: 'root-namespace',
        prefix: [
          ...dies,
          '--',
          unshare,
          '--pid',
          ...killed,
          '--mount-proc',
          '--',
          ...dropped,
          '--inh-caps=-all',
          '--bounding-set=-all',
          '--pdeathsig',
          'KILL',
          '--',
          ...(await limited(true)),
        ],
        user: null,
        missing,
      });
    }
  }
  for (const candidate of candidates) {
    if (force !== undefined && candidate.kind !== force) continue;
    if (await works(candidate)) return candidate;
  }
  const marked: Containment = {
    kind: 'marked',
    prefix: [...bounded, ...(await limited(user !== null))],
    user,
    missing,
  };
  if (await works(marked)) return marked;
  return { ...marked, prefix: [], missing: [...missing, 'limits'] };
}

/** Absolute, since what looks a name up would look in the operation's PATH. */
async function findTool(name: string): Promise<string | null> {
  for (const folder of FOLDERS) {
    const path = join(folder, name);
    try {
      await access(path, constants.X_OK);
      return path;
    } catch {
      // It is not there.
    }
  }
  return null;
}

/** Data segments are limited, not address space: Node, Go and Java reserve a lot of that and use little. */
async function limitOptions(limits: ProcessLimits, areProcessesCounted: boolean): Promise<string[]> {
  const hard = await hardLimits();
  const options: string[] = ['--core=0'];
  const add = (option: string, name: string, wanted: number): void => {
    if (wanted > 0) options.push(`--${option}=${Math.min(wanted, hard.get(name) ?? Infinity)}`);
  };
  add('data', 'Max data size', limits.memoryBytes);
  add('fsize', 'Max file size', limits.fileBytes);
  // Processes are counted by user and namespace: without either of our own, the worker's would count.
  if (areProcessesCounted) add('nproc', 'Max processes', limits.processes);
  return options;
}

/** A limit can be lowered by everybody, raised by few. */
async function hardLimits(): Promise<ReadonlyMap<string, number>> {
  const text = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  return new Map(
    text
      .split('\n')
      .map((line) => /^(Max [a-z ]+?)\s{2,}\S+\s+(\d+)\s/.exec(line))
      .filter((match) => match !== null)
      .map(([, name = '', hard]) => [name, Number(hard)]),
  );
}

async function works({ prefix, user }: Containment): Promise<boolean> {
  const [command, ...rest] = [...prefix, '/bin/sh', '-c', 'kill -0 $$ && echo fine'];
  const child = spawn(command, rest, {
    cwd: '/',
    env: { PATH: FOLDERS.join(':') },
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: PROBE_MS,
    killSignal: 'SIGKILL',
    ...user,
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  const ended = Promise.withResolvers<boolean>();
  child.once('error', () => ended.resolve(false));
  child.once('close', (code) => ended.resolve(code === 0 && printed === 'fine\n'));
  return ended.promise;
}
