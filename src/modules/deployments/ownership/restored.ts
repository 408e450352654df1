import { BadParametersError } from '../../../core/errors/app-error.js';
import { printable } from '../../../core/listing/query-values.js';
import { readIsoDate } from '../../../core/text/dates.js';
import { requireSystemPermission } from '../../../platform/access/require-permission.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { accountNamed } from '../../../platform/database/account-named.js';

/** Fields that only a restore writes (rest-api §1.19). */
export interface RestoredFields {
  readonly created_at?: string | null;
  readonly created_by?: string | null;
}

/** `created_at`, where it was sent. @throws BadParametersError, ForbiddenError without set_timestamp */
export function restoredDate(ctx: TenantCtx, { created_at: raw }: RestoredFields): Date | null {
  if (raw === undefined || raw === null) return null;
  const date = readIsoDate(raw);
  if (!date) throw new BadParametersError(`\`created_at\` is not a date: \`${printable(raw)}\``);
  requireSystemPermission(ctx, 'set_timestamp');
  return date;
}

/**
 * The account that `created_by` names, where it was sent. In the open transaction.
 * @throws BadParametersError, ForbiddenError without set_owner
 */
export async function restoredOwner(ctx: TenantCtx, { created_by: name }: RestoredFields): Promise<number | null> {
  if (name === undefined || name === null) return null;
  requireSystemPermission(ctx, 'set_owner');
  return accountNamed(ctx, name);
}
