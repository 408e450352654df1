import { assertNotNarrower, isVisibility, type Visibility } from '../../core/access/visibility.js';
import { BadParametersError, IllegalActionError, NotFoundError } from '../../core/errors/app-error.js';
import { parseFilterRules, type FilterRule } from '../../core/filters/filter-rules.js';
import type { Listing } from '../../core/listing/listing.js';
import { printable } from '../../core/listing/query-values.js';
import { canonicalName } from '../../core/text/canonical-name.js';
import { readIsoDate } from '../../core/text/dates.js';
import { assertName } from '../../core/text/names.js';
import { requirePermission, requireSystemPermission } from '../access/require-permission.js';
import type { AuditOperation, AuditSink } from '../audit/audit-sink.js';
import type { Clock } from '../clock/clock.js';
import type { ReachCtx, TenantCtx } from '../context/ctx.js';
import { assertIdCanBeGlobal, assertIdIsFree } from '../database/global-ids.js';
import type { UnitOfWork } from '../database/unit-of-work.js';
import type { JsonStream } from '../http/json-stream.js';
import type { Item, ListPage, ListQueries } from '../listing/list-queries.js';
import type { PutFilter, UpdateFilter } from './filter.dto.js';
import type { FilterKind } from './filter-kind.js';
import type { StoredFilter, StoredFiltersRepository } from './stored-filters.repository.js';

const RESERVED_PREFIX = 'csys-';

export interface FilterParts {
  readonly unitOfWork: UnitOfWork;
  readonly filters: StoredFiltersRepository;
  readonly lists: ListQueries;
  readonly audit: AuditSink;
  readonly clock: Clock;
}

/** The stored filters of one resource (rest-api §3.15). A feature makes one of it for its own kind. */
export class StoredFilters {
  constructor(
    private readonly parts: FilterParts,
    private readonly kind: FilterKind,
  ) {}

  list(ctx: ReachCtx, listing: Listing): Promise<ListPage | JsonStream> {
    return this.parts.lists.page(ctx, this.kind.list, listing);
  }

  /** @throws NotFoundError */
  async get(ctx: TenantCtx, id: string): Promise<Item> {
    return this.parts.unitOfWork.run(ctx, (ctx) => this.view(ctx, id));
  }

  /** The rules of a visible filter, for lists and searches. @throws NotFoundError */
  async rulesOf(ctx: ReachCtx, id: string): Promise<readonly FilterRule[]> {
    const filter = await this.parts.unitOfWork.run(ctx, (ctx) => this.parts.filters.find(ctx, this.kind.ids, id));
    if (!filter) throw new NotFoundError(this.kind.ids.kind, id);
    return filter.rules;
  }

  /** @throws BadParametersError, AppError invalid_filter_rule, ConflictError, ForbiddenError */
  async create(ctx: TenantCtx, id: string, input: PutFilter): Promise<Item> {
    assertName('filter_id', id);
    if (id.toLowerCase().startsWith(RESERVED_PREFIX)) {
      throw new BadParametersError(`All filters with a \`${RESERVED_PREFIX}\` prefix are reserved for internal use`);
    }
    const rules = parseFilterRules(input.filter_rules, this.kind.attributes);
    const visibility = readVisibility(input.visibility) ?? 'tenant';
    const createdAt = this.restoredDate(ctx, input.created_at);
    const { unitOfWork, filters } = this.parts;
    return unitOfWork.run(ctx, async (ctx) => {
      const creatorId = await this.restoredOwner(ctx, input.created_by);
      if (visibility === 'global') requirePermission(ctx, 'create_global_resource');
      await assertIdIsFree(ctx, this.kind.ids, id, visibility);
      const storageId = await filters.insert(ctx, this.kind.ids, { id, creatorId, visibility, rules, createdAt });
      await this.record(ctx, 'create', { storageId, id }, { visibility, rules });
      return this.view(ctx, id);
    });
  }

  /** Rules of a type that was sent replace the stored ones of that type. @throws IllegalActionError, NotFoundError, … */
  async update(ctx: TenantCtx, id: string, input: UpdateFilter): Promise<Item> {
    const asked = readVisibility(input.visibility);
    const rules =
      input.filter_rules === undefined || input.filter_rules === null
        ? null
        : parseFilterRules(input.filter_rules, this.kind.attributes);
    if (asked === null && rules === null) throw new IllegalActionError('Must supply at least one field to update');
    const { unitOfWork, filters, clock } = this.parts;
    return unitOfWork.run(ctx, async (ctx) => {
      const held = await this.changeable(ctx, id);
      const visibility = asked ?? held.visibility;
      await this.assertMayWiden(ctx, held, visibility);
      const merged = rules === null ? held.rules : withRulesOf(held.rules, rules);
      await filters.update(ctx, this.kind.ids, held.storageId, { rules: merged, visibility }, clock.now());
      await this.record(ctx, 'update', held, {
        before: { visibility: held.visibility, rules: held.rules },
        after: { visibility, rules: merged },
      });
      return this.view(ctx, id);
    });
  }

  /** @throws NotFoundError, IllegalActionError for a system filter, or a global one of another tenant */
  async delete(ctx: TenantCtx, id: string): Promise<void> {
    await this.parts.unitOfWork.run(ctx, async (ctx) => {
      const held = await this.changeable(ctx, id);
      await this.parts.filters.delete(ctx, this.kind.ids, held.storageId);
      await this.record(ctx, 'delete', held, {});
    });
  }

  private async view(ctx: TenantCtx, id: string): Promise<Item> {
    const item = await this.parts.lists.single(ctx, this.kind.list, 'r.id', id);
    if (!item) throw new NotFoundError(this.kind.ids.kind, id);
    return item;
  }

  private async changeable(ctx: TenantCtx, id: string): Promise<StoredFilter> {
    const own = await this.parts.filters.lockOwn(ctx, this.kind.ids, id);
    const found = own ?? (await this.parts.filters.find(ctx, this.kind.ids, id));
    if (!found) throw new NotFoundError(this.kind.ids.kind, id);
    if (found.isSystemFilter) throw new IllegalActionError(`Cannot change the system filter \`${id}\``);
    if (!own) {
      throw new IllegalActionError(
        `Can't modify the global filter \`${id}\` from tenant \`${ctx.tenantName}\`: it belongs to another one`,
      );
    }
    return own;
  }

  private async assertMayWiden(ctx: TenantCtx, held: StoredFilter, visibility: Visibility): Promise<void> {
    assertNotNarrower(held.id, held.visibility, visibility);
    if (visibility !== 'global' || held.visibility === 'global') return;
    requirePermission(ctx, 'create_global_resource');
    await assertIdCanBeGlobal(ctx, this.kind.ids, held.id);
  }

  private restoredDate(ctx: TenantCtx, raw: string | null | undefined): Date {
    if (raw === undefined || raw === null) return this.parts.clock.now();
    const date = readIsoDate(raw);
    if (!date) throw new BadParametersError(`\`created_at\` is not a date: \`${printable(raw)}\``);
    requireSystemPermission(ctx, 'set_timestamp');
    return date;
  }

  private async restoredOwner(ctx: TenantCtx, username: string | null | undefined): Promise<number> {
    if (username === undefined || username === null) return ctx.actor.userId;
    requireSystemPermission(ctx, 'set_owner');
    const id = await this.parts.filters.userId(ctx, canonicalName(username));
    if (id === null) throw new BadParametersError(`There is no user \`${printable(username)}\``);
    return id;
  }

  private record(
    ctx: TenantCtx,
    operation: AuditOperation,
    filter: { readonly storageId: string; readonly id: string },
    details: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    return this.parts.audit.record(ctx, {
      action: `${this.kind.auditSubject}.${operation}`,
      operation,
      outcome: 'success',
      refTable: this.kind.auditTable,
      refId: Number(filter.storageId),
      refIdentifier: { tenant_id: ctx.tenantId, id: filter.id },
      details,
    });
  }
}

function withRulesOf(stored: readonly FilterRule[], sent: readonly FilterRule[]): readonly FilterRule[] {
  const types = new Set(sent.map(({ type }) => type));
  return [...stored.filter(({ type }) => !types.has(type)), ...sent];
}

function readVisibility(raw: string | null | undefined): Visibility | null {
  if (raw === undefined || raw === null) return null;
  if (isVisibility(raw)) return raw;
  throw new BadParametersError(
    `Invalid visibility: \`${printable(raw)}\`. Allowed values are: private, tenant, global`,
  );
}
