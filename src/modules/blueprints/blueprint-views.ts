import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../../core/errors/app-error.js';
import type { ReachCtx, TenantCtx } from '../../platform/context/ctx.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { SystemExecutions } from '../../platform/executions/system-executions.js';
import { ListQueries, type Item } from '../../platform/listing/list-queries.js';
import { BLUEPRINT_LIST } from './blueprint-list.js';

/** A blueprint as it goes out, with its upload's execution. */
@Injectable()
export class BlueprintViews {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly lists: ListQueries,
    private readonly executions: SystemExecutions,
  ) {}

  /** @throws NotFoundError when it does not exist or is not visible */
  async one(ctx: TenantCtx, id: string): Promise<Item> {
    return this.unitOfWork.run(ctx, async (ctx) => {
      const row = await this.lists.single(ctx, BLUEPRINT_LIST, 'r.id', id);
      if (!row) throw new NotFoundError('Blueprint', id);
      const [view] = await this.withExecutions(ctx, [row]);
      return view ?? row;
    });
  }

  /** Puts the executions that the caller may see in the place of their ids: one query for all. */
  async withExecutions(ctx: ReachCtx, items: readonly Item[]): Promise<readonly Item[]> {
    const ids = items.map((item) => item['upload_execution']).filter((id) => typeof id === 'string');
    if (ids.length === 0) return items;
    const views = await this.executions.views(ctx, ids);
    return items.map((item) =>
      'upload_execution' in item
        ? { ...item, upload_execution: views.get(String(item['upload_execution'])) ?? null }
        : item,
    );
  }
}
