import { holds, type Actor } from '../../core/access/actor.js';
import { assertNotNarrower, isVisibility, VISIBILITIES, type Visibility } from '../../core/access/visibility.js';
import { BadParametersError, ForbiddenError, IllegalActionError, NotFoundError } from '../../core/errors/app-error.js';
import { printable } from '../../core/listing/query-values.js';
import type { TenantCtx } from '../../platform/context/ctx.js';
import type { SecretRow } from './secrets.repository.js';

/* Rules of rest-api §1.14 and §2.6 that need no I/O. */

/** @throws BadParametersError for a text that is no visibility, or none of those asked for here. */
export function readVisibility(text: string, allowed: readonly Visibility[] = VISIBILITIES): Visibility {
  if (isVisibility(text) && allowed.includes(text)) return text;
  throw new BadParametersError(`Invalid visibility: \`${printable(text)}\`. Allowed are: ${allowed.join(', ')}`);
}

/** @throws ForbiddenError unless the caller may make things global. */
export function assertMayBe(actor: Actor, visibility: Visibility): void {
  if (visibility === 'global' && !holds(actor, 'create_global_resource')) {
    throw new ForbiddenError(`User \`${actor.username}\` is not permitted to create global resources`);
  }
}

/**
 * @throws IllegalActionError for a narrower visibility
 * @throws ForbiddenError for global, unless the caller may
 */
export function assertMayBecome(ctx: TenantCtx, secret: SecretRow, visibility: Visibility): void {
  assertNotNarrower(secret.key, secret.visibility, visibility);
  assertMayBe(ctx.actor, visibility);
}

/** A global secret is changed from its own tenant only. @throws IllegalActionError */
export function assertOwnTenant(ctx: TenantCtx, secret: SecretRow): void {
  if (secret.tenant_id !== ctx.tenantId) {
    throw new IllegalActionError(`Can't change the global secret \`${secret.key}\` from another tenant than its own`);
  }
}

/** Secrets providers come with a later release: until then no name is one (rest-api §3.20). @throws NotFoundError */
export function assertNoProvider(name: string | null | undefined): void {
  if (name) throw new NotFoundError('SecretsProvider', printable(name));
}

/** What `PATCH` takes for "no new value": what Python takes for false. */
export function isFalsy(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return !value;
}
