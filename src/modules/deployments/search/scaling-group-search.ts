import { Injectable } from '@nestjs/common';
import { AppError, BadParametersError } from '../../../core/errors/app-error.js';
import type { Listing } from '../../../core/listing/listing.js';
import { firstOf, type QueryValues } from '../../../core/listing/query-values.js';
import type { ReachCtx } from '../../../platform/context/ctx.js';
import type { Search } from '../../../platform/filters/filter.dto.js';
import type { JsonStream } from '../../../platform/http/json-stream.js';
import type { FilterSource } from '../../../platform/listing/filter-conditions.js';
import { ListQueries, type ListPage } from '../../../platform/listing/list-queries.js';
import type { Condition } from '../../../platform/listing/list-query.js';
import { COMMON_JOINS, type ListSource } from '../../../platform/listing/list-source.js';
import { exactJson } from '../exact-json.js';
import { nodeConstraints } from './node-conditions.js';

/** rest-api §3.16. */
export const SCALING_GROUP_LIST: ListSource = {
  resource: 'scaling_groups',
  from: `deployment r ${COMMON_JOINS} CROSS JOIN LATERAL json_each(
      CASE WHEN json_typeof(r.scaling_groups) = 'object' THEN r.scaling_groups END) WITH ORDINALITY AS g (key, value, place)`,
  fields: {
    deployment_id: { kind: 'text', sql: 'r.id' },
    name: { kind: 'text', sql: 'g.key' },
    members: { kind: 'json', sql: `g.value->'members'` },
    properties: { kind: 'json', sql: `(g.value->'properties')::text` },
  },
  ownKeys: ['blueprint_id'],
  order: 'r.id, g.place, r.storage_id',
  getAllResults: true,
  scoped: true,
};

const GROUPS: FilterSource = { attributes: {}, columns: {}, name: 'g.key' };

@Injectable()
export class ScalingGroupSearch {
  constructor(private readonly lists: ListQueries) {}

  /** `_search` is an exact name. @throws BadParametersError unless one deployment is named, once */
  async page(
    ctx: ReachCtx,
    listing: Listing,
    query: QueryValues,
    { constraints: raw = null }: Search,
  ): Promise<ListPage | JsonStream> {
    const { deploymentId, blueprintId, conditions } = nodeConstraints(GROUPS, raw ?? {});
    const places = [firstOf(query, 'deployment_id'), firstOf(query, 'blueprint_id'), deploymentId, blueprintId];
    if (places.filter((one) => one).length !== 1) {
      throw new BadParametersError('Please provide either `deployment_id` or `blueprint_id`, in one place');
    }
    if (blueprintId !== null || firstOf(query, 'blueprint_id')) {
      throw new AppError('method_not_allowed_error', 'What is in a blueprint is not searched here; its plan holds it');
    }
    const { search } = listing;
    const extra: readonly Condition[] = [
      ...(deploymentId === null ? [] : [equals('r.id', deploymentId)]),
      ...(search === null ? [] : [equals('g.key', search)]),
    ];
    return this.lists.page(
      ctx,
      SCALING_GROUP_LIST,
      { ...listing, search: null },
      {
        extra,
        rules: conditions,
        toItem: (item) =>
          typeof item['properties'] === 'string' ? { ...item, properties: exactJson(item['properties']) } : item,
      },
    );
  }
}

const equals =
  (sql: string, text: string): Condition =>
  (parameters) =>
    `${sql} = ${parameters.add(text)}::text`;
