import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { parseInclude, type Listing } from '../../../core/listing/listing.js';
import { flag, looseBoolean, valuesOf, type QueryValues } from '../../../core/listing/query-values.js';
import { Allow, CurrentTenantCtx, ListCtx } from '../../../platform/access/decorators.js';
import { Audited } from '../../../platform/audit/audited.decorator.js';
import type { ReachCtx, TenantCtx } from '../../../platform/context/ctx.js';
import { Reads } from '../../../platform/http/body.decorator.js';
import type { JsonStream } from '../../../platform/http/json-stream.js';
import { CurrentListing, Lists, Shows } from '../../../platform/listing/listing.decorator.js';
import type { Item, ListPage } from '../../../platform/listing/list-queries.js';
import { readInstanceUpdate } from './instance-update.js';
import { NODE_INSTANCE_LIST } from './node-list.js';
import { AddNodeInstances, NodeInstanceListModel, NodeInstanceModel, UpdateNodeInstanceModel } from './node.dto.js';
import { NodeInstancesService } from './node-instances.service.js';

@ApiTags('node-instances')
@Controller('node-instances')
export class NodeInstancesController {
  constructor(private readonly instances: NodeInstancesService) {}

  @Get()
  @HttpCode(200)
  @Allow('node_instance_list', { tenant: 'required', allTenants: 'node_instance_list', anyTenant: true })
  @Lists(NODE_INSTANCE_LIST)
  @ApiOperation({ summary: 'List node instances' })
  @ApiQuery({ name: 'node_name', type: String, required: false, description: 'As `node_id`, of older clients' })
  @ApiOkResponse({ type: NodeInstanceListModel })
  list(
    @ListCtx() ctx: ReachCtx,
    @CurrentListing() listing: Listing,
    @Query() query: QueryValues,
  ): Promise<ListPage | JsonStream> {
    const names = valuesOf(query, 'node_name');
    if (names.length === 0) return this.instances.list(ctx, listing);
    return this.instances.list(ctx, listing, {
      extra: [(parameters) => `n.id = ANY (${parameters.add(names)}::text[])`],
    });
  }

  @Post()
  @HttpCode(201)
  @Allow('node_list', { tenant: 'required' })
  @Reads('json')
  @Audited('node_instance.create')
  @ApiOperation({
    summary: 'Add node instances to a deployment',
    description: 'Needs the permission node_instance_update besides.',
  })
  @ApiCreatedResponse({ schema: { type: 'null' } })
  @ApiNoContentResponse({ description: 'The list was empty' })
  async add(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Body() { deployment_id: id, node_instances: instances }: AddNodeInstances,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<null | undefined> {
    if (await this.instances.add(ctx, id, instances)) return null;
    reply.status(204);
    return undefined;
  }

  @Get(':id')
  @HttpCode(200)
  @Allow('node_instance_get', { tenant: 'required' })
  @Shows(NODE_INSTANCE_LIST)
  @ApiOperation({ summary: 'Show a node instance' })
  @ApiQuery({ name: '_evaluate_functions', type: Boolean, required: false, description: 'With functions evaluated' })
  @ApiOkResponse({ type: NodeInstanceModel })
  async get(@CurrentTenantCtx() ctx: TenantCtx, @Param('id') id: string, @Query() query: QueryValues): Promise<Item> {
    return this.instances.get(ctx, id, {
      include: parseInclude(NODE_INSTANCE_LIST.fields, query),
      evaluates: looseBoolean(query, '_evaluate_functions'),
    });
  }

  @Patch(':id')
  @HttpCode(200)
  @Allow('node_instance_update', { tenant: 'required' })
  @Reads('json')
  @Shows(NODE_INSTANCE_LIST)
  @Audited('node_instance.update')
  @ApiOperation({ summary: 'Change a node instance' })
  @ApiQuery({ name: 'force', type: Boolean, required: false, description: 'Whatever its version is by now' })
  @ApiBody({ type: UpdateNodeInstanceModel })
  @ApiOkResponse({ type: NodeInstanceModel })
  async update(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Param('id') id: string,
    @Body() body: Record<string, unknown>,
    @Query() query: QueryValues,
  ): Promise<Item> {
    const force = flag(query, 'force');
    return this.instances.update(ctx, id, readInstanceUpdate(body), {
      force,
      include: parseInclude(NODE_INSTANCE_LIST.fields, query),
    });
  }

  @Delete(':id')
  @HttpCode(204)
  @Allow('node_instance_delete', { tenant: 'required' })
  @Audited('node_instance.delete')
  @ApiOperation({ summary: 'Delete a node instance; only by an update of its deployment' })
  @ApiNoContentResponse()
  async delete(@CurrentTenantCtx() ctx: TenantCtx, @Param('id') id: string): Promise<void> {
    await this.instances.delete(ctx, id);
  }
}
