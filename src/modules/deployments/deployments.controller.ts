import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Put, Query } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import { parseInclude, type Listing } from '../../core/listing/listing.js';
import { firstOf, flag, type QueryValues } from '../../core/listing/query-values.js';
import { assertLooseName } from '../../core/text/names.js';
import { readVisibility } from '../../core/uploads/upload-values.js';
import { Allow, CurrentTenantCtx, ListCtx } from '../../platform/access/decorators.js';
import { Audited } from '../../platform/audit/audited.decorator.js';
import type { ReachCtx, TenantCtx } from '../../platform/context/ctx.js';
import { Reads } from '../../platform/http/body.decorator.js';
import type { JsonStream } from '../../platform/http/json-stream.js';
import { SetVisibility } from '../../platform/http/set-visibility.dto.js';
import { CurrentListing, Lists, Shows } from '../../platform/listing/listing.decorator.js';
import type { Item, ListPage } from '../../platform/listing/list-queries.js';
import { readCreation } from './creation/creation-request.js';
import { DeploymentCreationService } from './creation/deployment-creation.service.js';
import { DeploymentDeletionService } from './deletion/deployment-deletion.service.js';
import { DEPLOYMENT_LIST } from './deployment-list.js';
import {
  CreateDeployment,
  DeploymentCapabilitiesModel,
  DeploymentListModel,
  DeploymentModel,
  DeploymentOutputsModel,
  UpdateDeploymentModel,
} from './deployment.dto.js';
import { DeploymentEditsService } from './edits/deployment-edits.service.js';
import { readDeploymentUpdate } from './edits/deployment-update.js';
import { DeploymentValuesService } from './evaluation/deployment-values.service.js';
import { DeploymentsService } from './deployments.service.js';
import { SearchConditions } from './search/search-conditions.js';

@ApiTags('deployments')
@Controller('deployments')
export class DeploymentsController {
  constructor(
    private readonly deployments: DeploymentsService,
    private readonly creation: DeploymentCreationService,
    private readonly edits: DeploymentEditsService,
    private readonly deletion: DeploymentDeletionService,
    private readonly values: DeploymentValuesService,
    private readonly conditions: SearchConditions,
  ) {}

  @Get()
  @HttpCode(200)
  @Allow('deployment_list', { tenant: 'required', allTenants: 'deployment_list', anyTenant: true })
  @Lists(DEPLOYMENT_LIST)
  @ApiOperation({ summary: 'List deployments' })
  @ApiQuery({ name: '_filter_id', type: String, required: false, description: 'A stored filter' })
  @ApiQuery({ name: '_search_name', type: String, required: false, description: 'Part of the display name' })
  @ApiQuery({ name: '_group_id', type: String, required: false, description: 'Members of a group' })
  @ApiQuery({ name: '_dependencies_of', type: String, required: false, description: 'What this deployment depends on' })
  @ApiQuery({ name: '_environments_only', type: String, required: false, description: 'Without components' })
  @ApiOkResponse({ type: DeploymentListModel })
  async list(
    @ListCtx() ctx: ReachCtx,
    @CurrentListing() listing: Listing,
    @Query() query: QueryValues,
  ): Promise<ListPage | JsonStream> {
    return this.deployments.list(ctx, listing, query, await this.conditions.ofQuery(ctx, query));
  }

  @Get(':id')
  @HttpCode(200)
  @Allow('deployment_get', { tenant: 'required' })
  @Shows(DEPLOYMENT_LIST)
  @ApiOperation({ summary: 'Show a deployment' })
  @ApiQuery({
    name: 'all_sub_deployments',
    type: Boolean,
    required: false,
    description: 'False: of direct children only',
  })
  @ApiQuery({ name: 'include_workdir', type: Boolean, required: false, description: 'Its files as a zip in base64' })
  @ApiOkResponse({ type: DeploymentModel })
  async get(@CurrentTenantCtx() ctx: TenantCtx, @Param('id') id: string, @Query() query: QueryValues): Promise<Item> {
    return this.deployments.get(ctx, id, {
      include: parseInclude(DEPLOYMENT_LIST.fields, query),
      allSubDeployments: flag(query, 'all_sub_deployments', true),
      workdir: flag(query, 'include_workdir'),
    });
  }

  @Put(':id')
  @HttpCode(201)
  @Allow('deployment_create', { tenant: 'required' })
  @Reads('json')
  @Shows(DEPLOYMENT_LIST)
  @Audited('deployment.create')
  @ApiOperation({ summary: 'Create a deployment of a blueprint' })
  @ApiQuery({ name: 'async_create', type: Boolean, required: false, description: 'Answer at once' })
  @ApiQuery({ name: 'private_resource', type: Boolean, required: false })
  @ApiBody({ type: CreateDeployment })
  @ApiCreatedResponse({ type: DeploymentModel })
  async create(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Param('id') id: string,
    @Body() input: CreateDeployment,
    @Query() query: QueryValues,
  ): Promise<Item> {
    const isAsync = flag(query, 'async_create');
    const isPrivate = firstOf(query, 'private_resource') === undefined ? null : flag(query, 'private_resource');
    const request = readCreation(input, isPrivate);
    return this.creation.create(ctx, assertLooseName('deployment_id', id), request, {
      isAsync,
      include: parseInclude(DEPLOYMENT_LIST.fields, query),
    });
  }

  @Patch(':id')
  @HttpCode(200)
  @Allow('deployment_update', { tenant: 'required' })
  @Reads('json')
  @Shows(DEPLOYMENT_LIST)
  @Audited('deployment.update')
  @ApiOperation({ summary: 'Change a deployment' })
  @ApiBody({ type: UpdateDeploymentModel })
  @ApiOkResponse({ type: DeploymentModel })
  async update(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Param('id') id: string,
    @Body() body: Record<string, unknown>,
    @Query() query: QueryValues,
  ): Promise<Item> {
    return this.edits.update(ctx, id, readDeploymentUpdate(body), parseInclude(DEPLOYMENT_LIST.fields, query));
  }

  @Delete(':id')
  @HttpCode(204)
  @Allow('deployment_delete', { tenant: 'required' })
  @Audited('deployment.delete')
  @ApiOperation({
    summary: 'Delete a deployment',
    description: 'Judged at once; done by the execution delete_deployment_environment.',
  })
  @ApiQuery({
    name: 'force',
    type: Boolean,
    required: false,
    description: 'With live instances, and though others depend on it',
  })
  @ApiQuery({ name: 'delete_logs', type: Boolean, required: false })
  @ApiQuery({ name: 'recursive', type: Boolean, required: false, description: 'With all deployments below it' })
  @ApiNoContentResponse()
  async delete(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Param('id') id: string,
    @Query() query: QueryValues,
  ): Promise<void> {
    await this.deletion.start(ctx, id, {
      force: flag(query, 'force'),
      deletesLogs: flag(query, 'delete_logs'),
      recursive: flag(query, 'recursive'),
    });
  }

  @Get(':id/outputs')
  @HttpCode(200)
  @Allow('deployment_modification_outputs', { tenant: 'required' })
  @ApiOperation({ summary: 'Evaluate the outputs of a deployment' })
  @ApiOkResponse({ type: DeploymentOutputsModel })
  async outputs(@CurrentTenantCtx() ctx: TenantCtx, @Param('id') id: string): Promise<DeploymentOutputsModel> {
    return { deployment_id: id, outputs: await this.values.outputs(ctx, id) };
  }

  @Get(':id/capabilities')
  @HttpCode(200)
  @Allow('deployment_capabilities', { tenant: 'required' })
  @ApiOperation({ summary: 'Evaluate the capabilities of a deployment' })
  @ApiOkResponse({ type: DeploymentCapabilitiesModel })
  async capabilities(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Param('id') id: string,
  ): Promise<DeploymentCapabilitiesModel> {
    return { deployment_id: id, capabilities: await this.values.capabilities(ctx, id) };
  }

  @Patch(':id/set-visibility')
  @HttpCode(200)
  @Allow('deployment_set_visibility', { tenant: 'required' })
  @Reads('json')
  @Shows(DEPLOYMENT_LIST)
  @Audited('deployment.set_visibility')
  @ApiOperation({ summary: 'Widen the visibility of a deployment' })
  @ApiOkResponse({ type: DeploymentModel })
  async setVisibility(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Param('id') id: string,
    @Body() input: SetVisibility,
    @Query() query: QueryValues,
  ): Promise<Item> {
    const visibility = readVisibility(input.visibility);
    return this.edits.setVisibility(ctx, id, visibility, parseInclude(DEPLOYMENT_LIST.fields, query));
  }
}
