import { hostname } from 'node:os';
import { join } from 'node:path';
import type { AppConfig } from '../platform/config/config.js';
import type { ServerIdentity } from '../platform/tls/server-identity.js';
import type { TlsMaterials } from '../platform/tls/tls-materials.js';
import { defaultAddresses, type TlsOptions } from '../platform/tls/tls-options.js';

const isSet = (value: string | null): string | undefined => value ?? undefined;

/** The settings of security-design §9 in the form that platform/tls takes. */
export function tlsOptionsOf(config: AppConfig): TlsOptions {
  return {
    directory: join(config.dataDir, 'tls'),
    tls: config.tls,
    trustedProxies: config.trustedProxies,
    externalAddresses: config.externalAddresses.length === 0 ? defaultAddresses() : config.externalAddresses,
    internalAddresses: config.internalAddresses.length === 0 ? defaultAddresses() : config.internalAddresses,
    singleCertificate: config.singleCertificate,
    externalCertFile: isSet(config.externalCertFile),
    externalKeyFile: isSet(config.externalKeyFile),
    internalCertFile: isSet(config.internalCertFile),
    internalKeyFile: isSet(config.internalKeyFile),
    caCertFile: isSet(config.caCertFile),
    caKeyFile: isSet(config.caKeyFile),
    caKeyPassword: isSet(config.caKeyPassword),
    minVersion: 'TLSv1.2',
  };
}

/** How this manager calls itself (rest-api §3.19): one address for all of it, as long as it is one machine. */
export function identityOf(config: AppConfig, materials: TlsMaterials | null): ServerIdentity {
  const address = config.publicAddress ?? config.externalAddresses[0] ?? '127.0.0.1';
  return {
    hostname: config.managerHostname ?? hostname(),
    privateAddress: address,
    publicAddress: address,
    get caCertificatePem() {
      return materials?.internalTrustPem ?? '';
    },
  };
}
