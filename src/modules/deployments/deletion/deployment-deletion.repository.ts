import { Injectable } from '@nestjs/common';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { queryRows } from '../../../platform/database/tx.js';

/** Everything runs in the open transaction. */
@Injectable()
export class DeploymentDeletionRepository {
  /** Ids of executions that have not ended, some at least. */
  async unfinishedExecutions(ctx: TenantCtx, storageId: string): Promise<readonly string[]> {
    const rows = await queryRows<{ id: string }>(
      ctx,
      `SELECT id FROM execution WHERE deployment_id = $1 AND status NOT IN ('terminated', 'failed', 'cancelled')
        ORDER BY created_at LIMIT 20`,
      [storageId],
    );
    return rows.map(({ id }) => id);
  }

  /** Ids of node instances that may still be something outside, some at least. */
  async liveInstances(ctx: TenantCtx, storageId: string): Promise<readonly string[]> {
    const rows = await queryRows<{ id: string }>(
      ctx,
      `SELECT id FROM node_instance WHERE deployment_id = $1 AND state NOT IN ('uninitialized', 'deleted')
        ORDER BY id LIMIT 20`,
      [storageId],
    );
    return rows.map(({ id }) => id);
  }

  /** The tenant's own deployments below this one, deepest first. */
  async below(ctx: TenantCtx, id: string): Promise<readonly string[]> {
    const rows = await queryRows<{ id: string }>(
      ctx,
      `WITH RECURSIVE below (id, depth) AS (
         SELECT d.id, 1 FROM deployment_label l JOIN deployment d ON d.storage_id = l.deployment_id
          WHERE d.tenant_id = $1 AND l.key = 'csys-obj-parent' AND l.value = $2
          UNION
         SELECT d.id, b.depth + 1 FROM below b JOIN deployment_label l ON l.key = 'csys-obj-parent' AND l.value = b.id
           JOIN deployment d ON d.storage_id = l.deployment_id AND d.tenant_id = $1
          WHERE b.depth < 100
       ) SELECT id FROM below WHERE id <> $2 GROUP BY id ORDER BY max(depth) DESC, id`,
      [ctx.tenantId, id],
    );
    return rows.map((row) => row.id);
  }

  /** The id of its blueprint, for the record of its execution. */
  async blueprintOf(ctx: TenantCtx, storageId: string): Promise<string> {
    const [row] = await queryRows<{ id: string }>(
      ctx,
      'SELECT b.id FROM deployment d JOIN blueprint b ON b.storage_id = d.blueprint_id WHERE d.storage_id = $1',
      [storageId],
    );
    return row?.id ?? '';
  }

  /** The files of the deployment that this execution deletes; null when it is gone. */
  async filesKeyByExecution(ctx: TenantCtx, executionId: string): Promise<string | null> {
    const [row] = await queryRows<{ filesKey: string }>(
      ctx,
      `SELECT d.files_key AS "filesKey" FROM execution e JOIN deployment d ON d.storage_id = e.deployment_id
        WHERE e.tenant_id = $1 AND e.id = $2`,
      [ctx.tenantId, executionId],
    );
    return row?.filesKey ?? null;
  }
}
