import { Injectable } from '@nestjs/common';
import type { Ctx } from '../context/ctx.js';
import { execute, queryRows } from '../database/tx.js';

interface CanaryRow {
  readonly sealed: Buffer;
  readonly recordVersion: number;
}

/** What the vault keeps of itself: whose installation this is, and the canary. */
@Injectable()
export class VaultStateRepository {
  async installationId(ctx: Ctx): Promise<string> {
    const [row] = await queryRows<{ id: string }>(ctx, 'SELECT installation_id::text AS id FROM system_state');
    if (row === undefined) throw new Error('The table system_state has no row.');
    return row.id;
  }

  /** True before the first key: nothing was ever sealed here. */
  async isNew(ctx: Ctx): Promise<boolean> {
    const [row] = await queryRows<{ used: boolean }>(
      ctx,
      `SELECT EXISTS (SELECT FROM tenant_key) OR EXISTS (SELECT FROM purpose_key) OR EXISTS (SELECT FROM vault_canary) AS used`,
    );
    return row?.used === false;
  }

  async canary(ctx: Ctx): Promise<CanaryRow | undefined> {
    const [row] = await queryRows<CanaryRow>(
      ctx,
      'SELECT sealed, record_version AS "recordVersion" FROM vault_canary WHERE id = 1',
    );
    return row;
  }

  /** Keeps what is there when two replicas start at once. */
  async insertCanary(ctx: Ctx, canary: CanaryRow): Promise<void> {
    await execute(
      ctx,
      'INSERT INTO vault_canary (id, sealed, record_version) VALUES (1, $1, $2) ON CONFLICT DO NOTHING',
      [canary.sealed, canary.recordVersion],
    );
  }

  /** The root keys that wrapped anything in reach. */
  async rootLabels(ctx: Ctx): Promise<string[]> {
    const rows = await queryRows<{ label: string }>(
      ctx,
      'SELECT root_label AS label FROM tenant_key UNION SELECT root_label FROM purpose_key ORDER BY label',
    );
    return rows.map(({ label }) => label);
  }

  /** All tenants, by id. */
  async tenantIds(ctx: Ctx): Promise<number[]> {
    const rows = await queryRows<{ id: number }>(ctx, 'SELECT id FROM tenant ORDER BY id');
    return rows.map(({ id }) => id);
  }
}
