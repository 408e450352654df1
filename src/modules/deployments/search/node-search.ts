import { Injectable } from '@nestjs/common';
import { AppError, BadParametersError } from '../../../core/errors/app-error.js';
import type { Listing } from '../../../core/listing/listing.js';
import { firstOf, type QueryValues } from '../../../core/listing/query-values.js';
import type { ReachCtx } from '../../../platform/context/ctx.js';
import type { Search } from '../../../platform/filters/filter.dto.js';
import type { JsonStream } from '../../../platform/http/json-stream.js';
import type { FilterSource } from '../../../platform/listing/filter-conditions.js';
import type { ListPage } from '../../../platform/listing/list-queries.js';
import { escapeLike, type Condition } from '../../../platform/listing/list-query.js';
import { NodeInstancesService } from '../nodes/node-instances.service.js';
import { NodesService } from '../nodes/nodes.service.js';
import { NODE_INSTANCES, NODE_TYPES, nodeConstraints, nodeRules, NODES } from './node-conditions.js';

/** Searches in deployments (rest-api §3.16). */
@Injectable()
export class NodeSearch {
  constructor(
    private readonly nodes: NodesService,
    private readonly instances: NodeInstancesService,
  ) {}

  /** @throws BadParametersError unless one deployment is named, once; AppError invalid_filter_rule */
  async ofNodes(ctx: ReachCtx, listing: Listing, query: QueryValues, input: Search): Promise<ListPage | JsonStream> {
    return this.nodes.list(ctx, listing, conditionsOf(NODES, query, input, { needsPlace: true }));
  }

  /** `_search` looks at types. @throws as `ofNodes` */
  async ofTypes(ctx: ReachCtx, listing: Listing, query: QueryValues, input: Search): Promise<ListPage | JsonStream> {
    const { rules, extra } = conditionsOf(NODE_TYPES, query, input, { needsPlace: true, isTypes: true });
    const { search } = listing;
    const searched: readonly Condition[] =
      search === null ? [] : [(parameters) => `r.type ILIKE ${parameters.add(`%${escapeLike(search)}%`)}`];
    return this.nodes.list(ctx, { ...listing, search: null }, { rules, extra: [...extra, ...searched] });
  }

  /** Without constraints in any deployment. @throws as `ofNodes` */
  async ofInstances(
    ctx: ReachCtx,
    listing: Listing,
    query: QueryValues,
    input: Search,
  ): Promise<ListPage | JsonStream> {
    const needsPlace = (input.constraints ?? null) !== null;
    return this.instances.list(ctx, listing, conditionsOf(NODE_INSTANCES, query, input, { needsPlace }));
  }
}

interface SearchedNodes {
  readonly rules: readonly Condition[];
  readonly extra: readonly Condition[];
}

function conditionsOf(
  source: FilterSource,
  query: QueryValues,
  { filter_rules: rules = null, constraints: raw = null }: Search,
  { needsPlace, isTypes = false }: { readonly needsPlace: boolean; readonly isTypes?: boolean },
): SearchedNodes {
  if (raw !== null && rules !== null) {
    throw new BadParametersError('You should provide either filter rules or constraints, not both');
  }
  const constrained = raw === null ? null : nodeConstraints(source, raw, isTypes);
  const asked = { deployment: firstOf(query, 'deployment_id'), blueprint: firstOf(query, 'blueprint_id') };
  const { deploymentId = null, blueprintId = null } = constrained ?? {};
  const places = [asked.deployment, asked.blueprint, deploymentId, blueprintId].filter((one) => one);
  if (places.length > 1 || (needsPlace && places.length === 0)) {
    throw new BadParametersError('Please provide either `deployment_id` or `blueprint_id`, in one place');
  }
  if (asked.blueprint || blueprintId !== null) {
    throw new AppError(
      'method_not_allowed_error',
      'What is in a blueprint is not searched here; its plan holds its nodes',
    );
  }
  return {
    rules: [...(rules === null ? [] : nodeRules(source, rules)), ...(constrained?.conditions ?? [])],
    extra: deploymentId === null ? [] : [(parameters) => `d.id = ${parameters.add(deploymentId)}`],
  };
}
