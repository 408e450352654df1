import { Injectable } from '@nestjs/common';
import { NO_REACH, type Ctx } from '../../platform/context/ctx.js';
import { queryRows } from '../../platform/database/tx.js';
import { singleStatement } from '../../platform/listing/list-query.js';
import type { Item } from '../../platform/listing/list-queries.js';
import type { ListSource } from '../../platform/listing/list-source.js';

/** Reads single users, groups and tenants as their lists show them. They belong to the whole installation, not to a tenant. */
@Injectable()
export class ViewsRepository {
  /** @param column a column of `r`, written by us */
  async single(ctx: Ctx, source: ListSource, column: `r.${string}`, value: unknown): Promise<Item | null> {
    const { text, parameters } = singleStatement({ ...ctx, reach: NO_REACH }, source, column, value);
    const [row] = await queryRows<Item>(ctx, text, parameters);
    return row ?? null;
  }
}
