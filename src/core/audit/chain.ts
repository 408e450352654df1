import { createHmac, hash, type KeyObject } from 'node:crypto';
import { canonicalBytes } from '../envelope/canonical.js';

export const HASH_BYTES = 32;

/** One link: the digest of one record, tied to everything before it. `seq` counts from 1 without holes. */
export interface ChainEntry {
  readonly seq: number;
  readonly auditId: string;
  /** The hash of the entry before; stored so that a displaced entry can still be checked by itself. */
  readonly previous: Buffer;
  readonly digest: Buffer;
  /** SHA-256(previous ‖ digest), security-design §6. */
  readonly hash: Buffer;
  /** HMAC-SHA-256(k_audit, hash): an entry that somebody with the database alone cannot make. */
  readonly mac: Buffer;
}

/** What the first entry builds on: another installation's chain does not fit. */
export function genesisHash(installationId: string): Buffer {
  return hash('sha256', canonicalBytes(['holdfast.audit.chain.1', installationId]), 'buffer');
}

export function chainHash(previous: Buffer, digest: Buffer): Buffer {
  return hash('sha256', Buffer.concat([previous, digest]), 'buffer');
}

export function macOf(macKey: KeyObject, entryHash: Buffer): Buffer {
  return createHmac('sha256', macKey).update(entryHash).digest();
}

/** The entry that follows `previous` for a record of this digest. */
export function chainStep(
  macKey: KeyObject,
  after: { readonly seq: number; readonly hash: Buffer },
  record: { readonly auditId: string; readonly digest: Buffer },
): ChainEntry {
  const entryHash = chainHash(after.hash, record.digest);
  return {
    seq: after.seq + 1,
    auditId: record.auditId,
    previous: after.hash,
    digest: record.digest,
    hash: entryHash,
    mac: macOf(macKey, entryHash),
  };
}
