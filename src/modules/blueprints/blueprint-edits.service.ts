import { Injectable } from '@nestjs/common';
import { ConflictError, NotFoundError } from '../../core/errors/app-error.js';
import type { Label } from '../../core/labels/labels.js';
import { requireSystemPermission } from '../../platform/access/require-permission.js';
import { Clock } from '../../platform/clock/clock.js';
import type { TenantCtx } from '../../platform/context/ctx.js';
import { accountNamed } from '../../platform/database/account-named.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { StoredFiles } from '../../platform/files/stored-files.js';
import { BlueprintAudit } from './blueprint-audit.js';
import { BlueprintExtractor } from './blueprint-extractor.js';
import { blueprintKey } from './blueprint-files.js';
import { assertMayWiden } from './blueprint-rules.js';
import { isFailed } from './blueprint-state.js';
import type { BlueprintUpdate } from './blueprint-update.js';
import { BlueprintViews, type BlueprintAnswer, type Include } from './blueprint-views.js';
import { BlueprintsRepository, type BlueprintChanges, type BlueprintRow } from './blueprints.repository.js';
import { BlueprintsService } from './blueprints.service.js';
import { RestoredPlans } from './plans/restored-plans.js';

/** Changes of a blueprint's row (rest-api §3.1, PATCH). */
@Injectable()
export class BlueprintEditsService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly service: BlueprintsService,
    private readonly blueprints: BlueprintsRepository,
    private readonly views: BlueprintViews,
    private readonly extractor: BlueprintExtractor,
    private readonly files: StoredFiles,
    private readonly plans: RestoredPlans,
    private readonly audit: BlueprintAudit,
    private readonly clock: Clock,
  ) {}

  /**
   * Any holder of `blueprint_upload` may change labels and description, and widen the visibility. What processing and
   * restoring write (plan, state, error, …) asks for the right to restore: from others it could only mislead.
   * @throws NotFoundError, IllegalActionError, ConflictError for labels of a blueprint that is not uploaded, ForbiddenError,
   *   AppError imported_blueprint_not_found
   */
  async update(ctx: TenantCtx, id: string, update: BlueprintUpdate, include: Include): Promise<BlueprintAnswer> {
    const blueprint = await this.unitOfWork.run(ctx, (ctx) => this.service.changeable(ctx, id));
    if (blueprint.state === 'validating') return this.endValidation(ctx, blueprint);
    if (update.labels !== null && (update.state ?? blueprint.state) !== 'uploaded') {
      throw new ConflictError(
        `Labels of blueprint ${id} can be changed only in state uploaded; it is ${blueprint.state}`,
      );
    }
    if (update.isInternal || update.createdAt !== null) requireSystemPermission(ctx, 'set_timestamp');
    if (update.creator !== null) requireSystemPermission(ctx, 'set_owner');
    const iconKey = update.state === 'uploaded' ? await this.publish(blueprint) : undefined;

    await this.unitOfWork.run(ctx, async (ctx) => {
      const held = await this.service.changeable(ctx, id);
      if (held.filesKey !== blueprint.filesKey) throw new ConflictError(`Blueprint ${id} was replaced meanwhile`);
      await this.apply(ctx, held, update, iconKey);
    });
    if (update.state !== null && isFailed(update.state)) await this.files.removeNoted(blueprintKey(blueprint.filesKey));
    return this.views.one(ctx, id, include);
  }

  /** What is only there to be validated goes with the first change (rest-api §3.1). */
  private async endValidation(ctx: TenantCtx, blueprint: BlueprintRow): Promise<BlueprintAnswer> {
    const view = await this.views.unparsed(ctx, blueprint.id);
    await this.service.remove(ctx, blueprint, 'blueprint.validate');
    return view;
  }

  /** A restored blueprint's files, from its archive. Answers the icon's key. */
  private async publish({ id, filesKey, archiveKind }: BlueprintRow): Promise<string | null> {
    if (archiveKind === null) throw new ConflictError(`Blueprint ${id} has no archive, so it cannot be uploaded`);
    const extracted = await this.extractor.extract(filesKey);
    try {
      await this.extractor.publish(filesKey, extracted);
    } finally {
      await extracted.discard();
    }
    return this.extractor.adoptIcon(filesKey);
  }

  private async apply(
    ctx: TenantCtx,
    held: BlueprintRow,
    update: BlueprintUpdate,
    iconKey: string | null | undefined,
  ): Promise<void> {
    const { visibility, state, createdAt, creator, columns } = update;
    if (visibility !== null) await assertMayWiden(ctx, held, visibility);
    const { upload_execution_id: executionId } = columns;
    if (executionId !== undefined && !(await this.blueprints.isExecution(ctx, executionId))) {
      throw new NotFoundError('Execution', executionId);
    }
    const failed = state !== null && isFailed(state);
    const changes: BlueprintChanges = {
      ...columns,
      ...(visibility === null ? {} : { visibility }),
      ...(state === null ? {} : { state }),
      ...(createdAt === null ? {} : { created_at: createdAt }),
      ...(creator === null ? {} : { creator_id: await accountNamed(ctx, creator) }),
      ...(iconKey === undefined ? {} : { icon_key: iconKey }),
      ...(failed ? { archive_kind: null, icon_key: null } : {}),
    };
    await this.blueprints.update(ctx, held.storageId, changes, this.clock.now());
    if (failed) await this.files.discard(ctx, blueprintKey(held.filesKey));
    await this.audit.record(ctx, {
      action: 'blueprint.update',
      operation: 'update',
      ...held,
      details: {
        fields: [...Object.keys(changes), ...(update.plan === undefined ? [] : ['plan'])],
        ...(visibility === null ? {} : { before: held.visibility, after: visibility }),
      },
    });
    await this.plans.apply(ctx, held, update);
    if (update.labels !== null) await this.setLabels(ctx, held, update.labels);
  }

  private async setLabels(ctx: TenantCtx, held: BlueprintRow, labels: readonly Label[]): Promise<void> {
    const before = await this.blueprints.labels(ctx, held.storageId);
    const by = { creatorId: ctx.actor.userId, at: this.clock.now() };
    await this.blueprints.replaceLabels(ctx, held.storageId, labels, by);
    await this.audit.record(ctx, {
      action: 'blueprint.labels',
      operation: 'update',
      ...held,
      table: 'blueprints_labels',
      details: { before, after: labels },
    });
  }
}
