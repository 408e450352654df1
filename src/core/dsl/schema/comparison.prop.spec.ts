import fc from 'fast-check';

import type { Key, Value } from '../values.js';
import { Float, floatValue, isDict, isList, isNumeric, numberOf } from '../values.js';
import { compare, identityOf, lengthOf } from './comparison.js';

const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    fc.constantFrom<Value>(0, 1, true, false, null, '', '1', 'a', 1.5, new Float(1), new Float(0), 2n ** 60n),
    fc.array(tie('value'), { maxLength: 2 }),
    fc
      .array(fc.tuple(fc.constantFrom<Key>('a', 'b', 1, new Float(1), true), tie('value')), { maxLength: 2 })
      .map((entries) => new Map(entries)),
  ),
}));

/** Python's `==`, told as its manual tells it: pair by pair. */
function equal(one: Value, other: Value): boolean {
  const [left, right] = [one, other].map((side) => (typeof side === 'boolean' ? Number(side) : side)) as [Value, Value];
  if (isNumeric(left) && isNumeric(right)) {
    return numberOf(left) === numberOf(right);
  }
  if (isList(left) && isList(right)) {
    return left.length === right.length && left.every((item, at) => equal(item, right[at] as Value));
  }
  if (isDict(left) && isDict(right)) {
    const found = ([key, item]: [Key, Value], entries: [Key, Value][]): boolean =>
      entries.some(([otherKey, otherItem]) => equal(key, otherKey) && equal(item, otherItem));
    const [ours, theirs] = [[...left], [...right]];
    return (
      ours.length === theirs.length &&
      ours.every((entry) => found(entry, theirs)) &&
      theirs.every((entry) => found(entry, ours))
    );
  }
  return left === right;
}

describe('comparison of values', () => {
  it('gives equal values one identity, others another [§8.3] [trap 2]', () => {
    fc.assert(
      fc.property(value, value, (one, other) => {
        expect(identityOf(one) === identityOf(other)).toBe(equal(one, other));
        expect(identityOf(one)).toBe(identityOf(one));
      }),
      { numRuns: 3_000, seed: 7 },
    );
  });

  it('orders numbers and booleans by size, and nothing else [§8.3]', () => {
    const number = fc.oneof(fc.integer(), fc.double(), fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), fc.boolean());
    fc.assert(
      fc.property(number, number, (one, other) => {
        const sign = compare(
          typeof one === 'number' ? floatValue(one) : one,
          typeof other === 'number' ? floatValue(other) : other,
        );
        // Numbers that a double cannot tell apart may differ all the same.
        fc.pre(Number(one) !== Number(other));
        expect(sign).toBe(Number(one) < Number(other) ? -1 : Number(one) > Number(other) ? 1 : NaN);
      }),
      { numRuns: 2_000, seed: 7 },
    );
    expect(compare('1', 1)).toBeUndefined();
    expect(compare(null, 1)).toBeUndefined();
    expect(compare([1], 1)).toBeUndefined();
  });

  it('counts characters as Python does', () => {
    expect(lengthOf('añ\u{1f600}')).toBe(3);
    expect(lengthOf('\ud800')).toBe(1);
    expect(lengthOf(true)).toBeUndefined();
  });
});
