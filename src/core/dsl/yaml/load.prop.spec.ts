import fc from 'fast-check';
import { parseDocument, stringify } from 'yaml';

import { DslError } from '../diagnostics.js';
import type { Value } from '../values.js';
import { Float, isDict, isList } from '../values.js';
import { loadYaml } from './load.js';
import type { Node } from './tree.js';
import { valueOf } from './tree.js';

const SEED = 20_261_122;

function plain(value: Value): unknown {
  if (isDict(value)) {
    return Object.fromEntries([...value].map(([key, inner]) => [key as string, plain(inner)]));
  }
  if (value instanceof Float) {
    return value.value;
  }
  return isList(value) ? value.map((item) => plain(item)) : value;
}

const asciiText = fc.string({ unit: 'binary-ascii', maxLength: 30 });
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Object.is(number, -0)),
    asciiText,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(asciiText, tie('value'), { maxKeys: 5 }),
  ),
})).value;

describe('Reading YAML', () => {
  it('gives back what was printed as JSON [§2]', () => {
    fc.assert(
      fc.property(json, fc.integer({ min: 0, max: 3 }), (value, indent) => {
        // JSON writes 1e21 and 1e-7 as YAML 1.1 does not: without the dot, or the sign, of a float.
        const text = JSON.stringify(value, null, indent).replaceAll(/\u007f/g, String.raw`\u007f`);
        fc.pre(!/[0-9]e[+-]?[0-9]/.test(text));
        const node = loadYaml(text, 'f.yaml');
        expect(node && plain(valueOf(node))).toEqual(value);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  it('agrees with another reader on what that one prints as YAML 1.1 [§2]', () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9 :#'"{},[\]&*!|>%@_.-]{0,20}$/);
    const structure = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(null, true, 1, -5, 1.5, ''),
        word,
        fc.array(word, { minLength: 2, maxLength: 4 }).map((parts) => parts.join('\n')),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(word, tie('value'), { maxKeys: 4 }),
      ),
    })).value;
    fc.assert(
      fc.property(
        fc.array(structure, { maxLength: 3 }),
        fc.integer({ min: 1, max: 4 }),
        fc.boolean(),
        (value, indent, indentSeq) => {
          const text = stringify(value, { version: '1.1', indent, indentSeq, lineWidth: 40 });
          const node = loadYaml(text, 'f.yaml');
          expect(node && plain(valueOf(node))).toEqual(parseDocument(text, { version: '1.1' }).toJS());
        },
      ),
      { seed: SEED, numRuns: 500 },
    );
  });

  const signs =
    ' |  |\n|\n  |\t|:|: |- |? |[|]|{|}|, |"|\'| #|&a |*a|!!str |!!int |!x |!|>-\n |%|@|---\n|...\n|<<: *a|<<: {a: 1}|\\|é|\r|\r\n|' +
    '\u0085|\u2028|\ufeff|\0|\ud800|{{ x }}|~|=|0x1f|1e3|2020-01-01|a|text|a: b|{a: b}|[a, b]|? a\n: b\n|!!set |!!omap |!!binary ';
  const bits = fc.constantFrom('|', '9'.repeat(20), ...signs.split('|'));
  const soup = fc.array(bits, { maxLength: 40 }).map((parts) => parts.join(''));

  it('of any text ends in a tree or a diagnostic with a place in the text [§2] [error -1]', () => {
    fc.assert(
      fc.property(soup, (text) => {
        try {
          const node = loadYaml(text, 'f.yaml');
          if (node !== null) {
            expectPlaces(node, text.length);
          }
        } catch (error) {
          expectDiagnostics(error, text);
        }
      }),
      { seed: SEED, numRuns: 5_000 },
    );
  });

  it('is the same every time', () => {
    fc.assert(
      fc.property(soup, (text) => {
        expect(outcome(text)).toEqual(outcome(text));
      }),
      { seed: SEED, numRuns: 500 },
    );
  });
});

function outcome(text: string): unknown {
  try {
    const node = loadYaml(text, 'f.yaml');
    return node && valueOf(node);
  } catch (error) {
    return (error as DslError).diagnostics;
  }
}

function expectPlaces(node: Node, length: number): void {
  expect(node.offset).toBeGreaterThanOrEqual(0);
  expect(node.offset).toBeLessThanOrEqual(length);
  if (node.kind === 'sequence') {
    node.items.forEach((item) => expectPlaces(item, length));
  } else if (node.kind === 'mapping') {
    node.entries.forEach(({ key, value }) => {
      expectPlaces(key, length);
      expectPlaces(value, length);
    });
  }
}

function expectDiagnostics(error: unknown, text: string): void {
  expect(error).toBeInstanceOf(DslError);
  const lines = text.split(/\r\n|[\r\n\u0085\u2028\u2029]/);
  for (const { line, column, code, message } of (error as DslError).diagnostics) {
    expect([-1, 108]).toContain(code);
    expect(message).not.toBe('');
    expect(line).toBeGreaterThanOrEqual(1);
    expect(column).toBeGreaterThanOrEqual(1);
    expect(column).toBeLessThanOrEqual((lines[(line ?? 0) - 1] ?? '').length + 2);
  }
}
