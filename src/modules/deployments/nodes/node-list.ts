import { COMMON_FIELDS, COMMON_JOINS, type ListSource } from '../../../platform/listing/list-source.js';

const { created_at: _none, ...COMMON } = COMMON_FIELDS;

const COUNT = (condition: string): string =>
  `(SELECT count(*)::int FROM node_instance i WHERE i.node_id = r.storage_id${condition})`;

/** rest-api §3.10. What users wrote leaves as text, for NodeViews to read exactly. */
export const NODE_LIST: ListSource = {
  resource: 'nodes',
  from: `node r ${COMMON_JOINS} LEFT JOIN deployment d ON d.storage_id = r.deployment_id
    LEFT JOIN blueprint b ON b.storage_id = d.blueprint_id`,
  joinsKeepRows: true,
  fields: {
    id: { kind: 'text', sql: 'r.id' },
    ...COMMON,
    deployment_id: { kind: 'text', sql: 'd.id' },
    deployment_display_name: { kind: 'text', sql: 'd.display_name' },
    blueprint_id: { kind: 'text', sql: 'b.id' },
    type: { kind: 'text', sql: 'r.type' },
    host_id: { kind: 'text', sql: 'r.host_id' },
    type_hierarchy: { kind: 'json', sql: 'r.type_hierarchy' },
    properties: { kind: 'json', sql: 'r.properties::text' },
    operations: { kind: 'json', sql: 'r.operations::text' },
    relationships: { kind: 'json', sql: 'r.relationships::text' },
    plugins: { kind: 'json', sql: 'r.plugins::text' },
    plugins_to_install: { kind: 'json', sql: 'r.plugins_to_install::text' },
    number_of_instances: { kind: 'integer', sql: 'r.number_of_instances' },
    planned_number_of_instances: { kind: 'integer', sql: 'r.planned_number_of_instances' },
    deploy_number_of_instances: { kind: 'integer', sql: 'r.deploy_number_of_instances' },
    min_number_of_instances: { kind: 'integer', sql: 'r.min_number_of_instances' },
    max_number_of_instances: { kind: 'integer', sql: 'r.max_number_of_instances' },
    actual_number_of_instances: { kind: 'integer', sql: COUNT('') },
    // Numbers are for each instance of what the node is in; there are so many of these as there are instances now.
    actual_planned_number_of_instances: {
      kind: 'integer',
      sql: `(r.planned_number_of_instances * ${COUNT('')} / GREATEST(r.number_of_instances, 1))`,
    },
    drifted_instances: { kind: 'integer', sql: COUNT(' AND i.has_configuration_drift') },
    unavailable_instances: { kind: 'integer', sql: COUNT(' AND NOT i.is_status_check_ok') },
  },
  search: ['r.id'],
  order: 'r.deployment_id, r.position, r.storage_id',
  getAllResults: true,
  scoped: true,
};

/** rest-api §3.10. */
export const NODE_INSTANCE_LIST: ListSource = {
  resource: 'node-instances',
  from: `node_instance r ${COMMON_JOINS} LEFT JOIN deployment d ON d.storage_id = r.deployment_id
    LEFT JOIN node n ON n.storage_id = r.node_id`,
  joinsKeepRows: true,
  fields: {
    id: { kind: 'text', sql: 'r.id' },
    ...COMMON,
    node_id: { kind: 'text', sql: 'n.id' },
    deployment_id: { kind: 'text', sql: 'd.id' },
    host_id: { kind: 'text', sql: 'r.host_id' },
    state: { kind: 'text', sql: 'r.state' },
    index: { kind: 'integer', sql: 'r.index' },
    version: { kind: 'integer', sql: 'r.version' },
    runtime_properties: { kind: 'json', sql: 'r.runtime_properties::text' },
    system_properties: { kind: 'json', sql: 'r.system_properties::text' },
    relationships: { kind: 'json', sql: 'r.relationships' },
    scaling_groups: { kind: 'json', sql: 'r.scaling_groups' },
    has_configuration_drift: { kind: 'boolean', sql: 'r.has_configuration_drift' },
    // What was never checked is not known to be well.
    is_status_check_ok: {
      kind: 'boolean',
      sql: `COALESCE(r.system_properties #>> '{status,ok}' = 'true', false)`,
    },
  },
  search: ['r.id'],
  order: 'r.deployment_id, r.storage_id',
  ownKeys: ['node_name'],
  getAllResults: true,
  scoped: true,
};
