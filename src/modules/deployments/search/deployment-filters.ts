import { Injectable } from '@nestjs/common';
import { AuditSink } from '../../../platform/audit/audit-sink.js';
import { Clock } from '../../../platform/clock/clock.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { filterList, type FilterKind } from '../../../platform/filters/filter-kind.js';
import { StoredFilters } from '../../../platform/filters/stored-filters.js';
import { StoredFiltersRepository } from '../../../platform/filters/stored-filters.repository.js';
import type { FilterSource } from '../../../platform/listing/filter-conditions.js';
import { ListQueries } from '../../../platform/listing/list-queries.js';

const IDS = { table: 'deployment_filter', idColumn: 'id', kind: 'DeploymentsFilter' } as const;

/** What rules and constraints may look at (rest-api §1.12), over the joins of the list of deployments. */
export const DEPLOYMENT_FILTER_SOURCE: FilterSource = {
  attributes: {
    id: 'all',
    blueprint_id: 'all',
    created_by: 'all',
    site_name: 'all',
    schedules: ['is_not_empty'],
    tenant_name: 'all',
    display_name: 'all',
    installation_status: 'all',
  },
  columns: {
    id: 'r.id',
    blueprint_id: 'b.id',
    created_by: 'c.username',
    site_name: 's.name',
    schedules: '(SELECT min(x.id) FROM execution_schedule x WHERE x.deployment_id = r.storage_id)',
    tenant_name: 't.name',
    display_name: 'r.display_name',
    installation_status: 'r.installation_status',
  },
  labels: 'deployment_label l WHERE l.deployment_id = r.storage_id',
  name: 'r.display_name',
};

export const DEPLOYMENT_FILTERS: FilterKind = {
  ids: IDS,
  auditTable: 'deployments_filters',
  auditSubject: 'deployment_filter',
  attributes: DEPLOYMENT_FILTER_SOURCE.attributes,
  list: filterList(IDS),
};

@Injectable()
export class DeploymentFilters extends StoredFilters {
  constructor(
    unitOfWork: UnitOfWork,
    filters: StoredFiltersRepository,
    lists: ListQueries,
    audit: AuditSink,
    clock: Clock,
  ) {
    super({ unitOfWork, filters, lists, audit, clock }, DEPLOYMENT_FILTERS);
  }
}
