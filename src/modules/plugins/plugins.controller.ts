import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query, Req } from '@nestjs/common';
import {
  ApiBody,
  ApiConflictResponse,
  ApiConsumes,
  ApiCreatedResponse,
  ApiExtraModels,
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { DSL_VERSIONS, dslVersion, type DslVersion } from '../../core/dsl/versions.js';
import { BadParametersError } from '../../core/errors/app-error.js';
import { parseInclude, type Listing } from '../../core/listing/listing.js';
import { firstOf, printable, type QueryValues } from '../../core/listing/query-values.js';
import { readVisibility } from '../../core/uploads/upload-values.js';
import { Allow, CurrentTenantCtx, ListCtx } from '../../platform/access/decorators.js';
import { Audited } from '../../platform/audit/audited.decorator.js';
import type { ReachCtx, TenantCtx } from '../../platform/context/ctx.js';
import { Reads } from '../../platform/http/body.decorator.js';
import type { FileDownload, JsonStream } from '../../platform/http/json-stream.js';
import { SetVisibility } from '../../platform/http/set-visibility.dto.js';
import { CurrentListing, Lists, Shows } from '../../platform/listing/listing.decorator.js';
import type { Item, ListPage } from '../../platform/listing/list-queries.js';
import { PLUGIN_LIST } from './plugin-list.js';
import { PluginStatesService } from './plugin-states.service.js';
import { PluginUploadsService } from './plugin-uploads.service.js';
import {
  DeletePlugin,
  PluginAction,
  PluginListModel,
  PluginModel,
  SetInstallationState,
  UpdatePlugin,
} from './plugin.dto.js';
import { PluginsService } from './plugins.service.js';

const BINARY = { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } } as const;

@ApiTags('plugins')
@Controller('plugins')
export class PluginsController {
  constructor(
    private readonly plugins: PluginsService,
    private readonly uploads: PluginUploadsService,
    private readonly states: PluginStatesService,
  ) {}

  @Get()
  @HttpCode(200)
  @Allow('plugin_list', { tenant: 'required', allTenants: 'plugin_list', anyTenant: true })
  @Lists(PLUGIN_LIST)
  @ApiOperation({ summary: 'List plugins' })
  @ApiOkResponse({ type: PluginListModel })
  list(@ListCtx() ctx: ReachCtx, @CurrentListing() listing: Listing): Promise<ListPage | JsonStream> {
    return this.plugins.list(ctx, listing);
  }

  @Post()
  @HttpCode(201)
  @Allow('plugin_upload', { tenant: 'required' })
  @Reads('stream')
  @Audited('plugin.upload')
  @ApiOperation({
    summary: 'Upload a plugin',
    description:
      'A wagon, a zip of one with its YAML files (and `icon.png`), or a caravan; as body, as the file of a form, or by `plugin_archive_url`.',
  })
  @ApiConsumes('application/octet-stream', 'multipart/form-data')
  @ApiBody({ required: false, schema: { type: 'string', format: 'binary' } })
  @ApiQuery({ name: 'visibility', enum: ['private', 'tenant', 'global'], required: false })
  @ApiQuery({ name: 'private_resource', type: Boolean, required: false })
  @ApiQuery({ name: 'title', type: String, required: false })
  @ApiQuery({ name: 'plugin_archive_url', type: String, required: false })
  @ApiQuery({ name: 'id', type: String, required: false, description: 'Restore only, as those that follow' })
  @ApiQuery({ name: 'uploaded_at', type: String, required: false })
  @ApiQuery({ name: 'created_by', type: String, required: false })
  @ApiExtraModels(PluginModel, PluginListModel)
  @ApiCreatedResponse({
    description: 'The plugin; a list where a caravan held several',
    schema: { oneOf: [{ $ref: getSchemaPath(PluginModel) }, { $ref: getSchemaPath(PluginListModel) }] },
  })
  async upload(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Query() query: QueryValues,
    @Req() request: FastifyRequest,
  ): Promise<Item | ListPage> {
    return this.uploads.upload(ctx, request, parseInclude(PLUGIN_LIST.fields, query));
  }

  @Get(':id')
  @HttpCode(200)
  @Allow('plugin_get', { tenant: 'required' })
  @Shows(PLUGIN_LIST)
  @ApiOperation({ summary: 'Show a plugin' })
  @ApiOkResponse({ type: PluginModel })
  get(@CurrentTenantCtx() ctx: TenantCtx, @Param('id') id: string): Promise<Item> {
    return this.plugins.get(ctx, id);
  }

  @Patch(':id')
  @HttpCode(200)
  @Allow('plugin_upload', { tenant: 'required' })
  @Reads('json')
  @Shows(PLUGIN_LIST)
  @Audited('plugin.update')
  @ApiOperation({ summary: "Change a plugin's labels, tags or owner" })
  @ApiOkResponse({ type: PluginModel })
  async update(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Param('id') id: string,
    @Body() input: UpdatePlugin,
  ): Promise<Item> {
    await this.plugins.update(ctx, id, input);
    return this.plugins.get(ctx, id);
  }

  @Post(':id')
  @HttpCode(200)
  @Allow('plugin_upload', { tenant: 'required' })
  @Reads('json')
  @Shows(PLUGIN_LIST)
  @Audited('plugin.install')
  @ApiOperation({ summary: 'Ask for a plugin to be installed on managers and agents' })
  @ApiOkResponse({ type: PluginModel })
  @ApiNotFoundResponse({ description: 'No such plugin, manager or agent' })
  async act(@CurrentTenantCtx() ctx: TenantCtx, @Param('id') id: string, @Body() input: PluginAction): Promise<Item> {
    await this.states.act(ctx, id, input);
    return this.plugins.get(ctx, id);
  }

  @Put(':id')
  @HttpCode(200)
  @Allow('plugin_upload', { tenant: 'required', execution: true })
  @Reads('json')
  @Shows(PLUGIN_LIST)
  @Audited('plugin.set_state')
  @ApiOperation({ summary: 'Report how far an installation has come' })
  @ApiOkResponse({ type: PluginModel })
  @ApiNotFoundResponse({ description: 'No such plugin, manager or agent' })
  @ApiConflictResponse({ description: 'Not exactly one of agent and manager' })
  async setState(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Param('id') id: string,
    @Body() input: SetInstallationState,
  ): Promise<Item> {
    await this.states.report(ctx, id, input);
    return this.plugins.get(ctx, id);
  }

  @Delete(':id')
  @HttpCode(204)
  @Allow('plugin_delete', { tenant: 'required' })
  @Reads('json')
  @Audited('plugin.delete')
  @ApiOperation({ summary: 'Delete a plugin' })
  @ApiNoContentResponse()
  async delete(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Param('id') id: string,
    @Body() input: DeletePlugin,
  ): Promise<void> {
    await this.plugins.delete(ctx, id, { force: input.force ?? false });
  }

  @Get(':id/archive')
  @HttpCode(200)
  @Allow('plugin_download', { tenant: 'required' })
  @ApiOperation({ summary: "Download a plugin's wagon" })
  @ApiQuery({ name: 'full_archive', type: String, required: false, description: 'Any text: a zip with the YAML files' })
  @ApiOkResponse({ content: BINARY })
  download(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Param('id') id: string,
    @Query() query: QueryValues,
  ): Promise<FileDownload> {
    return firstOf(query, 'full_archive') ? this.plugins.fullArchive(ctx, id) : this.plugins.wagon(ctx, id);
  }

  @Get(':id/yaml')
  @HttpCode(200)
  @Allow('plugin_download', { tenant: 'required', allTenants: 'plugin_download', anyTenant: true })
  @ApiOperation({ summary: "Download a plugin's YAML" })
  @ApiQuery({ name: 'dsl_version', enum: ['1_3', '1_4', '1_5'], required: false })
  @ApiOkResponse({ content: BINARY })
  async yaml(@ListCtx() ctx: ReachCtx, @Param('id') id: string, @Query() query: QueryValues): Promise<FileDownload> {
    return this.plugins.yaml(ctx, id, versionIn(query));
  }

  @Patch(':id/set-visibility')
  @HttpCode(200)
  @Allow('resource_set_visibility', { tenant: 'required' })
  @Reads('json')
  @Shows(PLUGIN_LIST)
  @Audited('plugin.set_visibility')
  @ApiOperation({ summary: 'Widen the visibility of a plugin' })
  @ApiOkResponse({ type: PluginModel })
  async setVisibility(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Param('id') id: string,
    @Body() input: SetVisibility,
  ): Promise<Item> {
    await this.plugins.setVisibility(ctx, id, readVisibility(input.visibility));
    return this.plugins.get(ctx, id);
  }
}

/** `1_4`, or the whole name; null where none is given. @throws BadParametersError */
function versionIn(query: QueryValues): DslVersion | null {
  const text = firstOf(query, 'dsl_version') ?? '';
  if (text === '') return null;
  const version = dslVersion(text.startsWith('cloudify_dsl_') ? text : `cloudify_dsl_${text}`);
  if (version === undefined) {
    const known = DSL_VERSIONS.map(({ major, minor }) => `${major}_${minor}`);
    throw new BadParametersError(
      `Invalid dsl_version: \`${printable(text)}\`. Allowed values are: ${known.join(', ')}`,
    );
  }
  return version;
}
