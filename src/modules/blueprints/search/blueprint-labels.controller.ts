import { Controller, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { Listing } from '../../../core/listing/listing.js';
import { looseBoolean, type QueryValues } from '../../../core/listing/query-values.js';
import { assertName } from '../../../core/text/names.js';
import { Allow, ListCtx } from '../../../platform/access/decorators.js';
import type { ReachCtx } from '../../../platform/context/ctx.js';
import { CurrentListing, Lists } from '../../../platform/listing/listing.decorator.js';
import { TextListModel } from '../blueprint.dto.js';
import { BlueprintLabelsService, LABEL_TEXTS, type TextPage } from './blueprint-labels.service.js';

/** Keys and values of the labels of blueprints (rest-api §3.14). */
@ApiTags('labels')
@Controller('labels/blueprints')
export class BlueprintLabelsController {
  constructor(private readonly labels: BlueprintLabelsService) {}

  @Get()
  @HttpCode(200)
  @Allow('labels_list', { tenant: 'required', allTenants: 'labels_list' })
  @Lists(LABEL_TEXTS)
  @ApiOperation({ summary: 'List the keys of the labels that blueprints have' })
  @ApiQuery({ name: '_reserved', type: Boolean, required: false, description: 'The reserved keys instead' })
  @ApiOkResponse({ type: TextListModel })
  async keys(
    @ListCtx() ctx: ReachCtx,
    @CurrentListing() listing: Listing,
    @Query() query: QueryValues,
  ): Promise<TextPage> {
    return looseBoolean(query, '_reserved') ? this.labels.reserved(listing) : this.labels.keys(ctx, listing);
  }

  @Get(':key')
  @HttpCode(200)
  @Allow('labels_list', { tenant: 'required', allTenants: 'labels_list' })
  @Lists(LABEL_TEXTS)
  @ApiOperation({ summary: 'List the values that a label of blueprints has' })
  @ApiOkResponse({ type: TextListModel })
  async values(
    @ListCtx() ctx: ReachCtx,
    @CurrentListing() listing: Listing,
    @Param('key') key: string,
  ): Promise<TextPage> {
    return this.labels.values(ctx, assertName('label_key', key), listing);
  }
}
