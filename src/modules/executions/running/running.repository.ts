import { Injectable } from '@nestjs/common';
import type { ExecutionStatus } from '../../../core/executions/transitions.js';
import type { FinishedPhase } from '../../../core/graph/sequences/phase.js';
import type { Json } from '../../../core/graph/task.js';
import type { Ctx, TenantCtx } from '../../../platform/context/ctx.js';
import { execute, queryRows } from '../../../platform/database/tx.js';

/** An execution of a workflow that this worker holds. */
export interface HeldExecution {
  readonly storageId: string;
  readonly id: string;
  readonly workflowId: string;
  readonly tenantId: number;
  readonly tenantName: string;
  readonly creatorId: number;
  /** How often it was taken without getting on, this time included. */
  readonly attempts: number;
}

/** What its row says about what is to be done. */
export interface ExecutionRow {
  readonly status: ExecutionStatus;
  readonly parameters: Readonly<Record<string, Json>>;
  readonly mapping: string | null;
  readonly phases: readonly FinishedPhase[];
  readonly run: number;
  readonly is_force_resumed: boolean;
  readonly is_dry_run: boolean;
  readonly wait_after_fail: number;
  readonly deployment_id: string | null;
  readonly deployment_name: string | null;
  readonly visibility: string;
}

export interface HeldStatus {
  readonly storage_id: string;
  readonly status: ExecutionStatus;
  /** The lease is held. */
  readonly leads: boolean;
  /** What it left under way when it ended is. */
  readonly trails: boolean;
}

/** Who may write: the worker, in the run that it took. */
export interface Hold {
  readonly storageId: string;
  readonly worker: string;
  readonly run: number;
}

/** The rows of executions as those who run them see them. */
@Injectable()
export class RunningRepository {
  /** Takes the oldest of the tenant for which this worker does least; nobody else gets it while the lease is renewed. */
  async take(ctx: Ctx, worker: string, leaseMs: number, mostOfOne: number): Promise<HeldExecution | null> {
    const [row] = await queryRows<{
      storage_id: string;
      id: string;
      workflow_id: string;
      tenant_id: number;
      tenant_name: string;
      creator_id: number;
      attempts: number;
    }>(ctx, `SELECT * FROM take_execution($1, make_interval(secs => $2), 'graph', NULL, $3)`, [
      worker,
      leaseMs / 1000,
      mostOfOne,
    ]);
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

  /** Renews what is held, and tells how it stands; what is not among them is lost. */
  held(ctx: Ctx, worker: string, leaseMs: number): Promise<HeldStatus[]> {
    return queryRows(ctx, 'SELECT * FROM held_executions($1, make_interval(secs => $2))', [worker, leaseMs / 1000]);
  }

  /** Locks the row. Null when it is not held any more. */
  async load(ctx: TenantCtx, storageId: string, worker: string): Promise<ExecutionRow | null> {
    const [row] = await queryRows<ExecutionRow>(
      ctx,
      `SELECT status, parameters, mapping, phases, run, is_force_resumed, is_dry_run, wait_after_fail, deployment_id,
              deployment_name, visibility
         FROM execution WHERE storage_id = $1 AND lease_owner = $2 FOR UPDATE`,
      [storageId, worker],
    );
    return row ?? null;
  }

  /**
   * The first statement of every step: locks the row, renews the lease and writes the counters, all only while it is
   * held. Answers the status, or null when it is not.
   */
  async step(
    ctx: TenantCtx,
    { storageId, worker, run }: Hold,
    leaseMs: number,
    counters: { readonly total: number; readonly finished: number; readonly hasGotOn: boolean },
  ): Promise<ExecutionStatus | null> {
    const [row] = await queryRows<{ status: ExecutionStatus }>(
      ctx,
      `UPDATE execution SET lease_until = clock_timestamp() + make_interval(secs => $4), total_operations = $5,
              finished_operations = $6, attempts = CASE WHEN $7 THEN 0 ELSE attempts END
        WHERE storage_id = $1 AND lease_owner = $2 AND run = $3 RETURNING status`,
      [storageId, worker, run, leaseMs / 1000, counters.total, counters.finished, counters.hasGotOn],
    );
    return row?.status ?? null;
  }

  /** False when it is not held any more. */
  async savePhases(ctx: TenantCtx, hold: Hold, phases: readonly FinishedPhase[]): Promise<boolean> {
    const { storageId, worker, run } = hold;
    const changed = await execute(
      ctx,
      'UPDATE execution SET phases = $4::json WHERE storage_id = $1 AND lease_owner = $2 AND run = $3',
      [storageId, worker, run, JSON.stringify(phases)],
    );
    return changed > 0;
  }

  /** Holds on to what an execution that just ended left under way. In the transaction of its end. */
  async startTail(ctx: TenantCtx, { storageId, worker }: Hold, leaseMs: number): Promise<void> {
    await execute(
      ctx,
      `UPDATE execution SET tail_owner = $2, tail_until = clock_timestamp() + make_interval(secs => $3)
        WHERE storage_id = $1`,
      [storageId, worker, leaseMs / 1000],
    );
  }

  /** As `step`, after the end: until the execution is taken again, which only this worker may do. */
  async tailStep(ctx: TenantCtx, { storageId, worker }: Hold, leaseMs: number): Promise<ExecutionStatus | null> {
    const [row] = await queryRows<{ status: ExecutionStatus }>(
      ctx,
      `UPDATE execution SET tail_until = clock_timestamp() + make_interval(secs => $3)
        WHERE storage_id = $1 AND tail_owner = $2 RETURNING status`,
      [storageId, worker, leaseMs / 1000],
    );
    return row?.status ?? null;
  }

  /** Whether it was resumed while this worker ran it, which is now the one to take it up again. */
  async isHandedOn(ctx: TenantCtx, { storageId, worker, run }: Hold): Promise<boolean> {
    const rows = await queryRows(
      ctx,
      `SELECT FROM execution WHERE storage_id = $1 AND tail_owner = $2 AND tail_until >= clock_timestamp() AND run > $3
          AND status NOT IN ('terminated', 'failed', 'cancelled')`,
      [storageId, worker, run],
    );
    return rows.length > 0;
  }

  async endTail(ctx: TenantCtx, storageId: string, worker: string): Promise<void> {
    await execute(
      ctx,
      'UPDATE execution SET tail_owner = NULL, tail_until = NULL WHERE storage_id = $1 AND tail_owner = $2',
      [storageId, worker],
    );
  }

  /** Lets go; others may take it after that many seconds. */
  async release(ctx: TenantCtx, storageId: string, worker: string, afterSeconds: number): Promise<void> {
    await execute(
      ctx,
      `UPDATE execution SET lease_owner = NULL,
              lease_until = CASE WHEN $3 > 0 THEN clock_timestamp() + make_interval(secs => $3) END
        WHERE storage_id = $1 AND lease_owner = $2`,
      [storageId, worker, afterSeconds],
    );
  }

  async accessVersion(ctx: Ctx): Promise<string> {
    const [row] = await queryRows<{ version: string }>(ctx, 'SELECT access_version::text AS version FROM system_state');
    return row?.version ?? '0';
  }
}
