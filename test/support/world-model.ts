import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/*
 * The manager's answers, worked out a second time and in memory (rest-api §1.4 to §1.6, §1.14, §2). It shares no code with
 * the manager; a difference means that one of the two has misread the contract.
 */

const SEED = parse(readFileSync(join(import.meta.dirname, '../../config/permissions.yaml'), 'utf8')) as {
  readonly permissions: Readonly<Record<string, readonly string[]>>;
};

export type Visibility = 'private' | 'tenant' | 'global';
export const WIDTH: Readonly<Record<Visibility, number>> = { private: 0, tenant: 1, global: 2 };

export interface ModelUser {
  readonly name: string;
  readonly isBootstrapAdmin: boolean;
  role: string;
  active: boolean;
}

export interface ModelGroup {
  readonly name: string;
  role: string;
  readonly members: Set<ModelUser>;
}

/** What a tenant owns and others may see. */
export interface ModelOwned {
  readonly key: string;
  readonly tenant: string;
  readonly owner: ModelUser;
  visibility: Visibility;
}

export interface ModelSecret extends ModelOwned {
  hidden: boolean;
  value: string;
}

/** Its blueprint may be a global one of another tenant. What is in it is seen with it. */
export interface ModelDeployment extends ModelOwned {
  readonly blueprint: ModelOwned;
  readonly instances: string[];
}

/** Belongs to whoever started it, and lies where its deployment does. */
export interface ModelExecution extends ModelOwned {
  readonly deployment: ModelDeployment;
  readonly messages: string[];
}

export interface ModelTenant {
  readonly name: string;
  readonly users: Map<ModelUser, string>;
  readonly groups: Map<ModelGroup, string>;
  readonly secrets: Map<string, ModelSecret>;
  readonly blueprints: Map<string, ModelOwned>;
  readonly deployments: Map<string, ModelDeployment>;
  readonly executions: Map<string, ModelExecution>;
  /** Whoever uploaded or deleted something: the records of that stay as long as the tenant. */
  readonly remembered: Set<ModelUser>;
}

/** Who sends a request: a user with one of their tokens, or with none that counts. */
export interface Session {
  readonly user: ModelUser;
  tokenId: string;
}

export class WorldModel {
  readonly admin: ModelUser = { name: 'admin', isBootstrapAdmin: true, role: 'sys_admin', active: true };
  readonly users = new Map<string, ModelUser>([['admin', this.admin]]);
  readonly groups = new Map<string, ModelGroup>();
  readonly tenants = new Map<string, ModelTenant>();
  /** Token id → whose it is. */
  readonly tokens = new Map<string, ModelUser>();
  readonly matrix = new Map<string, Set<string>>();

  constructor() {
    for (const [permission, roles] of Object.entries(SEED.permissions)) this.matrix.set(permission, new Set(roles));
  }

  addTenant(name: string): void {
    this.tenants.set(name, {
      name,
      users: new Map(),
      groups: new Map(),
      secrets: new Map(),
      blueprints: new Map(),
      deployments: new Map(),
      executions: new Map(),
      remembered: new Set(),
    });
  }

  isSeeded(role: string, permission: string): boolean {
    return SEED.permissions[permission]?.includes(role) ?? false;
  }

  isGranted(role: string, permission: string): boolean {
    return this.matrix.get(permission)?.has(role) ?? false;
  }

  groupsOf(user: ModelUser): ModelGroup[] {
    return [...this.groups.values()].filter((group) => group.members.has(user));
  }

  rolesIn(user: ModelUser, tenant: ModelTenant): string[] {
    const direct = tenant.users.get(user);
    const byGroups = this.groupsOf(user).flatMap((group) => tenant.groups.get(group) ?? []);
    return direct === undefined ? byGroups : [direct, ...byGroups];
  }

  tenantsOf(user: ModelUser): ModelTenant[] {
    return [...this.tenants.values()].filter((tenant) => this.rolesIn(user, tenant).length > 0);
  }

  /** By the system roles alone. */
  holdsAsSystem(user: ModelUser, permission: string): boolean {
    if (user.isBootstrapAdmin) return true;
    const roles = [user.role, ...this.groupsOf(user).map((group) => group.role)];
    return roles.some((role) => this.isGranted(role, permission));
  }

  holds(user: ModelUser, tenant: string | null, permission: string): boolean {
    if (this.holdsAsSystem(user, permission)) return true;
    const place = tenant === null ? undefined : this.tenants.get(tenant);
    return place !== undefined && this.rolesIn(user, place).some((role) => this.isGranted(role, permission));
  }

  isAlive({ user, tokenId }: Session): boolean {
    return this.users.get(user.name) === user && user.active && this.tokens.get(tokenId) === user;
  }

  /** The status with which the door stays shut, or null. */
  door(session: Session, tenant: string | null, permission: string, needsTenant = false): number | null {
    if (!this.isAlive(session)) return 401;
    if (tenant !== null && !this.tenants.has(tenant)) return 403;
    if (!this.holds(session.user, tenant, permission)) return 403;
    return needsTenant && tenant === null ? 403 : null;
  }

  /** Permissions about permissions: 401, not 403 (rest-api §2.4). */
  administratorsDoor(session: Session): number | null {
    return this.isAlive(session) && this.holdsAsSystem(session.user, 'administrators') ? null : 401;
  }

  /** As `door`, for lists marked **AT** with `_all_tenants`: the permission may come from any tenant (rest-api §1.5). */
  doorOfAnyTenant(session: Session, tenant: string | null, permission: string): number | null {
    const shut = this.door(session, tenant, permission);
    const isThere = tenant === null || this.tenants.has(tenant);
    if (shut !== 403 || !isThere) return shut;
    return this.tenantsOf(session.user).some(({ name }) => this.holds(session.user, name, permission)) ? null : 403;
  }

  // --- what tenants own --------------------------------------------------------------------------------------------

  allSecrets(): ModelSecret[] {
    return [...this.tenants.values()].flatMap((tenant) => [...tenant.secrets.values()]);
  }

  allBlueprints(): ModelOwned[] {
    return [...this.tenants.values()].flatMap((tenant) => [...tenant.blueprints.values()]);
  }

  allDeployments(): ModelDeployment[] {
    return [...this.tenants.values()].flatMap((tenant) => [...tenant.deployments.values()]);
  }

  allExecutions(): ModelExecution[] {
    return [...this.tenants.values()].flatMap((tenant) => [...tenant.executions.values()]);
  }

  /** With what ran on it. */
  removeDeployment(deployment: ModelDeployment): void {
    const place = this.tenants.get(deployment.tenant);
    place?.deployments.delete(deployment.key);
    for (const execution of place?.executions.values() ?? [])
      if (execution.deployment === deployment) place?.executions.delete(execution.key);
  }

  private sees(user: ModelUser, tenants: ReadonlySet<string>, thing: ModelOwned): boolean {
    if (thing.visibility === 'global') return true;
    if (!tenants.has(thing.tenant)) return false;
    return thing.visibility === 'tenant' || this.mayOpen(user, thing);
  }

  /** Creator, or `administrators` where it is: sees private ones there, and hidden values anywhere. */
  mayOpen(user: ModelUser, thing: ModelOwned): boolean {
    return thing.owner === user || this.holds(user, thing.tenant, 'administrators');
  }

  /** The tenant's own one of this name if it is visible, else a global one. */
  find<T extends ModelOwned>(all: readonly T[], user: ModelUser, tenant: string, key: string): T | null {
    const named = all.filter((thing) => thing.key === key);
    const reach = new Set([tenant]);
    return (
      named.find((thing) => thing.tenant === tenant && this.sees(user, reach, thing)) ??
      named.find((thing) => thing.visibility === 'global') ??
      null
    );
  }

  /** What a list shows; `wide` is `_all_tenants`, which selects the tenants by the permission. */
  listed<T extends ModelOwned>(
    all: readonly T[],
    user: ModelUser,
    tenant: string | null,
    { wide, permission }: { readonly wide: boolean; readonly permission: string },
  ): T[] {
    const reach = this.reach(user, tenant, wide, permission);
    return all.filter((thing) => this.sees(user, reach, thing));
  }

  private reach(user: ModelUser, tenant: string | null, wide: boolean, permission: string): Set<string> {
    if (!wide) return new Set(tenant === null ? [] : [tenant]);
    if (this.holdsAsSystem(user, 'all_tenants')) return new Set(this.tenants.keys());
    const mine = this.tenantsOf(user).filter(({ name }) => this.holds(user, name, permission));
    return new Set(mine.map(({ name }) => name));
  }

  /** Whether a tenant may take the name: 409 otherwise, whoever has it and whether or not the caller sees it. */
  isFree(all: readonly ModelOwned[], tenant: string, key: string, visibility: Visibility): boolean {
    return !all.some(
      (thing) =>
        thing.key === key && (thing.tenant === tenant || thing.visibility === 'global' || visibility === 'global'),
    );
  }

  // --- users -------------------------------------------------------------------------------------------------------

  /** Belongs somewhere, or made what is still there (rest-api §2.1). */
  isTied(user: ModelUser): boolean {
    return (
      this.groupsOf(user).length > 0 ||
      [...this.tenants.values()].some((tenant) => tenant.users.has(user)) ||
      [...this.tenants.values()].some((tenant) => tenant.remembered.has(user)) ||
      [...this.allSecrets(), ...this.allBlueprints(), ...this.allDeployments(), ...this.allExecutions()].some(
        (thing) => thing.owner === user,
      )
    );
  }

  removeUser(user: ModelUser): void {
    this.users.delete(user.name);
    for (const [id, owner] of this.tokens) if (owner === user) this.tokens.delete(id);
  }

  removeGroup(group: ModelGroup): void {
    this.groups.delete(group.name);
    for (const tenant of this.tenants.values()) tenant.groups.delete(group);
  }
}
