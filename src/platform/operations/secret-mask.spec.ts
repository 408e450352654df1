import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SecretMask } from './secret-mask.js';

const SECRET = `p"a's s/w\\ö$rd+=1`;

describe('SecretMask', () => {
  it.each([
    ['as it is', SECRET],
    ['in base64', Buffer.from(SECRET).toString('base64')],
    ['in base64 of a longer text', Buffer.from(`user:${SECRET}@host`).toString('base64')],
    ['in base64 of a longer text at another offset', Buffer.from(`users:${SECRET}`).toString('base64')],
    ['in base64url', Buffer.from(SECRET).toString('base64url')],
    ['escaped for JSON', JSON.stringify({ a: SECRET })],
    ['escaped for JSON in JSON', JSON.stringify(JSON.stringify({ a: SECRET }))],
    ['encoded for a URL', encodeURIComponent(SECRET)],
    ['encoded as a form', new URLSearchParams({ a: SECRET }).toString()],
    ['in quotes of a shell', `'${SECRET.replaceAll("'", String.raw`'\''`)}'`],
    ['as Python quotes it for a shell', `'${SECRET.replaceAll("'", `'"'"'`)}'`],
    ['in hexadecimal digits', Buffer.from(SECRET).toString('hex')],
  ])('hides a value %s', (_how, printed) => {
    const hidden = new SecretMask([SECRET]).hide(`before ${printed} after`);
    expect(hidden).toContain('********');
    expect(hidden).toMatch(/^before .* after$/);
    for (const part of [SECRET.slice(0, 6), printed.slice(8, 16)]) expect(hidden).not.toContain(part);
  });

  it('hides lines of a value that has several', () => {
    const hidden = new SecretMask(['-----BEGIN KEY-----\nMIIEvQIBADANBg\nab\n-----END KEY-----']).hide(
      'MIIEvQIBADANBg',
    );
    expect(hidden).toBe('********');
  });

  it('leaves values of fewer than four characters alone', () => {
    expect(new SecretMask(['', 'abc']).hide('abcabc')).toBe('abcabc');
    expect(new SecretMask([]).hide('abc')).toBe('abc');
  });

  it('hides all of values that overlap', () => {
    expect(new SecretMask(['abcdef', 'defghi']).hide('-abcdefghi-')).toBe('-********-');
    expect(new SecretMask(['secret', 'secret-longer']).hide('secret-longer secret')).toBe('******** ********');
  });

  it('does not read values as patterns', () => {
    expect(new SecretMask(['a.*b', '[x](']).hide('a.*b axxb [x](')).toBe('******** axxb ********');
  });

  it('hides what it learns later from then on', () => {
    const mask = new SecretMask(['first secret']);
    expect(mask.hide('first secret, later secret')).toBe('********, later secret');
    mask.learn(['later secret']);
    expect(mask.hide('first secret, later secret')).toBe('********, ********');
    expect(mask.heldBack('it is later sec')).toBe('later sec'.length);
  });

  it('holds back no less than what may become a secret', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 4, maxLength: 8 }),
        fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 40 }),
        fc.integer({ min: 0, max: 40 }),
        (secret, text, cut) => {
          const mask = new SecretMask([secret]);
          const first = text.slice(0, cut);
          const shown = first.slice(0, first.length - mask.heldBack(first));
          const end = text.indexOf(secret);
          // A secret that begins in what is shown also ends there.
          expect(end === -1 || end >= shown.length || shown.includes(secret)).toBe(true);
        },
      ),
      { seed: 4, numRuns: 500 },
    );
  });
});
