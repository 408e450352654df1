import { Injectable } from '@nestjs/common';
import type { Ctx } from '../context/ctx.js';
import { advisoryLockKeys } from '../database/advisory-locks.js';
import { execute, queryRows } from '../database/tx.js';

/** Whose keys a rotation replaces. */
export type RotationScope = 'all' | 'installation' | `tenant:${number}`;

export interface RotationRow {
  readonly id: number;
  readonly scope: RotationScope;
  /** Keys up to this version are the ones to be replaced. */
  readonly afterVersion: number;
  /** ISO time. */
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly rewrapped: number;
  readonly unreadable: number;
}

const ISO = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;
const FIELDS = `id, scope, after_version AS "afterVersion", rewrapped, unreadable,
  to_char(started_at AT TIME ZONE 'UTC', ${ISO}) AS "startedAt", to_char(finished_at AT TIME ZONE 'UTC', ${ISO}) AS "finishedAt"`;

/** What outlives a killed rotation: that it was begun, and from which key version on. */
@Injectable()
export class KeyRotationRepository {
  /**
   * Takes the rotators' lock for as long as the transaction lasts; false when somebody holds it. A lock of the
   * transaction, not of the session, also holds behind a pooler; the server must not end the transaction for idling.
   */
  async tryLock(ctx: Ctx): Promise<boolean> {
    await queryRows(ctx, 'SET LOCAL idle_in_transaction_session_timeout = 0');
    const [row] = await queryRows<{ held: boolean }>(
      ctx,
      'SELECT pg_try_advisory_xact_lock($1, $2) AS held',
      advisoryLockKeys('keyRotation'),
    );
    return row?.held === true;
  }

  async unfinished(ctx: Ctx): Promise<RotationRow | undefined> {
    const [row] = await queryRows<RotationRow>(ctx, `SELECT ${FIELDS} FROM key_rotation WHERE finished_at IS NULL`);
    return row;
  }

  async latest(ctx: Ctx): Promise<RotationRow | undefined> {
    const [row] = await queryRows<RotationRow>(ctx, `SELECT ${FIELDS} FROM key_rotation ORDER BY id DESC LIMIT 1`);
    return row;
  }

  /** `ctx` must reach every tenant: the keys that exist now are the ones to be replaced. */
  async begin(ctx: Ctx, scope: RotationScope, now: Date): Promise<RotationRow> {
    const [row] = await queryRows<RotationRow>(
      ctx,
      `INSERT INTO key_rotation (scope, after_version, started_at)
       SELECT $1, COALESCE(max(version), 0), $2 FROM tenant_key RETURNING ${FIELDS}`,
      [scope, now],
    );
    if (row === undefined) throw new Error('A rotation was not written down.');
    return row;
  }

  async finish(
    ctx: Ctx,
    id: number,
    result: { readonly rewrapped: number; readonly unreadable: number },
    now: Date,
  ): Promise<void> {
    await execute(ctx, 'UPDATE key_rotation SET finished_at = $1, rewrapped = $2, unreadable = $3 WHERE id = $4', [
      now,
      result.rewrapped,
      result.unreadable,
      id,
    ]);
  }
}
