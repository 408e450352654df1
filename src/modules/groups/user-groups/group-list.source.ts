import type { ListSource } from '../../../platform/listing/list-source.js';

const TENANT_COUNT = '(SELECT count(*)::int FROM tenant_group tg WHERE tg.group_id = r.id)';
const TENANTS = `(
  SELECT COALESCE(json_object_agg(t.name, tr.name ORDER BY t.name COLLATE "C"), '{}')
    FROM tenant_group tg JOIN tenant t ON t.id = tg.tenant_id JOIN role tr ON tr.id = tg.role_id WHERE tg.group_id = r.id)`;

const USER_COUNT = '(SELECT count(*)::int FROM group_member m WHERE m.group_id = r.id)';
const USERS = `(
  SELECT COALESCE(json_agg(u.username ORDER BY u.username COLLATE "C"), '[]')
    FROM group_member m JOIN user_account u ON u.id = m.user_id WHERE m.group_id = r.id)`;

function groupList(tenants: string, users: string): ListSource {
  return {
    resource: 'Group',
    from: 'user_group r JOIN role o ON o.id = r.role_id',
    fields: {
      name: { kind: 'text', sql: 'r.name' },
      ldap_dn: { kind: 'text', sql: 'r.ldap_dn' },
      role: { kind: 'text', sql: 'o.name' },
      tenants: { kind: 'json', sql: tenants },
      users: { kind: 'json', sql: users },
    },
    search: ['r.name'],
    order: 'r.id',
    scoped: false,
  };
}

/** How groups are listed; what a query may name is the same for both (rest-api §2.2). */
export const GROUP_LIST = groupList(TENANT_COUNT, USER_COUNT);
const GROUP_LIST_DATA = groupList(TENANTS, USERS);

export function groupListFor(getData: boolean): ListSource {
  return getData ? GROUP_LIST_DATA : GROUP_LIST;
}
