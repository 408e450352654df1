import { Controller, Get, HttpCode, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { Listing } from '../../core/listing/listing.js';
import type { QueryValues } from '../../core/listing/query-values.js';
import { Allow, ListCtx } from '../../platform/access/decorators.js';
import type { ReachCtx } from '../../platform/context/ctx.js';
import type { JsonStream } from '../../platform/http/json-stream.js';
import { CurrentListing, Lists } from '../../platform/listing/listing.decorator.js';
import type { ListPage } from '../../platform/listing/list-queries.js';
import { parseEventQuery } from './event-query.js';
import { EVENT_LIST, EventsService } from './events.service.js';
import { EventModel } from './execution.dto.js';

@ApiTags('events')
@Controller('events')
export class EventsController {
  constructor(private readonly events: EventsService) {}

  @Get()
  @HttpCode(200)
  @Allow('event_list', { tenant: 'required', allTenants: 'event_list' })
  @Lists(EVENT_LIST)
  @ApiOperation({ summary: 'List events and logs, oldest first' })
  @ApiQuery({
    name: '_range',
    type: String,
    required: false,
    description: '`timestamp,from,to`; from is inclusive, to exclusive',
  })
  @ApiOkResponse({ type: EventModel, isArray: true })
  list(
    @ListCtx() ctx: ReachCtx,
    @CurrentListing() listing: Listing,
    @Query() query: QueryValues,
  ): Promise<ListPage | JsonStream> {
    return this.events.list(ctx, listing, parseEventQuery(query));
  }
}
