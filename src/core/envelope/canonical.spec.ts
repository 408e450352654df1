import { canonicalBytes } from './canonical.js';

describe('canonicalBytes', () => {
  it('writes type, length and bytes of each field', () => {
    expect(canonicalBytes([null, 7, 'né']).toString('hex')).toBe('0001000000000000000702000000036ec3a9');
  });

  it('keeps nothing, the empty text, zero and the text zero apart', () => {
    const all = [null, '', 0, '0'].map((value) => canonicalBytes([value]).toString('hex'));
    expect(new Set(all).size).toBe(4);
  });

  it('refuses a lone surrogate, which UTF-8 would turn into another text', () => {
    expect(() => canonicalBytes(['a\ud800'])).toThrow(RangeError);
  });

  it.each([1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('refuses the number %p', (value) => {
    expect(() => canonicalBytes([value])).toThrow(RangeError);
  });
});
