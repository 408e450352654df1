import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import { ApiBody, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Listing } from '../../../core/listing/listing.js';
import { Allow, CurrentTenantCtx, ListCtx } from '../../../platform/access/decorators.js';
import { Audited } from '../../../platform/audit/audited.decorator.js';
import type { ReachCtx, TenantCtx } from '../../../platform/context/ctx.js';
import { Reads } from '../../../platform/http/body.decorator.js';
import type { JsonStream } from '../../../platform/http/json-stream.js';
import { CurrentListing, Lists, Shows } from '../../../platform/listing/listing.decorator.js';
import type { Item, ListPage } from '../../../platform/listing/list-queries.js';
import { SITE_LIST } from './site-list.js';
import { PutSite, SiteListModel, SiteModel, UpdateSite } from './site.dto.js';
import { SitesService } from './sites.service.js';

/** Where deployments are (rest-api §3.14). */
@ApiTags('sites')
@Controller('sites')
export class SitesController {
  constructor(private readonly sites: SitesService) {}

  @Get()
  @HttpCode(200)
  @Allow('site_list', { tenant: 'required', allTenants: 'site_list' })
  @Lists(SITE_LIST)
  @ApiOperation({ summary: 'List sites' })
  @ApiOkResponse({ type: SiteListModel })
  list(@ListCtx() ctx: ReachCtx, @CurrentListing() listing: Listing): Promise<ListPage | JsonStream> {
    return this.sites.list(ctx, listing);
  }

  @Get(':name')
  @HttpCode(200)
  @Allow('site_get', { tenant: 'required' })
  @Shows(SITE_LIST)
  @ApiOperation({ summary: 'Show a site' })
  @ApiOkResponse({ type: SiteModel })
  get(@CurrentTenantCtx() ctx: TenantCtx, @Param('name') name: string): Promise<Item> {
    return this.sites.get(ctx, name);
  }

  @Put(':name')
  @HttpCode(200)
  @Allow('site_create', { tenant: 'required' })
  @Reads('json')
  @Shows(SITE_LIST)
  @Audited('site.create')
  @ApiOperation({ summary: 'Create a site' })
  @ApiBody({ type: PutSite })
  @ApiOkResponse({ type: SiteModel })
  create(@CurrentTenantCtx() ctx: TenantCtx, @Param('name') name: string, @Body() input: PutSite): Promise<Item> {
    return this.sites.create(ctx, name, input);
  }

  @Post(':name')
  @HttpCode(200)
  @Allow('site_update', { tenant: 'required' })
  @Reads('json')
  @Shows(SITE_LIST)
  @Audited('site.update')
  @ApiOperation({ summary: 'Change a site' })
  @ApiBody({ type: UpdateSite })
  @ApiOkResponse({ type: SiteModel })
  update(@CurrentTenantCtx() ctx: TenantCtx, @Param('name') name: string, @Body() input: UpdateSite): Promise<Item> {
    return this.sites.update(ctx, name, input);
  }

  @Delete(':name')
  @HttpCode(204)
  @Allow('site_delete', { tenant: 'required' })
  @Audited('site.delete')
  @ApiOperation({ summary: 'Delete a site; deployments there are nowhere then' })
  @ApiNoContentResponse()
  delete(@CurrentTenantCtx() ctx: TenantCtx, @Param('name') name: string): Promise<void> {
    return this.sites.delete(ctx, name);
  }
}
