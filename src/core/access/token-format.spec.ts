import { createSecretKey, randomBytes } from 'node:crypto';
import { makeToken, maskedToken, printToken, readToken, sameMac, tokenMac, type TokenClaims } from './token-format.js';

const claims: TokenClaims = {
  id: 'abcdefghij',
  kind: 'access',
  userId: 7,
  tokenEpoch: 1,
  tenantId: null,
  executionId: null,
  expiresAt: null,
};

describe('access tokens', () => {
  it('have the shape that clients expect and read back', () => {
    const parts = makeToken(randomBytes(128));
    expect(printToken(parts)).toMatch(/^ctok-[A-Za-z0-9]{10}-[A-Za-z0-9]{49}$/);
    expect(readToken(printToken(parts))).toEqual({ kind: 'ok', parts });
    expect(maskedToken(parts.id)).toBe(`ctok-${parts.id}-********`);
  });

  it('are refused without a look-up when any character is wrong', () => {
    const text = printToken(makeToken(randomBytes(128)));
    for (let index = 5; index < text.length; index += 1) {
      if (text[index] === '-') continue;
      const changed = text.slice(0, index) + (text[index] === 'a' ? 'b' : 'a') + text.slice(index + 1);
      expect(readToken(changed).kind).toBe('noise');
    }
    expect(readToken('ctok-onlytwo').kind).toBe('malformed');
    expect(readToken('').kind).toBe('malformed');
    expect(readToken('xtok-abcdefghij-secret').kind).toBe('noise');
  });

  it('refuse to be made of too little randomness', () => {
    expect(() => makeToken(randomBytes(20))).toThrow(RangeError);
  });

  it('die with any edit of what their hash covers', () => {
    const key = createSecretKey(randomBytes(32));
    const mac = tokenMac(key, claims, 'secret');
    const edits: Partial<TokenClaims>[] = [
      { id: 'abcdefghik' },
      { userId: 0 },
      { tokenEpoch: 2 },
      { tenantId: 1 },
      { executionId: 'x' },
      { expiresAt: '2030-01-01T00:00:00.000Z' },
    ];
    for (const edit of edits) expect(sameMac(tokenMac(key, { ...claims, ...edit }, 'secret'), mac)).toBe(false);
    expect(sameMac(tokenMac(key, claims, 'secreT'), mac)).toBe(false);
    expect(sameMac(tokenMac(createSecretKey(randomBytes(32)), claims, 'secret'), mac)).toBe(false);
    expect(sameMac(tokenMac(key, { ...claims }, 'secret'), mac)).toBe(true);
  });
});
