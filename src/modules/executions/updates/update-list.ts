import {
  COMMON_FIELDS,
  COMMON_JOINS,
  type FieldSource,
  type ListSource,
} from '../../../platform/listing/list-source.js';

/** Parts of a plan may be large: they leave the database as a key, and UpdateViews writes one after the other into the answer. */
const LARGE = 'r.storage_id::text';
const kept = (name: string): FieldSource => ({ kind: 'json', sql: `(r.content->'${name}')::text` });

/** rest-api §3.5 */
export const UPDATE_LIST: ListSource = {
  resource: 'deployment_updates',
  from: `deployment_update r ${COMMON_JOINS} JOIN deployment d ON d.storage_id = r.deployment_id
    LEFT JOIN execution e ON e.storage_id = r.execution_id`,
  fields: {
    id: { kind: 'text', sql: 'r.id' },
    ...COMMON_FIELDS,
    deployment_id: { kind: 'text', sql: 'd.id' },
    execution_id: { kind: 'text', sql: 'e.id' },
    old_blueprint_id: { kind: 'text', sql: 'r.old_blueprint_name' },
    new_blueprint_id: { kind: 'text', sql: 'r.new_blueprint_name' },
    state: { kind: 'text', sql: 'r.state' },
    old_inputs: { kind: 'json', sql: 'r.old_inputs::text' },
    new_inputs: { kind: 'json', sql: 'r.new_inputs::text' },
    runtime_only_evaluation: { kind: 'boolean', sql: 'r.runtime_only_evaluation' },
    keep_old_deployment_dependencies: { kind: 'boolean', sql: 'r.keep_old_deployment_dependencies' },
    deployment_plan: { kind: 'json', sql: LARGE },
    deployment_update_nodes: { kind: 'json', sql: LARGE },
    deployment_update_node_instances: { kind: 'json', sql: LARGE },
    modified_entity_ids: { kind: 'json', sql: LARGE },
    steps: { kind: 'json', sql: LARGE },
    central_plugins_to_install: kept('central_plugins_to_install'),
    central_plugins_to_uninstall: kept('central_plugins_to_uninstall'),
    recursive_dependencies: kept('recursive_dependencies'),
    schedules_to_create: kept('schedules_to_create'),
    schedules_to_delete: kept('schedules_to_delete'),
    labels_to_create: kept('labels_to_create'),
  },
  search: ['r.id'],
  order: 'r.created_at, r.storage_id',
  getAllResults: true,
  scoped: true,
};

/** Fields whose value is a key. */
export const LARGE_FIELDS: readonly string[] = Object.entries(UPDATE_LIST.fields).flatMap(([name, { sql }]) =>
  sql === LARGE ? [name] : [],
);
