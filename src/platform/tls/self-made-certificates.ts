import type { X509Certificate } from 'node:crypto';
import { issue, signerOf, type Authority } from './authority.js';
import { covers } from './certificate-names.js';
import {
  isSignedBy,
  makeCredential,
  parseCertificates,
  parsePrivateKey,
  requireMatchingKey,
  type Credential,
} from './credential.js';
import { fileExists, makeFolder, readKeyFile, writeKeyFile } from './key-file.js';
import type { TlsAddress } from './tls-address.js';
import { TlsConfigurationError } from './tls-configuration-error.js';
import type { ListenerName, TlsLog, TlsOptions } from './tls-options.js';
import type { TlsPaths } from './tls-paths.js';

const DAY_MS = 86_400_000;
/** A self-made certificate is renewed when fewer than 30 days are left. */
export const RENEW_BEFORE_MS = 30 * DAY_MS;

/** What making and reading certificates takes. */
export interface CertificateWork {
  readonly options: TlsOptions;
  readonly paths: TlsPaths;
  readonly authority: Authority;
  readonly now: Date;
  readonly log: TlsLog;
}

/** The addresses by certificate: one each, or all in one. */
export function groupsOf(addresses: readonly TlsAddress[], isSingle: boolean): readonly (readonly TlsAddress[])[] {
  return isSingle ? [addresses] : addresses.map((address) => [address]);
}

/**
 * The self-made certificates of a listener. One that is absent, near its end, signed by another CA, or lacks an address
 * is made anew; so is every one with `isForced`.
 * @throws TlsConfigurationError naming the file when a key is open to others, broken or not the certificate's: files of
 * ours are only ever replaced whole, so somebody else has been there.
 */
export async function selfMadeCertificates(
  work: CertificateWork,
  listener: ListenerName,
  addresses: readonly TlsAddress[],
  isForced = false,
): Promise<readonly Credential[]> {
  const { options, paths } = work;
  await makeFolder(paths.listenerFolder(listener));
  const credentials: Credential[] = [];
  for (const group of groupsOf(addresses, options.singleCertificate)) {
    const file = paths.selfMade(listener, group, options.singleCertificate);
    const found = await readOurs(file);
    const reason = found === null ? 'absent' : isForced ? 'asked for' : whyRenew(found.leaf, group, work);
    const pem = found !== null && reason === null ? found.pem : await renew(work, listener, group, file, reason);
    credentials.push(makeCredential(pairOf(file, pem), 'self-made', options, work.now));
  }
  return credentials;
}

async function renew(
  work: CertificateWork,
  listener: ListenerName,
  group: readonly TlsAddress[],
  file: string,
  reason: string | null,
): Promise<string> {
  const pem = await issue(work.authority, group, work.now);
  await writeKeyFile(file, pem);
  work.log.info('certificate made', { listener, file, reason, addresses: group.map(({ value }) => value) });
  return pem;
}

function pairOf(file: string, pem: string) {
  return { certificatePem: pem, certificateFile: file, keyPem: pem, keyFile: file };
}

/** One of our files, or null when there is none. */
async function readOurs(file: string): Promise<{ readonly pem: string; readonly leaf: X509Certificate } | null> {
  if (!(await fileExists(file))) return null;
  const pem = await readKeyFile(file);
  const [leaf] = parseCertificates(pem, file);
  if (leaf === undefined) throw new TlsConfigurationError('holds no certificate in PEM form', file);
  requireMatchingKey(leaf, parsePrivateKey(pem, file), file, file);
  return { pem, leaf };
}

/** Why a certificate of ours must be made anew, or null when it will do. */
function whyRenew(leaf: X509Certificate, group: readonly TlsAddress[], work: CertificateWork): string | null {
  const signer = signerOf(work.authority);
  if (!isSignedBy(leaf, signer)) return 'signed by another CA';
  if (!group.every((address) => covers(leaf, address))) return 'lacks an address';
  if (leaf.validFromDate > work.now) return 'not valid yet';
  const left = leaf.validToDate.getTime() - work.now.getTime();
  if (left >= RENEW_BEFORE_MS) return null;
  const canLastLonger = signer.validToDate.getTime() - leaf.validToDate.getTime() > DAY_MS; // else it would be renewed daily for nothing
  return canLastLonger || left <= 0 ? 'near its end' : null;
}
