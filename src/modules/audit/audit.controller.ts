import { Controller, Delete, Get, HttpCode, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiTags,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { pipeline } from 'node:stream/promises';
import type { QueryValues } from '../../core/listing/query-values.js';
import { Allow, CurrentCtx } from '../../platform/access/decorators.js';
import { Audited } from '../../platform/audit/audited.decorator.js';
import type { Ctx } from '../../platform/context/ctx.js';
import { Reads } from '../../platform/http/body.decorator.js';
import type { JsonStream } from '../../platform/http/json-stream.js';
import { readPage, readRemoval, readSelection } from './api/audit-query.js';
import { AuditRemovalService } from './api/audit-removal.service.js';
import { AuditStreamService } from './api/audit-stream.service.js';
import { AuditDeletedView, AuditErrorView, AuditListView, InjectedRecordInput } from './api/audit.dto.js';
import { InjectionReader } from './api/injection-reader.js';
import { StreamPermit } from './api/stream-permit.js';
import { AuditService, type AuditList } from './audit.service.js';

const VIEW = 'audit_log_view';

const CREATOR = { name: 'creator_name', required: false, type: String };
const EXECUTION = { name: 'execution_id', required: false, type: String };
const SINCE = {
  name: 'since',
  required: false,
  type: String,
  description: 'Not before this time; not together with `before`',
};
const BEFORE = { name: 'before', required: false, type: String, description: 'Not after this time' };
const KIND = {
  name: 'kind',
  required: false,
  enum: ['changes', 'all'],
  description: '`all` adds logins, refusals and reads',
};

/** The audit log (rest-api §2.9). */
@ApiTags('audit')
@Controller('audit')
@ApiUnprocessableEntityResponse({ type: AuditErrorView })
export class AuditController {
  constructor(
    private readonly audit: AuditService,
    private readonly removals: AuditRemovalService,
    private readonly streams: AuditStreamService,
    private readonly permit: StreamPermit,
    private readonly injections: InjectionReader,
  ) {}

  @Get()
  @HttpCode(200)
  @Allow(VIEW, { tenant: 'none' })
  @ApiOperation({ summary: 'List audit records' })
  @ApiQuery(CREATOR)
  @ApiQuery(EXECUTION)
  @ApiQuery(SINCE)
  @ApiQuery(BEFORE)
  @ApiQuery(KIND)
  @ApiQuery({ name: 'order_by', required: false, type: String, description: 'Columns, separated by commas' })
  @ApiQuery({ name: 'desc', required: false, type: Boolean })
  @ApiQuery({ name: 'offset', required: false, type: Number })
  @ApiQuery({ name: 'size', required: false, type: Number, description: '0: no limit' })
  @ApiOkResponse({ type: AuditListView })
  list(@CurrentCtx() ctx: Ctx, @Query() query: QueryValues): Promise<AuditList | JsonStream> {
    return this.audit.list(ctx, readPage(query));
  }

  @Delete()
  @HttpCode(200)
  @Allow('audit_log_truncate', { tenant: 'none' })
  @Audited('audit.remove')
  @ApiOperation({ summary: 'Remove old audit records; their digests and a signed note of the removal stay' })
  @ApiQuery({ ...BEFORE, required: true })
  @ApiQuery(CREATOR)
  @ApiQuery(EXECUTION)
  @ApiOkResponse({ type: AuditDeletedView })
  async remove(@CurrentCtx() ctx: Ctx, @Query() query: QueryValues): Promise<AuditDeletedView> {
    return { deleted: await this.removals.remove(ctx, readRemoval(query)) };
  }

  @Post()
  @HttpCode(204)
  @Allow('audit_log_inject', { tenant: 'none' })
  @Audited('audit.inject')
  @Reads('stream')
  @ApiOperation({ summary: 'Add records that were made elsewhere' })
  @ApiBody({ type: [InjectedRecordInput] })
  @ApiNoContentResponse()
  async inject(@CurrentCtx() ctx: Ctx, @Req() request: FastifyRequest): Promise<void> {
    await this.audit.inject(ctx, await this.injections.read(request));
  }

  /** Text, not the events of the SSE standard: each record is followed by an empty line and has no `data:` before it. */
  @Get('stream')
  @Allow(VIEW, { tenant: 'none' })
  @ApiOperation({ summary: 'Follow the audit log' })
  @ApiQuery(CREATOR)
  @ApiQuery(EXECUTION)
  @ApiQuery(SINCE)
  @ApiQuery(BEFORE)
  @ApiQuery(KIND)
  @ApiOkResponse({ content: { 'text/event-stream': { schema: { type: 'string' } } } })
  async stream(@Query() query: QueryValues, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const stream = await this.streams.stream(readSelection(query), () => this.permit.renew(request, VIEW));
    reply.hijack();
    const { raw } = reply;
    raw.socket?.setKeepAlive(true, 30_000); // a reader whose host is gone is noticed
    for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value);
    raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache', 'x-accel-buffering': 'no' });
    raw.flushHeaders(); // the first record may be hours away
    // A reader that leaves is the usual end.
    await pipeline(stream, raw).catch(() => raw.destroy());
  }
}
