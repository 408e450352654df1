import { Injectable } from '@nestjs/common';
import { BadParametersError } from '../../../core/errors/app-error.js';
import { parseConstraints } from '../../../core/filters/constraints.js';
import { parseFilterRules } from '../../../core/filters/filter-rules.js';
import { firstOf, type QueryValues } from '../../../core/listing/query-values.js';
import type { ReachCtx } from '../../../platform/context/ctx.js';
import type { Search } from '../../../platform/filters/filter.dto.js';
import { constraintConditions, ruleConditions } from '../../../platform/listing/filter-conditions.js';
import type { Condition } from '../../../platform/listing/list-query.js';
import { DEPLOYMENT_FILTER_SOURCE, DeploymentFilters } from './deployment-filters.js';

/** Which deployments a search asks for (rest-api §3.16). */
@Injectable()
export class SearchConditions {
  constructor(private readonly filters: DeploymentFilters) {}

  /** Those of the stored filter that `_filter_id` names; undefined without one. @throws NotFoundError */
  async ofQuery(ctx: ReachCtx, query: QueryValues): Promise<readonly Condition[] | undefined> {
    const filterId = firstOf(query, '_filter_id') ?? '';
    return filterId === '' ? undefined : this.stored(ctx, filterId);
  }

  /** @throws BadParametersError for rules beside constraints, AppError invalid_filter_rule, NotFoundError for a filter */
  async of(
    ctx: ReachCtx,
    query: QueryValues,
    { filter_rules: rules = null, constraints = null }: Search,
  ): Promise<readonly Condition[]> {
    const named = firstOf(query, '_filter_id') ?? '';
    if (constraints !== null && (rules !== null || named !== '')) {
      throw new BadParametersError('You should provide either filter rules or constraints, not both');
    }
    return [
      ...(rules === null ? [] : this.ofRules(rules)),
      ...(constraints === null ? [] : await this.constrained(ctx, constraints)),
      ...((await this.ofQuery(ctx, query)) ?? []),
    ];
  }

  /** @throws AppError invalid_filter_rule */
  ofRules(rules: readonly unknown[]): readonly Condition[] {
    return ruleConditions(DEPLOYMENT_FILTER_SOURCE, parseFilterRules(rules, DEPLOYMENT_FILTER_SOURCE.attributes));
  }

  /** @throws NotFoundError */
  async stored(ctx: ReachCtx, filterId: string): Promise<readonly Condition[]> {
    return ruleConditions(DEPLOYMENT_FILTER_SOURCE, await this.filters.rulesOf(ctx, filterId));
  }

  private async constrained(ctx: ReachCtx, raw: unknown): Promise<readonly Condition[]> {
    const constraints = parseConstraints(raw);
    return [
      ...constraintConditions(DEPLOYMENT_FILTER_SOURCE, constraints),
      ...(constraints.filterId === null ? [] : await this.stored(ctx, constraints.filterId)),
    ];
  }
}
