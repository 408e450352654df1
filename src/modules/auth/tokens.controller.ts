import { Body, Controller, Delete, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Listing } from '../../core/listing/listing.js';
import { Allow, CurrentCtx } from '../../platform/access/decorators.js';
import { Audited } from '../../platform/audit/audited.decorator.js';
import type { Ctx } from '../../platform/context/ctx.js';
import { Reads } from '../../platform/http/body.decorator.js';
import type { JsonStream } from '../../platform/http/json-stream.js';
import { CurrentListing, Lists } from '../../platform/listing/listing.decorator.js';
import type { ListPage } from '../../platform/listing/list-queries.js';
import { CreateToken, TokenView } from './token.dto.js';
import { TOKEN_LIST } from './tokens.repository.js';
import { TokensService } from './tokens.service.js';

@ApiTags('tokens')
@Controller('tokens')
export class TokensController {
  constructor(private readonly tokens: TokensService) {}

  @Get()
  @HttpCode(200)
  @Allow('token_get', { tenant: 'optional' })
  @Lists(TOKEN_LIST)
  @ApiOperation({ summary: 'List your tokens; all of them with manage_others_tokens' })
  list(@CurrentCtx() ctx: Ctx, @CurrentListing() listing: Listing): Promise<ListPage | JsonStream> {
    return this.tokens.list(ctx, listing);
  }

  @Post()
  @HttpCode(200)
  @Allow('create_token', { tenant: 'optional' })
  @Audited('token.create')
  @Reads('optional-json')
  @ApiOperation({ summary: 'Make a token; its value is shown this once' })
  @ApiOkResponse({ type: TokenView })
  create(
    @CurrentCtx() ctx: Ctx,
    @Body() input: CreateToken,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TokenView> {
    reply.header('cache-control', 'no-store');
    return this.tokens.create(ctx, input);
  }

  @Get(':id')
  @HttpCode(200)
  @Allow('list_token', { tenant: 'optional' })
  @ApiOperation({ summary: 'Show a token, without its secret' })
  @ApiOkResponse({ type: TokenView })
  get(@CurrentCtx() ctx: Ctx, @Param('id') id: string): Promise<TokenView> {
    return this.tokens.get(ctx, id);
  }

  @Delete(':id')
  @HttpCode(204)
  @Allow('delete_token', { tenant: 'optional' })
  @Audited('token.delete')
  @ApiOperation({ summary: 'End a token' })
  @ApiNoContentResponse()
  delete(@CurrentCtx() ctx: Ctx, @Param('id') id: string): Promise<void> {
    return this.tokens.delete(ctx, id);
  }
}
