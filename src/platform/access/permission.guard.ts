import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { holds, isSystemAdministrator } from '../../core/access/actor.js';
import { AppError, ForbiddenError, UnauthorizedError } from '../../core/errors/app-error.js';
import { relativePath } from '../http/api-path.js';
import { ownReach } from '../context/ctx.js';
import type { AccessRule } from './decorators.js';
import { Directory } from './directory.js';
import { beginsWork, mayBeCalledByExecution } from './execution-routes.js';
import { AccessRules } from './rules.js';
import { accessOf, noteAccess, type RequestAccess } from './request-access.js';
import { wideReach } from './wide-reach.js';

/** Fourth of the chain: may they? Also works out how far a list with `_all_tenants` reaches (rest-api §1.5, §1.6). */
@Injectable()
export class PermissionGuard implements CanActivate {
  constructor(
    private readonly rules: AccessRules,
    private readonly directory: Directory,
  ) {}

  async canActivate(execution: ExecutionContext): Promise<boolean> {
    const rule = this.rules.of(execution);
    if (rule.kind === 'public') return true;
    const request = execution.switchToHttp().getRequest<FastifyRequest>();
    const access = accessOf(request);
    assertForExecutions(request, access);
    const wantsAllTenants =
      rule.options.allTenants !== undefined && access.identity.execution === undefined && asksForAllTenants(request);
    await this.assertAllowed(rule, access, wantsAllTenants);

    const listPermission = wantsAllTenants ? rule.options.allTenants : undefined;
    if (listPermission === undefined && rule.options.tenant === 'required' && access.ctx.tenantId === null) {
      throw new ForbiddenError('Authorization failed: tenant not provided');
    }
    noteAccess(request, {
      reach:
        listPermission === undefined ? ownReach(access.ctx) : await wideReach(this.directory, access, listPermission),
    });
    return true;
  }

  private async assertAllowed(
    rule: Exclude<AccessRule, { kind: 'public' }>,
    access: RequestAccess,
    wantsAllTenants: boolean,
  ): Promise<void> {
    const { actor, tenantName } = access.ctx;
    switch (rule.kind) {
      case 'authenticated':
        return;
      case 'system_administrator':
        if (!isSystemAdministrator(actor))
          throw new UnauthorizedError(`User \`${actor.username}\` is not a system administrator`);
        return;
      case 'permission':
        if (rule.options.execution && isOwnExecution(access)) return;
        if (holds(actor, rule.permission)) return;
        if (wantsAllTenants && rule.options.anyTenant && (await this.holdsAnywhere(access, rule.permission))) return;
        throw new ForbiddenError(
          `User \`${actor.username}\` is not permitted to perform the action ${rule.permission}` +
            (tenantName === null ? '' : ` in the tenant \`${tenantName}\``),
        );
    }
  }

  private async holdsAnywhere({ glimpse, principal }: RequestAccess, permission: string): Promise<boolean> {
    const matrix = await this.directory.matrix(glimpse.state.accessVersion);
    return [...principal.memberships.values()].some(({ roles }) => matrix.permissionsOf(roles).has(permission));
  }
}

/** An execution does what executions are for, and begins nothing new once it is to end (security-design §1 row 6). */
function assertForExecutions(request: FastifyRequest, { identity }: RequestAccess): void {
  if (identity.execution === undefined) return;
  const path = relativePath(request.routeOptions.url ?? request.url);
  if (!mayBeCalledByExecution(request.method, path))
    throw new ForbiddenError('This action is not for executions: sign in as a user');
  if (identity.execution.isBeingCancelled === true && beginsWork(request.method, path))
    throw new AppError('forbidden_while_cancelling', 'Action not allowed: the execution is being cancelled');
}

function isOwnExecution({ identity, ctx }: RequestAccess): boolean {
  return identity.execution !== undefined && identity.execution.tenantId === ctx.tenantId;
}

/** Whether the text means true is judged with the other query parameters, later; a guess here would widen the reach. */
function asksForAllTenants(request: FastifyRequest): boolean {
  const raw = (request.query as Record<string, unknown>)['_all_tenants'];
  const first = Array.isArray(raw) ? raw[0] : raw;
  return typeof first === 'string' && first.toLowerCase() === 'true';
}
