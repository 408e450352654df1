import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../../core/errors/app-error.js';
import type { ReachCtx, TenantCtx } from '../../platform/context/ctx.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { SystemExecutions } from '../../platform/executions/system-executions.js';
import { ListQueries, type Item } from '../../platform/listing/list-queries.js';
import { BLUEPRINT_LIST } from './blueprint-list.js';
import { BlueprintsRepository } from './blueprints.repository.js';

/** A blueprint as it goes out, with its labels and its upload's execution. */
@Injectable()
export class BlueprintViews {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly blueprints: BlueprintsRepository,
    private readonly lists: ListQueries,
    private readonly executions: SystemExecutions,
  ) {}

  /** @throws NotFoundError when it does not exist or is not visible */
  async one(ctx: TenantCtx, id: string): Promise<Item> {
    return this.unitOfWork.run(ctx, async (ctx) => {
      const row = await this.lists.single(ctx, BLUEPRINT_LIST, 'r.id', id);
      if (!row) throw new NotFoundError('Blueprint', id);
      const [view] = await this.finished(ctx, [row]);
      return view ?? row;
    });
  }

  /** Puts labels and executions in the place of their keys: one question each for all items. */
  async finished(ctx: ReachCtx, items: readonly Item[]): Promise<readonly Item[]> {
    const [numbers, ids] = [textsUnder(items, 'labels'), textsUnder(items, 'upload_execution')];
    const labels = numbers.length === 0 ? null : await this.blueprints.labelViews(ctx, numbers);
    const executions = ids.length === 0 ? null : await this.executions.views(ctx, ids);
    return items.map((item) => ({
      ...item,
      ...('labels' in item ? { labels: labels?.get(String(item['labels'])) ?? [] } : {}),
      // Null also for an execution that the caller may not see.
      ...('upload_execution' in item
        ? { upload_execution: executions?.get(String(item['upload_execution'])) ?? null }
        : {}),
    }));
  }
}

function textsUnder(items: readonly Item[], field: string): string[] {
  return items.map((item) => item[field]).filter((value) => typeof value === 'string');
}
