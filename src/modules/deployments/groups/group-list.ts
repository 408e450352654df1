import type { IdTable } from '../../../platform/database/global-ids.js';
import { COMMON_FIELDS, COMMON_JOINS, type ListSource } from '../../../platform/listing/list-source.js';

export const GROUP_IDS: IdTable = { table: 'deployment_group', idColumn: 'id', kind: 'DeploymentGroup' };

/**
 * rest-api §3.4. `deployment_ids` and `labels` leave the database as keys; GroupViews puts what they stand for in their
 * place. `default_inputs` leaves as text, to be read exactly.
 */
export const GROUP_LIST: ListSource = {
  resource: 'deployment_groups',
  from: `deployment_group r ${COMMON_JOINS} LEFT JOIN blueprint b ON b.storage_id = r.default_blueprint_id`,
  joinsKeepRows: true,
  fields: {
    id: { kind: 'text', sql: 'r.id' },
    ...COMMON_FIELDS,
    description: { kind: 'text', sql: 'r.description' },
    default_inputs: { kind: 'json', sql: 'r.default_inputs::text' },
    default_blueprint_id: { kind: 'text', sql: 'b.id' },
    creation_counter: { kind: 'integer', sql: 'r.creation_counter' },
    deployment_ids: { kind: 'json', sql: 'r.storage_id::text' },
    labels: { kind: 'json', sql: 'r.storage_id::text' },
  },
  search: ['r.id'],
  order: 'r.created_at, r.storage_id',
  getAllResults: true,
  scoped: true,
};
