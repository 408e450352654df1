import { createHmac, hash, timingSafeEqual, type KeyObject } from 'node:crypto';

/**
 * Access tokens: `ctok-<id>-<secret>`, id 10 and secret 49 letters and digits, the last six of which are a checksum over
 * the rest, so that noise is refused without a query (security-design §3).
 */
const TOKEN_ID_LENGTH = 10;
const ENTROPY_LENGTH = 43; // 62^43 > 2^256
const CHECKSUM_LENGTH = 6;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

export interface TokenParts {
  readonly id: string;
  readonly secret: string;
}

/** What the stored hash covers: editing any of it kills the token. */
export interface TokenClaims {
  readonly id: string;
  readonly kind: 'access' | 'execution';
  readonly userId: number;
  readonly tokenEpoch: number;
  readonly tenantId: number | null;
  readonly executionId: string | null;
  /** ISO 8601, UTC, milliseconds; null never ends. */
  readonly expiresAt: string | null;
}

/** @param random at least 128 random bytes */
export function makeToken(random: Uint8Array): TokenParts {
  const text = alphanumerics(random, TOKEN_ID_LENGTH + ENTROPY_LENGTH);
  const id = text.slice(0, TOKEN_ID_LENGTH);
  const entropy = text.slice(TOKEN_ID_LENGTH);
  return { id, secret: entropy + checksum(id, entropy) };
}

export const printToken = ({ id, secret }: TokenParts): string => `ctok-${id}-${secret}`;
export const maskedToken = (id: string): string => `ctok-${id}-********`;

export type ReadToken =
  { readonly kind: 'ok'; readonly parts: TokenParts } | { readonly kind: 'malformed' } | { readonly kind: 'noise' };

/** Splits at the first two dashes (rest-api §1.4). `noise` has the right structure and a checksum that cannot be. */
export function readToken(text: string): ReadToken {
  const first = text.indexOf('-');
  const second = first === -1 ? -1 : text.indexOf('-', first + 1);
  if (second === -1) return { kind: 'malformed' };
  const parts = { id: text.slice(first + 1, second), secret: text.slice(second + 1) };
  const isOurs =
    text.slice(0, first) === 'ctok' &&
    /^[A-Za-z0-9]{10}$/.test(parts.id) &&
    /^[A-Za-z0-9]{49}$/.test(parts.secret) &&
    parts.secret.slice(ENTROPY_LENGTH) === checksum(parts.id, parts.secret.slice(0, ENTROPY_LENGTH));
  return isOurs ? { kind: 'ok', parts } : { kind: 'noise' };
}

/**
 * The stored form of a token: a keyed hash over its claims and secret.
 * @param key as a KeyObject: made from bytes on every call, it would cost more than the hash
 */
export function tokenMac(key: KeyObject, claims: TokenClaims, secret: string): Buffer {
  const fields = [
    claims.id,
    claims.kind,
    String(claims.userId),
    String(claims.tokenEpoch),
    claims.tenantId === null ? '' : String(claims.tenantId),
    claims.executionId ?? '',
    claims.expiresAt ?? '',
    secret,
  ];
  const canonical = fields.map((field) => `${Buffer.byteLength(field)}:${field}`).join('');
  return createHmac('sha256', key).update(canonical).digest();
}

export function sameMac(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}

function checksum(id: string, entropy: string): string {
  const digest = hash('sha256', `ctok:${id}:${entropy}`, 'buffer');
  let value = digest.readUIntBE(0, 6);
  let text = '';
  for (let index = 0; index < CHECKSUM_LENGTH; index += 1) {
    text += ALPHABET[value % ALPHABET.length];
    value = Math.floor(value / ALPHABET.length);
  }
  return text;
}

/** Bytes of 248 and more are passed over, so that each character is equally likely. */
function alphanumerics(random: Uint8Array, length: number): string {
  let text = '';
  for (const byte of random) {
    if (text.length === length) return text;
    if (byte < 248) text += ALPHABET[byte % ALPHABET.length];
  }
  if (text.length < length) throw new RangeError('Too few random bytes for a token.');
  return text;
}

/** Tokens of executions: 32 hexadecimal digits, the form of which clients expect (agent-protocol §6). */
export function isExecutionToken(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text);
}

/** By what the token of an execution is found: nothing that is stored gives it away. */
export function executionTokenLookup(key: KeyObject, token: string): Buffer {
  return createHmac('sha256', key).update(`execution token\n${token}`).digest();
}
