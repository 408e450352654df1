import { Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Listing } from '../../../core/listing/listing.js';
import { Allow, CurrentCtx } from '../../../platform/access/decorators.js';
import { Audited } from '../../../platform/audit/audited.decorator.js';
import type { Ctx } from '../../../platform/context/ctx.js';
import type { JsonStream } from '../../../platform/http/json-stream.js';
import { CurrentListing, Lists } from '../../../platform/listing/listing.decorator.js';
import type { ListPage } from '../../../platform/listing/list-queries.js';
import { PERMISSION_LIST } from './permission-list.source.js';
import { PermissionModel, PermissionPageModel } from './permission.dto.js';
import { PermissionsService, type Grant } from './permissions.service.js';

@ApiTags('permissions')
@Controller('permissions')
@Allow('system_administrator', { tenant: 'none' })
export class PermissionsController {
  constructor(private readonly permissions: PermissionsService) {}

  @Get()
  @HttpCode(200)
  @Lists(PERMISSION_LIST)
  @ApiOperation({ summary: 'List which role has which permission' })
  @ApiOkResponse({ type: PermissionPageModel })
  list(@CurrentCtx() ctx: Ctx, @CurrentListing() listing: Listing): Promise<ListPage | JsonStream> {
    return this.permissions.list(ctx, listing);
  }

  @Get(':role')
  @HttpCode(200)
  @Lists(PERMISSION_LIST)
  @ApiOperation({ summary: 'List the permissions of a role' })
  @ApiOkResponse({ type: PermissionPageModel })
  listOf(
    @CurrentCtx() ctx: Ctx,
    @Param('role') role: string,
    @CurrentListing() listing: Listing,
  ): Promise<ListPage | JsonStream> {
    return this.permissions.listOf(ctx, role, listing);
  }

  @Put(':role/:permission')
  @HttpCode(200)
  @Audited('permission.grant')
  @ApiOperation({ summary: 'Give a role a permission' })
  @ApiOkResponse({ type: PermissionModel })
  grant(@CurrentCtx() ctx: Ctx, @Param('role') role: string, @Param('permission') permission: string): Promise<Grant> {
    return this.permissions.grant(ctx, { role, permission });
  }

  @Delete(':role/:permission')
  @HttpCode(204)
  @Audited('permission.revoke')
  @ApiOperation({ summary: 'Take a permission from a role' })
  @ApiNoContentResponse()
  revoke(@CurrentCtx() ctx: Ctx, @Param('role') role: string, @Param('permission') permission: string): Promise<void> {
    return this.permissions.revoke(ctx, { role, permission });
  }
}
