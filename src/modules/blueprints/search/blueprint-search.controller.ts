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
import { parseSummary, type SummaryPage } from '../../../platform/listing/summaries.js';
import { BLUEPRINT_LIST } from '../blueprint-list.js';
import { BlueprintListModel, BlueprintSummaryModel } from '../blueprint.dto.js';
import { BlueprintSearchService } from './blueprint-search.service.js';

const SUMMARIZED = ['tenant_name', 'visibility'] as const;

/** Searches and counts of blueprints (rest-api §3.16, §3.17). */
@ApiTags('blueprints')
@Controller()
export class BlueprintSearchController {
  constructor(private readonly searches: BlueprintSearchService) {}

  @Post('searches/blueprints')
  @HttpCode(200)
  @Allow('blueprint_list', { tenant: 'required', allTenants: 'blueprint_list', anyTenant: true })
  @Reads('json')
  @Lists(BLUEPRINT_LIST)
  @ApiOperation({ summary: 'List blueprints that pass filter rules or constraints' })
  @ApiQuery({ name: '_filter_id', type: String, required: false, description: 'A stored filter' })
  @ApiOkResponse({ type: BlueprintListModel })
  search(
    @ListCtx() ctx: ReachCtx,
    @CurrentListing() listing: Listing,
    @Query() query: QueryValues,
    @Body() input: Search,
  ): Promise<ListPage | JsonStream> {
    return this.searches.search(ctx, listing, query, input);
  }

  @Get('summary/blueprints')
  @HttpCode(200)
  @Allow('blueprint_list', { tenant: 'required', allTenants: 'blueprint_list', anyTenant: true })
  @Lists(BLUEPRINT_LIST)
  @ApiOperation({ summary: 'Count blueprints by a field' })
  @ApiQuery({ name: '_target_field', enum: SUMMARIZED })
  @ApiQuery({ name: '_sub_field', enum: SUMMARIZED, required: false })
  @ApiOkResponse({ type: BlueprintSummaryModel })
  async summary(
    @ListCtx() ctx: ReachCtx,
    @CurrentListing() listing: Listing,
    @Query() query: QueryValues,
  ): Promise<SummaryPage> {
    return this.searches.summary(ctx, listing, parseSummary(query, SUMMARIZED));
  }
}
