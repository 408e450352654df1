import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { findContainment, type Containment } from '../../src/platform/operations/process/containment.js';
import { processesWith } from '../support/processes.js';
import { isLongRun } from '../support/random.js';
import { OperationFolders } from '../../src/platform/operations/files/operation-folders.js';
import { OperationsWorld } from './operations-world.js';

const ROOT = join(import.meta.dirname, '../..');
const isRoot = process.getuid?.() === 0;
const MIB = 1_048_576;
/** More than the memory that it may take, whatever is kept; the long form prints a gigabyte. */
const FLOOD_MIB = isLongRun ? 1024 : 512;

/** Leaves processes behind in every way a script knows: in the background, in a session of its own, forked twice. */
const LEAVES = (mark: string): string => `
  (exec -a ${mark}-background sleep 600) &
  setsid bash -c 'exec -a ${mark}-session sleep 600' &
  (setsid bash -c '(exec -a ${mark}-twice sleep 600) & disown; exit 0' &)
  (trap "" TERM HUP INT; while :; do bash -c 'trap "" TERM; exec -a ${mark}-stubborn sleep 600'; done) &
  for i in $(seq 100); do
    [ $(grep -lF -- '${mark}-' /proc/[0-9]*/cmdline 2>/dev/null | wc -l) -ge 5 ] && break
    sleep 0.05
  done
  sleep 0.2; echo ready`;

function fresh(): string {
  return `mark${randomBytes(8).toString('hex')}`;
}

async function until(what: () => Promise<boolean> | boolean, ms: number): Promise<boolean> {
  for (const end = Date.now() + ms; Date.now() < end; await wait(20)) if (await what()) return true;
  return false;
}

const KINDS: Containment['kind'][] = isRoot
  ? ['user-namespace', 'root-namespace', 'marked']
  : ['user-namespace', 'marked'];

describe.each(KINDS)('processes of operations, contained by %s', (containment) => {
  let world: OperationsWorld;
  let isAvailable = false;

  beforeAll(async () => {
    world = await OperationsWorld.open({}, undefined, { containment });
    const nobody = isRoot ? { uid: 65_534, gid: 65_534 } : null;
    const folders = await OperationFolders.open(join(world.folder, 'probe'), nobody);
    const probe = await folders.make();
    await folders.give(probe);
    const found = await findContainment({
      user: nobody,
      limits: { memoryBytes: 0, processes: 0, fileBytes: 0 },
      places: { hidden: [], shared: [] },
      hides: true,
      force: containment,
      folders: { home: folders.home, tools: folders.tools, probe },
    });
    await folders.close();
    isAvailable = found.kind === containment;
  });
  afterAll(() => world.close());
  afterEach(() => {
    world.host.lines.length = 0;
    world.host.beforeLine = (): void => undefined;
  });

  it('is what this host offers', () => {
    expect(isAvailable).toBe(true);
  });

  it('leaves nothing behind when an operation ends by itself', async () => {
    const mark = fresh();
    expect(await world.shell(LEAVES(mark))).toMatchObject({ kind: 'success' });
    expect(world.host.text).toContain('<out> ready');
    expect(await processesWith(`${mark}-`)).toEqual([]);
  });

  it('ends everything within 5 s of a kill', async () => {
    const mark = fresh();
    const kill = new AbortController();
    const ready = Promise.withResolvers<void>();
    world.host.beforeLine = (line) => {
      if (line.includes('ready')) ready.resolve();
    };
    const result = world.shell(`trap '' TERM; ${LEAVES(mark)}; while :; do sleep 1; done`, {}, kill.signal);
    await ready.promise;
    expect((await processesWith(`${mark}-`)).length).toBeGreaterThanOrEqual(4);
    const began = Date.now();
    kill.abort();
    expect(await result).toEqual({ kind: 'non-recoverable', cause: expect.stringContaining('was killed') });
    expect(Date.now() - began).toBeLessThan(5_000);
    expect(await processesWith(`${mark}-`)).toEqual([]);
  });

  it('lets a script that heeds SIGTERM clean up', async () => {
    const kill = new AbortController();
    world.host.beforeLine = (line) => {
      if (line === '<out> up') kill.abort();
    };
    const began = Date.now();
    await world.shell(`trap 'echo cleaned; exit 0' TERM; echo up; while :; do sleep 0.1; done`, {}, kill.signal);
    expect(world.host.text).toContain('<out> cleaned');
    expect(Date.now() - began).toBeLessThan(1_900);
  });

  it('ends a hanging script at its timeout', async () => {
    const mark = fresh();
    const source = `bash -c 'exec -a ${mark}-hangs sleep 600'`;
    const operation = { timeoutSeconds: 0.4 };
    expect(await world.shell(source, { operation })).toMatchObject({ kind: 'non-recoverable' });
    expect(await world.shell(source, { operation: { ...operation, timeoutRecoverable: true } })).toEqual({
      kind: 'recoverable',
      cause: 'cloudify.interfaces.lifecycle.create took longer than 0.4 seconds and was ended',
      after: null,
    });
    expect(await processesWith(`${mark}-`)).toEqual([]);
  });

  it('survives a fork bomb', async () => {
    const mark = fresh();
    const bomb = await OperationsWorld.open({ operationProcesses: 40 }, undefined, { containment });
    const source = `f() { bash -c 'exec -a ${mark}-bomb sleep 600' & f & f & sleep 5; }; f`;
    await bomb.shell(source, { operation: { timeoutSeconds: 2 } });
    expect(await processesWith(`${mark}-`)).toEqual([]);
    await bomb.close();
  });

  it('leaves nothing of a killed worker', async () => {
    const mark = fresh();
    const base = join(world.folder, `killed-${containment}`);
    const worker = spawn(
      process.execPath,
      [
        '--import',
        join(ROOT, 'test/support/typescript-hooks.mjs'),
        join(ROOT, 'test/support/run-operations-worker.ts'),
        base,
        containment,
        `${LEAVES(mark)}; sleep 600`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, TMPDIR: world.folder } },
    );
    for await (const line of createInterface({ input: worker.stdout })) if (line.includes('ready')) break;
    expect((await processesWith(`${mark}-`)).length).toBeGreaterThanOrEqual(4);
    worker.kill('SIGKILL');
    await once(worker, 'exit');
    expect(await until(async () => (await processesWith(`${mark}-`)).length === 0, 5_000)).toBe(true);

    // And the next worker removes its folder.
    const home = join(base, `holdfast-operations-${process.getuid?.()}`);
    expect(await readdir(home)).toHaveLength(1);
    const next = await OperationsWorld.open({ operationsFolder: base }, undefined, { containment });
    await next.shell('true');
    const left = await readdir(home);
    expect(left).toHaveLength(1);
    expect(left[0]).toContain(`worker-${process.pid}-`);
    await next.close();
    expect(await readdir(home)).toEqual([]);
  }, 30_000);
});

describe('limits of operations', () => {
  let world: OperationsWorld;
  let folder: string;
  beforeAll(async () => {
    world = await OperationsWorld.open({ operationMemoryMib: 256, operationFileMib: 4, operationOutputMib: 2 });
    folder = await mkdtemp(join(tmpdir(), 'holdfast-outside-'));
  });
  afterEach(() => {
    world.host.lines.length = 0;
    world.host.beforeLine = (): void => undefined;
  });
  afterAll(async () => {
    await world.close();
    await rm(folder, { recursive: true, force: true });
  });

  it.each([
    ['in lines', `yes 'the same line again and again' | head -c ${FLOOD_MIB * MIB}`],
    ['in one line', `head -c ${FLOOD_MIB * MIB} /dev/zero`],
  ])(
    'takes a flood %s in bounded memory, and keeps what the limit allows',
    async (_how, source) => {
      const before = process.memoryUsage().rss;
      let highest = before;
      const watch = setInterval(() => (highest = Math.max(highest, process.memoryUsage().rss)), 20);
      expect(await world.shell(source)).toMatchObject({ kind: 'success' });
      clearInterval(watch);
      const kept = world.host.lines.reduce((sum, { message }) => sum + message.length, 0);
      expect(kept).toBeLessThan(4 * MIB);
      expect(world.host.text).toContain('further output is dropped');
      expect((highest - before) / MIB).toBeLessThan(300);
    },
    60_000,
  );

  it('slows a flood down to the pace of the log', async () => {
    const gate = Promise.withResolvers<void>();
    world.host.beforeLine = (line) => (line.startsWith('<out>') ? gate.promise : undefined);
    const file = join(world.folder, 'written');
    await writeFile(file, '0');
    await chmod(file, 0o666);
    const result = world.shell(
      `for i in $(seq 20); do head -c 65536 /dev/zero | tr '\\0' x; echo; echo $i > ${file}; done`,
    );
    await until(async () => (await stat(file)).mtimeMs < Date.now() - 300, 5_000);
    expect(Number(await readFile(file, 'utf8'))).toBeLessThan(10);
    gate.resolve();
    expect(await result).toMatchObject({ kind: 'success' });
    expect(await readFile(file, 'utf8')).toBe('20\n');
  });

  it('limits memory and the size of files', async () => {
    expect(await world.shell(`python3 -c 'bytearray(400 * 1024 * 1024)'`)).toMatchObject({
      kind: 'recoverable',
      cause: expect.stringContaining('MemoryError'),
    });
    expect(await world.shell('head -c 8000000 /dev/zero > large')).toMatchObject({ kind: 'recoverable' });
  });

  it('cannot write outside of its folder, nor read what is the manager’s', async () => {
    if (!isRoot) return; // there is no other user to be then
    const key = join(folder, 'key');
    await writeFile(key, 'root-key');
    const source = `
      for f in ${folder}/new /etc/holdfast-new /root/new ${ROOT}/new "$0"/../../../new; do
        (echo x > "$f") 2>/dev/null && echo "wrote $f"
      done
      cat ${key} && echo "read it"
      ls "$HOME/.." && echo "listed others"
      id -u; echo own > "$HOME/own" && cat "$HOME/own"`;
    await world.shell(source);
    expect(world.host.text).not.toMatch(/wrote|read it|listed others|root-key/);
    expect(world.host.text).toContain('<out> 65534');
    expect(world.host.text).toContain('<out> own');
    expect(existsSync('/etc/holdfast-new')).toBe(false);
  });

  it('finds nothing of the server in /proc', async () => {
    process.env['HOLDFAST_ROOT_KEY'] = 'never-to-be-seen';
    await world.shell(`cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline | tr '\\0' '\\n'; echo end`);
    delete process.env['HOLDFAST_ROOT_KEY'];
    expect(world.host.text).toContain('<out> end');
    expect(world.host.text).not.toMatch(/never-to-be-seen|jest|DATABASE_URL/);
  });

  it('removes the folder, also of what failed and of what cannot be entered', async () => {
    await world.shell('mkdir -p a/b; echo x > a/b/c; chmod 000 a/b a; exit 1');
    const [home = ''] = await readdir(join(world.folder, 'operations'));
    const [worker = ''] = await readdir(join(world.folder, 'operations', home));
    expect(await readdir(join(world.folder, 'operations', home, worker))).toEqual(['tools']);
  });

  it('does not take over a folder that somebody else made', async () => {
    const base = join(folder, 'taken');
    await mkdir(base);
    await writeFile(join(base, `holdfast-operations-${process.getuid?.()}`), '');
    const other = await OperationsWorld.open({ operationsFolder: base });
    expect(await other.shell('true')).toMatchObject({ kind: 'recoverable' });
    expect(JSON.stringify(other.captured.at('error'))).toContain('operations');
    await other.close();
  });

  it('is killed before it begins where the kill came first', async () => {
    const result = await world.shell('echo ran', {}, AbortSignal.abort());
    expect(result).toMatchObject({ kind: 'non-recoverable' });
    expect(world.host.text).not.toContain('ran');
  });
});
