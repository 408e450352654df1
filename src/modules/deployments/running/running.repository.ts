import { Injectable } from '@nestjs/common';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { execute, queryRows } from '../../../platform/database/tx.js';
import type { StateChange } from './deployment-runtime.port.js';
import { countFlagsSql, FLAGS_BEFORE_AND_AFTER, hasDriftSql, isStatusOkSql } from './health-sql.js';

export interface RunningRow {
  readonly storageId: string;
  readonly id: string;
  readonly displayName: string;
  readonly creator: string;
  readonly blueprintId: string | null;
  readonly blueprintFilesKey: string | null;
  readonly filesKey: string;
  /** JSON text. */
  readonly resourceTags: string | null;
  readonly workflows: string | null;
}

/** JSON text where users wrote it; operations without inputs, and only those that there is something to run of. */
export interface SnapshotNode {
  readonly id: string;
  readonly type_hierarchy: readonly string[];
  readonly properties: string;
  readonly operations: Readonly<Record<string, unknown>> | null;
  readonly relationships: readonly SnapshotRelationship[] | null;
}

interface SnapshotRelationship {
  readonly type: string;
  readonly target_id: string;
  readonly type_hierarchy: readonly string[];
  readonly properties: Readonly<Record<string, unknown>>;
  readonly source_operations: Readonly<Record<string, unknown>> | null;
  readonly target_operations: Readonly<Record<string, unknown>> | null;
}

export interface SnapshotInstance {
  readonly id: string;
  readonly node_id: string;
  readonly state: string;
  readonly host_id: string | null;
  readonly relationships: readonly {
    readonly type: string;
    readonly target_name: string;
    readonly target_id: string;
  }[];
  readonly install_method: string | null;
  /** Null where there are none. */
  readonly system_properties: string | null;
}

/** Operations without what only their sending needs: a graph of ten thousand nodes holds none of it. */
const operationsSql = (sql: string): string => `(
  SELECT json_object_agg(o.key, json_build_object('plugin', o.value -> 'plugin', 'operation', o.value -> 'operation',
           'executor', o.value -> 'executor', 'has_intrinsic_functions', o.value -> 'has_intrinsic_functions',
           'max_retries', o.value -> 'max_retries', 'retry_interval', o.value -> 'retry_interval',
           'timeout', o.value -> 'timeout', 'timeout_recoverable', o.value -> 'timeout_recoverable'))
    FROM json_each(${sql}) AS o WHERE COALESCE(o.value ->> 'operation', '') <> '')`;

/** All of it runs in the open transaction. */
@Injectable()
export class RunningRepository {
  async find(ctx: TenantCtx, storageId: string): Promise<RunningRow | null> {
    const [row] = await queryRows<RunningRow>(
      ctx,
      `SELECT d.storage_id::text AS "storageId", d.id, d.display_name AS "displayName", c.username AS creator,
              b.id AS "blueprintId", b.files_key AS "blueprintFilesKey", d.files_key AS "filesKey",
              d.resource_tags::text AS "resourceTags", d.workflows::text AS workflows
         FROM deployment d JOIN user_account c ON c.id = d.creator_id
         LEFT JOIN blueprint b ON b.storage_id = d.blueprint_id WHERE d.storage_id = $1`,
      [storageId],
    );
    return row ?? null;
  }

  /** The files of the blueprint that an update which is not over yet comes from: what is to go is of that one. */
  async formerBlueprintFiles(ctx: TenantCtx, storageId: string): Promise<string | null> {
    const [row] = await queryRows<{ filesKey: string }>(
      ctx,
      `SELECT b.files_key AS "filesKey" FROM deployment_update u JOIN blueprint b ON b.storage_id = u.old_blueprint_id
        WHERE u.deployment_id = $1 AND u.progress = 'performed' ORDER BY u.storage_id DESC LIMIT 1`,
      [storageId],
    );
    return row?.filesKey ?? null;
  }

  async nodes(ctx: TenantCtx, storageId: string): Promise<SnapshotNode[]> {
    return queryRows<SnapshotNode>(
      ctx,
      `SELECT n.id, n.type_hierarchy, n.properties::text AS properties, ${operationsSql('n.operations')} AS operations,
              (SELECT json_agg(json_build_object('type', r -> 'type', 'target_id', r -> 'target_id',
                        'type_hierarchy', r -> 'type_hierarchy', 'properties', r -> 'properties',
                        'source_operations', ${operationsSql(`r -> 'source_operations'`)},
                        'target_operations', ${operationsSql(`r -> 'target_operations'`)}))
                 FROM json_array_elements(n.relationships) AS r) AS relationships
         FROM node n WHERE n.deployment_id = $1 ORDER BY n.position, n.storage_id`,
      [storageId],
    );
  }

  async instances(ctx: TenantCtx, storageId: string): Promise<SnapshotInstance[]> {
    return queryRows<SnapshotInstance>(
      ctx,
      `SELECT i.id, n.id AS node_id, i.state, i.host_id, i.relationships,
              i.runtime_properties #>> '{cloudify_agent,install_method}' AS install_method,
              NULLIF(i.system_properties::text, '{}') AS system_properties
         FROM node_instance i JOIN node n ON n.storage_id = i.node_id
        WHERE i.deployment_id = $1 ORDER BY n.position, i.index, i.storage_id`,
      [storageId],
    );
  }

  /** What is about states is written with them (orchestration §6), and so are flags and counters. */
  async setStates(ctx: TenantCtx, storageId: string, changes: readonly StateChange[]): Promise<void> {
    const last = [...new Map(changes.map((change) => [change.instance, change])).values()];
    // Of two states in one batch both leave what belongs to them.
    const marks = changes.filter(({ state }) => state === 'configured' || state === 'started');
    await execute(
      ctx,
      `WITH change AS (
         SELECT * FROM unnest($3::text[], $4::text[]) AS c (id, state)
       ), mark AS (
         SELECT m.id, jsonb_object_agg(k.key, k.value) AS properties
           FROM unnest($5::text[], $6::text[], $7::text[]) AS m (id, state, at)
          CROSS JOIN LATERAL (
            SELECT 'configuration_drift' AS key, jsonb_build_object('ok', true, 'result', NULL, 'task', NULL, 'timestamp', m.at) AS value
             WHERE m.state = 'configured'
             UNION ALL
            SELECT 'status', jsonb_build_object('ok', true, 'result', NULL, 'task', NULL, 'timestamp', m.at) WHERE m.state = 'started'
             UNION ALL
            SELECT 'previous_status', 'null'::jsonb WHERE m.state = 'started'
          ) AS k GROUP BY m.id
       ), old AS (
         SELECT i.storage_id, i.is_status_check_ok, i.has_configuration_drift, c.state,
                i.system_properties::jsonb || COALESCE(m.properties, '{}') AS properties, m.id IS NOT NULL AS is_marked
           FROM change c
          CROSS JOIN LATERAL (SELECT one.storage_id FROM node_instance one
                               WHERE one.tenant_id = $1 AND one.id = c.id AND one.deployment_id = $2 OFFSET 0) AS k
           JOIN node_instance i ON i.storage_id = k.storage_id
           LEFT JOIN mark m ON m.id = c.id
          ORDER BY i.storage_id FOR UPDATE OF i
       ), new AS (
         UPDATE node_instance i SET state = o.state, version = i.version + 1,
                system_properties = CASE WHEN o.is_marked THEN o.properties::json ELSE i.system_properties END,
                is_status_check_ok = CASE WHEN o.is_marked THEN ${isStatusOkSql('o.properties')} ELSE i.is_status_check_ok END,
                has_configuration_drift = CASE WHEN o.is_marked THEN ${hasDriftSql('o.properties')} ELSE i.has_configuration_drift END
           FROM old o WHERE i.storage_id = o.storage_id
         RETURNING ${FLAGS_BEFORE_AND_AFTER}
       )${countFlagsSql('$2')}`,
      [
        ctx.tenantId,
        storageId,
        last.map(({ instance }) => instance),
        last.map(({ state }) => state),
        marks.map(({ instance }) => instance),
        marks.map(({ state }) => state),
        marks.map(({ at }) => at.toISOString()),
      ],
    );
  }

  /** JSON text by instance, locked until the end of the transaction. */
  async lockSystemProperties(
    ctx: TenantCtx,
    storageId: string,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, string>> {
    const rows = await queryRows<{ id: string; properties: string }>(
      ctx,
      `SELECT id, system_properties::text AS properties FROM node_instance
        WHERE tenant_id = $1 AND deployment_id = $2 AND id = ANY ($3::text[]) ORDER BY storage_id FOR UPDATE`,
      [ctx.tenantId, storageId, ids],
    );
    return new Map(rows.map(({ id, properties }) => [id, properties]));
  }

  async saveSystemProperties(ctx: TenantCtx, storageId: string, texts: ReadonlyMap<string, string>): Promise<void> {
    await execute(
      ctx,
      `WITH change AS (
         SELECT c.id, c.text::json AS text, c.text::jsonb AS properties FROM unnest($3::text[], $4::text[]) AS c (id, text)
       ), old AS (
         SELECT i.storage_id, i.is_status_check_ok, i.has_configuration_drift, c.text, c.properties
           FROM change c
          CROSS JOIN LATERAL (SELECT one.* FROM node_instance one
                               WHERE one.tenant_id = $1 AND one.id = c.id AND one.deployment_id = $2 OFFSET 0) AS i
       ), new AS (
         UPDATE node_instance i SET version = i.version + 1, system_properties = o.text,
                is_status_check_ok = ${isStatusOkSql('o.properties')},
                has_configuration_drift = ${hasDriftSql('o.properties')}
           FROM old o WHERE i.storage_id = o.storage_id
         RETURNING ${FLAGS_BEFORE_AND_AFTER}
       )${countFlagsSql('$2')}`,
      [ctx.tenantId, storageId, [...texts.keys()], [...texts.values()]],
    );
  }

  async runtimeProperties(
    ctx: TenantCtx,
    storageId: string,
    id: string,
  ): Promise<{ readonly version: number; readonly properties: string } | null> {
    const [row] = await queryRows<{ version: number; properties: string }>(
      ctx,
      `SELECT version, runtime_properties::text AS properties FROM node_instance
        WHERE tenant_id = $1 AND deployment_id = $2 AND id = $3`,
      [ctx.tenantId, storageId, id],
    );
    return row ?? null;
  }

  /** The new version; null when it was changed since that version was read, or is gone. */
  async saveRuntimeProperties(
    ctx: TenantCtx,
    storageId: string,
    id: string,
    changed: { readonly version: number; readonly text: string },
  ): Promise<number | null> {
    const [row] = await queryRows<{ version: number }>(
      ctx,
      `UPDATE node_instance SET runtime_properties = $5, version = version + 1
        WHERE tenant_id = $1 AND deployment_id = $2 AND id = $3 AND version <= $4 RETURNING version`,
      [ctx.tenantId, storageId, id, changed.version, changed.text],
    );
    return row?.version ?? null;
  }

  /** Takes the label away by which others know that this one depends on them. */
  async forgetConsumer(ctx: TenantCtx, storageId: string): Promise<void> {
    await execute(
      ctx,
      `DELETE FROM deployment_label l USING deployment d, deployment t
        WHERE d.storage_id = $2 AND d.tenant_id = $1 AND t.storage_id = l.deployment_id AND t.tenant_id = $1
          AND l.key = 'csys-consumer-id' AND l.value = d.id`,
      [ctx.tenantId, storageId],
    );
  }
}
