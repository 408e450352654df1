import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../../../core/errors/app-error.js';
import type { Listing } from '../../../core/listing/listing.js';
import { canonicalName } from '../../../core/text/canonical-name.js';
import { NO_REACH, type Ctx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import type { JsonStream } from '../../../platform/http/json-stream.js';
import { ListQueries, type Item, type ListPage } from '../../../platform/listing/list-queries.js';
import { ViewsRepository } from '../views.repository.js';
import { groupListFor } from './group-list.source.js';

/** Groups as answers show them (rest-api §2.2). */
@Injectable()
export class GroupViewsService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly lists: ListQueries,
    private readonly views: ViewsRepository,
  ) {}

  list(ctx: Ctx, listing: Listing): Promise<ListPage | JsonStream> {
    return this.lists.page({ ...ctx, reach: NO_REACH }, groupListFor(listing.getData), listing);
  }

  /** In any casing. @throws NotFoundError */
  byName(ctx: Ctx, name: string, getData: boolean): Promise<Item> {
    return this.unitOfWork.run(ctx, async (ctx) => {
      const row = await this.views.single(ctx, groupListFor(getData), 'r.name_key', canonicalName(name));
      if (!row) throw new NotFoundError('Group', name);
      return row;
    });
  }
}
