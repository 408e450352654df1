import { holds, holdsAsSystem } from '../../core/access/actor.js';
import { ForbiddenError } from '../../core/errors/app-error.js';
import type { Ctx } from '../context/ctx.js';

/** For rules that the route's own permission cannot say. @throws ForbiddenError naming user, permission and tenant. */
export function requirePermission(ctx: Ctx, permission: string): void {
  if (!holds(ctx.actor, permission)) throw lacking(ctx, permission);
}

/** As `requirePermission`, counting system roles alone: restore-only fields (rest-api §1.19). */
export function requireSystemPermission(ctx: Ctx, permission: string): void {
  if (!holdsAsSystem(ctx.actor, permission)) throw lacking(ctx, permission);
}

function lacking({ actor, tenantName }: Ctx, permission: string): ForbiddenError {
  const place = tenantName === null ? '' : ` in the tenant \`${tenantName}\``;
  return new ForbiddenError(`User \`${actor.username}\` is not permitted to perform the action ${permission}${place}`);
}
