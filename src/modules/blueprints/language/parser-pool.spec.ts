import { mkdtemp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { unfoldPlan } from '../../../core/dsl/folded-plan.js';
import { unpack } from '../plans/stored-plan.js';
import type { Answer, ParseJob, ParseReply, Question } from './parse-messages.js';
import { ParserPool, type PoolOptions } from './parser-pool.js';
import { ParseEndedError, type Answerer } from './parser-thread.js';

const HEAD = 'tosca_definitions_version: cloudify_dsl_1_4\n';
const never = new AbortController().signal;
const folders: string[] = [];
const pools: ParserPool[] = [];
/** A thread takes a while to load from source: where nothing else is asked for, tests share one. */
const shared = newPool({});

afterAll(() => shared.close());
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
});

function poolOf(options?: Partial<PoolOptions>): ParserPool {
  if (options === undefined) return shared;
  const pool = newPool(options);
  pools.push(pool);
  return pool;
}

function newPool(options: Partial<PoolOptions>): ParserPool {
  return new ParserPool({
    threads: 1,
    maxWaiting: 10,
    idleMs: 60_000,
    memoryMb: 512,
    timeoutMs: 60_000,
    waitingMs: 60_000,
    ...options,
  });
}

async function jobOf(files: Readonly<Record<string, string>>, changes: Partial<ParseJob> = {}): Promise<ParseJob> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-parse-'));
  folders.push(folder);
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return {
    folder,
    mainFile: 'blueprint.yaml',
    validateVersions: true,
    rules: [],
    fallback: true,
    pinnedVersions: [],
    pluginConstraints: [],
    ...changes,
  };
}

const nothing: Answerer = () => Promise.resolve({ kind: 'absent', reason: 'nothing is there' });

async function planOf(reply: ParseReply): Promise<Record<string, unknown>> {
  if (reply.kind !== 'parsed') throw new Error(JSON.stringify(reply));
  const json = await text(Readable.from(unfoldPlan(unpack(reply.folded))));
  expect(Buffer.byteLength(json)).toBe(reply.wireBytes);
  return JSON.parse(json) as Record<string, unknown>;
}

/** As long as a file may be, and much work. */
const LARGE = `${HEAD}metadata:\n  x:\n${'    - {a: [b, c], d: e}\n'.repeat(190_000)}`;

describe('a blueprint', () => {
  it('comes back as a plan in bytes, and the facts that others want', async () => {
    const job = await jobOf({
      'blueprint.yaml': `${HEAD}description: two\nimports: [cloudify/types/types.yaml, more.yaml]\nnode_templates:\n  a: {type: cloudify.nodes.Root, properties: {}}\nblueprint_labels: {env: {values: [x]}}\n`,
      'more.yaml': 'outputs:\n  o: {value: {get_secret: key}}\n',
    });
    const reply = await poolOf().parse(1, job, nothing, never);
    expect(await planOf(reply)).toMatchObject({
      nodes: [{ id: 'a' }],
      outputs: { o: { value: { get_secret: 'key' } } },
    });
    expect(reply).toMatchObject({
      facts: { description: 'two', blueprintLabels: [['env', ['x']]], importedBlueprints: [] },
      warnings: [],
    });
    expect(JSON.parse(reply.kind === 'parsed' ? reply.facts.requirements : '')).toEqual({
      parent_capabilities: [],
      secrets: ['key'],
    });
  });

  it('is refused with its faults and their places', async () => {
    const job = await jobOf({ 'blueprint.yaml': `${HEAD}node_templates:\n  a: {type: none}\n` });
    expect(await poolOf().parse(1, job, nothing, never)).toMatchObject({
      kind: 'refused',
      errors: [{ code: 7, file: 'blueprint.yaml', line: 3 }],
    });
  });

  it('is parsed after another one in the same thread, which remembers nothing of that', async () => {
    const pool = poolOf();
    const secret = await jobOf({
      'blueprint.yaml': `${HEAD}imports: [mine.yaml]\n`,
      'mine.yaml': 'inputs: {secret: {}}\n',
    });
    const other = await jobOf({ 'blueprint.yaml': `${HEAD}imports: [mine.yaml]\n` });
    expect(await planOf(await pool.parse(1, secret, nothing, never))).toMatchObject({ inputs: { secret: {} } });
    expect(await pool.parse(2, other, nothing, never)).toMatchObject({ kind: 'refused', errors: [{ code: 13 }] });
  });

  it('reads no file but those of its folder: not through a link, nor by climbing, nor by URL', async () => {
    const outside = await jobOf({ 'outside.yaml': 'inputs: {stolen: {}}\n' });
    for (const path of ['link.yaml', 'linked/outside.yaml', '../outside.yaml', join(outside.folder, 'outside.yaml')]) {
      const job = await jobOf({ 'blueprint.yaml': `${HEAD}imports: ["${path}"]\n` });
      await symlink(join(outside.folder, 'outside.yaml'), join(job.folder, 'link.yaml'));
      await symlink(outside.folder, join(job.folder, 'linked'));
      expect(await poolOf().parse(1, job, nothing, never)).toMatchObject({ kind: 'refused', errors: [{ code: 13 }] });
    }
    const asked: Question[] = [];
    const job = await jobOf({ 'blueprint.yaml': `${HEAD}imports: ["file://${outside.folder}/outside.yaml"]\n` });
    const answer: Answerer = (question) => {
      asked.push(question);
      return Promise.resolve({ kind: 'absent', reason: 'no' });
    };
    expect(await poolOf().parse(1, job, answer, never)).toMatchObject({ kind: 'refused', errors: [{ code: 13 }] });
    expect(asked).toEqual([{ kind: 'url', url: `file://${outside.folder}/outside.yaml` }]);
  });

  it('that is no blueprint at all is a fault of ours, told apart from theirs', async () => {
    const job = await jobOf({}, { folder: join(tmpdir(), 'holdfast-not-there') });
    expect(await poolOf().parse(1, job, nothing, never)).toMatchObject({
      kind: 'broken',
      trace: expect.stringContaining('ENOENT'),
    });
  });
});

describe('what a thread asks', () => {
  it('is answered from outside, and asked once', async () => {
    const asked: Question[] = [];
    const answer: Answerer = (question) => {
      asked.push(question);
      return Promise.resolve<Answer>({ kind: 'bytes', bytes: Buffer.from('inputs: {far: {}}\n') });
    };
    const job = await jobOf(
      {
        'blueprint.yaml': `${HEAD}imports: ["https://old.example/a.yaml", more.yaml]\n`,
        'more.yaml': 'imports: ["x--https://old.example/a.yaml"]\n',
      },
      { rules: [{ prefix: 'https://old.example/', replacement: 'https://new.example/' }] },
    );
    const plan = await planOf(await poolOf().parse(1, job, answer, never));
    expect(plan).toMatchObject({ inputs: { far: {}, 'x--far': {} } });
    expect(asked).toEqual([{ kind: 'url', url: 'https://new.example/a.yaml' }]);
  });

  it('ends the parse when nobody can answer', async () => {
    const job = await jobOf({ 'blueprint.yaml': `${HEAD}imports: ["https://a.example/a.yaml"]\n` });
    const pool = poolOf();
    await expect(pool.parse(1, job, () => Promise.reject(new Error('the database is gone')), never)).rejects.toThrow(
      'the database is gone',
    );
    const good = await jobOf({ 'blueprint.yaml': HEAD });
    expect(await pool.parse(1, good, nothing, never)).toMatchObject({ kind: 'parsed' });
  });

  it('has a time of its own, which the parse does not lose', async () => {
    const job = await jobOf({ 'blueprint.yaml': `${HEAD}imports: ["https://a.example/a.yaml"]\n` });
    const stopped: boolean[] = [];
    const slow: Answerer = (_question, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          stopped.push(true);
          reject(signal.reason);
        });
      });
    const parse = poolOf({ waitingMs: 20 }).parse(1, job, slow, never);
    await expect(parse).rejects.toMatchObject({ name: 'ParseEndedError', reason: 'waiting' });
    expect(stopped).toEqual([true]);
  });
});

describe('a thread that costs too much', () => {
  it('is ended after its time, and the next blueprint has a new one', async () => {
    const pool = poolOf({ timeoutMs: 50 });
    const job = await jobOf({ 'blueprint.yaml': LARGE });
    await expect(pool.parse(1, job, nothing, never)).rejects.toMatchObject({ reason: 'timeout' });
  });

  it('is ended at its memory, and takes nothing else along', async () => {
    const pool = poolOf({ memoryMb: 48 });
    const job = await jobOf({ 'blueprint.yaml': LARGE });
    await expect(pool.parse(1, job, nothing, never)).rejects.toMatchObject({ reason: 'memory' });
    const good = await jobOf({ 'blueprint.yaml': HEAD });
    expect(await pool.parse(1, good, nothing, never)).toMatchObject({ kind: 'parsed' });
  });

  it('is ended when nobody wants its answer any more', async () => {
    const pool = poolOf();
    const job = await jobOf({ 'blueprint.yaml': LARGE });
    const stop = new AbortController();
    const parse = pool.parse(1, job, nothing, stop.signal);
    stop.abort(new Error('stopped'));
    await expect(parse).rejects.toThrow('stopped');
    const good = await jobOf({ 'blueprint.yaml': HEAD });
    expect(await pool.parse(1, good, nothing, never)).toMatchObject({ kind: 'parsed' });
  });
});

describe('a pool that is closed', () => {
  it('ends what is at work and what waits', async () => {
    const pool = poolOf({});
    const job = await jobOf({ 'blueprint.yaml': LARGE });
    const parses = [pool.parse(1, job, nothing, never), pool.parse(1, job, nothing, never)];
    const ended = Promise.all(parses.map((parse) => expect(parse).rejects.toThrow('The manager stops.')));
    await pool.close();
    await ended;
  });
});

it('an error says why a parse was ended', () => {
  expect(new ParseEndedError('crash', { cause: new Error('x') })).toMatchObject({
    reason: 'crash',
    cause: { message: 'x' },
  });
});
