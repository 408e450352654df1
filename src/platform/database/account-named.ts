import { BadParametersError } from '../../core/errors/app-error.js';
import { printable } from '../../core/listing/query-values.js';
import { canonicalName } from '../../core/text/canonical-name.js';
import type { Ctx } from '../context/ctx.js';
import { queryRows } from './tx.js';

/**
 * The id of the account with this name, in the open transaction: who restores names the owner (rest-api §1.19).
 * @throws BadParametersError when there is none
 */
export async function accountNamed(ctx: Ctx, username: string): Promise<number> {
  const [row] = await queryRows<{ id: number }>(ctx, 'SELECT id FROM user_account WHERE username_key = $1', [
    canonicalName(username),
  ]);
  if (!row) throw new BadParametersError(`There is no user \`${printable(username)}\``);
  return row.id;
}
