import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { Listing } from '../../../core/listing/listing.js';
import type { QueryValues } from '../../../core/listing/query-values.js';
import { Allow, ListCtx } from '../../../platform/access/decorators.js';
import type { ReachCtx } from '../../../platform/context/ctx.js';
import { Search } from '../../../platform/filters/filter.dto.js';
import { Reads } from '../../../platform/http/body.decorator.js';
import type { JsonStream } from '../../../platform/http/json-stream.js';
import { CurrentListing, Lists } from '../../../platform/listing/listing.decorator.js';
import type { ListPage } from '../../../platform/listing/list-queries.js';
import { parseSummary, Summaries, type SummaryPage } from '../../../platform/listing/summaries.js';
import { NODE_INSTANCE_LIST, NODE_LIST } from '../nodes/node-list.js';
import { NodeInstanceListModel, NodeListModel } from '../nodes/node.dto.js';
import { NodeSearch } from './node-search.js';
import { SCALING_GROUP_LIST, ScalingGroupSearch } from './scaling-group-search.js';
import { ScalingGroupListModel, SummaryModel } from './search.dto.js';

const NODES_BY = ['deployment_id', 'tenant_name', 'visibility'] as const;
const INSTANCES_BY = ['deployment_id', 'index', 'node_id', 'state', 'host_id', 'tenant_name', 'visibility'] as const;

/** Searches and counts of what is in deployments (rest-api §3.16, §3.17). */
@ApiTags('nodes')
@Controller()
export class NodeSearchController {
  constructor(
    private readonly searches: NodeSearch,
    private readonly groups: ScalingGroupSearch,
    private readonly summaries: Summaries,
  ) {}

  @Post('searches/nodes')
  @HttpCode(200)
  @Allow('node_list', { tenant: 'required', allTenants: 'node_list', anyTenant: true })
  @Reads('json')
  @Lists(NODE_LIST)
  @ApiOperation({ summary: 'List nodes of a deployment that pass filter rules or constraints' })
  @ApiOkResponse({ type: NodeListModel })
  nodes(
    @ListCtx() ctx: ReachCtx,
    @CurrentListing() listing: Listing,
    @Query() query: QueryValues,
    @Body() input: Search,
  ): Promise<ListPage | JsonStream> {
    return this.searches.ofNodes(ctx, listing, query, input);
  }

  @Post('searches/node-types')
  @HttpCode(200)
  @Allow('node_list', { tenant: 'required', allTenants: 'node_list', anyTenant: true })
  @Reads('json')
  @Lists(NODE_LIST)
  @ApiOperation({ summary: 'List nodes of a deployment by their types' })
  @ApiOkResponse({ type: NodeListModel })
  types(
    @ListCtx() ctx: ReachCtx,
    @CurrentListing() listing: Listing,
    @Query() query: QueryValues,
    @Body() input: Search,
  ): Promise<ListPage | JsonStream> {
    return this.searches.ofTypes(ctx, listing, query, input);
  }

  @Post('searches/node-instances')
  @HttpCode(200)
  @Allow('node_list', { tenant: 'required', allTenants: 'node_instance_list', anyTenant: true })
  @Reads('json')
  @Lists(NODE_INSTANCE_LIST)
  @ApiOperation({ summary: 'List node instances that pass filter rules or constraints' })
  @ApiOkResponse({ type: NodeInstanceListModel })
  instances(
    @ListCtx() ctx: ReachCtx,
    @CurrentListing() listing: Listing,
    @Query() query: QueryValues,
    @Body() input: Search,
  ): Promise<ListPage | JsonStream> {
    return this.searches.ofInstances(ctx, listing, query, input);
  }

  @Post('searches/scaling-groups')
  @HttpCode(200)
  @Allow('deployment_get', { tenant: 'required', allTenants: 'deployment_list', anyTenant: true })
  @Reads('json')
  @Lists(SCALING_GROUP_LIST)
  @ApiOperation({ summary: 'List scaling groups of a deployment' })
  @ApiOkResponse({ type: ScalingGroupListModel })
  scalingGroups(
    @ListCtx() ctx: ReachCtx,
    @CurrentListing() listing: Listing,
    @Query() query: QueryValues,
    @Body() input: Search,
  ): Promise<ListPage | JsonStream> {
    return this.groups.page(ctx, listing, query, input);
  }

  @Get('summary/nodes')
  @HttpCode(200)
  @Allow('node_list', { tenant: 'required', allTenants: 'node_list', anyTenant: true })
  @Lists(NODE_LIST)
  @ApiOperation({ summary: 'Count nodes by a field' })
  @ApiQuery({ name: '_target_field', enum: NODES_BY })
  @ApiQuery({ name: '_sub_field', enum: NODES_BY, required: false })
  @ApiOkResponse({ type: SummaryModel })
  async nodeSummary(
    @ListCtx() ctx: ReachCtx,
    @CurrentListing() listing: Listing,
    @Query() query: QueryValues,
  ): Promise<SummaryPage> {
    return this.summaries.page(ctx, NODE_LIST, listing, parseSummary(query, NODES_BY), { type: 'nodes' });
  }

  @Get('summary/node_instances')
  @HttpCode(200)
  @Allow('node_instance_list', { tenant: 'required', allTenants: 'node_instance_list', anyTenant: true })
  @Lists(NODE_INSTANCE_LIST)
  @ApiOperation({ summary: 'Count node instances by a field' })
  @ApiQuery({ name: '_target_field', enum: INSTANCES_BY })
  @ApiQuery({ name: '_sub_field', enum: INSTANCES_BY, required: false })
  @ApiOkResponse({ type: SummaryModel })
  async instanceSummary(
    @ListCtx() ctx: ReachCtx,
    @CurrentListing() listing: Listing,
    @Query() query: QueryValues,
  ): Promise<SummaryPage> {
    const request = parseSummary(query, INSTANCES_BY);
    return this.summaries.page(ctx, NODE_INSTANCE_LIST, listing, request, { type: 'node_instances' });
  }
}
