import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { namesOf } from './certificate-names.js';
import { secureContextOptions } from './secure-context-options.js';
import type { TlsAddress } from './tls-address.js';
import { TlsConfigurationError } from './tls-configuration-error.js';
import type { TlsOptions } from './tls-options.js';

const PEM_CERTIFICATE =
  /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[\s\S]+?-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g;
const PEM_KEY = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----[\s\S]+?-----END (?:[A-Z0-9]+ )*PRIVATE KEY-----/;
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const ANY_EXTENDED_USAGE = '2.5.29.37.0';

/** Where a certificate comes from: made here, brought by `certs import`, or named in the settings. */
export type CredentialSource = 'self-made' | 'imported' | 'configured';

/** The text of a certificate with its chain, and of its key, with the files they came from. */
export interface PemPair {
  readonly certificatePem: string;
  readonly certificateFile: string;
  readonly keyPem: string;
  readonly keyFile: string;
}

/** A certificate that can be served: checked, with its key. Immutable; a replacement is another one. */
export interface Credential extends PemPair {
  readonly source: CredentialSource;
  readonly leaf: X509Certificate;
  /** The certificates behind it, in order. */
  readonly issuers: readonly X509Certificate[];
  readonly names: readonly TlsAddress[];
  readonly context: SecureContext;
}

/** @throws TlsConfigurationError naming the file when it holds no certificate or a broken one. */
export function parseCertificates(pem: string, file: string): readonly X509Certificate[] {
  const blocks = pem.match(PEM_CERTIFICATE) ?? [];
  if (blocks.length === 0) throw new TlsConfigurationError('holds no certificate in PEM form', file);
  return blocks.map((block) => {
    try {
      return new X509Certificate(block);
    } catch (error) {
      throw new TlsConfigurationError('holds a certificate that cannot be read', file, { cause: error });
    }
  });
}

/** @throws TlsConfigurationError naming the file; the error never repeats what is in it. */
export function parsePrivateKey(pem: string, file: string, password?: string): KeyObject {
  const block = PEM_KEY.exec(pem)?.[0];
  if (block === undefined) throw new TlsConfigurationError('holds no private key in PEM form', file);
  try {
    return createPrivateKey(password === undefined ? block : { key: block, passphrase: password });
  } catch {
    const isEncrypted = block.includes('ENCRYPTED');
    if (!isEncrypted) throw new TlsConfigurationError('holds a private key that cannot be read', file);
    const reason =
      password === undefined ? 'the private key is encrypted' : 'the private key does not open with the given password';
    throw new TlsConfigurationError(reason, file);
  }
}

/** @throws TlsConfigurationError naming the key's file. */
export function requireMatchingKey(
  certificate: X509Certificate,
  key: KeyObject,
  keyFile: string,
  certificateFile: string,
): void {
  if (certificate.checkPrivateKey(key)) return;
  const which = keyFile === certificateFile ? 'the certificate before it' : `the certificate in ${certificateFile}`;
  throw new TlsConfigurationError(`the private key does not belong to ${which}`, keyFile);
}

/** @throws TlsConfigurationError naming the file when the certificate has expired or is not valid yet. */
export function requireValidNow(certificate: X509Certificate, file: string, now: Date): void {
  if (certificate.validToDate <= now) {
    throw new TlsConfigurationError(`the certificate expired at ${certificate.validToDate.toISOString()}`, file);
  }
  if (certificate.validFromDate > now) {
    throw new TlsConfigurationError(
      `the certificate is valid only from ${certificate.validFromDate.toISOString()} on`,
      file,
    );
  }
}

/** @throws TlsConfigurationError when a certificate of the file is not signed by the one behind it. */
export function requireOrderedChain(chain: readonly X509Certificate[], file: string): void {
  for (const [index, certificate] of chain.entries()) {
    const issuer = chain[index + 1];
    if (issuer === undefined || isSignedBy(certificate, issuer)) continue;
    const position = `certificate ${index + 1} (${oneLine(certificate.subject)})`;
    throw new TlsConfigurationError(
      `${position} is not signed by the one behind it (${oneLine(issuer.subject)})`,
      file,
    );
  }
}

export function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

/** A distinguished name on one line; Node writes one attribute a line. An empty subject is undefined there. */
export function oneLine(name: string | undefined): string {
  return (name ?? '').replaceAll('\n', ', ');
}

/**
 * Checks a certificate and its key for service and makes them ready.
 * @throws TlsConfigurationError naming the file that is at fault: not PEM, encrypted, not belonging together, expired,
 * not meant for servers, a broken chain, or too weak for the TLS library.
 */
export function makeCredential(
  pair: PemPair,
  source: CredentialSource,
  options: Pick<TlsOptions, 'minVersion'>,
  now: Date,
): Credential {
  const chain = parseCertificates(pair.certificatePem, pair.certificateFile);
  const [leaf, ...issuers] = chain;
  if (leaf === undefined) throw new TlsConfigurationError('holds no certificate in PEM form', pair.certificateFile);
  requireMatchingKey(leaf, parsePrivateKey(pair.keyPem, pair.keyFile), pair.keyFile, pair.certificateFile);
  requireValidNow(leaf, pair.certificateFile, now);
  requireServerUsage(leaf, pair.certificateFile);
  requireOrderedChain(chain, pair.certificateFile);
  return { ...pair, source, leaf, issuers, names: namesOf(leaf), context: contextOf(pair, options) };
}

function requireServerUsage(leaf: X509Certificate, file: string): void {
  const usages = extendedUsagesOf(leaf);
  if (usages === undefined || usages.includes(SERVER_AUTH) || usages.includes(ANY_EXTENDED_USAGE)) return;
  throw new TlsConfigurationError(
    'the certificate is not meant for servers (extended key usage without serverAuth)',
    file,
  );
}

/** Node calls the *extended* usages `keyUsage`; undefined means that the certificate sets no bounds. */
function extendedUsagesOf(leaf: X509Certificate): readonly string[] | undefined {
  return leaf.keyUsage;
}

function contextOf(pair: PemPair, options: Pick<TlsOptions, 'minVersion'>): SecureContext {
  try {
    return createSecureContext({
      ...secureContextOptions(options),
      cert: certificatesOnly(pair.certificatePem),
      key: keyOnly(pair.keyPem),
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown';
    throw new TlsConfigurationError(`the TLS library refuses it (${reason})`, pair.certificateFile, { cause: error });
  }
}

/** A file may hold both: what is sent to clients must be certificates alone. */
export function certificatesOnly(pem: string): string {
  return `${(pem.match(PEM_CERTIFICATE) ?? []).join('\n')}\n`;
}

export function keyOnly(pem: string): string {
  return `${PEM_KEY.exec(pem)?.[0] ?? ''}\n`;
}
