import { Injectable } from '@nestjs/common';
import { ALL_PERMISSIONS, NO_PERMISSIONS, type PermissionSet } from '../../core/access/actor.js';
import type { PermissionMatrix } from '../../core/access/permission-matrix.js';
import type { Ctx, TenantCtx } from '../context/ctx.js';
import { HotQueries } from '../database/hot-queries.js';
import { systemRolesOf } from './actor-factory.js';
import { Directory, type Principal, type TenantRef } from './directory.js';

/**
 * What the caller may do in tenants other than the request's own, for the few routes that reach several. The actor in
 * the context knows the rights of one tenant alone.
 */
@Injectable()
export class TenantRights {
  constructor(
    private readonly directory: Directory,
    private readonly hot: HotQueries,
  ) {}

  /** As they stand now: later changes need another call. */
  async of(ctx: Ctx): Promise<RightsOfCaller> {
    const [state] = await this.hot.query<{ access_version: string }>(
      'hf_access_version',
      'SELECT access_version FROM system_state',
      [],
    );
    if (!state) throw new Error('The state of the system is missing.');
    const version = state.access_version;
    const [principal, matrix, tenants] = [
      await this.directory.principal(version, ctx.actor.userId),
      await this.directory.matrix(version),
      await this.directory.tenants(version),
    ];
    return new RightsOfCaller(ctx, principal, matrix, tenants);
  }
}

export class RightsOfCaller {
  private readonly systemRoles: readonly string[];

  constructor(
    private readonly ctx: Ctx,
    private readonly principal: Principal,
    private readonly matrix: PermissionMatrix,
    private readonly tenants: readonly TenantRef[],
  ) {
    this.systemRoles = systemRolesOf(principal);
  }

  /** By exact name, whether or not the caller has anything to do with it. */
  tenant(name: string): TenantRef | null {
    return this.tenants.find((tenant) => tenant.name === name) ?? null;
  }

  /** What system roles and the roles in that tenant give together. A running execution has rights in its own tenant only. */
  permissionsIn(tenantId: number): PermissionSet {
    const { actor } = this.ctx;
    if (actor.executionId !== undefined && tenantId !== this.ctx.tenantId) return NO_PERMISSIONS;
    if (actor.isBootstrapAdmin) return ALL_PERMISSIONS;
    const roles = this.principal.memberships.get(tenantId)?.roles ?? [];
    return this.matrix.permissionsOf([...this.systemRoles, ...roles]);
  }

  holds(tenantId: number, permission: string): boolean {
    return this.permissionsIn(tenantId).has(permission);
  }

  /** The numbers of all tenants where the caller holds the permission. */
  tenantIdsWith(permission: string): number[] {
    return this.tenants.map(({ id }) => id).filter((id) => this.holds(id, permission));
  }

  /** The context of the same caller inside that tenant. */
  ctxIn(tenant: TenantRef): TenantCtx {
    const permissions = this.permissionsIn(tenant.id);
    return {
      ...this.ctx,
      actor: { ...this.ctx.actor, permissions },
      tenantId: tenant.id,
      tenantName: tenant.name,
      reach: { tenantIds: [tenant.id], administeredTenantIds: permissions.has('administrators') ? [tenant.id] : [] },
    };
  }
}
