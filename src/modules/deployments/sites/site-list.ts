import type { IdTable } from '../../../platform/database/global-ids.js';
import { COMMON_FIELDS, COMMON_JOINS, type ListSource } from '../../../platform/listing/list-source.js';

export const SITE_IDS: IdTable = { table: 'site', idColumn: 'name', kind: 'Site' };

/** As Python prints a float: `32.0`. */
const printed = (column: string): string =>
  `CASE WHEN ${column} = trunc(${column}) THEN trunc(${column})::int::text || '.0' ELSE ${column}::text END`;

/** rest-api §3.14. */
export const SITE_LIST: ListSource = {
  resource: 'sites',
  from: `site r ${COMMON_JOINS}`,
  joinsKeepRows: true,
  fields: {
    name: { kind: 'text', sql: 'r.name' },
    ...COMMON_FIELDS,
    latitude: { kind: 'json', sql: 'r.latitude', sort: true },
    longitude: { kind: 'json', sql: 'r.longitude', sort: true },
    location: { kind: 'text', sql: `(${printed('r.latitude')} || ', ' || ${printed('r.longitude')})` },
  },
  search: ['r.name'],
  order: 'r.created_at, r.storage_id',
  getAllResults: true,
  scoped: true,
};
