import { Controller, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiBadRequestResponse, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { BadParametersError } from '../../core/errors/app-error.js';
import { printable } from '../../core/listing/query-values.js';
import { Allow, CurrentCtx } from '../../platform/access/decorators.js';
import { Audited } from '../../platform/audit/audited.decorator.js';
import type { Ctx } from '../../platform/context/ctx.js';
import { MaintenanceView } from './maintenance.dto.js';
import { MaintenanceModeService } from './maintenance.service.js';

const ALREADY = { status: 304, description: 'It is so already' };

@ApiTags('maintenance')
@Controller('maintenance')
export class MaintenanceController {
  constructor(private readonly maintenance: MaintenanceModeService) {}

  @Get()
  @HttpCode(200)
  @Allow('maintenance_mode_get', { tenant: 'optional' })
  @ApiOperation({ summary: 'Show whether maintenance mode is on' })
  @ApiOkResponse({ type: MaintenanceView })
  get(@CurrentCtx() ctx: Ctx): Promise<MaintenanceView> {
    return this.maintenance.current(ctx);
  }

  @Post('activate')
  @HttpCode(200)
  @Allow('maintenance_mode_set', { tenant: 'optional' })
  @Audited('maintenance.activate')
  @ApiOperation({ summary: 'Refuse new work, and all requests once what runs has ended' })
  @ApiOkResponse({ type: MaintenanceView })
  @ApiResponse(ALREADY)
  async activate(
    @CurrentCtx() ctx: Ctx,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MaintenanceView | undefined> {
    return changed(await this.maintenance.activate(ctx), reply);
  }

  @Post('deactivate')
  @HttpCode(200)
  @Allow('maintenance_mode_set', { tenant: 'optional' })
  @Audited('maintenance.deactivate')
  @ApiOperation({ summary: 'Serve all requests again' })
  @ApiOkResponse({ type: MaintenanceView })
  @ApiResponse(ALREADY)
  async deactivate(
    @CurrentCtx() ctx: Ctx,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MaintenanceView | undefined> {
    return changed(await this.maintenance.deactivate(ctx), reply);
  }

  @Post(':action')
  @HttpCode(200)
  @Allow('maintenance_mode_set', { tenant: 'optional' })
  @Audited('maintenance.unknown')
  @ApiOperation({ summary: 'Any other action' })
  @ApiBadRequestResponse({ description: 'There is no such action' })
  unknown(@Param('action') action: string): never {
    throw new BadParametersError(`Unknown maintenance action \`${printable(action)}\`: use activate or deactivate`);
  }
}

function changed(view: MaintenanceView | null, reply: FastifyReply): MaintenanceView | undefined {
  if (view !== null) return view;
  reply.code(304);
  return undefined;
}
