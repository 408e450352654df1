// oxlint-disable-next-line import/no-unassigned-import -- the ASN.1 library needs it in place before it is loaded
import 'reflect-metadata';
import { createPublicKey, generateKeyPairSync, randomBytes, type KeyObject, type webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
  type Extension,
  type JsonName,
} from '@peculiar/x509';
import type { TlsAddress } from './tls-address.js';

/**
 * Writes certificates. Loaded only when one is to be written (`await import`), since the ASN.1 library costs 150 ms and
 * 20 MB that a start with certificates at hand need not pay.
 */

const DAY_MS = 86_400_000;
const CA_VALID_MS = 3_653 * DAY_MS;
/** Clients refuse server certificates of private CAs that live longer than 825 days. */
const SERVER_VALID_MS = 825 * DAY_MS;
/** Clocks of clients may be behind. */
const BACKDATED_MS = 3_600_000;
const SERIAL_BYTES = 16;
/** RFC 5280 appendix A: ub-common-name. */
const MAX_COMMON_NAME = 64;
const MIN_RSA_BITS = 2_048;

/** A CA that can sign. */
export interface Issuer {
  readonly certificatePem: string;
  readonly key: KeyObject;
}

export interface WrittenCertificate {
  readonly certificatePem: string;
  readonly keyPem: string;
}

export class UnsupportedKeyError extends Error {}

/** The key of a CA of our own: ECDSA over P-384, PKCS #8 in PEM. */
export function newAuthorityKey(): string {
  return generateKeyPairSync('ec', { namedCurve: 'P-384' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
}

/** A CA certificate for the key: ten years, signs server certificates and nothing below it. */
export async function writeAuthority(key: KeyObject, commonName: string, now: Date): Promise<string> {
  const notBefore = wholeSeconds(now.getTime() - BACKDATED_MS);
  const publicKey = publicCryptoKey(key);
  const subject: JsonName = [{ CN: [commonName] }, { O: ['Holdfast'] }];
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject,
    issuer: subject,
    notBefore,
    notAfter: new Date(notBefore.getTime() + CA_VALID_MS),
    publicKey,
    signingKey: signingKey(key),
    signingAlgorithm: signingAlgorithm(key),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(publicKey),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}

/** The same CA for another ten years: same name, same key, so that what it signed stays good for who has the old one. */
export async function renewAuthority(issuer: Issuer, now: Date): Promise<string> {
  const names = new X509Certificate(issuer.certificatePem).subjectName.getField('CN');
  return writeAuthority(issuer.key, names[0] ?? 'Holdfast internal CA', now);
}

/**
 * A server certificate with a new P-256 key, signed by the issuer: CN is the first address, SAN all of them, at most
 * 825 days and never beyond the issuer's own end.
 * @throws UnsupportedKeyError when the issuer's key is none that we sign with.
 */
export async function writeServerCertificate(
  issuer: Issuer,
  addresses: readonly TlsAddress[],
  now: Date,
): Promise<WrittenCertificate> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const authority = new X509Certificate(issuer.certificatePem);
  const notBefore = wholeSeconds(Math.max(now.getTime() - BACKDATED_MS, authority.notBefore.getTime()));
  const publicKey = publicCryptoKey(privateKey);
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: subjectOf(addresses),
    issuer: authority.subjectName,
    notBefore,
    notAfter: serverEnd(notBefore, authority.notAfter),
    publicKey,
    signingKey: signingKey(issuer.key),
    signingAlgorithm: signingAlgorithm(issuer.key),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(addresses.map(({ kind, value }) => ({ type: kind, value }))),
      await SubjectKeyIdentifierExtension.create(publicKey),
      await authorityKeyIdentifier(authority),
    ],
  });
  return {
    certificatePem: `${certificate.toString('pem')}\n`,
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** The end of a server certificate written now under an issuer that ends then. */
function serverEnd(notBefore: Date, issuerEnd: Date): Date {
  return new Date(Math.min(notBefore.getTime() + SERVER_VALID_MS - 1_000, issuerEnd.getTime()));
}

/** A name too long for a CN stands in the SAN alone, where clients look. */
function subjectOf(addresses: readonly TlsAddress[]): JsonName {
  const organisation = { O: ['Holdfast'] };
  const commonName = addresses[0]?.value ?? '';
  return commonName.length > MAX_COMMON_NAME ? [organisation] : [{ CN: [commonName] }, organisation];
}

/** Refers to the key alone, as the issuer itself names it, so that a renewed CA certificate still fits. */
async function authorityKeyIdentifier(authority: X509Certificate): Promise<Extension> {
  const named = authority.getExtension(SubjectKeyIdentifierExtension);
  return named === null
    ? AuthorityKeyIdentifierExtension.create(authority.publicKey)
    : new AuthorityKeyIdentifierExtension(named.keyId);
}

/** Positive, never zero, 127 random bits. */
function serialNumber(): string {
  const bytes = randomBytes(SERIAL_BYTES);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}

function wholeSeconds(timeMs: number): Date {
  return new Date(Math.floor(timeMs / 1_000) * 1_000);
}

const CURVES: Readonly<Record<string, { readonly namedCurve: string; readonly hash: string }>> = {
  prime256v1: { namedCurve: 'P-256', hash: 'SHA-256' },
  secp384r1: { namedCurve: 'P-384', hash: 'SHA-384' },
  secp521r1: { namedCurve: 'P-521', hash: 'SHA-512' },
};

function importAlgorithm(key: KeyObject): webcrypto.EcKeyImportParams | webcrypto.RsaHashedImportParams {
  const details = key.asymmetricKeyDetails;
  const curve = CURVES[details?.namedCurve ?? ''];
  if (key.asymmetricKeyType === 'ec' && curve !== undefined) return { name: 'ECDSA', namedCurve: curve.namedCurve };
  if (key.asymmetricKeyType === 'rsa' && (details?.modulusLength ?? 0) >= MIN_RSA_BITS) {
    return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  }
  throw new UnsupportedKeyError(
    'a CA needs an RSA key of at least 2048 bits or an ECDSA key over P-256, P-384 or P-521',
  );
}

function signingAlgorithm(key: KeyObject): webcrypto.EcdsaParams | { readonly name: string; readonly hash: string } {
  const { name } = importAlgorithm(key);
  return { name, hash: CURVES[key.asymmetricKeyDetails?.namedCurve ?? '']?.hash ?? 'SHA-256' };
}

function signingKey(key: KeyObject): webcrypto.CryptoKey {
  return key.toCryptoKey(importAlgorithm(key), false, ['sign']);
}

function publicCryptoKey(key: KeyObject): webcrypto.CryptoKey {
  return createPublicKey(key).toCryptoKey(importAlgorithm(key), true, ['verify']);
}
