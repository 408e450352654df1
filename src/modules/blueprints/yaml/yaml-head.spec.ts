import { describe, expect, it } from '@jest/globals';
import { readYamlInWorker } from './read-in-worker.js';
import { readYamlHead, BLUEPRINT_YAML_LIMITS, type YamlHead } from './yaml-head.js';

const read = (text: string | Buffer, limits = BLUEPRINT_YAML_LIMITS): YamlHead =>
  readYamlHead(Buffer.from(text), limits);
const refused = (message: string): object => ({ kind: 'invalid', message: expect.stringContaining(message) });
const nested = (depth: number): string => `a: ${'['.repeat(depth)}${']'.repeat(depth)}\n`;
const HEAD = 'tosca_definitions_version: cloudify_dsl_1_3\n';

describe('readYamlHead', () => {
  it('reads version and description', () => {
    expect(read(`${HEAD}description: >\n  two\n  lines\nnode_templates: { a: !!str 1 }\n`)).toEqual({
      kind: 'ok',
      version: 'cloudify_dsl_1_3',
      description: 'two lines\n',
      warnings: [],
    });
  });

  it('takes an empty file for an empty mapping', () => {
    expect(read('')).toMatchObject({ kind: 'ok', version: null });
    expect(read('# nothing\n')).toMatchObject({ kind: 'ok', version: null });
  });

  it('lets the last of two equal keys win, and warns', () => {
    const result = read(`tosca_definitions_version: a\ntosca_definitions_version: b\n`);
    expect(result).toMatchObject({ kind: 'ok', version: 'b', warnings: [expect.stringContaining('line 2')] });
  });

  it.each([
    ['a sequence', '- a\n'],
    ['a scalar', 'hello\n'],
  ])('refuses %s as the whole file', (_what, text) => {
    expect(read(text)).toEqual(refused('not a mapping'));
  });

  it.each([
    ['broken syntax', 'a: [1, 2\n', 'illegal YAML in line'],
    ['several documents', 'a: 1\n---\nb: 2\n', 'illegal YAML'],
    ['a foreign tag', 'a: !!python/object:os.system {}\n', 'unknown tag in line 1'],
    ['a local tag', 'a: !include x\n', 'unknown tag'],
    ['an undefined alias', 'a: *nowhere\n', 'undefined alias'],
    ['an alias of itself', 'a: &a\n  b: *a\n', 'contains itself'],
    ['bytes that are no UTF-8', Buffer.from([0x61, 0x3a, 0x20, 0xff]), 'not UTF-8'],
  ])('refuses %s', (_what, text, message) => {
    expect(read(text)).toEqual(refused(message));
  });

  it('allows 64 levels and refuses more, also those that an alias adds', () => {
    expect(read(nested(64))).toMatchObject({ kind: 'ok' });
    expect(read(nested(65))).toEqual(refused('nested more than 64'));
    expect(read(nested(100_000))).toEqual(refused('nested more than 64'));
    const half = `x: &x ${'['.repeat(40)}${']'.repeat(40)}\n`;
    expect(read(`${half}y: ${'['.repeat(20)}*x${']'.repeat(20)}\n`)).toMatchObject({ kind: 'ok' });
    expect(read(`${half}y: ${'['.repeat(30)}*x${']'.repeat(30)}\n`)).toEqual(refused('nested more than 64'));
  });

  it('counts what aliases stand for, without expanding them', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let level = 1; level <= 9; level += 1) {
      lines.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(', ')}]`);
    }
    expect(read(lines.join('\n'))).toEqual(refused('1000000 nodes'));
    expect(read(lines.slice(0, 4).join('\n'))).toMatchObject({ kind: 'ok' });
  });

  it('refuses a file beyond its size', () => {
    expect(read(HEAD, { ...BLUEPRINT_YAML_LIMITS, maxBytes: 10 })).toEqual(refused('larger than 10 bytes'));
  });
});

describe('readYamlInWorker', () => {
  it('reads in a thread', async () => {
    const job = { bytes: Buffer.from(HEAD), limits: BLUEPRINT_YAML_LIMITS };
    expect(await readYamlInWorker(job, new AbortController().signal)).toMatchObject({ kind: 'ok' });
  });

  it('ends with the reason of the signal', async () => {
    const stop = new AbortController();
    const bytes = Buffer.from(`a:\n${'- [x, y]\n'.repeat(200_000)}`);
    const reading = readYamlInWorker({ bytes, limits: BLUEPRINT_YAML_LIMITS }, stop.signal);
    stop.abort(new Error('stopped'));
    await expect(reading).rejects.toThrow('stopped');
  });
});
