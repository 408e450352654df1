import { Injectable } from '@nestjs/common';
import type { ReachCtx } from '../../../platform/context/ctx.js';
import { queryRows } from '../../../platform/database/tx.js';
import { Parameters, visibleSql } from '../../../platform/listing/list-query.js';

@Injectable()
export class DeploymentConditionsRepository {
  /** The internal number of the visible row with this id: the tenant's own before a global one; null without one. */
  async visible(ctx: ReachCtx, table: 'deployment' | 'deployment_group', id: string): Promise<string | null> {
    const parameters = new Parameters();
    const [row] = await queryRows<{ storageId: string }>(
      ctx,
      `SELECT r.storage_id::text AS "storageId" FROM ${table} r
        WHERE r.id = ${parameters.add(id)} AND ${visibleSql(ctx, parameters)}
        ORDER BY (r.tenant_id = ${parameters.add(ctx.tenantId)}::int) DESC NULLS LAST, r.tenant_id LIMIT 1`,
      parameters.values,
    );
    return row?.storageId ?? null;
  }
}
