import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BadParametersError, ConflictError, NotFoundError } from '../../core/errors/app-error.js';
import { Clock } from '../../platform/clock/clock.js';
import type { TenantCtx } from '../../platform/context/ctx.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { FileStore } from '../../platform/files/file-store.js';
import { isPng, MAX_ICON_BYTES } from '../../platform/files/png.js';
import { receiveUpload } from '../../platform/files/receive-upload.js';
import { StoredFiles } from '../../platform/files/stored-files.js';
import { dropBody } from '../../platform/files/upload-body.js';
import { streamOf } from '../../platform/http/body-reader.js';
import { BlueprintAudit } from './blueprint-audit.js';
import { BlueprintExtractor } from './blueprint-extractor.js';
import { iconFileKey } from './blueprint-files.js';
import { BlueprintsRepository, type BlueprintRow } from './blueprints.repository.js';
import { BlueprintsService } from './blueprints.service.js';

@Injectable()
export class BlueprintIconsService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly service: BlueprintsService,
    private readonly blueprints: BlueprintsRepository,
    private readonly extractor: BlueprintExtractor,
    private readonly files: StoredFiles,
    private readonly store: FileStore,
    private readonly audit: BlueprintAudit,
    private readonly clock: Clock,
  ) {}

  /**
   * Sets the icon to the request's body, or removes it when that is empty.
   * @throws NotFoundError, IllegalActionError, ConflictError unless the blueprint is uploaded, BadParametersError when
   *   it is no PNG, CodelessError 413
   */
  async set(ctx: TenantCtx, id: string, request: FastifyRequest): Promise<void> {
    const body = streamOf(request);
    let icon: Buffer;
    let blueprint: BlueprintRow;
    try {
      blueprint = await this.unitOfWork.run(ctx, (ctx) => this.uploaded(ctx, id));
      icon = await this.received(request);
    } finally {
      dropBody(body);
    }
    if (icon.length > 0 && !isPng(icon)) throw new BadParametersError('The icon is not a PNG image');
    const { filesKey } = blueprint;
    const iconKey = icon.length === 0 ? null : randomUUID();
    const previous =
      iconKey === null
        ? await this.commit(ctx, blueprint, null)
        : await this.files.withStored(
            iconFileKey(filesKey, iconKey),
            () => this.extractor.storeIcon(filesKey, iconKey, icon),
            () => this.commit(ctx, blueprint, iconKey),
          );
    if (previous !== null) await this.files.removeNoted(iconFileKey(filesKey, previous));
  }

  private async uploaded(ctx: TenantCtx, id: string): Promise<BlueprintRow> {
    const blueprint = await this.service.changeable(ctx, id);
    if (blueprint.state !== 'uploaded') {
      throw new ConflictError(
        `The icon of blueprint ${id} can be changed only in state uploaded; it is ${blueprint.state}`,
      );
    }
    return blueprint;
  }

  private async received(request: FastifyRequest): Promise<Buffer> {
    const staging = await this.store.stage();
    try {
      const path = join(staging.path, 'icon');
      const length = request.headers['content-length'];
      if (length === undefined && request.headers['transfer-encoding'] === undefined) return Buffer.alloc(0);
      const declaredBytes = length === undefined ? undefined : Number(length);
      await receiveUpload(streamOf(request), path, { maxBytes: MAX_ICON_BYTES, declaredBytes });
      return await readFile(path);
    } finally {
      await staging.discard();
    }
  }

  /** Answers the key of the icon that was there before. */
  private async commit(ctx: TenantCtx, blueprint: BlueprintRow, iconKey: string | null): Promise<string | null> {
    return this.unitOfWork.run(ctx, async (ctx) => {
      const held = await this.uploaded(ctx, blueprint.id);
      if (held.filesKey !== blueprint.filesKey) throw new NotFoundError('Blueprint', blueprint.id);
      await this.blueprints.update(ctx, held.storageId, { icon_key: iconKey }, this.clock.now());
      if (iconKey !== null) await this.files.confirm(ctx, iconFileKey(held.filesKey, iconKey));
      if (held.iconKey !== null) await this.files.discard(ctx, iconFileKey(held.filesKey, held.iconKey));
      await this.audit.record(ctx, {
        action: 'blueprint.icon',
        operation: 'update',
        ...held,
        details: { icon: iconKey === null ? 'removed' : 'set' },
      });
      return held.iconKey;
    });
  }
}
