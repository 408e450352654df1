import type { Clock } from '../clock/clock.js';
import { anchorOf, openAuthority, signerOf, type Authority } from './authority.js';
import { isSignedBy, oneLine, type Credential } from './credential.js';
import { wantedAddresses } from './added-addresses.js';
import { covers } from './certificate-names.js';
import { FileWatch, type WatchTiming } from './file-watch.js';
import { makeFolder, sweepTemporaryFiles } from './key-file.js';
import { ListenerCertificates } from './listener-certificates.js';
import { ownCertificate } from './own-certificate.js';
import { RENEW_BEFORE_MS, selfMadeCertificates, type CertificateWork } from './self-made-certificates.js';
import { isLoopback } from './tls-address.js';
import { TlsConfigurationError } from './tls-configuration-error.js';
import {
  LISTENER_NAMES,
  requireSoundOptions,
  speaksTls,
  type ListenerName,
  type TlsLog,
  type TlsOptions,
} from './tls-options.js';
import { TlsPaths } from './tls-paths.js';

const DAY_MS = 86_400_000;

interface MaterialsTiming extends WatchTiming {
  /** How often expiry is looked at, in ms. */
  readonly checkMs: number;
}

const TIMING: MaterialsTiming = { settleMs: 1_000, pollMs: 30_000, checkMs: DAY_MS };

export interface MaterialsTools {
  readonly clock: Clock;
  readonly log: TlsLog;
  readonly timing?: MaterialsTiming;
}

/**
 * The certificates and keys that the listeners serve, kept up to date: files that change are read again, what is self-made
 * is renewed in time, and whatever is wrong with a replacement, the one in use stays. Open connections keep the
 * certificate they began with; the next one gets the new.
 */
export class TlsMaterials {
  private readonly served = new Map<ListenerName, ListenerCertificates>();
  private authority: Authority | null = null;
  private readonly watch: FileWatch;
  private checking: NodeJS.Timeout | null = null;
  /** Reloads run one after the other. */
  private latest: Promise<void> = Promise.resolve();

  private constructor(
    private readonly options: TlsOptions,
    private readonly paths: TlsPaths,
    private readonly tools: MaterialsTools,
  ) {
    const { caCertFile, caKeyFile, externalCertFile, externalKeyFile, internalCertFile, internalKeyFile } = options;
    const files = [caCertFile, caKeyFile, externalCertFile, externalKeyFile, internalCertFile, internalKeyFile];
    const watched = { folders: paths.folders, files: files.filter((file) => file !== undefined) };
    this.watch = new FileWatch(watched, () => this.reload(), tools.timing ?? TIMING, tools.log);
  }

  /**
   * Reads what is there and makes what is missing.
   * @throws TlsConfigurationError naming the file or setting that is at fault: the manager must not start then.
   */
  static async open(options: TlsOptions, tools: MaterialsTools): Promise<TlsMaterials> {
    requireSoundOptions(options);
    const paths = new TlsPaths(options.directory);
    for (const folder of paths.folders) await makeFolder(folder);
    const materials = new TlsMaterials(options, paths, tools);
    await materials.sweep();
    await materials.watch.remember();
    const work = await materials.work();
    for (const listener of materials.listeners())
      materials.serve(listener, await materials.load(work, listener), false);
    materials.authority = work.authority;
    materials.warnOfEnds(work.now);
    return materials;
  }

  /** Begins to follow changes and the calendar, until `close`. */
  follow(): void {
    this.watch.start();
    this.checking = setInterval(
      () => {
        this.dailyCheck().catch((error: unknown) =>
          this.tools.log.error('certificates could not be checked', { error }),
        );
      },
      (this.tools.timing ?? TIMING).checkMs,
    ).unref();
  }

  async close(): Promise<void> {
    this.watch.close();
    if (this.checking !== null) clearInterval(this.checking);
    await this.latest.catch(() => undefined);
  }

  /** What the listener serves now. Ask again for each connection. */
  certificatesFor(listener: ListenerName): ListenerCertificates {
    const certificates = this.served.get(listener);
    if (certificates === undefined)
      throw new Error(`The ${listener} listener has no certificates: TLS ends at the proxy.`);
    return certificates;
  }

  /** The CA certificate that clients need, in PEM, and where it is. */
  get trust(): { readonly pem: string; readonly file: string; readonly fingerprint256: string } {
    if (this.authority === null) throw new Error('The certificates are not open.');
    const anchor = anchorOf(this.authority);
    return { pem: anchor.toString(), file: this.authority.file, fingerprint256: anchor.fingerprint256 };
  }

  /** What agents and nodes must trust to reach the internal listener: the CA, or the top of an own certificate's chain. */
  get internalTrustPem(): string {
    const { leaf, issuers } = this.certificatesFor('internal').fallback;
    const top = issuers.at(-1) ?? leaf;
    return this.authority !== null && isSignedBy(top, signerOf(this.authority)) ? this.trust.pem : top.toString();
  }

  /** Reads everything again. What cannot be used is refused and logged; it never throws for that. */
  reload(): Promise<void> {
    return this.inTurn(() => this.reloadNow(false));
  }

  /** Renews what nears its end, warns of what we may not renew, and starts new session keys. */
  dailyCheck(): Promise<void> {
    return this.inTurn(async () => {
      await this.sweep();
      await this.reloadNow(true);
      this.warnOfEnds(this.tools.clock.now());
    });
  }

  private async inTurn(work: () => Promise<void>): Promise<void> {
    const before = this.latest;
    const mine = (async () => {
      await before.catch(() => undefined); // its caller heard of it
      await work();
    })();
    this.latest = mine;
    await mine;
  }

  private async reloadNow(isFresh: boolean): Promise<void> {
    let work: CertificateWork;
    try {
      work = await this.work();
    } catch (error) {
      this.refuse('ca', error);
      return;
    }
    this.authority = work.authority;
    for (const listener of this.listeners()) {
      try {
        this.serve(listener, await this.load(work, listener), isFresh);
      } catch (error) {
        this.refuse(listener, error);
      }
    }
  }

  private refuse(what: ListenerName | 'ca', error: unknown): void {
    const { log } = this.tools;
    if (!(error instanceof TlsConfigurationError)) {
      log.error('certificates could not be read again; those in use stay', { what, error });
      return;
    }
    log.error('certificates refused; those in use stay', { what, file: error.file, reason: error.message });
  }

  private listeners(): readonly ListenerName[] {
    return LISTENER_NAMES.filter((listener) => speaksTls(this.options, listener));
  }

  private async work(): Promise<CertificateWork> {
    const { options, paths } = this;
    const { log } = this.tools;
    const now = this.tools.clock.now();
    return { options, paths, now, log, authority: await openAuthority(options, paths, now, log) };
  }

  private async load(work: CertificateWork, listener: ListenerName): Promise<readonly Credential[]> {
    const addresses = await wantedAddresses(work.options, work.paths, listener);
    const own = await ownCertificate(work.options, work.paths, listener, work.now);
    if (own === null) return selfMadeCertificates(work, listener, addresses);
    const lacking = addresses.filter((address) => !isLoopback(address) && !covers(own.leaf, address));
    if (lacking.length > 0 && !this.isServed(listener, own)) {
      const names = lacking.map(({ value }) => value);
      work.log.warn('own certificate lacks addresses of the settings', {
        listener,
        file: own.certificateFile,
        addresses: names,
      });
    }
    return [own];
  }

  private serve(listener: ListenerName, loaded: readonly Credential[], isFresh: boolean): void {
    const before = this.served.get(listener)?.all ?? [];
    const replaced = loaded.filter((credential) => !this.isServed(listener, credential));
    if (!isFresh && replaced.length === 0 && loaded.length === before.length) return;
    const all = loaded.map((credential) =>
      isFresh ? credential : (before.find((old) => isSame(old, credential)) ?? credential),
    );
    const [first, ...others] = all;
    if (first === undefined) throw new TlsConfigurationError(`the ${listener} listener has no address to serve`);
    this.served.set(listener, new ListenerCertificates([first, ...others]));
    for (const { certificateFile, leaf, source } of replaced) {
      if (before.length === 0 && source === 'self-made') continue; // a start that finds all in order is quiet
      const { subject, fingerprint256, validToDate } = leaf;
      const fields = {
        listener,
        source,
        file: certificateFile,
        subject: oneLine(subject),
        fingerprint256,
        ends: validToDate,
      };
      this.tools.log.info('certificate in service', fields);
    }
  }

  private isServed(listener: ListenerName, credential: Credential): boolean {
    return (this.served.get(listener)?.all ?? []).some((served) => isSame(served, credential));
  }

  /** What is self-made has been renewed by now, so whatever still nears its end is somebody else's to replace. */
  private warnOfEnds(now: Date): void {
    const leaves = [...this.served].flatMap(([listener, { all }]) =>
      all.map(({ leaf, certificateFile }) => ({ what: listener, certificate: leaf, file: certificateFile })),
    );
    const authorities = (this.authority?.chain ?? []).map((certificate) => ({
      what: 'ca',
      certificate,
      file: this.authority?.file,
    }));
    for (const { what, certificate, file } of [...leaves, ...authorities]) {
      const leftMs = certificate.validToDate.getTime() - now.getTime();
      if (leftMs >= RENEW_BEFORE_MS) continue;
      const fields = { what, file, subject: oneLine(certificate.subject), ends: certificate.validToDate };
      if (leftMs <= 0) this.tools.log.error('certificate has expired', fields);
      else this.tools.log.warn('certificate ends soon', { ...fields, daysLeft: Math.floor(leftMs / DAY_MS) });
    }
  }

  private async sweep(): Promise<void> {
    for (const folder of this.paths.folders) await sweepTemporaryFiles(folder);
  }
}

function isSame(one: Credential, other: Credential): boolean {
  return one.certificatePem === other.certificatePem && one.keyPem === other.keyPem && one.source === other.source;
}
