import { Injectable } from '@nestjs/common';
import type { Visibility } from '../../core/access/visibility.js';
import { BadParametersError, NotFoundError } from '../../core/errors/app-error.js';
import type { Listing } from '../../core/listing/listing.js';
import { Clock } from '../../platform/clock/clock.js';
import type { ReachCtx, TenantCtx } from '../../platform/context/ctx.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { FileStore } from '../../platform/files/file-store.js';
import { StoredFiles } from '../../platform/files/stored-files.js';
import { FileDownload, type JsonStream } from '../../platform/http/json-stream.js';
import { ListQueries, type ListPage } from '../../platform/listing/list-queries.js';
import type { Condition } from '../../platform/listing/list-query.js';
import { BlueprintAudit } from './blueprint-audit.js';
import { archiveKey, blueprintKey } from './blueprint-files.js';
import { BLUEPRINT_LIST, withoutHidden } from './blueprint-list.js';
import { assertMayWiden, assertNotProcessed, assertOwn } from './blueprint-rules.js';
import { BlueprintViews, type BlueprintAnswer, type Include } from './blueprint-views.js';
import { BlueprintsRepository, blueprintInUse, type BlueprintRow } from './blueprints.repository.js';
import { BlueprintPlansRepository } from './plans/blueprint-plans.repository.js';

@Injectable()
export class BlueprintsService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly blueprints: BlueprintsRepository,
    private readonly plans: BlueprintPlansRepository,
    private readonly views: BlueprintViews,
    private readonly lists: ListQueries,
    private readonly files: StoredFiles,
    private readonly store: FileStore,
    private readonly audit: BlueprintAudit,
    private readonly clock: Clock,
  ) {}

  /**
   * Hidden ones are left out unless `is_hidden` is filtered (rest-api §3.1). Plans are in the list only where `_include`
   * names them, and each is sent as it is read; otherwise they are null.
   * @param rules filter rules, whose exclusions the answer counts
   */
  list(ctx: ReachCtx, listing: Listing, rules?: readonly Condition[]): Promise<ListPage | JsonStream> {
    const options = { extra: withoutHidden(listing), ...(rules === undefined ? {} : { rules }) };
    if (listing.include?.includes('plan') !== true) {
      return this.lists.page(ctx, BLUEPRINT_LIST, listing, {
        ...options,
        finish: (ctx, items) => this.views.finished(ctx, items),
      });
    }
    return this.lists.page(ctx, BLUEPRINT_LIST, listing, {
      ...options,
      finish: async (ctx, items) => {
        const finished = await this.views.finished(ctx, items);
        return finished.map((item, index) => ({ ...item, plan: items[index]?.['plan'] }));
      },
      print: (ctx, item) => this.views.printed(ctx, item),
    });
  }

  /** @throws NotFoundError */
  get(ctx: TenantCtx, id: string, include: Include): Promise<BlueprintAnswer> {
    return this.views.one(ctx, id, include);
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
   * @param force also when other blueprints import it: they keep what they were parsed to
   * @throws NotFoundError, IllegalActionError, AppError invalid_blueprint_error, blueprint_in_use
   */
  async delete(ctx: TenantCtx, id: string, { force }: { readonly force: boolean }): Promise<void> {
    const key = await this.unitOfWork.run(ctx, async (ctx) => {
      const blueprint = await this.changeable(ctx, id);
      assertNotProcessed(blueprint);
      const { storageId } = blueprint;
      if (force) await this.plans.forgetImporters(ctx, storageId);
      else if (await this.plans.isImported(ctx, storageId)) {
        throw blueprintInUse(id, await this.plans.importers(ctx, storageId));
      }
      return this.removeRow(ctx, blueprint, 'blueprint.delete');
    });
    await this.files.removeNoted(key);
  }

  /** Removes it whatever its state. */
  async remove(ctx: TenantCtx, blueprint: BlueprintRow, action: string): Promise<void> {
    await this.files.removeNoted(await this.unitOfWork.run(ctx, (ctx) => this.removeRow(ctx, blueprint, action)));
  }

  /** In the open transaction. Answers the key of the files, which are to go after the commit. */
  async removeRow(ctx: TenantCtx, blueprint: BlueprintRow, action: string): Promise<string> {
    const key = blueprintKey(blueprint.filesKey);
    await this.blueprints.delete(ctx, blueprint);
    await this.files.discard(ctx, key);
    await this.audit.record(ctx, { action, operation: 'delete', ...blueprint });
    return key;
  }

  /** @throws BadParametersError, NotFoundError, IllegalActionError, ForbiddenError, ConflictError */
  async setVisibility(ctx: TenantCtx, id: string, visibility: Visibility): Promise<void> {
    if (visibility === 'private') {
      throw new BadParametersError('Invalid visibility: `private`. Allowed values are: tenant, global');
    }
    await this.unitOfWork.run(ctx, async (ctx) => {
      const blueprint = await this.changeable(ctx, id);
      await assertMayWiden(ctx, blueprint, visibility);
      await this.blueprints.update(ctx, blueprint.storageId, { visibility }, this.clock.now());
      await this.audit.record(ctx, {
        action: 'blueprint.set_visibility',
        operation: 'update',
        ...blueprint,
        details: { before: blueprint.visibility, after: visibility },
      });
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
