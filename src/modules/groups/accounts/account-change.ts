import type { Actor } from '../../../core/access/actor.js';
import { BadParametersError, ForbiddenError } from '../../../core/errors/app-error.js';
import { canonicalName } from '../../../core/text/canonical-name.js';
import { requirePermission } from '../../../platform/access/require-permission.js';
import type { Ctx } from '../../../platform/context/ctx.js';

/** What an update of a user may bring (rest-api §2.1). */
export interface AccountUpdate {
  readonly password?: string | null;
  readonly role?: string | null;
  readonly show_getting_started?: boolean | null;
  readonly revoke_tokens?: boolean | null;
}

export type AccountChange =
  | { readonly kind: 'password'; readonly password: string; readonly revokeTokens: boolean }
  | { readonly kind: 'role'; readonly role: string }
  | { readonly kind: 'show_getting_started'; readonly show: boolean };

/**
 * The one change that an update asks for, looked for in the contract's order. Falsy counts as absent, except false for
 * the flag.
 * @throws BadParametersError for none, and for password and role together
 */
export function changeOf(update: AccountUpdate): AccountChange {
  const { password, role, show_getting_started: show } = update;
  if (password) {
    if (role) throw new BadParametersError('Both `password` and `role` were given; change one at a time');
    return { kind: 'password', password, revokeTokens: update.revoke_tokens ?? false };
  }
  if (role) return { kind: 'role', role };
  if (show !== undefined && show !== null) return { kind: 'show_getting_started', show };
  throw new BadParametersError('One of `password`, `role` and `show_getting_started` is needed');
}

export function isOwnAccount(actor: Actor, username: string): boolean {
  return canonicalName(actor.username) === canonicalName(username);
}

/**
 * One's own password needs no permission, but a person: an execution acts as its creator, and its credential must not
 * become a way to sign in as them.
 * @throws ForbiddenError
 */
export function assertMayChangePassword(ctx: Ctx, username: string): void {
  if (ctx.actor.executionId !== undefined) throw new ForbiddenError('An execution cannot change passwords');
  if (!isOwnAccount(ctx.actor, username)) requirePermission(ctx, 'user_update');
}
