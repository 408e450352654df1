import type { FastifyRequest } from 'fastify';
import type { Credentials } from './authenticator.js';

export function credentialsOf(request: FastifyRequest): Credentials {
  return {
    authorization: request.headers.authorization,
    authenticationToken: single(request.headers['authentication-token']),
    executionToken: single(request.headers['execution-token']),
    requestId: request.id,
    sourceAddress: request.ip,
  };
}

/** A header that came twice is no credential: which of the two was meant is anybody's guess. */
function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? undefined : value;
}
