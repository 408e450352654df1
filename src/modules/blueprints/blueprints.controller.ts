import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Put, Query, Req } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { NotFoundError } from '../../core/errors/app-error.js';
import type { Listing } from '../../core/listing/listing.js';
import { firstOf, flag, type QueryValues } from '../../core/listing/query-values.js';
import { assertName } from '../../core/text/names.js';
import { Allow, CurrentTenantCtx, ListCtx } from '../../platform/access/decorators.js';
import { Audited } from '../../platform/audit/audited.decorator.js';
import type { ReachCtx, TenantCtx } from '../../platform/context/ctx.js';
import { Reads } from '../../platform/http/body.decorator.js';
import type { FileDownload, JsonStream } from '../../platform/http/json-stream.js';
import { CurrentListing, Lists, Shows } from '../../platform/listing/listing.decorator.js';
import type { Item, ListPage } from '../../platform/listing/list-queries.js';
import { BlueprintEditsService } from './blueprint-edits.service.js';
import { BlueprintIconsService } from './blueprint-icons.service.js';
import { BLUEPRINT_LIST } from './blueprint-list.js';
import { readBlueprintUpdate } from './blueprint-update.js';
import { BlueprintUploadsService } from './blueprint-uploads.service.js';
import { BlueprintListModel, BlueprintModel, SetVisibility, UpdateBlueprintModel } from './blueprint.dto.js';
import { BlueprintsService } from './blueprints.service.js';
import { readVisibility } from './upload-parameters.js';

@ApiTags('blueprints')
@Controller('blueprints')
export class BlueprintsController {
  constructor(
    private readonly blueprints: BlueprintsService,
    private readonly uploads: BlueprintUploadsService,
    private readonly edits: BlueprintEditsService,
    private readonly icons: BlueprintIconsService,
  ) {}

  @Get()
  @HttpCode(200)
  @Allow('blueprint_list', { tenant: 'required', allTenants: 'blueprint_list', anyTenant: true })
  @Lists(BLUEPRINT_LIST)
  @ApiOperation({ summary: 'List blueprints' })
  @ApiQuery({ name: '_filter_id', type: String, required: false, description: 'A stored filter' })
  @ApiOkResponse({ type: BlueprintListModel })
  async list(
    @ListCtx() ctx: ReachCtx,
    @CurrentListing() listing: Listing,
    @Query() query: QueryValues,
  ): Promise<ListPage | JsonStream> {
    const filterId = firstOf(query, '_filter_id') ?? '';
    if (filterId !== '') throw new NotFoundError('BlueprintsFilter', filterId); // none can be stored yet
    return this.blueprints.list(ctx, listing);
  }

  @Get(':id')
  @HttpCode(200)
  @Allow('blueprint_get', { tenant: 'required' })
  @Shows(BLUEPRINT_LIST)
  @ApiOperation({ summary: 'Show a blueprint' })
  @ApiOkResponse({ type: BlueprintModel })
  get(@CurrentTenantCtx() ctx: TenantCtx, @Param('id') id: string): Promise<Item> {
    return this.blueprints.get(ctx, id);
  }

  @Put(':id')
  @HttpCode(201)
  @Allow('blueprint_upload', { tenant: 'required' })
  @Reads('stream')
  @Shows(BLUEPRINT_LIST)
  @Audited('blueprint.upload')
  @ApiOperation({
    summary: 'Upload a blueprint',
    description:
      'As a form with the parts `params` and `blueprint_archive`, as a raw body, or by `blueprint_archive_url`; parameters in `params` or the query.',
  })
  @ApiConsumes('multipart/form-data', 'application/octet-stream')
  @ApiBody({
    required: false,
    schema: {
      type: 'object',
      properties: { params: { type: 'string' }, blueprint_archive: { type: 'string', format: 'binary' } },
    },
  })
  @ApiQuery({ name: 'application_file_name', type: String, required: false })
  @ApiQuery({ name: 'visibility', enum: ['private', 'tenant', 'global'], required: false })
  @ApiQuery({ name: 'private_resource', type: Boolean, required: false })
  @ApiQuery({ name: 'blueprint_archive_url', type: String, required: false })
  @ApiQuery({ name: 'async_upload', type: Boolean, required: false })
  @ApiQuery({ name: 'labels', type: String, required: false, description: 'JSON' })
  @ApiQuery({ name: 'skip_execution', type: Boolean, required: false })
  @ApiCreatedResponse({ type: BlueprintModel })
  async upload(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Param('id') id: string,
    @Req() request: FastifyRequest,
  ): Promise<Item> {
    return this.uploads.upload(ctx, assertName('blueprint_id', id), request);
  }

  @Patch(':id')
  @HttpCode(200)
  @Allow('blueprint_upload', { tenant: 'required' })
  @Reads('json')
  @Shows(BLUEPRINT_LIST)
  @Audited('blueprint.update')
  @ApiOperation({ summary: 'Change a blueprint' })
  @ApiBody({ type: UpdateBlueprintModel })
  @ApiOkResponse({ type: BlueprintModel })
  async update(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Param('id') id: string,
    @Body() body: Record<string, unknown>,
  ): Promise<Item> {
    return this.edits.update(ctx, id, readBlueprintUpdate(body));
  }

  @Delete(':id')
  @HttpCode(204)
  @Allow('blueprint_delete', { tenant: 'required' })
  @Audited('blueprint.delete')
  @ApiOperation({ summary: 'Delete a blueprint' })
  @ApiQuery({ name: 'force', type: Boolean, required: false, description: 'Also when another blueprint imports it' })
  @ApiNoContentResponse()
  async delete(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Param('id') id: string,
    @Query() query: QueryValues,
  ): Promise<void> {
    flag(query, 'force'); // no blueprint imports another yet, so there is nothing to force; a wrong value is still refused
    await this.blueprints.delete(ctx, id);
  }

  @Get(':id/archive')
  @HttpCode(200)
  @Allow('blueprint_download', { tenant: 'required' })
  @ApiOperation({ summary: "Download a blueprint's archive" })
  @ApiOkResponse({ content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } } })
  download(@CurrentTenantCtx() ctx: TenantCtx, @Param('id') id: string): Promise<FileDownload> {
    return this.blueprints.download(ctx, id);
  }

  @Patch(':id/set-visibility')
  @HttpCode(200)
  @Allow('resource_set_visibility', { tenant: 'required' })
  @Reads('json')
  @Shows(BLUEPRINT_LIST)
  @Audited('blueprint.set_visibility')
  @ApiOperation({ summary: 'Widen the visibility of a blueprint' })
  @ApiOkResponse({ type: BlueprintModel })
  async setVisibility(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Param('id') id: string,
    @Body() input: SetVisibility,
  ): Promise<Item> {
    return this.blueprints.setVisibility(ctx, id, readVisibility(input.visibility));
  }

  @Patch(':id/icon')
  @HttpCode(200)
  @Allow('blueprint_upload', { tenant: 'required' })
  @Reads('stream')
  @Shows(BLUEPRINT_LIST)
  @Audited('blueprint.icon')
  @ApiOperation({ summary: 'Set the icon of a blueprint; an empty body removes it' })
  @ApiConsumes('image/png')
  @ApiBody({ required: false, schema: { type: 'string', format: 'binary' } })
  @ApiOkResponse({ type: BlueprintModel })
  icon(@CurrentTenantCtx() ctx: TenantCtx, @Param('id') id: string, @Req() request: FastifyRequest): Promise<Item> {
    return this.icons.set(ctx, id, request);
  }
}
