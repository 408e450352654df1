import { Injectable } from '@nestjs/common';
import type { Ctx } from '../context/ctx.js';
import { execute, queryRows } from '../database/tx.js';

/** `current` seals; `retiring` only opens, rows may still be under it; `retired`: no row is left on it. */
type TenantKeyState = 'current' | 'retiring' | 'retired';

export interface TenantKeyRow {
  readonly version: number;
  readonly tenantId: number | null;
  readonly state: TenantKeyState;
  readonly wrapped: Buffer;
  readonly rootLabel: string;
  /** ISO time. */
  readonly createdAt: string;
  readonly retiredAt: string | null;
}

const ISO = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;
const FIELDS = `version, tenant_id AS "tenantId", state, wrapped, root_label AS "rootLabel",
  to_char(created_at AT TIME ZONE 'UTC', ${ISO}) AS "createdAt", to_char(retired_at AT TIME ZONE 'UTC', ${ISO}) AS "retiredAt"`;

/** Keys of the tenant of `ctx`, or of the installation where it has none; row-level security holds that too. */
@Injectable()
export class TenantKeyRepository {
  async current(ctx: Ctx): Promise<TenantKeyRow | undefined> {
    const [row] = await queryRows<TenantKeyRow>(
      ctx,
      `SELECT ${FIELDS} FROM tenant_key WHERE tenant_id IS NOT DISTINCT FROM $1::int AND state = 'current'`,
      [ctx.tenantId],
    );
    return row;
  }

  async byVersion(ctx: Ctx, version: number): Promise<TenantKeyRow | undefined> {
    const [row] = await queryRows<TenantKeyRow>(
      ctx,
      `SELECT ${FIELDS} FROM tenant_key WHERE version = $1 AND tenant_id IS NOT DISTINCT FROM $2::int`,
      [version, ctx.tenantId],
    );
    return row;
  }

  async nextVersion(ctx: Ctx): Promise<number> {
    const [row] = await queryRows<{ version: number }>(ctx, `SELECT nextval('key_version_seq')::int AS version`);
    if (row === undefined) throw new Error('The sequence of key versions gave nothing.');
    return row.version;
  }

  /** False when somebody else made a current key in the meantime. */
  async insertCurrent(
    ctx: Ctx,
    key: { readonly version: number; readonly wrapped: Buffer; readonly rootLabel: string; readonly createdAt: Date },
  ): Promise<boolean> {
    const inserted = await execute(
      ctx,
      `INSERT INTO tenant_key (version, tenant_id, state, wrapped, root_label, created_at)
       VALUES ($1, $2, 'current', $3, $4, $5) ON CONFLICT DO NOTHING`,
      [key.version, ctx.tenantId, key.wrapped, key.rootLabel, key.createdAt],
    );
    return inserted === 1;
  }

  /** The current key opens from now on, and seals no more. */
  async demoteCurrent(ctx: Ctx): Promise<void> {
    await execute(
      ctx,
      `UPDATE tenant_key SET state = 'retiring' WHERE tenant_id IS NOT DISTINCT FROM $1::int AND state = 'current'`,
      [ctx.tenantId],
    );
  }

  async retireOld(ctx: Ctx, now: Date): Promise<void> {
    await execute(
      ctx,
      `UPDATE tenant_key SET state = 'retired', retired_at = $1
        WHERE state = 'retiring' AND tenant_id IS NOT DISTINCT FROM $2::int`,
      [now, ctx.tenantId],
    );
  }

  /** Every key in reach, oldest first; of all tenants with a context that reaches them. */
  async all(ctx: Ctx): Promise<TenantKeyRow[]> {
    return queryRows<TenantKeyRow>(ctx, `SELECT ${FIELDS} FROM tenant_key ORDER BY version`);
  }

  /** Wraps anew unless somebody changed the row; the old bytes are the condition. */
  async replaceWrapping(ctx: Ctx, row: TenantKeyRow, wrapped: Buffer, rootLabel: string): Promise<boolean> {
    const updated = await execute(
      ctx,
      `UPDATE tenant_key SET wrapped = $1, root_label = $2
        WHERE version = $3 AND wrapped = $4 AND tenant_id IS NOT DISTINCT FROM $5::int`,
      [wrapped, rootLabel, row.version, row.wrapped, ctx.tenantId],
    );
    return updated === 1;
  }

  /**
   * Deletes the keys of a tenant, in whatever context the transaction was opened: the wall is moved to the tenant for one
   * statement and put back. @returns how many there were.
   */
  async shred(ctx: Ctx, tenantId: number): Promise<number> {
    const [before] = await queryRows<{ tenant: string | null; tenants: string | null }>(
      ctx,
      `SELECT current_setting('holdfast.tenant', true) AS tenant, current_setting('holdfast.tenants', true) AS tenants`,
    );
    const reach = `SELECT set_config('holdfast.tenant', $1, true), set_config('holdfast.tenants', $2, true)`;
    await queryRows(ctx, reach, [String(tenantId), `{${tenantId}}`]);
    const deleted = await execute(ctx, 'DELETE FROM tenant_key WHERE tenant_id = $1', [tenantId]);
    await queryRows(ctx, reach, [before?.tenant ?? '', before?.tenants ?? '']);
    return deleted;
  }
}
