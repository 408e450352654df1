import { randomBytes, X509Certificate, type KeyObject } from 'node:crypto';
import {
  certificatesOnly,
  isSignedBy,
  oneLine,
  parseCertificates,
  parsePrivateKey,
  requireMatchingKey,
  requireOrderedChain,
  requireValidNow,
} from './credential.js';
import {
  createKeyFile,
  createPublicFile,
  fileExists,
  readKeyFile,
  readPublicFile,
  writePublicFile,
} from './key-file.js';
import type { TlsAddress } from './tls-address.js';
import { TlsConfigurationError } from './tls-configuration-error.js';
import type { TlsLog, TlsOptions } from './tls-options.js';
import type { TlsPaths } from './tls-paths.js';

const DAY_MS = 86_400_000;
/** A year before its end the CA gets a new certificate, so that clients have a year to fetch it. */
const RENEW_CA_BEFORE_MS = 365 * DAY_MS;

/** The CA that signs our certificates: our own making, or the operator's. */
export interface Authority {
  readonly source: 'self-made' | 'configured';
  readonly file: string;
  /** The certificate that signs, and those above it. */
  readonly chain: readonly X509Certificate[];
  readonly certificatePem: string;
  readonly key: KeyObject;
}

/** The certificate that signs. */
export function signerOf(authority: Authority): X509Certificate {
  const [signer] = authority.chain;
  if (signer === undefined) throw new TlsConfigurationError('holds no certificate in PEM form', authority.file);
  return signer;
}

/** What clients must trust: the top of the chain. */
export function anchorOf(authority: Authority): X509Certificate {
  return authority.chain.at(-1) ?? signerOf(authority);
}

/** What a server sends behind its certificate: those between it and the anchor that clients have. */
function intermediatesOf(authority: Authority): readonly X509Certificate[] {
  return authority.chain.filter((certificate) => !isSignedBy(certificate, certificate));
}

/**
 * Opens the operator's CA, or ours; makes ours when there is none, and its next certificate a year before it ends.
 * @throws TlsConfigurationError naming the file that is at fault.
 */
export async function openAuthority(options: TlsOptions, paths: TlsPaths, now: Date, log: TlsLog): Promise<Authority> {
  if (options.caCertFile !== undefined && options.caKeyFile !== undefined) {
    const authority = await readAuthority(options.caCertFile, options.caKeyFile, 'configured', options.caKeyPassword);
    for (const certificate of authority.chain) requireValidNow(certificate, authority.file, now);
    return authority;
  }
  await makeMissingAuthority(paths, now, log);
  const authority = await readAuthority(paths.authorityCertificate, paths.authorityKey, 'self-made');
  return endsSoon(authority, now) ? renewedAuthority(authority, paths, now, log) : authority;
}

/** The CA as it is on disk, changing nothing. Null when none has been made yet. */
export async function existingAuthority(
  options: TlsOptions,
  paths: TlsPaths,
): Promise<readonly X509Certificate[] | null> {
  const file = options.caCertFile ?? paths.authorityCertificate;
  if (options.caCertFile === undefined && !(await fileExists(file))) return null;
  return parseCertificates(await readPublicFile(file), file);
}

/**
 * The key comes first: a kill between the two leaves a key without a certificate, which nobody has seen and which simply
 * gets one. A certificate without its key is another matter, as clients may trust it already.
 */
async function makeMissingAuthority(paths: TlsPaths, now: Date, log: TlsLog): Promise<void> {
  if (await fileExists(paths.authorityCertificate)) {
    if (await fileExists(paths.authorityKey)) return;
    throw new TlsConfigurationError(
      `the key of the internal CA is missing; bring it back, or remove ${paths.authorityCertificate} too and a new CA is made, which every client must then be given`,
      paths.authorityKey,
    );
  }
  const writer = await import('./x509-writer.js');
  await createKeyFile(paths.authorityKey, writer.newAuthorityKey());
  const key = parsePrivateKey(await readKeyFile(paths.authorityKey), paths.authorityKey);
  const certificate = await writer.writeAuthority(key, `Holdfast internal CA ${randomBytes(4).toString('hex')}`, now);
  if (await createPublicFile(paths.authorityCertificate, certificate)) {
    log.info('internal CA made', { file: paths.authorityCertificate });
  }
}

async function readAuthority(
  certFile: string,
  keyFile: string,
  source: Authority['source'],
  password?: string,
): Promise<Authority> {
  const pem = await readPublicFile(certFile);
  const chain = parseCertificates(pem, certFile);
  const [signer] = chain;
  if (signer === undefined) throw new TlsConfigurationError('holds no certificate in PEM form', certFile);
  if (!signer.ca) {
    throw new TlsConfigurationError(
      `the certificate (${oneLine(signer.subject)}) is not a CA's: it may not sign others`,
      certFile,
    );
  }
  const key = parsePrivateKey(await readKeyFile(keyFile), keyFile, password);
  requireMatchingKey(signer, key, keyFile, certFile);
  requireOrderedChain(chain, certFile);
  return { source, file: certFile, chain, certificatePem: certificatesOnly(pem), key };
}

function endsSoon(authority: Authority, now: Date): boolean {
  return signerOf(authority).validToDate.getTime() - now.getTime() < RENEW_CA_BEFORE_MS;
}

async function renewedAuthority(authority: Authority, paths: TlsPaths, now: Date, log: TlsLog): Promise<Authority> {
  const { renewAuthority } = await import('./x509-writer.js');
  await writePublicFile(paths.authorityCertificate, await renewAuthority(authority, now));
  log.warn('internal CA renewed with the same key: give clients the new file before the old one ends', {
    file: paths.authorityCertificate,
    oldOneEnds: signerOf(authority).validToDate.toISOString(),
  });
  return readAuthority(paths.authorityCertificate, paths.authorityKey, 'self-made');
}

/**
 * A certificate for the addresses with its key, in one text: what a file of ours holds.
 * @throws TlsConfigurationError when the CA's key is none that can sign.
 */
export async function issue(authority: Authority, addresses: readonly TlsAddress[], now: Date): Promise<string> {
  const writer = await import('./x509-writer.js');
  try {
    const signer = { certificatePem: signerOf(authority).toString(), key: authority.key };
    const written = await writer.writeServerCertificate(signer, addresses, now);
    if (!isSignedBy(new X509Certificate(written.certificatePem), signerOf(authority))) {
      throw new TlsConfigurationError(
        'the certificate of the CA does not allow it to sign certificates',
        authority.file,
      );
    }
    const behind = intermediatesOf(authority).map((certificate) => certificate.toString());
    return [written.certificatePem, ...behind, written.keyPem].join('');
  } catch (error) {
    if (error instanceof writer.UnsupportedKeyError) throw new TlsConfigurationError(error.message, authority.file);
    throw error;
  }
}
