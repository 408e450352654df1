import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { parseInclude, type Listing } from '../../../core/listing/listing.js';
import type { QueryValues } from '../../../core/listing/query-values.js';
import { Allow, CurrentTenantCtx, ListCtx } from '../../../platform/access/decorators.js';
import { Audited } from '../../../platform/audit/audited.decorator.js';
import type { ReachCtx, TenantCtx } from '../../../platform/context/ctx.js';
import { Reads } from '../../../platform/http/body.decorator.js';
import type { JsonStream } from '../../../platform/http/json-stream.js';
import { CurrentListing, Lists, Shows } from '../../../platform/listing/listing.decorator.js';
import type { ListPage } from '../../../platform/listing/list-queries.js';
import { DeploymentModifications } from './deployment-modifications.service.js';
import { MODIFICATION_LIST } from './modification-list.js';
import { ModificationViews } from './modification-views.js';
import { ModificationListModel, ModificationModel, StartModification } from './modification.dto.js';

/** Changes of how many node instances a deployment has (rest-api §3.5, orchestration §12). */
@ApiTags('deployment-modifications')
@Controller('deployment-modifications')
export class DeploymentModificationsController {
  constructor(
    private readonly modifications: DeploymentModifications,
    private readonly views: ModificationViews,
  ) {}

  @Get()
  @HttpCode(200)
  @Allow('deployment_modification_list', { tenant: 'required', allTenants: 'deployment_modification_list' })
  @Lists(MODIFICATION_LIST)
  @ApiOperation({ summary: 'List modifications of deployments' })
  @ApiOkResponse({ type: ModificationListModel })
  list(@ListCtx() ctx: ReachCtx, @CurrentListing() listing: Listing): Promise<ListPage | JsonStream> {
    return this.views.list(ctx, listing);
  }

  @Post()
  @HttpCode(201)
  @Allow('deployment_modify', { tenant: 'required' })
  @Reads('json')
  @Shows(MODIFICATION_LIST)
  @Audited('deployment_modification.create')
  @ApiOperation({ summary: 'Start a modification: new instances are made, those to be removed are named' })
  @ApiCreatedResponse({ type: ModificationModel })
  async start(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Body() input: StartModification,
    @Query() query: QueryValues,
  ): Promise<JsonStream> {
    const { id } = await this.modifications.start(ctx, {
      deploymentId: input.deployment_id,
      nodes: input.nodes ?? null,
      context: input.context ?? null,
    });
    return this.views.one(ctx, id, parseInclude(MODIFICATION_LIST.fields, query));
  }

  @Get(':id')
  @HttpCode(200)
  @Allow('deployment_modification_get', { tenant: 'required' })
  @Shows(MODIFICATION_LIST)
  @ApiOperation({ summary: 'Show a modification' })
  @ApiOkResponse({ type: ModificationModel })
  get(@CurrentTenantCtx() ctx: TenantCtx, @Param('id') id: string, @Query() query: QueryValues): Promise<JsonStream> {
    return this.views.one(ctx, id, parseInclude(MODIFICATION_LIST.fields, query));
  }

  @Post(':id/finish')
  @HttpCode(200)
  @Allow('deployment_modification_finish', { tenant: 'required' })
  @Shows(MODIFICATION_LIST)
  @Audited('deployment_modification.finish')
  @ApiOperation({ summary: 'Finish a modification: what was to be removed goes' })
  @ApiOkResponse({ type: ModificationModel })
  async finish(@CurrentTenantCtx() ctx: TenantCtx, @Param('id') id: string): Promise<JsonStream> {
    await this.modifications.finish(ctx, id);
    return this.views.one(ctx, id);
  }

  @Post(':id/rollback')
  @HttpCode(200)
  @Allow('deployment_modification_rollback', { tenant: 'required' })
  @Shows(MODIFICATION_LIST)
  @Audited('deployment_modification.rollback')
  @ApiOperation({ summary: 'Roll a modification back: node instances become what they were' })
  @ApiOkResponse({ type: ModificationModel })
  async rollBack(@CurrentTenantCtx() ctx: TenantCtx, @Param('id') id: string): Promise<JsonStream> {
    await this.modifications.rollBack(ctx, id);
    return this.views.one(ctx, id);
  }
}
