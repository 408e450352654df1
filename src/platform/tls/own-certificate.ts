import { makeCredential, type Credential, type CredentialSource, type PemPair } from './credential.js';
import { fileExists, readKeyFile, readPublicFile } from './key-file.js';
import { ownFilesOf, type ListenerName, type OwnFiles, type TlsOptions } from './tls-options.js';
import type { TlsPaths } from './tls-paths.js';

/** Certificate and key as two files, or both in one, which then counts as a key file. */
export async function readPair({ certFile, keyFile }: OwnFiles): Promise<PemPair> {
  const keyPem = await readKeyFile(keyFile);
  const certificatePem = certFile === keyFile ? keyPem : await readPublicFile(certFile);
  return { certificatePem, certificateFile: certFile, keyPem, keyFile };
}

/** Where the operator's certificate of the listener is: the settings win over what was imported. Null when there is none. */
export async function ownCertificateFiles(
  options: TlsOptions,
  paths: TlsPaths,
  listener: ListenerName,
): Promise<{ readonly files: OwnFiles; readonly source: CredentialSource } | null> {
  const configured = ownFilesOf(options, listener);
  if (configured !== null) return { files: configured, source: 'configured' };
  const imported = paths.imported(listener);
  if (!(await fileExists(imported))) return null;
  return { files: { certFile: imported, keyFile: imported }, source: 'imported' };
}

/**
 * The operator's own certificate for the listener, or null.
 * @throws TlsConfigurationError naming the file.
 */
export async function ownCertificate(
  options: TlsOptions,
  paths: TlsPaths,
  listener: ListenerName,
  now: Date,
): Promise<Credential | null> {
  const own = await ownCertificateFiles(options, paths, listener);
  return own === null ? null : makeCredential(await readPair(own.files), own.source, options, now);
}
