import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Put, Query, Res } from '@nestjs/common';
import { ApiBody, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { parseInclude, type Listing } from '../../core/listing/listing.js';
import { looseBoolean, type QueryValues } from '../../core/listing/query-values.js';
import { Allow, CurrentTenantCtx, ListCtx } from '../../platform/access/decorators.js';
import { Audited } from '../../platform/audit/audited.decorator.js';
import type { ReachCtx, TenantCtx } from '../../platform/context/ctx.js';
import { Reads } from '../../platform/http/body.decorator.js';
import type { JsonStream } from '../../platform/http/json-stream.js';
import { CurrentListing, Lists, Shows } from '../../platform/listing/listing.decorator.js';
import type { ListPage } from '../../platform/listing/list-queries.js';
import { PutSecret, SecretItemModel, SecretModel, SetSecretVisibility, UpdateSecret } from './secret.dto.js';
import { SECRET_LIST, SECRET_SHOWN } from './secret-list.source.js';
import type { SecretView } from './secret.view.js';
import { SecretChangesService } from './secret-changes.service.js';
import { SecretsService } from './secrets.service.js';

/** Secrets (rest-api §2.6). */
@ApiTags('secrets')
@Controller('secrets')
export class SecretsController {
  constructor(
    private readonly secrets: SecretsService,
    private readonly changes: SecretChangesService,
  ) {}

  @Get()
  @HttpCode(200)
  @Allow('secret_list', { tenant: 'required', allTenants: 'secret_list' })
  @Lists(SECRET_LIST)
  @ApiOperation({ summary: 'List secrets, without their values' })
  @ApiOkResponse({ type: SecretItemModel, isArray: true })
  list(@ListCtx() ctx: ReachCtx, @CurrentListing() listing: Listing): Promise<ListPage | JsonStream> {
    return this.secrets.list(ctx, listing);
  }

  @Get(':key')
  @HttpCode(200)
  @Allow('secret_get', { tenant: 'required' })
  @Shows(SECRET_SHOWN)
  @ApiOperation({ summary: 'Show a secret with its value; `""` where it is hidden from the caller' })
  @ApiQuery({ name: '_skip_value', type: Boolean, required: false })
  @ApiOkResponse({ type: SecretModel })
  get(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Param('key') key: string,
    @Query() query: QueryValues,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SecretView> {
    reply.header('cache-control', 'no-store');
    // What `_include` leaves out is not opened: the audit log says "read" of values that left, and of no others.
    const isShown = parseInclude(SECRET_SHOWN.fields, query)?.includes('value') ?? true;
    return this.secrets.get(ctx, key, { value: isShown && !looseBoolean(query, '_skip_value') });
  }

  @Put(':key')
  @HttpCode(200)
  @Allow('secret_create', { tenant: 'required' })
  @Audited('secret.create')
  @Reads('json')
  @Shows(SECRET_SHOWN)
  @ApiOperation({ summary: 'Create a secret; with `update_if_exists` also replace the value of an existing one' })
  @ApiOkResponse({ type: SecretModel, description: 'The secret; its value is `""` here' })
  put(@CurrentTenantCtx() ctx: TenantCtx, @Param('key') key: string, @Body() input: PutSecret): Promise<SecretView> {
    return this.changes.put(ctx, key, input);
  }

  @Patch(':key')
  @HttpCode(200)
  @Allow('secret_update', { tenant: 'required' })
  @Audited('secret.update')
  @Reads('json')
  @Shows(SECRET_SHOWN)
  @ApiOperation({ summary: 'Change a secret' })
  @ApiBody({ type: UpdateSecret })
  @ApiOkResponse({ type: SecretModel, description: 'The secret; its value is `""` here' })
  update(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Param('key') key: string,
    @Body() input: UpdateSecret,
    @Body() sent: Record<string, unknown>,
  ): Promise<SecretView> {
    return this.changes.update(ctx, key, input, Object.keys(sent).length === 0);
  }

  @Delete(':key')
  @HttpCode(204)
  @Allow('secret_delete', { tenant: 'required' })
  @Audited('secret.delete')
  @ApiOperation({ summary: 'Delete a secret' })
  @ApiNoContentResponse()
  delete(@CurrentTenantCtx() ctx: TenantCtx, @Param('key') key: string): Promise<void> {
    return this.changes.delete(ctx, key);
  }

  @Patch(':key/set-visibility')
  @HttpCode(200)
  @Allow('secret_update', { tenant: 'required' })
  @Audited('secret.update')
  @Reads('json')
  @Shows(SECRET_SHOWN)
  @ApiOperation({ summary: 'Widen the visibility of a secret' })
  @ApiOkResponse({ type: SecretModel, description: 'The secret; its value is `""` here' })
  setVisibility(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Param('key') key: string,
    @Body() input: SetSecretVisibility,
  ): Promise<SecretView> {
    return this.changes.setVisibility(ctx, key, input.visibility);
  }
}
