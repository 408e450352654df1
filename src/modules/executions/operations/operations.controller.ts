import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query } from '@nestjs/common';
import {
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import type { Listing } from '../../../core/listing/listing.js';
import type { QueryValues } from '../../../core/listing/query-values.js';
import { Allow, CurrentTenantCtx, ListCtx } from '../../../platform/access/decorators.js';
import type { ReachCtx, TenantCtx } from '../../../platform/context/ctx.js';
import { Reads } from '../../../platform/http/body.decorator.js';
import type { JsonStream } from '../../../platform/http/json-stream.js';
import { CurrentListing, Lists, Shows } from '../../../platform/listing/listing.decorator.js';
import type { Item, ListPage } from '../../../platform/listing/list-queries.js';
import { OPERATION_LIST, TASKS_GRAPH_LIST } from './operation-list.js';
import {
  OperationModel,
  OperationsAction,
  PatchOperation,
  PatchTasksGraph,
  PostTasksGraph,
  PutOperation,
  TasksGraphModel,
} from './operation.dto.js';
import { OperationsService } from './operations.service.js';

/** A graph of tens of thousands of operations, each with its inputs, comes in one body. */
const GRAPH_BYTES = 32 * 1_048_576;

/** rest-api §3.20. */
@ApiTags('operations')
@Controller('operations')
export class OperationsController {
  constructor(private readonly operations: OperationsService) {}

  @Get()
  @HttpCode(200)
  @Allow('operations', { tenant: 'required' })
  @Lists(OPERATION_LIST)
  @ApiOperation({ summary: 'List operations of a graph or an execution' })
  @ApiQuery({ name: 'graph_id', type: String, required: false, description: 'This or `execution_id`' })
  @ApiQuery({ name: 'execution_id', type: String, required: false })
  @ApiQuery({
    name: 'skip_internal',
    type: Boolean,
    required: false,
    description: 'Only those that do something outside',
  })
  @ApiOkResponse({ type: OperationModel, isArray: true })
  list(
    @ListCtx() ctx: ReachCtx,
    @CurrentListing() listing: Listing,
    @Query() query: QueryValues,
  ): Promise<ListPage | JsonStream> {
    return this.operations.list(ctx, listing, query);
  }

  @Post()
  @HttpCode(204)
  @Allow('operations', { tenant: 'required' })
  @Reads('json')
  @ApiOperation({ summary: 'Give waiting operations the inputs that their node has now' })
  @ApiNoContentResponse()
  act(@CurrentTenantCtx() ctx: TenantCtx, @Body() input: OperationsAction): Promise<void> {
    return this.operations.act(ctx, input);
  }

  @Get(':id')
  @HttpCode(200)
  @Allow('operations', { tenant: 'required' })
  @Shows(OPERATION_LIST)
  @ApiOperation({ summary: 'Show an operation' })
  @ApiOkResponse({ type: OperationModel })
  get(@CurrentTenantCtx() ctx: TenantCtx, @Param('id') id: string): Promise<Item> {
    return this.operations.get(ctx, id);
  }

  @Put(':id')
  @HttpCode(201)
  @Allow('operations', { tenant: 'required' })
  @Reads('json')
  @ApiOperation({ summary: 'Store an operation' })
  @ApiCreatedResponse({ type: OperationModel })
  @ApiConflictResponse()
  create(@CurrentTenantCtx() ctx: TenantCtx, @Param('id') id: string, @Body() input: PutOperation): Promise<Item> {
    return this.operations.create(ctx, id, input);
  }

  @Patch(':id')
  @HttpCode(200)
  @Allow('operations', { tenant: 'required', execution: true })
  @Reads('json')
  @ApiOperation({
    summary: 'Report the state of an operation',
    description:
      'Counts it, tells of it in an event, and sets the state of a node instance where that is what it does.',
  })
  @ApiOkResponse({ schema: { type: 'object' } })
  async patch(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Param('id') id: string,
    @Body() input: PatchOperation,
  ): Promise<object> {
    await this.operations.patch(ctx, id, input);
    return {};
  }

  @Delete(':id')
  @HttpCode(200)
  @Allow('operations', { tenant: 'required' })
  @ApiOperation({ summary: 'Remove an operation' })
  @ApiOkResponse({ schema: { type: 'object' } })
  async remove(@CurrentTenantCtx() ctx: TenantCtx, @Param('id') id: string): Promise<object> {
    await this.operations.remove(ctx, id);
    return {};
  }
}

@ApiTags('operations')
@Controller('tasks_graphs')
export class TasksGraphsController {
  constructor(private readonly operations: OperationsService) {}

  @Get()
  @HttpCode(200)
  @Allow('operations', { tenant: 'required' })
  @Lists(TASKS_GRAPH_LIST)
  @ApiOperation({ summary: 'List tasks graphs of an execution' })
  @ApiOkResponse({ type: TasksGraphModel, isArray: true })
  list(
    @ListCtx() ctx: ReachCtx,
    @CurrentListing() listing: Listing,
    @Query() query: QueryValues,
  ): Promise<ListPage | JsonStream> {
    return this.operations.graphs(ctx, listing, query);
  }

  @Post(':id') // clients send the name of the collection once more (rest-api §5.3)
  @HttpCode(201)
  @Allow('operations', { tenant: 'required' })
  @Reads('json', { maxBytes: GRAPH_BYTES })
  @ApiOperation({ summary: 'Store a tasks graph with its operations' })
  @ApiCreatedResponse({ type: TasksGraphModel })
  @ApiConflictResponse()
  create(@CurrentTenantCtx() ctx: TenantCtx, @Body() input: PostTasksGraph): Promise<Item> {
    return this.operations.createGraph(ctx, input);
  }

  @Patch(':id')
  @HttpCode(200)
  @Allow('operations', { tenant: 'required' })
  @Reads('json')
  @ApiOperation({ summary: 'Report the state of a tasks graph' })
  @ApiOkResponse({ type: TasksGraphModel })
  patch(@CurrentTenantCtx() ctx: TenantCtx, @Param('id') id: string, @Body() input: PatchTasksGraph): Promise<Item> {
    return this.operations.patchGraph(ctx, id, input.state);
  }
}
