import fc from 'fast-check';

import { compareVersions, parseSpecifiers, parseVersion, satisfies } from './pep440.js';

const number = fc.integer({ min: 0, max: 12 });
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: '' });
const versions = fc
  .tuple(
    optional(number.map((epoch) => `${String(epoch)}!`)),
    fc.array(number, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.')),
    optional(fc.tuple(fc.constantFrom('a', 'b', 'rc'), number).map((parts) => parts.join(''))),
    optional(number.map((post) => `.post${String(post)}`)),
    optional(number.map((dev) => `.dev${String(dev)}`)),
    optional(fc.constantFrom('+local', '+1', '+1.a')),
  )
  .map((parts) => parts.join(''));

function order(left: string, right: string): number {
  const [a, b] = [parseVersion(left), parseVersion(right)];
  return a === null || b === null ? Number.NaN : Math.sign(compareVersions(a, b));
}

describe('the order of versions', () => {
  it('is total: antisymmetric and transitive [§5.3]', () => {
    fc.assert(
      fc.property(versions, versions, versions, (a, b, c) => {
        expect(order(a, b)).toBe(order(b, a) === 0 ? 0 : -order(b, a));
        expect(order(a, b) <= 0 && order(b, c) <= 0 ? order(a, c) <= 0 : true).toBe(true);
      }),
      { seed: 440, numRuns: 500 },
    );
  });

  it('does not depend on the spelling: the normal form is a fixed point [§5.3]', () => {
    fc.assert(
      fc.property(versions, (text) => {
        const normal = parseVersion(text)?.text ?? '';
        expect(order(text, normal)).toBe(0);
        expect(parseVersion(normal)?.text).toBe(normal);
      }),
      { seed: 441, numRuns: 300 },
    );
  });

  it('agrees with the specifiers: each version is exactly one of below, at and above another [§5.3]', () => {
    fc.assert(
      fc.property(versions, versions, (version, other) => {
        const bound = other.replace(/\+.*$/, '');
        const meets = (operator: string) => satisfies(version, parseSpecifiers(`${operator}${bound}`) ?? [], true);
        expect(meets('==')).toBe(!meets('!='));
        expect(meets('==')).toBe(meets('<=') && meets('>='));
        expect(meets('<=') || meets('>=')).toBe(true);
        expect(meets('<') && meets('>=')).toBe(false);
        expect(meets('>') && meets('<=')).toBe(false);
      }),
      { seed: 442, numRuns: 300 },
    );
  });
});
