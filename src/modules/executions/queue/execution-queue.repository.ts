import { Injectable } from '@nestjs/common';
import type { MaintenanceStatus } from '../../../platform/access/maintenance.js';
import type { Ctx, TenantCtx } from '../../../platform/context/ctx.js';
import { queryRows } from '../../../platform/database/tx.js';

/** What else there is, over all tenants, when it is decided whether an execution may run (orchestration §2). */
export interface QueueFacts {
  /** One that concerns the whole system runs or waits. */
  readonly systemWide: boolean;
  /** Executions of workflows that have a place. */
  readonly active: number;
  readonly deploymentActive: boolean;
  readonly deploymentQueued: boolean;
}

/** One that left the queue; it is held for whoever asked. */
export interface PromotedExecution {
  readonly storageId: string;
  readonly id: string;
  readonly tenantId: number;
  readonly tenantName: string;
  readonly creatorId: number;
}

@Injectable()
export class ExecutionQueueRepository {
  /** Until the transaction ends, nobody else starts an execution or takes one from the queue. */
  async facts(ctx: TenantCtx, deploymentStorageId: string | null, itself: string | null): Promise<QueueFacts> {
    const [row] = await queryRows<QueueFacts>(
      ctx,
      `SELECT system_wide AS "systemWide", active, deployment_active AS "deploymentActive", deployment_queued AS "deploymentQueued"
         FROM execution_queue_facts($1, $2)`,
      [deploymentStorageId, itself],
    );
    if (!row) throw new Error('execution_queue_facts answered nothing.');
    return row;
  }

  async promote(
    ctx: Ctx,
    promoter: string,
    limits: { readonly leaseMs: number; readonly most: number; readonly batch: number },
  ): Promise<PromotedExecution[]> {
    return queryRows(
      ctx,
      `SELECT storage_id::text AS "storageId", id, tenant_id AS "tenantId", tenant_name AS "tenantName", creator_id AS "creatorId"
         FROM promote_executions($1, make_interval(secs => $2), $3, $4)`,
      [promoter, limits.leaseMs / 1000, limits.most, limits.batch],
    );
  }

  /** Held: an activation of maintenance mode waits for this transaction, and then sees what it wrote. */
  async maintenance(ctx: Ctx): Promise<MaintenanceStatus> {
    const [row] = await queryRows<{ status: MaintenanceStatus }>(
      ctx,
      'SELECT maintenance_status AS status FROM system_state FOR SHARE',
    );
    if (!row) throw new Error('The table system_state has no row.');
    return row.status;
  }
}
