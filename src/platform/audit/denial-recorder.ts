import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { NO_PERMISSIONS, type Actor } from '../../core/access/actor.js';
import type { AppError } from '../../core/errors/app-error.js';
import { accessSoFar } from '../access/request-access.js';
import type { Ctx } from '../context/ctx.js';
import { Log } from '../logging/log.js';
import { AuditSink } from './audit-sink.js';
import { auditActionOf } from './audited.decorator.js';

const STRANGER: Actor = {
  userId: -1,
  username: '',
  isBootstrapAdmin: false,
  authMethod: 'none',
  identitySource: 'none',
  systemRole: '',
  permissions: NO_PERMISSIONS,
  systemPermissions: NO_PERMISSIONS,
};

/** The context of somebody who has not proved who they are. */
export function strangerCtx(request: { readonly id: string; readonly ip: string }): Ctx {
  return { actor: STRANGER, tenantId: null, tenantName: null, requestId: request.id, sourceAddress: request.ip };
}

const recorded = new WeakSet<object>();

/** This refusal has its record already, in the transaction of what was refused. */
export function markRecorded(error: AppError): void {
  recorded.add(error);
}

/** Records refusals. A refusal stands whether or not its record could be written. */
@Injectable()
export class DenialRecorder {
  constructor(
    private readonly audit: AuditSink,
    private readonly log: Log,
  ) {}

  async record(request: FastifyRequest, error: AppError): Promise<void> {
    if (recorded.has(error)) return;
    const ctx = accessSoFar(request).ctx ?? strangerCtx(request);
    try {
      await this.audit.record(ctx, {
        action: auditActionOf(request) ?? 'request.denied',
        operation: 'denied',
        outcome: 'denied',
        refTable: null,
        refId: null,
        details: { method: request.method, route: request.routeOptions.url ?? null, code: error.code },
      });
    } catch (cause) {
      this.log.error('a refusal could not be recorded in the audit log', { error: cause });
    }
  }
}
