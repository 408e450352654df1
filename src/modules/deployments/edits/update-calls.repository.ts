import { Injectable } from '@nestjs/common';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { queryRows } from '../../../platform/database/tx.js';

@Injectable()
export class UpdateCallsRepository {
  async isUpdate(ctx: TenantCtx, executionId: string, deploymentStorageId: string): Promise<boolean> {
    const rows = await queryRows(
      ctx,
      `SELECT 1 FROM execution WHERE tenant_id = $1 AND id = $2 AND deployment_id = $3
          AND workflow_id IN ('update', 'csys_new_deployment_update')`,
      [ctx.tenantId, executionId, deploymentStorageId],
    );
    return rows.length > 0;
  }
}
