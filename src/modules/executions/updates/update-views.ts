import { Injectable } from '@nestjs/common';
import { Readable } from 'node:stream';
import { NotFoundError } from '../../../core/errors/app-error.js';
import type { Listing } from '../../../core/listing/listing.js';
import { printable } from '../../../core/listing/query-values.js';
import type { ReachCtx, TenantCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { JsonStream } from '../../../platform/http/json-stream.js';
import { ListQueries, type Item, type ListPage } from '../../../platform/listing/list-queries.js';
import { UpdateRecords } from './update-records.repository.js';
import { LARGE_FIELDS, UPDATE_LIST } from './update-list.js';

/** Updates of deployments as they go out; what users wrote is passed on to the letter. */
@Injectable()
export class UpdateViews {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly lists: ListQueries,
    private readonly records: UpdateRecords,
  ) {}

  list(ctx: ReachCtx, listing: Listing): Promise<ListPage | JsonStream> {
    return this.lists.page(ctx, UPDATE_LIST, listing, { print: (ctx, item) => this.printed(ctx, item) });
  }

  /** @throws NotFoundError */
  async one(ctx: TenantCtx, id: string, include: readonly string[] | null = null): Promise<JsonStream> {
    const parts = await this.unitOfWork.run(ctx, async (ctx) => {
      const item = await this.lists.single(ctx, UPDATE_LIST, 'r.id', id, include);
      if (!item) throw new NotFoundError('DeploymentUpdate', printable(id));
      return Array.fromAsync(this.printed(ctx, item));
    });
    return new JsonStream(Readable.from(parts));
  }

  private async *printed(ctx: ReachCtx, item: Item): AsyncGenerator<string> {
    let before = '{';
    for (const [field, value] of Object.entries(item)) {
      yield `${before}${JSON.stringify(field)}:`;
      if (typeof value === 'string' && LARGE_FIELDS.includes(field)) yield await this.records.part(ctx, value, field);
      else if (UPDATE_LIST.fields[field]?.kind === 'json') yield typeof value === 'string' ? value : 'null';
      else yield JSON.stringify(value);
      before = ',';
    }
    yield before === '{' ? '{}' : '}';
  }
}
