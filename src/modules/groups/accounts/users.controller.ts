import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query, Res, UseGuards } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Listing } from '../../../core/listing/listing.js';
import { looseBoolean, type QueryValues } from '../../../core/listing/query-values.js';
import { Allow, CurrentAccess, CurrentCtx } from '../../../platform/access/decorators.js';
import { requirePermission } from '../../../platform/access/require-permission.js';
import type { RequestAccess } from '../../../platform/access/request-access.js';
import { Audited } from '../../../platform/audit/audited.decorator.js';
import type { Ctx } from '../../../platform/context/ctx.js';
import { Reads } from '../../../platform/http/body.decorator.js';
import type { JsonStream } from '../../../platform/http/json-stream.js';
import type { Item, ListPage } from '../../../platform/listing/list-queries.js';
import { CurrentListing, Lists, Shows } from '../../../platform/listing/listing.decorator.js';
import { CredentialsService } from '../../users/credentials.service.js';
import { UsersService } from '../../users/users.service.js';
import { assertMayChangePassword, changeOf } from './account-change.js';
import { OwnAccountGuard } from './own-account.guard.js';
import { CreateUser, SetActive, toNewUser, UpdateUser, UserModel, UserPageModel } from './user.dto.js';
import { USER_LIST, type UserViewOptions } from './user-list.source.js';
import { UserViewsService } from './user-views.service.js';
import type { UserView } from './user.view.js';

@ApiTags('users')
@Controller()
export class UsersController {
  constructor(
    private readonly users: UsersService,
    private readonly credentials: CredentialsService,
    private readonly views: UserViewsService,
  ) {}

  @Get('user')
  @HttpCode(200)
  @Allow('user_get_self', { tenant: 'optional' })
  @Shows(USER_LIST)
  @ApiOperation({ summary: 'Show yourself' })
  @ApiOkResponse({ type: UserModel })
  self(
    @CurrentAccess() access: RequestAccess,
    @Query() query: QueryValues,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<UserView | Item> {
    return this.views.self(access, viewOptions(query, reply));
  }

  @Get('users')
  @HttpCode(200)
  @Allow('user_list', { tenant: 'optional' })
  @Lists(USER_LIST)
  @ApiOperation({ summary: 'List users' })
  @ApiOkResponse({ type: UserPageModel })
  list(
    @CurrentCtx() ctx: Ctx,
    @CurrentListing() listing: Listing,
    @Query() query: QueryValues,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ListPage | JsonStream> {
    return this.views.list(ctx, listing, viewOptions(query, reply).includeHash);
  }

  @Put('users')
  @HttpCode(201)
  @Allow('user_create', { tenant: 'optional' })
  @Audited('user.create')
  @Reads('json')
  @Shows(USER_LIST)
  @ApiOperation({ summary: 'Create a user' })
  @ApiCreatedResponse({ type: UserModel })
  async create(@CurrentCtx() ctx: Ctx, @Query() query: QueryValues, @Body() input: CreateUser): Promise<Item> {
    const options = withoutHash(query);
    const id = await this.users.create(ctx, toNewUser(input));
    return this.views.byId(ctx, id, options);
  }

  @Get('users/:username')
  @HttpCode(200)
  @Allow('user_get', { tenant: 'optional' })
  @Shows(USER_LIST)
  @ApiOperation({ summary: 'Show a user' })
  @ApiOkResponse({ type: UserModel })
  get(
    @CurrentCtx() ctx: Ctx,
    @Param('username') username: string,
    @Query() query: QueryValues,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Item> {
    return this.views.byName(ctx, username, viewOptions(query, reply));
  }

  @Post('users/:username')
  @HttpCode(200)
  @Allow('authenticated', { tenant: 'optional' })
  @UseGuards(OwnAccountGuard)
  @Audited('user.update')
  @Reads('json')
  @Shows(USER_LIST)
  @ApiOperation({ summary: 'Change a password, a role, or whether the getting-started page is shown' })
  @ApiOkResponse({ type: UserModel })
  async update(
    @CurrentCtx() ctx: Ctx,
    @Param('username') username: string,
    @Query() query: QueryValues,
    @Body() input: UpdateUser,
  ): Promise<Item> {
    const options = withoutHash(query);
    const change = changeOf(input);
    switch (change.kind) {
      case 'password':
        assertMayChangePassword(ctx, username);
        await this.credentials.changePassword(ctx, username, change);
        break;
      case 'role':
        requirePermission(ctx, 'user_update');
        await this.users.changeRole(ctx, username, change.role);
        break;
      case 'show_getting_started':
        requirePermission(ctx, 'user_update');
        await this.users.changeShowGettingStarted(ctx, username, change.show);
    }
    return this.views.byName(ctx, username, options);
  }

  @Delete('users/:username')
  @HttpCode(204)
  @Allow('user_delete', { tenant: 'optional' })
  @Audited('user.delete')
  @ApiOperation({ summary: 'Delete a user' })
  @ApiNoContentResponse()
  delete(@CurrentCtx() ctx: Ctx, @Param('username') username: string): Promise<void> {
    return this.users.delete(ctx, username);
  }

  @Post('users/active/:username')
  @HttpCode(200)
  @Allow('user_set_activated', { tenant: 'optional' })
  @Audited('user.set_active')
  @Reads('json')
  @Shows(USER_LIST)
  @ApiOperation({ summary: 'Switch an account on or off' })
  @ApiOkResponse({ type: UserModel })
  async setActive(
    @CurrentCtx() ctx: Ctx,
    @Param('username') username: string,
    @Query() query: QueryValues,
    @Body() input: SetActive,
  ): Promise<Item> {
    const options = withoutHash(query);
    await this.users.setActive(ctx, username, input.action === 'activate');
    return this.views.byName(ctx, username, options);
  }

  @Post('users/unlock/:username')
  @HttpCode(200)
  @Allow('user_unlock', { tenant: 'optional' })
  @Audited('user.unlock')
  @Shows(USER_LIST)
  @ApiOperation({ summary: 'Forget the failed logins that lock an account' })
  @ApiOkResponse({ type: UserModel })
  async unlock(
    @CurrentCtx() ctx: Ctx,
    @Param('username') username: string,
    @Query() query: QueryValues,
  ): Promise<Item> {
    const options = withoutHash(query);
    await this.credentials.unlock(ctx, username);
    return this.views.byName(ctx, username, options);
  }
}

function viewOptions(query: QueryValues, reply: FastifyReply): UserViewOptions {
  const options = {
    getData: looseBoolean(query, '_get_data'),
    includeHash: looseBoolean(query, '_include_hash'),
  };
  if (options.includeHash) reply.header('cache-control', 'no-store');
  return options;
}

function withoutHash(query: QueryValues): UserViewOptions {
  return { getData: looseBoolean(query, '_get_data'), includeHash: false };
}
