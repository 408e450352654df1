import { COMMON_FIELDS, COMMON_JOINS, type ListSource } from '../../../platform/listing/list-source.js';

/** rest-api §3.3. A side that the caller may not see has no id here. */
export const DEPENDENCY_LIST: ListSource = {
  resource: 'inter_deployment_dependencies',
  from: `inter_deployment_dependency r ${COMMON_JOINS}
    LEFT JOIN deployment sd ON sd.storage_id = r.source_deployment_id
    LEFT JOIN deployment td ON td.storage_id = r.target_deployment_id`,
  joinsKeepRows: true,
  fields: {
    id: { kind: 'text', sql: 'r.id' },
    ...COMMON_FIELDS,
    dependency_creator: { kind: 'text', sql: 'r.dependency_creator' },
    source_deployment_id: { kind: 'text', sql: 'sd.id' },
    target_deployment_id: { kind: 'text', sql: 'td.id' },
    target_deployment_func: { kind: 'json', sql: 'r.target_deployment_func' },
    external_source: { kind: 'json', sql: 'r.external_source' },
    external_target: { kind: 'json', sql: 'r.external_target' },
  },
  search: ['r.dependency_creator'],
  order: 'r.created_at, r.storage_id',
  getAllResults: true,
  scoped: true,
};
