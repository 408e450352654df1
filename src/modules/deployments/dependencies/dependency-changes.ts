import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { Visibility } from '../../../core/access/visibility.js';
import { BadParametersError, ConflictError, NotFoundError } from '../../../core/errors/app-error.js';
import type { Listing } from '../../../core/listing/listing.js';
import { printable } from '../../../core/listing/query-values.js';
import { readVisibility } from '../../../core/uploads/upload-values.js';
import { requirePermission } from '../../../platform/access/require-permission.js';
import { AuditSink, type AuditOperation } from '../../../platform/audit/audit-sink.js';
import { Clock } from '../../../platform/clock/clock.js';
import type { ReachCtx, TenantCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import type { JsonStream } from '../../../platform/http/json-stream.js';
import { ListQueries, type Item, type ListPage } from '../../../platform/listing/list-queries.js';
import type { DeploymentRow } from '../deployments.repository.js';
import { notOwn, OwnDeployments } from '../ownership/own-deployments.js';
import { restoredDate, restoredOwner } from '../ownership/restored.js';
import { DependenciesRepository, type DependencyOwner, type StoredDependency } from './dependencies.repository.js';
import { DEPENDENCY_LIST } from './dependency-list.js';
import { wantedDependencies, wantedDependency, type WantedDependency } from './dependency-request.js';
import type { DeleteDependency, PutDependency } from './dependency.dto.js';

/** What the bulk routes answer (rest-api §3.3). */
export interface DependencyIds {
  readonly items: readonly { readonly id: string }[];
  readonly metadata: {
    readonly pagination: { readonly total: number; readonly size: number; readonly offset: number };
  };
}

/** Dependencies that are made and removed through the API (rest-api §3.3). */
@Injectable()
export class DependencyChanges {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly dependencies: DependenciesRepository,
    private readonly deployments: OwnDeployments,
    private readonly lists: ListQueries,
    private readonly audit: AuditSink,
    private readonly clock: Clock,
  ) {}

  list(ctx: ReachCtx, listing: Listing): Promise<ListPage | JsonStream> {
    return this.lists.page(ctx, DEPENDENCY_LIST, listing);
  }

  /**
   * One that is there already stays, with another function.
   * @throws NotFoundError for an unknown side, ConflictError for a circle or a taken id, ForbiddenError for restore fields
   */
  async put(ctx: TenantCtx, input: PutDependency): Promise<Item> {
    const wanted = wantedDependency(input);
    const asked = input.visibility ?? null;
    const visibility = asked === null ? null : readVisibility(asked);
    const createdAt = restoredDate(ctx, input) ?? this.clock.now();
    return this.unitOfWork.run(ctx, async (ctx) => {
      if (visibility === 'global') requirePermission(ctx, 'create_global_resource');
      const source = wanted.externalSource === null ? await this.own(ctx, input.source_deployment) : null;
      const creatorId = await restoredOwner(ctx, input);
      const owner = ownerOf(ctx, source, { creatorId, visibility, createdAt });
      const [stored] = await this.write(ctx, source, [wanted], owner);
      const item = await this.lists.single(ctx, DEPENDENCY_LIST, 'r.id', stored?.id);
      if (!item) throw new NotFoundError('InterDeploymentDependencies', printable(stored?.id ?? ''));
      return item;
    });
  }

  /** @throws as `put` */
  async add(ctx: TenantCtx, sourceId: string, raw: readonly unknown[]): Promise<DependencyIds> {
    const wanted = wantedDependencies(raw);
    return this.unitOfWork.run(ctx, async (ctx) => {
      const source = await this.own(ctx, sourceId);
      return idsOf(await this.write(ctx, source, wanted, ownerOf(ctx, source, { createdAt: this.clock.now() })));
    });
  }

  /** All of the deployment's, instead of those it has. @throws as `put` */
  async replace(ctx: TenantCtx, sourceId: string, raw: readonly unknown[]): Promise<DependencyIds> {
    const wanted = wantedDependencies(raw);
    return this.unitOfWork.run(ctx, async (ctx) => {
      const source = await this.own(ctx, sourceId);
      await this.record(ctx, 'delete', await this.dependencies.remove(ctx, source.storageId), source.id);
      return idsOf(await this.write(ctx, source, wanted, ownerOf(ctx, source, { createdAt: this.clock.now() })));
    });
  }

  /** @throws NotFoundError for an unknown side, and where nothing matches */
  async remove(ctx: TenantCtx, input: DeleteDependency): Promise<void> {
    const wanted = wantedDependency(input);
    await this.unitOfWork.run(ctx, async (ctx) => {
      const source = wanted.externalSource === null ? await this.own(ctx, input.source_deployment) : null;
      const target = await this.removedTarget(ctx, wanted, input.is_component_deletion === true);
      const removed = await this.dependencies.remove(ctx, source?.storageId ?? null, {
        creator: wanted.creator,
        externalSource: wanted.externalSource,
        externalTarget: wanted.externalTarget,
        ...(target === null ? {} : { target }),
      });
      if (removed.length === 0) {
        throw new NotFoundError('InterDeploymentDependencies', printable(wanted.creator));
      }
      if (source) await this.dependencies.refreshConsumerLabels(ctx, source, this.clock.now());
      await this.record(ctx, 'delete', removed, source?.id ?? null);
    });
  }

  /** Where a component is deleted, its deployment may be gone before its dependency is. */
  private async removedTarget(
    ctx: TenantCtx,
    { target }: WantedDependency,
    mayBeGone: boolean,
  ): Promise<string | null> {
    if (target === null) return null;
    const found = (await this.dependencies.targets(ctx, [target])).get(target) ?? null;
    if (found === null && !mayBeGone) throw new NotFoundError('Deployment', printable(target));
    return found;
  }

  private async own(ctx: TenantCtx, id: string): Promise<DeploymentRow> {
    const found = await this.deployments.visible(ctx, id);
    if (found.tenantId !== ctx.tenantId) throw notOwn(ctx, 'Deployment', id);
    return found;
  }

  private async write(
    ctx: TenantCtx,
    source: DeploymentRow | null,
    wanted: readonly WantedDependency[],
    owner: DependencyOwner,
  ): Promise<readonly StoredDependency[]> {
    assertDifferentIds(wanted);
    await this.dependencies.lock(ctx);
    const targets = await this.targetsOf(ctx, wanted);
    if (source) await this.assertNoCircle(ctx, source, targets);
    const rows = wanted.map((one) => ({
      ...one,
      id: one.id ?? randomUUID(),
      target: one.target === null ? null : (targets.get(one.target) ?? null),
    }));
    const stored = rows.length === 0 ? [] : await this.dependencies.put(ctx, source?.storageId ?? null, rows, owner);
    if (source) await this.dependencies.refreshConsumerLabels(ctx, source, this.clock.now());
    const sourceId = source?.id ?? null;
    await this.record(
      ctx,
      'create',
      stored.filter(({ isNew }) => isNew),
      sourceId,
    );
    await this.record(
      ctx,
      'update',
      stored.filter(({ isNew }) => !isNew),
      sourceId,
    );
    return stored;
  }

  private async targetsOf(ctx: TenantCtx, wanted: readonly WantedDependency[]): Promise<ReadonlyMap<string, string>> {
    const here = wanted.filter(({ target, externalTarget }) => target !== null && externalTarget === null);
    const targets = await this.dependencies.targets(
      ctx,
      here.flatMap(({ target }) => target ?? []),
    );
    const missing = here.find(
      ({ target, targetFunction, externalSource }) =>
        !targets.has(target ?? '') && targetFunction === null && externalSource === null,
    );
    if (missing) throw new NotFoundError('Deployment', printable(missing.target ?? ''));
    return targets;
  }

  private async assertNoCircle(
    ctx: TenantCtx,
    source: DeploymentRow,
    targets: ReadonlyMap<string, string>,
  ): Promise<void> {
    const closing = await this.dependencies.closingCircles(ctx, source.storageId, [...targets.values()]);
    const names = [...targets].flatMap(([id, storageId]) => (closing.includes(storageId) ? [id] : []));
    if (names.length > 0) {
      throw new ConflictError(`Deployment ${source.id} cannot depend on ${names.join(', ')}: that would be a circle`);
    }
  }

  private record(
    ctx: TenantCtx,
    operation: AuditOperation,
    rows: readonly { readonly id: string; readonly storageId: string }[],
    source: string | null,
  ): Promise<void> {
    return this.audit.recordAll(
      ctx,
      rows.map(({ id, storageId }) => ({
        action: `inter_deployment_dependency.${operation}`,
        operation,
        outcome: 'success',
        refTable: 'inter_deployment_dependencies',
        refId: Number(storageId),
        refIdentifier: { tenant_id: ctx.tenantId, id },
        details: { source },
      })),
    );
  }
}

/** Nobody but administrators could see somebody else's in a private deployment. */
function ownerOf(
  ctx: TenantCtx,
  source: DeploymentRow | null,
  given: { readonly creatorId?: number | null; readonly visibility?: Visibility | null; readonly createdAt: Date },
): DependencyOwner {
  const creatorId = given.creatorId ?? (source?.visibility === 'private' ? source.creatorId : ctx.actor.userId);
  return { creatorId, visibility: given.visibility ?? source?.visibility ?? 'tenant', createdAt: given.createdAt };
}

function assertDifferentIds(wanted: readonly WantedDependency[]): void {
  const ids = wanted.flatMap(({ id }) => id ?? []);
  if (new Set(ids).size < ids.length) throw new BadParametersError('Two dependencies have the same id');
}

function idsOf(stored: readonly StoredDependency[]): DependencyIds {
  const items = stored.map(({ id }) => ({ id }));
  return { items, metadata: { pagination: { total: items.length, size: items.length, offset: 0 } } };
}
