import { SetMetadata } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

export const AUDITED = Symbol('holdfast:audited');

/**
 * Names what a route does in the audit log, `secret.create`. The record of a success is written by the service, in the
 * change's own transaction; a failure or refusal of the route is recorded under this name by the interceptor and the
 * error filter, through the same sink. Bodies are never recorded.
 */
export function Audited(action: string): MethodDecorator {
  return SetMetadata(AUDITED, action);
}

const actions = new WeakMap<object, string>();

export function noteAuditAction(request: FastifyRequest, action: string): void {
  actions.set(request.raw, action);
}

export function auditActionOf(request: FastifyRequest): string | undefined {
  return actions.get(request.raw);
}
