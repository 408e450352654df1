import type { Listing } from '../../core/listing/listing.js';
import type { Condition } from '../../platform/listing/list-query.js';
import { COMMON_FIELDS, COMMON_JOINS, type ListSource } from '../../platform/listing/list-source.js';

/**
 * rest-api §3.1. `labels`, `upload_execution` and `plan` leave the database as keys; BlueprintViews puts what they stand
 * for in their place: labels and executions with one question each for a whole page, since as sub-queries they would be
 * answered for skipped rows, too; a plan only where it was asked for, one at a time.
 */
export const BLUEPRINT_LIST: ListSource = {
  resource: 'blueprints',
  from: `blueprint r ${COMMON_JOINS}`,
  joinsKeepRows: true,
  fields: {
    id: { kind: 'text', sql: 'r.id' },
    ...COMMON_FIELDS,
    main_file_name: { kind: 'text', sql: 'r.main_file_name' },
    plan: { kind: 'json', sql: 'r.storage_id::text' },
    requirements: { kind: 'json', sql: 'r.requirements' },
    updated_at: { kind: 'date', sql: 'r.updated_at' },
    description: { kind: 'text', sql: 'r.description' },
    is_hidden: { kind: 'boolean', sql: 'r.is_hidden' },
    state: { kind: 'text', sql: 'r.state' },
    error: { kind: 'text', sql: 'r.error' },
    error_traceback: { kind: 'text', sql: 'r.error_traceback' },
    labels: { kind: 'json', sql: 'r.storage_id::text' },
    upload_execution: { kind: 'json', sql: 'r.upload_execution_id' },
  },
  search: ['r.id'],
  order: 'r.created_at, r.storage_id',
  getAllResults: true,
  scoped: true,
};

/** Hidden ones are left out unless `is_hidden` is filtered (rest-api §3.1). */
export function withoutHidden(listing: Listing): readonly Condition[] {
  return listing.filters.some((filter) => filter.field === 'is_hidden') ? [] : [() => 'NOT r.is_hidden'];
}
