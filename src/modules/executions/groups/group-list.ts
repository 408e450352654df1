import { COMMON_FIELDS, COMMON_JOINS, type ListSource } from '../../../platform/listing/list-source.js';

/** Derived from what the executions of the group are at (orchestration §4); null without any. */
const STATUS = `(SELECT CASE
    WHEN count(*) = 0 THEN NULL
    WHEN bool_and(e.status = 'pending') THEN 'pending'
    WHEN bool_and(e.status IN ('pending', 'queued', 'scheduled')) THEN 'queued'
    WHEN bool_and(e.status IN ('terminated', 'failed', 'cancelled'))
      THEN CASE WHEN bool_or(e.status = 'failed') THEN 'failed' ELSE 'terminated' END
    ELSE 'started' END
  FROM execution e WHERE e.execution_group_id = r.storage_id)`;

/** rest-api §3.7. */
export const EXECUTION_GROUP_LIST: ListSource = {
  resource: 'execution groups',
  from: `execution_group r ${COMMON_JOINS} LEFT JOIN deployment_group d ON d.storage_id = r.deployment_group_id`,
  joinsKeepRows: true,
  fields: {
    id: { kind: 'text', sql: 'r.id' },
    ...COMMON_FIELDS,
    workflow_id: { kind: 'text', sql: 'r.workflow_id' },
    deployment_group_id: { kind: 'text', sql: 'd.id' },
    concurrency: { kind: 'integer', sql: 'r.concurrency' },
    execution_ids: {
      kind: 'json',
      sql: `COALESCE((SELECT json_agg(e.id ORDER BY e.created_at, e.storage_id) FROM execution e WHERE e.execution_group_id = r.storage_id), '[]')`,
    },
    status: { kind: 'text', sql: STATUS, filter: false },
  },
  order: 'r.created_at, r.storage_id',
  getAllResults: true,
  scoped: true,
};

/** Without `_get_data`: the last two are null. */
export const BRIEF_EXECUTION_GROUP_LIST: ListSource = {
  ...EXECUTION_GROUP_LIST,
  fields: {
    ...EXECUTION_GROUP_LIST.fields,
    execution_ids: { kind: 'json', sql: 'NULL::json' },
    status: { kind: 'text', sql: 'NULL::text', filter: false },
  },
};
