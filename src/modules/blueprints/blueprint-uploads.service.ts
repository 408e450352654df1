import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import { AppError } from '../../core/errors/app-error.js';
import { requirePermission, requireSystemPermission } from '../../platform/access/require-permission.js';
import { detectArchive, type ArchiveFormat } from '../../platform/archives/detect-archive.js';
import { Clock } from '../../platform/clock/clock.js';
import type { TenantCtx } from '../../platform/context/ctx.js';
import { accountNamed } from '../../platform/database/account-named.js';
import { assertIdIsFree, idExists, lockIds } from '../../platform/database/global-ids.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { SystemExecutions } from '../../platform/executions/system-executions.js';
import { FileStore } from '../../platform/files/file-store.js';
import { StoredFiles } from '../../platform/files/stored-files.js';
import { dropBody } from '../../platform/files/upload-body.js';
import { streamOf } from '../../platform/http/body-reader.js';
import type { Item } from '../../platform/listing/list-queries.js';
import { BlueprintAudit } from './blueprint-audit.js';
import { archiveKey, blueprintKey } from './blueprint-files.js';
import { isFailed } from './blueprint-state.js';
import { BlueprintViews, type BlueprintAnswer, type Include } from './blueprint-views.js';
import { BLUEPRINT_IDS, BlueprintsRepository, type BlueprintRow } from './blueprints.repository.js';
import type { UploadParameters } from './upload-parameters.js';
import { unrecognizedArchive, UploadReceiver } from './upload-receiver.js';

export const UPLOAD_WORKFLOW = 'upload_blueprint';

/** How long a synchronous upload waits for its end, in ms (rest-api §3.1). */
const WAIT_MS = 120_000;

/** Everything that the row of a new blueprint is made from. */
interface Accepted {
  readonly id: string;
  readonly parameters: UploadParameters;
  readonly creatorId: number;
  readonly filesKey: string;
  readonly archiveKind: ArchiveFormat | null;
  readonly isValidation: boolean;
}

interface AcceptedUpload {
  /** Null where nothing shall be processed. */
  readonly executionId: string | null;
  /** The blueprint as it was before any processing. */
  readonly atFirst: Item;
}

@Injectable()
export class BlueprintUploadsService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly blueprints: BlueprintsRepository,
    private readonly views: BlueprintViews,
    private readonly files: StoredFiles,
    private readonly store: FileStore,
    private readonly receiver: UploadReceiver,
    private readonly executions: SystemExecutions,
    private readonly audit: BlueprintAudit,
    private readonly clock: Clock,
  ) {}

  /**
   * Takes an upload, and unless it is asynchronous waits until it is processed.
   * @throws ConflictError when the id is taken, BadParametersError, ForbiddenError, CodelessError 413; AppError
   *   invalid_blueprint_error when processing fails: the failed blueprint stays
   */
  async upload(ctx: TenantCtx, id: string, request: FastifyRequest, include: Include): Promise<BlueprintAnswer> {
    const { parameters, executionId, atFirst } = await this.take(ctx, id, request, false);
    return executionId === null || parameters.isAsync ? atFirst : this.finished(ctx, id, executionId, include);
  }

  /**
   * Takes an upload that is only to be validated. Its blueprint is there while it is processed, under an id that must be
   * free; how it ended is told by its execution.
   * @throws as `upload`
   */
  async validate(ctx: TenantCtx, id: string, request: FastifyRequest): Promise<Item> {
    return (await this.take(ctx, id, request, true)).atFirst;
  }

  private async take(
    ctx: TenantCtx,
    id: string,
    request: FastifyRequest,
    isValidation: boolean,
  ): Promise<AcceptedUpload & { readonly parameters: UploadParameters }> {
    const staging = await this.store.stage();
    try {
      await this.unitOfWork.run(ctx, (ctx) => this.assertTakes(ctx, id, isValidation));
      let creatorId = ctx.actor.userId;
      const { parameters, archivePath } = await this.receiver.receive(request, staging.path, async (asked) => {
        creatorId = await this.judge(ctx, { id, parameters: asked, isValidation });
      });
      const accepted = await this.accept(ctx, id, { parameters, archivePath, creatorId, isValidation });
      return { ...accepted, parameters };
    } finally {
      dropBody(streamOf(request)); // nothing to drop where it was read to its end
      await staging.discard();
    }
  }

  /** Rights and restore-only fields (rest-api §1.14, §1.19). Answers who will own the blueprint. */
  private async judge(ctx: TenantCtx, asked: Pick<Accepted, 'id' | 'parameters' | 'isValidation'>): Promise<number> {
    const { parameters } = asked;
    if (parameters.createdAt !== null) requireSystemPermission(ctx, 'set_timestamp');
    if (parameters.state !== null) requireSystemPermission(ctx, 'set_timestamp');
    if (parameters.createdBy !== null) requireSystemPermission(ctx, 'set_owner');
    if (parameters.visibility === 'global') {
      requirePermission(ctx, 'create_global_resource');
      await this.unitOfWork.run(ctx, (ctx) => this.assertFree(ctx, asked));
    }
    const { createdBy } = parameters;
    if (createdBy === null) return ctx.actor.userId;
    return this.unitOfWork.run(ctx, (ctx) => accountNamed(ctx, createdBy));
  }

  /** Answers the execution that will process it, or null where none shall, and the blueprint before that begins. */
  private async accept(
    ctx: TenantCtx,
    id: string,
    upload: Pick<Accepted, 'parameters' | 'creatorId' | 'isValidation'> & { readonly archivePath: string | null },
  ): Promise<AcceptedUpload> {
    const { archivePath, ...asked } = upload;
    const filesKey = this.files.newKey();
    const accepted = { id, filesKey, ...asked };
    if (archivePath === null) return this.commit(ctx, { ...accepted, archiveKind: null });

    const archiveKind = await detectArchive(archivePath);
    if (archiveKind === null) throw unrecognizedArchive();
    return this.files.withStored(
      blueprintKey(filesKey),
      () => this.store.publishFile(archivePath, archiveKey(filesKey)),
      () => this.commit(ctx, { ...accepted, archiveKind }),
    );
  }

  /** Row, labels, execution and record in one transaction. */
  private async commit(ctx: TenantCtx, accepted: Accepted): Promise<AcceptedUpload> {
    const isProcessed = accepted.isValidation || !accepted.parameters.skipExecution;
    const executionId = isProcessed ? randomUUID() : null;
    const { replaced, atFirst } = await this.unitOfWork.run(ctx, async (ctx) => {
      const failed = await this.assertFree(ctx, accepted);
      if (failed) {
        await this.blueprints.delete(ctx, failed);
        await this.files.discard(ctx, blueprintKey(failed.filesKey));
      }
      if (executionId !== null) await this.start(ctx, executionId, accepted);
      await this.insert(ctx, accepted, executionId, failed);
      await this.files.confirm(ctx, blueprintKey(accepted.filesKey));
      // Looked at before the commit: afterwards a worker may have taken it already.
      return { replaced: failed, atFirst: await this.views.unparsed(ctx, accepted.id) };
    });
    if (replaced) await this.files.removeNoted(blueprintKey(replaced.filesKey));
    this.executions.wake();
    return { executionId, atFirst };
  }

  private async insert(
    ctx: TenantCtx,
    { id, parameters, creatorId, filesKey, archiveKind, isValidation }: Accepted,
    executionId: string | null,
    replaced: BlueprintRow | null,
  ): Promise<void> {
    const now = this.clock.now();
    const started = isValidation ? 'validating' : archiveKind === null ? 'pending' : 'uploading';
    const storageId = await this.blueprints.insert(ctx, {
      id,
      creatorId,
      visibility: parameters.visibility,
      state: executionId === null ? (parameters.state ?? started) : started,
      mainFileName: parameters.applicationFileName,
      requirements: parameters.requirements,
      uploadExecutionId: executionId,
      filesKey,
      archiveKind,
      createdAt: parameters.createdAt ?? now,
    });
    await this.blueprints.replaceLabels(ctx, storageId, parameters.labels, {
      creatorId,
      at: parameters.createdAt ?? now,
    });
    await this.audit.record(ctx, {
      action: isValidation ? 'blueprint.validate' : 'blueprint.upload',
      operation: 'create',
      storageId,
      id,
      details: { visibility: parameters.visibility, ...(replaced ? { replaced: replaced.state } : {}) },
    });
    if (parameters.labels.length > 0) {
      await this.audit.record(ctx, {
        action: 'blueprint.labels',
        operation: 'create',
        storageId,
        id,
        table: 'blueprints_labels',
        details: { labels: parameters.labels },
      });
    }
  }

  private start(ctx: TenantCtx, executionId: string, { id, parameters, isValidation }: Accepted): Promise<string> {
    return this.executions.start(ctx, {
      id: executionId,
      workflowId: UPLOAD_WORKFLOW,
      // Shown as the contract has it; what is not ours (folders of the file server, a marketplace) is null.
      parameters: {
        blueprint_id: id,
        app_file_name: parameters.applicationFileName,
        url: parameters.archiveUrl,
        file_server_root: null,
        marketplace_api_url: null,
        validate_only: isValidation,
        labels: parameters.labels,
      },
      // What the upload of a global blueprint did is the business of its own tenant.
      visibility: parameters.visibility === 'private' ? 'private' : 'tenant',
    });
  }

  private async finished(ctx: TenantCtx, id: string, executionId: string, include: Include): Promise<BlueprintAnswer> {
    await this.executions.waitForEnd(ctx, executionId, WAIT_MS);
    const blueprint = await this.unitOfWork.run(ctx, (ctx) => this.blueprints.findOwn(ctx, id));
    if (blueprint?.uploadExecutionId === executionId && isFailed(blueprint.state)) {
      throw new AppError('invalid_blueprint_error', blueprint.error ?? `The upload of ${id} failed`);
    }
    return this.views.one(ctx, id, include);
  }

  /** Known before the body is read. @throws ConflictError */
  private async assertTakes(ctx: TenantCtx, id: string, isValidation: boolean): Promise<void> {
    if (isValidation) await assertIdIsFree(ctx, BLUEPRINT_IDS, id, 'tenant');
    else await this.replaceable(ctx, id);
  }

  /** Holds the id and answers the failed blueprint in its place, if any. @throws ConflictError */
  private async assertFree(
    ctx: TenantCtx,
    { id, parameters: { visibility }, isValidation }: Pick<Accepted, 'id' | 'parameters' | 'isValidation'>,
  ): Promise<BlueprintRow | null> {
    // What is only validated takes nobody's place.
    const replaced = isValidation ? null : await this.replaceable(ctx, id);
    if (!replaced) await assertIdIsFree(ctx, BLUEPRINT_IDS, id, visibility);
    else if (visibility === 'global' && (await lockIds(ctx, BLUEPRINT_IDS, [id])).get(id)?.elsewhere) {
      throw idExists(ctx, BLUEPRINT_IDS, id);
    }
    return replaced;
  }

  /**
   * The failed blueprint of this tenant that an upload under its id replaces, or null where the id is free.
   * @throws ConflictError when it is taken here, also by a blueprint that the caller cannot see, or globally
   */
  private async replaceable(ctx: TenantCtx, id: string): Promise<BlueprintRow | null> {
    const taken = (await lockIds(ctx, BLUEPRINT_IDS, [id])).get(id);
    if (taken?.globalElsewhere) throw idExists(ctx, BLUEPRINT_IDS, id);
    if (!taken?.here) return null;
    const own = await this.blueprints.lockOwn(ctx, id);
    if (!own || !isFailed(own.state)) throw idExists(ctx, BLUEPRINT_IDS, id);
    return own;
  }
}
