import { Injectable } from '@nestjs/common';
import type { Listing } from '../../../core/listing/listing.js';
import type { ReachCtx } from '../../../platform/context/ctx.js';
import { queryRows } from '../../../platform/database/tx.js';
import { escapeLike, Parameters, visibleSql } from '../../../platform/listing/list-query.js';

@Injectable()
export class LabelTextsRepository {
  /** The distinct keys, or the values of one key, of the labels of visible deployments; a page of them, and how many. */
  async distinct(
    ctx: ReachCtx,
    key: string | null,
    { size, offset, everything, search }: Listing,
  ): Promise<{ readonly texts: readonly string[]; readonly total: number }> {
    const parameters = new Parameters();
    const column = key === null ? 'l.key' : 'l.value';
    const conditions = [
      visibleSql(ctx, parameters),
      ...(key === null ? [] : [`l.key = ${parameters.add(key)}`]),
      ...(search === null ? [] : [`${column} ILIKE ${parameters.add(`%${escapeLike(search)}%`)}`]),
    ];
    const all = `SELECT DISTINCT ${column} AS text FROM deployment_label l
      JOIN deployment r ON r.storage_id = l.deployment_id WHERE ${conditions.join(' AND ')}`;
    const counted = [...parameters.values];
    const page = everything ? '' : `LIMIT ${parameters.add(size)} OFFSET ${parameters.add(offset)}`;
    const rows = await queryRows<{ text: string }>(
      ctx,
      `SELECT text FROM (${all}) AS found ORDER BY text COLLATE "C" ${page}`,
      parameters.values,
    );
    const [count] = await queryRows<{ total: number }>(
      ctx,
      `SELECT count(*)::int AS total FROM (${all}) AS found`,
      counted,
    );
    return { texts: rows.map(({ text }) => text), total: count?.total ?? 0 };
  }
}
