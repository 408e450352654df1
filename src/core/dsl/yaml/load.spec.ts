import { Diagnostics } from '../diagnostics.js';
import type { Value } from '../values.js';
import { DateValue, Float, isDict, isList } from '../values.js';
import { loadYaml } from './load.js';
import type { MappingNode } from './tree.js';
import { valueOf } from './tree.js';

function load(text: string): Value {
  const node = loadYaml(text, 'f.yaml');
  return node === null ? null : valueOf(node);
}

/** With objects for mappings, whose keys are text here. */
function read(text: string): unknown {
  return plain(load(text));
}

function plain(value: Value): unknown {
  if (isDict(value)) {
    return Object.fromEntries([...value].map(([key, inner]) => [key as string, plain(inner)]));
  }
  return isList(value) ? value.map((item) => plain(item)) : value;
}

describe('Anchors and aliases', () => {
  it('work across the file [§2]', () => {
    const text = 'dsl_definitions:\n  x: &x {a: [1]}\n  s: &s text\nb: *x\nc:\n  - *x\n  - *s\n  - {*s : d}\n';
    expect(read(text)).toEqual({
      dsl_definitions: { x: { a: [1] }, s: 'text' },
      b: { a: [1] },
      c: [{ a: [1] }, 'text', { text: 'd' }],
    });
  });

  it('share one node, which nobody changes, so that each use is as good as a copy [§2] [trap 9]', () => {
    const root = loadYaml('a: &x {b: 1}\nc: *x\nd: {<<: *x, e: 2}\n', 'f.yaml') as MappingNode;
    expect(root.entries.get('a')?.value).toBe(root.entries.get('c')?.value);
    expect(read('a: &x {b: 1}\nc: *x\nd: {<<: *x, e: 2}\n')).toEqual({ a: { b: 1 }, c: { b: 1 }, d: { b: 1, e: 2 } });
  });

  it('may stand in the line above their node, with its tag [§2]', () => {
    expect(read('a: &x\n  !!str\n  1\nb: !!map &y\n  c: *x\nd: &z\n- *y\ne: *z\nf: &e\ng: *e\n')).toEqual({
      a: '1',
      b: { c: '1' },
      d: [{ c: '1' }],
      e: [{ c: '1' }],
      f: null,
      g: null,
    });
  });

  it('belong to the key when they stand in its line [§2]', () => {
    expect(read('&k a: &v b\n*k : *v\nc: *k\n')).toEqual({ a: 'b', c: 'a' });
  });

  it.each([
    ['a: *x\n', 1, 4, "alias '*x' has no anchor before it"],
    ['a: *x\nb: &x 1\n', 1, 4, 'has no anchor before it'],
    ['a: &x [1, *x]\n', 1, 11, 'is part of what it stands for'],
    ['a: &x\n  b: *x\n', 2, 6, 'is part of what it stands for'],
    ['a: &x\n  <<: *x\n', 2, 7, 'is part of what it stands for'],
    ['a: &x 1\nb: &x 2\n', 2, 4, "anchor '&x' is defined twice"],
    ['a: &x &y 1\n', 1, 7, 'one anchor and one tag at most'],
    ['a: &x\n  &y 1\n', 2, 3, 'one anchor and one tag at most'],
    ['a: &x 1\nb: !!str *x\n', 2, 4, 'an alias has no anchor and no tag'],
    ['a: &ä 1\n', 1, 4, 'the name of an anchor'],
    ['a: *\n', 1, 4, 'the name of an alias'],
  ])(
    'are refused when they name nothing, themselves, or two things: %j [§2] [error -1]',
    (text, line, column, message) => {
      expect(faultOf(text)).toEqual([-1, line, column, expect.stringContaining(message)]);
    },
  );
});

describe('A merge key', () => {
  const base = 'base: &x {a: 1, b: 2}\nmore: &y {b: 3, c: 4}\n';
  it.each([
    ['r: {<<: *x, b: 9}', { a: 1, b: 9 }],
    ['r: {b: 9, <<: *x}', { a: 1, b: 9 }],
    ['r:\n  <<: *x\n  c: 5\n', { a: 1, b: 2, c: 5 }],
    ['r: {<<: [*x, *y]}', { a: 1, b: 2, c: 4 }],
    ['r: {<<: [*y, *x]}', { a: 1, b: 3, c: 4 }],
    ['r: {<<: *x, <<: *y}', { a: 1, b: 3, c: 4 }],
    ['r: {<<: {a: 5, d: 6}, e: 7}', { a: 5, d: 6, e: 7 }],
    ['r: {<<: []}', {}],
    ['r: {<<: {<<: *x, c: 1}}', { a: 1, b: 2, c: 1 }],
    ['l: &l [*x]\nr: {<<: *l}', { a: 1, b: 2 }],
    ['r: {!!merge anything: *x}', { a: 1, b: 2 }],
  ])('brings in what is not written: %j [§2]', (text, value) => {
    expect(read(base + text)).toMatchObject({ r: value });
  });

  it('puts what it brings in before what is written, and of a list the last first [§2]', () => {
    const node = loadYaml(`${base}r: {z: 0, <<: [*y, *x], a: 5}\n`, 'f.yaml') as MappingNode;
    const merged = node.entries.get('r')?.value as MappingNode;
    expect([...merged.entries.keys()]).toEqual(['a', 'b', 'c', 'z']);
  });

  it('in quotes is text [§2]', () => {
    expect(read('"<<": 1\n')).toEqual({ '<<': 1 });
  });

  it.each(['a: {<<: 1}', 'a: {<<: [1]}', 'a: {<<: [[{a: 1}]]}', 'a: {<<: }'])(
    'takes mappings only: %s [§2] [error -1]',
    (text) => {
      expect(() => read(text)).toThrow("'<<' merges a mapping or a list of mappings");
    },
  );
});

describe('Keys', () => {
  it('may be written twice: the last counts, at the place of the first, with a warning [§2]', () => {
    const diagnostics = new Diagnostics();
    const node = loadYaml('a: 1\nb: 2\na: 3\n', 'f.yaml', { diagnostics });
    expect(node && [...(valueOf(node) as ReadonlyMap<unknown, unknown>)]).toEqual([
      ['a', 3],
      ['b', 2],
    ]);
    expect(diagnostics.errors).toEqual([]);
    expect(diagnostics.warnings).toMatchObject([
      { severity: 'warning', message: expect.stringContaining("'a' is written more than once"), line: 3, column: 1 },
    ]);
  });

  it('that override a merge are no duplicates [§2]', () => {
    const diagnostics = new Diagnostics();
    loadYaml('a: &x {k: 1}\nb: {<<: *x, k: 2}\n', 'f.yaml', { diagnostics });
    expect(diagnostics.warnings).toEqual([]);
  });

  it('may be any scalar, with the equality of Python [§2]', () => {
    const text = '1: a\ntrue: b\n1.0: c\n2.5: d\n2.5: e\n~: f\n2020-01-01: g\n2020-01-01: h\n!!binary aGk=: i\n';
    const entries = [...(load(text) as ReadonlyMap<unknown, unknown>)];
    expect(entries).toEqual([
      [1, 'c'],
      [2.5, 'e'],
      [null, 'f'],
      [new DateValue('2020-01-01'), 'h'],
      [expect.objectContaining({ hex: '6869' }), 'i'],
    ]);
    expect([...(load('1.0: a\n1: b\n') as ReadonlyMap<unknown, unknown>)]).toEqual([[new Float(1), 'b']]);
  });

  it("may be named like an object's own [§2]", () => {
    const value = load('__proto__: 1\nconstructor: 2\ntoString: 3\n') as ReadonlyMap<unknown, unknown>;
    expect([...value]).toEqual([
      ['__proto__', 1],
      ['constructor', 2],
      ['toString', 3],
    ]);
  });

  it.each([
    ['a: {{ x }}\n', 1, 5, 'a mapping cannot be a key (a value with {{ … }} must be quoted)'],
    ['[a]: b\n', 1, 1, 'a sequence cannot be a key'],
    ['? - a\n: b\n', 1, 3, 'a sequence cannot be a key'],
    ['? a: b\n: c\n', 1, 3, 'a mapping cannot be a key'],
    ['a: &x [1]\nb: {*x : 1}\n', 1, 4, 'a sequence cannot be a key'],
    [`a: 1\n${'k'.repeat(1025)}: 1\n`, 2, 1, 'a key is longer than 1024 characters'],
    ['a: 1\nb\nc: 2\n', 2, 1, "a key and ':' are expected here"],
    ['"a\n b": 1\n', 2, 4, "':' is not allowed here"],
    ['{a\n: b}\n', 2, 1, "',' or '}' is expected here"],
  ])('are no collections and stay in their line: %j [§2] [error -1]', (text, line, column, message) => {
    expect(faultOf(text)).toEqual([-1, line, column, expect.stringContaining(message)]);
  });

  it('of 1024 characters are short enough', () => {
    const key = 'k'.repeat(1024);
    expect(read(`${key}: 1\n`)).toEqual({ [key]: 1 });
  });

  it("may be written with '?', also without a value [§2]", () => {
    expect(read('? a\n: b\n? c\n? d\n: - e\n  - f\n')).toEqual({ a: 'b', c: null, d: ['e', 'f'] });
    expect(read('{? a : b, ? c, ? !!str : d}')).toEqual({ a: 'b', c: null, '': 'd' });
  });
});

describe('Collections with a tag', () => {
  it('are what their tag says [§2]', () => {
    const text =
      'a: !!map {b: !!seq [1]}\nc: !!set {x, y}\nd: !!set\n  ? z\ne: !!omap [f: 1, g: 2]\nh: !!pairs\n- i: 1\n- i: 2\nj: !!map\n  k: 1\n';
    expect(read(text)).toEqual({
      a: { b: [1] },
      c: { x: null, y: null },
      d: { z: null },
      e: [
        ['f', 1],
        ['g', 2],
      ],
      h: [
        ['i', 1],
        ['i', 2],
      ],
      j: { k: 1 },
    });
  });

  it.each([
    ['a: !!seq {b: c}', 'not for a mapping'],
    ['a: !!map [b]', 'not for a sequence'],
    ['a: !!str [b]', 'not for a sequence'],
    ['a: !!omap {b: c}', 'not for a mapping'],
    ['a: !!omap [b]', 'a mapping with one entry'],
    ['a: !!omap [{b: 1, c: 2}]', 'a mapping with one entry'],
    ['a: !own {b: c}', "tag '!own' is unknown"],
    ['a: !x!y z', "no %TAG line declares '!x!'"],
    ['a: !!str,b', 'is unknown'],
    ['[!!str, a]', 'is unknown'],
    ['{a: !!str}', 'a tag is followed by a space'],
    ['a: !<x b', "ends with '>'"],
    ['a: !!%4 b', 'two hexadecimal digits'],
    ['a: !!%ff b', 'no UTF-8'],
  ])('are refused for a tag that is unknown or of something else: %s [§2] [error -1]', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });
});

describe('Text that is not ASCII', () => {
  it.each([
    ['a: h\u00e9\n', 1, 4],
    ['a:\n  b: "x\u00e9"\n', 2, 6],
    ["'\u00e9': 1\n", 1, 1],
    ['k\u00e9y: 1\n', 1, 1],
    ['a: |\n  \u00e9\n', 1, 4],
    ['a: [b, \u00e9]\n', 1, 8],
    ['a: "\\xe9"\n', 1, 4],
    ['a: "\\u2028"\n', 1, 4],
    ['a: !!str \u{1f600}\n', 1, 4],
    ['# ä\na: "b\u2028c"\n', 2, 4],
  ])('is refused in every scalar: %j [§2] [error 108]', (text, line, column) => {
    expect(faultOf(text)).toEqual([108, line, column, expect.stringContaining('only ASCII characters are allowed')]);
  });

  it('is allowed in comments [§2]', () => {
    expect(read('# h\u00e9 \u{1f600}\na: 1 # \u00fc\n')).toEqual({ a: 1 });
  });

  it('is told of every place at once, up to twenty [error 108]', () => {
    const diagnostics = diagnosticsOf('- \u00e9\n'.repeat(30));
    expect(diagnostics).toHaveLength(20);
    expect(diagnostics[1]).toMatchObject({ code: 108, class: 'input-type', line: 2, column: 3 });
  });
});

describe('A file', () => {
  it.each(['', '\n\n', '# only a comment\n', '\ufeff', '  \n'])('without a document is null: %j [§2]', (text) => {
    expect(loadYaml(text, 'f.yaml')).toBeNull();
  });

  it.each([
    '---\na: 1\n',
    '--- \na: 1\n...\n',
    '\ufeffa: 1\n',
    '%YAML 1.1\n---\na: 1\n',
    'a: 1\n...\n...\n# end\n',
    '--- {a: 1}\n',
  ])('holds one document, marked or not: %j [§2]', (text) => {
    expect(read(text)).toEqual({ a: 1 });
  });

  it.each([
    ['a: 1\n---\nb: 2\n', 2, 1],
    ['---\na: 1\n---\n', 3, 1],
    ['--- 1\n--- 2\n', 2, 1],
  ])('holds no second one: %j [§2] [error -1]', (text, line, column) => {
    expect(faultOf(text)).toEqual([-1, line, column, expect.stringContaining('more than one document')]);
  });

  it.each([
    ['%YAML 2.0\n---\na: 1\n', 1, 1, 'only versions 1.x'],
    ['%YAML 1.1\n%YAML 1.1\n---\n', 2, 1, 'given twice'],
    ['%TAG !a! x\n%TAG !a! y\n---\n', 2, 1, 'declared twice'],
    ['%TAG a\n---\n', 1, 1, 'a handle'],
    ['%YAML 1.1\na: 1\n', 2, 1, "followed by '---'"],
    ['%YAML 1.1 x\n---\n', 1, 11, 'nothing more'],
    ['%: 1\n', 1, 1, 'is a directive'],
    ['...\n', 1, 1, 'none began'],
    ['--- a: b\n', 1, 6, "':' is not allowed here"],
    ['a: 1\n...\nb\n', 3, 1, 'does not belong'],
  ])('is marked properly or refused: %j [§2] [error -1]', (text, line, column, message) => {
    expect(faultOf(text)).toEqual([-1, line, column, expect.stringContaining(message)]);
  });

  it('may declare handles of tags [§2]', () => {
    expect(read('%TAG !y! tag:yaml.org,2002:\n%UNKNOWN x\n---\na: !y!str 1\n')).toEqual({ a: '1' });
  });
});

describe('Quoted text', () => {
  it('goes on or ends at any column, also left of its key [§2]', () => {
    expect(read('a:\n  b: "one\ntwo\n\n three"\n  c: \'x\n\n\ny\n\'\nd: 1\n')).toEqual({
      a: { b: 'one two\nthree', c: 'x\n\ny ' },
      d: 1,
    });
  });

  it('may be followed by a comment at once, as Python reads it [§2]', () => {
    expect(read('a: "b"#c\nd: 1\n')).toEqual({ a: 'b', d: 1 });
  });

  it('knows escapes, folded and joined lines [§2]', () => {
    expect(read("a: \"\\t\\x41\\u0042\\\\ \\\" \\\n   joined \\\n  \\ x\"\nb: 'it''s \\n'\n")).toEqual({
      a: '\tAB\\ " joined  x',
      b: "it's \\n",
    });
  });

  it.each([
    ['a: "b\n', 1, 4, 'has no end'],
    ["a: 'b\n", 1, 4, 'has no end'],
    ['a: "b\n---\n"\n', 2, 1, 'the document ends within'],
    ['a: "\\q"\n', 1, 5, 'is no escape'],
    ['a: "\\x4"\n', 1, 5, 'needs 2 hexadecimal digits'],
    ['a: "\\Uffffffff"\n', 1, 5, 'needs 8 hexadecimal digits'],
    ['a: "b" c\n', 1, 8, 'quote the whole value'],
  ])('is refused when it does not end or escapes wrongly: %j [§2] [error -1]', (text, line, column, message) => {
    expect(faultOf(text)).toEqual([-1, line, column, expect.stringContaining(message)]);
  });
});

describe('Flow collections', () => {
  it('go on or end at any column, also left of their key [§2]', () => {
    expect(read('a:\n  b: [1,\n2\n]\n  c: {d: 1,\ne:\n2\n}\nf: 3\n')).toEqual({
      a: { b: [1, 2], c: { d: 1, e: 2 } },
      f: 3,
    });
  });

  it('may leave out what is null, and hold pairs [§2]', () => {
    expect(read('{a, b: , c: [d: e, f, "g":h, ], "i":j,}')).toEqual({
      a: null,
      b: null,
      c: [{ d: 'e' }, 'f', { g: 'h' }],
      i: 'j',
    });
    expect(read('[a:b, {c:d}, http://x:1/y, -1, -x]')).toEqual(['a:b', { 'c:d': null }, 'http://x:1/y', -1, '-x']);
  });

  it.each([
    ['a: [1, 2\n', 1, 4, "a '[' that begins here has no end"],
    ['a: {b: 1\n', 1, 4, "a '{' that begins here has no end"],
    ['a: [1, 2\nb: 3\n', 2, 2, "',' or ']' is expected here"],
    ['a: [1}\n', 1, 6, "',' or ']' is expected here"],
    ['a: [,]\n', 1, 5, 'a value is expected here'],
    ['a: [1,,2]\n', 1, 7, 'a value is expected here'],
    ['a: [- b]\n', 1, 5, 'a value is expected here'],
    ['a: {: b}\n', 1, 5, 'a value is expected here'],
    ['a: {b: c: d}\n', 1, 9, "',' or '}' is expected here"],
    ['a: [|x]\n', 1, 5, 'quote it'],
    ['a: ]\n', 1, 4, "']' is not allowed here"],
    ['a: [1]]\n', 1, 7, 'does not belong'],
    ['a: [1\n--- \n]\n', 1, 4, 'has no end'],
  ])('are refused when they are not whole: %j [§2] [error -1]', (text, line, column, message) => {
    expect(faultOf(text)).toEqual([-1, line, column, expect.stringContaining(message)]);
  });
});

describe('Block text', () => {
  it('keeps, folds and chomps lines [§2]', () => {
    expect(
      read(
        'a: |\n  x\n   y\n\n  z\n\nb: >\n  x\n  y\n\n  z\n   w\n  v\nc: |-\n  x\n\nd: |+\n  x\n\ne: |2-\n   x\nf: |\ng: >-\n',
      ),
    ).toEqual({
      a: 'x\n y\n\nz\n',
      b: 'x y\nz\n w\nv\n',
      c: 'x',
      d: 'x\n\n',
      e: ' x',
      f: '',
      g: '',
    });
  });

  it('that the end of the file cuts off has no newline [§2]', () => {
    expect(read('a: |\n  x')).toEqual({ a: 'x' });
    expect(read('a: |\n  x\n')).toEqual({ a: 'x\n' });
    expect(read('a: |\n  x\n  ')).toEqual({ a: 'x\n' });
    expect(read('a: |+\n  x\n\n  ')).toEqual({ a: 'x\n\n' });
  });

  it('may hold what means something elsewhere [§2]', () => {
    expect(read('a: |\n  b: {{ c }}\t# d\n  - "e\nf: 1\n')).toEqual({ a: 'b: {{ c }}\t# d\n- "e\n', f: 1 });
  });

  it.each([
    ['a: |x\n  y\n', 1, 5],
    ['a: |0\n  y\n', 1, 6],
    ['a: | y\n', 1, 6],
    ['a: |\n   x\n  y\n', 3, 3],
    ['a: |\n     \n  x\n', 3, 3],
  ])('is refused with a wrong head or indentation: %j [§2] [error -1]', (text, line, column) => {
    expect(faultOf(text)).toEqual([-1, line, column, expect.any(String)]);
  });
});

describe('Plain text', () => {
  it('goes on in deeper lines and keeps colons, hashes and dashes within words [§2]', () => {
    expect(read('a: one\n  two\n\n  three # end\nb: http://x:80/#y\nc: -d\ne: a -b\n')).toEqual({
      a: 'one two\nthree',
      b: 'http://x:80/#y',
      c: '-d',
      e: 'a -b',
    });
  });
});

describe('Blocks', () => {
  it('may have their dashes right below the key [§2]', () => {
    expect(read('a:\n- b\n- c: 1\n  d: 2\n-\n- - e\n  - f\ng:\n  - h\n')).toEqual({
      a: ['b', { c: 1, d: 2 }, null, ['e', 'f']],
      g: ['h'],
    });
  });

  it.each(['\n', '\r\n', '\r', '\u0085'])('end their lines in any way: %j [§2]', (end) => {
    expect(read(['a:', '  - b', '  - |', '    c', 'd: e', ''].join(end))).toEqual({ a: ['b', 'c\n'], d: 'e' });
  });

  it.each([
    ['a: b: c\n', 1, 5, "':' is not allowed here"],
    ['a:\n    b: 1\n  c: 2\n', 3, 3, 'check the indentation'],
    ['a:\n  b: 1\n    c: 2\n', 3, 6, 'check the indentation'],
    ['  a: 1\nb: 2\n', 2, 1, 'check the indentation'],
    ['a: 1\n- b\n', 2, 1, "an item of a list ('- ') is not allowed here"],
    ['- a\nb: c\n', 2, 1, 'a further item of the list'],
    ['a: - b\n', 1, 4, 'a list may not begin in the same line'],
    ['a: ? b\n', 1, 4, 'a key may not begin in the same line'],
    [': a\n', 1, 1, 'a key goes before it'],
    ['a: 1\n: b\n', 2, 1, 'a key goes before it'],
    ['a: @b\n', 1, 4, "no value begins with '@'"],
    ['a: `b`\n', 1, 4, "no value begins with '`'"],
    ['a: %b\n', 1, 4, "no value begins with '%'"],
    ['a: ,b\n', 1, 4, "',' is not allowed here"],
    ['a: \u0007\n', 1, 4, 'a control character'],
    ['a: \ud800\n', 1, 4, 'a control character'],
  ])('are refused when they do not fit: %j [§2] [error -1]', (text, line, column, message) => {
    expect(faultOf(text)).toEqual([-1, line, column, expect.stringContaining(message)]);
  });
});

describe('A tab', () => {
  it.each([
    ['a:\tb\n', 1, 3],
    ['-\tb\n', 1, 2],
    ['a:\n\tb: 1\n', 2, 1],
    ['a:\n  b: 1\n\t\nc: 1\n', 3, 1],
    ['a: 1\t# b\n', 1, 5],
    ['a: "b"\t\n', 1, 7],
    ['a\t: b\n', 1, 2],
    ['a: [1,\t2]\n', 1, 7],
    ['a: b\tc\n', 1, 5],
    ['a: 1\n\t', 2, 1],
  ])('neither indents nor separates: %j [§2] [error -1]', (text, line, column) => {
    expect(faultOf(text)).toEqual([-1, line, column, expect.stringContaining('a tab may not separate or indent')]);
  });

  it('is text in quotes, blocks and comments [§2]', () => {
    expect(read('a: "b\tc\n\td"\ne: |\n  f\tg\n# h\ti\n')).toEqual({ a: 'b\tc d', e: 'f\tg\n' });
  });
});

describe('Places', () => {
  it('are those of the text, from 1, whatever ends its lines [§2]', () => {
    const root = loadYaml('\ufeffa: 1\r\nb:\r  - c\n  - &x d\ne: \n', 'f.yaml') as MappingNode;
    const place = (key: string): unknown => {
      const entry = root.entries.get(key);
      return entry && [entry.key, entry.value].map(({ source, offset }) => Object.values(source.position(offset)));
    };
    expect(place('a')).toEqual([
      [1, 1],
      [1, 4],
    ]);
    expect(place('b')).toEqual([
      [2, 1],
      [3, 3],
    ]);
    expect(place('e')).toEqual([
      [5, 1],
      [5, 3],
    ]);
    expect(root.source.name).toBe('f.yaml');
  });

  it('are those of the anchor for what an alias brings in [§2]', () => {
    const root = loadYaml('a: &x\n  b: 1\nc: {<<: *x}\n', 'f.yaml') as MappingNode;
    const merged = root.entries.get('c')?.value as MappingNode | undefined;
    expect(root.source.position(merged?.entries.get('b')?.key.offset ?? 0)).toEqual({ line: 2, column: 3 });
  });

  it('stand in the diagnostic with the name of the file [error -1]', () => {
    expect(diagnosticsOf('a: [')).toEqual([
      {
        severity: 'error',
        code: -1,
        class: 'format',
        message: "illegal YAML: a '[' that begins here has no end",
        file: 'f.yaml',
        line: 1,
        column: 4,
        path: '',
      },
    ]);
  });

  it('order the faults of one text', () => {
    const found = diagnosticsOf('a: !!int x\nb: \u00e9\nc: !own {d: =}\n');
    expect(found.map(({ code, line }) => [code, line])).toEqual([
      [-1, 1],
      [108, 2],
      [-1, 3],
      [-1, 3],
    ]);
  });
});

function diagnosticsOf(text: string): Diagnostics['errors'] {
  try {
    loadYaml(text, 'f.yaml');
  } catch (error) {
    return (error as { diagnostics: Diagnostics['errors'] }).diagnostics;
  }
  return [];
}

function faultOf(text: string): unknown {
  const [first] = diagnosticsOf(text);
  return first && [first.code, first.line, first.column, first.message];
}
