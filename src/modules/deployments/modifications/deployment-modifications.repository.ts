import { Injectable } from '@nestjs/common';
import type { Modification } from '../../../core/dsl/instances/differences.js';
import { AppError } from '../../../core/errors/app-error.js';
import type { ReachCtx, TenantCtx } from '../../../platform/context/ctx.js';
import { execute, queryRows } from '../../../platform/database/tx.js';
import { violatedConstraint } from '../../../platform/database/unit-of-work.js';
import { Parameters, visibleSql } from '../../../platform/listing/list-query.js';
import type { DeploymentRow } from '../deployments.repository.js';
import { keptInstances } from './modified-instances.repository.js';

export type ModificationStatus = 'started' | 'finished' | 'rolledback';

export interface ModificationRow {
  readonly storageId: string;
  readonly id: string;
  readonly tenantId: number;
  readonly status: ModificationStatus;
  readonly deploymentStorageId: string;
  readonly deploymentId: string;
}

export interface NewModification {
  readonly id: string;
  readonly creatorId: number;
  readonly context: unknown;
  readonly modifiedNodes: unknown;
  readonly lists: Modification;
  readonly createdAt: Date;
}

const COLUMNS = `r.storage_id::text AS "storageId", r.id, r.tenant_id AS "tenantId", r.status,
  r.deployment_id::text AS "deploymentStorageId", d.id AS "deploymentId"`;

@Injectable()
export class DeploymentModificationsRepository {
  /**
   * Writes the record, with a copy of every instance as it is, but for those that the modification has just added.
   * @throws AppError existing_started_deployment_modification_error
   */
  async insert(ctx: TenantCtx, deployment: DeploymentRow, modification: NewModification): Promise<string> {
    const { id, creatorId, context, modifiedNodes, lists, createdAt } = modification;
    try {
      const [row] = await queryRows<{ storage_id: string }>(
        ctx,
        `INSERT INTO deployment_modification (id, deployment_id, tenant_id, creator_id, visibility, status, context,
           modified_nodes, node_instances, created_at)
         SELECT $2, d.storage_id, d.tenant_id, $3, d.visibility, 'started', $4::json, $5::json,
                json_build_object('before_modification', ${keptInstances('i.id = ANY ($11::text[])')}, 'added_and_related', $6::json,
                  'removed_and_related', $7::json, 'extended_and_related', $8::json, 'reduced_and_related', $9::json), $10
           FROM deployment d WHERE d.storage_id = $1 RETURNING storage_id::text`,
        [
          deployment.storageId,
          id,
          creatorId,
          context === null ? null : JSON.stringify(context),
          JSON.stringify(modifiedNodes),
          JSON.stringify(lists.added_and_related),
          JSON.stringify(lists.removed_and_related),
          JSON.stringify(lists.extended_and_related),
          JSON.stringify(lists.reduced_and_related),
          createdAt,
          lists.added_and_related.filter(({ modification: mark }) => mark === 'added').map((added) => added.id),
        ],
      );
      if (!row) throw new Error('An insert answered no row.');
      return row.storage_id;
    } catch (error) {
      if (violatedConstraint(error) === 'deployment_modification_started_uq')
        throw alreadyStarted(deployment.id, error);
      throw error;
    }
  }

  /** The visible one with this id; it and its deployment are held until the end of the transaction. */
  async lock(ctx: TenantCtx, id: string): Promise<ModificationRow | null> {
    const parameters = new Parameters();
    const where = `r.id = ${parameters.add(id)} AND r.tenant_id = ${parameters.add(ctx.tenantId)} AND ${visibleSql(ctx, parameters)}`;
    const [row] = await queryRows<ModificationRow>(
      ctx,
      `SELECT ${COLUMNS} FROM deployment_modification r JOIN deployment d ON d.storage_id = r.deployment_id
        WHERE ${where} FOR UPDATE OF d, r`,
      parameters.values,
    );
    return row ?? null;
  }

  /** Whether a visible one has this id, in whatever tenant. */
  async exists(ctx: TenantCtx, id: string): Promise<boolean> {
    const parameters = new Parameters();
    const where = `r.id = ${parameters.add(id)} AND ${visibleSql(ctx, parameters)}`;
    const rows = await queryRows(ctx, `SELECT FROM deployment_modification r WHERE ${where}`, parameters.values);
    return rows.length > 0;
  }

  /** The JSON of the instances that it keeps. */
  async instancesText(ctx: ReachCtx, storageId: string): Promise<string> {
    const text = 'SELECT node_instances::text AS text FROM deployment_modification WHERE storage_id = $1';
    const [row] = await queryRows<{ text: string }>(ctx, text, [storageId]);
    return row?.text ?? 'null';
  }

  /** The lists of the open one, without the copies. */
  async open(
    ctx: TenantCtx,
    deployment: string,
  ): Promise<{
    readonly id: string;
    readonly lists: Pick<Modification, 'added_and_related' | 'removed_and_related'>;
  } | null> {
    const [row] = await queryRows<{
      id: string;
      added: Modification['added_and_related'];
      removed: Modification['removed_and_related'];
    }>(
      ctx,
      `SELECT r.id, r.node_instances->'added_and_related' AS added, r.node_instances->'removed_and_related' AS removed
         FROM deployment_modification r WHERE r.deployment_id = $1 AND r.status = 'started'`,
      [deployment],
    );
    return row ? { id: row.id, lists: { added_and_related: row.added, removed_and_related: row.removed } } : null;
  }

  /** What was wanted of each node and scaling group. */
  async wanted(ctx: TenantCtx, storageId: string): Promise<readonly (readonly [string, number])[]> {
    const rows = await queryRows<{ name: string; instances: number }>(
      ctx,
      `SELECT x.key AS name, (x.value->>'instances')::int AS instances
         FROM deployment_modification m, json_each(m.modified_nodes) AS x WHERE m.storage_id = $1`,
      [storageId],
    );
    return rows.map(({ name, instances }) => [name, instances]);
  }

  /** The numbers that nodes and scaling groups have now, of those that were to be changed. */
  async currentNumbers(
    ctx: TenantCtx,
    { storageId, deploymentStorageId }: ModificationRow,
  ): Promise<readonly (readonly [string, number])[]> {
    const rows = await queryRows<{ name: string; instances: number }>(
      ctx,
      `SELECT n.id AS name, n.number_of_instances AS instances
         FROM deployment_modification m, json_object_keys(m.modified_nodes) AS k (name)
         JOIN node n ON n.deployment_id = $2 AND n.id = k.name WHERE m.storage_id = $1
       UNION ALL
       SELECT g.key, (g.value#>>'{properties,current_instances}')::int
         FROM deployment_modification m, json_object_keys(m.modified_nodes) AS k (name),
              deployment d, json_each(d.scaling_groups) AS g
        WHERE m.storage_id = $1 AND d.storage_id = $2 AND g.key = k.name`,
      [storageId, deploymentStorageId],
    );
    return rows.map(({ name, instances }) => [name, instances]);
  }

  async end(ctx: TenantCtx, row: ModificationRow, status: ModificationStatus, at: Date): Promise<void> {
    const text = 'UPDATE deployment_modification SET status = $2, ended_at = $3 WHERE storage_id = $1';
    await execute(ctx, text, [row.storageId, status, at]);
    // Those that came or went took their flags along.
    await execute(
      ctx,
      `UPDATE deployment d SET drifted_instances = f.drifted, unavailable_instances = f.unavailable
         FROM (SELECT count(*) FILTER (WHERE i.has_configuration_drift)::int AS drifted,
                      count(*) FILTER (WHERE NOT i.is_status_check_ok)::int AS unavailable
                 FROM node_instance i WHERE i.deployment_id = $1) f
        WHERE d.storage_id = $1 AND (d.drifted_instances, d.unavailable_instances) <> (f.drifted, f.unavailable)`,
      [row.deploymentStorageId],
    );
  }
}

/** 400: one open modification of a deployment (orchestration §12). */
export function alreadyStarted(deploymentId: string, cause?: unknown): AppError {
  return new AppError(
    'existing_started_deployment_modification_error',
    `Cannot start a modification of the deployment ${deploymentId}: another one is open`,
    cause === undefined ? {} : { cause },
  );
}
