import { Body, Controller, Delete, HttpCode, Patch, Put, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { looseBoolean, type QueryValues } from '../../../core/listing/query-values.js';
import { Allow, CurrentTenantCtx } from '../../../platform/access/decorators.js';
import { Audited } from '../../../platform/audit/audited.decorator.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { Reads } from '../../../platform/http/body.decorator.js';
import type { Item } from '../../../platform/listing/list-queries.js';
import { Shows } from '../../../platform/listing/listing.decorator.js';
import { MembershipsService, type TenantPlace } from './memberships.service.js';
import { TENANT_LIST } from './tenant-list.source.js';
import { TenantViewsService } from './tenant-views.service.js';
import { RemovedTenantGroup, RemovedTenantUser, TenantGroup, TenantModel, TenantUser } from './tenant.dto.js';

/** Associations of users and groups with the tenant that the body names. */
@ApiTags('tenants')
@Controller('tenants')
export class TenantMembersController {
  constructor(
    private readonly memberships: MembershipsService,
    private readonly views: TenantViewsService,
  ) {}

  @Put('users')
  @HttpCode(200)
  @Allow('tenant_add_user', { tenant: 'body' })
  @Audited('tenant.add_user')
  @Reads('json')
  @Shows(TENANT_LIST)
  @ApiOperation({ summary: 'Add a user to a tenant' })
  @ApiOkResponse({ type: TenantModel })
  async addUser(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Query() query: QueryValues,
    @Body() input: TenantUser,
  ): Promise<Item> {
    const getData = looseBoolean(query, '_get_data');
    await this.memberships.add(ctx, placeOf(ctx), { user: input.username }, input.role);
    return this.views.afterChange(ctx, ctx.tenantId, getData);
  }

  @Patch('users')
  @HttpCode(200)
  @Allow('tenant_update_user', { tenant: 'body' })
  @Audited('tenant.update_user')
  @Reads('json')
  @Shows(TENANT_LIST)
  @ApiOperation({ summary: "Change a user's role in a tenant" })
  @ApiOkResponse({ type: TenantModel })
  async updateUser(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Query() query: QueryValues,
    @Body() input: TenantUser,
  ): Promise<Item> {
    const getData = looseBoolean(query, '_get_data');
    await this.memberships.changeRole(ctx, placeOf(ctx), { user: input.username }, input.role);
    return this.views.afterChange(ctx, ctx.tenantId, getData);
  }

  @Delete('users')
  @HttpCode(204)
  @Allow('tenant_remove_user', { tenant: 'body' })
  @Audited('tenant.remove_user')
  @Reads('json')
  @ApiOperation({ summary: 'Remove a user from a tenant; what groups give stays' })
  @ApiNoContentResponse()
  removeUser(@CurrentTenantCtx() ctx: TenantCtx, @Body() input: RemovedTenantUser): Promise<void> {
    return this.memberships.remove(ctx, placeOf(ctx), { user: input.username });
  }

  @Put('user-groups')
  @HttpCode(200)
  @Allow('tenant_add_group', { tenant: 'body' })
  @Audited('tenant.add_group')
  @Reads('json')
  @Shows(TENANT_LIST)
  @ApiOperation({ summary: 'Add a user group to a tenant' })
  @ApiOkResponse({ type: TenantModel })
  async addGroup(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Query() query: QueryValues,
    @Body() input: TenantGroup,
  ): Promise<Item> {
    const getData = looseBoolean(query, '_get_data');
    await this.memberships.add(ctx, placeOf(ctx), { group: input.group_name }, input.role);
    return this.views.afterChange(ctx, ctx.tenantId, getData);
  }

  @Patch('user-groups')
  @HttpCode(200)
  @Allow('tenant_update_group', { tenant: 'body' })
  @Audited('tenant.update_group')
  @Reads('json')
  @Shows(TENANT_LIST)
  @ApiOperation({ summary: "Change a user group's role in a tenant" })
  @ApiOkResponse({ type: TenantModel })
  async updateGroup(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Query() query: QueryValues,
    @Body() input: TenantGroup,
  ): Promise<Item> {
    const getData = looseBoolean(query, '_get_data');
    await this.memberships.changeRole(ctx, placeOf(ctx), { group: input.group_name }, input.role);
    return this.views.afterChange(ctx, ctx.tenantId, getData);
  }

  @Delete('user-groups')
  @HttpCode(204)
  @Allow('tenant_remove_group', { tenant: 'body' })
  @Audited('tenant.remove_group')
  @Reads('json')
  @ApiOperation({ summary: 'Remove a user group from a tenant' })
  @ApiNoContentResponse()
  removeGroup(@CurrentTenantCtx() ctx: TenantCtx, @Body() input: RemovedTenantGroup): Promise<void> {
    return this.memberships.remove(ctx, placeOf(ctx), { group: input.group_name });
  }
}

function placeOf(ctx: TenantCtx): TenantPlace {
  return { id: ctx.tenantId, name: ctx.tenantName };
}
