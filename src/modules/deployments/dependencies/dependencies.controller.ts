import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Listing } from '../../../core/listing/listing.js';
import { Allow, CurrentTenantCtx, ListCtx } from '../../../platform/access/decorators.js';
import { Audited } from '../../../platform/audit/audited.decorator.js';
import type { ReachCtx, TenantCtx } from '../../../platform/context/ctx.js';
import { Reads } from '../../../platform/http/body.decorator.js';
import type { JsonStream } from '../../../platform/http/json-stream.js';
import { CurrentListing, Lists, Shows } from '../../../platform/listing/listing.decorator.js';
import type { Item, ListPage } from '../../../platform/listing/list-queries.js';
import { DependencyChanges, type DependencyIds } from './dependency-changes.js';
import { DEPENDENCY_LIST } from './dependency-list.js';
import {
  AddDependencies,
  DeleteDependency,
  DependencyIdListModel,
  DependencyListModel,
  DependencyModel,
  PutDependency,
  ReplaceDependencies,
} from './dependency.dto.js';

/** Which deployment depends on which (rest-api §3.3). */
@ApiTags('inter-deployment-dependencies')
@Controller('deployments')
export class DependenciesController {
  constructor(private readonly dependencies: DependencyChanges) {}

  @Get('inter-deployment-dependencies')
  @HttpCode(200)
  @Allow('inter_deployment_dependency_list', {
    tenant: 'required',
    allTenants: 'inter_deployment_dependency_list',
  })
  @Lists(DEPENDENCY_LIST)
  @ApiOperation({ summary: 'List dependencies between deployments' })
  @ApiOkResponse({ type: DependencyListModel })
  list(@ListCtx() ctx: ReachCtx, @CurrentListing() listing: Listing): Promise<ListPage | JsonStream> {
    return this.dependencies.list(ctx, listing);
  }

  @Put('inter-deployment-dependencies')
  @HttpCode(200)
  @Allow('inter_deployment_dependency_create', { tenant: 'required' })
  @Reads('json')
  @Shows(DEPENDENCY_LIST)
  @Audited('inter_deployment_dependency.create')
  @ApiOperation({ summary: 'Make a deployment depend on another one' })
  @ApiOkResponse({ type: DependencyModel })
  put(@CurrentTenantCtx() ctx: TenantCtx, @Body() input: PutDependency): Promise<Item> {
    return this.dependencies.put(ctx, input);
  }

  @Post('inter-deployment-dependencies')
  @HttpCode(200)
  @Allow('inter_deployment_dependency_create', { tenant: 'required' })
  @Reads('json')
  @Audited('inter_deployment_dependency.create')
  @ApiOperation({ summary: 'Make a deployment depend on several' })
  @ApiOkResponse({ type: DependencyIdListModel })
  add(@CurrentTenantCtx() ctx: TenantCtx, @Body() input: AddDependencies): Promise<DependencyIds> {
    return this.dependencies.add(ctx, input.source_deployment_id, input.inter_deployment_dependencies);
  }

  @Delete('inter-deployment-dependencies')
  @HttpCode(204)
  @Allow('inter_deployment_dependency_delete', { tenant: 'required' })
  @Reads('json')
  @Audited('inter_deployment_dependency.delete')
  @ApiOperation({ summary: 'Remove a dependency' })
  @ApiNoContentResponse()
  remove(@CurrentTenantCtx() ctx: TenantCtx, @Body() input: DeleteDependency): Promise<void> {
    return this.dependencies.remove(ctx, input);
  }

  @Put(':id/inter-deployment-dependencies')
  @HttpCode(200)
  @Allow('inter_deployment_dependency_create', { tenant: 'required' })
  @Reads('json')
  @Audited('inter_deployment_dependency.create')
  @ApiOperation({ summary: 'Replace all dependencies of a deployment' })
  @ApiOkResponse({ type: DependencyIdListModel })
  replace(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Param('id') id: string,
    @Body() input: ReplaceDependencies,
  ): Promise<DependencyIds> {
    return this.dependencies.replace(ctx, id, input.inter_deployment_dependencies);
  }
}
