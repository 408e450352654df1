import { Injectable, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { AppError, ForbiddenError, UnauthorizedError } from '../../core/errors/app-error.js';
import { accessSoFar } from '../access/request-access.js';
import { Log } from '../logging/log.js';
import { AUDITED, noteAuditAction } from './audited.decorator.js';
import { AuditSink } from './audit-sink.js';
import { strangerCtx } from './denial-recorder.js';

/** Records that an audited action failed; refusals (401, 403) are the error filter's, since guards run before interceptors. */
@Injectable()
export class FailureRecorder {
  constructor(
    private readonly reflector: Reflector,
    private readonly audit: AuditSink,
    private readonly log: Log,
  ) {}

  /** @throws what the work threw, after it was recorded */
  async watch<T>(execution: ExecutionContext, work: () => Promise<T>): Promise<T> {
    const action = this.reflector.get<string | undefined>(AUDITED, execution.getHandler());
    if (action === undefined) return work();
    const request = execution.switchToHttp().getRequest<FastifyRequest>();
    noteAuditAction(request, action);
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof UnauthorizedError) && !(error instanceof ForbiddenError))
        await this.recordFailure(request, action, error);
      throw error;
    }
  }

  private async recordFailure(request: FastifyRequest, action: string, error: unknown): Promise<void> {
    try {
      await this.audit.record(accessSoFar(request).ctx ?? strangerCtx(request), {
        action,
        operation: 'other',
        outcome: 'failure',
        refTable: null,
        refId: null,
        details: {
          method: request.method,
          route: request.routeOptions.url ?? null,
          code: error instanceof AppError ? error.code : null,
        },
      });
    } catch (cause) {
      this.log.error('a failure could not be recorded in the audit log', { error: cause });
    }
  }
}
