import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Listing } from '../../../core/listing/listing.js';
import { looseBoolean, type QueryValues } from '../../../core/listing/query-values.js';
import { Allow, CurrentCtx } from '../../../platform/access/decorators.js';
import { Audited } from '../../../platform/audit/audited.decorator.js';
import type { Ctx } from '../../../platform/context/ctx.js';
import { Reads } from '../../../platform/http/body.decorator.js';
import type { JsonStream } from '../../../platform/http/json-stream.js';
import type { Item, ListPage } from '../../../platform/listing/list-queries.js';
import { CurrentListing, Lists, Shows } from '../../../platform/listing/listing.decorator.js';
import { GROUP_LIST } from './group-list.source.js';
import { GroupViewsService } from './group-views.service.js';
import { CreateGroup, GroupModel, GroupPageModel, GroupUser, UpdateGroup } from './group.dto.js';
import { GroupsService } from './groups.service.js';

@ApiTags('user-groups')
@Controller('user-groups')
export class UserGroupsController {
  constructor(
    private readonly groups: GroupsService,
    private readonly views: GroupViewsService,
  ) {}

  @Get()
  @HttpCode(200)
  @Allow('user_group_list', { tenant: 'optional' })
  @Lists(GROUP_LIST)
  @ApiOperation({ summary: 'List user groups' })
  @ApiOkResponse({ type: GroupPageModel })
  list(@CurrentCtx() ctx: Ctx, @CurrentListing() listing: Listing): Promise<ListPage | JsonStream> {
    return this.views.list(ctx, listing);
  }

  @Post()
  @HttpCode(201)
  @Allow('user_group_create', { tenant: 'optional' })
  @Audited('group.create')
  @Reads('json')
  @Shows(GROUP_LIST)
  @ApiOperation({ summary: 'Create a user group' })
  @ApiCreatedResponse({ type: GroupModel })
  async create(@CurrentCtx() ctx: Ctx, @Query() query: QueryValues, @Body() input: CreateGroup): Promise<Item> {
    const getData = looseBoolean(query, '_get_data');
    await this.groups.create(ctx, {
      name: input.group_name,
      directoryName: input.ldap_group_dn ?? null,
      role: input.role ?? null,
    });
    return this.views.byName(ctx, input.group_name, getData);
  }

  @Get(':group_name')
  @HttpCode(200)
  @Allow('user_group_get', { tenant: 'optional' })
  @Shows(GROUP_LIST)
  @ApiOperation({ summary: 'Show a user group' })
  @ApiOkResponse({ type: GroupModel })
  get(@CurrentCtx() ctx: Ctx, @Param('group_name') name: string, @Query() query: QueryValues): Promise<Item> {
    return this.views.byName(ctx, name, looseBoolean(query, '_get_data'));
  }

  @Post(':group_name')
  @HttpCode(200)
  @Allow('user_group_update', { tenant: 'optional' })
  @Audited('group.update')
  @Reads('json')
  @Shows(GROUP_LIST)
  @ApiOperation({ summary: "Change a user group's system role" })
  @ApiOkResponse({ type: GroupModel })
  async update(
    @CurrentCtx() ctx: Ctx,
    @Param('group_name') name: string,
    @Query() query: QueryValues,
    @Body() input: UpdateGroup,
  ): Promise<Item> {
    const getData = looseBoolean(query, '_get_data');
    await this.groups.changeRole(ctx, name, input.role);
    return this.views.byName(ctx, name, getData);
  }

  @Delete(':group_name')
  @HttpCode(204)
  @Allow('user_group_delete', { tenant: 'optional' })
  @Audited('group.delete')
  @ApiOperation({ summary: 'Delete a user group; its members stay' })
  @ApiNoContentResponse()
  delete(@CurrentCtx() ctx: Ctx, @Param('group_name') name: string): Promise<void> {
    return this.groups.delete(ctx, name);
  }

  @Put('users')
  @HttpCode(200)
  @Allow('user_group_add_user', { tenant: 'optional' })
  @Audited('group.add_user')
  @Reads('json')
  @Shows(GROUP_LIST)
  @ApiOperation({ summary: 'Add a user to a user group' })
  @ApiOkResponse({ type: GroupModel })
  async addUser(@CurrentCtx() ctx: Ctx, @Query() query: QueryValues, @Body() input: GroupUser): Promise<Item> {
    const getData = looseBoolean(query, '_get_data');
    await this.groups.addUser(ctx, { username: input.username, groupName: input.group_name });
    return this.views.byName(ctx, input.group_name, getData);
  }

  @Delete('users')
  @HttpCode(204)
  @Allow('user_group_remove_user', { tenant: 'optional' })
  @Audited('group.remove_user')
  @Reads('json')
  @ApiOperation({ summary: 'Remove a user from a user group' })
  @ApiNoContentResponse()
  removeUser(@CurrentCtx() ctx: Ctx, @Body() input: GroupUser): Promise<void> {
    return this.groups.removeUser(ctx, { username: input.username, groupName: input.group_name });
  }
}
