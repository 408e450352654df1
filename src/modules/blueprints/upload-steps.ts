import { Injectable } from '@nestjs/common';
import { join } from 'node:path';
import { AppError, CodelessError } from '../../core/errors/app-error.js';
import { detectArchive, type ArchiveFormat } from '../../platform/archives/detect-archive.js';
import { ownReach, type TenantCtx } from '../../platform/context/ctx.js';
import type { RunningExecution } from '../../platform/executions/system-executions.js';
import { FileStore } from '../../platform/files/file-store.js';
import { Outbound } from '../../platform/outbound/outbound.js';
import { BlueprintExtractor, type Extracted } from './blueprint-extractor.js';
import { archiveKey } from './blueprint-files.js';
import { BlueprintLanguage, type BlueprintReading } from './blueprint-language.js';
import type { FailedState } from './blueprint-state.js';
import { chooseMainFile } from './main-file.js';
import { UploadReceiver } from './upload-receiver.js';

export interface ParsedBlueprint {
  readonly mainFile: string;
  readonly reading: Extract<BlueprintReading, { kind: 'ok' }>;
}

/** The steps between an archive and a blueprint. Each may be run again; none writes to the database. */
@Injectable()
export class UploadSteps {
  constructor(
    private readonly store: FileStore,
    private readonly outbound: Outbound,
    private readonly receiver: UploadReceiver,
    private readonly extractor: BlueprintExtractor,
    private readonly language: BlueprintLanguage,
  ) {}

  /** Stores what the execution's URL holds as the archive. @throws StepFailure */
  async fetch({ parameters, signal }: RunningExecution, filesKey: string): Promise<ArchiveFormat> {
    return step('failed_uploading', async () => {
      const staging = await this.store.stage();
      try {
        const path = join(staging.path, 'archive');
        const { maxBytes } = this.receiver;
        await this.outbound.fetchToFile(String(parameters['url']), path, { maxBytes, signal });
        const kind = await detectArchive(path);
        if (kind === null) {
          throw new StepFailure(
            'failed_extracting',
            'What the URL holds is no archive. Supported are zip, tar, tar.gz, tar.bz2',
          );
        }
        await this.store.publishFile(path, archiveKey(filesKey));
        return kind;
      } finally {
        await staging.discard();
      }
    });
  }

  /** @throws StepFailure */
  extract(execution: RunningExecution, filesKey: string): Promise<Extracted> {
    return step('failed_extracting', () => this.extractor.extract(filesKey, execution.signal));
  }

  /** What the blueprint means; warnings go into the execution's log. @throws StepFailure */
  async parse(
    ctx: TenantCtx,
    execution: RunningExecution,
    asked: string | null,
    { folder, paths }: Extracted,
  ): Promise<ParsedBlueprint> {
    const choice = chooseMainFile(asked, paths);
    if ('problem' in choice) throw new StepFailure('failed_parsing', choice.problem);
    const mainFile = choice.file;
    await execution.log('info', `Parsing ${mainFile}`);
    // The work itself reaches the whole tenant; what a blueprint imports is what its uploader may see.
    const asUploader = { ...ctx, reach: ownReach(ctx) };
    const reading = await this.language.read(asUploader, { folder, mainFile }, execution.signal);
    for (const warning of reading.warnings) await execution.log('warning', warning);
    if (reading.kind === 'refused') throw new StepFailure(reading.state, `Invalid blueprint - ${reading.message}`);
    return { mainFile, reading };
  }

  /** Puts the files where readers find them. Answers the key of the icon among them, if any. @throws StepFailure */
  publish(execution: RunningExecution, filesKey: string, extracted: Extracted): Promise<string | null> {
    execution.signal.throwIfAborted();
    return step('failed_extracting_to_file_server', async () => {
      await this.extractor.publish(filesKey, extracted);
      return this.extractor.adoptIcon(filesKey);
    });
  }
}

/** A step that the caller's blueprint, or the operator's disk, did not let pass. */
export class StepFailure extends Error {
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
export async function step<T>(state: FailedState, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError || error instanceof CodelessError)
      throw new StepFailure(state, error.message, { cause: error });
    throw error;
  }
}
