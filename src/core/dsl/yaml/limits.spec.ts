import { Diagnostics, DslError } from '../diagnostics.js';
import type { LoadOptions } from './load.js';
import { loadYaml } from './load.js';
import type { MappingNode } from './tree.js';

const MILLION = 1_000_000;

function messageOf(text: string, options?: LoadOptions): string {
  try {
    loadYaml(text, 'f.yaml', options);
    return 'no fault';
  } catch (error) {
    // A stack overflow or any other accident is no diagnostic.
    if (!(error instanceof DslError)) {
      throw error;
    }
    const [{ code, line, column, message }] = error.diagnostics;
    return `${String(code)} ${String(line)}:${String(column)} ${message}`;
  }
}

function lines(count: number, line: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => line(index)).join('');
}

describe('Deep nesting', () => {
  it.each([
    ['brackets', '['.repeat(100_000), '-1 1:65'],
    ['braces', '{a: '.repeat(100_000), '-1 1:257'],
    ['dashes', '- '.repeat(100_000), '-1 1:129'],
    ['questions', '? '.repeat(100_000), '-1 1:129'],
    ['lines', lines(2_000, (index) => `${' '.repeat(index)}a:\n`), '-1 65:65'],
    ['closed brackets', '['.repeat(65) + ']'.repeat(65), '-1 1:65'],
    ['pairs in brackets', '[a: '.repeat(50_000), '-1 1:'],
  ])('of %s ends in a diagnostic [§2] [error -1]', (_name, text, place) => {
    const message = messageOf(text);
    expect(message).toContain('nested deeper than 64 levels');
    expect(message).toContain(place);
  });

  it('of sixty-four levels is allowed', () => {
    expect(messageOf('['.repeat(64) + ']'.repeat(64))).toBe('no fault');
  });

  it('cannot be made of aliases, each in the one before', () => {
    const chain = `a0: &a0 [1]\n${lines(300, (index) => `a${String(index + 1)}: &a${String(index + 1)} [*a${String(index)}]\n`)}`;
    expect(messageOf(chain)).toContain('nested deeper than 64 levels');
    const merges = `a0: &a0 {b: [1]}\n${lines(300, (index) => `a${String(index + 1)}: &a${String(index + 1)} {b: {<<: *a${String(index)}}}\n`)}`;
    expect(messageOf(merges)).toContain('nested deeper than 64 levels');
  });

  it('is counted as the caller wishes', () => {
    expect(messageOf('[[1]]', { limits: { maxDepth: 1 } })).toContain('1:2 illegal YAML: nested deeper than 1 levels');
    expect(messageOf('a: &a [1]\nb: [*a]\n', { limits: { maxDepth: 2 } })).toContain('nested deeper than 2 levels');
    expect(messageOf('a: &a [1]\nb: *a\n', { limits: { maxDepth: 2 } })).toBe('no fault');
  });
});

describe('Aliases', () => {
  const doubling = (levels: number, what: (name: string) => string): string =>
    `a0: &a0 {x: 1}\n${lines(levels, (index) => `a${String(index + 1)}: &a${String(index + 1)} ${what(`*a${String(index)}`)}\n`)}`;

  it.each([
    ['lists', doubling(100, (name) => `[${name}, ${name}]`)],
    ['mappings', doubling(100, (name) => `{l: ${name}, r: ${name}}`)],
    ['merged lists', doubling(100, (name) => `{l: {<<: [${name}, ${name}]}, r: ${name}}`)],
    [
      'a large merge again and again',
      `a: &a {${lines(5_000, (index) => `k${String(index)}: 1, `)}}\nb:\n${'- {<<: *a}\n'.repeat(5_000)}`,
    ],
    [
      'a large list of merges',
      `a: &a {${lines(1_000, (index) => `k${String(index)}: 1, `)}}\nl: &l [${'*a, '.repeat(500)}]\nb:\n${'- {<<: *l}\n'.repeat(500)}`,
    ],
  ])('that stand for too much end in a diagnostic: %s [§2] [error -1]', (_name, text) => {
    expect(messageOf(text)).toContain('more than 1000000 values, aliases counted as what they stand for');
  });

  it('may be many, as in the YAML of real plugins', () => {
    const text = `a: &a {b: 1, c: [1, 2]}\nd:\n${'- *a\n- {<<: *a}\n'.repeat(10_000)}`;
    const root = loadYaml(text, 'f.yaml') as MappingNode;
    expect(root.entries.get('d')?.value).toMatchObject({ kind: 'sequence', items: { length: 20_000 } });
  });

  it('are counted in full, and what is written once', () => {
    // The mapping and its keys are 1 + 2, the list 1 + 3, its alias 4 more.
    const text = 'a: &a [1, 2, 3]\nb: *a\n';
    expect(messageOf(text, { limits: { maxNodes: 11 } })).toBe('no fault');
    expect(messageOf(text, { limits: { maxNodes: 10 } })).toContain('2:4 illegal YAML: more than 10 values');
  });
});

describe('A long text', () => {
  it('is refused before it is read', () => {
    expect(messageOf(`[${'\n'.repeat(5 * 1024 * 1024)}`)).toContain('1:1 illegal YAML: longer than 5242880 characters');
    expect(messageOf('a: 1', { limits: { maxLength: 3 } })).toContain('longer than 3 characters');
  });

  it('of a quarter of a million keys is read', () => {
    const root = loadYaml(
      lines(MILLION / 4, (index) => `${index.toString(36)}x:\n`),
      'f.yaml',
    ) as MappingNode;
    expect(root.entries.size).toBe(MILLION / 4);
  });

  it('of one key written again and again has a hundred warnings at most', () => {
    const diagnostics = new Diagnostics();
    loadYaml('k: 1\n'.repeat(10_000), 'f.yaml', { diagnostics });
    expect(diagnostics.warnings).toHaveLength(100);
  });

  const n = 100_000;
  it.each([
    ['open brackets and closed', '[]'.repeat(n)],
    ['closing brackets', ']'.repeat(n)],
    ['commas', `a: [${','.repeat(n)}]`],
    ['items', `a: [${'1,'.repeat(n)}]`],
    ['pairs', `a: [${'a: 1, '.repeat(n)}]`],
    ['collections as keys', '{a: b}: 1\n'.repeat(n)],
    ['templates without quotes', 'a: {{ x }}\n'.repeat(n)],
    ['tags', '!!a '.repeat(n)],
    ['tags in lines', '!!a\n'.repeat(n)],
    ['anchors', lines(n, (index) => `- &a${String(index)} 1\n`)],
    ['blank lines', `a:${'\n'.repeat(n)}  b`],
    ['blank lines in a scalar', `a: x${' \n'.repeat(n)}  y`],
    ['blanks before a break', `a: "x${' '.repeat(n)}\n y${'\t'.repeat(n)}z"`],
    ['backslashes', `a: "${'\\'.repeat(n)}`],
    ['escaped quotes', `a: "${'\\"'.repeat(n)}"`],
    ['double apostrophes', `a: '${"''".repeat(n)}'`],
    ['quotes without end', lines(n, () => 'a: "x\n')],
    ['comments', `a:\n${'    # x\n # y\n'.repeat(n)}  b: 1`],
    ['lines of a block', `a: >\n${'  x\n   y\n\n'.repeat(n)}`],
    ['blank lines of a block', `a: |\n  x\n${'   \n'.repeat(n)}`],
    ['plain words', `a: ${'b\n  '.repeat(n)}`],
    ['plain text with colons', `a: ${'b:c'.repeat(n)}`],
    ['hashes', `a: ${'x#'.repeat(n)}`],
    ['directives', '%FOO\n'.repeat(n)],
    ['declared handles', `${lines(n / 10, (index) => `%TAG !a${String(index)}! x\n`)}---\n`],
    ['documents', '---\n'.repeat(n)],
    ['ends of documents', `a\n${'...\n'.repeat(n)}`],
    ['digits', `a: ${'1'.repeat(n)}`],
    ['digits of a float that is none', `a: 1${'1'.repeat(n)}.${'1'.repeat(n)}x`],
    ['digits of a tagged float that is none', `a: !!float ${'1'.repeat(n)}x`],
    ['tagged sexagesimal parts', `a: !!float 1${':1'.repeat(n)}`],
    ['escapes in a tag', `a: !!${'%41'.repeat(n)} x`],
    ['underscores', `a: 1${'_'.repeat(n)}x`],
    ['sexagesimal parts', `a: 1${':1'.repeat(n)}x`],
    ['many sexagesimal parts', `a: 1${':1'.repeat(2_000)}`],
    ['blanks in what might be a date', `a: 2020-01-01${' '.repeat(n)}x`],
    ['blanks in what might be a moment', `a: 2020-01-01 10:00:00${' '.repeat(n)}x`],
    ['base64', `a: !!binary "${'AAAA'.repeat(n)}"`],
    ['text that is not ASCII', '- \u00e9\n'.repeat(n)],
    ['surrogate pairs', `# ${'\u{1f600}'.repeat(n)}`],
    ['questions', '?\n'.repeat(n)],
    ['merges', `a: &a {x: 1}\nb:\n${'  <<: *a\n'.repeat(n)}`],
    ['a list of merges', `a: &a {x: 1}\nb:\n  <<: [${'*a, '.repeat(n)}]\n`],
    ['illegal numbers', '- !!int x\n'.repeat(n)],
  ])('of %s takes time in proportion [§2]', (_name, text) => {
    const start = performance.now();
    expect(messageOf(text)).toMatch(/^(?:no fault|-1 |108 )/);
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});
