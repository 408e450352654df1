import type { Random } from '../support/random.js';
import { KEYS, VALUES } from './dictionary.js';

/** Changes a text a little, or less little; `others` are texts to take parts from. */
type Mutation = (text: string, random: Random, others: readonly string[]) => string;

const SNIPPETS: readonly string[] = [
  'node_templates: {a: {type: a, relationships: [{type: b, target: a}]}}',
  'groups: {a: {members: [a]}, b: {members: [a, b]}}',
  'policies: {p: {type: cloudify.policies.scaling, targets: [a, b], properties: {default_instances: 3}}}',
  'instances: {deploy: 100000}',
  'capabilities: {scalable: {properties: {default_instances: 99999999, max_instances: -1}}}',
  'constraints: [{pattern: "(a*)*b"}, {in_range: [1, x]}, {valid_values: [1, 1.0, true]}]',
  'default: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!',
  'data_types: {x: {properties: {y: {type: x}}}}',
  'data_types: {x: {derived_from: y}, y: {derived_from: x}}',
  'imports: [blueprint.yaml, a--blueprint.yaml, cloudify/types/types.yaml]',
  'interfaces: {i: {o: {implementation: p.x, inputs: {a: {get_property: [SELF, a]}}}}}',
];

const CHARACTERS: readonly string[] = '\t\0\u0085\u2028\ufeff\r\n :-{}[]&*!#"\'|%,?ü'.split('');

const MUTATIONS: readonly (readonly [weight: number, mutation: Mutation])[] = [
  [8, replacedValue],
  [5, replacedKey],
  [5, swappedNames],
  [4, insertedSnippet],
  [3, removedLines],
  [3, repeatedLines],
  [3, movedLines],
  [3, indentedLines],
  [4, changedCharacter],
  [2, linesOfAnother],
  [1, cutOff],
  [1, nestedDeeply],
  [1, aliasBomb],
  [1, longScalar],
  [1, longList],
];

/** One of them, or up to six: what is changed more does not get far. */
export function mutated(text: string, random: Random, others: readonly string[]): string {
  let result = text;
  for (let count = random.chance(0.5) ? 1 : 1 + random.below(6); count > 0; count -= 1) {
    result = random.weighted(MUTATIONS)(result, random, others);
  }
  return result;
}

function lineAt(lines: readonly string[], random: Random): number {
  return random.below(lines.length);
}

function onLine(text: string, random: Random, change: (line: string) => string): string {
  const lines = text.split('\n');
  const at = lineAt(lines, random);
  lines[at] = change(lines[at] ?? '');
  return lines.join('\n');
}

/** The value of a key, an item of a list, or a word. */
function replacedValue(text: string, random: Random): string {
  const value = random.pick(VALUES);
  return onLine(text, random, (line) =>
    random.chance(0.5)
      ? line.replace(/(:\s+|-\s+)[^\s#].*$/, (_all, start: string) => `${start}${value}`)
      : swapWord(line, value, random),
  );
}

function swapWord(line: string, value: string, random: Random): string {
  const words = line.split(/(\s+|[,[\]{}])/);
  const at = random.below(words.length);
  return words.map((word, index) => (index === at && word.trim() !== '' ? value : word)).join('');
}

function replacedKey(text: string, random: Random): string {
  return onLine(text, random, (line) =>
    line.replace(/^(\s*(?:- )?)[\w.]+:/, (_all, start: string) => `${start}${random.pick(KEYS)}:`),
  );
}

/** A name where another one stood: makes cycles, and things of the wrong kind. */
function swappedNames(text: string, random: Random): string {
  const names = text.match(/[A-Za-z_][\w.-]*/g) ?? ['x'];
  return onLine(text, random, (line) => swapWord(line, random.pick(names), random));
}

function insertedSnippet(text: string, random: Random): string {
  const lines = text.split('\n');
  const at = lineAt(lines, random);
  const indent = random.chance(0.3) ? '' : (/^ */.exec(lines[at] ?? '')?.[0] ?? '');
  lines.splice(at, 0, indent + random.pick(SNIPPETS));
  return lines.join('\n');
}

function range(lines: readonly string[], random: Random): [from: number, count: number] {
  return [lineAt(lines, random), 1 + random.below(6)];
}

function removedLines(text: string, random: Random): string {
  const lines = text.split('\n');
  lines.splice(...range(lines, random));
  return lines.join('\n');
}

function repeatedLines(text: string, random: Random): string {
  const lines = text.split('\n');
  const [from, count] = range(lines, random);
  lines.splice(from, 0, ...lines.slice(from, from + count));
  return lines.join('\n');
}

function movedLines(text: string, random: Random): string {
  const lines = text.split('\n');
  const taken = lines.splice(...range(lines, random));
  lines.splice(random.below(lines.length + 1), 0, ...taken);
  return lines.join('\n');
}

function indentedLines(text: string, random: Random): string {
  const lines = text.split('\n');
  const [from, count] = range(lines, random);
  const by = random.below(5) - 2;
  for (let at = from; at < Math.min(from + count, lines.length); at += 1) {
    const line = lines[at] ?? '';
    lines[at] = by >= 0 ? ' '.repeat(by) + line : line.replace(new RegExp(`^ {0,${-by}}`), '');
  }
  return lines.join('\n');
}

function changedCharacter(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  const taken = random.chance(0.5) ? 1 : 0;
  return text.slice(0, at) + (random.chance(0.7) ? random.pick(CHARACTERS) : '') + text.slice(at + taken);
}

function linesOfAnother(text: string, random: Random, others: readonly string[]): string {
  const lines = text.split('\n');
  const other = random.pick(others).split('\n');
  const from = random.below(other.length);
  lines.splice(lineAt(lines, random), random.below(4), ...other.slice(from, from + 1 + random.below(12)));
  return lines.join('\n');
}

function cutOff(text: string, random: Random): string {
  return text.slice(0, random.below(text.length + 1));
}

const BRACKETS: readonly (readonly string[])[] = [
  ['[', ']'],
  ['{a: ', '}'],
  ['{concat: [', ']}'],
  ['{get_input: ', '}'],
];

function nestedDeeply(text: string, random: Random): string {
  const depth = random.pick([20, 150, 250, 20_000]);
  const [open = '', close = ''] = random.pick(BRACKETS);
  const value = open.repeat(depth) + (random.chance(0.8) ? close.repeat(depth) : '');
  return onLine(text, random, (line) => line.replace(/(:\s+|-\s+).*$/, (_all, start: string) => start + value));
}

/** Aliases of aliases: a short text that stands for a long one. */
function aliasBomb(text: string, random: Random): string {
  const levels = random.pick([3, 8, 30]);
  const lines = ['bomb0: &bomb0 [x, x, x, x]'];
  for (let level = 1; level < levels; level += 1) {
    lines.push(`  bomb${level}: &bomb${level} [${`*bomb${level - 1}, `.repeat(4)}]`);
  }
  const all = text.split('\n');
  const at = lineAt(all, random);
  all[at] = (all[at] ?? '').replace(/(:\s+|-\s+).*$/, (_all, start: string) => `${start}*bomb${levels - 1}`);
  return `metadata:\n  ${lines.join('\n')}\n${all.join('\n')}`;
}

function longScalar(text: string, random: Random): string {
  const value = random.pick(['x', 'a.b.', '( ', '1', 'é', '--']).repeat(random.pick([300, 5_000, 50_000]));
  return onLine(text, random, (line) => line.replace(/(:\s+|-\s+).*$/, (_all, start: string) => start + value));
}

function longList(text: string, random: Random): string {
  const item = random.pick([
    'a',
    '{a: 1}',
    '{get_input: x}',
    '{type: cloudify.relationships.depends_on, target: a}',
    '&a b',
  ]);
  const value = `[${`${item}, `.repeat(random.pick([100, 2_000]))}]`;
  return onLine(text, random, (line) => line.replace(/(:\s+|-\s+).*$/, (_all, start: string) => start + value));
}
