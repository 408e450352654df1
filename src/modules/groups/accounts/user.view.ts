import type { Account } from '../../../platform/access/authenticator.js';
import type { Principal, TenantMembership } from '../../../platform/access/directory.js';

/** A user's tenants with the role held directly, and all roles held there. */
export type UserTenants = Readonly<
  Record<string, { readonly 'tenant-role': string | null; readonly roles: readonly string[] }>
>;

export interface UserTenantRoles {
  readonly direct: Readonly<Record<string, string>>;
  readonly groups: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** rest-api §2.1. */
export interface UserView {
  readonly username: string;
  readonly tenants: number | UserTenants;
  readonly tenant_roles: UserTenantRoles | null;
  readonly groups: number | readonly string[];
  readonly role: string;
  readonly group_system_roles: Readonly<Record<string, readonly string[]>>;
  readonly active: boolean;
  readonly created_at: string;
  readonly first_login_at: string | null;
  readonly last_login_at: string | null;
  readonly is_locked: boolean;
  readonly show_getting_started: boolean;
  readonly password_hash: string | null;
}

/** The caller, from what the guards read already: no query (the web UI asks for it dozens of times at login). */
export function toUserView(account: Account, principal: Principal, options: { readonly getData: boolean }): UserView {
  const memberships = [...principal.memberships.values()];
  return {
    username: account.username,
    tenants: options.getData ? tenantsOf(memberships) : memberships.length,
    tenant_roles: options.getData ? tenantRolesOf(memberships) : null,
    groups: options.getData ? principal.groups : principal.groups.length,
    role: account.role,
    group_system_roles: principal.groupSystemRoles,
    active: account.isActive,
    created_at: account.createdAt,
    first_login_at: account.firstLoginAt,
    last_login_at: account.lastLoginAt,
    is_locked: account.isLocked,
    show_getting_started: account.showGettingStarted,
    password_hash: null,
  };
}

function tenantsOf(memberships: readonly TenantMembership[]): UserTenants {
  return Object.fromEntries(
    memberships.map(({ tenant, directRole, roles }) => [tenant.name, { 'tenant-role': directRole, roles }]),
  );
}

function tenantRolesOf(memberships: readonly TenantMembership[]): UserTenantRoles {
  return {
    direct: Object.fromEntries(
      memberships.flatMap(({ tenant, directRole }) => (directRole === null ? [] : [[tenant.name, directRole]])),
    ),
    groups: Object.fromEntries(
      memberships.flatMap(({ tenant, groupRoles }) =>
        Object.keys(groupRoles).length === 0 ? [] : [[tenant.name, groupRoles]],
      ),
    ),
  };
}
