import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Put, Query, Res } from '@nestjs/common';
import { ApiBody, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Listing } from '../../../core/listing/listing.js';
import { flag, type QueryValues } from '../../../core/listing/query-values.js';
import { Allow, CurrentTenantCtx, ListCtx } from '../../../platform/access/decorators.js';
import { Audited } from '../../../platform/audit/audited.decorator.js';
import type { ReachCtx, TenantCtx } from '../../../platform/context/ctx.js';
import { Reads } from '../../../platform/http/body.decorator.js';
import type { JsonStream } from '../../../platform/http/json-stream.js';
import { CurrentListing, Lists, Shows } from '../../../platform/listing/listing.decorator.js';
import type { Item, ListPage } from '../../../platform/listing/list-queries.js';
import { DeploymentGroupsService } from './deployment-groups.service.js';
import { GROUP_LIST } from './group-list.js';
import { GroupViews } from './group-views.js';
import { DeletedGroupModel, GroupListModel, GroupModel, PutGroup, UpdateGroup } from './group.dto.js';

/** Groups of deployments (rest-api §3.4). */
@ApiTags('deployment-groups')
@Controller('deployment-groups')
export class DeploymentGroupsController {
  constructor(
    private readonly groups: DeploymentGroupsService,
    private readonly views: GroupViews,
  ) {}

  @Get()
  @HttpCode(200)
  @Allow('deployment_group_list', { tenant: 'required', allTenants: 'deployment_group_list', anyTenant: true })
  @Lists(GROUP_LIST)
  @ApiOperation({ summary: 'List groups of deployments' })
  @ApiOkResponse({ type: GroupListModel })
  list(@ListCtx() ctx: ReachCtx, @CurrentListing() listing: Listing): Promise<ListPage | JsonStream> {
    return this.views.list(ctx, listing);
  }

  @Get(':id')
  @HttpCode(200)
  @Allow('deployment_group_get', { tenant: 'required' })
  @Shows(GROUP_LIST)
  @ApiOperation({ summary: 'Show a group of deployments' })
  @ApiOkResponse({ type: GroupModel })
  get(@CurrentTenantCtx() ctx: TenantCtx, @Param('id') id: string): Promise<Item> {
    return this.views.one(ctx, id);
  }

  @Put(':id')
  @HttpCode(200)
  @Allow('deployment_group_create', { tenant: 'required' })
  @Reads('json')
  @Shows(GROUP_LIST)
  @Audited('deployment_group.create')
  @ApiOperation({ summary: 'Make a group of deployments, or change it' })
  @ApiBody({ type: PutGroup })
  @ApiOkResponse({ type: GroupModel })
  put(@CurrentTenantCtx() ctx: TenantCtx, @Param('id') id: string, @Body() input: PutGroup): Promise<Item> {
    return this.groups.put(ctx, id, input);
  }

  @Patch(':id')
  @HttpCode(200)
  @Allow('deployment_group_update', { tenant: 'required' })
  @Reads('json')
  @Shows(GROUP_LIST)
  @Audited('deployment_group.update')
  @ApiOperation({ summary: 'Add deployments to a group, and take some out' })
  @ApiBody({ type: UpdateGroup })
  @ApiOkResponse({ type: GroupModel })
  update(@CurrentTenantCtx() ctx: TenantCtx, @Param('id') id: string, @Body() input: UpdateGroup): Promise<Item> {
    return this.groups.update(ctx, id, input);
  }

  @Delete(':id')
  @HttpCode(200)
  @Allow('deployment_group_delete', { tenant: 'required' })
  @Audited('deployment_group.delete')
  @ApiOperation({ summary: 'Delete a group, and if asked for the deployments in it' })
  @ApiQuery({ name: 'delete_deployments', type: Boolean, required: false })
  @ApiQuery({ name: 'force', type: Boolean, required: false })
  @ApiQuery({ name: 'delete_logs', type: Boolean, required: false })
  @ApiQuery({ name: 'recursive', type: Boolean, required: false })
  @ApiOkResponse({ type: DeletedGroupModel, description: 'With `delete_deployments`' })
  @ApiNoContentResponse({ description: 'Without' })
  async delete(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Param('id') id: string,
    @Query() query: QueryValues,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DeletedGroupModel | undefined> {
    const options = {
      force: flag(query, 'force'),
      deletesLogs: flag(query, 'delete_logs'),
      recursive: flag(query, 'recursive'),
    };
    if (flag(query, 'delete_deployments')) {
      return { execution_group_id: await this.groups.deleteWithDeployments(ctx, id, options) };
    }
    await this.groups.delete(ctx, id);
    reply.status(204);
    return undefined;
  }
}
