import type { FilterAttributes, FilterRule } from '../../core/filters/filter-rules.js';
import type { IdTable } from '../database/global-ids.js';
import { COMMON_FIELDS, COMMON_JOINS, type FieldSource, type ListSource } from '../listing/list-source.js';

/** A resource that has stored filters: its table, its names, and what rules may look at. */
export interface FilterKind {
  readonly ids: IdTable;
  /** The contract's name of the table in the audit log: `blueprints_filters`. */
  readonly auditTable: string;
  /** `blueprint_filter`, as in `blueprint_filter.create`. */
  readonly auditSubject: string;
  readonly attributes: FilterAttributes;
  readonly list: ListSource;
}

const rulesOf = (type: FilterRule['type']): FieldSource => ({
  kind: 'json',
  sql: `jsonb_path_query_array(r.rules, '$[*] ? (@.type == "${type}")')`,
});

const FIELDS: ListSource['fields'] = unfiltered({
  id: { kind: 'text', sql: 'r.id' },
  ...COMMON_FIELDS,
  value: { kind: 'json', sql: 'r.rules' },
  labels_filter_rules: rulesOf('label'),
  attrs_filter_rules: rulesOf('attribute'),
  updated_at: { kind: 'date', sql: 'r.updated_at' },
  is_system_filter: { kind: 'boolean', sql: 'r.is_system_filter' },
});

/** The list of a kind's filters (rest-api §3.15). Equality filters are taken and not applied, as the contract has it. */
export function filterList(ids: IdTable): ListSource {
  return {
    resource: 'filters',
    from: `${ids.table} r ${COMMON_JOINS}`,
    joinsKeepRows: true,
    fields: FIELDS,
    ownKeys: Object.keys(FIELDS),
    search: ['r.id'],
    order: 'r.created_at, r.storage_id',
    getAllResults: true,
    scoped: true,
  };
}

function unfiltered(fields: Readonly<Record<string, FieldSource>>): ListSource['fields'] {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, { ...field, filter: false }]));
}
