import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AuthenticationGuard } from './authentication.guard.js';
import { MaintenanceGuard } from './maintenance.guard.js';
import { PermissionGuard } from './permission.guard.js';
import { forgetAccess } from './request-access.js';
import { TenantGuard } from './tenant.guard.js';

/**
 * The one global guard: maintenance → authentication → tenant → permission (rest-api §1.3). Nest wraps each guard that it
 * knows of in work of its own, on every request; so it knows of this one.
 */
@Injectable()
export class AccessChain implements CanActivate {
  constructor(
    private readonly maintenance: MaintenanceGuard,
    private readonly authentication: AuthenticationGuard,
    private readonly tenant: TenantGuard,
    private readonly permission: PermissionGuard,
  ) {}

  /** @throws 503, 401, 429 or 403 */
  async canActivate(execution: ExecutionContext): Promise<boolean> {
    await this.maintenance.canActivate(execution);
    await this.authentication.canActivate(execution);
    await this.tenant.canActivate(execution);
    await this.permission.canActivate(execution);
    return true;
  }

  /**
   * The same once more, for a request whose body was long on its way: what was found out may be over by then, and a body
   * held back must not keep rights alive that were taken away.
   */
  async judgeAgain(execution: ExecutionContext): Promise<void> {
    forgetAccess(execution.switchToHttp().getRequest<FastifyRequest>());
    await this.canActivate(execution);
  }
}
