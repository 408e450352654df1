import {
  Body,
  Controller,
  createParamDecorator,
  Delete,
  Get,
  HttpCode,
  Post,
  Query,
  Req,
  Res,
  type ExecutionContext,
} from '@nestjs/common';
import {
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { pipeline } from 'node:stream/promises';
import type { Listing } from '../../../core/listing/listing.js';
import { looseBoolean, type QueryValues } from '../../../core/listing/query-values.js';
import { AccessChain } from '../../../platform/access/access-chain.js';
import { Allow, CurrentTenantCtx, ListCtx } from '../../../platform/access/decorators.js';
import { accessOf } from '../../../platform/access/request-access.js';
import { Audited } from '../../../platform/audit/audited.decorator.js';
import { NO_REACH, type ReachCtx, type TenantCtx } from '../../../platform/context/ctx.js';
import { Reads } from '../../../platform/http/body.decorator.js';
import type { JsonStream } from '../../../platform/http/json-stream.js';
import { CurrentListing, Lists } from '../../../platform/listing/listing.decorator.js';
import type { ListPage } from '../../../platform/listing/list-queries.js';
import { EventModel } from '../execution.dto.js';
import { EVENT_LIST } from './event-list.js';
import { EVENT_KEYS, parseEventQuery } from './event-query.js';
import { EventRemovalService } from './event-removal.service.js';
import { EventStreams } from './event-stream.service.js';
import { RemovedEventsModel, ReportEvents } from './event.dto.js';
import { EventsService } from './events.service.js';
import { readPosition } from './stream-place.js';

/** The stream judges its request again and again. */
const ThisExecution = createParamDecorator((_: unknown, execution: ExecutionContext): ExecutionContext => execution);

const RANGE = {
  name: '_range',
  type: String,
  required: false,
  description: '`timestamp,from,to`; from is inclusive, to exclusive',
};

@ApiTags('events')
@Controller('events')
export class EventsController {
  constructor(
    private readonly events: EventsService,
    private readonly removals: EventRemovalService,
    private readonly streams: EventStreams,
    private readonly access: AccessChain,
  ) {}

  @Get()
  @HttpCode(200)
  @Allow('event_list', { tenant: 'required', allTenants: 'event_list' })
  @Lists(EVENT_LIST)
  @ApiOperation({ summary: 'List events and logs, oldest first' })
  @ApiQuery(RANGE)
  @ApiOkResponse({ type: EventModel, isArray: true })
  list(
    @ListCtx() ctx: ReachCtx,
    @CurrentListing() listing: Listing,
    @Query() query: QueryValues,
  ): Promise<ListPage | JsonStream> {
    return this.events.list(ctx, listing, parseEventQuery(query));
  }

  @Get('stream')
  @HttpCode(200)
  @Allow('event_list', { tenant: 'required', allTenants: 'event_list' })
  @Lists(EVENT_LIST)
  @ApiOperation({
    summary: 'Follow events and logs',
    description:
      'Server-sent events, with the filters of the list. Paging and sorting mean nothing here: events come as they are committed, none is left out. Ends when the rights of its reader do.',
  })
  @ApiQuery({ ...RANGE })
  @ApiQuery({ name: '_history', type: Boolean, required: false, description: 'Begin with those that there are' })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'Go on after this one' })
  @ApiOkResponse({ content: { 'text/event-stream': { schema: { type: 'string' } } } })
  async stream(
    @CurrentListing() listing: Listing,
    @Query() query: QueryValues,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @ThisExecution() execution: ExecutionContext,
  ): Promise<void> {
    const header = request.headers['last-event-id'];
    const fresh = looseBoolean(query, '_history') ? { seen: null, current: null } : null;
    const stream = await this.streams.follow({
      query: parseEventQuery(query),
      include: listing.include,
      from: typeof header === 'string' && header !== '' ? readPosition(header) : fresh,
      judge: () => this.access.judgeAgain(execution),
      ctx: () => {
        const { ctx, reach } = accessOf(request);
        return { ...ctx, reach: reach ?? NO_REACH };
      },
      onLeave: (callback) => reply.raw.once('close', callback),
    });
    reply.hijack();
    const { raw } = reply;
    for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value);
    raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache', 'x-accel-buffering': 'no' });
    raw.flushHeaders(); // the first event may be hours away
    // A reader that leaves is the usual end.
    await pipeline(stream, raw).catch(() => raw.destroy());
  }

  @Post()
  @HttpCode(201)
  @Allow('event_create', { tenant: 'required', execution: true })
  @Reads('json')
  @ApiOperation({
    summary: 'Report events and logs of an execution or an execution group',
    description: 'A running execution needs no permission, and writes about itself alone.',
  })
  @ApiCreatedResponse({ schema: { type: 'null' } })
  @ApiNoContentResponse({ description: 'There was nothing to store' })
  @ApiConflictResponse({ description: 'Both an execution and a group, or neither' })
  async report(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Body() input: ReportEvents,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<null> {
    if (!(await this.events.report(ctx, input))) reply.status(204);
    return null;
  }

  @Delete()
  @HttpCode(200)
  @Allow('event_delete', { tenant: 'required' })
  @Lists({ ...EVENT_LIST, ownKeys: [...EVENT_KEYS, 'store_before'] })
  @Audited('event.delete')
  @ApiOperation({ summary: 'Remove events, and logs where they are asked for, of a deployment' })
  @ApiQuery({ name: 'deployment_id', type: String, required: true })
  @ApiQuery({ name: 'type', enum: ['cloudify_event', 'cloudify_log'], isArray: true, required: true })
  @ApiQuery(RANGE)
  @ApiQuery({ name: 'store_before', type: Boolean, required: false, description: 'Write them to a file first' })
  @ApiOkResponse({ type: RemovedEventsModel })
  async remove(
    @CurrentTenantCtx() ctx: TenantCtx,
    @CurrentListing() listing: Listing,
    @Query() query: QueryValues,
  ): Promise<ListPage> {
    const removed = await this.removals.remove(ctx, parseEventQuery(query), looseBoolean(query, 'store_before'));
    return {
      items: [removed] as unknown as ListPage['items'], // a number, as the contract has it
      metadata: { pagination: { total: 1, size: listing.size, offset: listing.offset } },
    };
  }
}
