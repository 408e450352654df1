import { BadParametersError, CodelessError } from '../errors/app-error.js';
import { firstOf, flag, looseBoolean, printable, readLooseBoolean, valuesOf } from './query-values.js';

describe('the values of a query', () => {
  it('are one, several or none', () => {
    expect(valuesOf({ a: 'x' }, 'a')).toEqual(['x']);
    expect(valuesOf({ a: ['x', 'y'] }, 'a')).toEqual(['x', 'y']);
    expect(valuesOf({}, 'a')).toEqual([]);
    expect(valuesOf({}, 'toString')).toEqual([]);
    expect(firstOf({ a: ['x', 'y'] }, 'a')).toBe('x');
    expect(firstOf({}, 'a')).toBeUndefined();
  });

  it('are loosely true or false by two words in any casing', () => {
    expect(['true', 'True', 'FALSE'].map((text) => looseBoolean({ a: text }, 'a'))).toEqual([true, true, false]);
    expect([looseBoolean({}, 'a'), looseBoolean({}, 'a', true)]).toEqual([false, true]);
    for (const text of ['', '1', 'on', 'yes', ' true', 'truе'])
      expect(() => looseBoolean({ a: text }, 'a')).toThrow(BadParametersError);
    expect([true, 'TRUE', 'false', 1, null, 'x', ['true'], {}].map(readLooseBoolean)).toEqual([
      true,
      true,
      false,
      ...Array<undefined>(5),
    ]);
  });

  it('are flags by more words, and else a refusal that names the parameter', () => {
    expect(['true', '1', 'ON', 'false', '0', ''].map((text) => flag({ a: text }, 'a'))).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
    expect([flag({}, 'a'), flag({}, 'a', true)]).toEqual([false, true]);
    for (const text of ['off', 'yes', 'constructor', '2']) {
      let thrown: unknown;
      try {
        flag({ force: text }, 'force');
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(CodelessError);
      expect(thrown).toMatchObject({ status: 400, body: { force: expect.stringContaining(text) } });
    }
  });

  it('are printed short, on one line', () => {
    expect(printable('a"b\nc\u0000')).toBe('a\\"b\\nc\\u0000');
    expect(printable('x'.repeat(5000))).toHaveLength(101);
    expect(printable(`${'x'.repeat(99)}\u{1F600}`).isWellFormed()).toBe(true);
  });
});
