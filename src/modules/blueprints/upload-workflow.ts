import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock.js';
import type { TenantCtx } from '../../platform/context/ctx.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { StoredFiles } from '../../platform/files/stored-files.js';
import {
  SystemExecutions,
  type ExecutionOutcome,
  type RunningExecution,
  type SystemWorkflow,
} from '../../platform/executions/system-executions.js';
import { blueprintKey } from './blueprint-files.js';
import { failureOf, isFailed, type BlueprintState, type FailedState } from './blueprint-state.js';
import { UPLOAD_WORKFLOW } from './blueprint-uploads.service.js';
import { BlueprintsRepository, type BlueprintChanges, type BlueprintRow } from './blueprints.repository.js';
import { BlueprintsService } from './blueprints.service.js';
import { ParsedBlueprints } from './parsed-blueprints.js';
import { step, StepFailure, UploadSteps } from './upload-steps.js';

/**
 * The upload of a blueprint after its archive has arrived: fetch (from a URL), extract, parse, publish. Each step begins
 * by writing its state; a worker that takes the execution over begins at the first step that has left nothing behind, so
 * that running it again is harmless. One that is only validated keeps its state, and goes when that has ended.
 */
@Injectable()
export class UploadWorkflow implements SystemWorkflow, OnModuleInit {
  readonly workflowId = UPLOAD_WORKFLOW;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly blueprints: BlueprintsRepository,
    private readonly service: BlueprintsService,
    private readonly files: StoredFiles,
    private readonly steps: UploadSteps,
    private readonly parsed: ParsedBlueprints,
    private readonly executions: SystemExecutions,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.executions.register(this);
  }

  async run(ctx: TenantCtx, execution: RunningExecution): Promise<ExecutionOutcome> {
    const blueprint = await this.unitOfWork.run(ctx, (ctx) => this.blueprints.lockByExecution(ctx, execution.id));
    if (!blueprint) return { kind: 'failed', error: 'The blueprint does not exist any more' };
    if (blueprint.state === 'uploaded') return { kind: 'terminated' };
    if (isFailed(blueprint.state)) return { kind: 'failed', error: blueprint.error ?? '' };
    try {
      await this.process(ctx, execution, blueprint);
      return { kind: 'terminated' };
    } catch (error) {
      execution.signal.throwIfAborted();
      if (error instanceof TakenAway) return { kind: 'failed', error: error.message };
      if (!(error instanceof StepFailure)) throw error;
      await this.fail(ctx, blueprint, error.state, error.message);
      await execution.log('error', error.message);
      return { kind: 'failed', error: error.message };
    }
  }

  /** What is given up from outside must not leave a blueprint behind that looks as if it were still at work. */
  async failed(ctx: TenantCtx, executionId: string, error: string): Promise<void> {
    const blueprint = await this.blueprints.lockByExecution(ctx, executionId);
    if (!blueprint || isFailed(blueprint.state) || blueprint.state === 'uploaded') return;
    if (blueprint.state === 'validating') await this.service.removeRow(ctx, blueprint, 'blueprint.validate');
    else await this.noteFailure(ctx, blueprint, failureOf(blueprint.state), error);
  }

  private async process(ctx: TenantCtx, execution: RunningExecution, blueprint: BlueprintRow): Promise<void> {
    const { filesKey, mainFileName } = blueprint;
    const isValidation = blueprint.state === 'validating';
    const enter = (state: BlueprintState, changes: BlueprintChanges = {}): Promise<void> =>
      this.enter(ctx, execution, isValidation ? changes : { state, ...changes });

    if (blueprint.archiveKind === null) {
      await enter('uploading');
      await execution.log('info', 'Fetching the archive');
      const kind = await this.steps.fetch(execution, filesKey);
      await enter('uploading', { archive_kind: kind });
    }
    await enter('extracting');
    await execution.log('info', 'Extracting the archive');
    const extracted = await this.steps.extract(execution, filesKey);
    try {
      await enter('parsing');
      const parsed = await this.steps.parse(ctx, execution, mainFileName, extracted);
      if (isValidation) {
        await this.service.remove(ctx, blueprint, 'blueprint.validate');
        return;
      }
      const iconKey = await this.steps.publish(execution, filesKey, extracted);
      await step('invalid', () =>
        this.unitOfWork.run(ctx, async (ctx) => {
          await this.parsed.adopt(ctx, await this.held(ctx, execution), parsed, iconKey);
        }),
      );
    } finally {
      await extracted.discard();
    }
  }

  private async enter(ctx: TenantCtx, execution: RunningExecution, changes: BlueprintChanges): Promise<void> {
    await this.unitOfWork.run(ctx, async (ctx) => {
      const { storageId } = await this.held(ctx, execution);
      await this.blueprints.update(ctx, storageId, changes, this.clock.now());
    });
  }

  /** @throws the signal's reason when the work was taken away meanwhile; TakenAway when the blueprint was. */
  private async held(ctx: TenantCtx, execution: RunningExecution): Promise<BlueprintRow> {
    execution.signal.throwIfAborted();
    const blueprint = await this.blueprints.lockByExecution(ctx, execution.id);
    if (!blueprint || isFailed(blueprint.state)) throw new TakenAway();
    return blueprint;
  }

  private async fail(ctx: TenantCtx, blueprint: BlueprintRow, state: FailedState, error: string): Promise<void> {
    if (blueprint.state === 'validating') {
      await this.service.remove(ctx, blueprint, 'blueprint.validate');
      return;
    }
    await this.unitOfWork.run(ctx, (ctx) => this.noteFailure(ctx, blueprint, state, error));
    await this.files.removeNoted(blueprintKey(blueprint.filesKey));
  }

  /** State, error, and the end of the files, in the open transaction. */
  private async noteFailure(ctx: TenantCtx, blueprint: BlueprintRow, state: FailedState, error: string): Promise<void> {
    const changes = { state, error, archive_kind: null, icon_key: null };
    if (await this.blueprints.update(ctx, blueprint.storageId, changes, this.clock.now())) {
      await this.files.discard(ctx, blueprintKey(blueprint.filesKey));
    }
  }
}

/** Somebody removed the blueprint, or gave it up, while it was processed. */
class TakenAway extends Error {
  constructor() {
    super('The blueprint was taken away while it was processed');
    this.name = new.target.name;
  }
}
