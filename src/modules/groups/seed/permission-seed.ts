import { parseDocument } from 'yaml';
import type { RoleType } from '../../../core/access/permission-matrix.js';

export interface SeedRole {
  readonly name: string;
  readonly type: RoleType;
  readonly description: string;
}

/** Roles and the default matrix, as `config/permissions.yaml` declares them. */
export interface PermissionSeed {
  readonly roles: readonly SeedRole[];
  /** Permission → the roles that hold it. */
  readonly permissions: ReadonlyMap<string, readonly string[]>;
}

const ROLE_TYPES: ReadonlyMap<unknown, RoleType> = new Map<string, RoleType>([
  ['system', 'system_role'],
  ['tenant', 'tenant_role'],
  ['any', 'any'],
]);

/** The roles that the program itself names: start-up without them would leave nobody able to work. */
const NEEDED: readonly (readonly [name: string, type: RoleType])[] = [
  ['sys_admin', 'system_role'],
  ['default', 'system_role'],
  ['user', 'tenant_role'],
];

/** @throws Error naming everything that is wrong with the file, in one go */
export function readPermissionSeed(text: string, file: string): PermissionSeed {
  const document = parseDocument(text, { uniqueKeys: true, schema: 'core' });
  const faults = document.errors.map((error) => error.message);
  const tree: unknown = faults.length === 0 ? document.toJS({ maxAliasCount: 0 }) : {};
  const { roles, permissions } = isDict(tree) ? tree : {};
  const seed = { roles: readRoles(roles, faults), permissions: new Map<string, readonly string[]>() };
  const known = new Set(seed.roles.map((role) => role.name));
  for (const [permission, holders] of Object.entries(isDict(permissions) ? permissions : {})) {
    seed.permissions.set(permission, readHolders(permission, holders, known, faults));
  }
  if (seed.permissions.size === 0) faults.push('`permissions` must map permissions to lists of roles');
  for (const [name, type] of NEEDED) {
    if (!seed.roles.some((role) => role.name === name && (role.type === type || role.type === 'any'))) {
      faults.push(`the ${type} \`${name}\` is needed`);
    }
  }
  if (faults.length > 0)
    throw new Error(`${file} cannot be used:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
  return seed;
}

function readRoles(value: unknown, faults: string[]): SeedRole[] {
  if (!Array.isArray(value)) {
    faults.push('`roles` must be a list');
    return [];
  }
  const roles = value.flatMap((entry: unknown): SeedRole[] => {
    const { name, type, description = '' } = isDict(entry) ? entry : {};
    const known = ROLE_TYPES.get(type);
    if (typeof name === 'string' && name !== '' && known && typeof description === 'string') {
      return [{ name, type: known, description: description.trim() }];
    }
    faults.push('each role needs a `name`, a `type` (system, tenant or any) and perhaps a `description`');
    return [];
  });
  if (new Set(roles.map((role) => role.name)).size < roles.length) faults.push('a role is declared twice');
  return roles;
}

function readHolders(permission: string, holders: unknown, known: ReadonlySet<string>, faults: string[]): string[] {
  if (!Array.isArray(holders) || holders.some((holder) => typeof holder !== 'string')) {
    faults.push(`\`${permission}\` must have a list of roles`);
    return [];
  }
  const names = [...new Set(holders as string[])];
  for (const name of names) if (!known.has(name)) faults.push(`\`${permission}\` names the unknown role \`${name}\``);
  return names;
}

function isDict(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
