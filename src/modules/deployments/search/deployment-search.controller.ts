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
import { DEPLOYMENT_LIST } from '../deployment-list.js';
import { DeploymentListModel } from '../deployment.dto.js';
import { DeploymentsService } from '../deployments.service.js';
import { FoundWorkflows } from './found-workflows.js';
import { SearchConditions } from './search-conditions.js';
import { FoundWorkflowListModel, SummaryModel } from './search.dto.js';

const SUMMARIZED = ['blueprint_id', 'tenant_name', 'visibility', 'site_name', 'deployment_status'] as const;

/** Searches and counts of deployments and their workflows (rest-api §3.14, §3.16, §3.17). */
@ApiTags('deployments')
@Controller()
export class DeploymentSearchController {
  constructor(
    private readonly conditions: SearchConditions,
    private readonly deployments: DeploymentsService,
    private readonly workflows: FoundWorkflows,
    private readonly summaries: Summaries,
  ) {}

  @Post('searches/deployments')
  @HttpCode(200)
  @Allow('deployment_list', { tenant: 'required', allTenants: 'deployment_list', anyTenant: true })
  @Reads('json')
  @Lists(DEPLOYMENT_LIST)
  @ApiOperation({ summary: 'List deployments that pass filter rules or constraints' })
  @ApiQuery({ name: '_filter_id', type: String, required: false, description: 'A stored filter' })
  @ApiOkResponse({ type: DeploymentListModel })
  async search(
    @ListCtx() ctx: ReachCtx,
    @CurrentListing() listing: Listing,
    @Query() query: QueryValues,
    @Body() input: Search,
  ): Promise<ListPage | JsonStream> {
    return this.deployments.list(ctx, listing, query, await this.conditions.of(ctx, query, input));
  }

  @Get('workflows')
  @HttpCode(200)
  @Allow('deployment_list', { tenant: 'required', allTenants: 'deployment_list' })
  @Lists(DEPLOYMENT_LIST)
  @ApiOperation({ summary: 'List the workflows of deployments, each name once' })
  @ApiQuery({ name: '_filter_id', type: String, required: false, description: 'A stored filter' })
  @ApiOkResponse({ type: FoundWorkflowListModel })
  async listWorkflows(
    @ListCtx() ctx: ReachCtx,
    @CurrentListing() listing: Listing,
    @Query() query: QueryValues,
  ): Promise<SummaryPage> {
    return this.workflows.page(ctx, listing, query, await this.conditions.ofQuery(ctx, query));
  }

  @Post('searches/workflows')
  @HttpCode(200)
  @Allow('deployment_list', { tenant: 'required', allTenants: 'deployment_list', anyTenant: true })
  @Reads('json')
  @Lists(DEPLOYMENT_LIST)
  @ApiOperation({ summary: 'List the workflows of deployments that pass filter rules or constraints' })
  @ApiQuery({ name: '_filter_id', type: String, required: false, description: 'A stored filter' })
  @ApiQuery({ name: '_common_only', type: Boolean, required: false, description: 'Those that all of them have' })
  @ApiOkResponse({ type: FoundWorkflowListModel })
  async searchWorkflows(
    @ListCtx() ctx: ReachCtx,
    @CurrentListing() listing: Listing,
    @Query() query: QueryValues,
    @Body() input: Search,
  ): Promise<SummaryPage> {
    return this.workflows.page(ctx, listing, query, await this.conditions.of(ctx, query, input));
  }

  @Get('summary/deployments')
  @HttpCode(200)
  @Allow('deployment_list', { tenant: 'required', allTenants: 'deployment_list', anyTenant: true })
  @Lists(DEPLOYMENT_LIST)
  @ApiOperation({ summary: 'Count deployments by a field' })
  @ApiQuery({ name: '_target_field', enum: SUMMARIZED })
  @ApiQuery({ name: '_sub_field', enum: SUMMARIZED, required: false })
  @ApiOkResponse({ type: SummaryModel })
  async summary(
    @ListCtx() ctx: ReachCtx,
    @CurrentListing() listing: Listing,
    @Query() query: QueryValues,
  ): Promise<SummaryPage> {
    const request = parseSummary(query, SUMMARIZED);
    return this.summaries.page(ctx, DEPLOYMENT_LIST, listing, request, {
      type: 'deployments',
      extra: (await this.conditions.ofQuery(ctx, query)) ?? [],
    });
  }
}
