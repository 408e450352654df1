import { Injectable } from '@nestjs/common';
import { holds } from '../../core/access/actor.js';
import { ForbiddenError } from '../../core/errors/app-error.js';
import { TenantRights } from '../../platform/access/tenant-rights.js';
import type { TenantCtx } from '../../platform/context/ctx.js';
import type { SecretRow } from './secrets.repository.js';

/** Who may see a hidden secret, and so may change one (rest-api §2.6). */
@Injectable()
export class SecretAccess {
  constructor(private readonly rights: TenantRights) {}

  /** Its creator, or who holds `administrators` in the secret's tenant, which may be another than the request's. */
  async maySeeHidden(ctx: TenantCtx, secret: SecretRow): Promise<boolean> {
    if (secret.creator_id === ctx.actor.userId) return true;
    if (secret.tenant_id === ctx.tenantId) return holds(ctx.actor, 'administrators');
    return (await this.rights.of(ctx)).holds(secret.tenant_id, 'administrators');
  }

  /** @throws ForbiddenError when it is hidden from the caller */
  async assertMayChange(ctx: TenantCtx, secret: SecretRow): Promise<void> {
    if (secret.is_hidden_value && !(await this.maySeeHidden(ctx, secret))) throw hiddenFrom(ctx, secret);
  }

  /** @throws ForbiddenError unless the caller may hide it and show it again */
  async assertMayHide(ctx: TenantCtx, secret: SecretRow): Promise<void> {
    if (!(await this.maySeeHidden(ctx, secret))) throw hiddenFrom(ctx, secret);
  }
}

function hiddenFrom(ctx: TenantCtx, secret: SecretRow): ForbiddenError {
  return new ForbiddenError(
    `User \`${ctx.actor.username}\` is not permitted to change the hidden value of the secret \`${secret.key}\``,
  );
}
