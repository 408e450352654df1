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
import { parseInclude, type Listing } from '../../core/listing/listing.js';
import { flag, type QueryValues } from '../../core/listing/query-values.js';
import { assertName } from '../../core/text/names.js';
import { readVisibility } from '../../core/uploads/upload-values.js';
import { Allow, CurrentTenantCtx, ListCtx } from '../../platform/access/decorators.js';
import { Audited } from '../../platform/audit/audited.decorator.js';
import type { ReachCtx, TenantCtx } from '../../platform/context/ctx.js';
import { Reads } from '../../platform/http/body.decorator.js';
import type { FileDownload, JsonStream } from '../../platform/http/json-stream.js';
import { SetVisibility } from '../../platform/http/set-visibility.dto.js';
import { CurrentListing, Lists, Shows } from '../../platform/listing/listing.decorator.js';
import type { ListPage } from '../../platform/listing/list-queries.js';
import { BlueprintArchivesService } from './blueprint-archives.service.js';
import { BlueprintEditsService } from './blueprint-edits.service.js';
import { BlueprintIconsService } from './blueprint-icons.service.js';
import { BLUEPRINT_LIST } from './blueprint-list.js';
import { readBlueprintUpdate } from './blueprint-update.js';
import { BlueprintUploadsService } from './blueprint-uploads.service.js';
import { BlueprintListModel, BlueprintModel, UpdateBlueprintModel } from './blueprint.dto.js';
import type { BlueprintAnswer, Include } from './blueprint-views.js';
import { BlueprintsService } from './blueprints.service.js';
import { BlueprintSearchService } from './search/blueprint-search.service.js';
import { UploadDocs } from './upload-docs.js';

@ApiTags('blueprints')
@Controller('blueprints')
export class BlueprintsController {
  constructor(
    private readonly blueprints: BlueprintsService,
    private readonly uploads: BlueprintUploadsService,
    private readonly edits: BlueprintEditsService,
    private readonly icons: BlueprintIconsService,
    private readonly archives: BlueprintArchivesService,
    private readonly searches: BlueprintSearchService,
  ) {}

  @Get()
  @HttpCode(200)
  @Allow('blueprint_list', { tenant: 'required', allTenants: 'blueprint_list', anyTenant: true })
  @Lists(BLUEPRINT_LIST)
  @ApiOperation({ summary: 'List blueprints' })
  @ApiQuery({ name: '_filter_id', type: String, required: false, description: 'A stored filter' })
  @ApiOkResponse({ type: BlueprintListModel })
  list(
    @ListCtx() ctx: ReachCtx,
    @CurrentListing() listing: Listing,
    @Query() query: QueryValues,
  ): Promise<ListPage | JsonStream> {
    return this.searches.list(ctx, listing, query);
  }

  @Get(':id')
  @HttpCode(200)
  @Allow('blueprint_get', { tenant: 'required' })
  @Shows(BLUEPRINT_LIST)
  @ApiOperation({ summary: 'Show a blueprint' })
  @ApiOkResponse({ type: BlueprintModel })
  get(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Param('id') id: string,
    @Query() query: QueryValues,
  ): Promise<BlueprintAnswer> {
    return this.blueprints.get(ctx, id, included(query));
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
  @UploadDocs()
  @ApiCreatedResponse({ type: BlueprintModel })
  async upload(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Param('id') id: string,
    @Query() query: QueryValues,
    @Req() request: FastifyRequest,
  ): Promise<BlueprintAnswer> {
    return this.uploads.upload(ctx, assertName('blueprint_id', id), request, included(query));
  }

  @Put(':id/validate')
  @HttpCode(201)
  @Allow('blueprint_upload', { tenant: 'required' })
  @Reads('stream')
  @Shows(BLUEPRINT_LIST)
  @Audited('blueprint.validate')
  @ApiOperation({
    summary: 'Validate a blueprint',
    description:
      'As an upload, of a blueprint that is there only while it is processed. How that ends is told by `upload_execution`.',
  })
  @UploadDocs()
  @ApiCreatedResponse({ type: BlueprintModel })
  async validate(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Param('id') id: string,
    @Req() request: FastifyRequest,
  ): Promise<BlueprintAnswer> {
    return this.uploads.validate(ctx, assertName('blueprint_id', id), request);
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
    @Query() query: QueryValues,
  ): Promise<BlueprintAnswer> {
    return this.edits.update(ctx, id, readBlueprintUpdate(body), included(query));
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
    await this.blueprints.delete(ctx, id, { force: flag(query, 'force') });
  }

  @Get(':id/archive')
  @HttpCode(200)
  @Allow('blueprint_download', { tenant: 'required' })
  @ApiOperation({ summary: "Download a blueprint's archive" })
  @ApiOkResponse({ content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } } })
  download(@CurrentTenantCtx() ctx: TenantCtx, @Param('id') id: string): Promise<FileDownload> {
    return this.blueprints.download(ctx, id);
  }

  @Put(':id/archive')
  @HttpCode(200)
  @Allow('blueprint_upload', { tenant: 'required' })
  @Reads('stream')
  @Audited('blueprint.archive')
  @ApiOperation({ summary: 'Give a blueprint that was stored without one its archive' })
  @ApiConsumes('application/octet-stream')
  @ApiBody({ schema: { type: 'string', format: 'binary' } })
  @ApiOkResponse({ schema: { type: 'null' } })
  async putArchive(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Param('id') id: string,
    @Req() request: FastifyRequest,
  ): Promise<null> {
    await this.archives.put(ctx, id, request);
    return null;
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
    @Query() query: QueryValues,
  ): Promise<BlueprintAnswer> {
    await this.blueprints.setVisibility(ctx, id, readVisibility(input.visibility));
    return this.blueprints.get(ctx, id, included(query));
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
  async icon(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Param('id') id: string,
    @Query() query: QueryValues,
    @Req() request: FastifyRequest,
  ): Promise<BlueprintAnswer> {
    await this.icons.set(ctx, id, request);
    return this.blueprints.get(ctx, id, included(query));
  }
}

/** What an answer with a plan, which is streamed, is narrowed to. */
function included(query: QueryValues): Include {
  return parseInclude(BLUEPRINT_LIST.fields, query);
}
