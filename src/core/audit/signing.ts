import { createPrivateKey, createPublicKey, hash, sign, verify, type KeyObject } from 'node:crypto';

/** RFC 8410 §7: what stands before the 32 bytes of an Ed25519 seed in PKCS #8. */
const PKCS8_HEADER = Buffer.from('302e020100300506032b657004220420', 'hex');
const SEED_BYTES = 32;

export interface SigningKey {
  readonly keyId: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export interface VerifyingKey {
  readonly keyId: string;
  readonly publicKey: KeyObject;
}

/** @throws RangeError when the seed is not 32 bytes. */
export function signingKeyFromSeed(seed: Buffer): SigningKey {
  if (seed.length !== SEED_BYTES) throw new RangeError('An Ed25519 seed has 32 bytes.');
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_HEADER, seed]), format: 'der', type: 'pkcs8' });
  return { privateKey, ...verifyingKey(createPublicKey(privateKey)) };
}

/** @throws TypeError when the text is no Ed25519 public key in PEM. */
export function verifyingKeyFromPem(pem: string): VerifyingKey {
  let publicKey: KeyObject;
  try {
    publicKey = createPublicKey(pem);
  } catch {
    throw new TypeError('The public key is not in PEM form.');
  }
  if (publicKey.asymmetricKeyType !== 'ed25519') throw new TypeError('The public key is not an Ed25519 key.');
  return verifyingKey(publicKey);
}

export function publicKeyPem(key: VerifyingKey): string {
  return key.publicKey.export({ type: 'spki', format: 'pem' }).toString();
}

export function signBytes(key: SigningKey, bytes: Buffer): Buffer {
  return sign(null, bytes, key.privateKey);
}

export function isSignedBy(key: VerifyingKey, bytes: Buffer, signature: Buffer): boolean {
  return verify(null, bytes, key.publicKey, signature);
}

/** The name of a key follows from the key, so that it cannot be given to another one. */
function verifyingKey(publicKey: KeyObject): VerifyingKey {
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return { keyId: hash('sha256', der, 'hex').slice(0, 32), publicKey };
}
