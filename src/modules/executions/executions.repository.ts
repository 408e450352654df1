import { Injectable } from '@nestjs/common';
import type { ExecutionStatus } from '../../core/executions/transitions.js';
import type { Ctx, TenantCtx } from '../../platform/context/ctx.js';
import { execute, queryRows } from '../../platform/database/tx.js';
import type { UnfinishedExecution } from '../../platform/access/unfinished-executions.js';
import { COMMON_FIELDS, COMMON_JOINS, type ListSource } from '../../platform/listing/list-source.js';

/** rest-api §3.6. What belongs to a deployment is kept from the start: it outlives the deployment. */
export const EXECUTION_LIST: ListSource = {
  resource: 'executions',
  from: `execution r ${COMMON_JOINS}`,
  joinsKeepRows: true,
  fields: {
    id: { kind: 'text', sql: 'r.id' },
    ...COMMON_FIELDS,
    workflow_id: { kind: 'text', sql: 'r.workflow_id' },
    status: { kind: 'text', sql: 'r.status' },
    status_display: { kind: 'text', sql: `CASE r.status WHEN 'terminated' THEN 'completed' ELSE r.status END` },
    error: { kind: 'text', sql: 'r.error' },
    deployment_id: { kind: 'text', sql: 'r.deployment_name' },
    deployment_display_name: { kind: 'text', sql: 'r.deployment_display_name' },
    blueprint_id: { kind: 'text', sql: 'r.blueprint_name' },
    parameters: { kind: 'json', sql: 'r.parameters' },
    started_at: { kind: 'date', sql: 'r.started_at' },
    ended_at: { kind: 'date', sql: 'r.ended_at' },
    scheduled_for: { kind: 'date', sql: 'r.scheduled_for' },
    is_system_workflow: { kind: 'boolean', sql: 'r.is_system_workflow' },
    is_dry_run: { kind: 'boolean', sql: 'r.is_dry_run' },
    resume: { kind: 'boolean', sql: 'r.is_resumed' },
    allow_custom_parameters: { kind: 'boolean', sql: 'r.allow_custom_parameters' },
    total_operations: { kind: 'integer', sql: 'COALESCE(r.total_operations, 0)' },
    finished_operations: { kind: 'integer', sql: 'COALESCE(r.finished_operations, 0)' },
  },
  order: 'r.created_at, r.storage_id',
  getAllResults: true,
  scoped: true,
};

export interface NewExecution {
  readonly id: string;
  readonly workflowId: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly visibility: string;
  readonly createdAt: Date;
  readonly deployment?: {
    readonly storageId: string;
    readonly id: string;
    readonly displayName: string;
    readonly blueprintId: string;
  };
}

/** A row of the queue that this worker now holds. */
export interface TakenExecution {
  readonly storageId: string;
  readonly id: string;
  readonly workflowId: string;
  readonly tenantId: number;
  readonly tenantName: string;
  readonly creatorId: number;
  /** This attempt included. */
  readonly attempts: number;
}

export interface ExecutionEvent {
  readonly type: 'cloudify_event' | 'cloudify_log';
  readonly eventType: string | null;
  readonly logger: string | null;
  readonly level: string | null;
  readonly message: string;
  readonly at: Date;
}

@Injectable()
export class ExecutionsRepository {
  /** Answers the internal number. */
  async insert(ctx: TenantCtx, execution: NewExecution): Promise<string> {
    const { deployment } = execution;
    const [row] = await queryRows<{ storage_id: string }>(
      ctx,
      `INSERT INTO execution (id, tenant_id, creator_id, visibility, workflow_id, status, parameters, allow_custom_parameters, created_at,
         deployment_id, deployment_name, deployment_display_name, blueprint_name)
       VALUES ($1, $2, $3, $4, $5, 'pending', $6, true, $7, $8, $9, $10, $11) RETURNING storage_id::text`,
      [
        execution.id,
        ctx.tenantId,
        ctx.actor.userId,
        execution.visibility,
        execution.workflowId,
        JSON.stringify(execution.parameters),
        execution.createdAt,
        deployment?.storageId ?? null,
        deployment?.id ?? null,
        deployment?.displayName ?? null,
        deployment?.blueprintId ?? null,
      ],
    );
    if (!row) throw new Error('An insert that returns its row returned none.');
    return row.storage_id;
  }

  /**
   * Hands out an execution that nobody works on, and holds it for `leaseMs`: the oldest of the tenant for which this
   * worker does least, and never more than `mostOfOne` of one tenant.
   */
  async take(
    ctx: Ctx,
    worker: string,
    leaseMs: number,
    { workflowIds, mostOfOne }: { readonly workflowIds: readonly string[]; readonly mostOfOne: number },
  ): Promise<TakenExecution | null> {
    const [row] = await queryRows<{
      storage_id: string;
      id: string;
      workflow_id: string;
      tenant_id: number;
      tenant_name: string;
      creator_id: number;
      attempts: number;
    }>(
      ctx,
      `SELECT storage_id::text, id, workflow_id, tenant_id, tenant_name, creator_id, attempts
         FROM take_execution($1, make_interval(secs => $2), 'system', $3::text[], $4)`,
      [worker, leaseMs / 1000, workflowIds, mostOfOne],
    );
    if (!row) return null;
    return {
      storageId: row.storage_id,
      id: row.id,
      workflowId: row.workflow_id,
      tenantId: row.tenant_id,
      tenantName: row.tenant_name,
      creatorId: row.creator_id,
      attempts: row.attempts,
    };
  }

  async statusOf(ctx: TenantCtx, storageId: string): Promise<ExecutionStatus | null> {
    const [row] = await queryRows<{ status: ExecutionStatus }>(
      ctx,
      'SELECT status FROM execution WHERE tenant_id = $1 AND storage_id = $2 FOR UPDATE',
      [ctx.tenantId, storageId],
    );
    return row?.status ?? null;
  }

  async statusById(ctx: TenantCtx, id: string): Promise<ExecutionStatus | null> {
    const [row] = await queryRows<{ status: ExecutionStatus }>(
      ctx,
      'SELECT status FROM execution WHERE tenant_id = $1 AND id = $2',
      [ctx.tenantId, id],
    );
    return row?.status ?? null;
  }

  async parameters(ctx: TenantCtx, storageId: string): Promise<Readonly<Record<string, unknown>>> {
    const [row] = await queryRows<{ parameters: Record<string, unknown> }>(
      ctx,
      'SELECT parameters FROM execution WHERE tenant_id = $1 AND storage_id = $2',
      [ctx.tenantId, storageId],
    );
    return row?.parameters ?? {};
  }

  /** The status now, or null when the lease was lost: somebody else works on it, or it has ended. */
  async renew(ctx: TenantCtx, storageId: string, worker: string, leaseMs: number): Promise<ExecutionStatus | null> {
    const [row] = await queryRows<{ status: ExecutionStatus }>(
      ctx,
      `UPDATE execution SET lease_until = clock_timestamp() + make_interval(secs => $4)
        WHERE tenant_id = $1 AND storage_id = $2 AND lease_owner = $3 RETURNING status`,
      [ctx.tenantId, storageId, worker, leaseMs / 1000],
    );
    return row?.status ?? null;
  }

  async release(ctx: TenantCtx, id: string, worker: string): Promise<void> {
    await execute(
      ctx,
      'UPDATE execution SET lease_until = NULL, lease_owner = NULL WHERE tenant_id = $1 AND id = $2 AND lease_owner = $3',
      [ctx.tenantId, id, worker],
    );
  }

  async hasEnded(ctx: TenantCtx, id: string): Promise<boolean> {
    const [row] = await queryRows<{ ended: boolean }>(
      ctx,
      `SELECT status IN ('terminated', 'failed', 'cancelled') AS ended FROM execution WHERE tenant_id = $1 AND id = $2`,
      [ctx.tenantId, id],
    );
    return row?.ended ?? true;
  }

  async addEvent(ctx: TenantCtx, executionId: string, event: ExecutionEvent): Promise<void> {
    await execute(
      ctx,
      `INSERT INTO event (tenant_id, creator_id, visibility, type, timestamp, reported_timestamp, execution_storage_id, event_type, logger, level, message)
       SELECT e.tenant_id, e.creator_id, e.visibility, $3, $4, $4, e.storage_id, $5, $6, $7, $8
         FROM execution e WHERE e.tenant_id = $1 AND e.id = $2`,
      [
        ctx.tenantId,
        executionId,
        event.type,
        event.at,
        event.eventType,
        event.logger,
        event.level,
        event.message.replaceAll('\0', '<NUL>'),
      ],
    );
  }

  async unfinished(ctx: Ctx): Promise<UnfinishedExecution[]> {
    return queryRows(ctx, 'SELECT * FROM unfinished_executions()');
  }

  async accessVersion(ctx: Ctx): Promise<string> {
    const [row] = await queryRows<{ version: string }>(ctx, 'SELECT access_version::text AS version FROM system_state');
    return row?.version ?? '0';
  }
}
