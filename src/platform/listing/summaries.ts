import { Injectable } from '@nestjs/common';
import { BadParametersError } from '../../core/errors/app-error.js';
import type { Listing } from '../../core/listing/listing.js';
import { firstOf, printable, type QueryValues } from '../../core/listing/query-values.js';
import type { ReachCtx } from '../context/ctx.js';
import { queryRows } from '../database/tx.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import type { Item } from './list-queries.js';
import { summaryStatement, type Condition } from './list-query.js';
import type { ListSource } from './list-source.js';

/** What is counted (rest-api §3.17). */
export interface SummaryRequest {
  readonly target: string;
  readonly sub: string | null;
}

/** A summary answers groups; its paging counts them. */
export interface SummaryPage {
  readonly items: readonly Item[];
  readonly metadata: {
    readonly pagination: { readonly total: number; readonly size: number; readonly offset: number };
  };
}

/** @throws BadParametersError unless `_target_field`, and `_sub_field` if there is one, are among `allowed` */
export function parseSummary(query: QueryValues, allowed: readonly string[]): SummaryRequest {
  const field = (name: '_target_field' | '_sub_field'): string | null => {
    const value = firstOf(query, name) ?? '';
    if (value === '') return null;
    if (!allowed.includes(value)) {
      throw new BadParametersError(
        `Field ${printable(value)} is not valid for summary in \`${name}\`. Fields that can be summarized: ${allowed.join(', ')}`,
        { traceback: 'absent' },
      );
    }
    return value;
  };
  const target = field('_target_field');
  if (target === null) {
    throw new BadParametersError(
      `\`_target_field\` is required. Fields that can be summarized: ${allowed.join(', ')}`,
      { traceback: 'absent' },
    );
  }
  return { target, sub: field('_sub_field') };
}

interface CountedRow {
  readonly target: unknown;
  readonly sub: unknown;
  readonly count: number;
}

/** Counts the rows of a list by the values of a field, the largest group first. */
@Injectable()
export class Summaries {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  /** @param type what the counts are called: `blueprints` */
  async page(
    ctx: ReachCtx,
    source: ListSource,
    listing: Listing,
    request: SummaryRequest,
    options: { readonly type: string; readonly extra?: readonly Condition[] },
  ): Promise<SummaryPage> {
    const { text, parameters } = summaryStatement(ctx, source, listing, request, options.extra ?? []);
    const rows = await this.unitOfWork.run(ctx, (ctx) => queryRows<CountedRow>(ctx, text, parameters));
    const all = grouped(rows, request, options.type);
    const items = listing.everything ? all : all.slice(listing.offset, listing.offset + listing.size);
    return {
      items,
      metadata: { pagination: { total: all.length, size: listing.size, offset: listing.offset } },
    };
  }
}

function grouped(rows: readonly CountedRow[], { target, sub }: SummaryRequest, type: string): readonly Item[] {
  const groups = new Map<unknown, { total: number; readonly parts: Item[] }>();
  for (const row of rows) {
    const group = groups.get(row.target) ?? { total: 0, parts: [] };
    group.total += row.count;
    if (sub !== null) group.parts.push({ [sub]: row.sub, [type]: row.count });
    groups.set(row.target, group);
  }
  return [...groups]
    .toSorted(([, left], [, right]) => right.total - left.total)
    .map(([value, { total, parts }]) => ({
      [target]: value,
      [type]: total,
      ...(sub === null ? {} : { [`by ${sub}`]: parts }),
    }));
}
