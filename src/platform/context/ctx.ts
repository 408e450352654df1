import { ALL_PERMISSIONS, holds, type Actor } from '../../core/access/actor.js';
import type { Reach } from '../../core/access/visibility.js';
import { ForbiddenError } from '../../core/errors/app-error.js';

/** An open transaction. Opaque: only platform/database can look inside. */
export interface Tx {
  readonly brand: 'tx';
}

/** Who is asking, for which tenant, in which request and transaction. Explicit and first, everywhere (ADR 0001). */
export interface Ctx {
  readonly actor: Actor;
  /** Null where the route needs no tenant; 0 is a tenant. */
  readonly tenantId: number | null;
  readonly tenantName: string | null;
  readonly requestId: string;
  /** The address the request came from, or null for work nobody asked for over the network. */
  readonly sourceAddress: string | null;
  readonly tx?: Tx;
}

/** A context that reaches rows of tenants: what lists take. `tenantId` may be null with `_all_tenants`. */
export interface ReachCtx extends Ctx {
  readonly reach: Reach;
}

/** A context inside one tenant: what repositories of tenant resources take. */
export interface TenantCtx extends ReachCtx {
  readonly tenantId: number;
  readonly tenantName: string;
}

/** The reach of a request inside its own tenant. */
export function ownReach(ctx: Ctx): Reach {
  if (ctx.tenantId === null) return { tenantIds: [], administeredTenantIds: [] };
  return {
    tenantIds: [ctx.tenantId],
    administeredTenantIds: holds(ctx.actor, 'administrators') ? [ctx.tenantId] : [],
  };
}

/** @throws ForbiddenError when the request names no tenant (rest-api §1.5). */
export function requireTenant(ctx: Ctx): TenantCtx {
  if (ctx.tenantId === null || ctx.tenantName === null) {
    throw new ForbiddenError('Authorization failed: tenant not provided');
  }
  return { ...ctx, tenantId: ctx.tenantId, tenantName: ctx.tenantName, reach: ownReach(ctx) };
}

const SYSTEM_ACTOR: Actor = {
  userId: 0,
  username: 'admin',
  isBootstrapAdmin: true,
  authMethod: 'system',
  identitySource: 'system',
  systemRole: 'sys_admin',
  permissions: ALL_PERMISSIONS,
  systemPermissions: ALL_PERMISSIONS,
};

/**
 * A context for work that nobody asked for: start-up, the audit sealer, key rotation, the recovery of uploads.
 * The reason is logged with what it does; dependency rules list who may call this.
 */
export function systemCtx(reason: string): Ctx {
  return { actor: SYSTEM_ACTOR, tenantId: null, tenantName: null, requestId: `system:${reason}`, sourceAddress: null };
}

export function systemTenantCtx(reason: string, tenant: { readonly id: number; readonly name: string }): TenantCtx {
  return {
    ...systemCtx(reason),
    tenantId: tenant.id,
    tenantName: tenant.name,
    reach: { tenantIds: [tenant.id], administeredTenantIds: [tenant.id] },
  };
}

export const NO_REACH: Reach = { tenantIds: [], administeredTenantIds: [] };
