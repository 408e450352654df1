import { createHash, type Hash } from 'node:crypto';
import { canonicalBytes } from '../envelope/canonical.js';
import { isSignedBy, signBytes, type SigningKey, type VerifyingKey } from './signing.js';

/**
 * The signed record of one `DELETE /audit`. It names exactly which entries lost their record: `entriesHash` runs over
 * their numbers, record ids and digests, so it excuses no other record, and no other removal can take its place.
 */
export interface Removal {
  readonly installationId: string;
  readonly removalId: string;
  /** ISO 8601 in UTC. */
  readonly removedAt: string;
  readonly removedBy: string;
  /** What was asked for, as JSON text. */
  readonly selection: string;
  readonly count: number;
  readonly entriesHash: Buffer;
  readonly keyId: string;
  readonly signature: Buffer;
}

type RemovalBody = Omit<Removal, 'signature' | 'keyId'>;

export function signRemoval(key: SigningKey, body: RemovalBody): Removal {
  const unsigned = { ...body, keyId: key.keyId };
  return { ...unsigned, signature: signBytes(key, signedBytes(unsigned)) };
}

export function isRemovalSignedBy(key: VerifyingKey, removal: Removal): boolean {
  return key.keyId === removal.keyId && isSignedBy(key, signedBytes(removal), removal.signature);
}

function signedBytes(body: RemovalBody & { readonly keyId: string }): Buffer {
  return canonicalBytes([
    'holdfast.audit.removal.1',
    body.installationId,
    body.removalId,
    body.removedAt,
    body.removedBy,
    body.selection,
    body.count,
    body.entriesHash.toString('hex'),
    body.keyId,
  ]);
}

/** Collects the removed entries in the order of the chain; holds 32 bytes of state whatever their number. */
export class RemovedEntries {
  private readonly running: Hash = createHash('sha256');
  private entries = 0;

  get count(): number {
    return this.entries;
  }

  add(entry: { readonly seq: number; readonly auditId: string; readonly digest: Buffer }): void {
    this.running.update(canonicalBytes([entry.seq, entry.auditId])).update(entry.digest);
    this.entries += 1;
  }

  /** Ends the collection. */
  hash(): Buffer {
    return this.running.digest();
  }
}
