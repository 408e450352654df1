import type { ListSource } from '../../../platform/listing/list-source.js';

/** What the matrix grants, in the order it was granted (rest-api §2.4). */
export const PERMISSION_LIST: ListSource = {
  resource: 'Permission',
  from: 'role_permission r JOIN role o ON o.id = r.role_id',
  fields: {
    role: { kind: 'text', sql: 'o.name' },
    permission: { kind: 'text', sql: 'r.permission' },
  },
  order: 'r.id',
  scoped: false,
};
