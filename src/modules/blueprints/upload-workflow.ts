import { Injectable, type OnModuleInit } from '@nestjs/common';
import { join } from 'node:path';
import { AppError, CodelessError } from '../../core/errors/app-error.js';
import { detectArchive } from '../../platform/archives/detect-archive.js';
import { Clock } from '../../platform/clock/clock.js';
import type { TenantCtx } from '../../platform/context/ctx.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import {
  SystemExecutions,
  type ExecutionOutcome,
  type RunningExecution,
  type SystemWorkflow,
} from '../../platform/executions/system-executions.js';
import { FileStore } from '../../platform/files/file-store.js';
import { Outbound } from '../../platform/outbound/outbound.js';
import { BlueprintExtractor, type Extracted } from './blueprint-extractor.js';
import { archiveKey, blueprintKey, BlueprintFiles, folderKey } from './blueprint-files.js';
import { BlueprintLanguage } from './blueprint-language.js';
import { failureOf, isFailed, type BlueprintState, type FailedState } from './blueprint-state.js';
import { UPLOAD_WORKFLOW } from './blueprint-uploads.service.js';
import { BlueprintsRepository, type BlueprintChanges, type BlueprintRow } from './blueprints.repository.js';
import { chooseMainFile } from './main-file.js';
import { StoredSource } from './stored-source.js';
import { UploadReceiver } from './upload-receiver.js';

/**
 * The upload of a blueprint after its archive has arrived: fetch (from a URL), extract, publish, parse. Each step begins
 * by writing its state; a worker that takes the execution over begins at the first step that has left nothing behind, so
 * that running it again is harmless.
 */
@Injectable()
export class UploadWorkflow implements SystemWorkflow, OnModuleInit {
  readonly workflowId = UPLOAD_WORKFLOW;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly blueprints: BlueprintsRepository,
    private readonly files: BlueprintFiles,
    private readonly store: FileStore,
    private readonly extractor: BlueprintExtractor,
    private readonly outbound: Outbound,
    private readonly receiver: UploadReceiver,
    private readonly language: BlueprintLanguage,
    private readonly executions: SystemExecutions,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.executions.register(this);
  }

  async run(ctx: TenantCtx, execution: RunningExecution): Promise<ExecutionOutcome> {
    const blueprint = await this.blueprint(ctx, execution);
    if (!blueprint) return { kind: 'failed', error: 'The blueprint does not exist any more' };
    if (blueprint.state === 'uploaded') return { kind: 'terminated' };
    if (isFailed(blueprint.state)) return { kind: 'failed', error: blueprint.error ?? '' };
    try {
      await this.process(ctx, execution, blueprint);
      return { kind: 'terminated' };
    } catch (error) {
      execution.signal.throwIfAborted();
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
    await this.noteFailure(ctx, blueprint, failureOf(blueprint.state), error);
  }

  private async process(ctx: TenantCtx, execution: RunningExecution, blueprint: BlueprintRow): Promise<void> {
    const { filesKey } = blueprint;
    if (blueprint.archiveKind === null) {
      await step('failed_uploading', () => this.fetch(ctx, execution, blueprint));
    }
    await this.enter(ctx, execution, 'extracting', {});
    await execution.log('info', 'Extracting the archive');
    const extracted = await step('failed_extracting', () => this.extractor.extract(filesKey, execution.signal));
    const paths = await this.publish(execution, filesKey, extracted);

    await this.enter(ctx, execution, 'parsing', {});
    const choice = chooseMainFile(blueprint.mainFileName, paths);
    if ('problem' in choice) throw new StepFailure('failed_parsing', choice.problem);
    await execution.log('info', `Parsing ${choice.file}`);
    await this.parse(ctx, execution, blueprint, choice.file);
  }

  private async publish(
    execution: RunningExecution,
    filesKey: string,
    extracted: Extracted,
  ): Promise<readonly string[]> {
    try {
      execution.signal.throwIfAborted();
      return await step('failed_extracting_to_file_server', () => this.extractor.publish(filesKey, extracted));
    } finally {
      await extracted.discard();
    }
  }

  private async fetch(ctx: TenantCtx, execution: RunningExecution, { filesKey }: BlueprintRow): Promise<void> {
    await this.enter(ctx, execution, 'uploading', {});
    await execution.log('info', 'Fetching the archive');
    const staging = await this.store.stage();
    try {
      const path = join(staging.path, 'archive');
      const { maxBytes } = this.receiver;
      await this.outbound.fetchToFile(String(execution.parameters['url']), path, {
        maxBytes,
        signal: execution.signal,
      });
      const kind = await detectArchive(path);
      if (kind === null) {
        throw new StepFailure(
          'failed_extracting',
          'What the URL holds is no archive. Supported are zip, tar, tar.gz, tar.bz2',
        );
      }
      await this.store.publishFile(path, archiveKey(filesKey));
      await this.enter(ctx, execution, 'uploading', { archive_kind: kind });
    } finally {
      await staging.discard();
    }
  }

  private async parse(
    ctx: TenantCtx,
    execution: RunningExecution,
    blueprint: BlueprintRow,
    mainFile: string,
  ): Promise<void> {
    const source = new StoredSource(this.store, folderKey(blueprint.filesKey));
    const reading = await this.language.read(ctx, source, mainFile, execution.signal);
    if (reading.kind === 'invalid') throw new StepFailure('invalid', `Invalid blueprint - ${reading.message}`);
    for (const warning of reading.warnings) await execution.log('warning', warning);
    const iconKey = await this.extractor.adoptIcon(blueprint.filesKey);
    await this.unitOfWork.run(ctx, async (ctx) => {
      const { storageId } = await this.held(ctx, execution);
      const now = this.clock.now();
      await this.blueprints.update(
        ctx,
        storageId,
        {
          state: 'uploaded',
          error: null,
          main_file_name: mainFile,
          plan: reading.plan,
          description: reading.description,
          icon_key: iconKey,
          ...(reading.requirements === null ? {} : { requirements: reading.requirements }),
        },
        now,
      );
      // What the blueprint says of itself counts where the upload said nothing (rest-api §3.1).
      const sent = await this.blueprints.labels(ctx, storageId);
      if (sent.length === 0) {
        await this.blueprints.replaceLabels(ctx, storageId, reading.labels, {
          creatorId: blueprint.creatorId,
          at: now,
        });
      }
    });
  }

  private async enter(
    ctx: TenantCtx,
    execution: RunningExecution,
    state: BlueprintState,
    changes: BlueprintChanges,
  ): Promise<void> {
    await this.unitOfWork.run(ctx, async (ctx) => {
      const { storageId } = await this.held(ctx, execution);
      await this.blueprints.update(ctx, storageId, { state, ...changes }, this.clock.now());
    });
  }

  /** @throws the signal's reason when the work was taken away meanwhile; Error when the blueprint was. */
  private async held(ctx: TenantCtx, execution: RunningExecution): Promise<BlueprintRow> {
    execution.signal.throwIfAborted();
    const blueprint = await this.blueprints.lockByExecution(ctx, execution.id);
    if (!blueprint || isFailed(blueprint.state)) throw new Error('The blueprint of an upload was taken away.');
    return blueprint;
  }

  private blueprint(ctx: TenantCtx, execution: RunningExecution): Promise<BlueprintRow | null> {
    return this.unitOfWork.run(ctx, (ctx) => this.blueprints.lockByExecution(ctx, execution.id));
  }

  private async fail(ctx: TenantCtx, blueprint: BlueprintRow, state: FailedState, error: string): Promise<void> {
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

/** A step that the caller's blueprint, or the operator's disk, did not let pass. */
class StepFailure extends Error {
  constructor(
    readonly state: FailedState,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Runs a step; a refusal becomes the step's failed state, anything else is ours and flies on. */
async function step<T>(state: FailedState, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError || error instanceof CodelessError)
      throw new StepFailure(state, error.message, { cause: error });
    throw error;
  }
}
