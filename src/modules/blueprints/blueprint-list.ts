import { COMMON_FIELDS, COMMON_JOINS, type ListSource } from '../../platform/listing/list-source.js';

const LABELS = `COALESCE((
  SELECT jsonb_agg(jsonb_build_object('key', l.key, 'value', l.value,
           'created_at', to_char(l.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
           'created_by', lc.username) ORDER BY l.key, l.value)
    FROM blueprint_label l JOIN user_account lc ON lc.id = l.creator_id
   WHERE l.blueprint_id = r.storage_id), '[]')`;

/** rest-api §3.1. `upload_execution` leaves the database as an id; BlueprintViews puts the object in its place. */
export const BLUEPRINT_LIST: ListSource = {
  resource: 'blueprints',
  from: `blueprint r ${COMMON_JOINS}`,
  fields: {
    id: { kind: 'text', sql: 'r.id' },
    ...COMMON_FIELDS,
    main_file_name: { kind: 'text', sql: 'r.main_file_name' },
    plan: { kind: 'json', sql: 'r.plan' },
    requirements: { kind: 'json', sql: 'r.requirements' },
    updated_at: { kind: 'date', sql: 'r.updated_at' },
    description: { kind: 'text', sql: 'r.description' },
    is_hidden: { kind: 'boolean', sql: 'r.is_hidden' },
    state: { kind: 'text', sql: 'r.state' },
    error: { kind: 'text', sql: 'r.error' },
    error_traceback: { kind: 'text', sql: 'r.error_traceback' },
    labels: { kind: 'json', sql: LABELS },
    upload_execution: { kind: 'json', sql: 'r.upload_execution_id' },
  },
  search: ['r.id'],
  order: 'r.created_at, r.storage_id',
  getAllResults: true,
  scoped: true,
};
