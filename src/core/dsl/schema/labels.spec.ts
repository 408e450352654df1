import { codesOf, parse, plain, planOf } from '../../../../test/support/dsl.js';

const HEAD = 'tosca_definitions_version: cloudify_dsl_1_3\n';

describe('labels', () => {
  it('hold texts and functions, keys as they are written [§13] [plan 1]', async () => {
    const plan = await planOf(`${HEAD}inputs: {i: {}}
labels:
  Env: {values: [prod, {get_input: i}, {a: b}]}
  empty: {values: []}
`);
    expect(plain(plan.labels)).toEqual({
      Env: { values: ['prod', { get_input: 'i' }, { a: 'b' }] },
      empty: { values: [] },
    });
  });

  it.each([
    ['a number', '{values: [7]}'],
    ['a boolean', '{values: [yes]}'],
    ['null', '{values: [null]}'],
    ['a list in the list', '{values: [[a]]}'],
    ['a date', '{values: [2020-01-01]}'],
    ['get_attribute', '{values: [{get_attribute: [n, a]}]}'],
    ['values that are no list', '{values: a}'],
    ['no values', '{}'],
    ['null values', '{values: }'],
    ['nothing', ''],
    ['an unknown key', '{values: [a], zzz: 1}'],
    ['a list', '[a]'],
  ])('refuse %s [§13] [error 1]', async (_, label) => {
    expect(await codesOf(`${HEAD}labels:\n  k: ${label}\n`)).toEqual([1]);
  });

  it('report every value that is wrong, each in its place', async () => {
    const { errors } = await parse(`${HEAD}labels:\n  k:\n    values:\n      - 7\n      - a\n      - 8\n`);
    expect(errors.map(({ path, line }) => [path, line])).toEqual([
      ['labels.k.values[0]', 5],
      ['labels.k.values[2]', 7],
    ]);
  });

  it('warn of keys that cannot be attached, but accept them [§13]', async () => {
    const { plan, warnings } = await parse(
      `${HEAD}labels:\n  csys-mine: {values: [a]}\n  CSYS-Obj-Type: {values: [a]}\nblueprint_labels:\n  a b: {values: [a]}\n`,
    );
    expect(plan?.labels.size).toBe(2);
    expect(warnings.map(({ path }) => path)).toEqual(['labels.csys-mine', 'blueprint_labels.a b']);
  });
});

describe('blueprint labels', () => {
  it('hold texts [§13] [plan 1]', async () => {
    const plan = await planOf(`${HEAD}blueprint_labels: {Key: {values: [a, b]}}\n`);
    expect(plain(plan.blueprint_labels)).toEqual({ Key: { values: ['a', 'b'] } });
  });

  it.each(['{values: [{get_input: i}]}', '{values: [1]}', '{values: [a], zzz: 1}', '{}', 'a'])(
    'refuse %s [§13] [error 1]',
    async (label) => {
      expect(await codesOf(`${HEAD}inputs: {i: {}}\nblueprint_labels:\n  k: ${label}\n`)).toEqual([1]);
    },
  );
});

describe('resource tags', () => {
  it('hold anything, functions neither checked nor evaluated [§13] [§14.4]', async () => {
    const plan = await planOf(`${HEAD}resource_tags: {a: 1, b: [x], c: {get_input: undeclared}, d: null}\n`);
    expect(plain(plan.resource_tags)).toEqual({ a: 1, b: ['x'], c: { get_input: 'undeclared' }, d: null });
  });

  it('came with version 1_3 [§4] [error 102]', async () => {
    const text = 'tosca_definitions_version: cloudify_dsl_1_2\nresource_tags: {a: 1}\n';
    expect(await codesOf(text)).toEqual([102]);
    expect(await codesOf(text, { validateVersions: false })).toEqual([]);
    expect(await codesOf(text.replace('{a: 1}', ''))).toEqual([]);
  });

  it.each(['[a]', 'a', '{1: a}', '{a: 2020-01-01}'])('refuse %s [§13] [error 1]', async (tags) => {
    expect(await codesOf(`${HEAD}resource_tags: ${tags}\n`)).toEqual([1]);
  });
});
