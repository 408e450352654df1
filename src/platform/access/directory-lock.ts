import type { Ctx } from '../context/ctx.js';
import { queryRows } from '../database/tx.js';

/**
 * Changes of users, groups, tenants, memberships, roles and permissions go one after the other: each begins with this
 * lock, in its open transaction. It is the row that all of them raise `access_version` in at their end anyway; taken
 * first, they cannot deadlock, and rules about several rows ("not the last administrator") hold under concurrency.
 * Readers, logins among them, never wait for it.
 */
export async function lockDirectory(ctx: Ctx): Promise<void> {
  await queryRows(ctx, 'SELECT 1 FROM system_state FOR UPDATE');
}
