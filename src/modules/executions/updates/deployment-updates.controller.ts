import { Body, Controller, Get, HttpCode, Param, Patch, Post, Put, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { BadParametersError } from '../../../core/errors/app-error.js';
import { parseInclude, type Listing } from '../../../core/listing/listing.js';
import type { QueryValues } from '../../../core/listing/query-values.js';
import { Allow, CurrentAccess, CurrentTenantCtx, ListCtx } from '../../../platform/access/decorators.js';
import type { RequestAccess } from '../../../platform/access/request-access.js';
import { Audited } from '../../../platform/audit/audited.decorator.js';
import type { ReachCtx, TenantCtx } from '../../../platform/context/ctx.js';
import { Reads } from '../../../platform/http/body.decorator.js';
import type { JsonStream } from '../../../platform/http/json-stream.js';
import { bodyValidation } from '../../../platform/http/validation.js';
import { CurrentListing, Lists, Shows } from '../../../platform/listing/listing.decorator.js';
import type { ListPage } from '../../../platform/listing/list-queries.js';
import { RestoredUpdates } from './restored-updates.service.js';
import { UPDATE_LIST } from './update-list.js';
import { UpdateRequests } from './update-requests.service.js';
import { DeploymentUpdateModel, InitiateUpdate, PatchUpdate, PutUpdate, RestoreUpdates } from './update.dto.js';
import { UpdateViews } from './update-views.js';

/** rest-api §3.5 */
@ApiTags('deployment-updates')
@Controller('deployment-updates')
export class DeploymentUpdatesController {
  private readonly validation = bodyValidation();

  constructor(
    private readonly views: UpdateViews,
    private readonly requests: UpdateRequests,
    private readonly restored: RestoredUpdates,
  ) {}

  @Get()
  @HttpCode(200)
  @Allow('deployment_update_list', { tenant: 'required', allTenants: 'deployment_update_list' })
  @Lists(UPDATE_LIST)
  @ApiOperation({ summary: 'List updates of deployments' })
  @ApiOkResponse({ type: DeploymentUpdateModel, isArray: true })
  list(@ListCtx() ctx: ReachCtx, @CurrentListing() listing: Listing): Promise<ListPage | JsonStream> {
    return this.views.list(ctx, listing);
  }

  @Post()
  @HttpCode(201)
  @Allow('deployment_update_create', { tenant: 'required' })
  @Reads('json')
  @Audited('deployment_update.create')
  @ApiOperation({ summary: 'Write several records of updates; of executions and restores' })
  @ApiCreatedResponse({ schema: { type: 'null' } })
  @ApiNoContentResponse({ description: 'The list was empty' })
  async restore(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Body() { deployment_updates: raw }: RestoreUpdates,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<null | undefined> {
    const updates = await Promise.all(raw.map((each) => this.readUpdate(each)));
    await this.restored.putAll(ctx, updates);
    if (updates.length > 0) return null;
    reply.status(204);
    return undefined;
  }

  @Get(':id')
  @HttpCode(200)
  @Allow('deployment_update_get', { tenant: 'required' })
  @Shows(UPDATE_LIST)
  @ApiOperation({ summary: 'Show an update' })
  @ApiOkResponse({ type: DeploymentUpdateModel })
  get(@CurrentTenantCtx() ctx: TenantCtx, @Param('id') id: string, @Query() query: QueryValues): Promise<JsonStream> {
    return this.views.one(ctx, id, parseInclude(UPDATE_LIST.fields, query));
  }

  @Put(':id')
  @HttpCode(200)
  @Allow('deployment_update_create', { tenant: 'required' })
  @Reads('json')
  @Audited('deployment_update.create')
  @ApiOperation({ summary: 'Write the record of an update; of executions and restores' })
  @ApiOkResponse({ type: DeploymentUpdateModel })
  async put(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Param('id') id: string,
    @Body() input: PutUpdate,
  ): Promise<JsonStream> {
    await this.restored.put(ctx, id, input);
    return this.views.one(ctx, id);
  }

  @Patch(':id')
  @HttpCode(200)
  @Allow('deployment_update_update', { tenant: 'required' })
  @Reads('json')
  @Audited('deployment_update.update')
  @ApiOperation({ summary: 'Change the record of an update that the manager does not run itself' })
  @ApiOkResponse({ type: DeploymentUpdateModel })
  async patch(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Param('id') id: string,
    @Body() input: PatchUpdate,
  ): Promise<JsonStream> {
    await this.restored.patch(ctx, id, input);
    return this.views.one(ctx, id);
  }

  @Post(':id/update/initiate')
  @HttpCode(200)
  @Allow('deployment_update_create', { tenant: 'required' })
  @Reads('optional-json')
  @Audited('deployment_update.initiate')
  @ApiOperation({ summary: 'Update a deployment to another blueprint or other inputs, or look at what that would do' })
  @ApiOkResponse({ type: DeploymentUpdateModel })
  async initiate(
    @CurrentTenantCtx() ctx: TenantCtx,
    @CurrentAccess() access: RequestAccess,
    @Param('id') deploymentId: string,
    @Body() input: InitiateUpdate,
  ): Promise<JsonStream> {
    // Whoever came past the maintenance gate while it was shut holds the permission for that.
    const mayPass = access.glimpse.state.maintenance !== 'deactivated';
    return this.views.one(ctx, await this.requests.initiate(ctx, deploymentId, input, mayPass));
  }

  @Post(':id/update/finalize')
  @HttpCode(200)
  @Allow('deployment_update_create', { tenant: 'required' })
  @Audited('deployment_update.finalize')
  @ApiOperation({ summary: 'Does nothing but show the update', deprecated: true })
  @ApiOkResponse({ type: DeploymentUpdateModel })
  finalize(@CurrentTenantCtx() ctx: TenantCtx, @Param('id') id: string): Promise<JsonStream> {
    return this.views.one(ctx, id);
  }

  /** One of a list is judged as if it had come alone. */
  private async readUpdate(raw: unknown): Promise<readonly [string, PutUpdate]> {
    const id = typeof raw === 'object' && raw !== null ? (raw as { readonly id?: unknown }).id : undefined;
    if (typeof id !== 'string') throw new BadParametersError('Each of `deployment_updates` is a dict with an `id`');
    const input: unknown = await this.validation.transform(raw, { type: 'body', metatype: PutUpdate });
    return [id, input as PutUpdate];
  }
}
