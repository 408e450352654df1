import { NO_PERMISSIONS, type PermissionSet } from './actor.js';

export type RoleType = 'system_role' | 'tenant_role' | 'any';

export interface RoleGrants {
  readonly name: string;
  readonly type: RoleType;
  readonly permissions: readonly string[];
}

/** A union of roles is asked for on every request, and few different unions exist. */
const MAX_REMEMBERED_UNIONS = 1024;

/** Which role gives which permission (rest-api §1.6). A value: a changed matrix is a new object. */
export class PermissionMatrix {
  private readonly grants: ReadonlyMap<string, ReadonlySet<string>>;
  private readonly types: ReadonlyMap<string, RoleType>;
  private readonly unions = new Map<string, PermissionSet>();

  constructor(roles: readonly RoleGrants[]) {
    this.grants = new Map(roles.map((role) => [role.name, new Set(role.permissions)]));
    this.types = new Map(roles.map((role) => [role.name, role.type]));
  }

  typeOf(role: string): RoleType | undefined {
    return this.types.get(role);
  }

  /** The roles that hold a permission, in the order of the matrix. */
  rolesWith(permission: string): string[] {
    return [...this.grants].filter(([, permissions]) => permissions.has(permission)).map(([role]) => role);
  }

  /** What these roles give together. Unknown roles give nothing. */
  permissionsOf(roles: readonly string[]): PermissionSet {
    if (roles.length === 0) return NO_PERMISSIONS;
    const [only] = roles;
    if (roles.length === 1 && only !== undefined) return this.grants.get(only) ?? NO_PERMISSIONS;
    const key = [...new Set(roles)].toSorted().join('\n');
    let union = this.unions.get(key);
    if (!union) {
      union = new Set(roles.flatMap((role) => [...(this.grants.get(role) ?? [])]));
      if (this.unions.size >= MAX_REMEMBERED_UNIONS) this.unions.clear();
      this.unions.set(key, union);
    }
    return union;
  }
}
