import { aeadOpen, aeadSeal, KEY_BYTES, NONCE_BYTES, TAG_BYTES, type AeadKey } from './aead.js';
import { canonicalBytes } from './canonical.js';
import { EnvelopeError } from './envelope-error.js';

/*
 * How the root key wraps other keys: format 1, algorithm 1 (AES-256-GCM), nonce (12), wrapped key (32), tag (16). The
 * associated data says which key it is, so one tenant's key does not pass for another's, nor an old version for a new.
 */
const FORMAT = 1;
const AES_256_GCM = 1;
const AT_NONCE = 2;
const AT_KEY = AT_NONCE + NONCE_BYTES;
const AT_TAG = AT_KEY + KEY_BYTES;
export const WRAPPED_KEY_BYTES = AT_TAG + TAG_BYTES;

/** What a key is for; bound into its wrapping. */
export type WrappedKeyName = {
  readonly installationId: string;
  readonly version: number;
} & (
  | { readonly kind: 'tenant-key'; readonly tenantId: number | null }
  | { readonly kind: 'purpose-key'; readonly purpose: string }
);

function nameData(name: WrappedKeyName): Buffer {
  const owner = name.kind === 'tenant-key' ? name.tenantId : name.purpose;
  return canonicalBytes([`holdfast/${name.kind}`, FORMAT, AES_256_GCM, name.installationId, owner, name.version]);
}

/** @throws RangeError when a key or the nonce has another size. */
export function wrapKey(root: AeadKey, name: WrappedKeyName, nonce: Uint8Array, key: Uint8Array): Buffer {
  if (key.length !== KEY_BYTES) throw new RangeError(`A key has ${KEY_BYTES} bytes.`);
  const { ciphertext, tag } = aeadSeal({ key: root, nonce, associated: nameData(name) }, key);
  return Buffer.concat([Buffer.of(FORMAT, AES_256_GCM), nonce, ciphertext, tag]);
}

/** The key, to be wiped by the caller. @throws EnvelopeError when it was changed, renamed or wrapped by another root key. */
export function unwrapKey(root: AeadKey, name: WrappedKeyName, wrapped: Uint8Array): Buffer {
  if (wrapped.length !== WRAPPED_KEY_BYTES) throw new EnvelopeError('malformed');
  if (wrapped[0] !== FORMAT || wrapped[1] !== AES_256_GCM) throw new EnvelopeError('unsupported');
  return aeadOpen(
    { key: root, nonce: wrapped.subarray(AT_NONCE, AT_KEY), associated: nameData(name) },
    wrapped.subarray(AT_KEY, AT_TAG),
    wrapped.subarray(AT_TAG),
  );
}
