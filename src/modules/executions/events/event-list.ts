import type { Condition } from '../../../platform/listing/list-query.js';
import type { Item } from '../../../platform/listing/list-queries.js';
import type { FieldSource, ListSource } from '../../../platform/listing/list-source.js';
import { EVENT_KEYS, type EventEquality, type EventQuery } from './event-query.js';

const text = (sql: string): FieldSource => ({ kind: 'text', sql, filter: false });

/**
 * Filters of events are the service's own: patterns, ranges, and equality on what is not a column of an item. What
 * executions are about is kept on them, so that events outlive deployments and blueprints.
 */
export const EVENT_LIST: ListSource = {
  resource: 'events',
  from: `event r LEFT JOIN execution x ON x.storage_id = r.execution_storage_id
    LEFT JOIN execution_group g ON g.storage_id = r.execution_group_id`,
  joinsKeepRows: true,
  fields: {
    // Numbers beyond 2^53 do not exist here; as bigint the driver would hand out a text.
    _storage_id: { kind: 'integer', sql: 'r.storage_id::double precision', filter: false },
    timestamp: { kind: 'date', sql: 'r.timestamp', filter: false },
    reported_timestamp: { kind: 'date', sql: 'r.reported_timestamp', filter: false },
    blueprint_id: text('x.blueprint_name'),
    deployment_id: text('x.deployment_name'),
    deployment_display_name: text('x.deployment_display_name'),
    execution_id: text('x.id'),
    execution_group_id: text('g.id'),
    workflow_id: text('COALESCE(x.workflow_id, g.workflow_id)'),
    node_instance_id: text('r.node_id'),
    node_name: text('r.node_name'),
    message: text('r.message'),
    operation: text('r.operation'),
    source_id: text('r.source_id'),
    target_id: text('r.target_id'),
    manager_name: text('r.manager_name'),
    agent_name: text('r.agent_name'),
    error_causes: { kind: 'json', sql: 'r.error_causes' },
    type: text('r.type'),
    event_type: text('r.event_type'),
    logger: text('r.logger'),
    level: text('r.level'),
  },
  order: 'r.timestamp, r.storage_id',
  ownKeys: EVENT_KEYS,
  defaultSize: 10_000,
  withoutFiltered: true,
  scoped: true,
};

/** Filters by what executions are about, with the column that has it. */
const EXECUTION_COLUMNS = {
  blueprint_id: 'blueprint_name',
  execution_id: 'id',
  deployment_id: 'deployment_name',
  deployment_display_name: 'deployment_display_name',
} as const satisfies Partial<Record<EventEquality, string>>;

/** A semi-join rather than an array: the planner then knows how few executions are meant, and goes by their index. */
const ofExecutions = (key: keyof typeof EXECUTION_COLUMNS) => (values: string) =>
  `r.execution_storage_id IN (SELECT q.storage_id FROM execution q WHERE q.${EXECUTION_COLUMNS[key]} = ANY (${values}))`;

const EQUAL_TO: Readonly<Record<EventEquality, (values: string) => string>> = {
  node_id: (values) => `r.node_name = ANY (${values})`,
  node_instance_id: (values) => `r.node_id = ANY (${values})`,
  blueprint_id: ofExecutions('blueprint_id'),
  execution_id: ofExecutions('execution_id'),
  execution_group_id: (values) =>
    `r.execution_group_id IN (SELECT q.storage_id FROM execution_group q WHERE q.id = ANY (${values}))`,
  deployment_id: ofExecutions('deployment_id'),
  deployment_display_name: ofExecutions('deployment_display_name'),
  event_type: (values) => `r.event_type = ANY (${values})`,
  level: (values) => `r.level = ANY (${values})`,
};

function isOfExecutions(key: EventEquality): key is keyof typeof EXECUTION_COLUMNS {
  return key in EXECUTION_COLUMNS;
}

/** The conditions of a request on executions `q`; none when it has no such filter. */
export function executionConditions(query: EventQuery): Condition[] {
  return query.equalities.flatMap(({ key, values }) =>
    isOfExecutions(key)
      ? [(parameters) => `q.${EXECUTION_COLUMNS[key]} = ANY (${parameters.add(values)}::text[])`]
      : [],
  );
}

/**
 * As `conditionsOf`, where the executions that are meant are known already by number: the planner then knows how many of the
 * events are theirs, and reads a page in order from the index of an only one.
 */
export function conditionsAmong(query: EventQuery, executions: readonly string[]): Condition[] {
  const rest = { ...query, equalities: query.equalities.filter(({ key }) => !isOfExecutions(key)) };
  const [only] = executions;
  const among: Condition = (parameters) =>
    executions.length === 1
      ? `r.execution_storage_id = ${parameters.add(only)}::bigint`
      : `r.execution_storage_id = ANY (${parameters.add(executions)}::bigint[])`;
  return [among, ...conditionsOf(rest)];
}

export function conditionsOf(query: EventQuery): Condition[] {
  const conditions: Condition[] = query.equalities.map(
    ({ key, values }) =>
      (parameters) =>
        EQUAL_TO[key](`${parameters.add(values)}::text[]`),
  );
  const { types } = query;
  if (types) conditions.push((parameters) => `r.type = ANY (${parameters.add(types)}::text[])`);
  for (const pattern of query.messages)
    conditions.push((parameters) => `r.message ILIKE ${parameters.add(likePattern(pattern))}`);
  for (const pattern of query.operations)
    conditions.push((parameters) => `r.operation ILIKE ${parameters.add(likePattern(pattern))}`);
  for (const { field, from, to } of query.ranges) {
    if (from) conditions.push((parameters) => `r.${field} >= ${parameters.add(from)}`);
    if (to) conditions.push((parameters) => `r.${field} < ${parameters.add(to)}`);
  }
  return conditions;
}

/** `%` and `_` are the caller's wildcards; a backslash is only itself, and at the end would be an error of SQL. */
function likePattern(pattern: string): string {
  return pattern.replaceAll('\\', '\\\\');
}

/** What does not apply to the type of an item is absent, not null (rest-api §3.9). */
export function withoutForeignKeys(row: Item): Item {
  const { event_type: eventType, logger, level, ...rest } = row;
  const isLog = row['type'] === undefined ? eventType === null : row['type'] === 'cloudify_log';
  if (isLog) return { ...rest, ...('logger' in row ? { logger } : {}), ...('level' in row ? { level } : {}) };
  return { ...rest, ...('event_type' in row ? { event_type: eventType } : {}) };
}
