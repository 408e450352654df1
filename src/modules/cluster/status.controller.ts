import { Controller, Get, HttpCode, Query, Res } from '@nestjs/common';
import { ApiInternalServerErrorResponse, ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { flag, type QueryValues } from '../../core/listing/query-values.js';
import { Allow, Public } from '../../platform/access/decorators.js';
import { AppConfig } from '../../platform/config/config.js';
import { ServerIdentity } from '../../platform/tls/server-identity.js';
import { clusterStatus, managerStatus } from './cluster-status.js';
import { API_RELEASE } from './product.js';
import { ClusterStatusView, ManagerStatusView, SnapshotStatusView } from './status.dto.js';
import { StatusService } from './status.service.js';

const SUMMARY = { name: 'summary', required: false, type: Boolean, description: 'Leave the services out' };

@ApiTags('status')
@Controller()
export class StatusController {
  constructor(
    private readonly status: StatusService,
    private readonly identity: ServerIdentity,
    private readonly config: AppConfig,
  ) {}

  @Get('ok')
  @HttpCode(200)
  @Public()
  @ApiOperation({ summary: 'Is the manager well? For load balancers' })
  @ApiOkResponse({ schema: { type: 'string', enum: ['OK'] } })
  @ApiInternalServerErrorResponse({
    schema: { type: 'string', enum: ['FAIL'] },
    description: 'The database does not answer',
  })
  async ok(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    if (await this.status.isWell()) return 'OK';
    reply.code(500);
    return 'FAIL';
  }

  @Get('status')
  @HttpCode(200)
  @Allow('status_get', { tenant: 'optional' })
  @ApiOperation({ summary: 'Show which services run' })
  @ApiQuery(SUMMARY)
  @ApiOkResponse({ type: ManagerStatusView })
  async services(@Query() query: QueryValues): Promise<ManagerStatusView> {
    const isSummary = flag(query, 'summary');
    return managerStatus(await this.status.services(), isSummary);
  }

  @Get('cluster-status')
  @HttpCode(200)
  @Allow('cluster_status_get', { tenant: 'optional' })
  @ApiOperation({ summary: 'Show the services by node' })
  @ApiQuery(SUMMARY)
  @ApiOkResponse({ type: ClusterStatusView })
  @ApiInternalServerErrorResponse({ type: ClusterStatusView, description: 'A summary whose status is Fail' })
  async cluster(
    @Query() query: QueryValues,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ClusterStatusView> {
    const isSummary = flag(query, 'summary');
    const { hostname, privateAddress, publicAddress } = this.identity;
    const view = clusterStatus(
      await this.status.services(),
      { hostname, privateAddress, publicAddress, version: API_RELEASE },
      { isSummary, isDatabaseExternal: this.config.databaseUrl !== null },
    );
    if (isSummary && view.status === 'Fail') reply.code(500);
    return view;
  }

  /** Open, since nobody can sign in while a restore is under way (rest-api §3.18). */
  @Get('snapshot-status')
  @HttpCode(200)
  @Public()
  @ApiOperation({ summary: 'Is a snapshot being restored?' })
  @ApiOkResponse({ type: SnapshotStatusView })
  restore(): SnapshotStatusView {
    return { status: 'not-running' };
  }
}
