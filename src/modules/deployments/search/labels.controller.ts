import { Controller, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { Listing } from '../../../core/listing/listing.js';
import { looseBoolean, type QueryValues } from '../../../core/listing/query-values.js';
import { assertName } from '../../../core/text/names.js';
import { Allow, ListCtx } from '../../../platform/access/decorators.js';
import type { ReachCtx } from '../../../platform/context/ctx.js';
import { CurrentListing, Lists } from '../../../platform/listing/listing.decorator.js';
import { DeploymentLabelTexts, LABEL_TEXTS, type TextPage } from './label-texts.js';
import { LabelTextListModel } from './search.dto.js';

/** Keys and values of the labels of deployments (rest-api §3.14). */
@ApiTags('labels')
@Controller('labels/deployments')
export class DeploymentLabelsController {
  constructor(private readonly labels: DeploymentLabelTexts) {}

  @Get()
  @HttpCode(200)
  @Allow('labels_list', { tenant: 'required', allTenants: 'labels_list' })
  @Lists(LABEL_TEXTS)
  @ApiOperation({ summary: 'List the keys of the labels that deployments have' })
  @ApiQuery({ name: '_reserved', type: Boolean, required: false, description: 'The reserved keys instead' })
  @ApiOkResponse({ type: LabelTextListModel })
  async keys(
    @ListCtx() ctx: ReachCtx,
    @CurrentListing() listing: Listing,
    @Query() query: QueryValues,
  ): Promise<TextPage> {
    return looseBoolean(query, '_reserved') ? this.labels.reserved(listing) : this.labels.page(ctx, null, listing);
  }

  @Get(':key')
  @HttpCode(200)
  @Allow('labels_list', { tenant: 'required', allTenants: 'labels_list' })
  @Lists(LABEL_TEXTS)
  @ApiOperation({ summary: 'List the values that a label of deployments has' })
  @ApiOkResponse({ type: LabelTextListModel })
  async values(
    @ListCtx() ctx: ReachCtx,
    @CurrentListing() listing: Listing,
    @Param('key') key: string,
  ): Promise<TextPage> {
    return this.labels.page(ctx, assertName('label_key', key).toLowerCase(), listing);
  }
}
