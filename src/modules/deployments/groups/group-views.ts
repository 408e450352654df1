import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../../../core/errors/app-error.js';
import type { Listing } from '../../../core/listing/listing.js';
import { printable } from '../../../core/listing/query-values.js';
import type { ReachCtx, TenantCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import type { JsonStream } from '../../../platform/http/json-stream.js';
import { ListQueries, type Item, type ListPage } from '../../../platform/listing/list-queries.js';
import { exactJson } from '../exact-json.js';
import { GROUP_IDS, GROUP_LIST } from './group-list.js';
import { GroupMembersRepository } from './group-members.repository.js';

/** Deployment groups as they go out. */
@Injectable()
export class GroupViews {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly lists: ListQueries,
    private readonly members: GroupMembersRepository,
  ) {}

  list(ctx: ReachCtx, listing: Listing): Promise<ListPage | JsonStream> {
    return this.lists.page(ctx, GROUP_LIST, listing, { finish: (ctx, items) => this.finished(ctx, items) });
  }

  /** Joins the open transaction. @throws NotFoundError */
  async one(ctx: TenantCtx, id: string): Promise<Item> {
    return this.unitOfWork.run(ctx, async (ctx) => {
      const row = await this.lists.single(ctx, GROUP_LIST, 'r.id', id);
      if (!row) throw new NotFoundError(GROUP_IDS.kind, printable(id));
      const [view] = await this.finished(ctx, [row]);
      return view ?? row;
    });
  }

  /** One question each for all items. */
  private async finished(ctx: ReachCtx, items: readonly Item[]): Promise<readonly Item[]> {
    const keysOf = (field: string): string[] =>
      items.map((item) => item[field]).filter((key) => typeof key === 'string');
    const [withIds, withLabels] = [keysOf('deployment_ids'), keysOf('labels')];
    const ids = withIds.length === 0 ? null : await this.members.ids(ctx, withIds);
    const labels = withLabels.length === 0 ? null : await this.members.labelViews(ctx, withLabels);
    return items.map((item) => {
      const inputs = item['default_inputs'];
      return {
        ...item,
        ...(typeof inputs === 'string' ? { default_inputs: exactJson(inputs) } : {}),
        ...(ids ? { deployment_ids: ids.get(String(item['deployment_ids'])) ?? [] } : {}),
        ...(labels ? { labels: labels.get(String(item['labels'])) ?? [] } : {}),
      };
    });
  }
}
