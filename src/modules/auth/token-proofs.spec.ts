import type { TokenRow } from './sign-in.repository.js';
import { TokenProofs } from './token-proofs.js';

const row = (stamp: string, tokenId: string | null = 'abc'): TokenRow => ({ token_id: tokenId, stamp }) as TokenRow;

describe('a proven secret', () => {
  let proofs: TokenProofs;
  beforeEach(() => {
    proofs = new TokenProofs();
    proofs.remember(row('1'), 'right');
  });

  it('needs no second proof', () => expect(proofs.isProven(row('1'), 'right')).toBe(true));
  it('proves no other secret', () => expect(proofs.isProven(row('1'), 'wrong')).toBe(false));
  it('proves no other token', () => expect(proofs.isProven(row('1', 'abd'), 'right')).toBe(false));
  it('is forgotten when a row behind the token changes', () => expect(proofs.isProven(row('2'), 'right')).toBe(false));
  it('is nothing where there is no token', () => {
    proofs.remember(row('1', null), 'right');
    expect(proofs.isProven(row('1', null), 'right')).toBe(false);
  });
});
