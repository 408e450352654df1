// oxlint-disable-next-line import/no-unassigned-import -- the ASN.1 library needs it in place before it is loaded
import 'reflect-metadata';
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  X509CertificateGenerator,
  type Extension,
} from '@peculiar/x509';
import { parseTlsAddress } from '../../src/platform/tls/tls-address.js';
import type { TlsLog, TlsOptions } from '../../src/platform/tls/tls-options.js';
import {
  newAuthorityKey,
  writeAuthority,
  writeServerCertificate,
  type Issuer,
} from '../../src/platform/tls/x509-writer.js';

export const DAY_MS = 86_400_000;

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly sentence: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Keeps what is said to the operator; `next` waits for a line instead of for time to pass. */
export class RecordingLog implements TlsLog {
  readonly lines: LogLine[] = [];
  private waiting: { readonly wanted: (line: LogLine) => boolean; readonly resolve: (line: LogLine) => void }[] = [];

  info = (sentence: string, fields: unknown = {}): void => this.keep('info', sentence, fields);
  warn = (sentence: string, fields: unknown = {}): void => this.keep('warn', sentence, fields);
  error = (sentence: string, fields: unknown = {}): void => this.keep('error', sentence, fields);

  next(wanted: (line: LogLine) => boolean): Promise<LogLine> {
    const { promise, resolve } = Promise.withResolvers<LogLine>();
    this.waiting.push({ wanted, resolve });
    return promise;
  }

  sentences(level: LogLine['level']): readonly string[] {
    return this.lines.filter((line) => line.level === level).map(({ sentence }) => sentence);
  }

  private keep(level: LogLine['level'], sentence: string, fields: unknown): void {
    const line = { level, sentence, fields: typeof fields === 'object' && fields !== null ? { ...fields } : {} };
    this.lines.push(line);
    for (const { wanted, resolve } of this.waiting) if (wanted(line)) resolve(line);
    this.waiting = this.waiting.filter(({ wanted }) => !wanted(line));
  }
}

/** A folder of its own, and everything that a test about certificates needs. */
export class TlsWorld {
  private constructor(readonly folder: string) {}

  static async make(): Promise<TlsWorld> {
    return new TlsWorld(await mkdtemp(join(tmpdir(), 'holdfast-tls-')));
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  options(changes: Partial<TlsOptions> = {}): TlsOptions {
    return {
      directory: join(this.folder, 'tls'),
      tls: 'on',
      trustedProxies: [],
      externalAddresses: ['localhost', '127.0.0.1'],
      internalAddresses: ['127.0.0.1'],
      singleCertificate: false,
      minVersion: 'TLSv1.2',
      ...changes,
    };
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  async write(name: string, text: string, mode = 0o600): Promise<string> {
    const path = this.path(name);
    await writeFile(path, text, { mode });
    return path;
  }
}

export async function authority(name = 'Test CA', now = new Date()): Promise<Issuer & { readonly keyPem: string }> {
  const keyPem = newAuthorityKey();
  const key: KeyObject = createPrivateKey(keyPem);
  return { certificatePem: await writeAuthority(key, name, now), key, keyPem };
}

/** A certificate as we would never write one. */
export async function oddCertificate(
  name: string,
  signer: { readonly name: string; readonly key: KeyObject } | null,
  extensions: readonly Extension[],
  key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
): Promise<{ readonly certificatePem: string; readonly keyPem: string; readonly key: KeyObject }> {
  const curve = { name: 'ECDSA', namedCurve: 'P-256' };
  const certificate = await X509CertificateGenerator.create({
    subject: `CN=${name}`,
    issuer: `CN=${signer?.name ?? name}`,
    publicKey: createPublicKey(key).toCryptoKey(curve, true, ['verify']),
    signingKey: (signer?.key ?? key).toCryptoKey(curve, false, ['sign']),
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    extensions: [...extensions],
  });
  const keyPem = key.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { certificatePem: `${certificate.toString('pem')}\n`, keyPem, key };
}

/** A company's root and the CA below it, which is the one that signs. */
export async function companyAuthorities() {
  const root = await oddCertificate('Root', null, [new BasicConstraintsExtension(true, undefined, true)]);
  const signer = { name: 'Root', key: root.key };
  const issuing = await oddCertificate('Issuing', signer, [new BasicConstraintsExtension(true, undefined, true)]);
  return { root, issuing };
}

export const forClientsOnly = (): Extension => new ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.2']);

export async function serverCertificate(issuer: Issuer, addresses: readonly string[], now = new Date()) {
  const parsed = addresses.map(parseTlsAddress).filter((address) => address !== null);
  return writeServerCertificate(issuer, parsed, now);
}

/** A TLS connection whose handshake is done. Rejects as the client sees it. */
export async function handshake(options: ConnectionOptions): Promise<TLSSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
  const socket = connectTls({ host: '127.0.0.1', ...options }, () => resolve(socket));
  socket.once('error', reject);
  socket.once('close', () => reject(new Error('closed before the handshake was done')));
  const done = await promise;
  return done;
}

/** The CN and the SAN that the server shows. */
export async function shownBy(options: ConnectionOptions): Promise<{ readonly cn: string; readonly san: string }> {
  const socket = await handshake(options);
  const { subject, subjectaltname } = socket.getPeerCertificate();
  socket.destroy();
  return { cn: String(subject.CN), san: subjectaltname ?? '' };
}

/** Sends bytes over plain TCP and gives what comes back until the other side closes. */
export async function exchange(
  port: number,
  bytes: string | Buffer,
  host = '127.0.0.1',
  localAddress?: string,
): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let answer = '';
  const socket = connectTcp({ port, host, ...(localAddress === undefined ? {} : { localAddress }) }, () =>
    socket.write(bytes),
  );
  socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  socket.on('close', () => resolve(answer));
  return promise;
}
