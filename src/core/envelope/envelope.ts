import { aeadOpen, aeadSeal, KEY_BYTES, NONCE_BYTES, TAG_BYTES, type AeadKey } from './aead.js';
import { canonicalBytes } from './canonical.js';
import { EnvelopeError } from './envelope-error.js';

/*
 * Envelope v1 (security-design §4). A value is sealed under a fresh data key, the data key is wrapped by the tenant key:
 *
 *   at  size
 *    0    1  format, 1
 *    1    1  algorithm, 1 = AES-256-GCM for both layers
 *    2    4  version of the tenant key, big-endian
 *    6   12  nonce of the wrapping
 *   18   32  wrapped data key
 *   50   16  tag of the wrapping
 *   66   12  nonce of the value
 *   78    n  sealed value
 * 78+n   16  tag of the value
 *
 * The first 66 bytes are the header: rotation replaces them and touches nothing behind. Each byte is authenticated: the
 * header's plain fields as associated data of the wrapping, the rest by the tags themselves. Both layers are bound to
 * the cell, so a header that was moved is noticed without opening the value.
 */
const FORMAT = 1;
const AES_256_GCM = 1;

const AT_KEY_VERSION = 2;
const AT_WRAP_NONCE = 6;
const AT_WRAPPED_KEY = AT_WRAP_NONCE + NONCE_BYTES;
const AT_WRAP_TAG = AT_WRAPPED_KEY + KEY_BYTES;
export const HEADER_BYTES = AT_WRAP_TAG + TAG_BYTES;
const AT_VALUE = HEADER_BYTES + NONCE_BYTES;
export const MIN_ENVELOPE_BYTES = AT_VALUE + TAG_BYTES;

/** PostgreSQL's `int` ends here, and versions are kept in one. */
export const MAX_KEY_VERSION = 0x7f_ff_ff_ff;

/** The cell a value belongs to: only what never changes while the value stands there. */
export interface Cell {
  /** Of the installation, so that a copied database row opens nowhere else. */
  readonly installationId: string;
  /** Null for values of the installation itself; 0 is a tenant. */
  readonly tenantId: number | null;
  readonly table: string;
  readonly column: string;
  readonly rowId: string;
  readonly recordVersion: number;
}

export interface VersionedKey {
  /** From 1 to MAX_KEY_VERSION. */
  readonly version: number;
  readonly key: AeadKey;
}

/** Random bytes of one sealing, used once: 32 for the data key, 12 for each nonce. */
export interface FreshBytes {
  readonly dataKey: Uint8Array;
  readonly wrapNonce: Uint8Array;
  readonly valueNonce: Uint8Array;
}

/** The parts of an envelope, as views on its bytes. */
export interface Envelope {
  readonly keyVersion: number;
  readonly header: Buffer;
  readonly valueNonce: Buffer;
  readonly ciphertext: Buffer;
  readonly tag: Buffer;
}

function cellFields(cell: Cell): (string | number | null)[] {
  return [
    FORMAT,
    AES_256_GCM,
    cell.installationId,
    cell.tenantId,
    cell.table,
    cell.column,
    cell.rowId,
    cell.recordVersion,
  ];
}

// The first field keeps the two uses apart: a wrapped key never passes for a value, nor the other way round.
const valueData = (cell: Cell): Buffer => canonicalBytes(['holdfast/value', ...cellFields(cell)]);
const wrapData = (cell: Cell, keyVersion: number): Buffer =>
  canonicalBytes(['holdfast/data-key', ...cellFields(cell), keyVersion]);

const viewOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** @throws RangeError when the version, a key or a nonce is out of its range. */
function wrapDataKey(cell: Cell, key: VersionedKey, wrapNonce: Uint8Array, dataKey: Uint8Array): Buffer {
  if (!Number.isInteger(key.version) || key.version < 1 || key.version > MAX_KEY_VERSION) {
    throw new RangeError('The version of a key is a whole number from 1.');
  }
  if (dataKey.length !== KEY_BYTES) throw new RangeError(`A data key has ${KEY_BYTES} bytes.`);
  const wrapped = aeadSeal({ key: key.key, nonce: wrapNonce, associated: wrapData(cell, key.version) }, dataKey);
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt8(FORMAT, 0);
  header.writeUInt8(AES_256_GCM, 1);
  header.writeUInt32BE(key.version, AT_KEY_VERSION);
  header.set(wrapNonce, AT_WRAP_NONCE);
  header.set(wrapped.ciphertext, AT_WRAPPED_KEY);
  header.set(wrapped.tag, AT_WRAP_TAG);
  return header;
}

function unwrapDataKey(cell: Cell, key: VersionedKey, header: Buffer): Buffer {
  if (keyVersionOf(header) !== key.version) throw new EnvelopeError('unauthentic');
  return aeadOpen(
    {
      key: key.key,
      nonce: header.subarray(AT_WRAP_NONCE, AT_WRAPPED_KEY),
      associated: wrapData(cell, key.version),
    },
    header.subarray(AT_WRAPPED_KEY, AT_WRAP_TAG),
    header.subarray(AT_WRAP_TAG, HEADER_BYTES),
  );
}

/**
 * Which version of the tenant key wrapped the data key, from the header alone.
 * @throws EnvelopeError `malformed` or `unsupported`.
 */
export function keyVersionOf(header: Uint8Array): number {
  if (header.length < HEADER_BYTES) throw new EnvelopeError('malformed');
  if (header[0] !== FORMAT || header[1] !== AES_256_GCM) throw new EnvelopeError('unsupported');
  const version = viewOf(header).readUInt32BE(AT_KEY_VERSION);
  if (version < 1 || version > MAX_KEY_VERSION) throw new EnvelopeError('malformed');
  return version;
}

/**
 * The check of structure that needs no key: does this look like an envelope?
 * @throws EnvelopeError `malformed` or `unsupported`.
 */
export function parseEnvelope(bytes: Uint8Array): Envelope {
  if (bytes.length < MIN_ENVELOPE_BYTES) throw new EnvelopeError('malformed');
  const view = viewOf(bytes);
  const tagAt = view.length - TAG_BYTES;
  return {
    keyVersion: keyVersionOf(bytes),
    header: view.subarray(0, HEADER_BYTES),
    valueNonce: view.subarray(HEADER_BYTES, AT_VALUE),
    ciphertext: view.subarray(AT_VALUE, tagAt),
    tag: view.subarray(tagAt),
  };
}

/** Seals a value for its cell. The caller wipes `fresh.dataKey` afterwards. @throws RangeError for sizes out of range. */
export function sealEnvelope(cell: Cell, key: VersionedKey, fresh: FreshBytes, plaintext: Uint8Array): Buffer {
  const header = wrapDataKey(cell, key, fresh.wrapNonce, fresh.dataKey);
  const value = aeadSeal({ key: fresh.dataKey, nonce: fresh.valueNonce, associated: valueData(cell) }, plaintext);
  return Buffer.concat([header, fresh.valueNonce, value.ciphertext, value.tag]);
}

/**
 * Opens what `sealEnvelope` made for the same cell under the same key.
 * @throws EnvelopeError when a byte differs, the cell is another, or the key is.
 */
export function openEnvelope(cell: Cell, key: VersionedKey, envelope: Envelope): Buffer {
  const dataKey = unwrapDataKey(cell, key, envelope.header);
  try {
    return aeadOpen(
      { key: dataKey, nonce: envelope.valueNonce, associated: valueData(cell) },
      envelope.ciphertext,
      envelope.tag,
    );
  } finally {
    dataKey.fill(0);
  }
}

interface Rewrap {
  readonly from: VersionedKey;
  readonly to: VersionedKey;
  readonly wrapNonce: Uint8Array;
}

/**
 * The header of the same envelope under another key. The value's bytes are not needed, so rotation never moves them.
 * @throws EnvelopeError when the header was changed, moved, or is not under `from`.
 */
export function rewrapHeader(cell: Cell, rewrap: Rewrap, header: Uint8Array): Buffer {
  const dataKey = unwrapDataKey(cell, rewrap.from, viewOf(header));
  try {
    return wrapDataKey(cell, rewrap.to, rewrap.wrapNonce, dataKey);
  } finally {
    dataKey.fill(0);
  }
}

/** `rewrapHeader` for a whole envelope: nonce, ciphertext and tag of the value stay byte for byte. */
export function rewrapEnvelope(cell: Cell, rewrap: Rewrap, bytes: Uint8Array): Buffer {
  const { header } = parseEnvelope(bytes);
  return Buffer.concat([rewrapHeader(cell, rewrap, header), bytes.subarray(HEADER_BYTES)]);
}
