import { Injectable } from '@nestjs/common';
import type { Visibility } from '../../../core/access/visibility.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { idExists } from '../../../platform/database/global-ids.js';
import { execute, queryRows } from '../../../platform/database/tx.js';
import { violatedConstraint } from '../../../platform/database/unit-of-work.js';
import { Parameters, visibleSql } from '../../../platform/listing/list-query.js';
import { SITE_IDS } from './site-list.js';
import type { SiteLocation } from './site-location.js';

export interface SiteRow {
  readonly storageId: string;
  readonly name: string;
  readonly visibility: Visibility;
}

export interface NewSite extends SiteLocation {
  readonly name: string;
  readonly creatorId: number;
  readonly visibility: Visibility;
  readonly createdAt: Date;
}

/** Columns that change, each optional. */
export interface SiteChanges extends Partial<SiteLocation> {
  readonly name?: string;
  readonly visibility?: Visibility;
  readonly creator_id?: number;
  readonly created_at?: Date;
}

const COLUMNS = 'r.storage_id::text AS "storageId", r.name, r.visibility';

@Injectable()
export class SitesRepository {
  /** The visible one: the tenant's own before a global one of another tenant. */
  async find(ctx: TenantCtx, name: string): Promise<SiteRow | null> {
    const parameters = new Parameters();
    const where = `r.name = ${parameters.add(name)} AND ${visibleSql(ctx, parameters)}`;
    const own = `(r.tenant_id = ${parameters.add(ctx.tenantId)}::int)`;
    const [row] = await queryRows<SiteRow>(
      ctx,
      `SELECT ${COLUMNS} FROM site r WHERE ${where} ORDER BY ${own} DESC, r.tenant_id LIMIT 1`,
      parameters.values,
    );
    return row ?? null;
  }

  /** The tenant's own visible one, held until the end of the transaction. */
  async lockOwn(ctx: TenantCtx, name: string): Promise<SiteRow | null> {
    const parameters = new Parameters();
    const where = `r.name = ${parameters.add(name)} AND r.tenant_id = ${parameters.add(ctx.tenantId)} AND ${visibleSql(ctx, parameters)}`;
    const [row] = await queryRows<SiteRow>(
      ctx,
      `SELECT ${COLUMNS} FROM site r WHERE ${where} FOR UPDATE`,
      parameters.values,
    );
    return row ?? null;
  }

  /** Answers the internal number. @throws ConflictError when the tenant has the name */
  async insert(ctx: TenantCtx, site: NewSite): Promise<string> {
    try {
      const [row] = await queryRows<{ storage_id: string }>(
        ctx,
        `INSERT INTO site (name, tenant_id, creator_id, visibility, latitude, longitude, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING storage_id::text`,
        [site.name, ctx.tenantId, site.creatorId, site.visibility, site.latitude, site.longitude, site.createdAt],
      );
      if (!row) throw new Error('An insert answered no row.');
      return row.storage_id;
    } catch (error) {
      throw translated(ctx, site.name, error);
    }
  }

  /** @throws ConflictError when it gets a name that the tenant has */
  async update(ctx: TenantCtx, { storageId, name }: SiteRow, changes: SiteChanges): Promise<void> {
    const parameters = new Parameters();
    const sets = Object.entries(changes).map(([column, value]) => `${column} = ${parameters.add(value)}`);
    if (sets.length === 0) return;
    const text = `UPDATE site SET ${sets.join(', ')} WHERE tenant_id = ${parameters.add(ctx.tenantId)} AND storage_id = ${parameters.add(storageId)}`;
    try {
      await execute(ctx, text, parameters.values);
    } catch (error) {
      throw translated(ctx, changes.name ?? name, error);
    }
  }

  /** Deployments that were there are nowhere then. */
  async delete(ctx: TenantCtx, storageId: string): Promise<void> {
    await execute(ctx, 'DELETE FROM site WHERE tenant_id = $1 AND storage_id = $2', [ctx.tenantId, storageId]);
  }

  async setSiteOf(ctx: TenantCtx, deployment: string, site: string | null, now: Date): Promise<void> {
    const text = 'UPDATE deployment SET site_id = $3, updated_at = $4 WHERE tenant_id = $1 AND storage_id = $2';
    await execute(ctx, text, [ctx.tenantId, deployment, site, now]);
  }
}

function translated(ctx: TenantCtx, name: string, error: unknown): unknown {
  return violatedConstraint(error) === 'site_tenant_name_uq' ? idExists(ctx, SITE_IDS, name, error) : error;
}
