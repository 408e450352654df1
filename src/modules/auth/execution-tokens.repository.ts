import { Injectable } from '@nestjs/common';
import type { TenantCtx } from '../../platform/context/ctx.js';
import { execute, queryRows } from '../../platform/database/tx.js';

/** Whose rights an execution has, and which run of it that is. */
interface ExecutionOwner {
  readonly userId: number;
  readonly tokenEpoch: number;
  readonly run: number;
}

@Injectable()
export class ExecutionTokensRepository {
  async owner(ctx: TenantCtx, executionStorageId: string): Promise<ExecutionOwner | null> {
    const [row] = await queryRows<ExecutionOwner>(
      ctx,
      `SELECT e.creator_id AS "userId", u.token_epoch AS "tokenEpoch", e.run
         FROM execution e JOIN user_account u ON u.id = e.creator_id WHERE e.storage_id = $1 AND e.tenant_id = $2`,
      [executionStorageId, ctx.tenantId],
    );
    return row ?? null;
  }

  /** Those of earlier runs go. */
  async insert(
    ctx: TenantCtx,
    token: ExecutionOwner & {
      readonly executionStorageId: string;
      readonly lookup: Buffer;
      readonly mac: Buffer;
      readonly createdAt: Date;
    },
  ): Promise<void> {
    await execute(
      ctx,
      `WITH gone AS (DELETE FROM execution_token WHERE execution_id = $1 AND run <> $6)
       INSERT INTO execution_token (execution_id, lookup, tenant_id, user_id, token_epoch, run, mac, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        token.executionStorageId,
        token.lookup,
        ctx.tenantId,
        token.userId,
        token.tokenEpoch,
        token.run,
        token.mac,
        token.createdAt,
      ],
    );
  }

  async remove(ctx: TenantCtx, executionStorageId: string): Promise<void> {
    await execute(ctx, 'DELETE FROM execution_token WHERE execution_id = $1', [executionStorageId]);
  }
}
