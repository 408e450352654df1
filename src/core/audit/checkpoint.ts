import { canonicalBytes } from '../envelope/canonical.js';
import { isSignedBy, signBytes, type SigningKey, type VerifyingKey } from './signing.js';

/**
 * The head of the chain, signed: whoever keeps one can tell later whether everything up to `seq` is still there. As
 * `seq` counts without holes it is also the number of entries.
 */
export interface Checkpoint {
  readonly installationId: string;
  readonly seq: number;
  readonly hash: Buffer;
  /** ISO 8601 in UTC. */
  readonly signedAt: string;
  readonly keyId: string;
  readonly signature: Buffer;
}

type CheckpointBody = Omit<Checkpoint, 'signature' | 'keyId'>;

export function signCheckpoint(key: SigningKey, body: CheckpointBody): Checkpoint {
  const unsigned = { ...body, keyId: key.keyId };
  return { ...unsigned, signature: signBytes(key, signedBytes(unsigned)) };
}

export function isCheckpointSignedBy(key: VerifyingKey, checkpoint: Checkpoint): boolean {
  return key.keyId === checkpoint.keyId && isSignedBy(key, signedBytes(checkpoint), checkpoint.signature);
}

function signedBytes(body: CheckpointBody & { readonly keyId: string }): Buffer {
  return canonicalBytes([
    'holdfast.audit.checkpoint.1',
    body.installationId,
    body.seq,
    body.hash.toString('hex'),
    body.signedAt,
    body.keyId,
  ]);
}

/** The form of a checkpoint in the audit file, the stream and the export. */
export interface CheckpointText {
  readonly installation: string;
  readonly seq: number;
  readonly hash: string;
  readonly signed_at: string;
  readonly key_id: string;
  readonly signature: string;
}

export function checkpointText(checkpoint: Checkpoint): CheckpointText {
  return {
    installation: checkpoint.installationId,
    seq: checkpoint.seq,
    hash: checkpoint.hash.toString('hex'),
    signed_at: checkpoint.signedAt,
    key_id: checkpoint.keyId,
    signature: checkpoint.signature.toString('base64'),
  };
}

/** Null when the value has not the form of a checkpoint. */
export function readCheckpointText(value: unknown): Checkpoint | null {
  if (typeof value !== 'object' || value === null) return null;
  const text = value as Record<keyof CheckpointText, unknown>;
  if (
    !isText(text.installation) ||
    !isText(text.hash) ||
    !isText(text.signed_at) ||
    !isText(text.key_id) ||
    !isText(text.signature) ||
    typeof text.seq !== 'number' ||
    !Number.isSafeInteger(text.seq)
  ) {
    return null;
  }
  return {
    installationId: text.installation,
    seq: text.seq,
    hash: Buffer.from(text.hash, 'hex'),
    signedAt: text.signed_at,
    keyId: text.key_id,
    signature: Buffer.from(text.signature, 'base64'),
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.isWellFormed();
}
