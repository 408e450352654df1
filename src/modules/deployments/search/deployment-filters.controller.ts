import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Put } from '@nestjs/common';
import { ApiBody, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Listing } from '../../../core/listing/listing.js';
import { Allow, CurrentTenantCtx, ListCtx } from '../../../platform/access/decorators.js';
import { Audited } from '../../../platform/audit/audited.decorator.js';
import type { ReachCtx, TenantCtx } from '../../../platform/context/ctx.js';
import { FilterListModel, FilterModel, PutFilter, UpdateFilter } from '../../../platform/filters/filter.dto.js';
import { Reads } from '../../../platform/http/body.decorator.js';
import type { JsonStream } from '../../../platform/http/json-stream.js';
import { CurrentListing, Lists, Shows } from '../../../platform/listing/listing.decorator.js';
import type { Item, ListPage } from '../../../platform/listing/list-queries.js';
import { DEPLOYMENT_FILTERS, DeploymentFilters } from './deployment-filters.js';

/** Stored filters of deployments (rest-api §3.15). */
@ApiTags('filters')
@Controller('filters/deployments')
export class DeploymentFiltersController {
  constructor(private readonly filters: DeploymentFilters) {}

  @Get()
  @HttpCode(200)
  @Allow('filter_list', { tenant: 'required', allTenants: 'filter_list' })
  @Lists(DEPLOYMENT_FILTERS.list)
  @ApiOperation({ summary: 'List filters of deployments' })
  @ApiOkResponse({ type: FilterListModel })
  list(@ListCtx() ctx: ReachCtx, @CurrentListing() listing: Listing): Promise<ListPage | JsonStream> {
    return this.filters.list(ctx, listing);
  }

  @Get(':id')
  @HttpCode(200)
  @Allow('filter_get', { tenant: 'required' })
  @Shows(DEPLOYMENT_FILTERS.list)
  @ApiOperation({ summary: 'Show a filter of deployments' })
  @ApiOkResponse({ type: FilterModel })
  get(@CurrentTenantCtx() ctx: TenantCtx, @Param('id') id: string): Promise<Item> {
    return this.filters.get(ctx, id);
  }

  @Put(':id')
  @HttpCode(200)
  @Allow('filter_create', { tenant: 'required' })
  @Reads('json')
  @Shows(DEPLOYMENT_FILTERS.list)
  @Audited('deployment_filter.create')
  @ApiOperation({ summary: 'Store a filter of deployments' })
  @ApiOkResponse({ type: FilterModel })
  create(@CurrentTenantCtx() ctx: TenantCtx, @Param('id') id: string, @Body() input: PutFilter): Promise<Item> {
    return this.filters.create(ctx, id, input);
  }

  @Patch(':id')
  @HttpCode(200)
  @Allow('filter_update', { tenant: 'required' })
  @Reads('json')
  @Shows(DEPLOYMENT_FILTERS.list)
  @Audited('deployment_filter.update')
  @ApiOperation({ summary: 'Change a filter; rules of a type that is sent replace the stored ones of that type' })
  @ApiBody({ type: UpdateFilter })
  @ApiOkResponse({ type: FilterModel })
  update(@CurrentTenantCtx() ctx: TenantCtx, @Param('id') id: string, @Body() input: UpdateFilter): Promise<Item> {
    return this.filters.update(ctx, id, input);
  }

  @Delete(':id')
  @HttpCode(204)
  @Allow('filter_delete', { tenant: 'required' })
  @Audited('deployment_filter.delete')
  @ApiOperation({ summary: 'Delete a filter of deployments' })
  @ApiNoContentResponse()
  delete(@CurrentTenantCtx() ctx: TenantCtx, @Param('id') id: string): Promise<void> {
    return this.filters.delete(ctx, id);
  }
}
