import { COMMON_FIELDS, COMMON_JOINS, type ListSource } from '../../platform/listing/list-source.js';

/** The value of a label that has one at most; text without one. */
const ENVIRONMENT_TYPE = `COALESCE((SELECT l.value FROM deployment_label l
  WHERE l.deployment_id = r.storage_id AND l.key = 'csys-env-type' ORDER BY l.created_at, l.value LIMIT 1), '')`;

/** orchestration §5. */
const LATEST_STATUS = `CASE WHEN le.status IS NULL THEN NULL WHEN le.status = 'terminated' THEN 'completed'
  WHEN le.status IN ('failed', 'cancelled') THEN le.status ELSE 'in_progress' END`;

/**
 * rest-api §3.2. `labels`, `deployment_groups` and `workflows` leave the database as keys; DeploymentViews puts what they
 * stand for in their place, with one question each for a whole page. What users wrote leaves as text, for DeploymentViews to
 * read exactly.
 */
export const DEPLOYMENT_LIST: ListSource = {
  resource: 'deployments',
  from: `deployment r ${COMMON_JOINS}
    LEFT JOIN blueprint b ON b.storage_id = r.blueprint_id
    LEFT JOIN site s ON s.storage_id = r.site_id
    LEFT JOIN execution le ON le.storage_id = r.latest_execution_id
    LEFT JOIN execution ce ON ce.storage_id = r.create_execution_id`,
  joinsKeepRows: true,
  fields: {
    id: { kind: 'text', sql: 'r.id' },
    ...COMMON_FIELDS,
    display_name: { kind: 'text', sql: 'r.display_name' },
    description: { kind: 'text', sql: 'r.description' },
    blueprint_id: { kind: 'text', sql: 'b.id' },
    site_name: { kind: 'text', sql: 's.name' },
    inputs: { kind: 'json', sql: 'r.inputs::text' },
    groups: { kind: 'json', sql: 'r.groups::text' },
    policy_triggers: { kind: 'json', sql: 'r.policy_triggers::text' },
    policy_types: { kind: 'json', sql: 'r.policy_types::text' },
    outputs: { kind: 'json', sql: 'r.outputs::text' },
    capabilities: { kind: 'json', sql: 'r.capabilities::text' },
    scaling_groups: { kind: 'json', sql: 'r.scaling_groups::text' },
    resource_tags: { kind: 'json', sql: 'r.resource_tags::text' },
    permalink: { kind: 'text', sql: 'NULL::text' },
    updated_at: { kind: 'date', sql: 'r.updated_at' },
    workflows: { kind: 'json', sql: 'r.storage_id::text' },
    runtime_only_evaluation: { kind: 'boolean', sql: 'r.runtime_only_evaluation' },
    installation_status: { kind: 'text', sql: 'r.installation_status' },
    deployment_status: { kind: 'text', sql: 'r.deployment_status' },
    sub_services_status: { kind: 'text', sql: 'r.sub_services_status' },
    sub_environments_status: { kind: 'text', sql: 'r.sub_environments_status' },
    sub_services_count: { kind: 'integer', sql: 'r.sub_services_count' },
    sub_environments_count: { kind: 'integer', sql: 'r.sub_environments_count' },
    drifted_instances: { kind: 'integer', sql: 'r.drifted_instances' },
    unavailable_instances: { kind: 'integer', sql: 'r.unavailable_instances' },
    labels: { kind: 'json', sql: 'r.storage_id::text' },
    deployment_groups: { kind: 'json', sql: 'r.storage_id::text' },
    environment_type: { kind: 'text', sql: ENVIRONMENT_TYPE },
    has_sub_deployments: { kind: 'boolean', sql: '(r.sub_services_count + r.sub_environments_count > 0)' },
    latest_execution: { kind: 'text', sql: 'le.id' },
    latest_execution_status: { kind: 'text', sql: LATEST_STATUS },
    latest_execution_workflow_id: { kind: 'text', sql: 'le.workflow_id' },
    latest_execution_total_operations: { kind: 'integer', sql: 'COALESCE(le.total_operations, 0)' },
    latest_execution_finished_operations: { kind: 'integer', sql: 'COALESCE(le.finished_operations, 0)' },
    create_execution: { kind: 'text', sql: 'ce.id' },
    workdir_zip: { kind: 'json', sql: 'NULL::text' },
  },
  search: ['r.id'],
  order: 'r.created_at, r.storage_id',
  getAllResults: true,
  sortsByLabel: true,
  labels: 'deployment_label l WHERE l.deployment_id = r.storage_id',
  scoped: true,
};
