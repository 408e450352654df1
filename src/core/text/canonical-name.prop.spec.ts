import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalName } from './canonical-name.js';

const runs = { seed: 42, numRuns: 2_000 };
const anyText = fc.string({ unit: 'binary', maxLength: 40 });

describe('canonicalName', () => {
  it('is its own canonical form', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(canonicalName(canonicalName(text))).toBe(canonicalName(text));
      }),
      runs,
    );
  });

  it('does not depend on the normal form that came in', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(canonicalName(text.normalize('NFD'))).toBe(canonicalName(text.normalize('NFC')));
      }),
      runs,
    );
  });
});
