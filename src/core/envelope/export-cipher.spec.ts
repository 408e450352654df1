import * as fc from 'fast-check';
import { EnvelopeError } from './envelope-error.js';
import { openExport, openOriginalExport, parseExport, sealExport, type ExportToken } from './export-cipher.js';

const range = (from: number, length: number): Buffer => Buffer.from(Array.from({ length }, (_, index) => from + index));
const NONCE = range(140, 12);
const DERIVED = {
  key: Buffer.from('caac0534ba319ff71c0fb6b1edc4234543509597f4be97b2f15583b7798d7afa', 'hex'),
  salt: range(200, 16),
};
const ORIGINAL_KEY = Buffer.from(
  'e9f551e8d09f0e50f6309813f7940da4fb6648624db277f8ac201a5faf34ab2bb2f3ecf6bdb03ce3250889fe9ed2286c6654bdb0adcc9cbc96808f4d579a19dc',
  'hex',
);

// Both computed apart from this code, with another library, for the passphrase "correct horse".
const OURS = 'AcjJysvMzc7P0NHS09TV1teMjY6PkJGSk5SVlpeHdSXPzYhuSlL0rUvPXGFL_oq8f-d28A';
const ORIGINAL =
  'gAAAAABlU_EAAAECAwQFBgcICQoLDA0ODzT5jwcR2ypghgir8ah0_I2tvoAzkvPma29wpWXKnOrzapwXuJmRDA5JAf205v4r8zndnXH01rjnDgaavUHnViU=';

interface Keys {
  readonly ours: Buffer;
  readonly original: Buffer;
}
function open(text: string, keys: Keys = { ours: DERIVED.key, original: ORIGINAL_KEY }): Buffer {
  const token: ExportToken = parseExport(text);
  return token.kind === 'ours' ? openExport(token, keys.ours) : openOriginalExport(token, keys.original);
}

describe('cipher of exported secrets', () => {
  it('agrees with a vector made elsewhere', () => {
    expect(sealExport(DERIVED, NONCE, Buffer.from('hunter2'))).toBe(OURS);
    expect(open(OURS).toString()).toBe('hunter2');
  });

  it('begins with another byte than the original, and says which salt it needs', () => {
    const token = parseExport(OURS);
    expect(token.kind).toBe('ours');
    expect(Buffer.from(OURS, 'base64url')[0]).not.toBe(0x80);
    expect(token.kind === 'ours' && token.salt.equals(DERIVED.salt)).toBe(true);
  });

  it('reads what the original wrote, with and without padding', () => {
    expect(open(ORIGINAL).toString()).toBe('hunter2 from the original');
    expect(open(ORIGINAL.replace(/=+$/, '')).toString()).toBe('hunter2 from the original');
  });

  it.each([OURS, ORIGINAL])('refuses a flip of any single bit of %s', (text) => {
    const bytes = Buffer.from(text, 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const bent = Buffer.from(bytes);
      bent[bit >> 3] = (bent[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => open(bent.toString('base64url'))).toThrow(EnvelopeError);
    }
  });

  it.each([OURS, ORIGINAL])('refuses every shortening of %s', (text) => {
    for (let length = 0; length < text.replace(/=+$/, '').length; length += 1) {
      expect(() => open(text.slice(0, length))).toThrow(EnvelopeError);
    }
  });

  it('refuses the key of another passphrase', () => {
    expect(() => open(OURS, { ours: range(1, 32), original: ORIGINAL_KEY })).toThrow(EnvelopeError);
    expect(() => open(ORIGINAL, { ours: DERIVED.key, original: range(1, 64) })).toThrow(EnvelopeError);
  });

  it.each(['', '=', 'not base64!', `${OURS} `, `${OURS}\n`, `${OURS}===`, 'plain text value', 'AA'])(
    'takes %p for no token',
    (text) => {
      expect(() => parseExport(text)).toThrow(EnvelopeError);
    },
  );

  it('opens to what was sealed, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.uint8Array({ minLength: 12, maxLength: 12 }), (text, nonce) => {
        expect(open(sealExport(DERIVED, nonce, Buffer.from(text, 'utf8')))).toEqual(Buffer.from(text, 'utf8'));
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  it('meets arbitrary text with a refusal and nothing else', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.base64String(),
          fc.uint8Array().map((noise) => Buffer.concat([Buffer.of(0x80), noise]).toString('base64url')),
        ),
        (text) => {
          expect(() => open(text)).toThrow(EnvelopeError);
        },
      ),
      { seed: 4, numRuns: 300 },
    );
  });

  it('wants a salt of 16 bytes', () => {
    expect(() => sealExport({ key: DERIVED.key, salt: range(0, 8) }, NONCE, Buffer.from('x'))).toThrow(RangeError);
  });
});
