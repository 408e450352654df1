import type { ListSource } from '../../../platform/listing/list-source.js';

/** Every role of every user in the tenant: their own (no group) and what groups give. */
const PLACES = `(
  SELECT u.username COLLATE "C" AS username, pr.name COLLATE "C" AS role, p.is_direct
    FROM (SELECT tu.user_id, tu.role_id, true AS is_direct FROM tenant_user tu WHERE tu.tenant_id = r.id
           UNION ALL
          SELECT m.user_id, tg.role_id, false FROM tenant_group tg JOIN group_member m ON m.group_id = tg.group_id
           WHERE tg.tenant_id = r.id) p
    JOIN user_account u ON u.id = p.user_id JOIN role pr ON pr.id = p.role_id) n`;

const GROUP_PLACES = `tenant_group tg JOIN user_group g ON g.id = tg.group_id JOIN role gr ON gr.id = tg.role_id
   WHERE tg.tenant_id = r.id`;

const USER_COUNT = `(
  SELECT count(*)::int FROM (
    SELECT tu.user_id FROM tenant_user tu WHERE tu.tenant_id = r.id
    UNION
    SELECT m.user_id FROM tenant_group tg JOIN group_member m ON m.group_id = tg.group_id WHERE tg.tenant_id = r.id) n)`;

const USERS = `(
  SELECT COALESCE(json_object_agg(s.username, json_build_object('tenant-role', s.direct, 'roles', s.roles) ORDER BY s.username), '{}')
    FROM (SELECT n.username, max(n.role) FILTER (WHERE n.is_direct) AS direct, json_agg(DISTINCT n.role ORDER BY n.role) AS roles
            FROM ${PLACES} GROUP BY n.username) s)`;

const GROUP_COUNT = '(SELECT count(*)::int FROM tenant_group tg WHERE tg.tenant_id = r.id)';

const GROUPS = `(SELECT COALESCE(json_object_agg(g.name, gr.name ORDER BY g.name COLLATE "C"), '{}') FROM ${GROUP_PLACES})`;

const DIRECT_ROLES = `(
  SELECT COALESCE(json_object_agg(u.username, ur.name ORDER BY u.username COLLATE "C"), '{}')
    FROM tenant_user tu JOIN user_account u ON u.id = tu.user_id JOIN role ur ON ur.id = tu.role_id WHERE tu.tenant_id = r.id)`;

const GROUP_MEMBERS = `(
  SELECT COALESCE(json_agg(u.username ORDER BY u.username COLLATE "C"), '[]')
    FROM group_member m JOIN user_account u ON u.id = m.user_id WHERE m.group_id = g.id)`;

const GROUP_ROLES = `(
  SELECT COALESCE(json_object_agg(g.name, json_build_object('role', gr.name, 'users', ${GROUP_MEMBERS}) ORDER BY g.name COLLATE "C"), '{}')
    FROM ${GROUP_PLACES})`;

/** What the counts become with `_get_data` (rest-api §2.3). */
interface Details {
  readonly groups: string;
  readonly users: string;
  readonly userRoles: string;
}

const COUNTS: Details = { groups: GROUP_COUNT, users: USER_COUNT, userRoles: 'NULL::json' };
const DATA: Details = {
  groups: GROUPS,
  users: USERS,
  userRoles: `json_build_object('direct', ${DIRECT_ROLES}, 'groups', ${GROUP_ROLES})`,
};

/** The columns of the broker's credentials with the tenant they belong to: whether they may be shown differs by tenant. */
interface Credentials {
  readonly username: string;
  readonly password: string;
  readonly vhost: string;
}

const HIDDEN: Credentials = { username: 'NULL::text', password: 'NULL::text', vhost: 'NULL::text' };
const TO_BE_JUDGED: Credentials = {
  username: 'json_build_array(r.id, r.rabbitmq_username)',
  password: `json_build_array(r.id, r.rabbitmq_password_version, encode(r.rabbitmq_password_sealed, 'hex'))`,
  vhost: 'json_build_array(r.id, r.rabbitmq_vhost)',
};

/** Nothing compares with them: a filter would tell a password by halves. */
const shown = { kind: 'text', sort: false, filter: false } as const;

function tenantList({ groups, users, userRoles }: Details, credentials: Credentials): ListSource {
  return {
    resource: 'Tenant',
    from: 'tenant r',
    fields: {
      name: { kind: 'text', sql: 'r.name' },
      groups: { kind: 'json', sql: groups },
      users: { kind: 'json', sql: users },
      user_roles: { kind: 'json', sql: userRoles },
      rabbitmq_username: { sql: credentials.username, ...shown },
      rabbitmq_password: { sql: credentials.password, ...shown },
      rabbitmq_vhost: { sql: credentials.vhost, ...shown },
    },
    search: ['r.name'],
    order: 'r.id',
    getAllResults: true,
    scoped: false,
  };
}

/** How tenants are listed; what a query may name is the same for all four. */
export const TENANT_LIST = tenantList(COUNTS, HIDDEN);
const TENANT_LIST_DATA = tenantList(DATA, HIDDEN);
const TENANT_LIST_CREDENTIALS = tenantList(COUNTS, TO_BE_JUDGED);
const TENANT_LIST_DATA_CREDENTIALS = tenantList(DATA, TO_BE_JUDGED);

export const CREDENTIAL_FIELDS = ['rabbitmq_username', 'rabbitmq_password', 'rabbitmq_vhost'] as const;

export interface TenantViewOptions {
  readonly getData: boolean;
  readonly credentials: boolean;
}

export function tenantListFor({ getData, credentials }: TenantViewOptions): ListSource {
  if (credentials) return getData ? TENANT_LIST_DATA_CREDENTIALS : TENANT_LIST_CREDENTIALS;
  return getData ? TENANT_LIST_DATA : TENANT_LIST;
}
