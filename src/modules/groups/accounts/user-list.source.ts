import type { ListSource } from '../../../platform/listing/list-source.js';

/** Every role of the user in every tenant: its own (no group) and what groups give. */
const PLACES = `(
  SELECT tu.tenant_id, tu.role_id, NULL::text AS group_name FROM tenant_user tu WHERE tu.user_id = r.id
  UNION ALL
  SELECT tg.tenant_id, tg.role_id, g.name FROM group_member m JOIN user_group g ON g.id = m.group_id
    JOIN tenant_group tg ON tg.group_id = g.id WHERE m.user_id = r.id) p`;

const PLACES_NAMED = `(
  SELECT t.name COLLATE "C" AS tenant, pr.name COLLATE "C" AS role, p.group_name COLLATE "C" AS group_name
    FROM ${PLACES} JOIN tenant t ON t.id = p.tenant_id JOIN role pr ON pr.id = p.role_id) n`;

const GROUP_SYSTEM_ROLES = `(
  SELECT COALESCE(json_object_agg(s.role, s.groups ORDER BY s.role), '{}')
    FROM (SELECT gr.name AS role, json_agg(g.name ORDER BY g.name COLLATE "C") AS groups
            FROM group_member m JOIN user_group g ON g.id = m.group_id JOIN role gr ON gr.id = g.role_id
           WHERE m.user_id = r.id GROUP BY gr.name) s)`;

const TENANT_COUNT = `(SELECT count(DISTINCT p.tenant_id)::int FROM ${PLACES})`;

const TENANTS = `(
  SELECT COALESCE(json_object_agg(s.tenant, json_build_object('tenant-role', s.direct, 'roles', s.roles) ORDER BY s.tenant), '{}')
    FROM (SELECT n.tenant, max(n.role) FILTER (WHERE n.group_name IS NULL) AS direct,
                 json_agg(DISTINCT n.role ORDER BY n.role) AS roles
            FROM ${PLACES_NAMED} GROUP BY n.tenant) s)`;

const DIRECT_ROLES = `(
  SELECT COALESCE(json_object_agg(n.tenant, n.role ORDER BY n.tenant), '{}') FROM ${PLACES_NAMED} WHERE n.group_name IS NULL)`;

const GROUP_ROLES = `(
  SELECT COALESCE(json_object_agg(s.tenant, s.roles ORDER BY s.tenant), '{}')
    FROM (SELECT by_role.tenant, json_object_agg(by_role.role, by_role.groups ORDER BY by_role.role) AS roles
            FROM (SELECT n.tenant, n.role, json_agg(n.group_name ORDER BY n.group_name) AS groups
                    FROM ${PLACES_NAMED} WHERE n.group_name IS NOT NULL GROUP BY n.tenant, n.role) by_role
           GROUP BY by_role.tenant) s)`;

const GROUP_COUNT = '(SELECT count(*)::int FROM group_member m WHERE m.user_id = r.id)';

const GROUPS = `(
  SELECT COALESCE(json_agg(g.name ORDER BY g.name COLLATE "C"), '[]')
    FROM group_member m JOIN user_group g ON g.id = m.group_id WHERE m.user_id = r.id)`;

/** What the counts become with `_get_data` (rest-api §2.1). */
interface Details {
  readonly tenants: string;
  readonly tenantRoles: string;
  readonly groups: string;
}

const COUNTS: Details = { tenants: TENANT_COUNT, tenantRoles: 'NULL::json', groups: GROUP_COUNT };
const DATA: Details = {
  tenants: TENANTS,
  tenantRoles: `json_build_object('direct', ${DIRECT_ROLES}, 'groups', ${GROUP_ROLES})`,
  groups: GROUPS,
};

/** The pieces that UserViewsService opens; no text that a client could send compares with them. */
const SEALED_HASH = `CASE WHEN r.password_sealed IS NULL THEN NULL
  ELSE json_build_array(r.id, r.password_version, encode(r.password_sealed, 'hex')) END`;

const shown = { sort: false, filter: false } as const;

function userList({ tenants, tenantRoles, groups }: Details, passwordHash: string): ListSource {
  return {
    resource: 'User',
    from: 'user_account r JOIN role o ON o.id = r.role_id',
    fields: {
      username: { kind: 'text', sql: 'r.username' },
      tenants: { kind: 'json', sql: tenants },
      tenant_roles: { kind: 'json', sql: tenantRoles },
      groups: { kind: 'json', sql: groups },
      role: { kind: 'text', sql: 'o.name' },
      group_system_roles: { kind: 'json', sql: GROUP_SYSTEM_ROLES },
      active: { kind: 'boolean', sql: 'r.is_active' },
      created_at: { kind: 'date', sql: 'r.created_at' },
      first_login_at: { kind: 'date', sql: 'r.first_login_at' },
      last_login_at: { kind: 'date', sql: 'r.last_login_at' },
      // The name by which UserViewsService asks for the lock.
      is_locked: { kind: 'boolean', sql: 'r.username_key', ...shown },
      show_getting_started: { kind: 'boolean', sql: 'r.show_getting_started' },
      password_hash: { kind: 'text', sql: passwordHash, ...shown },
    },
    search: ['r.username'],
    order: 'r.id',
    scoped: false,
  };
}

/** How users are listed; what a query may name is the same for all four. */
export const USER_LIST = userList(COUNTS, 'NULL::text');
const USER_LIST_DATA = userList(DATA, 'NULL::text');
const USER_LIST_HASH = userList(COUNTS, SEALED_HASH);
const USER_LIST_DATA_HASH = userList(DATA, SEALED_HASH);

export interface UserViewOptions {
  readonly getData: boolean;
  readonly includeHash: boolean;
}

export function userListFor({ getData, includeHash }: UserViewOptions): ListSource {
  if (includeHash) return getData ? USER_LIST_DATA_HASH : USER_LIST_HASH;
  return getData ? USER_LIST_DATA : USER_LIST;
}
