import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow, CurrentTenantCtx } from '../../../platform/access/decorators.js';
import { Audited } from '../../../platform/audit/audited.decorator.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { Reads } from '../../../platform/http/body.decorator.js';
import { Shows } from '../../../platform/listing/listing.decorator.js';
import type { Item } from '../../../platform/listing/list-queries.js';
import { DEPLOYMENT_LIST } from '../deployment-list.js';
import { DeploymentModel } from '../deployment.dto.js';
import { DeploymentSites } from './deployment-sites.js';
import { SetSite } from './site.dto.js';

@ApiTags('deployments')
@Controller('deployments')
export class DeploymentSitesController {
  constructor(private readonly sites: DeploymentSites) {}

  @Post(':id/set-site')
  @HttpCode(200)
  @Allow('deployment_set_site', { tenant: 'required' })
  @Reads('json')
  @Shows(DEPLOYMENT_LIST)
  @Audited('deployment.set_site')
  @ApiOperation({ summary: 'Put a deployment on a site, or take it away from its site' })
  @ApiOkResponse({ type: DeploymentModel })
  set(@CurrentTenantCtx() ctx: TenantCtx, @Param('id') id: string, @Body() input: SetSite): Promise<Item> {
    return this.sites.set(ctx, id, input);
  }
}
