import { Body, Controller, Get, HttpCode, Param, Patch, Put } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Listing } from '../../../core/listing/listing.js';
import { Allow, CurrentTenantCtx, ListCtx } from '../../../platform/access/decorators.js';
import { Audited } from '../../../platform/audit/audited.decorator.js';
import type { ReachCtx, TenantCtx } from '../../../platform/context/ctx.js';
import { Reads } from '../../../platform/http/body.decorator.js';
import type { JsonStream } from '../../../platform/http/json-stream.js';
import { CurrentListing, Lists, Shows } from '../../../platform/listing/listing.decorator.js';
import type { Item, ListPage } from '../../../platform/listing/list-queries.js';
import { AGENT_LIST, AGENT_SHOWN } from './agent-list.js';
import {
  AgentListModel,
  AgentModel,
  PutAgent,
  ReplaceAgentCertificates,
  UpdateAgent,
  UpdatedAgentsModel,
} from './agent.dto.js';
import { AgentsService } from './agents.service.js';

/** Agents on hosts (rest-api §3.11). */
@ApiTags('agents')
@Controller('agents')
export class AgentsController {
  constructor(private readonly agents: AgentsService) {}

  @Get()
  @HttpCode(200)
  @Allow('agent_list', { tenant: 'required', allTenants: 'agent_list' })
  @Lists(AGENT_LIST)
  @ApiOperation({ summary: 'List agents' })
  @ApiOkResponse({ type: AgentListModel })
  list(@ListCtx() ctx: ReachCtx, @CurrentListing() listing: Listing): Promise<ListPage | JsonStream> {
    return this.agents.list(ctx, listing);
  }

  @Patch()
  @HttpCode(200)
  @Allow('agent_replace_certs', { tenant: 'required' })
  @Reads('json')
  @Audited('agent.replace_certificates')
  @ApiOperation({
    summary: 'Replace the certificates of all agents; refused with 405 as long as no broker serves them',
  })
  @ApiOkResponse({ type: UpdatedAgentsModel })
  replaceCertificates(@CurrentTenantCtx() _ctx: TenantCtx, @Body() _input: ReplaceAgentCertificates): never {
    return this.agents.replaceCertificates();
  }

  @Get(':name')
  @HttpCode(200)
  @Allow('agent_get', { tenant: 'required' })
  @Shows(AGENT_SHOWN)
  @ApiOperation({ summary: 'Show an agent' })
  @ApiOkResponse({ type: AgentModel })
  get(@CurrentTenantCtx() ctx: TenantCtx, @Param('name') name: string): Promise<Item> {
    return this.agents.get(ctx, name);
  }

  @Put(':name')
  @HttpCode(200)
  @Allow('agent_create', { tenant: 'required' })
  @Reads('json')
  @Shows(AGENT_SHOWN)
  @Audited('agent.create')
  @ApiOperation({ summary: 'Register an agent; one that is there already stays, and the answer is empty' })
  @ApiOkResponse({ type: AgentModel })
  create(@CurrentTenantCtx() ctx: TenantCtx, @Param('name') name: string, @Body() input: PutAgent): Promise<Item> {
    return this.agents.create(ctx, name, input);
  }

  @Patch(':name')
  @HttpCode(200)
  @Allow('agent_update', { tenant: 'required' })
  @Reads('json')
  @Shows(AGENT_SHOWN)
  @Audited('agent.update')
  @ApiOperation({ summary: 'Change an agent' })
  @ApiOkResponse({ type: AgentModel })
  update(@CurrentTenantCtx() ctx: TenantCtx, @Param('name') name: string, @Body() input: UpdateAgent): Promise<Item> {
    return this.agents.update(ctx, name, input);
  }
}
