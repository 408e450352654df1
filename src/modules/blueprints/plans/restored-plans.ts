import { Injectable } from '@nestjs/common';
import { AppError } from '../../../core/errors/app-error.js';
import { printable } from '../../../core/listing/query-values.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import type { BlueprintUpdate } from '../blueprint-update.js';
import { BlueprintsRepository, type BlueprintRow } from '../blueprints.repository.js';
import { ParsedBlueprints } from '../parsed-blueprints.js';
import { BlueprintPlansRepository } from './blueprint-plans.repository.js';

/** Stores plans that come with a request. Everything here runs in the caller's transaction. */
@Injectable()
export class RestoredPlans {
  constructor(
    private readonly blueprints: BlueprintsRepository,
    private readonly plans: BlueprintPlansRepository,
    private readonly parsed: ParsedBlueprints,
  ) {}

  /**
   * The plan, if one was sent, and with state `uploaded` the labels that the plan gives, unless labels were sent.
   * @throws AppError imported_blueprint_not_found
   */
  async apply(ctx: TenantCtx, held: BlueprintRow, { plan, state, labels }: BlueprintUpdate): Promise<void> {
    const { storageId } = held;
    if (plan === null) {
      await this.plans.remove(ctx, storageId);
      await this.plans.setImports(ctx, storageId, []);
    } else if (plan !== undefined) {
      await this.plans.put(ctx, storageId, plan.stored);
      await this.plans.setImports(ctx, storageId, await this.storageIds(ctx, plan.imports));
    }
    if (state === 'uploaded' && labels === null) {
      await this.parsed.adoptLabels(ctx, held, await this.plans.labels(ctx, storageId));
    }
  }

  private async storageIds(ctx: TenantCtx, ids: readonly string[]): Promise<readonly string[]> {
    const found: string[] = [];
    for (const id of new Set(ids)) {
      const blueprint = await this.blueprints.find(ctx, id);
      if (!blueprint) {
        throw new AppError(
          'imported_blueprint_not_found',
          `Requested \`Blueprint\` with ID \`${printable(id)}\`, which the plan imports, was not found`,
        );
      }
      found.push(blueprint.storageId);
    }
    return found;
  }
}
