import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../../core/errors/app-error.js';
import type { ReachCtx, TenantCtx } from '../../platform/context/ctx.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { SystemExecutions } from '../../platform/executions/system-executions.js';
import type { JsonStream } from '../../platform/http/json-stream.js';
import { ListQueries, type Item } from '../../platform/listing/list-queries.js';
import { BLUEPRINT_LIST } from './blueprint-list.js';
import { BlueprintsRepository } from './blueprints.repository.js';
import { BlueprintPlansRepository } from './plans/blueprint-plans.repository.js';
import { isLarge, PlanTexts } from './plans/plan-texts.js';

/** The fields that an answer is to have; null are all of them. */
export type Include = readonly string[] | null;

/** One blueprint: with its plan it is streamed. */
export type BlueprintAnswer = Item | JsonStream;

/** A blueprint as it goes out, with its labels, its upload's execution and, where it is asked for, its plan. */
@Injectable()
export class BlueprintViews {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly blueprints: BlueprintsRepository,
    private readonly plans: BlueprintPlansRepository,
    private readonly texts: PlanTexts,
    private readonly lists: ListQueries,
    private readonly executions: SystemExecutions,
  ) {}

  /** @throws NotFoundError when it does not exist or is not visible */
  async one(ctx: TenantCtx, id: string, include: Include): Promise<BlueprintAnswer> {
    const { item, key, size, folded } = await this.unitOfWork.run(ctx, async (ctx) => {
      const row = await this.row(ctx, id, include);
      const storageId = typeof row['plan'] === 'string' ? row['plan'] : '';
      const found = storageId === '' ? null : await this.plans.size(ctx, storageId);
      return {
        item: await this.withoutPlan(ctx, row),
        key: storageId,
        size: found,
        folded: found === null || isLarge(found) ? null : await this.plans.folded(ctx, storageId),
      };
    });
    if (size === null) return item;
    const { plan: _none, ...rest } = item;
    const open = async (): Promise<Uint8Array | null> =>
      folded ?? this.unitOfWork.run(ctx, (ctx) => this.plans.folded(ctx, key));
    return this.texts.answer(rest, { size, open }, ctx.actor.userId);
  }

  /** As `one`, for a blueprint that has no plan yet. Joins the open transaction. */
  async unparsed(ctx: TenantCtx, id: string): Promise<Item> {
    return this.unitOfWork.run(ctx, async (ctx) => this.withoutPlan(ctx, await this.row(ctx, id, null)));
  }

  /** Puts labels and executions in the place of their keys: one question each for all items. Plans become null. */
  async finished(ctx: ReachCtx, items: readonly Item[]): Promise<readonly Item[]> {
    const [numbers, ids] = [textsUnder(items, 'labels'), textsUnder(items, 'upload_execution')];
    const labels = numbers.length === 0 ? null : await this.blueprints.labelViews(ctx, numbers);
    const executions = ids.length === 0 ? null : await this.executions.views(ctx, ids);
    return items.map((item) => ({
      ...item,
      ...('plan' in item ? { plan: null } : {}),
      ...('labels' in item ? { labels: labels?.get(String(item['labels'])) ?? [] } : {}),
      // Null also for an execution that the caller may not see.
      ...('upload_execution' in item
        ? { upload_execution: executions?.get(String(item['upload_execution'])) ?? null }
        : {}),
    }));
  }

  /** The JSON of a list's item whose field `plan` is still the key that it left the database with. */
  async *printed(ctx: ReachCtx, { plan: storageId, ...item }: Item): AsyncGenerator<string | Uint8Array> {
    const folded = typeof storageId === 'string' ? await this.plans.folded(ctx, storageId) : null;
    if (folded === null) yield JSON.stringify({ ...item, plan: null });
    else yield* this.texts.text(item, folded);
  }

  private async row(ctx: TenantCtx, id: string, include: Include): Promise<Item> {
    const row = await this.lists.single(ctx, BLUEPRINT_LIST, 'r.id', id, include);
    if (!row) throw new NotFoundError('Blueprint', id);
    return row;
  }

  private async withoutPlan(ctx: TenantCtx, row: Item): Promise<Item> {
    const [view] = await this.finished(ctx, [row]);
    return view ?? row;
  }
}

function textsUnder(items: readonly Item[], field: string): string[] {
  return items.map((item) => item[field]).filter((value) => typeof value === 'string');
}
