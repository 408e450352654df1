import { Injectable } from '@nestjs/common';
import { isWider } from '../../../core/access/visibility.js';
import { BadParametersError, IllegalActionError, NotFoundError } from '../../../core/errors/app-error.js';
import { printable } from '../../../core/listing/query-values.js';
import { Clock } from '../../../platform/clock/clock.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import type { Item } from '../../../platform/listing/list-queries.js';
import { DeploymentAudit } from '../deployment-audit.js';
import { DeploymentViews } from '../deployment-views.js';
import type { DeploymentRow } from '../deployments.repository.js';
import { OwnDeployments } from '../ownership/own-deployments.js';
import { SITE_IDS } from './site-list.js';
import type { SetSite } from './site.dto.js';
import { SitesRepository, type SiteRow } from './sites.repository.js';

/** Puts deployments on sites, and takes them away (rest-api §3.2). */
@Injectable()
export class DeploymentSites {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly deployments: OwnDeployments,
    private readonly sites: SitesRepository,
    private readonly views: DeploymentViews,
    private readonly audit: DeploymentAudit,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws BadParametersError unless either a site or `detach_site` is given, NotFoundError, IllegalActionError for a
   *   deployment that is wider than the site, or a global one of another tenant
   */
  async set(ctx: TenantCtx, id: string, { site_name: name, detach_site: detach }: SetSite): Promise<Item> {
    const isNamed = typeof name === 'string';
    if (isNamed === (detach === true)) {
      throw new BadParametersError(
        'Must provide either a `site_name` of a valid site or `detach_site` with true value',
      );
    }
    return this.unitOfWork.run(ctx, async (ctx) => {
      const deployment = await this.deployments.held(ctx, id);
      const site = isNamed ? await this.siteFor(ctx, deployment, name) : null;
      await this.sites.setSiteOf(ctx, deployment.storageId, site?.storageId ?? null, this.clock.now());
      await this.audit.record(ctx, {
        action: 'deployment.set_site',
        operation: 'update',
        storageId: deployment.storageId,
        id,
        details: { site: site?.name ?? null },
      });
      return this.views.one(ctx, id, null);
    });
  }

  private async siteFor(ctx: TenantCtx, { id, visibility }: DeploymentRow, name: string): Promise<SiteRow> {
    const site = await this.sites.find(ctx, name);
    if (!site) throw new NotFoundError(SITE_IDS.kind, printable(name));
    if (isWider(visibility, site.visibility)) {
      throw new IllegalActionError(
        `The visibility of deployment \`${id}\`: \`${visibility}\` can't be wider than that of its site \`${name}\`: \`${site.visibility}\``,
      );
    }
    return site;
  }
}
