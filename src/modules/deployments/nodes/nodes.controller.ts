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
import type { Listing } from '../../../core/listing/listing.js';
import { firstOf, looseBoolean, type QueryValues } from '../../../core/listing/query-values.js';
import { Allow, CurrentTenantCtx, ListCtx } from '../../../platform/access/decorators.js';
import { Audited } from '../../../platform/audit/audited.decorator.js';
import { requireTenant, type ReachCtx, type TenantCtx } from '../../../platform/context/ctx.js';
import { Reads } from '../../../platform/http/body.decorator.js';
import type { JsonStream } from '../../../platform/http/json-stream.js';
import { CurrentListing, Lists } from '../../../platform/listing/listing.decorator.js';
import type { ListPage } from '../../../platform/listing/list-queries.js';
import { NODE_LIST } from './node-list.js';
import { AddNodes, NodeListModel, UpdateNode } from './node.dto.js';
import { NodesService } from './nodes.service.js';

@ApiTags('nodes')
@Controller('nodes')
export class NodesController {
  constructor(private readonly nodes: NodesService) {}

  @Get()
  @HttpCode(200)
  @Allow('node_list', { tenant: 'required', allTenants: 'node_list', anyTenant: true })
  @Lists(NODE_LIST)
  @ApiOperation({ summary: 'List nodes' })
  @ApiQuery({ name: '_evaluate_functions', type: Boolean, required: false, description: 'With functions evaluated' })
  @ApiQuery({
    name: '_instance_context',
    type: String,
    required: false,
    description: 'The node instance in whose name',
  })
  @ApiOkResponse({ type: NodeListModel })
  async list(
    @ListCtx() ctx: ReachCtx,
    @CurrentListing() listing: Listing,
    @Query() query: QueryValues,
  ): Promise<ListPage | JsonStream> {
    if (!looseBoolean(query, '_evaluate_functions')) return this.nodes.list(ctx, listing);
    const instance = firstOf(query, '_instance_context') ?? '';
    return this.nodes.list(ctx, listing, {
      evaluate: { ctx: requireTenant(ctx), instance: instance === '' ? null : instance },
    });
  }

  @Post()
  @HttpCode(201)
  @Allow('node_list', { tenant: 'required' })
  @Reads('json')
  @Audited('node.create')
  @ApiOperation({ summary: 'Add nodes to a deployment', description: 'Needs the permission node_update besides.' })
  @ApiCreatedResponse({ schema: { type: 'null' } })
  @ApiNoContentResponse({ description: 'The list was empty' })
  async add(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Body() { deployment_id: id, nodes }: AddNodes,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<null | undefined> {
    if (await this.nodes.add(ctx, id, nodes)) return null;
    reply.status(204);
    return undefined;
  }

  @Patch(':deployment_id/:node_id')
  @HttpCode(204)
  @Allow('node_update', { tenant: 'required' })
  @Reads('json')
  @Audited('node.update')
  @ApiOperation({ summary: 'Change a node; only by an update of its deployment' })
  @ApiBody({ type: UpdateNode })
  @ApiNoContentResponse()
  async update(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Param('deployment_id') deployment: string,
    @Param('node_id') id: string,
    @Body() input: UpdateNode,
  ): Promise<void> {
    await this.nodes.update(ctx, deployment, id, input);
  }

  @Delete(':deployment_id/:node_id')
  @HttpCode(204)
  @Allow('node_delete', { tenant: 'required' })
  @Audited('node.delete')
  @ApiOperation({ summary: 'Delete a node; only by an update of its deployment' })
  @ApiNoContentResponse()
  async delete(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Param('deployment_id') deployment: string,
    @Param('node_id') id: string,
  ): Promise<void> {
    await this.nodes.delete(ctx, deployment, id);
  }
}
