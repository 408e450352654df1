import { Injectable } from '@nestjs/common';
import { ConflictError } from '../../../core/errors/app-error.js';
import type { ExecutionStatus } from '../../../core/executions/transitions.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { execute, queryRows } from '../../../platform/database/tx.js';
import { violatedConstraint } from '../../../platform/database/unit-of-work.js';

export interface NewGroup {
  readonly id: string;
  readonly deploymentGroup: { readonly storageId: string; readonly visibility: string };
  readonly creatorId: number;
  readonly workflowId: string;
  readonly concurrency: number;
  readonly successGroup: string | null;
  readonly failedGroup: string | null;
  readonly createdAt: Date;
}

export interface StoredGroup {
  readonly storageId: string;
  readonly workflowId: string;
  readonly concurrency: number;
}

export interface QueuedExecution {
  readonly storageId: string;
  readonly id: string;
  readonly deploymentId: string;
}

@Injectable()
export class ExecutionGroupsRepository {
  /** A deployment group of this tenant that may be seen. */
  async deploymentGroup(
    ctx: TenantCtx,
    id: string,
  ): Promise<{ readonly storageId: string; readonly visibility: string } | null> {
    const [row] = await queryRows<{ storageId: string; visibility: string }>(
      ctx,
      'SELECT storage_id::text AS "storageId", visibility FROM deployment_group WHERE tenant_id = $1 AND id = $2',
      [ctx.tenantId, id],
    );
    return row ?? null;
  }

  /** @throws ConflictError when the tenant has a group with this id */
  async insert(ctx: TenantCtx, group: NewGroup): Promise<string> {
    try {
      const [row] = await queryRows<{ storage_id: string }>(
        ctx,
        `INSERT INTO execution_group (id, tenant_id, creator_id, visibility, workflow_id, deployment_group_id, concurrency,
           success_group_id, failed_group_id, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING storage_id::text`,
        [
          group.id,
          ctx.tenantId,
          group.creatorId,
          group.deploymentGroup.visibility,
          group.workflowId,
          group.deploymentGroup.storageId,
          group.concurrency,
          group.successGroup,
          group.failedGroup,
          group.createdAt,
        ],
      );
      return row?.storage_id ?? '';
    } catch (error) {
      if (violatedConstraint(error) !== 'execution_group_tenant_id_uq') throw error;
      throw new ConflictError(`\`ExecutionGroup\` with ID \`${group.id}\` already exists on this tenant`, {
        cause: error,
      });
    }
  }

  /** One queued execution for each deployment that has the workflow, in one statement; they run in the order of their ids. */
  queueAll(
    ctx: TenantCtx,
    group: { readonly storageId: string; readonly deploymentGroup: string; readonly workflowId: string },
    how: {
      readonly mapping: string | null;
      readonly defaults: string;
      readonly parameters: string;
      readonly force: boolean;
      readonly at: Date;
    },
  ): Promise<QueuedExecution[]> {
    return queryRows(
      ctx,
      `INSERT INTO execution (id, tenant_id, creator_id, visibility, workflow_id, status, engine, mapping, parameters,
         deployment_id, deployment_name, deployment_display_name, blueprint_name, is_forced, execution_group_id, created_at)
       SELECT gen_random_uuid()::text, d.tenant_id, $3, d.visibility, $4, 'queued', 'graph', COALESCE(w.operation, $5),
              ($6::jsonb || COALESCE($7::jsonb -> d.id, '{}'::jsonb))::json,
              d.storage_id, d.id, d.display_name, b.id, $8, $9, $10
         FROM deployment_group_member m JOIN deployment d ON d.storage_id = m.deployment_id
         LEFT JOIN blueprint b ON b.storage_id = d.blueprint_id
         LEFT JOIN LATERAL (SELECT f ->> 'operation' AS operation FROM json_array_elements(d.workflows) f
                             WHERE f ->> 'name' = $4 LIMIT 1) w ON true
        WHERE m.deployment_group_id = $1 AND d.tenant_id = $2 AND COALESCE(w.operation, $5) IS NOT NULL
        ORDER BY d.id
       RETURNING storage_id::text AS "storageId", id, deployment_name AS "deploymentId"`,
      [
        group.deploymentGroup,
        ctx.tenantId,
        ctx.actor.userId,
        group.workflowId,
        how.mapping,
        how.defaults,
        how.parameters,
        how.force,
        group.storageId,
        how.at,
      ],
    );
  }

  /**
   * Members that got no execution, since they lack the workflow; each in a line of the group's log. Private ones are not
   * named to everybody who sees the group.
   */
  async logSkipped(ctx: TenantCtx, groupStorageId: string, at: Date): Promise<void> {
    await execute(
      ctx,
      `INSERT INTO event (tenant_id, creator_id, visibility, type, timestamp, reported_timestamp, execution_group_id, logger,
              level, message)
       SELECT g.tenant_id, g.creator_id, CASE WHEN d.visibility = 'private' THEN 'private' ELSE g.visibility END,
              'cloudify_log', $2, $2, g.storage_id, 'execution_group', 'warning',
              'Skipped deployment ' || d.id || ': it has no workflow ' || g.workflow_id
         FROM execution_group g JOIN deployment_group_member m ON m.deployment_group_id = g.deployment_group_id
         JOIN deployment d ON d.storage_id = m.deployment_id
        WHERE g.storage_id = $1 AND NOT EXISTS (SELECT FROM execution e
                WHERE e.execution_group_id = g.storage_id AND e.deployment_id = d.storage_id)
        ORDER BY d.id`,
      [groupStorageId, at],
    );
  }

  /** Those of these that this tenant has. */
  async adopt(ctx: TenantCtx, groupStorageId: string, executionIds: readonly string[]): Promise<number> {
    return execute(ctx, 'UPDATE execution SET execution_group_id = $1 WHERE tenant_id = $2 AND id = ANY ($3::text[])', [
      groupStorageId,
      ctx.tenantId,
      executionIds,
    ]);
  }

  async lock(ctx: TenantCtx, id: string): Promise<StoredGroup | null> {
    const [row] = await queryRows<StoredGroup>(
      ctx,
      `SELECT storage_id::text AS "storageId", workflow_id AS "workflowId", concurrency FROM execution_group
        WHERE tenant_id = $1 AND id = $2 FOR UPDATE`,
      [ctx.tenantId, id],
    );
    return row ?? null;
  }

  async update(
    ctx: TenantCtx,
    storageId: string,
    to: {
      readonly concurrency: number | null;
      readonly successGroup: string | null;
      readonly failedGroup: string | null;
    },
  ): Promise<void> {
    await execute(
      ctx,
      `UPDATE execution_group SET concurrency = COALESCE($2, concurrency), success_group_id = COALESCE($3, success_group_id),
              failed_group_id = COALESCE($4, failed_group_id) WHERE storage_id = $1`,
      [storageId, to.concurrency, to.successGroup, to.failedGroup],
    );
  }

  /** Those at one of these, the ones that wait first: they must not begin while the others are dealt with. */
  executions(
    ctx: TenantCtx,
    storageId: string,
    statuses: readonly ExecutionStatus[],
  ): Promise<{ readonly id: string; readonly status: ExecutionStatus }[]> {
    return queryRows(
      ctx,
      `SELECT id, status FROM execution WHERE execution_group_id = $1 AND status = ANY ($2::text[])
        ORDER BY status NOT IN ('queued', 'scheduled'), created_at, storage_id`,
      [storageId, statuses],
    );
  }
}
