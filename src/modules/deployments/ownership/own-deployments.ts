import { Injectable } from '@nestjs/common';
import { IllegalActionError, NotFoundError } from '../../../core/errors/app-error.js';
import { printable } from '../../../core/listing/query-values.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { DEPLOYMENT_IDS, DeploymentsRepository, type DeploymentRow } from '../deployments.repository.js';

/** Deployments as what hangs on them finds them. All of it runs in the open transaction. */
@Injectable()
export class OwnDeployments {
  constructor(private readonly deployments: DeploymentsRepository) {}

  /** @throws NotFoundError when it does not exist or is not visible */
  async visible(ctx: TenantCtx, id: string): Promise<DeploymentRow> {
    const found = await this.deployments.find(ctx, id);
    if (!found) throw new NotFoundError(DEPLOYMENT_IDS.kind, printable(id));
    return found;
  }

  /**
   * The tenant's own, held until the end of the transaction.
   * @throws NotFoundError, IllegalActionError for a global one of another tenant (rest-api §1.14)
   */
  async held(ctx: TenantCtx, id: string): Promise<DeploymentRow> {
    const own = await this.deployments.lockOwn(ctx, id);
    if (own) return own;
    throw notOwn(ctx, DEPLOYMENT_IDS.kind, (await this.visible(ctx, id)).id);
  }
}

/** A global resource is changed from its own tenant only (rest-api §1.14). */
export function notOwn(ctx: TenantCtx, kind: string, id: string): IllegalActionError {
  return new IllegalActionError(
    `Can't modify the global \`${kind}\` \`${id}\` from tenant \`${ctx.tenantName}\`: it belongs to another one`,
  );
}
