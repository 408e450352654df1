import { Injectable } from '@nestjs/common';
import type { Visibility } from '../../../core/access/visibility.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { execute, queryRows } from '../../../platform/database/tx.js';
import { Parameters } from '../../../platform/listing/list-query.js';
import type { OnceColumn } from './deployment-update.js';

/** Everything runs in the open transaction. */
@Injectable()
export class DeploymentEditsRepository {
  /** Those among the columns that hold something already. */
  async written(ctx: TenantCtx, storageId: string, columns: readonly OnceColumn[]): Promise<readonly OnceColumn[]> {
    if (columns.length === 0) return [];
    const [row] = await queryRows<Readonly<Record<string, boolean>>>(
      ctx,
      `SELECT ${columns.map((column) => `${column} IS NOT NULL AS ${column}`).join(', ')} FROM deployment WHERE storage_id = $1`,
      [storageId],
    );
    // A flag always has a value; only that it is set already says something.
    return columns.filter((column) => row?.[column] === true && column !== 'runtime_only_evaluation');
  }

  async update(
    ctx: TenantCtx,
    storageId: string,
    changes: Readonly<Record<string, unknown>>,
    now: Date,
  ): Promise<void> {
    const parameters = new Parameters();
    const sets = Object.entries(changes).map(([column, value]) => `${column} = ${parameters.add(value)}`);
    await execute(
      ctx,
      `UPDATE deployment SET ${[...sets, `updated_at = ${parameters.add(now)}`].join(', ')}
        WHERE tenant_id = ${parameters.add(ctx.tenantId)} AND storage_id = ${parameters.add(storageId)}`,
      parameters.values,
    );
  }

  /** The internal number of the tenant's execution, or null. */
  async execution(ctx: TenantCtx, id: string): Promise<string | null> {
    const [row] = await queryRows<{ storageId: string }>(
      ctx,
      'SELECT storage_id::text AS "storageId" FROM execution WHERE tenant_id = $1 AND id = $2',
      [ctx.tenantId, id],
    );
    return row?.storageId ?? null;
  }

  /** Of a deployment, and of all that is in it, ran on it and was told of that, whoever made it. */
  async setVisibility(ctx: TenantCtx, storageId: string, visibility: Visibility, now: Date): Promise<void> {
    await this.update(ctx, storageId, { visibility }, now);
    await execute(ctx, 'SELECT share_visibility($1)', [storageId]);
  }

  /** How wide its blueprint and its site are; null without a site. */
  async bounds(
    ctx: TenantCtx,
    storageId: string,
  ): Promise<{ readonly blueprint: Visibility; readonly site: Visibility | null }> {
    const [row] = await queryRows<{ blueprint: Visibility | null; site: Visibility | null }>(
      ctx,
      `SELECT b.visibility AS blueprint, s.visibility AS site FROM deployment d
         LEFT JOIN blueprint b ON b.storage_id = d.blueprint_id LEFT JOIN site s ON s.storage_id = d.site_id
        WHERE d.storage_id = $1`,
      [storageId],
    );
    // A blueprint that cannot be seen is private to somebody else.
    return { blueprint: row?.blueprint ?? 'private', site: row?.site ?? null };
  }
}
