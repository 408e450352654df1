import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/**
 * Who may enter where, written a second time and from the documents alone: the seed of the matrix (config/permissions.yaml)
 * and the tables of rest-api §1.3 to §1.6. It shares no code with the guards that it judges.
 */

const SEED = parse(readFileSync(join(import.meta.dirname, '../../config/permissions.yaml'), 'utf8')) as {
  readonly permissions: Readonly<Record<string, readonly string[]>>;
};

export interface ModelCaller {
  readonly label: string;
  /** Null: no credentials. */
  readonly systemRoles: readonly string[] | null;
  readonly isBootstrapAdmin?: boolean;
  /** Tenant name → roles there, direct or by group. */
  readonly tenantRoles: Readonly<Record<string, readonly string[]>>;
}

/** A line of the manifest: `secret_list tenant=required all=secret_list AT`. */
export interface ModelRule {
  /** A permission, or `public`, `authenticated`, `system_administrator`. */
  readonly who: string;
  readonly tenant: 'required' | 'optional' | 'none' | 'path' | 'body';
  readonly allTenants: string | null;
  readonly anyTenant: boolean;
}

export interface ModelRequest {
  /** Where the rule looks for it: header, path or body. Null: not sent. */
  readonly tenant: string | null;
  readonly allTenants: boolean;
}

export type Door = 'open' | 401 | 403 | 400;

export function readRule(line: string): ModelRule {
  const [who = '', ...marks] = line.split(' ');
  const value = (name: string): string | null =>
    marks.find((mark) => mark.startsWith(`${name}=`))?.slice(name.length + 1) ?? null;
  return {
    who,
    tenant: (value('tenant') ?? 'none') as ModelRule['tenant'],
    allTenants: value('all'),
    anyTenant: marks.includes('AT'),
  };
}

/** What the door says: `open`, or the status with which it stays shut. */
export function doorOf(
  rule: ModelRule,
  caller: ModelCaller,
  request: ModelRequest,
  tenants: ReadonlySet<string>,
): Door {
  if (rule.who === 'public') return 'open';
  if (caller.systemRoles === null) return 401;

  // Step 4: the tenant. Endpoints that take it from the body miss it there first.
  const named = rule.tenant === 'none' ? null : request.tenant;
  if (rule.tenant === 'body' && named === null) return 400;
  if (named !== null && !tenants.has(named)) return 403;

  // Step 5: the permission.
  if (rule.who === 'system_administrator') {
    return caller.isBootstrapAdmin || grants('administrators', caller.systemRoles) ? 'open' : 401;
  }
  const wide = rule.allTenants !== null && request.allTenants;
  if (!mayEnter(rule, caller, named, wide)) return 403;
  return rule.tenant === 'required' && named === null && !wide ? 403 : 'open';
}

function mayEnter(rule: ModelRule, caller: ModelCaller, tenant: string | null, wide: boolean): boolean {
  if (rule.who === 'authenticated') return true;
  if (holdsIn(caller, tenant, rule.who)) return true;
  return wide && rule.anyTenant && Object.keys(caller.tenantRoles).some((name) => holdsIn(caller, name, rule.who));
}

/** Does the caller hold the permission in that tenant, or, with null, outside of any? */
export function holdsIn(caller: ModelCaller, tenant: string | null, permission: string): boolean {
  if (caller.isBootstrapAdmin) return true;
  const there = tenant === null ? [] : (caller.tenantRoles[tenant] ?? []);
  return grants(permission, [...(caller.systemRoles ?? []), ...there]);
}

function grants(permission: string, roles: readonly string[]): boolean {
  return (SEED.permissions[permission] ?? []).some((role) => roles.includes(role));
}
