import { Injectable } from '@nestjs/common';
import type { Visibility } from '../../core/access/visibility.js';
import type { TenantCtx } from '../../platform/context/ctx.js';
import type { IdTable } from '../../platform/database/global-ids.js';
import { execute, queryRows } from '../../platform/database/tx.js';
import { Parameters, visibleSql } from '../../platform/listing/list-query.js';

/** What the rules of deployments look at. */
export interface DeploymentRow {
  readonly storageId: string;
  readonly id: string;
  readonly tenantId: number;
  readonly creatorId: number;
  readonly visibility: Visibility;
  readonly displayName: string;
  readonly blueprintStorageId: string;
  readonly filesKey: string;
}

export const DEPLOYMENT_IDS: IdTable = { table: 'deployment', idColumn: 'id', kind: 'Deployment' };

const COLUMNS = `r.storage_id::text AS "storageId", r.id, r.tenant_id AS "tenantId", r.creator_id AS "creatorId",
  r.visibility, r.display_name AS "displayName", r.blueprint_id::text AS "blueprintStorageId", r.files_key AS "filesKey"`;

@Injectable()
export class DeploymentsRepository {
  /** The visible one with this id: the tenant's own, else a global one of another tenant (rest-api §1.5). */
  async find(ctx: TenantCtx, id: string): Promise<DeploymentRow | null> {
    const parameters = new Parameters();
    const where = `r.id = ${parameters.add(id)} AND ${visibleSql(ctx, parameters)}`;
    const own = `(r.tenant_id = ${parameters.add(ctx.tenantId)}::int)`;
    const [row] = await queryRows<DeploymentRow>(
      ctx,
      `SELECT ${COLUMNS} FROM deployment r WHERE ${where} ORDER BY ${own} DESC, r.tenant_id LIMIT 1`,
      parameters.values,
    );
    return row ?? null;
  }

  /** The tenant's own visible one, held until the end of the transaction; never a global one of another tenant. */
  async lockOwn(ctx: TenantCtx, id: string): Promise<DeploymentRow | null> {
    const parameters = new Parameters();
    const where = `r.id = ${parameters.add(id)} AND r.tenant_id = ${parameters.add(ctx.tenantId)} AND ${visibleSql(ctx, parameters)}`;
    const [row] = await queryRows<DeploymentRow>(
      ctx,
      `SELECT ${COLUMNS} FROM deployment r WHERE ${where} FOR UPDATE`,
      parameters.values,
    );
    return row ?? null;
  }

  /** With all that is in it, its executions included. */
  async delete(ctx: TenantCtx, storageId: string): Promise<void> {
    await execute(ctx, 'DELETE FROM deployment WHERE tenant_id = $1 AND storage_id = $2', [ctx.tenantId, storageId]);
  }
}
