import { EnvelopeError } from './envelope-error.js';
import { unwrapKey, wrapKey, WRAPPED_KEY_BYTES, type WrappedKeyName } from './key-wrap.js';

const range = (from: number, length: number): Buffer => Buffer.from(Array.from({ length }, (_, index) => from + index));
const INSTALLATION = '6f1c1f8e-0000-4000-8000-00000000beef';
const ROOT = range(100, 32);
const NONCE = range(140, 12);
const KEY = range(0, 32);
const OWN: WrappedKeyName = { kind: 'tenant-key', installationId: INSTALLATION, tenantId: null, version: 9 };
const PURPOSE: WrappedKeyName = { kind: 'purpose-key', installationId: INSTALLATION, purpose: 'token_mac', version: 1 };

describe('wrapping of keys by the root key', () => {
  // Computed apart from this code, with another library.
  it.each<[WrappedKeyName, string]>([
    [
      OWN,
      '01018c8d8e8f90919293949596979005a479ea391ac51ba5663c87f8bb45f43974742fcbf775af507f1166702536bcf30cf7a28fecdf7b9859d6203fc9af',
    ],
    [
      PURPOSE,
      '01018c8d8e8f90919293949596979005a479ea391ac51ba5663c87f8bb45f43974742fcbf775af507f1166702536c93f5a2f7a60c5de37f46921d9c65d9b',
    ],
  ])('agrees with a vector made elsewhere', (name, known) => {
    expect(wrapKey(ROOT, name, NONCE, KEY).toString('hex')).toBe(known);
    expect(unwrapKey(ROOT, name, Buffer.from(known, 'hex'))).toEqual(KEY);
  });

  it.each<[string, WrappedKeyName]>([
    ['tenant', { ...OWN, tenantId: 0 }],
    ['version', { ...OWN, version: 10 }],
    ['installation', { ...OWN, installationId: 'other' }],
    ['kind', PURPOSE],
  ])('does not let a key pass for one of another %s', (_, name) => {
    expect(() => unwrapKey(ROOT, name, wrapKey(ROOT, OWN, NONCE, KEY))).toThrow(EnvelopeError);
  });

  it('refuses a flip of any single bit, another length, and another root key', () => {
    const wrapped = wrapKey(ROOT, OWN, NONCE, KEY);
    for (let bit = 0; bit < WRAPPED_KEY_BYTES * 8; bit += 1) {
      const bent = Buffer.from(wrapped);
      bent[bit >> 3] = (bent[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => unwrapKey(ROOT, OWN, bent)).toThrow(EnvelopeError);
    }
    expect(() => unwrapKey(ROOT, OWN, wrapped.subarray(1))).toThrow(EnvelopeError);
    expect(() => unwrapKey(ROOT, OWN, Buffer.concat([wrapped, Buffer.of(0)]))).toThrow(EnvelopeError);
    expect(() => unwrapKey(range(101, 32), OWN, wrapped)).toThrow(EnvelopeError);
  });

  it('wraps only keys of 32 bytes', () => {
    expect(() => wrapKey(ROOT, OWN, NONCE, range(0, 16))).toThrow(RangeError);
  });
});
