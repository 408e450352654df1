import { Injectable } from '@nestjs/common';
import type { Ctx, ReachCtx, TenantCtx } from '../../../platform/context/ctx.js';
import { execute, queryRows } from '../../../platform/database/tx.js';
import type { Listing } from '../../../core/listing/listing.js';
import { pageStatement, Parameters, visibleSql, type Condition } from '../../../platform/listing/list-query.js';
import type { Item } from '../../../platform/listing/list-queries.js';
import { EVENT_LIST } from './event-list.js';
import type { TakenRecord } from './event-intake.js';

/** What an event belongs to; its rows carry tenant, owner and visibility of it. */
export interface EventOwner {
  readonly table: 'execution' | 'execution_group';
  readonly storageId: string;
}

/** The place that a reader of the stream has reached. */
export interface StreamPlace {
  /** What had been seen before, as a snapshot; null: nothing. */
  readonly seen: string | null;
  /** What is being handed out now: all that is in this snapshot and was not seen before. */
  readonly upTo: string;
  /** The last one of it that was handed out. */
  readonly after: string;
}

interface RemovalRequest {
  readonly deployments: readonly string[];
  readonly types: readonly string[];
  readonly conditions: readonly Condition[];
}

const COLUMNS = `type text, timestamp timestamptz, reported_timestamp timestamptz, event_type text, logger text, level text,
  message text, message_code text, operation text, node_id text, node_name text, source_id text, target_id text,
  error_causes jsonb, manager_name text, agent_name text`;

const EVERYTHING: Listing = {
  size: 0,
  offset: 0,
  everything: true,
  include: null,
  sort: [],
  search: null,
  filters: [],
  getData: false,
};

@Injectable()
export class EventsRepository {
  /** The numbers of the executions that may be seen and that these conditions on `q` leave; null when they are more than that. */
  async executionsAmong(ctx: Ctx, conditions: readonly Condition[], most: number): Promise<readonly string[] | null> {
    const parameters = new Parameters();
    const where = conditions.map((condition) => condition(parameters)).join(' AND ');
    const rows = await queryRows<{ storage_id: string }>(
      ctx,
      `SELECT q.storage_id::text FROM execution q WHERE ${where} LIMIT ${parameters.add(most + 1)}`,
      parameters.values,
    );
    return rows.length > most ? null : rows.map(({ storage_id: storageId }) => storageId);
  }

  /** The number of an execution or group of this tenant that may be seen, or null. */
  async owner(ctx: TenantCtx, table: EventOwner['table'], id: string): Promise<EventOwner | null> {
    const parameters = new Parameters();
    const where = `r.tenant_id = ${parameters.add(ctx.tenantId)} AND r.id = ${parameters.add(id)}`;
    const [row] = await queryRows<{ storage_id: string }>(
      ctx,
      `SELECT r.storage_id::text FROM ${table} r WHERE ${where} AND ${visibleSql(ctx, parameters)}`,
      parameters.values,
    );
    return row ? { table, storageId: row.storage_id } : null;
  }

  /**
   * One statement, however many there are; they are listed in this order. Where a record names an instance but not its
   * node, the node is looked up.
   */
  async insert(ctx: TenantCtx, { table, storageId }: EventOwner, records: readonly TakenRecord[]): Promise<void> {
    const column = table === 'execution' ? 'execution_storage_id' : 'execution_group_id';
    await execute(
      ctx,
      `INSERT INTO event (tenant_id, creator_id, visibility, ${column}, type, timestamp, reported_timestamp, event_type,
              logger, level, message, message_code, operation, node_id, node_name, source_id, target_id, error_causes,
              manager_name, agent_name)
       SELECT o.tenant_id, o.creator_id, o.visibility, o.storage_id, x.type, x.timestamp, x.reported_timestamp, x.event_type,
              x.logger, x.level, x.message, x.message_code, x.operation, x.node_id,
              COALESCE(x.node_name, (SELECT n.id FROM node_instance i JOIN node n ON n.storage_id = i.node_id
                                      WHERE i.tenant_id = o.tenant_id AND i.id = x.node_id)),
              x.source_id, x.target_id, NULLIF(x.error_causes, 'null'::jsonb), x.manager_name, x.agent_name
         FROM ${table} o, json_to_recordset($2::json) AS x (place int, ${COLUMNS})
        WHERE o.storage_id = $1 ORDER BY x.place`,
      [storageId, JSON.stringify(records.map((record, place) => ({ place, ...record })))],
    );
  }

  /** Removes at most so many events of these deployments, and answers them. Of this tenant alone: the wall sees to it. */
  async removeSome(ctx: TenantCtx, request: RemovalRequest, most: number): Promise<readonly string[]> {
    const { text, parameters } = pageStatement(
      ctx,
      {
        ...EVENT_LIST,
        fields: { storage_id: { kind: 'integer', sql: 'r.storage_id' } },
        from: 'event r JOIN execution x ON x.storage_id = r.execution_storage_id',
      },
      EVERYTHING,
      {
        limit: most,
        offset: 0,
        extra: [
          (added) => `r.tenant_id = ${added.add(ctx.tenantId)}`,
          (added) => `x.deployment_name = ANY (${added.add(request.deployments)}::text[])`,
          (added) => `r.type = ANY (${added.add(request.types)}::text[])`,
          ...request.conditions,
        ],
      },
    );
    const rows = await queryRows<{ row: string }>(
      ctx,
      `WITH old AS (${text})
       DELETE FROM event e USING old WHERE e.storage_id = old.storage_id RETURNING (to_jsonb(e) - 'tx')::text AS row`,
      parameters,
    );
    return rows.map(({ row }) => row);
  }

  /** What is committed now, of all tenants, and whether any of it is an event that `seen` did not have. */
  async news(ctx: Ctx, seen: string): Promise<{ readonly snapshot: string; readonly news: boolean }> {
    const [row] = await queryRows<{ snapshot: string; news: boolean }>(
      ctx,
      'SELECT snapshot, news FROM event_news($1::pg_snapshot)',
      [seen],
    );
    return row ?? { snapshot: seen, news: false };
  }

  async snapshot(ctx: Ctx): Promise<string> {
    const [row] = await queryRows<{ snapshot: string }>(ctx, 'SELECT pg_current_snapshot()::text AS snapshot');
    if (!row) throw new Error('There is always a snapshot.');
    return row.snapshot;
  }

  /** The next ones of a place, at most so many. */
  follow(ctx: ReachCtx, place: StreamPlace, conditions: readonly Condition[], most: number): Promise<Item[]> {
    const { text, parameters } = pageStatement(ctx, { ...EVENT_LIST, order: 'r.storage_id' }, EVERYTHING, {
      limit: most,
      offset: 0,
      extra: [
        (added) => `pg_visible_in_snapshot(r.tx, ${added.add(place.upTo)}::pg_snapshot)`,
        (added) => `r.storage_id > ${added.add(place.after)}::bigint`,
        (added) => {
          if (place.seen === null) return 'TRUE';
          const seen = `${added.add(place.seen)}::pg_snapshot`;
          return `r.tx >= pg_snapshot_xmin(${seen}) AND NOT pg_visible_in_snapshot(r.tx, ${seen})`;
        },
        ...conditions,
      ],
    });
    return queryRows<Item>(ctx, text, parameters);
  }

  /** Removes at most so many events of all tenants that are older, or beyond so many. Answers how many. */
  async removeOld(ctx: Ctx, before: Date | null, upTo: string | null, most: number): Promise<number> {
    const [row] = await queryRows<{ removed: number }>(
      ctx,
      'SELECT remove_old_events($1::timestamptz, $2::bigint, $3) AS removed',
      [before, upTo, most],
    );
    return row?.removed ?? 0;
  }

  async surplus(ctx: Ctx, keep: number): Promise<string | null> {
    const [row] = await queryRows<{ up_to: string | null }>(ctx, 'SELECT event_surplus($1)::text AS up_to', [keep]);
    return row?.up_to ?? null;
  }
}
