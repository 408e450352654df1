import { Injectable } from '@nestjs/common';
import type { Visibility } from '../../../core/access/visibility.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { execute, queryRows } from '../../../platform/database/tx.js';
import { Parameters, visibleSql } from '../../../platform/listing/list-query.js';
import { countFlagsSql, FLAGS_BEFORE_AND_AFTER, hasDriftSql, isStatusOkSql } from '../running/health-sql.js';
import type { InstanceUpdate } from './instance-update.js';

export interface InstanceRow {
  readonly storageId: string;
  readonly id: string;
  readonly tenantId: number;
  readonly deploymentStorageId: string;
  readonly state: string;
  readonly version: number;
  /** JSON text, as the two that follow. */
  readonly runtimeProperties: string;
  readonly systemProperties: string;
  readonly relationships: string;
}

const INSTANCE = `r.storage_id::text AS "storageId", r.id, r.tenant_id AS "tenantId",
  r.deployment_id::text AS "deploymentStorageId", r.state, r.version, r.runtime_properties::text AS "runtimeProperties",
  r.system_properties::text AS "systemProperties", r.relationships::text AS relationships`;

/** Whose the rows of a deployment are. */
export interface RowsOwner {
  readonly storageId: string;
  readonly creatorId: number;
  readonly visibility: Visibility;
}

/** Everything runs in the open transaction. */
@Injectable()
export class NodesRepository {
  async findInstance(ctx: TenantCtx, id: string): Promise<InstanceRow | null> {
    const parameters = new Parameters();
    const [row] = await queryRows<InstanceRow>(
      ctx,
      `SELECT ${INSTANCE} FROM node_instance r WHERE r.id = ${parameters.add(id)} AND ${visibleSql(ctx, parameters)}
        ORDER BY (r.tenant_id = ${parameters.add(ctx.tenantId)}::int) DESC, r.tenant_id LIMIT 1`,
      parameters.values,
    );
    return row ?? null;
  }

  /** The tenant's own, held until the end of the transaction. */
  async lockInstance(ctx: TenantCtx, id: string): Promise<InstanceRow | null> {
    const parameters = new Parameters();
    const [row] = await queryRows<InstanceRow>(
      ctx,
      `SELECT ${INSTANCE} FROM node_instance r WHERE r.tenant_id = ${parameters.add(ctx.tenantId)}
          AND r.id = ${parameters.add(id)} AND ${visibleSql(ctx, parameters)} FOR UPDATE`,
      parameters.values,
    );
    return row ?? null;
  }

  /** Flags and counters follow the system properties. */
  async updateInstance(ctx: TenantCtx, instance: InstanceRow, update: InstanceUpdate): Promise<void> {
    await execute(
      ctx,
      `WITH old AS (
         SELECT storage_id, is_status_check_ok, has_configuration_drift,
                COALESCE($5::json, system_properties)::jsonb AS properties
           FROM node_instance WHERE tenant_id = $1 AND storage_id = $2
       ), new AS (
         UPDATE node_instance i SET version = i.version + 1, state = COALESCE($3, i.state),
                runtime_properties = COALESCE($4::json, i.runtime_properties),
                system_properties = COALESCE($5::json, i.system_properties),
                relationships = COALESCE($6::json, i.relationships),
                is_status_check_ok = CASE WHEN $5::json IS NULL THEN i.is_status_check_ok ELSE ${isStatusOkSql('o.properties')} END,
                has_configuration_drift = CASE WHEN $5::json IS NULL THEN i.has_configuration_drift ELSE ${hasDriftSql('o.properties')} END
           FROM old o WHERE i.storage_id = o.storage_id
         RETURNING ${FLAGS_BEFORE_AND_AFTER}
       )${countFlagsSql('$7::bigint')}`,
      [
        ctx.tenantId,
        instance.storageId,
        update.state,
        update.runtimeProperties,
        update.systemProperties,
        update.relationships,
        instance.deploymentStorageId,
      ],
    );
  }

  async deleteInstance(ctx: TenantCtx, instance: InstanceRow): Promise<void> {
    await execute(
      ctx,
      `WITH gone AS (
         DELETE FROM node_instance WHERE tenant_id = $1 AND storage_id = $2
         RETURNING is_status_check_ok, has_configuration_drift
       )
       UPDATE deployment d SET drifted_instances = d.drifted_instances - g.has_configuration_drift::int,
              unavailable_instances = d.unavailable_instances - (NOT g.is_status_check_ok)::int
         FROM gone g WHERE d.storage_id = $3`,
      [ctx.tenantId, instance.storageId, instance.deploymentStorageId],
    );
  }

  /** Those among these ids that instances of the tenant have, as far as the caller may see them. */
  async takenInstances(ctx: TenantCtx, ids: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await queryRows<{ id: string }>(
      ctx,
      'SELECT id FROM node_instance WHERE tenant_id = $1 AND id = ANY ($2::text[])',
      [ctx.tenantId, ids],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** The highest index of the instances of each node. */
  async highestIndexes(ctx: TenantCtx, deploymentStorageId: string): Promise<ReadonlyMap<string, number>> {
    const rows = await queryRows<{ node: string; index: number }>(
      ctx,
      `SELECT n.id AS node, max(i.index) AS index FROM node_instance i JOIN node n ON n.storage_id = i.node_id
        WHERE i.deployment_id = $1 GROUP BY 1`,
      [deploymentStorageId],
    );
    return new Map(rows.map(({ node, index }) => [node, index]));
  }

  /** Answers how many were stored: those of nodes that are there. @param rows a JSON list */
  async insertInstances(ctx: TenantCtx, owner: RowsOwner, rows: string): Promise<number> {
    return execute(
      ctx,
      `INSERT INTO node_instance (deployment_id, tenant_id, creator_id, visibility, node_id, id, host_id, index, state,
         version, runtime_properties, system_properties, relationships, scaling_groups, is_status_check_ok,
         has_configuration_drift)
       SELECT $1, $2, $3, $4, n.storage_id, i.id, i.host_id, i.index, i.state, i.version, i.runtime_properties,
              i.system_properties, i.relationships, i.scaling_groups, ${isStatusOkSql('i.system_properties::jsonb')},
              ${hasDriftSql('i.system_properties::jsonb')}
         FROM json_to_recordset($5::json) AS i (id text, node_name text, host_id text, index int, state text, version int,
              runtime_properties json, system_properties json, relationships json, scaling_groups json)
         JOIN node n ON n.deployment_id = $1 AND n.id = i.node_name`,
      [owner.storageId, ctx.tenantId, owner.creatorId, owner.visibility, rows],
    );
  }

  /** The place after the last node. */
  async nextPosition(ctx: TenantCtx, deploymentStorageId: string): Promise<number> {
    const [row] = await queryRows<{ next: number }>(
      ctx,
      'SELECT COALESCE(max(position) + 1, 0)::int AS next FROM node WHERE deployment_id = $1',
      [deploymentStorageId],
    );
    return row?.next ?? 0;
  }

  /** The internal number of a node, held; null when there is none. */
  async lockNode(ctx: TenantCtx, deploymentStorageId: string, id: string): Promise<string | null> {
    const [row] = await queryRows<{ storageId: string }>(
      ctx,
      `SELECT storage_id::text AS "storageId" FROM node WHERE tenant_id = $1 AND deployment_id = $2 AND id = $3 FOR UPDATE`,
      [ctx.tenantId, deploymentStorageId, id],
    );
    return row?.storageId ?? null;
  }

  async updateNode(ctx: TenantCtx, storageId: string, changes: Readonly<Record<string, unknown>>): Promise<void> {
    const parameters = new Parameters();
    const sets = Object.entries(changes).map(([column, value]) => `${column} = ${parameters.add(value)}`);
    if (sets.length === 0) return;
    await execute(
      ctx,
      `UPDATE node SET ${sets.join(', ')} WHERE tenant_id = ${parameters.add(ctx.tenantId)}
          AND storage_id = ${parameters.add(storageId)}`,
      parameters.values,
    );
  }

  async deleteNode(ctx: TenantCtx, storageId: string): Promise<void> {
    await execute(ctx, 'DELETE FROM node WHERE tenant_id = $1 AND storage_id = $2', [ctx.tenantId, storageId]);
  }
}
