import { Injectable } from '@nestjs/common';
import type { Label } from '../../core/labels/labels.js';
import { Clock } from '../../platform/clock/clock.js';
import type { TenantCtx } from '../../platform/context/ctx.js';
import { BlueprintAudit } from './blueprint-audit.js';
import { BlueprintsRepository, type BlueprintRow } from './blueprints.repository.js';
import { BlueprintPlansRepository } from './plans/blueprint-plans.repository.js';
import type { ParsedBlueprint } from './upload-steps.js';

/** Makes a blueprint what its files were found to mean. Everything here runs in the caller's transaction. */
@Injectable()
export class ParsedBlueprints {
  constructor(
    private readonly blueprints: BlueprintsRepository,
    private readonly plans: BlueprintPlansRepository,
    private readonly audit: BlueprintAudit,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError imported_blueprint_not_found, invalid_blueprint_error when what it imports is gone meanwhile */
  async adopt(
    ctx: TenantCtx,
    blueprint: BlueprintRow,
    { mainFile, reading }: ParsedBlueprint,
    iconKey: string | null,
  ): Promise<void> {
    const { storageId } = blueprint;
    await this.plans.put(ctx, storageId, reading.plan);
    await this.plans.setImports(ctx, storageId, reading.importedIds);
    await this.plans.setPlugins(ctx, storageId, reading);
    await this.blueprints.update(
      ctx,
      storageId,
      {
        state: 'uploaded',
        error: null,
        main_file_name: mainFile,
        description: reading.description,
        requirements: reading.requirements,
        icon_key: iconKey,
      },
      this.clock.now(),
    );
    await this.adoptLabels(ctx, blueprint, reading.plan.labels);
  }

  /** What the blueprint says of itself counts where the upload said nothing (rest-api §3.1). */
  async adoptLabels(ctx: TenantCtx, blueprint: BlueprintRow, labels: readonly Label[]): Promise<void> {
    if (labels.length === 0 || (await this.blueprints.labels(ctx, blueprint.storageId)).length > 0) return;
    await this.blueprints.replaceLabels(ctx, blueprint.storageId, labels, {
      creatorId: blueprint.creatorId,
      at: this.clock.now(),
    });
    await this.audit.record(ctx, {
      action: 'blueprint.labels',
      operation: 'create',
      ...blueprint,
      table: 'blueprints_labels',
      details: { labels },
    });
  }
}
