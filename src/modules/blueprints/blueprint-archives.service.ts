import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { join } from 'node:path';
import { BadParametersError, ConflictError } from '../../core/errors/app-error.js';
import { requireSystemPermission } from '../../platform/access/require-permission.js';
import { detectArchive } from '../../platform/archives/detect-archive.js';
import { Clock } from '../../platform/clock/clock.js';
import type { TenantCtx } from '../../platform/context/ctx.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { FileStore } from '../../platform/files/file-store.js';
import { dropBody } from '../../platform/files/upload-body.js';
import { streamOf } from '../../platform/http/body-reader.js';
import { BlueprintAudit } from './blueprint-audit.js';
import { archiveKey } from './blueprint-files.js';
import { assertNotProcessed } from './blueprint-rules.js';
import { isFailed } from './blueprint-state.js';
import { BlueprintsRepository, type BlueprintRow } from './blueprints.repository.js';
import { BlueprintsService } from './blueprints.service.js';
import { unrecognizedArchive, UploadReceiver } from './upload-receiver.js';

/** Gives archives to blueprints that are there already (rest-api §3.1, `PUT /blueprints/{id}/archive`). */
@Injectable()
export class BlueprintArchivesService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly service: BlueprintsService,
    private readonly blueprints: BlueprintsRepository,
    private readonly store: FileStore,
    private readonly receiver: UploadReceiver,
    private readonly audit: BlueprintAudit,
    private readonly clock: Clock,
  ) {}

  /**
   * Stores the body as the archive of a blueprint that was made without one. Another's place is taken only by who may
   * restore: nothing is parsed here, so a plan and its archive could come to differ.
   * @throws NotFoundError, IllegalActionError, ForbiddenError, ConflictError for a failed one, AppError
   *   invalid_blueprint_error while it is processed, BadParametersError, CodelessError 413
   */
  async put(ctx: TenantCtx, id: string, request: FastifyRequest): Promise<void> {
    const staging = await this.store.stage();
    try {
      await this.unitOfWork.run(ctx, (ctx) => this.taking(ctx, id));
      const path = join(staging.path, 'archive');
      if (!(await this.receiver.receiveFile(request, path))) {
        throw new BadParametersError('Missing application archive: send it as the body');
      }
      const kind = await detectArchive(path);
      if (kind === null) throw unrecognizedArchive();
      await this.unitOfWork.run(ctx, async (ctx) => {
        const held = await this.taking(ctx, id); // whoever wants to remove it waits, so no file stays behind
        await this.store.publishFile(path, archiveKey(held.filesKey));
        await this.blueprints.update(ctx, held.storageId, { archive_kind: kind }, this.clock.now());
        await this.audit.record(ctx, {
          action: 'blueprint.archive',
          operation: 'update',
          ...held,
          details: { before: held.archiveKind, after: kind },
        });
      });
    } finally {
      dropBody(streamOf(request));
      await staging.discard();
    }
  }

  private async taking(ctx: TenantCtx, id: string): Promise<BlueprintRow> {
    const held = await this.service.changeable(ctx, id);
    assertNotProcessed(held);
    if (isFailed(held.state)) {
      throw new ConflictError(`Blueprint ${id} is in state ${held.state}; upload it again`);
    }
    if (held.archiveKind !== null) requireSystemPermission(ctx, 'set_timestamp');
    return held;
  }
}
