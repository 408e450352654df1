import { Injectable } from '@nestjs/common';
import { assertNotNarrower, type Visibility } from '../../../core/access/visibility.js';
import { IllegalActionError, NotFoundError } from '../../../core/errors/app-error.js';
import type { Listing } from '../../../core/listing/listing.js';
import { printable } from '../../../core/listing/query-values.js';
import { assertName } from '../../../core/text/names.js';
import { readVisibility } from '../../../core/uploads/upload-values.js';
import { requirePermission } from '../../../platform/access/require-permission.js';
import { AuditSink, type AuditOperation } from '../../../platform/audit/audit-sink.js';
import { Clock } from '../../../platform/clock/clock.js';
import type { ReachCtx, TenantCtx } from '../../../platform/context/ctx.js';
import { assertIdCanBeGlobal, assertIdIsFree } from '../../../platform/database/global-ids.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import type { JsonStream } from '../../../platform/http/json-stream.js';
import { ListQueries, type Item, type ListPage } from '../../../platform/listing/list-queries.js';
import { notOwn } from '../ownership/own-deployments.js';
import { restoredDate, restoredOwner } from '../ownership/restored.js';
import { SITE_IDS, SITE_LIST } from './site-list.js';
import { readLocation } from './site-location.js';
import type { PutSite, UpdateSite } from './site.dto.js';
import { SitesRepository, type SiteChanges, type SiteRow } from './sites.repository.js';

/** Where deployments are (rest-api §3.14). */
@Injectable()
export class SitesService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly sites: SitesRepository,
    private readonly lists: ListQueries,
    private readonly audit: AuditSink,
    private readonly clock: Clock,
  ) {}

  list(ctx: ReachCtx, listing: Listing): Promise<ListPage | JsonStream> {
    return this.lists.page(ctx, SITE_LIST, listing);
  }

  /** @throws NotFoundError */
  get(ctx: TenantCtx, name: string): Promise<Item> {
    return this.unitOfWork.run(ctx, (ctx) => this.view(ctx, name));
  }

  /** @throws BadParametersError, ConflictError, ForbiddenError */
  async create(ctx: TenantCtx, name: string, input: PutSite): Promise<Item> {
    assertName('name', name);
    const location = readLocation(input.location ?? '');
    const visibility = visibilityOf(input) ?? 'tenant';
    const createdAt = restoredDate(ctx, input) ?? this.clock.now();
    return this.unitOfWork.run(ctx, async (ctx) => {
      const creatorId = (await restoredOwner(ctx, input)) ?? ctx.actor.userId;
      if (visibility === 'global') requirePermission(ctx, 'create_global_resource');
      await assertIdIsFree(ctx, SITE_IDS, name, visibility);
      const storageId = await this.sites.insert(ctx, { name, creatorId, visibility, createdAt, ...location });
      await this.record(ctx, 'create', { storageId, name }, { visibility });
      return this.view(ctx, name);
    });
  }

  /** @throws IllegalActionError for an empty body, narrowing and global ones of other tenants; NotFoundError, … */
  async update(ctx: TenantCtx, name: string, input: UpdateSite): Promise<Item> {
    const newName = typeof input.new_name === 'string' ? assertName('new_name', input.new_name) : null;
    const visibility = visibilityOf(input);
    const location = typeof input.location === 'string' ? readLocation(input.location) : {};
    const createdAt = restoredDate(ctx, input);
    return this.unitOfWork.run(ctx, async (ctx) => {
      const held = await this.changeable(ctx, name);
      const creatorId = await restoredOwner(ctx, input);
      const changes: SiteChanges = {
        ...location,
        ...(newName === null || newName === name ? {} : { name: newName }),
        ...(visibility === null ? {} : { visibility }),
        ...(creatorId === null ? {} : { creator_id: creatorId }),
        ...(createdAt === null ? {} : { created_at: createdAt }),
      };
      if (Object.keys(changes).length === 0 && newName === null) {
        throw new IllegalActionError('Must supply at least one field to update');
      }
      await this.assertMayBecome(ctx, held, changes);
      await this.sites.update(ctx, held, changes);
      await this.record(ctx, 'update', held, {
        fields: Object.keys(changes),
        ...(changes.name === undefined ? {} : { name: changes.name }),
      });
      return this.view(ctx, changes.name ?? name);
    });
  }

  /** @throws NotFoundError, IllegalActionError for a global one of another tenant */
  async delete(ctx: TenantCtx, name: string): Promise<void> {
    await this.unitOfWork.run(ctx, async (ctx) => {
      const held = await this.changeable(ctx, name);
      await this.sites.delete(ctx, held.storageId);
      await this.record(ctx, 'delete', held, {});
    });
  }

  private async view(ctx: TenantCtx, name: string): Promise<Item> {
    const item = await this.lists.single(ctx, SITE_LIST, 'r.name', name);
    if (!item) throw new NotFoundError(SITE_IDS.kind, printable(name));
    return item;
  }

  private async changeable(ctx: TenantCtx, name: string): Promise<SiteRow> {
    const own = await this.sites.lockOwn(ctx, name);
    if (own) return own;
    if (await this.sites.find(ctx, name)) throw notOwn(ctx, SITE_IDS.kind, name);
    throw new NotFoundError(SITE_IDS.kind, printable(name));
  }

  private async assertMayBecome(ctx: TenantCtx, held: SiteRow, changes: SiteChanges): Promise<void> {
    const visibility = changes.visibility ?? held.visibility;
    assertNotNarrower(held.name, held.visibility, visibility);
    if (changes.name !== undefined) await assertIdIsFree(ctx, SITE_IDS, changes.name, visibility);
    if (visibility !== 'global' || held.visibility === 'global') return;
    requirePermission(ctx, 'create_global_resource');
    if (changes.name === undefined) await assertIdCanBeGlobal(ctx, SITE_IDS, held.name);
  }

  private record(
    ctx: TenantCtx,
    operation: AuditOperation,
    { storageId, name }: Pick<SiteRow, 'storageId' | 'name'>,
    details: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    return this.audit.record(ctx, {
      action: `site.${operation}`,
      operation,
      outcome: 'success',
      refTable: 'sites',
      refId: Number(storageId),
      refIdentifier: { tenant_id: ctx.tenantId, name },
      details,
    });
  }
}

function visibilityOf({ visibility }: PutSite): Visibility | null {
  return typeof visibility === 'string' ? readVisibility(visibility) : null;
}
