import { COMMON_FIELDS, COMMON_JOINS, type ListSource } from '../../../platform/listing/list-source.js';

/** rest-api §3.8. What comes next is worked out from the rule, where it is asked for. */
export const SCHEDULE_LIST: ListSource = {
  resource: 'execution schedules',
  from: `execution_schedule r ${COMMON_JOINS} JOIN deployment d ON d.storage_id = r.deployment_id
    LEFT JOIN execution x ON x.storage_id = r.latest_execution_id`,
  fields: {
    id: { kind: 'text', sql: 'r.id' },
    ...COMMON_FIELDS,
    deployment_id: { kind: 'text', sql: 'd.id' },
    workflow_id: { kind: 'text', sql: 'r.workflow_id' },
    rule: { kind: 'json', sql: 'r.rule' },
    since: { kind: 'date', sql: 'r.since' },
    until: { kind: 'date', sql: 'r.until' },
    next_occurrence: { kind: 'date', sql: 'r.next_occurrence' },
    slip: { kind: 'integer', sql: 'r.slip' },
    parameters: { kind: 'json', sql: 'r.parameters' },
    execution_arguments: { kind: 'json', sql: 'r.execution_arguments' },
    stop_on_fail: { kind: 'boolean', sql: 'r.stop_on_fail' },
    enabled: { kind: 'boolean', sql: 'r.enabled' },
    latest_execution_status: { kind: 'text', sql: 'x.status' },
    all_next_occurrences: {
      kind: 'json',
      sql: `CASE WHEN r.next_occurrence IS NULL THEN NULL ELSE json_build_object('rule', r.rule, 'since', r.since, 'until', r.until) END`,
    },
  },
  search: ['r.id'],
  order: 'r.created_at, r.storage_id',
  getAllResults: true,
  scoped: true,
};

/** rest-api §3.17: the sub-field is always this. */
export const SCHEDULE_SUMMARY: ListSource = {
  ...SCHEDULE_LIST,
  fields: {
    ...SCHEDULE_LIST.fields,
    kind: { kind: 'text', sql: `CASE WHEN r.is_recurring THEN 'recurring' ELSE 'single' END` },
  },
};
