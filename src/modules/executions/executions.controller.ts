import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { Listing } from '../../core/listing/listing.js';
import { firstOf, looseBoolean, type QueryValues } from '../../core/listing/query-values.js';
import { Allow, CurrentAccess, CurrentTenantCtx, ListCtx } from '../../platform/access/decorators.js';
import type { RequestAccess } from '../../platform/access/request-access.js';
import { Audited } from '../../platform/audit/audited.decorator.js';
import type { ReachCtx, TenantCtx } from '../../platform/context/ctx.js';
import type { ExecutionView } from '../../platform/executions/system-executions.js';
import { Reads } from '../../platform/http/body.decorator.js';
import type { JsonStream } from '../../platform/http/json-stream.js';
import { CurrentListing, Lists, Shows } from '../../platform/listing/listing.decorator.js';
import type { ListPage } from '../../platform/listing/list-queries.js';
import { parseSummary, type SummaryPage } from '../../platform/listing/summaries.js';
import { ExecutionActions } from './actions/execution-actions.service.js';
import { ExecutionChanges } from './actions/execution-changes.service.js';
import { ExecutionModel, ExecutionSummaryModel } from './execution.dto.js';
import { EXECUTION_LIST } from './executions.repository.js';
import { ExecutionsService, type ExecutionListWish } from './executions.service.js';
import { ExecutionRequests } from './starting/execution-requests.service.js';
import {
  ActOnExecution,
  DeletedExecutions,
  DeleteExecutions,
  StartExecution,
  UpdateExecution,
} from './starting/start-execution.dto.js';

const SUMMARIZED = [
  'status',
  'status_display',
  'blueprint_id',
  'deployment_id',
  'workflow_id',
  'tenant_name',
  'visibility',
] as const;

/** rest-api §3.6, §3.17. */
@ApiTags('executions')
@Controller()
export class ExecutionsController {
  constructor(
    private readonly executions: ExecutionsService,
    private readonly requests: ExecutionRequests,
    private readonly actions: ExecutionActions,
    private readonly changes: ExecutionChanges,
  ) {}

  @Get('executions')
  @HttpCode(200)
  @Allow('execution_list', { tenant: 'required', allTenants: 'execution_list', anyTenant: true })
  @Lists(EXECUTION_LIST)
  @ApiOperation({ summary: 'List executions' })
  @ApiQuery({ name: '_include_system_workflows', type: Boolean, required: false })
  @ApiQuery({ name: '_group_id', type: String, required: false, description: 'Of an execution group' })
  @ApiOkResponse({ type: ExecutionModel, isArray: true })
  list(
    @ListCtx() ctx: ReachCtx,
    @CurrentListing() listing: Listing,
    @Query() query: QueryValues,
  ): Promise<ListPage | JsonStream> {
    return this.executions.list(ctx, listing, wishOf(query));
  }

  @Get('summary/executions')
  @HttpCode(200)
  @Allow('execution_list', { tenant: 'required', allTenants: 'execution_list', anyTenant: true })
  @Lists(EXECUTION_LIST)
  @ApiOperation({ summary: 'Count executions by a field' })
  @ApiQuery({ name: '_target_field', enum: SUMMARIZED })
  @ApiQuery({ name: '_sub_field', enum: SUMMARIZED, required: false })
  @ApiOkResponse({ type: ExecutionSummaryModel })
  async summary(
    @ListCtx() ctx: ReachCtx,
    @CurrentListing() listing: Listing,
    @Query() query: QueryValues,
  ): Promise<SummaryPage> {
    return this.executions.summary(ctx, listing, parseSummary(query, SUMMARIZED), wishOf(query));
  }

  @Post('executions')
  @HttpCode(201)
  @Allow('execution_start', { tenant: 'required' })
  @Audited('execution.start')
  @Reads('json')
  @ApiOperation({ summary: 'Start a workflow of a deployment' })
  @ApiCreatedResponse({ type: ExecutionModel })
  start(
    @CurrentTenantCtx() ctx: TenantCtx,
    @CurrentAccess() access: RequestAccess,
    @Body() input: StartExecution,
  ): Promise<ExecutionView> {
    // Whoever came past the maintenance gate while it was shut holds the permission for that.
    return this.requests.post(ctx, input, access.glimpse.state.maintenance !== 'deactivated');
  }

  @Delete('executions')
  @HttpCode(200)
  @Allow('execution_delete', { tenant: 'required' })
  @Audited('execution.delete')
  @Reads('optional-json')
  @Lists(EXECUTION_LIST)
  @ApiOperation({ summary: 'Delete executions that have ended' })
  @ApiOkResponse({ type: DeletedExecutions })
  remove(
    @CurrentTenantCtx() ctx: TenantCtx,
    @CurrentListing() listing: Listing,
    @Body() input: DeleteExecutions,
  ): Promise<DeletedExecutions> {
    return this.changes.remove(ctx, listing, input);
  }

  @Get('executions/:id')
  @HttpCode(200)
  @Allow('execution_get', { tenant: 'required' })
  @Shows(EXECUTION_LIST)
  @ApiOperation({ summary: 'Show an execution' })
  @ApiOkResponse({ type: ExecutionModel })
  get(@CurrentTenantCtx() ctx: TenantCtx, @Param('id') id: string): Promise<ExecutionView> {
    return this.executions.get(ctx, id);
  }

  @Post('executions/:id')
  @HttpCode(200)
  @Allow('execution_cancel', { tenant: 'required' })
  @Audited('execution.act')
  @Reads('json')
  @ApiOperation({ summary: 'Cancel, kill, resume or requeue an execution' })
  @ApiOkResponse({ type: ExecutionModel })
  async act(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Param('id') id: string,
    @Body() { action }: ActOnExecution,
  ): Promise<ExecutionView> {
    await this.actions.act(ctx, id, action);
    return this.executions.get(ctx, id);
  }

  @Patch('executions/:id')
  @HttpCode(200)
  @Allow('execution_status_update', { tenant: 'required' })
  @Audited('execution.update')
  @Reads('json')
  @ApiOperation({ summary: 'Report the status of an execution' })
  @ApiOkResponse({ type: ExecutionModel })
  async update(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Param('id') id: string,
    @Body() input: UpdateExecution,
  ): Promise<ExecutionView> {
    await this.changes.update(ctx, id, input);
    return this.executions.get(ctx, id);
  }

  @Get('executions/:id/should-start')
  @HttpCode(200)
  @Allow('execution_should_start', { tenant: 'required' })
  @ApiOperation({ summary: 'Ask whether a queued execution could begin' })
  @ApiOkResponse({ type: Boolean })
  shouldStart(@CurrentTenantCtx() ctx: TenantCtx, @Param('id') id: string): Promise<boolean> {
    return this.changes.shouldStart(ctx, id);
  }
}

function wishOf(query: QueryValues): ExecutionListWish {
  const group = firstOf(query, '_group_id') ?? '';
  return {
    withSystemWorkflows: looseBoolean(query, '_include_system_workflows'),
    group: group === '' ? null : group,
  };
}
