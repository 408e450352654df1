import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res, UseGuards } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Listing } from '../../../core/listing/listing.js';
import { looseBoolean, type QueryValues } from '../../../core/listing/query-values.js';
import { Allow, CurrentAccess, CurrentCtx, CurrentTenantCtx } from '../../../platform/access/decorators.js';
import type { RequestAccess } from '../../../platform/access/request-access.js';
import { Audited } from '../../../platform/audit/audited.decorator.js';
import type { Ctx, TenantCtx } from '../../../platform/context/ctx.js';
import { Reads } from '../../../platform/http/body.decorator.js';
import type { JsonStream } from '../../../platform/http/json-stream.js';
import type { Item, ListPage } from '../../../platform/listing/list-queries.js';
import { CurrentListing, Lists, Shows } from '../../../platform/listing/listing.decorator.js';
import { TenantsService } from '../../tenants/tenants.service.js';
import { TenantDetailsGuard } from './tenant-details.guard.js';
import { TENANT_LIST } from './tenant-list.source.js';
import { namesCredentials, TenantViewsService } from './tenant-views.service.js';
import { CreateTenant, TenantModel, TenantPageModel } from './tenant.dto.js';

@ApiTags('tenants')
@Controller('tenants')
export class TenantsController {
  constructor(
    private readonly tenants: TenantsService,
    private readonly views: TenantViewsService,
  ) {}

  @Get()
  @HttpCode(200)
  @Allow('tenant_list', { tenant: 'optional' })
  @UseGuards(TenantDetailsGuard)
  @Lists(TENANT_LIST)
  @ApiOperation({ summary: 'List your tenants; all of them with all_tenants' })
  @ApiOkResponse({ type: TenantPageModel })
  list(
    @CurrentAccess() access: RequestAccess,
    @CurrentListing() listing: Listing,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ListPage | JsonStream> {
    if (namesCredentials(listing)) reply.header('cache-control', 'no-store');
    return this.views.list(access, listing);
  }

  @Post(':tenant_name')
  @HttpCode(201)
  @Allow('tenant_create', { tenant: 'optional' })
  @Audited('tenant.create')
  @Reads('optional-json')
  @Shows(TENANT_LIST)
  @ApiOperation({ summary: 'Create a tenant' })
  @ApiCreatedResponse({ type: TenantModel })
  async create(
    @CurrentCtx() ctx: Ctx,
    @Param('tenant_name') name: string,
    @Query() query: QueryValues,
    @Body() input: CreateTenant,
  ): Promise<Item> {
    const getData = looseBoolean(query, '_get_data');
    const id = await this.tenants.create(ctx, name, input.rabbitmq_password ?? null);
    return this.views.afterChange(ctx, id, getData);
  }

  @Get(':tenant_name')
  @HttpCode(200)
  @Allow('tenant_get', { tenant: 'path' })
  @Shows(TENANT_LIST)
  @ApiOperation({ summary: 'Show a tenant' })
  @ApiOkResponse({ type: TenantModel })
  get(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Query() query: QueryValues,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Item> {
    reply.header('cache-control', 'no-store');
    const tenant = { id: ctx.tenantId, name: ctx.tenantName };
    return this.views.ofPath(ctx, tenant, looseBoolean(query, '_get_data'));
  }

  @Delete(':tenant_name')
  @HttpCode(204)
  @Allow('tenant_delete', { tenant: 'optional' })
  @Audited('tenant.delete')
  @ApiOperation({ summary: 'Delete a tenant that has no resources' })
  @ApiNoContentResponse()
  delete(@CurrentCtx() ctx: Ctx, @Param('tenant_name') name: string): Promise<void> {
    return this.tenants.delete(ctx, name);
  }
}
