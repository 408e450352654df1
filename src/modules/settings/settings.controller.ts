import { Body, Controller, Get, HttpCode, Param, Put, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { firstOf, type QueryValues } from '../../core/listing/query-values.js';
import { Allow, CurrentCtx } from '../../platform/access/decorators.js';
import { Audited } from '../../platform/audit/audited.decorator.js';
import type { Ctx } from '../../platform/context/ctx.js';
import { Reads } from '../../platform/http/body.decorator.js';
import { Shows } from '../../platform/listing/listing.decorator.js';
import { ConfigView, PutSetting, SETTING_FIELDS, SettingView } from './settings.dto.js';
import { SettingsService } from './settings.service.js';
import type { Shown } from './setting-reader.js';

const SETTING = { resource: 'Config', fields: SETTING_FIELDS };

@ApiTags('config')
@Controller('config')
export class SettingsController {
  constructor(private readonly settings: SettingsService) {}

  @Get()
  @HttpCode(200)
  @Allow('manager_config_get', { tenant: 'optional' })
  @ApiOperation({ summary: 'Show the configuration, roles and permissions' })
  @ApiQuery({
    name: 'scope',
    required: false,
    description: 'Entries of this scope; `authorization`: roles and permissions',
  })
  @ApiOkResponse({ type: ConfigView })
  async list(
    @CurrentCtx() ctx: Ctx,
    @Query() query: QueryValues,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ConfigView> {
    return answer(await this.settings.list(ctx, firstOf(query, 'scope') ?? ''), reply);
  }

  @Get(':name')
  @HttpCode(200)
  @Allow('manager_config_get', { tenant: 'optional' })
  @Shows(SETTING)
  @ApiOperation({ summary: 'Show an entry: `name`, or `scope.name` where several scopes have it' })
  @ApiOkResponse({ type: SettingView })
  async get(
    @CurrentCtx() ctx: Ctx,
    @Param('name') name: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SettingView> {
    return answer(await this.settings.get(ctx, name), reply);
  }

  @Put(':name')
  @HttpCode(200)
  @Allow('manager_config_put', { tenant: 'optional' })
  @Audited('config.update')
  @Reads('json')
  @Shows(SETTING)
  @ApiOperation({ summary: 'Set an entry' })
  @ApiOkResponse({ type: SettingView })
  async put(
    @CurrentCtx() ctx: Ctx,
    @Param('name') name: string,
    @Body() input: PutSetting,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SettingView> {
    return answer(await this.settings.put(ctx, name, input), reply);
  }
}

function answer<T>({ body, isSecret }: Shown<T>, reply: FastifyReply): T {
  if (isSecret) reply.header('cache-control', 'no-store');
  return body;
}
