import { Injectable } from '@nestjs/common';
import type { Visibility } from '../../core/access/visibility.js';
import type { FilterRule } from '../../core/filters/filter-rules.js';
import type { ReachCtx, TenantCtx } from '../context/ctx.js';
import { idExists, type IdTable } from '../database/global-ids.js';
import { execute, queryRows } from '../database/tx.js';
import { violatedConstraint } from '../database/unit-of-work.js';
import { Parameters, visibleSql } from '../listing/list-query.js';

export interface StoredFilter {
  readonly storageId: string;
  readonly id: string;
  readonly tenantId: number;
  readonly visibility: Visibility;
  readonly rules: readonly FilterRule[];
  readonly isSystemFilter: boolean;
}

export interface NewFilter {
  readonly id: string;
  readonly creatorId: number;
  readonly visibility: Visibility;
  readonly rules: readonly FilterRule[];
  readonly createdAt: Date;
}

const COLUMNS = `r.storage_id::text AS "storageId", r.id, r.tenant_id AS "tenantId", r.visibility, r.rules,
  r.is_system_filter AS "isSystemFilter"`;

/** Filters of any resource: each has a table of its own, and all tables are alike. */
@Injectable()
export class StoredFiltersRepository {
  /** The visible one: the tenant's own before a global one of another tenant. */
  async find(ctx: ReachCtx, { table }: IdTable, id: string): Promise<StoredFilter | null> {
    const parameters = new Parameters();
    const where = `r.id = ${parameters.add(id)} AND ${visibleSql(ctx, parameters)}`;
    const own = `(r.tenant_id = ${parameters.add(ctx.tenantId)}::int)`;
    const [row] = await queryRows<StoredFilter>(
      ctx,
      `SELECT ${COLUMNS} FROM ${table} r WHERE ${where} ORDER BY ${own} DESC NULLS LAST, r.tenant_id LIMIT 1`,
      parameters.values,
    );
    return row ?? null;
  }

  /** The tenant's own visible one, held until the end of the transaction. */
  async lockOwn(ctx: TenantCtx, { table }: IdTable, id: string): Promise<StoredFilter | null> {
    const parameters = new Parameters();
    const where = `r.id = ${parameters.add(id)} AND r.tenant_id = ${parameters.add(ctx.tenantId)} AND ${visibleSql(ctx, parameters)}`;
    const [row] = await queryRows<StoredFilter>(
      ctx,
      `SELECT ${COLUMNS} FROM ${table} r WHERE ${where} FOR UPDATE`,
      parameters.values,
    );
    return row ?? null;
  }

  /** Answers the internal number. @throws ConflictError when the tenant has the id */
  async insert(ctx: TenantCtx, ids: IdTable, filter: NewFilter): Promise<string> {
    try {
      const [row] = await queryRows<{ storage_id: string }>(
        ctx,
        `INSERT INTO ${ids.table} (id, tenant_id, creator_id, visibility, rules, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5::jsonb, $6, $6) RETURNING storage_id`,
        [filter.id, ctx.tenantId, filter.creatorId, filter.visibility, JSON.stringify(filter.rules), filter.createdAt],
      );
      if (!row) throw new Error('An insert answered no row.');
      return row.storage_id;
    } catch (error) {
      if (violatedConstraint(error) === `${ids.table}_tenant_id_uq`) throw idExists(ctx, ids, filter.id, error);
      throw error;
    }
  }

  async update(
    ctx: TenantCtx,
    { table }: IdTable,
    storageId: string,
    changes: { readonly rules: readonly FilterRule[]; readonly visibility: Visibility },
    now: Date,
  ): Promise<void> {
    await execute(
      ctx,
      `UPDATE ${table} SET rules = $3::jsonb, visibility = $4, updated_at = $5 WHERE tenant_id = $1 AND storage_id = $2`,
      [ctx.tenantId, storageId, JSON.stringify(changes.rules), changes.visibility, now],
    );
  }

  async delete(ctx: TenantCtx, { table }: IdTable, storageId: string): Promise<void> {
    await execute(ctx, `DELETE FROM ${table} WHERE tenant_id = $1 AND storage_id = $2`, [ctx.tenantId, storageId]);
  }

  /** The id of the account with this name, or null: restore-only fields (rest-api §1.19). */
  async userId(ctx: TenantCtx, usernameKey: string): Promise<number | null> {
    const [row] = await queryRows<{ id: number }>(ctx, 'SELECT id FROM user_account WHERE username_key = $1', [
      usernameKey,
    ]);
    return row?.id ?? null;
  }
}
