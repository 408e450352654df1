import { AppError } from '../../core/errors/app-error.js';
import { codeOf } from '../files/storage-error.js';
import { OutboundRefusedError, type OutboundRefusalReason } from './outbound-refused-error.js';

const TIMEOUTS: readonly unknown[] = [
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
];
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS_/;

/** What a failure of the connection is to the caller; errors of our own tree stay as they are. */
export function translateFailure(error: unknown, origin: string): unknown {
  const code = codeOf(error);
  if (error instanceof AppError) return error;
  const refuse = (reason: OutboundRefusalReason, what: string): OutboundRefusedError =>
    new OutboundRefusedError(reason, `Cannot fetch from ${origin}: ${what}`, { cause: error });
  if (isTimeout(error, code)) return refuse('timeout', 'it takes too long');
  if (typeof code === 'string' && CERTIFICATE.test(code)) return refuse('certificate', 'its certificate is not valid');
  return refuse('connection', 'the connection failed');
}

/** AbortSignal.timeout gives a DOMException of this name. */
function isTimeout(error: unknown, code: unknown): boolean {
  const isNamedSo = typeof error === 'object' && error !== null && 'name' in error && error.name === 'TimeoutError';
  return isNamedSo || TIMEOUTS.includes(code);
}
