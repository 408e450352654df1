import { spawn } from 'node:child_process';
import { access, constants, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Places } from './hidden-places.js';
import { isolationScript } from './isolation.js';

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
  /** What keeps an operation from what the manager can read: another user, its own view of the files, or nothing. */
  readonly isolation: 'user' | 'namespace' | 'none';
  /** Put in front of the shell that begins the operation of this folder. */
  readonly prefix: (folder: string) => readonly string[];
  /** The user that this prefix is started as. */
  readonly user: OperationUser;
  /** Whether programs of the prefix run with capabilities, and so must not see the operation's environment. */
  readonly arranges: boolean;
  /** What could not be had, for the log. */
  readonly missing: readonly string[];
  /** Why there is no isolation, for whoever has to change that. */
  readonly reason: string | null;
}

interface ContainmentWish {
  readonly user: OperationUser;
  readonly limits: ProcessLimits;
  readonly places: Places;
  /** Whether the manager's places are covered where operations run as its own user. */
  readonly hides: boolean;
  /** Takes this one only, or none of the stronger ones where it is `marked`. */
  readonly force?: Containment['kind'] | undefined;
  /** The folder of all workers of this user, this worker's tools, and a folder such as operations get. */
  readonly folders: { readonly home: string; readonly tools: string; readonly probe: string };
}

interface Tools {
  readonly unshare: string | null;
  readonly setpriv: string | null;
  readonly prlimit: string | null;
  readonly mount: string | null;
}

const FOLDERS = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin'];
const PROBE_MS = 5_000;
const KILLED = ['--fork', '--kill-child=KILL'];

/** Finds out once what this host allows, the strongest first; each is really tried. */
export async function findContainment(wish: ContainmentWish): Promise<Containment> {
  const { user, folders, force } = wish;
  const [unshare, setpriv, prlimit, mount] = await Promise.all([
    findTool('unshare'),
    findTool('setpriv'),
    findTool('prlimit'),
    findTool('mount'),
  ]);
  const tools: Tools = { unshare, setpriv, prlimit, mount };
  const counted = await limited(tools, wish.limits, true);
  const missing = [
    ...(prlimit === null ? ['prlimit (no limits of memory, processes and file size)'] : []),
    ...(setpriv === null ? ['setpriv'] : []),
  ];
  let reason = missingTools(tools);
  for (const candidate of candidatesOf(wish, tools, counted, missing)) {
    if (force !== undefined && candidate.kind !== force) continue;
    const failure = await failureOf(candidate, folders.probe);
    if (failure === null)
      return candidate.isolation === 'none' ? { ...candidate, reason: reasonOf(wish, reason) } : candidate;
    reason ??= failure;
  }
  const marked: Containment = {
    kind: 'marked',
    isolation: isOther(user) ? 'user' : 'none',
    prefix: (
      (words) => () =>
        words
    )([...bounded(tools), ...(user === null ? await limited(tools, wish.limits, false) : counted)]),
    user,
    arranges: false,
    missing,
    reason: isOther(user) ? null : reasonOf(wish, reason ?? `namespaces are not used`),
  };
  if ((await failureOf(marked, folders.probe)) === null) return marked;
  return { ...marked, prefix: () => [], missing: [...missing, 'limits'] };
}

function isOther(user: OperationUser): boolean {
  return process.getuid?.() === 0 && user !== null && user.uid !== 0;
}

function reasonOf({ user }: ContainmentWish, failure: string | null): string {
  if (process.getuid?.() === 0 && (user === null || user.uid === 0))
    return 'operations_user is 0, which no namespace holds';
  return failure ?? 'operations run as the user of the manager';
}

function missingTools({ unshare, setpriv, mount }: Tools): string | null {
  const names = Object.entries({ unshare, setpriv, mount }).flatMap(([name, path]) => (path === null ? [name] : []));
  return names.length === 0 ? null : `there is no ${names.join(', no ')} on this host`;
}

// The parent's death reaches the outermost process, its own the first one in the namespace, and that one all others.
function dying({ setpriv }: Tools): string[] {
  return setpriv === null ? [] : [setpriv, '--pdeathsig', 'KILL'];
}

function bounded(tools: Tools): string[] {
  return tools.setpriv === null ? [] : [...dying(tools), '--no-new-privs', '--'];
}

function candidatesOf(
  { user, places, hides, folders }: ContainmentWish,
  tools: Tools,
  limits: readonly string[],
  missing: readonly string[],
): Containment[] {
  const { unshare, setpriv, mount } = tools;
  if (unshare === null) return [];
  const isRoot = process.getuid?.() === 0;
  const own = !isOther(user);
  const isolation = own ? 'none' : 'user';
  const shared = { user, missing, reason: null };
  const arranged =
    (inUserNamespace: boolean, before: readonly string[], dropped: readonly string[]) =>
    (folder: string): readonly string[] => {
      const script = isolationScript(places, { own, mount: mount ?? '', inUserNamespace, operations: folders.home });
      return [...before, '--', '/bin/sh', '-c', script, 'holdfast', folder, folders.tools, ...dropped, '--', ...limits];
    };
  const inUserNamespace = [...bounded(tools), unshare, '--user', '--map-current-user', '--pid', ...KILLED];
  const candidates: Containment[] = [];
  const procs = [['--mount-proc'], []];
  if (setpriv !== null && mount !== null && (hides || !own)) {
    // Root within is root outside, as far as owners of files go: it stays what it is.
    const held = own && !isRoot ? 'namespace' : isolation;
    const dropped = [
      setpriv,
      ...flags('bounding-set=-all inh-caps=-all ambient-caps=-all no-new-privs pdeathsig=KILL'),
    ];
    for (const proc of procs) {
      const before = [...inUserNamespace, '--keep-caps', '--mount', ...(own ? ['--ipc'] : []), ...proc];
      candidates.push({
        ...shared,
        kind: 'user-namespace',
        isolation: held,
        arranges: true,
        prefix: arranged(true, before, dropped),
      });
    }
  }
  for (const proc of procs) {
    const prefix = [...inUserNamespace, ...proc, '--', ...limits];
    candidates.push({ ...shared, kind: 'user-namespace', isolation, arranges: false, prefix: () => prefix });
  }
  if (isRoot && setpriv !== null && user !== null) {
    const dropped = [
      setpriv,
      ...flags(
        `reuid=${user.uid} regid=${user.gid} clear-groups no-new-privs inh-caps=-all bounding-set=-all pdeathsig=KILL`,
      ),
    ];
    const before = [...dying(tools), '--', unshare, '--pid', ...KILLED, '--mount-proc'];
    const plain = [...before, '--', ...dropped, '--', ...limits];
    const root = { ...shared, kind: 'root-namespace', isolation, arranges: true, user: null } as const;
    if (mount !== null) candidates.push({ ...root, prefix: arranged(false, before, dropped) });
    candidates.push({ ...root, prefix: () => plain });
  }
  return candidates;
}

function flags(text: string): string[] {
  return text.split(' ').map((word) => `--${word}`);
}

async function limited({ prlimit }: Tools, limits: ProcessLimits, isCounted: boolean): Promise<string[]> {
  return prlimit === null ? [] : [prlimit, ...(await limitOptions(limits, isCounted)), '--'];
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

/** @returns what the tools say, or null where it works */
async function failureOf({ prefix, user }: Containment, folder: string): Promise<string | null> {
  const [command, ...rest] = [...prefix(folder), '/bin/sh', '-c', 'kill -0 $$ && echo fine'];
  const child = spawn(command, rest, {
    cwd: '/',
    env: { PATH: FOLDERS.join(':') },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: PROBE_MS,
    killSignal: 'SIGKILL',
    ...user,
  });
  let printed = '';
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = `${said}${text}`.slice(0, 300)));
  const ended = Promise.withResolvers<string | null>();
  child.once('error', (error) => ended.resolve(error.message));
  child.once('close', (code) => {
    if (code === 0 && printed === 'fine\n') ended.resolve(null);
    else ended.resolve(said.trim().split('\n', 1)[0] || `namespaces cannot be had here (${code})`);
  });
  return ended.promise;
}
