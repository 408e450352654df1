import { createDecipheriv, createHmac, timingSafeEqual, type KeyObject } from 'node:crypto';
import { aeadOpen, aeadSeal, NONCE_BYTES, TAG_BYTES, type AeadKey } from './aead.js';
import { canonicalBytes } from './canonical.js';
import { EnvelopeError } from './envelope-error.js';

/*
 * How the value of an exported secret is written under a passphrase: URL-safe base64 of
 *
 *   ours (security-design §1 row 11):  format 1 | salt (16) | nonce (12) | ciphertext | tag (16)
 *   the original's (rest-api §2.6):    0x80 | time (8) | IV (16) | AES-256-CBC ciphertext | HMAC-SHA-256 (32)
 *
 * told apart by the first byte. Ours fixes the cost of the passphrase's derivation by the format byte: a file from a
 * stranger cannot ask for more memory or fewer passes. The derivations are slow and belong to the caller.
 */
const FORMAT = 0x01;
const ORIGINAL_FORMAT = 0x80;

export const EXPORT_SALT_BYTES = 16;
const AT_NONCE = 1 + EXPORT_SALT_BYTES;
const AT_CIPHERTEXT = AT_NONCE + NONCE_BYTES;

/** Of the original's derived key: the first half signs, the second encrypts. */
export const ORIGINAL_KEY_BYTES = 64;
const ORIGINAL_HALF_BYTES = 32;
const ORIGINAL_AT_IV = 1 + 8;
const ORIGINAL_AT_CIPHERTEXT = ORIGINAL_AT_IV + 16;
const ORIGINAL_MAC_BYTES = 32;
const CBC_BLOCK_BYTES = 16;

export type ExportToken =
  | {
      readonly kind: 'ours';
      readonly salt: Buffer;
      readonly nonce: Buffer;
      readonly ciphertext: Buffer;
      readonly tag: Buffer;
    }
  | {
      readonly kind: 'original';
      readonly signed: Buffer;
      readonly iv: Buffer;
      readonly ciphertext: Buffer;
      readonly mac: Buffer;
    };

const associatedWith = (salt: Uint8Array): Buffer =>
  Buffer.concat([canonicalBytes(['holdfast/secret-export', FORMAT]), salt]);

/** Writes one value. `nonce` is used once under this key; `salt` is the one the key was derived with. */
export function sealExport(
  derived: { readonly key: AeadKey; readonly salt: Uint8Array },
  nonce: Uint8Array,
  plaintext: Uint8Array,
): string {
  if (derived.salt.length !== EXPORT_SALT_BYTES) throw new RangeError(`A salt has ${EXPORT_SALT_BYTES} bytes.`);
  const { ciphertext, tag } = aeadSeal(
    { key: derived.key, nonce, associated: associatedWith(derived.salt) },
    plaintext,
  );
  return Buffer.concat([Buffer.of(FORMAT), derived.salt, nonce, ciphertext, tag]).toString('base64url');
}

/** Reads the text of either cipher. @throws EnvelopeError `malformed` or `unsupported`. */
export function parseExport(text: string): ExportToken {
  const bytes = decodeBase64Url(text);
  if (bytes[0] === FORMAT) return parseOurs(bytes);
  if (bytes[0] === ORIGINAL_FORMAT) return parseOriginal(bytes);
  throw new EnvelopeError('unsupported');
}

/** Buffer skips what is not base64; here one text must mean one byte string, so the text is compared with its own echo. */
function decodeBase64Url(text: string): Buffer {
  const unpadded = text.replace(/={1,2}$/, '');
  const bytes = Buffer.from(unpadded, 'base64url');
  if (bytes.length === 0 || bytes.toString('base64url') !== unpadded) throw new EnvelopeError('malformed');
  return bytes;
}

function parseOurs(bytes: Buffer): ExportToken {
  if (bytes.length < AT_CIPHERTEXT + TAG_BYTES) throw new EnvelopeError('malformed');
  const tagAt = bytes.length - TAG_BYTES;
  return {
    kind: 'ours',
    salt: bytes.subarray(1, AT_NONCE),
    nonce: bytes.subarray(AT_NONCE, AT_CIPHERTEXT),
    ciphertext: bytes.subarray(AT_CIPHERTEXT, tagAt),
    tag: bytes.subarray(tagAt),
  };
}

function parseOriginal(bytes: Buffer): ExportToken {
  const macAt = bytes.length - ORIGINAL_MAC_BYTES;
  const size = macAt - ORIGINAL_AT_CIPHERTEXT;
  if (size < CBC_BLOCK_BYTES || size % CBC_BLOCK_BYTES !== 0) throw new EnvelopeError('malformed');
  return {
    kind: 'original',
    signed: bytes.subarray(0, macAt),
    iv: bytes.subarray(ORIGINAL_AT_IV, ORIGINAL_AT_CIPHERTEXT),
    ciphertext: bytes.subarray(ORIGINAL_AT_CIPHERTEXT, macAt),
    mac: bytes.subarray(macAt),
  };
}

/** @throws EnvelopeError `unauthentic` for a wrong passphrase or a changed text: the two cannot be told apart. */
export function openExport(token: Extract<ExportToken, { kind: 'ours' }>, key: KeyObject | Uint8Array): Buffer {
  return aeadOpen({ key, nonce: token.nonce, associated: associatedWith(token.salt) }, token.ciphertext, token.tag);
}

/**
 * Opens a value that the original exported; we never write this. The signature is checked before anything is deciphered.
 * @throws EnvelopeError `unauthentic`; RangeError when the derived key has not 64 bytes.
 */
export function openOriginalExport(token: Extract<ExportToken, { kind: 'original' }>, key: Uint8Array): Buffer {
  if (key.length !== ORIGINAL_KEY_BYTES) throw new RangeError(`The original's key has ${ORIGINAL_KEY_BYTES} bytes.`);
  const mac = createHmac('sha256', key.subarray(0, ORIGINAL_HALF_BYTES)).update(token.signed).digest();
  if (!timingSafeEqual(mac, token.mac)) throw new EnvelopeError('unauthentic');
  const decipher = createDecipheriv('aes-256-cbc', key.subarray(ORIGINAL_HALF_BYTES), token.iv);
  try {
    return Buffer.concat([decipher.update(token.ciphertext), decipher.final()]);
  } catch {
    throw new EnvelopeError('malformed'); // rightly signed, wrongly padded: whoever wrote it erred
  }
}
