import { codesOf, plain, planOf } from '../../../../test/support/dsl.js';

const HEAD = 'tosca_definitions_version: cloudify_dsl_1_0\n';

describe.each(['outputs', 'capabilities'] as const)('%s', (section) => {
  const text = (entry: string): string => `${HEAD}${section}:\n  o: ${entry}\n`;

  it.each([
    ['text', 'a text', 'a text'],
    ['empty text', "''", ''],
    ['zero', '0', 0],
    ['false', 'false', false],
    ['a list', '[1, [2]]', [1, [2]]],
    ['a mapping', '{a: {b: 1}}', { a: { b: 1 } }],
    ['a mapping with a date inside', '{a: 2020-01-01}', { a: { __date__: '2020-01-01' } }],
    ['a function', '{concat: [a, b]}', { concat: ['a', 'b'] }],
  ])('hold %s [§13] [plan 1]', async (_, written, value) => {
    const version = written.includes('concat')
      ? text(`{value: ${written}}`).replace('1_0', '1_1')
      : text(`{value: ${written}}`);
    expect(plain((await planOf(version))[section])).toEqual({ o: { value } });
  });

  it('keep a description [§13] [plan 1]', async () => {
    expect(plain((await planOf(text('{description: d, value: 1}')))[section])).toEqual({
      o: { description: 'd', value: 1 },
    });
  });

  it('keep an entry that is null, without a value [§13]', async () => {
    expect(plain((await planOf(text('')))[section])).toEqual({ o: {} });
  });

  it('may be absent or null [§3]', async () => {
    expect((await planOf(HEAD))[section].size).toBe(0);
    expect((await planOf(`${HEAD}${section}:\n`))[section].size).toBe(0);
  });

  it.each([
    ['no value', '{}'],
    ['a description alone', '{description: d}'],
    ['a null value', '{value: null}'],
    ['a date', '{value: 2020-01-01}'],
    ['bytes', '{value: !!binary aGk=}'],
    ['an unknown key', '{value: 1, zzz: 1}'],
    ['a description that is no text', '{value: 1, description: [d]}'],
    ['a value without its key', 'text'],
  ])('refuse %s [§2] [§13] [error 1]', async (_, entry) => {
    expect(await codesOf(text(entry))).toEqual([1]);
  });

  it('are a mapping of names that are texts [§2] [error 1]', async () => {
    expect(await codesOf(`${HEAD}${section}: [a]\n`)).toEqual([1]);
    expect(await codesOf(`${HEAD}${section}: {1: {value: 1}}\n`)).toEqual([1]);
  });
});
