import { hostname } from 'node:os';
import { BadParametersError } from '../../core/errors/app-error.js';
import { parseAddressRanges } from '../../core/access/client-address.js';
import type { Log } from '../logging/log.js';
import { parseTlsAddress, uniqueAddresses, type TlsAddress } from './tls-address.js';
import { TlsConfigurationError } from './tls-configuration-error.js';

/** The two doors: `external` for people and programs, `internal` for agents and other nodes. */
export type ListenerName = 'external' | 'internal';
export const LISTENER_NAMES: readonly ListenerName[] = ['external', 'internal'];

/** What is said to the operator. */
export type TlsLog = Pick<Log, 'info' | 'warn' | 'error'>;

/** The settings of security-design §9. */
export interface TlsOptions {
  /** The folder that holds the self-made and imported certificates: `<data>/tls`. */
  readonly directory: string;
  /** `terminated-at-proxy`: the external listener speaks plain HTTP, to the trusted proxies only. The internal one keeps TLS. */
  readonly tls: 'on' | 'terminated-at-proxy';
  /** Addresses and networks of proxies whose `X-Forwarded-For` counts. */
  readonly trustedProxies: readonly string[];
  /** Host names and IP addresses under which clients reach the manager. */
  readonly externalAddresses: readonly string[];
  /** Host names and IP addresses under which agents and other nodes reach it. */
  readonly internalAddresses: readonly string[];
  /** One certificate for all addresses of a listener, rather than one for each: for floating addresses and address translation. */
  readonly singleCertificate: boolean;
  /** Own certificates (PEM, with the intermediate ones behind) and their keys. They replace the self-made ones of the listener. */
  readonly externalCertFile?: string | undefined;
  readonly externalKeyFile?: string | undefined;
  readonly internalCertFile?: string | undefined;
  readonly internalKeyFile?: string | undefined;
  /** An own CA that signs our certificates, with its issuers behind it. */
  readonly caCertFile?: string | undefined;
  readonly caKeyFile?: string | undefined;
  readonly caKeyPassword?: string | undefined;
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
}

const LOOPBACK_ADDRESSES: readonly string[] = ['localhost', '127.0.0.1', '::1'];

/** What the listeners answer to unless told otherwise: the machine's name and itself. */
export function defaultAddresses(): readonly string[] {
  const name = hostname();
  return parseTlsAddress(name) === null ? LOOPBACK_ADDRESSES : [name, ...LOOPBACK_ADDRESSES];
}

export function addressesOf(options: TlsOptions, listener: ListenerName): readonly TlsAddress[] {
  const texts = listener === 'external' ? options.externalAddresses : options.internalAddresses;
  return uniqueAddresses(texts.map(parseTlsAddress).filter((address) => address !== null));
}

export interface OwnFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** The listener's own certificate as the settings name it, or null. */
export function ownFilesOf(options: TlsOptions, listener: ListenerName): OwnFiles | null {
  const [certFile, keyFile] =
    listener === 'external'
      ? [options.externalCertFile, options.externalKeyFile]
      : [options.internalCertFile, options.internalKeyFile];
  return certFile === undefined || keyFile === undefined ? null : { certFile, keyFile };
}

/** Whether the listener speaks TLS itself. */
export function speaksTls(options: TlsOptions, listener: ListenerName): boolean {
  return listener === 'internal' || options.tls === 'on';
}

/** Everything that is wrong with the settings as such, one sentence each; files are looked at when they are opened. */
function tlsOptionProblems(options: TlsOptions): readonly string[] {
  return [
    ...halfPair('externalCertFile', options.externalCertFile, 'externalKeyFile', options.externalKeyFile),
    ...halfPair('internalCertFile', options.internalCertFile, 'internalKeyFile', options.internalKeyFile),
    ...halfPair('caCertFile', options.caCertFile, 'caKeyFile', options.caKeyFile),
    ...(options.caKeyPassword !== undefined && options.caKeyFile === undefined
      ? ['caKeyPassword is given without caKeyFile']
      : []),
    ...addressProblems('externalAddresses', options.externalAddresses),
    ...addressProblems('internalAddresses', options.internalAddresses),
    ...proxyProblems(options),
  ];
}

/** @throws TlsConfigurationError with every problem. */
export function requireSoundOptions(options: TlsOptions): void {
  const problems = tlsOptionProblems(options);
  if (problems.length > 0) throw new TlsConfigurationError(problems.join('; '));
}

function halfPair(oneName: string, one: string | undefined, otherName: string, other: string | undefined): string[] {
  if ((one === undefined) === (other === undefined)) return [];
  return one === undefined
    ? [`${otherName} is given without ${oneName}`]
    : [`${oneName} is given without ${otherName}`];
}

function addressProblems(setting: string, texts: readonly string[]): string[] {
  if (texts.length === 0) return [`${setting} is empty: at least one address is needed`];
  const bad = texts.filter((text) => parseTlsAddress(text) === null);
  return bad.map((text) => `${setting}: ${JSON.stringify(text)} is neither a host name nor an IP address`);
}

function proxyProblems(options: TlsOptions): string[] {
  if (options.tls === 'terminated-at-proxy' && options.trustedProxies.length === 0) {
    return ['tls: terminated-at-proxy needs trustedProxies: the addresses that may send plain HTTP'];
  }
  try {
    parseAddressRanges(options.trustedProxies);
    return [];
  } catch (error) {
    if (error instanceof BadParametersError) return [`trustedProxies: ${error.message}`];
    throw error;
  }
}
