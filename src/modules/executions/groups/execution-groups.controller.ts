import { Body, Controller, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Listing } from '../../../core/listing/listing.js';
import { Allow, CurrentTenantCtx, ListCtx } from '../../../platform/access/decorators.js';
import { Audited } from '../../../platform/audit/audited.decorator.js';
import type { ReachCtx, TenantCtx } from '../../../platform/context/ctx.js';
import { Reads } from '../../../platform/http/body.decorator.js';
import type { JsonStream } from '../../../platform/http/json-stream.js';
import { CurrentListing, Lists, Shows } from '../../../platform/listing/listing.decorator.js';
import type { Item, ListPage } from '../../../platform/listing/list-queries.js';
import { ExecutionGroupsService } from './execution-groups.service.js';
import { EXECUTION_GROUP_LIST } from './group-list.js';
import { ExecutionGroupModel, GroupAction, StartGroup, UpdateGroup } from './group.dto.js';

/** rest-api §3.7. */
@ApiTags('execution groups')
@Controller('execution-groups')
export class ExecutionGroupsController {
  constructor(private readonly groups: ExecutionGroupsService) {}

  @Get()
  @HttpCode(200)
  @Allow('execution_group_list', { tenant: 'required', allTenants: 'execution_group_list', anyTenant: true })
  @Lists(EXECUTION_GROUP_LIST)
  @ApiOperation({ summary: 'List execution groups', description: 'With `_get_data`, also executions and status.' })
  @ApiOkResponse({ type: ExecutionGroupModel, isArray: true })
  list(@ListCtx() ctx: ReachCtx, @CurrentListing() listing: Listing): Promise<ListPage | JsonStream> {
    return this.groups.list(ctx, listing);
  }

  @Post()
  @HttpCode(200)
  @Allow('execution_group_create', { tenant: 'required' })
  @Reads('json')
  @Audited('execution_group.create')
  @ApiOperation({ summary: 'Run a workflow on the deployments of a group' })
  @ApiOkResponse({ type: ExecutionGroupModel })
  @ApiNotFoundResponse({ description: 'A deployment group is not there' })
  start(@CurrentTenantCtx() ctx: TenantCtx, @Body() input: StartGroup): Promise<Item> {
    return this.groups.start(ctx, input);
  }

  @Get(':id')
  @HttpCode(200)
  @Allow('execution_group_get', { tenant: 'required', anyTenant: true })
  @Shows(EXECUTION_GROUP_LIST)
  @ApiOperation({ summary: 'Show an execution group' })
  @ApiOkResponse({ type: ExecutionGroupModel })
  get(@CurrentTenantCtx() ctx: TenantCtx, @Param('id') id: string): Promise<Item> {
    return this.groups.get(ctx, id);
  }

  @Post(':id')
  @HttpCode(200)
  @Allow('execution_group_cancel', { tenant: 'required' })
  @Reads('json')
  @Audited('execution_group.update')
  @ApiOperation({ summary: 'Cancel, kill or resume the executions of a group' })
  @ApiOkResponse({ type: ExecutionGroupModel })
  act(@CurrentTenantCtx() ctx: TenantCtx, @Param('id') id: string, @Body() { action }: GroupAction): Promise<Item> {
    return this.groups.act(ctx, id, action);
  }

  @Patch(':id')
  @HttpCode(200)
  @Allow('execution_group_update', { tenant: 'required' })
  @Reads('json')
  @Audited('execution_group.update')
  @ApiOperation({ summary: 'Change how many run at once, and where deployments go after it' })
  @ApiOkResponse({ type: ExecutionGroupModel })
  update(@CurrentTenantCtx() ctx: TenantCtx, @Param('id') id: string, @Body() input: UpdateGroup): Promise<Item> {
    return this.groups.update(ctx, id, input);
  }
}
