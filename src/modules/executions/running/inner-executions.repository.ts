import { Injectable } from '@nestjs/common';
import type { ExecutionStatus } from '../../../core/executions/transitions.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { queryRows } from '../../../platform/database/tx.js';

/** Executions that an execution started, by the ids that it gave them. */
@Injectable()
export class InnerExecutionsRepository {
  /** Services below a deployment: labelled with it as their parent, and no environments themselves (orchestration §5). */
  async services(ctx: TenantCtx, deploymentId: string): Promise<string[]> {
    const rows = await queryRows<{ id: string }>(
      ctx,
      `SELECT d.id FROM deployment d
        WHERE d.tenant_id = $1 AND EXISTS (
                SELECT 1 FROM deployment_label l
                 WHERE l.deployment_id = d.storage_id AND l.key = 'csys-obj-parent' AND l.value = $2)
          AND NOT EXISTS (
                SELECT 1 FROM deployment_label l
                 WHERE l.deployment_id = d.storage_id AND l.key = 'csys-obj-type' AND l.value = 'environment')
        ORDER BY d.id`,
      [ctx.tenantId, deploymentId],
    );
    return rows.map(({ id }) => id);
  }

  async statuses(
    ctx: TenantCtx,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, { readonly status: ExecutionStatus; readonly error: string | null }>> {
    const rows = await queryRows<{ id: string; status: ExecutionStatus; error: string | null }>(
      ctx,
      'SELECT id, status, error FROM execution WHERE tenant_id = $1 AND id = ANY ($2::text[])',
      [ctx.tenantId, ids],
    );
    return new Map(rows.map(({ id, ...rest }) => [id, rest]));
  }
}
