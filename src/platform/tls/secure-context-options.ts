import { constants } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';
import type { TlsOptions } from './tls-options.js';

/** TLS 1.3's suites, and of TLS 1.2 only those with forward secrecy and authenticated encryption. */
const CIPHERS = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
].join(':');

/** How long a session may be resumed, in s. */
const SESSION_TIMEOUT_S = 3_600;

/** What every certificate is served with. TLS 1.3 is taken where the client has it; renegotiation is off. */
export function secureContextOptions(options: Pick<TlsOptions, 'minVersion'>): SecureContextOptions {
  return {
    minVersion: options.minVersion,
    maxVersion: 'TLSv1.3',
    ciphers: CIPHERS,
    honorCipherOrder: true,
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    sessionTimeout: SESSION_TIMEOUT_S,
    sessionIdContext: 'holdfast',
  };
}
