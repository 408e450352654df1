import type { PermissionMatrix } from '../../core/access/permission-matrix.js';

export interface TenantRef {
  readonly id: number;
  readonly name: string;
}

/** A user's place in tenants and groups. Roles are names. */
export interface Principal {
  readonly userId: number;
  readonly username: string;
  readonly systemRole: string;
  /** System role → the groups (sorted) that give it; `group_system_roles` on the wire. */
  readonly groupSystemRoles: Readonly<Record<string, readonly string[]>>;
  /** Sorted group names. */
  readonly groups: readonly string[];
  /** By tenant id; only tenants the user belongs to. */
  readonly memberships: ReadonlyMap<number, TenantMembership>;
}

export interface TenantMembership {
  readonly tenant: TenantRef;
  readonly directRole: string | null;
  /** Tenant role → the groups (sorted) that give it here. */
  readonly groupRoles: Readonly<Record<string, readonly string[]>>;
  /** All roles held here, sorted, each once. */
  readonly roles: readonly string[];
}

/**
 * A port, given by modules/groups: who belongs where. What it remembers is keyed by the access version that the request
 * read with its credentials, so an answer is never older than the request.
 */
export abstract class Directory {
  abstract principal(accessVersion: string, userId: number): Promise<Principal>;
  abstract matrix(accessVersion: string): Promise<PermissionMatrix>;
  /** By exact name, or null. */
  abstract tenantByName(accessVersion: string, name: string): Promise<TenantRef | null>;
  abstract tenants(accessVersion: string): Promise<readonly TenantRef[]>;
}
