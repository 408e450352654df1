import { Injectable } from '@nestjs/common';
import type { Ctx } from '../../platform/context/ctx.js';
import { execute, queryRows } from '../../platform/database/tx.js';
import type { ListSource } from '../../platform/listing/list-source.js';
import type { TokenView } from './token.dto.js';

/** Tokens belong to users, not to tenants; whose are shown is a condition of the service. */
export const TOKEN_LIST: ListSource = {
  resource: 'tokens',
  from: 'access_token r JOIN user_account u ON u.id = r.user_id JOIN role o ON o.id = u.role_id',
  fields: {
    id: { kind: 'text', sql: 'r.id' },
    username: { kind: 'text', sql: 'u.username', sort: false, filter: false },
    value: { kind: 'text', sql: `'ctok-' || r.id || '-********'`, sort: false, filter: false },
    role: { kind: 'text', sql: 'o.name', sort: false, filter: false },
    expiration_date: { kind: 'date', sql: 'r.expires_at' },
    last_used: { kind: 'date', sql: 'r.last_used_at' },
    description: { kind: 'text', sql: 'r.description' },
    created_at: { kind: 'date', sql: 'r.created_at', include: false },
  },
  order: 'r.created_at, r.id',
  scoped: false,
};

export interface NewToken {
  readonly id: string;
  readonly userId: number;
  readonly mac: Buffer;
  readonly tokenEpoch: number;
  readonly description: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
}

@Injectable()
export class TokensRepository {
  async insert(ctx: Ctx, token: NewToken): Promise<void> {
    await execute(
      ctx,
      `INSERT INTO access_token (id, user_id, mac, token_epoch, description, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [token.id, token.userId, token.mac, token.tokenEpoch, token.description, token.createdAt, token.expiresAt],
    );
  }

  async deleteExpired(ctx: Ctx, userId: number, now: Date): Promise<void> {
    await execute(ctx, 'DELETE FROM access_token WHERE user_id = $1 AND expires_at <= $2', [userId, now]);
  }

  /** The owner's epoch as it stands now; the account cannot be deleted meanwhile. */
  async epochOf(ctx: Ctx, userId: number): Promise<number | null> {
    const [row] = await queryRows<{ token_epoch: number }>(
      ctx,
      'SELECT token_epoch FROM user_account WHERE id = $1 FOR KEY SHARE',
      [userId],
    );
    return row?.token_epoch ?? null;
  }

  /** When a token ends, null for never; undefined when there is no such token (any more). It stays while the transaction lasts. */
  async expiryOf(ctx: Ctx, id: string): Promise<Date | null | undefined> {
    const [row] = await queryRows<{ expires_at: string | null }>(
      ctx,
      'SELECT expires_at FROM access_token WHERE id = $1 FOR KEY SHARE',
      [id],
    );
    if (!row) return undefined;
    return row.expires_at === null ? null : new Date(row.expires_at);
  }

  /** @param ownerId only this user's token; null for anybody's */
  async find(ctx: Ctx, id: string, ownerId: number | null): Promise<TokenView | null> {
    const [row] = await queryRows<TokenView>(
      ctx,
      `SELECT r.id, u.username, 'ctok-' || r.id || '-********' AS value, o.name AS role, r.expires_at AS expiration_date,
              r.last_used_at AS last_used, r.description
         FROM ${TOKEN_LIST.from} WHERE r.id = $1 AND ($2::int IS NULL OR r.user_id = $2)`,
      [id, ownerId],
    );
    return row ?? null;
  }

  async delete(ctx: Ctx, id: string, ownerId: number | null): Promise<boolean> {
    return (
      (await execute(ctx, 'DELETE FROM access_token WHERE id = $1 AND ($2::int IS NULL OR user_id = $2)', [
        id,
        ownerId,
      ])) > 0
    );
  }
}
