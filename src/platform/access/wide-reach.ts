import { holdsAsSystem } from '../../core/access/actor.js';
import type { Reach } from '../../core/access/visibility.js';
import { BOOTSTRAP_ADMIN_ID, systemRolesOf } from './actor-factory.js';
import type { Directory } from './directory.js';
import type { RequestAccess } from './request-access.js';

/**
 * How far a caller reaches beyond the tenant of the request (rest-api §1.5): `all_tenants` (system roles only) reaches every
 * tenant; others reach those where they hold the permission.
 */
export async function wideReach(
  directory: Directory,
  { glimpse, principal, ctx }: Pick<RequestAccess, 'glimpse' | 'principal' | 'ctx'>,
  permission: string,
): Promise<Reach> {
  const { accessVersion } = glimpse.state;
  const matrix = await directory.matrix(accessVersion);
  const systemRoles = systemRolesOf(principal);
  if (holdsAsSystem(ctx.actor, 'all_tenants')) {
    const tenantIds = (await directory.tenants(accessVersion)).map((tenant) => tenant.id);
    if (ctx.actor.userId === BOOTSTRAP_ADMIN_ID || holdsAsSystem(ctx.actor, 'administrators')) {
      return { tenantIds, administeredTenantIds: tenantIds };
    }
    return { tenantIds, administeredTenantIds: administeredOf(principal, matrix, systemRoles) };
  }
  const tenantIds = [...principal.memberships.values()]
    .filter(({ roles }) => matrix.permissionsOf([...systemRoles, ...roles]).has(permission))
    .map(({ tenant }) => tenant.id);
  const administered = new Set(administeredOf(principal, matrix, systemRoles));
  return { tenantIds, administeredTenantIds: tenantIds.filter((id) => administered.has(id)) };
}

type Matrix = Awaited<ReturnType<Directory['matrix']>>;

function administeredOf(
  principal: RequestAccess['principal'],
  matrix: Matrix,
  systemRoles: readonly string[],
): number[] {
  return [...principal.memberships.values()]
    .filter(({ roles }) => matrix.permissionsOf([...systemRoles, ...roles]).has('administrators'))
    .map(({ tenant }) => tenant.id);
}
