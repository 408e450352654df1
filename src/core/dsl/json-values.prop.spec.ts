import fc from 'fast-check';

import { readJson } from './json-values.js';
import type { Value } from './values.js';
import { Float, isDict, isList } from './values.js';

/** Back to what JSON.parse gives. */
function plain(value: Value): unknown {
  if (value instanceof Float) return withoutSign('', value.value);
  if (typeof value === 'bigint') return Number(value);
  if (isList(value)) return value.map((item) => plain(item));
  return isDict(value) ? Object.fromEntries([...value].map(([key, item]) => [key, plain(item)])) : value;
}

function withoutSign(_key: string, value: unknown): unknown {
  return Object.is(value, -0) ? 0 : value;
}

describe('readJson', () => {
  it('says of every text what JSON.parse says', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), fc.constantFrom(undefined, 1, '\t'), (text, space) => {
        const spaced = JSON.stringify(JSON.parse(text), null, space);
        expect(plain(readJson(spaced))).toEqual(JSON.parse(spaced, withoutSign));
      }),
      { seed: 4711, numRuns: 500 },
    );
  });

  it('keeps floats, large integers, order and odd keys', () => {
    expect(readJson(' { "b" : 1.0 , "1" : [1, -0.5, 1e2], "__proto__": 12345678901234567890 } ')).toEqual(
      new Map<string, Value>([
        ['b', new Float(1)],
        ['1', [1, -0.5, new Float(100)]],
        ['__proto__', 12345678901234567890n],
      ]),
    );
    expect([...(readJson('{"b":1,"1":2}') as ReadonlyMap<string, Value>).keys()]).toEqual(['b', '1']);
    expect(readJson('["a\\"]\\u00e9", "\\\\", "\\\\\\""]')).toEqual(['a"]é', '\\', '\\"']);
    expect(readJson('null')).toBeNull();
    expect(readJson('[]')).toEqual([]);
    expect(readJson('{}')).toEqual(new Map());
  });

  it('refuses what is no JSON', () => {
    for (const text of ['', '{', '[1,]', "{'a': 1}", '01', 'NaN', '1 2', '"\u0001"']) {
      expect(() => readJson(text)).toThrow(SyntaxError);
    }
    expect(readJson(`${'['.repeat(500)}1.0${']'.repeat(500)}`)).toHaveLength(1);
    expect(() => readJson(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)).toThrow('deeper than 500');
  });
});
