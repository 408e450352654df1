import { isStorable } from './storable.js';

describe('what JSON in the database can hold', () => {
  it.each([['text'], ['😀'], [1], [true], [null], [['a', { b: 'c' }]], [{}]])('takes %j', (value) => {
    expect(isStorable(value)).toBe(true);
  });

  it.each([
    ['a NUL', 'a\0b'],
    ['half of a surrogate pair', '\ud83d'],
    ['a NUL far inside', [{ a: ['\0'] }]],
    ['a NUL in a key', { 'a\0': 1 }],
  ])('refuses %s', (_what, value) => {
    expect(isStorable(value)).toBe(false);
  });
});
