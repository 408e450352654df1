import { Body, Controller, Get, HttpCode, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { flag, type QueryValues } from '../../core/listing/query-values.js';
import { Allow, CurrentCtx } from '../../platform/access/decorators.js';
import { Audited } from '../../platform/audit/audited.decorator.js';
import type { Ctx } from '../../platform/context/ctx.js';
import { Reads } from '../../platform/http/body.decorator.js';
import { Shows } from '../../platform/listing/listing.decorator.js';
import { DoneView, PROVIDER_CONTEXT_FIELDS, ProviderContextView, PutProviderContext } from './provider-context.dto.js';
import { ProviderContextService } from './provider-context.service.js';

@ApiTags('cluster')
@Controller('provider/context')
export class ProviderContextController {
  constructor(private readonly contexts: ProviderContextService) {}

  @Get()
  @HttpCode(200)
  @Allow('provider_context_get', { tenant: 'optional' })
  @Shows({ resource: 'ProviderContext', fields: PROVIDER_CONTEXT_FIELDS })
  @ApiOperation({ summary: 'Show the provider context' })
  @ApiOkResponse({ type: ProviderContextView })
  get(@CurrentCtx() ctx: Ctx): Promise<ProviderContextView> {
    return this.contexts.get(ctx);
  }

  @Post()
  @HttpCode(201)
  @Allow('provider_context_create', { tenant: 'optional' })
  @Audited('provider_context.create')
  @Reads('json')
  @ApiOperation({ summary: 'Create the provider context, or with `update=true` replace it' })
  @ApiQuery({ name: 'update', required: false, type: Boolean })
  @ApiCreatedResponse({ type: DoneView })
  @ApiOkResponse({ type: DoneView, description: 'Replaced' })
  async create(
    @CurrentCtx() ctx: Ctx,
    @Query() query: QueryValues,
    @Body() input: PutProviderContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DoneView> {
    if (flag(query, 'update')) {
      await this.contexts.replace(ctx, input);
      reply.code(200);
    } else {
      await this.contexts.create(ctx, input);
    }
    return { status: 'ok' };
  }
}
