import { Injectable, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AuthenticationGuard } from './authentication.guard.js';
import { MaintenanceGuard } from './maintenance.guard.js';
import { PermissionGuard } from './permission.guard.js';
import { forgetAccess } from './request-access.js';
import { TenantGuard } from './tenant.guard.js';

/**
 * The guards once more, for a request whose body was long on its way: what they found out may be over by then, and a
 * body held back must not keep rights alive that were taken away.
 */
@Injectable()
export class AccessChain {
  constructor(
    private readonly maintenance: MaintenanceGuard,
    private readonly authentication: AuthenticationGuard,
    private readonly tenant: TenantGuard,
    private readonly permission: PermissionGuard,
  ) {}

  /** @throws what the guards throw: 503, 401, 429 or 403 */
  async judgeAgain(execution: ExecutionContext): Promise<void> {
    forgetAccess(execution.switchToHttp().getRequest<FastifyRequest>());
    for (const guard of [this.maintenance, this.authentication, this.tenant, this.permission])
      await guard.canActivate(execution);
  }
}
