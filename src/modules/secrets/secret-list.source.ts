import { COMMON_FIELDS, COMMON_JOINS, type ListSource } from '../../platform/listing/list-source.js';

const FROM = `secret r ${COMMON_JOINS}`;

/** How secrets are listed (rest-api §2.6). Nothing compares with values: filters would tell them bit by bit. */
export const SECRET_LIST: ListSource = {
  resource: 'Secret',
  from: FROM,
  fields: {
    key: { kind: 'text', sql: 'r.key' },
    created_at: COMMON_FIELDS.created_at,
    updated_at: { kind: 'date', sql: 'r.updated_at' },
    resource_availability: COMMON_FIELDS.resource_availability,
    visibility: COMMON_FIELDS.visibility,
    tenant_name: COMMON_FIELDS.tenant_name,
    created_by: COMMON_FIELDS.created_by,
    is_hidden_value: { kind: 'boolean', sql: 'r.is_hidden_value' },
    provider_name: { kind: 'text', sql: 'r.provider_name' },
    schema: { kind: 'text', sql: 'r.schema::text', include: false },
    private_resource: { ...COMMON_FIELDS.private_resource, include: false },
  },
  search: ['r.key'],
  order: 'r.created_at, r.storage_id',
  getAllResults: true,
  scoped: true,
};

/** The fields of one secret, for `_include`. */
export const SECRET_SHOWN: Pick<ListSource, 'fields' | 'resource'> = {
  resource: 'Secret',
  fields: {
    ...Object.fromEntries(
      Object.entries(SECRET_LIST.fields).map(([name, field]) => [name, { ...field, include: true }]),
    ),
    value: { kind: 'json', sql: 'NULL' },
    provider_options: { kind: 'json', sql: 'NULL' },
  },
};

/** Filters and search as in the list; read in the order of creation, numbers and sizes first (see the export). */
export const SECRET_EXPORT: ListSource = {
  ...SECRET_LIST,
  fields: {
    ...Object.fromEntries(
      Object.entries(SECRET_LIST.fields).map(([name, field]) => [name, { ...field, include: false }]),
    ),
    id: { kind: 'text', sql: 'r.id', filter: false, sort: false },
    position: { kind: 'integer', sql: 'r.storage_id', filter: false, sort: false },
    bytes: {
      kind: 'integer',
      sql: 'octet_length(r.value_sealed) + COALESCE(octet_length(r.provider_options_sealed), 0)',
      filter: false,
      sort: false,
    },
  },
  order: 'r.storage_id',
};
