import * as fc from 'fast-check';
import { canonicalBytes, type CanonicalField } from './canonical.js';

const field = fc.oneof(
  fc.constant(null),
  fc.maxSafeInteger(),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.string({ maxLength: 3 }),
);
const fields = fc.array<CanonicalField>(field, { maxLength: 6 });

const same = (left: readonly CanonicalField[], right: readonly CanonicalField[]): boolean =>
  left.length === right.length &&
  left.every((value, index) => Object.is(value, right[index]) || value === right[index]);

describe('canonicalBytes', () => {
  it('gives two lists the same bytes only when the lists are the same', () => {
    fc.assert(
      fc.property(fields, fields, (left, right) => {
        expect(canonicalBytes(left).equals(canonicalBytes(right))).toBe(same(left, right));
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('keeps every way of cutting a text into two fields apart', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 2, maxLength: 12 }), (text) => {
        const chars = Array.from(text);
        const cuts = chars.map((_, at) =>
          canonicalBytes([chars.slice(0, at).join(''), chars.slice(at).join('')]).toString('hex'),
        );
        expect(new Set(cuts).size).toBe(chars.length);
      }),
      { seed: 2, numRuns: 100 },
    );
  });
});
