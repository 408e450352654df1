import { Injectable } from '@nestjs/common';
import type { Ctx } from '../context/ctx.js';
import { execute, queryRows } from '../database/tx.js';

export interface PurposeKeyRow {
  readonly name: string;
  readonly version: number;
  readonly wrapped: Buffer;
  readonly rootLabel: string;
}

const FIELDS = 'name, version, wrapped, root_label AS "rootLabel"';

@Injectable()
export class PurposeKeyRepository {
  /** The newest version. */
  async byName(ctx: Ctx, name: string): Promise<PurposeKeyRow | undefined> {
    const [row] = await queryRows<PurposeKeyRow>(
      ctx,
      `SELECT ${FIELDS} FROM purpose_key WHERE name = $1 ORDER BY version DESC LIMIT 1`,
      [name],
    );
    return row;
  }

  /** Keeps what is there when two replicas make the first key at once. */
  async insert(ctx: Ctx, row: PurposeKeyRow, now: Date): Promise<void> {
    await execute(
      ctx,
      `INSERT INTO purpose_key (name, version, wrapped, root_label, created_at) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT DO NOTHING`,
      [row.name, row.version, row.wrapped, row.rootLabel, now],
    );
  }

  async all(ctx: Ctx): Promise<PurposeKeyRow[]> {
    return queryRows<PurposeKeyRow>(ctx, `SELECT ${FIELDS} FROM purpose_key ORDER BY name, version`);
  }

  async replaceWrapping(ctx: Ctx, row: PurposeKeyRow, wrapped: Buffer, rootLabel: string): Promise<boolean> {
    const updated = await execute(
      ctx,
      'UPDATE purpose_key SET wrapped = $1, root_label = $2 WHERE name = $3 AND version = $4 AND wrapped = $5',
      [wrapped, rootLabel, row.name, row.version, row.wrapped],
    );
    return updated === 1;
  }
}
