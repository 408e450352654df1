import { spawn } from 'node:child_process';
import { chmod, chown, lstat, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Result } from '../../src/core/graph/state.js';
import type { AppConfig } from '../../src/platform/config/config.js';
import type { OperationsSettings } from '../../src/platform/operations/operations-settings.js';
import type { OperationWish } from './operations-world.js';

const ROOT = join(import.meta.dirname, '../..');
const isRoot = process.getuid?.() === 0;
const WORKER = isRoot ? 1_234 : (process.getuid?.() ?? 0);
const SECRET = 'key-ring-of-the-manager';

interface Choice {
  /** Of the worker. */
  readonly uid: number;
  readonly config?: Partial<AppConfig>;
  readonly tuned?: Partial<OperationsSettings>;
}

const AS_ITSELF: Choice = { uid: WORKER };
const MODES: readonly (readonly [string, Choice])[] = [
  ['the worker as its user, in a namespace', AS_ITSELF],
  ...(isRoot
    ? (['user-namespace', 'root-namespace', 'marked'] as const).map(
        (containment) => [`root, contained by ${containment}`, { uid: 0, tuned: { containment } }] as const,
      )
    : []),
];

let base: string;

/** Not below a temporary folder, which operations have an own one of. */
beforeEach(async () => {
  base = await mkdtemp(join(isRoot ? '/var/lib' : homedir(), 'holdfast-isolation-'));
  await chmod(base, 0o755);
});
afterEach(() => rm(base, { recursive: true, force: true }));

/** Lays what a manager has, and runs operations of a worker there. */
async function operations(
  { uid, config = {}, tuned = {} }: Choice,
  sources: readonly (string | OperationWish)[],
): Promise<{ readonly printed: string; readonly results: readonly Result[]; readonly log: string }> {
  for (const folder of ['data', 'data/files', 'logs', 'home', 'tmp', 'operations']) {
    await mkdir(join(base, folder), { recursive: true });
    await chmod(join(base, folder), folder === 'operations' ? 0o755 : 0o700);
    await chown(join(base, folder), uid, uid);
  }
  for (const file of [
    'data/key',
    'data/files/blueprint',
    'logs/service.log',
    'home/id',
    'tmp/left',
    'admin-password',
  ]) {
    await writeFile(join(base, file), SECRET, { mode: 0o600 });
    await chown(join(base, file), uid, uid);
  }
  const wishes = sources.map((source) =>
    typeof source === 'string' ? { inputs: { script_source: `#!/bin/bash\n${HELPERS}\n${source}` } } : source,
  );
  const places = { logDirectory: join(base, 'logs'), adminPasswordFile: join(base, 'admin-password') };
  const given = JSON.stringify({ wishes, config: { ...places, ...config }, tuned });
  const as = isRoot ? ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--'] : [];
  const worker = [join(ROOT, 'test/support/typescript-hooks.mjs'), join(ROOT, 'test/support/run-isolated-worker.ts')];
  const [command, ...words] = [...as, process.execPath, '--import', ...worker, base, given];
  const child = spawn(command, words, {
    cwd: base,
    env: { PATH: '/usr/bin:/bin', HOME: join(base, 'home'), TMPDIR: join(base, 'tmp'), WORKER_SECRET: SECRET },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output = await text(child.stdout);
  const line = (name: string): string => new RegExp(`^${name} (.*)$`, 'm').exec(output)?.[1] ?? '[]';
  return { printed: output, results: JSON.parse(line('results')) as Result[], log: line('log') };
}

/** What a script managed to do is a line that begins with `did`. */
const HELPERS = `
try() { "$@" 2>&1 && echo "did: $*"; }
seen() { [ -n "$(ls -A "$1" 2>/dev/null)" ] && echo "did: list $1"; }
`;

function did(printed: string): string[] {
  return printed.split('\n').filter((line) => line.startsWith('<out> did'));
}

describe.each(MODES)('an operation of %s', (_name, choice) => {
  it('reads and writes nothing of the manager', async () => {
    const { printed, results } = await operations(choice, [
      `
      for f in data/key data/files/blueprint logs/service.log home/id tmp/left admin-password; do
        [ -s "${base}/$f" ] && [ -r "${base}/$f" ] && echo "did: see $f"
        cat "${base}/$f"
        (echo x >> "${base}/$f") 2>/dev/null && grep -q x "${base}/$f" && echo "did: write $f"
        ln "${base}/$f" stolen 2>/dev/null && cat stolen
      done
      for f in data logs home tmp @SOCKET@; do seen "${base}/$f"; seen "$f"; done
      [ -S @SOCKET@/.s.PGSQL.5432 ] && echo "did: find the socket"
      perl -MSocket -e 'socket(S, AF_UNIX, SOCK_STREAM, 0); exit !connect(S, sockaddr_un("@SOCKET@/.s.PGSQL.5432"))' && echo "did: connect"
      for f in ${ROOT} ${ROOT}/src ${base} /etc /usr/bin; do (echo x > "$f/holdfast-new") 2>/dev/null && echo "did: write $f"; done
      echo own > own.txt && cat own.txt; echo t > /tmp/$$ && cat /tmp/$$; echo end`,
    ]);
    expect(did(printed)).toEqual([]);
    expect(printed).not.toContain(SECRET);
    expect(printed).toMatch(/<out> own\n<out> t\n<out> end/);
    expect(results).toEqual([{ kind: 'success', value: null }]);
    expect(await readFile(join(base, 'data/key'), 'utf8')).toBe(SECRET);
  });

  it('finds no way out through processes, mounts and namespaces', async () => {
    const { printed, results } = await operations(choice, [
      `
      for p in /proc/@WORKER@ /proc/[0-9]*; do
        for way in root cwd; do cat $p/$way${base}/data/key $p/$way/data/key $p/$way/../data/key; done
        for fd in $p/fd/*; do [ -d "$fd" ] && { ls "$fd/.." ; cat "$fd/../data/key" "$fd${base}/data/key"; }; done
        tr '\\0' '\\n' < $p/environ
        cat $p/map_files/* | head -c 100
      done 2>/dev/null | grep -a -e ${SECRET} -e WORKER_SECRET
      for way in environ maps fd/1; do try cat /proc/@WORKER@/$way | head -c 100; done
      try readlink /proc/@WORKER@/root; try readlink /proc/@WORKER@/cwd; try ls /proc/@WORKER@/fd
      try umount ${base}/data; try umount -l ${base}/data; try umount /tmp; try umount -l /proc
      try mount -t tmpfs none /mnt; try mount --bind / /mnt; try mount -o remount,rw /
      try nsenter -t @WORKER@ -m true; try nsenter -t 1 -U -m umount ${base}/data; try nsenter -t $PPID -U --preserve-credentials -m true
      unshare --user --map-root-user --mount sh -c 'umount -l ${base}/data; umount ${base}/data; mount --bind / /mnt && cat /mnt${base}/data/key; cat ${base}/data/key'
      unshare --user --map-root-user --mount --pid --fork --mount-proc sh -c 'cat /proc/*/root${base}/data/key'
      try chroot /proc/1/root true; try perl -e 'chroot("/proc/1/root") or exit 1'
      perl -e 'exit(syscall(101, 16, @WORKER@, 0, 0) != 0)' && echo 'did: ptrace'
      try kill -0 @WORKER@; try kill -9 @WORKER@; try kill -9 -- -@WORKER@
      grep -E 'Cap(Eff|Prm|Inh|Amb)' /proc/self/status | grep -v '0000000000000000$' && echo "did: keep capabilities"
      (cd .. && ls -A | grep -v -x -e "\${HOME##*/}" -e tools) 2>/dev/null | sed 's/^/did: see /'
      (cd ../.. && cd "$OLDPWD/.." && ls ../../../data) 2>/dev/null
      echo end`,
      'sleep 3',
    ]);
    expect(did(printed)).toEqual([]);
    expect(printed).not.toContain(SECRET);
    expect(printed).toContain('<out> end');
    expect(results).toHaveLength(2);
    expect(results[0]).toEqual({ kind: 'success', value: null });
  });

  it('has its tools, the files of its deployment, and cannot make ctx reach others', async () => {
    const { printed, results } = await operations(choice, [
      `
      echo made > "$(ctx local-deployment-workdir)/made.txt"; ctx download-resource resource.txt "$PWD/here" >/dev/null && cat here; echo
      ctx download-resource resource.txt /tmp/there > /dev/null; [ -f /tmp/there ] && echo there; rm -f /tmp/there
      try ctx download-resource resource.txt ${base}/data/new
      try ctx download-resource resource.txt ${base}/home/.bashrc
      try ctx download-resource resource.txt "$(command -v ctx)"
      try ctx upload-deployment-file stolen ${base}/data/key
      try ctx upload-deployment-file stolen /proc/@WORKER@/environ
      ${choice.uid === 0 ? '' : `mv "$HOME/.tmp" "$HOME/moved"; ln -s ${base}/data "$HOME/.tmp"; try ctx download-resource resource.txt /tmp/new`}
      (echo x > "$(dirname "$(command -v ctx)")/new") 2>/dev/null && echo "did: change the tools"
      cd "$(dirname "$(command -v ctx)")" && (echo x >> ctx) 2>/dev/null && echo "did: change ctx"
      echo end`,
    ]);
    expect(did(printed)).toEqual([]);
    expect(printed).toMatch(/<out> of the blueprint\n<out> there\n/);
    expect(results).toEqual([{ kind: 'success', value: null }]);
    expect(await readFile(join(base, 'data/deployment/made.txt'), 'utf8')).toBe('made\n');
    for (const path of ['data/new', 'data/deployment/stolen', 'home/.bashrc']) {
      await expect(lstat(join(base, path))).rejects.toThrow('ENOENT');
    }
  });
});

describe.each(MODES.filter(([, { tuned }]) => tuned?.containment !== 'marked'))(
  'an operation of %s',
  (_name, choice) => {
    it('finds neither the processes nor the ctx of another operation', async () => {
      const { printed } = await operations(choice, [
        `
      sleep 0.5
      for p in /proc/[0-9]*; do tr '\\0' '\\n' < $p/environ | grep -a OTHER_MARK | sed 's/^/did: /'; done 2>/dev/null
      try test -e /tmp/other; try test -e /dev/shm/other
      port=\${CTX_SOCKET_URL#http://127.0.0.1:}; port=\${port%%/*}
      for path in / /x /../ "/\${CTX_SOCKET_URL##*/}x/cli"; do
        exec 3<>/dev/tcp/127.0.0.1/$port
        printf 'POST %s HTTP/1.1\\r\\nHost: ctx\\r\\nContent-Length: 8\\r\\n\\r\\nnode\\0id\\0' "$path" >&3
        read -r -u 3 answer; echo "answer $answer"; exec 3>&-
      done
      echo end`,
        choice.uid === 0
          ? `export OTHER_MARK=1; sleep 2`
          : `export OTHER_MARK=1; echo x > /tmp/other; echo x > /dev/shm/other; sleep 2`,
      ]);
      expect(did(printed)).toEqual([]);
      expect(printed).toContain('<out> end');
      expect(printed.match(/answer HTTP\/1\.1 404/g)).toHaveLength(4);
      expect(printed).not.toContain('answer HTTP/1.1 200');
    }, 20_000);
  },
);

describe('where nothing keeps operations from what the manager can read', () => {
  const marked = { uid: WORKER, tuned: { containment: 'marked' } } as const;

  it('refuses them by default, and says why and what to do', async () => {
    const { printed, results, log } = await operations(marked, ['cat @SOCKET@/../key; echo; echo ran']);
    expect(printed).not.toMatch(/<out> ran/);
    expect(printed).not.toContain(SECRET);
    expect(results).toEqual([{ kind: 'non-recoverable', cause: expect.any(String) }]);
    const cause = JSON.stringify(results);
    for (const word of ['operations_isolation', 'as root', 'operations_user', 'user namespaces', 'best-effort']) {
      expect(cause).toContain(word);
    }
    expect(log).toContain('operations run with less than they should');
  });

  it('runs what has no process, also then', async () => {
    const { results } = await operations(marked, [
      { plugin: 'http', task: 'http.request', inputs: { url: 'http://127.0.0.1:1/' } },
    ]);
    expect(JSON.stringify(results)).not.toContain('operations_isolation');
  });

  it('runs them where everybody is trusted, as the user of the manager', async () => {
    const { printed, log } = await operations({ ...marked, config: { operationsIsolation: 'best-effort' } }, [
      'cat @SOCKET@/../key; echo; echo ran',
    ]);
    expect(printed).toContain('<out> ran');
    expect(printed).toContain(SECRET);
    expect(log).toContain('"isolation\\":\\"none');
  });

  it('covers what it can with best effort, and nothing when it is off', async () => {
    const source = 'cat @SOCKET@/../key';
    const effort = await operations({ ...AS_ITSELF, config: { operationsIsolation: 'best-effort' } }, [source]);
    expect(effort.printed).not.toContain(SECRET);
    const off = await operations({ ...AS_ITSELF, config: { operationsIsolation: 'off' } }, [source]);
    expect(off.printed).toContain(SECRET);
  });

  it('knows that root is root in every namespace', async () => {
    if (!isRoot) return;
    const { results } = await operations({ uid: 0, config: { operationsUser: 0 } }, ['echo ran']);
    expect(results).toEqual([{ kind: 'non-recoverable', cause: expect.stringContaining('operations_user is 0') }]);
  });
});

describe('folders that operations share with others', () => {
  it('can be written to, what is the manager’s cannot be shared', async () => {
    const shared = join(base, 'shop');
    await mkdir(shared);
    await chown(shared, WORKER, WORKER);
    const { printed } = await operations(
      { ...AS_ITSELF, config: { operationsSharedFolders: [shared, join(base, 'data/files')] } },
      [`echo x > ${shared}/new && echo fine; cat ${base}/data/files/blueprint; echo end`],
    );
    expect(printed).toContain('<out> fine');
    expect(printed).toContain('<out> end');
    expect(printed).not.toContain(SECRET);
    expect(await readFile(join(shared, 'new'), 'utf8')).toBe('x\n');
  });
});
