import { COMMON_FIELDS, COMMON_JOINS, type ListSource } from '../../../platform/listing/list-source.js';

/**
 * rest-api §3.5. What users wrote leaves the database as text, and `node_instances` as a key: ModificationViews writes one after
 * the other into the answer, since each may hold thousands of instances.
 */
export const MODIFICATION_LIST: ListSource = {
  resource: 'deployment_modifications',
  from: `deployment_modification r ${COMMON_JOINS} JOIN deployment d ON d.storage_id = r.deployment_id`,
  fields: {
    id: { kind: 'text', sql: 'r.id' },
    ...COMMON_FIELDS,
    deployment_id: { kind: 'text', sql: 'd.id' },
    status: { kind: 'text', sql: 'r.status' },
    ended_at: { kind: 'date', sql: 'r.ended_at' },
    context: { kind: 'json', sql: 'r.context::text' },
    modified_nodes: { kind: 'json', sql: 'r.modified_nodes::text' },
    node_instances: { kind: 'json', sql: 'r.storage_id::text' },
  },
  search: ['r.id'],
  order: 'r.created_at, r.storage_id',
  getAllResults: true,
  scoped: true,
};
