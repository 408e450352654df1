import { Injectable } from '@nestjs/common';
import type { Visibility } from '../../core/access/visibility.js';
import { BadParametersError, NotFoundError } from '../../core/errors/app-error.js';
import type { Listing } from '../../core/listing/listing.js';
import { Clock } from '../../platform/clock/clock.js';
import type { ReachCtx, TenantCtx } from '../../platform/context/ctx.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { FileStore } from '../../platform/files/file-store.js';
import { FileDownload, type JsonStream } from '../../platform/http/json-stream.js';
import { ListQueries, type Item, type ListPage } from '../../platform/listing/list-queries.js';
import { BlueprintAudit } from './blueprint-audit.js';
import { archiveKey, blueprintKey, BlueprintFiles } from './blueprint-files.js';
import { BLUEPRINT_LIST } from './blueprint-list.js';
import { assertMayWiden, assertNotProcessed, assertOwn } from './blueprint-rules.js';
import { BlueprintViews } from './blueprint-views.js';
import { BlueprintsRepository, type BlueprintRow } from './blueprints.repository.js';

@Injectable()
export class BlueprintsService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly blueprints: BlueprintsRepository,
    private readonly views: BlueprintViews,
    private readonly lists: ListQueries,
    private readonly files: BlueprintFiles,
    private readonly store: FileStore,
    private readonly audit: BlueprintAudit,
    private readonly clock: Clock,
  ) {}

  /** Hidden ones are left out unless `is_hidden` is filtered (rest-api §3.1). */
  list(ctx: ReachCtx, listing: Listing): Promise<ListPage | JsonStream> {
    const isAsked = listing.filters.some((filter) => filter.field === 'is_hidden');
    return this.lists.page(ctx, BLUEPRINT_LIST, listing, {
      extra: isAsked ? [] : [() => 'NOT r.is_hidden'],
      finish: (ctx, items) => this.views.finished(ctx, items),
    });
  }

  /** @throws NotFoundError */
  get(ctx: TenantCtx, id: string): Promise<Item> {
    return this.views.one(ctx, id);
  }

  /** @throws NotFoundError also for a blueprint whose upload failed: its files are gone */
  async download(ctx: TenantCtx, id: string): Promise<FileDownload> {
    const blueprint = await this.unitOfWork.run(ctx, (ctx) => this.blueprints.find(ctx, id));
    if (!blueprint) throw new NotFoundError('Blueprint', id);
    return this.archiveOf(blueprint);
  }

  async archiveOf(blueprint: BlueprintRow): Promise<FileDownload> {
    const file = blueprint.archiveKind === null ? null : await this.store.openRead(archiveKey(blueprint.filesKey));
    if (!file) throw new NotFoundError('Blueprint archive', blueprint.id);
    return new FileDownload({ stream: file.stream, bytes: file.size }, `${blueprint.id}.${blueprint.archiveKind}`);
  }

  /**
   * Nothing refers to a blueprint yet: deployments, and imports by other blueprints, will refuse by their foreign keys.
   * @throws NotFoundError, IllegalActionError, AppError invalid_blueprint_error
   */
  async delete(ctx: TenantCtx, id: string): Promise<void> {
    const key = await this.unitOfWork.run(ctx, async (ctx) => {
      const blueprint = await this.changeable(ctx, id);
      assertNotProcessed(blueprint);
      return this.removeRow(ctx, blueprint);
    });
    await this.files.removeNoted(key);
  }

  /** Removes it whatever its state. */
  async remove(ctx: TenantCtx, blueprint: BlueprintRow): Promise<void> {
    await this.files.removeNoted(await this.unitOfWork.run(ctx, (ctx) => this.removeRow(ctx, blueprint)));
  }

  /** Answers the key of the files, which are to go after the commit. */
  private async removeRow(ctx: TenantCtx, blueprint: BlueprintRow): Promise<string> {
    const key = blueprintKey(blueprint.filesKey);
    await this.blueprints.delete(ctx, blueprint.storageId);
    await this.files.discard(ctx, key);
    await this.audit.record(ctx, { action: 'blueprint.delete', operation: 'delete', ...blueprint });
    return key;
  }

  /** @throws BadParametersError, NotFoundError, IllegalActionError, ForbiddenError, ConflictError */
  async setVisibility(ctx: TenantCtx, id: string, visibility: Visibility): Promise<Item> {
    if (visibility === 'private') {
      throw new BadParametersError('Invalid visibility: `private`. Allowed values are: tenant, global');
    }
    return this.unitOfWork.run(ctx, async (ctx) => {
      const blueprint = await this.changeable(ctx, id);
      await assertMayWiden(ctx, blueprint, visibility);
      await this.blueprints.update(ctx, blueprint.storageId, { visibility }, this.clock.now());
      await this.audit.record(ctx, {
        action: 'blueprint.set_visibility',
        operation: 'update',
        ...blueprint,
        details: { before: blueprint.visibility, after: visibility },
      });
      return this.views.one(ctx, id);
    });
  }

  /** The visible one, locked, or why it may not be changed. @throws NotFoundError, IllegalActionError */
  async changeable(ctx: TenantCtx, id: string): Promise<BlueprintRow> {
    const own = await this.blueprints.lockOwn(ctx, id);
    if (own) return own;
    const foreign = await this.blueprints.find(ctx, id);
    if (!foreign) throw new NotFoundError('Blueprint', id);
    assertOwn(ctx, foreign);
    return foreign;
  }
}
