import { Controller, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { Listing } from '../../core/listing/listing.js';
import { looseBoolean, type QueryValues } from '../../core/listing/query-values.js';
import { Allow, CurrentTenantCtx, ListCtx } from '../../platform/access/decorators.js';
import type { ReachCtx, TenantCtx } from '../../platform/context/ctx.js';
import type { ExecutionView } from '../../platform/executions/system-executions.js';
import type { JsonStream } from '../../platform/http/json-stream.js';
import { CurrentListing, Lists, Shows } from '../../platform/listing/listing.decorator.js';
import type { ListPage } from '../../platform/listing/list-queries.js';
import { ExecutionModel } from './execution.dto.js';
import { EXECUTION_LIST } from './executions.repository.js';
import { ExecutionsService } from './executions.service.js';

@ApiTags('executions')
@Controller('executions')
export class ExecutionsController {
  constructor(private readonly executions: ExecutionsService) {}

  @Get()
  @HttpCode(200)
  @Allow('execution_list', { tenant: 'required', allTenants: 'execution_list', anyTenant: true })
  @Lists(EXECUTION_LIST)
  @ApiOperation({ summary: 'List executions' })
  @ApiQuery({ name: '_include_system_workflows', type: Boolean, required: false })
  @ApiOkResponse({ type: ExecutionModel, isArray: true })
  list(
    @ListCtx() ctx: ReachCtx,
    @CurrentListing() listing: Listing,
    @Query() query: QueryValues,
  ): Promise<ListPage | JsonStream> {
    return this.executions.list(ctx, listing, looseBoolean(query, '_include_system_workflows'));
  }

  @Get(':id')
  @HttpCode(200)
  @Allow('execution_get', { tenant: 'required' })
  @Shows(EXECUTION_LIST)
  @ApiOperation({ summary: 'Show an execution' })
  @ApiOkResponse({ type: ExecutionModel })
  get(@CurrentTenantCtx() ctx: TenantCtx, @Param('id') id: string): Promise<ExecutionView> {
    return this.executions.get(ctx, id);
  }
}
