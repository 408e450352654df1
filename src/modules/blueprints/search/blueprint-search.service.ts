import { Injectable } from '@nestjs/common';
import { BadParametersError } from '../../../core/errors/app-error.js';
import { parseConstraints } from '../../../core/filters/constraints.js';
import { parseFilterRules } from '../../../core/filters/filter-rules.js';
import type { Listing } from '../../../core/listing/listing.js';
import { firstOf, type QueryValues } from '../../../core/listing/query-values.js';
import type { ReachCtx } from '../../../platform/context/ctx.js';
import type { Search } from '../../../platform/filters/filter.dto.js';
import type { JsonStream } from '../../../platform/http/json-stream.js';
import { constraintConditions, ruleConditions } from '../../../platform/listing/filter-conditions.js';
import type { ListPage } from '../../../platform/listing/list-queries.js';
import type { Condition } from '../../../platform/listing/list-query.js';
import { Summaries, type SummaryPage, type SummaryRequest } from '../../../platform/listing/summaries.js';
import { BLUEPRINT_LIST, withoutHidden } from '../blueprint-list.js';
import { BlueprintsService } from '../blueprints.service.js';
import { BLUEPRINT_FILTER_SOURCE, BlueprintFilters } from './blueprint-filters.js';

/** Lists of blueprints with filter rules, stored or sent, and counts of them. */
@Injectable()
export class BlueprintSearchService {
  constructor(
    private readonly blueprints: BlueprintsService,
    private readonly filters: BlueprintFilters,
    private readonly summaries: Summaries,
  ) {}

  /** `_filter_id` names a stored filter. @throws NotFoundError when there is none that the caller may see */
  async list(ctx: ReachCtx, listing: Listing, query: QueryValues): Promise<ListPage | JsonStream> {
    const filterId = firstOf(query, '_filter_id') ?? '';
    return this.blueprints.list(ctx, listing, filterId === '' ? undefined : await this.stored(ctx, filterId));
  }

  /**
   * rest-api §3.16.
   * @throws BadParametersError for both rules and constraints, or constraints with `_filter_id`; AppError
   *   invalid_filter_rule, NotFoundError
   */
  async search(
    ctx: ReachCtx,
    listing: Listing,
    query: QueryValues,
    { filter_rules: rules = null, constraints = null }: Search,
  ): Promise<ListPage | JsonStream> {
    const filterId = firstOf(query, '_filter_id') ?? '';
    if (constraints !== null && (rules !== null || filterId !== '')) {
      throw new BadParametersError('You should provide either filter rules or constraints, not both');
    }
    const conditions = [
      ...(rules === null ? [] : ruleConditions(BLUEPRINT_FILTER_SOURCE, this.parsed(rules))),
      ...(constraints === null ? [] : await this.constrained(ctx, constraints)),
      ...(filterId === '' ? [] : await this.stored(ctx, filterId)),
    ];
    return this.blueprints.list(ctx, listing, conditions);
  }

  summary(ctx: ReachCtx, listing: Listing, request: SummaryRequest): Promise<SummaryPage> {
    return this.summaries.page(ctx, BLUEPRINT_LIST, listing, request, {
      type: 'blueprints',
      extra: withoutHidden(listing),
    });
  }

  private parsed(rules: readonly unknown[]): ReturnType<typeof parseFilterRules> {
    return parseFilterRules(rules, BLUEPRINT_FILTER_SOURCE.attributes);
  }

  private async stored(ctx: ReachCtx, filterId: string): Promise<readonly Condition[]> {
    return ruleConditions(BLUEPRINT_FILTER_SOURCE, await this.filters.rulesOf(ctx, filterId));
  }

  private async constrained(ctx: ReachCtx, raw: unknown): Promise<readonly Condition[]> {
    const constraints = parseConstraints(raw);
    return [
      ...constraintConditions(BLUEPRINT_FILTER_SOURCE, constraints),
      ...(constraints.filterId === null ? [] : await this.stored(ctx, constraints.filterId)),
    ];
  }
}
