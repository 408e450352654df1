import { Injectable } from '@nestjs/common';
import type { EndStatus, ExecutionStatus } from '../../../core/executions/transitions.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { execute, queryRows } from '../../../platform/database/tx.js';

/** An execution, locked for a change of its status. */
export interface LockedExecution {
  readonly storageId: string;
  readonly id: string;
  readonly workflowId: string;
  readonly status: ExecutionStatus;
  readonly engine: 'system' | 'graph' | 'none';
  /** Null once the deployment is gone, and for what never had one. */
  readonly deploymentStorageId: string | null;
  readonly deploymentName: string | null;
  readonly groupStorageId: string | null;
  readonly isDryRun: boolean;
  readonly isForced: boolean;
  /** `force` among the parameters: what a deletion of an environment was asked with. */
  readonly hasForceParameter: boolean;
  readonly run: number;
  /** The worker that took it last. */
  readonly leaseOwner: string | null;
  /** Its lease has not run out. */
  readonly isHeld: boolean;
}

const LOCKED = `r.storage_id::text AS "storageId", r.id, r.workflow_id AS "workflowId", r.status, r.engine,
  r.deployment_id::text AS "deploymentStorageId", r.deployment_name AS "deploymentName",
  r.execution_group_id::text AS "groupStorageId", r.is_dry_run AS "isDryRun", r.is_forced AS "isForced",
  COALESCE(r.parameters ->> 'force' = 'true', false) AS "hasForceParameter", r.run,
  r.lease_owner AS "leaseOwner", COALESCE(r.lease_until >= clock_timestamp(), false) AS "isHeld"`;

export interface StatusChange {
  readonly status: ExecutionStatus;
  readonly at: Date;
  readonly error?: string;
  /** Nobody holds it any more: whoever works on it notices, and another may take it. */
  readonly endsLease?: boolean;
  readonly resumes?: { readonly force: boolean };
}

/** Resumed while a worker runs it: what is under way there stays, for that worker to take up again. */
const HANDS_ON = `$7 AND NOT $8 AND engine = 'graph' AND lease_owner IS NOT NULL AND lease_until >= clock_timestamp()`;

@Injectable()
export class ExecutionStatusesRepository {
  async lock(ctx: TenantCtx, storageId: string): Promise<LockedExecution | null> {
    const [row] = await queryRows<LockedExecution>(
      ctx,
      `SELECT ${LOCKED} FROM execution r WHERE r.tenant_id = $1 AND r.storage_id = $2 FOR UPDATE`,
      [ctx.tenantId, storageId],
    );
    return row ?? null;
  }

  async lockById(ctx: TenantCtx, id: string): Promise<LockedExecution | null> {
    const [row] = await queryRows<LockedExecution>(
      ctx,
      `SELECT ${LOCKED} FROM execution r WHERE r.tenant_id = $1 AND r.id = $2 FOR UPDATE`,
      [ctx.tenantId, id],
    );
    return row ?? null;
  }

  async write(ctx: TenantCtx, storageId: string, change: StatusChange): Promise<void> {
    const { status, at, error } = change;
    const waits = status === 'queued' || status === 'scheduled';
    const isOver = status === 'terminated' || status === 'failed' || status === 'cancelled';
    await execute(
      ctx,
      `UPDATE execution SET status = $2, error = COALESCE($3, error),
              started_at = CASE WHEN $2 = 'started' THEN COALESCE(started_at, $4) ELSE started_at END,
              ended_at = CASE WHEN $5 THEN $4::timestamptz END,
              tail_owner = CASE WHEN ${HANDS_ON} THEN lease_owner ELSE tail_owner END,
              tail_until = CASE WHEN ${HANDS_ON} THEN lease_until ELSE tail_until END,
              lease_owner = CASE WHEN $6 THEN NULL ELSE lease_owner END,
              lease_until = CASE WHEN $6 THEN NULL ELSE lease_until END,
              attempts = CASE WHEN $7 THEN 0 ELSE attempts END,
              engine = CASE WHEN $7 AND engine = 'none' AND deployment_id IS NOT NULL THEN 'graph' ELSE engine END,
              run = CASE WHEN $7 THEN run + 1 ELSE run END, is_resumed = is_resumed OR $7,
              is_force_resumed = CASE WHEN $7 THEN $8 ELSE is_force_resumed END
        WHERE storage_id = $1`,
      [
        storageId,
        status,
        error?.replaceAll('\0', '<NUL>') ?? null,
        at,
        isOver,
        isOver || waits || change.endsLease === true,
        change.resumes !== undefined,
        change.resumes?.force ?? false,
      ],
    );
  }

  /** What a queued execution was asked with. */
  async given(
    ctx: TenantCtx,
    storageId: string,
  ): Promise<{ readonly given: string; readonly allowCustom: boolean; readonly isResumed: boolean }> {
    const [row] = await queryRows<{ given: string; allowCustom: boolean; isResumed: boolean }>(
      ctx,
      `SELECT parameters::text AS given, allow_custom_parameters AS "allowCustom", is_resumed AS "isResumed"
         FROM execution WHERE storage_id = $1`,
      [storageId],
    );
    return row ?? { given: '{}', allowCustom: false, isResumed: false };
  }

  async setParameters(ctx: TenantCtx, storageId: string, parameters: string): Promise<void> {
    await execute(ctx, 'UPDATE execution SET parameters = $2 WHERE storage_id = $1', [storageId, parameters]);
  }

  /** What a group's execution ended as decides which deployment group its deployment joins (orchestration §1). */
  async joinTargetGroup(
    ctx: TenantCtx,
    groupStorageId: string,
    deploymentStorageId: string,
    status: EndStatus,
  ): Promise<void> {
    if (status === 'cancelled') return;
    const column = status === 'terminated' ? 'success_group_id' : 'failed_group_id';
    await execute(
      ctx,
      `INSERT INTO deployment_group_member (deployment_group_id, deployment_id)
       SELECT g.${column}, $2 FROM execution_group g WHERE g.storage_id = $1 AND g.${column} IS NOT NULL
       ON CONFLICT DO NOTHING`,
      [groupStorageId, deploymentStorageId],
    );
  }

  async addGroupEvent(ctx: TenantCtx, groupStorageId: string, message: string, at: Date): Promise<void> {
    await execute(
      ctx,
      `INSERT INTO event (tenant_id, creator_id, visibility, type, timestamp, reported_timestamp, execution_group_id, event_type, message)
       SELECT g.tenant_id, g.creator_id, g.visibility, 'cloudify_event', $2, $2, g.storage_id, 'execution_state_change', $3
         FROM execution_group g WHERE g.storage_id = $1`,
      [groupStorageId, at, message],
    );
  }

  async failUpdate(ctx: TenantCtx, executionStorageId: string): Promise<void> {
    await execute(
      ctx,
      `UPDATE deployment_update SET state = 'failed' WHERE execution_id = $1 AND state NOT IN ('successful', 'failed', 'preview')`,
      [executionStorageId],
    );
  }

  /** The execution that removes its deployment stays; every other one goes with it. */
  async leaveDeployment(ctx: TenantCtx, storageId: string): Promise<void> {
    await execute(ctx, 'UPDATE execution SET deployment_id = NULL WHERE storage_id = $1', [storageId]);
  }
}
