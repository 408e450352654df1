/** How the caller proved who they are; the values of `X-Cloudify-Audit-Auth-Method` (rest-api §2.9) and two of our own. */
export type AuthMethod = 'http_basic' | 'token' | 'execution_token' | 'external' | 'system' | 'none';

/** A set of permission names. A function rather than a Set, since the bootstrap administrator holds every name there is. */
export interface PermissionSet {
  has(permission: string): boolean;
}

export const ALL_PERMISSIONS: PermissionSet = { has: () => true };
export const NO_PERMISSIONS: PermissionSet = { has: () => false };

/** Who is asking, with the rights held in the tenant of the request (rest-api §1.6). */
export interface Actor {
  readonly userId: number;
  readonly username: string;
  /** User id 0: passes every permission check without a look-up. */
  readonly isBootstrapAdmin: boolean;
  readonly authMethod: AuthMethod;
  /** Where the identity comes from: `local`, or the name of a directory. */
  readonly identitySource: string;
  /** The user's own system role, alone: what `role` says on the wire. */
  readonly systemRole: string;
  /** What the system roles, tenant roles and group roles give in the tenant of the request. */
  readonly permissions: PermissionSet;
  /** What the system roles alone give: judges restore-only fields and `_all_tenants` (rest-api §1.5, §1.19). */
  readonly systemPermissions: PermissionSet;
  /** The user's token epoch when the credentials were judged: a later one means that they were revoked since. */
  readonly tokenEpoch?: number;
  /** Set when the request came by an access token. */
  readonly tokenId?: string;
  /** Set when the request is tied to a running execution. */
  readonly executionId?: string;
}

export function holds(actor: Actor, permission: string): boolean {
  return actor.isBootstrapAdmin || actor.permissions.has(permission);
}

export function holdsAsSystem(actor: Actor, permission: string): boolean {
  return actor.isBootstrapAdmin || actor.systemPermissions.has(permission);
}

/** The system-administrator check of rest-api §2.4: the bootstrap admin, or a system role in `administrators`. */
export function isSystemAdministrator(actor: Actor): boolean {
  return holdsAsSystem(actor, 'administrators');
}
