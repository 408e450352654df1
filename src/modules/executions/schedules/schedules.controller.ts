import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Put, Query } from '@nestjs/common';
import {
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import { CodelessError } from '../../../core/errors/app-error.js';
import type { Listing } from '../../../core/listing/listing.js';
import { firstOf, type QueryValues } from '../../../core/listing/query-values.js';
import { Allow, CurrentTenantCtx, ListCtx } from '../../../platform/access/decorators.js';
import { Audited } from '../../../platform/audit/audited.decorator.js';
import type { ReachCtx, TenantCtx } from '../../../platform/context/ctx.js';
import { Reads } from '../../../platform/http/body.decorator.js';
import type { JsonStream } from '../../../platform/http/json-stream.js';
import { CurrentListing, Lists, Shows } from '../../../platform/listing/listing.decorator.js';
import type { Item, ListPage } from '../../../platform/listing/list-queries.js';
import { parseSummary, type SummaryPage } from '../../../platform/listing/summaries.js';
import { SCHEDULE_LIST } from './schedule-list.js';
import { PutSchedule, ScheduleModel, UpdateSchedule } from './schedule.dto.js';
import { SchedulesService } from './schedules.service.js';

const DEPLOYMENT = { name: 'deployment_id', type: String, required: true };
const SUMMARIZED = ['deployment_id', 'workflow_id', 'tenant_name', 'visibility'];

/** rest-api §3.8. */
@ApiTags('execution schedules')
@Controller('execution-schedules')
export class SchedulesController {
  constructor(private readonly schedules: SchedulesService) {}

  @Get()
  @HttpCode(200)
  @Allow('execution_schedule_list', { tenant: 'required', allTenants: 'execution_schedule_list', anyTenant: true })
  @Lists(SCHEDULE_LIST)
  @ApiOperation({ summary: 'List execution schedules' })
  @ApiOkResponse({ type: ScheduleModel, isArray: true })
  list(@ListCtx() ctx: ReachCtx, @CurrentListing() listing: Listing): Promise<ListPage | JsonStream> {
    return this.schedules.list(ctx, listing);
  }

  @Get(':id')
  @HttpCode(200)
  @Allow('execution_schedule_get', { tenant: 'required' })
  @Shows(SCHEDULE_LIST)
  @ApiOperation({ summary: 'Show an execution schedule' })
  @ApiQuery(DEPLOYMENT)
  @ApiOkResponse({ type: ScheduleModel })
  @ApiNotFoundResponse()
  get(@CurrentTenantCtx() ctx: TenantCtx, @Param('id') id: string, @Query() query: QueryValues): Promise<Item> {
    return this.schedules.get(ctx, deploymentOf(query), id);
  }

  @Put(':id')
  @HttpCode(201)
  @Allow('execution_schedule_create', { tenant: 'required' })
  @Reads('json')
  @Shows(SCHEDULE_LIST)
  @Audited('execution_schedule.create')
  @ApiOperation({ summary: 'Schedule a workflow of a deployment' })
  @ApiQuery(DEPLOYMENT)
  @ApiCreatedResponse({ type: ScheduleModel })
  @ApiConflictResponse()
  create(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Param('id') id: string,
    @Query() query: QueryValues,
    @Body() input: PutSchedule,
  ): Promise<Item> {
    return this.schedules.create(ctx, deploymentOf(query), id, input);
  }

  @Patch(':id')
  @HttpCode(201)
  @Allow('execution_schedule_create', { tenant: 'required' })
  @Reads('json')
  @Shows(SCHEDULE_LIST)
  @Audited('execution_schedule.update')
  @ApiOperation({ summary: 'Change an execution schedule' })
  @ApiQuery(DEPLOYMENT)
  @ApiCreatedResponse({ type: ScheduleModel })
  update(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Param('id') id: string,
    @Query() query: QueryValues,
    @Body() input: UpdateSchedule,
  ): Promise<Item> {
    return this.schedules.update(ctx, deploymentOf(query), id, input);
  }

  @Delete(':id')
  @HttpCode(204)
  @Allow('execution_schedule_create', { tenant: 'required' })
  @Audited('execution_schedule.delete')
  @ApiOperation({ summary: 'Remove an execution schedule' })
  @ApiQuery(DEPLOYMENT)
  @ApiNoContentResponse()
  remove(@CurrentTenantCtx() ctx: TenantCtx, @Param('id') id: string, @Query() query: QueryValues): Promise<void> {
    return this.schedules.remove(ctx, deploymentOf(query), id);
  }
}

/** rest-api §3.17. */
@ApiTags('summaries')
@Controller('summary/execution_schedules')
export class ScheduleSummaryController {
  constructor(private readonly schedules: SchedulesService) {}

  @Get()
  @HttpCode(200)
  @Allow('execution_schedule_list', { tenant: 'required', allTenants: 'execution_schedule_list', anyTenant: true })
  @Lists(SCHEDULE_LIST)
  @ApiOperation({ summary: 'Count execution schedules' })
  @ApiQuery({ name: '_target_field', enum: SUMMARIZED })
  @ApiQuery({ name: '_sub_field', enum: SUMMARIZED, required: false })
  @ApiOkResponse({ schema: { type: 'object' } })
  summary(
    @ListCtx() ctx: ReachCtx,
    @CurrentListing() listing: Listing,
    @Query() query: QueryValues,
  ): Promise<SummaryPage> {
    return this.schedules.summary(ctx, listing, parseSummary(query, SUMMARIZED));
  }
}

/** @throws CodelessError 400 */
function deploymentOf(query: QueryValues): string {
  const id = firstOf(query, 'deployment_id') ?? '';
  if (id === '') throw new CodelessError(400, { deployment_id: 'Missing required parameter in the query string' });
  return id;
}
