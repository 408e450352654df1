import { hash } from 'node:crypto';
import { LruMap } from '../../core/collections/lru-map.js';
import { sameMac } from '../../core/access/token-format.js';
import type { TokenRow } from './sign-in.repository.js';

const REMEMBERED_PROOFS = 10_000;

/**
 * Secrets that have matched the stored hash of their token, so that the keyed hash over all claims is not made again for
 * each request. What is kept is a hash of the secret, which has 256 random bits; it counts for the very row that it was
 * checked against, and no longer than the row is what it was.
 */
export class TokenProofs {
  private readonly proven = new LruMap<string, { readonly stamp: string; readonly digest: Buffer }>(REMEMBERED_PROOFS);

  isProven(row: TokenRow, secret: string): boolean {
    const known = row.token_id === null ? undefined : this.proven.get(row.token_id);
    return known?.stamp === row.stamp && sameMac(known.digest, digestOf(secret));
  }

  remember(row: TokenRow, secret: string): void {
    if (row.token_id !== null) this.proven.set(row.token_id, { stamp: row.stamp, digest: digestOf(secret) });
  }
}

function digestOf(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}
