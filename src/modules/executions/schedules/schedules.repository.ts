import { Injectable } from '@nestjs/common';
import { ConflictError } from '../../../core/errors/app-error.js';
import type { ScheduleRule } from '../../../core/schedules/schedule-rule.js';
import type { ExecutionStatus } from '../../../core/executions/transitions.js';
import type { Ctx, TenantCtx } from '../../../platform/context/ctx.js';
import { SCHEDULE_LOCK_SPACE } from '../../../platform/database/advisory-locks.js';
import { execute, queryRows } from '../../../platform/database/tx.js';
import { violatedConstraint } from '../../../platform/database/unit-of-work.js';

/** What a schedule says, in its columns. */
export interface ScheduleColumns {
  readonly workflowId: string;
  readonly rule: ScheduleRule;
  readonly isRecurring: boolean;
  readonly since: Date;
  readonly until: Date | null;
  readonly slip: number;
  readonly stopOnFail: boolean;
  readonly enabled: boolean;
  readonly nextOccurrence: Date | null;
}

export interface NewSchedule extends ScheduleColumns {
  readonly id: string;
  readonly deployment: { readonly storageId: string; readonly visibility: string };
  readonly creatorId: number;
  readonly parameters: string | null;
  readonly executionArguments: string;
  readonly createdAt: Date;
}

export interface StoredSchedule extends ScheduleColumns {
  readonly storageId: string;
}

export interface DueSchedule {
  readonly storageId: string;
  readonly tenantId: number;
  readonly tenantName: string;
  readonly creatorId: number;
}

/** A schedule whose time has come, held by this transaction. */
export interface HeldSchedule {
  readonly id: string;
  readonly deploymentId: string;
  readonly workflowId: string;
  readonly rule: ScheduleRule;
  readonly since: Date;
  readonly until: Date | null;
  readonly due: Date;
  readonly slip: number;
  readonly stopOnFail: boolean;
  readonly parameters: Readonly<Record<string, unknown>> | null;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly latestStatus: ExecutionStatus | null;
}

@Injectable()
export class SchedulesRepository {
  /** Answers the internal number. @throws ConflictError when the deployment has a schedule with this id */
  async insert(ctx: TenantCtx, schedule: NewSchedule): Promise<string> {
    try {
      const [row] = await queryRows<{ storage_id: string }>(
        ctx,
        `INSERT INTO execution_schedule (id, deployment_id, tenant_id, creator_id, visibility, workflow_id, rule, is_recurring,
           since, until, slip, stop_on_fail, enabled, next_occurrence, parameters, execution_arguments, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) RETURNING storage_id::text`,
        [
          schedule.id,
          schedule.deployment.storageId,
          ctx.tenantId,
          schedule.creatorId,
          schedule.deployment.visibility,
          ...columnsOf(schedule),
          schedule.parameters,
          schedule.executionArguments,
          schedule.createdAt,
        ],
      );
      return row?.storage_id ?? '';
    } catch (error) {
      if (violatedConstraint(error) !== 'execution_schedule_deployment_id_uq') throw error;
      throw new ConflictError(`The deployment has an execution schedule \`${schedule.id}\` already`, { cause: error });
    }
  }

  /** The number of a visible one, the tenant's own first. */
  async find(ctx: TenantCtx, deploymentId: string, id: string): Promise<string | null> {
    const [row] = await queryRows<{ storage_id: string }>(
      ctx,
      `SELECT r.storage_id::text FROM deployment d JOIN execution_schedule r ON r.deployment_id = d.storage_id
        WHERE d.id = $1 AND r.id = $2 ORDER BY r.tenant_id = $3 DESC LIMIT 1`,
      [deploymentId, id, ctx.tenantId],
    );
    return row?.storage_id ?? null;
  }

  async lock(ctx: TenantCtx, deploymentId: string, id: string): Promise<StoredSchedule | null> {
    const [row] = await queryRows<StoredRow>(
      ctx,
      `SELECT r.storage_id::text AS "storageId", r.workflow_id AS "workflowId", r.rule, r.is_recurring AS "isRecurring",
              r.since, r.until, r.slip, r.stop_on_fail AS "stopOnFail", r.enabled, r.next_occurrence AS "nextOccurrence"
         FROM execution_schedule r JOIN deployment d ON d.storage_id = r.deployment_id
        WHERE r.tenant_id = $1 AND d.id = $2 AND r.id = $3 FOR UPDATE OF r`,
      [ctx.tenantId, deploymentId, id],
    );
    if (!row) return null;
    return {
      ...row,
      since: new Date(row.since),
      until: dateOf(row.until),
      nextOccurrence: dateOf(row.nextOccurrence),
    };
  }

  async update(ctx: TenantCtx, storageId: string, columns: ScheduleColumns): Promise<void> {
    await execute(
      ctx,
      `UPDATE execution_schedule SET workflow_id = $2, rule = $3, is_recurring = $4, since = $5, until = $6, slip = $7,
              stop_on_fail = $8, enabled = $9, next_occurrence = $10 WHERE storage_id = $1`,
      [storageId, ...columnsOf(columns)],
    );
  }

  async remove(ctx: TenantCtx, storageId: string): Promise<void> {
    await execute(ctx, 'DELETE FROM execution_schedule WHERE storage_id = $1', [storageId]);
  }

  /** Of all tenants; none while maintenance mode is on or coming. */
  due(ctx: Ctx, now: Date, most: number): Promise<DueSchedule[]> {
    return queryRows(
      ctx,
      `SELECT storage_id::text AS "storageId", tenant_id AS "tenantId", tenant_name AS "tenantName", creator_id AS "creatorId"
         FROM due_schedules($1, $2)`,
      [now, most],
    );
  }

  /** Null when another process judges it, or it is not due any more. The lock is its own, and ends with the transaction. */
  async hold(ctx: TenantCtx, storageId: string, now: Date): Promise<HeldSchedule | null> {
    const [lock] = await queryRows<{ locked: boolean }>(
      ctx,
      'SELECT pg_try_advisory_xact_lock($1, ($2::bigint & 2147483647)::int) AS locked',
      [SCHEDULE_LOCK_SPACE, storageId],
    );
    if (lock?.locked !== true) return null;
    const [row] = await queryRows<HeldRow>(
      ctx,
      `SELECT r.id, d.id AS "deploymentId", r.workflow_id AS "workflowId", r.rule, r.since, r.until, r.slip,
              r.next_occurrence AS due, r.stop_on_fail AS "stopOnFail", r.parameters, r.execution_arguments AS arguments,
              x.status AS "latestStatus"
         FROM execution_schedule r JOIN deployment d ON d.storage_id = r.deployment_id
         LEFT JOIN execution x ON x.storage_id = r.latest_execution_id
        WHERE r.storage_id = $1 AND r.tenant_id = $2 AND r.enabled AND r.next_occurrence <= $3 FOR UPDATE OF r`,
      [storageId, ctx.tenantId, now],
    );
    if (!row) return null;
    return { ...row, since: new Date(row.since), until: dateOf(row.until), due: new Date(row.due) };
  }

  async advance(
    ctx: TenantCtx,
    storageId: string,
    to: { readonly next: Date | null; readonly enabled: boolean; readonly executionStorageId: string | null },
  ): Promise<void> {
    await execute(
      ctx,
      `UPDATE execution_schedule SET next_occurrence = $2, enabled = $3, latest_execution_id = COALESCE($4::bigint, latest_execution_id)
        WHERE storage_id = $1`,
      [storageId, to.next, to.enabled, to.executionStorageId],
    );
  }
}

/** Dates leave the driver as they stand on the wire. */
type AsText<T, K extends keyof T> = Omit<T, K> & { readonly [P in K]: string | (null extends T[P] ? null : never) };
type StoredRow = AsText<StoredSchedule, 'since' | 'until' | 'nextOccurrence'>;
type HeldRow = AsText<HeldSchedule, 'since' | 'until' | 'due'>;

function dateOf(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}

function columnsOf(columns: ScheduleColumns): unknown[] {
  return [
    columns.workflowId,
    JSON.stringify(columns.rule),
    columns.isRecurring,
    columns.since,
    columns.until,
    columns.slip,
    columns.stopOnFail,
    columns.enabled,
    columns.nextOccurrence,
  ];
}
