import { Injectable } from '@nestjs/common';
import { AuditSink } from '../../../platform/audit/audit-sink.js';
import { Clock } from '../../../platform/clock/clock.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { filterList, type FilterKind } from '../../../platform/filters/filter-kind.js';
import { StoredFilters } from '../../../platform/filters/stored-filters.js';
import { StoredFiltersRepository } from '../../../platform/filters/stored-filters.repository.js';
import type { FilterSource } from '../../../platform/listing/filter-conditions.js';
import { ListQueries } from '../../../platform/listing/list-queries.js';

const IDS = { table: 'blueprint_filter', idColumn: 'id', kind: 'BlueprintsFilter' } as const;

/** What rules and constraints may look at (rest-api §1.12). */
export const BLUEPRINT_FILTER_SOURCE: FilterSource = {
  attributes: { id: 'all', created_by: 'all', state: 'all', tenant_name: 'all' },
  columns: { id: 'r.id', created_by: 'c.username', state: 'r.state', tenant_name: 't.name' },
  labels: 'blueprint_label l WHERE l.blueprint_id = r.storage_id',
  name: 'r.id',
};

export const BLUEPRINT_FILTERS: FilterKind = {
  ids: IDS,
  auditTable: 'blueprints_filters',
  auditSubject: 'blueprint_filter',
  attributes: BLUEPRINT_FILTER_SOURCE.attributes,
  list: filterList(IDS),
};

@Injectable()
export class BlueprintFilters extends StoredFilters {
  constructor(
    unitOfWork: UnitOfWork,
    filters: StoredFiltersRepository,
    lists: ListQueries,
    audit: AuditSink,
    clock: Clock,
  ) {
    super({ unitOfWork, filters, lists, audit, clock }, BLUEPRINT_FILTERS);
  }
}
