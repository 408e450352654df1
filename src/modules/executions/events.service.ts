import { Injectable } from '@nestjs/common';
import type { Listing } from '../../core/listing/listing.js';
import type { ReachCtx } from '../../platform/context/ctx.js';
import type { JsonStream } from '../../platform/http/json-stream.js';
import { ListQueries, type Item, type ListPage } from '../../platform/listing/list-queries.js';
import type { Condition } from '../../platform/listing/list-query.js';
import type { FieldSource, ListSource } from '../../platform/listing/list-source.js';
import { EVENT_KEYS, type EventEquality, type EventQuery } from './event-query.js';

const text = (sql: string): FieldSource => ({ kind: 'text', sql, filter: false });
const NONE = text('NULL::text');

/** Filters of events are the service's own: patterns, ranges, and equality on what is not a column of an item. */
export const EVENT_LIST: ListSource = {
  resource: 'events',
  from: 'event r LEFT JOIN execution x ON x.storage_id = r.execution_storage_id',
  fields: {
    // Numbers beyond 2^53 do not exist here; as bigint the driver would hand out a text.
    _storage_id: { kind: 'integer', sql: 'r.storage_id::double precision', filter: false },
    timestamp: { kind: 'date', sql: 'r.timestamp', filter: false },
    reported_timestamp: { kind: 'date', sql: 'r.reported_timestamp', filter: false },
    blueprint_id: NONE,
    deployment_id: NONE,
    deployment_display_name: NONE,
    execution_id: text('x.id'),
    execution_group_id: NONE,
    workflow_id: text('x.workflow_id'),
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

const EQUAL_TO: Readonly<Record<EventEquality, string>> = {
  node_id: 'r.node_name',
  node_instance_id: 'r.node_id',
  blueprint_id: 'NULL::text',
  execution_id: 'x.id',
  execution_group_id: 'NULL::text',
  deployment_id: 'NULL::text',
  event_type: 'r.event_type',
  level: 'r.level',
};

@Injectable()
export class EventsService {
  constructor(private readonly lists: ListQueries) {}

  list(ctx: ReachCtx, listing: Listing, query: EventQuery): Promise<ListPage | JsonStream> {
    // Ties go in the direction of the last key, so that a page turned round is the same list backwards.
    const isDescending = listing.sort.at(-1)?.descending === true;
    const order = isDescending ? 'r.timestamp DESC, r.storage_id DESC' : EVENT_LIST.order;
    return this.lists.page(ctx, { ...EVENT_LIST, order }, listing, {
      extra: conditionsOf(query),
      toItem: withoutForeignKeys,
    });
  }
}

function conditionsOf(query: EventQuery): Condition[] {
  const conditions: Condition[] = query.equalities.map(
    ({ key, values }) =>
      (parameters) =>
        `${EQUAL_TO[key]} = ANY (${parameters.add(values)}::text[])`,
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
function withoutForeignKeys(row: Item): Item {
  const { event_type: eventType, logger, level, ...rest } = row;
  const isLog = row['type'] === undefined ? eventType === null : row['type'] === 'cloudify_log';
  if (isLog) return { ...rest, ...('logger' in row ? { logger } : {}), ...('level' in row ? { level } : {}) };
  return { ...rest, ...('event_type' in row ? { event_type: eventType } : {}) };
}
