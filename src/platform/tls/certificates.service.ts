import type { X509Certificate } from 'node:crypto';
import type { Clock } from '../clock/clock.js';
import { existingAuthority, openAuthority } from './authority.js';
import { rememberAddress, wantedAddresses } from './added-addresses.js';
import { covers, namesOf } from './certificate-names.js';
import {
  certificatesOnly,
  keyOnly,
  makeCredential,
  oneLine,
  parseCertificates,
  requireValidNow,
  type CredentialSource,
} from './credential.js';
import { fileExists, makeFolder, writeKeyFile } from './key-file.js';
import { ownCertificateFiles, readPair } from './own-certificate.js';
import { groupsOf, selfMadeCertificates, type CertificateWork } from './self-made-certificates.js';
import { isLoopback, parseTlsAddress, type TlsAddress } from './tls-address.js';
import { TlsConfigurationError } from './tls-configuration-error.js';
import {
  LISTENER_NAMES,
  ownFilesOf,
  requireSoundOptions,
  speaksTls,
  type ListenerName,
  type OwnFiles,
  type TlsLog,
  type TlsOptions,
} from './tls-options.js';
import { TlsPaths } from './tls-paths.js';

const DAY_MS = 86_400_000;

export interface CertificateFacts {
  readonly subject: string;
  readonly issuer: string;
  /** Host names and IP addresses of the SAN. */
  readonly names: readonly string[];
  readonly validFrom: Date;
  readonly validTo: Date;
  /** Whole days until the end; negative when it has passed. */
  readonly daysLeft: number;
  /** SHA-256 in upper-case hexadecimal with colons, as openssl prints it. */
  readonly fingerprint256: string;
}

export interface CertificateView {
  readonly purpose: 'ca' | ListenerName;
  readonly source: CredentialSource;
  readonly file: string;
  /** Null when the file cannot be read; `problem` says why. */
  readonly certificate: CertificateFacts | null;
  /** Why the manager would not serve it, or null. */
  readonly problem: string | null;
}

export interface AuthorityView {
  readonly pem: string;
  readonly file: string;
  readonly certificate: CertificateFacts;
}

/**
 * What `holdfast certs …` does. Works on the files; a manager that runs notices by itself.
 * Every method throws TlsConfigurationError, naming the file or setting at fault, and has then changed nothing.
 */
export class CertificatesService {
  private readonly paths: TlsPaths;

  constructor(
    private readonly options: TlsOptions,
    private readonly clock: Clock,
    private readonly log: TlsLog,
  ) {
    requireSoundOptions(options);
    this.paths = new TlsPaths(options.directory);
  }

  /** Every certificate in use and what is wrong with it. Makes nothing. */
  async list(): Promise<readonly CertificateView[]> {
    const views: CertificateView[] = [];
    const source = this.options.caCertFile === undefined ? 'self-made' : 'configured';
    const file = this.options.caCertFile ?? this.paths.authorityCertificate;
    for (const certificate of (await existingAuthority(this.options, this.paths)) ?? []) {
      const problem = await problemOf(async () => requireValidNow(certificate, file, this.clock.now()));
      views.push({ purpose: 'ca', source, file, certificate: this.factsOf(certificate), problem });
    }
    for (const listener of this.tlsListeners()) views.push(...(await this.viewsOf(listener)));
    return views;
  }

  /** Makes every self-made certificate of the listeners anew. Own certificates are the operator's to renew. */
  async renew(listeners: readonly ListenerName[] = this.tlsListeners()): Promise<readonly CertificateView[]> {
    const work = await this.work();
    const views: CertificateView[] = [];
    for (const listener of listeners) {
      if ((await ownCertificateFiles(this.options, this.paths, listener)) !== null) continue;
      await selfMadeCertificates(work, listener, await wantedAddresses(this.options, this.paths, listener), true);
      views.push(...(await this.viewsOf(listener)));
    }
    return views;
  }

  /** Makes the listeners answer to one more address, from now on. Returns the certificates that hold it. */
  async addAddress(
    text: string,
    listeners: readonly ListenerName[] = this.tlsListeners(),
  ): Promise<readonly CertificateView[]> {
    const address = parseTlsAddress(text);
    if (address === null)
      throw new TlsConfigurationError(`${JSON.stringify(text)} is neither a host name nor an IP address`);
    for (const listener of listeners) await this.refuseOwn(listener);
    const work = await this.work();
    await rememberAddress(this.paths, address, listeners);
    const views: CertificateView[] = [];
    for (const listener of listeners) {
      await selfMadeCertificates(work, listener, await wantedAddresses(this.options, this.paths, listener));
      views.push(...(await this.viewsOf(listener)));
    }
    return views.filter(({ certificate }) => certificate?.names.includes(address.value));
  }

  /**
   * Takes over an own certificate and its key (copies of the files). It replaces the self-made ones of the listener.
   * @returns the certificate, and the configured addresses that it lacks
   */
  async importOwn(
    listener: ListenerName,
    files: OwnFiles,
  ): Promise<{ readonly imported: CertificateView; readonly lackedAddresses: readonly string[] }> {
    if (ownFilesOf(this.options, listener) !== null) {
      throw new TlsConfigurationError(
        `the settings name a certificate for the ${listener} listener already, which would win`,
      );
    }
    const credential = makeCredential(await readPair(files), 'imported', this.options, this.clock.now());
    const file = this.paths.imported(listener);
    await makeFolder(this.paths.importFolder);
    await writeKeyFile(file, certificatesOnly(credential.certificatePem) + keyOnly(credential.keyPem));
    const addresses = await wantedAddresses(this.options, this.paths, listener);
    const lacked = addresses.filter((address) => !isLoopback(address) && !covers(credential.leaf, address));
    const imported = {
      purpose: listener,
      source: credential.source,
      file,
      certificate: this.factsOf(credential.leaf),
      problem: null,
    };
    return { imported, lackedAddresses: lacked.map(({ value }) => value) };
  }

  /** The CA certificate that clients must trust. */
  async ca(): Promise<AuthorityView> {
    const file = this.options.caCertFile ?? this.paths.authorityCertificate;
    const anchor = (await existingAuthority(this.options, this.paths))?.at(-1);
    if (anchor === undefined)
      throw new TlsConfigurationError('there is no CA yet: it is made at the first start', file);
    return { pem: anchor.toString(), file, certificate: this.factsOf(anchor) };
  }

  private tlsListeners(): readonly ListenerName[] {
    return LISTENER_NAMES.filter((listener) => speaksTls(this.options, listener));
  }

  private async work(): Promise<CertificateWork> {
    const { options, paths, log } = this;
    const now = this.clock.now();
    await makeFolder(paths.directory);
    return { options, paths, now, log, authority: await openAuthority(options, paths, now, log) };
  }

  private async refuseOwn(listener: ListenerName): Promise<void> {
    const own = await ownCertificateFiles(this.options, this.paths, listener);
    if (own === null) return;
    throw new TlsConfigurationError(
      `the ${listener} listener has a certificate of its own, which must hold the address`,
      own.files.certFile,
    );
  }

  private async viewsOf(listener: ListenerName): Promise<readonly CertificateView[]> {
    const own = await ownCertificateFiles(this.options, this.paths, listener);
    if (own !== null) return [await this.viewOf(listener, own.files, own.source)];
    const views: CertificateView[] = [];
    for (const file of await this.selfMadeFiles(listener)) {
      if (await fileExists(file))
        views.push(await this.viewOf(listener, { certFile: file, keyFile: file }, 'self-made'));
    }
    return views;
  }

  private async selfMadeFiles(listener: ListenerName): Promise<readonly string[]> {
    const addresses: readonly TlsAddress[] = await wantedAddresses(this.options, this.paths, listener);
    const isSingle = this.options.singleCertificate;
    return groupsOf(addresses, isSingle).map((group) => this.paths.selfMade(listener, group, isSingle));
  }

  private async viewOf(purpose: ListenerName, files: OwnFiles, source: CredentialSource): Promise<CertificateView> {
    const file = files.certFile;
    let certificate: CertificateFacts | null = null;
    const problem = await problemOf(async () => {
      const pair = await readPair(files);
      const [leaf] = parseCertificates(pair.certificatePem, file);
      if (leaf !== undefined) certificate = this.factsOf(leaf);
      makeCredential(pair, source, this.options, this.clock.now());
    });
    return { purpose, source, file, certificate, problem };
  }

  private factsOf(certificate: X509Certificate): CertificateFacts {
    const leftMs = certificate.validToDate.getTime() - this.clock.now().getTime();
    return {
      subject: oneLine(certificate.subject),
      issuer: oneLine(certificate.issuer),
      names: namesOf(certificate).map(({ value }) => value),
      validFrom: certificate.validFromDate,
      validTo: certificate.validToDate,
      daysLeft: Math.floor(leftMs / DAY_MS),
      fingerprint256: certificate.fingerprint256,
    };
  }
}

async function problemOf(check: () => Promise<void>): Promise<string | null> {
  try {
    await check();
    return null;
  } catch (error) {
    if (error instanceof TlsConfigurationError) return error.message;
    throw error;
  }
}
