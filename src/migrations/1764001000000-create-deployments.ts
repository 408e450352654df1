import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createIdsTakenFunction, dropIdsTakenFunction } from '../platform/database/global-ids.js';
import { enableRowSecurity } from '../platform/database/row-level-security.js';

const IDS = [
  { table: 'site', idColumn: 'name', kind: 'Site' },
  { table: 'deployment', idColumn: 'id', kind: 'Deployment' },
  { table: 'deployment_filter', idColumn: 'id', kind: 'DeploymentsFilter' },
  { table: 'deployment_group', idColumn: 'id', kind: 'DeploymentGroup' },
] as const;

/** Every table whose rows belong to a tenant, have an owner and can be seen. */
const OWNED = `
  tenant_id int NOT NULL,
  creator_id int NOT NULL,
  visibility text NOT NULL`;

function ownedConstraints(table: string, onTenant = ''): string {
  return `
    CONSTRAINT ${table}_pk PRIMARY KEY (storage_id),
    CONSTRAINT ${table}_tenant_fk FOREIGN KEY (tenant_id) REFERENCES tenant (id)${onTenant},
    CONSTRAINT ${table}_creator_fk FOREIGN KEY (creator_id) REFERENCES user_account (id),
    CONSTRAINT ${table}_visibility_ck CHECK (visibility IN ('private', 'tenant', 'global'))`;
}

function labelTable(owner: string): string {
  return `
    CREATE TABLE ${owner}_label (
      storage_id bigint GENERATED ALWAYS AS IDENTITY,
      ${owner}_id bigint NOT NULL,
      key text NOT NULL,
      value text NOT NULL,
      created_at timestamptz(3) NOT NULL,
      creator_id int NOT NULL,
      CONSTRAINT ${owner}_label_pk PRIMARY KEY (storage_id),
      CONSTRAINT ${owner}_label_uq UNIQUE (${owner}_id, key, value),
      CONSTRAINT ${owner}_label_${owner}_fk FOREIGN KEY (${owner}_id) REFERENCES ${owner} (storage_id) ON DELETE CASCADE,
      CONSTRAINT ${owner}_label_creator_fk FOREIGN KEY (creator_id) REFERENCES user_account (id)
    );
    CREATE INDEX ${owner}_label_key_ix ON ${owner}_label (key, value);
    CREATE INDEX ${owner}_label_creator_ix ON ${owner}_label (creator_id);`;
}

/**
 * Deployments, and what is in them. What users wrote is kept as `json`, not `jsonb`: the order of keys, 1.0 and numbers
 * of any size come back as they were. Nodes and node instances carry tenant, owner and visibility of their deployment:
 * they are listed on their own, and the wall must stand before each row without a look elsewhere.
 */
export class CreateDeployments1764001000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE site (
        storage_id bigint GENERATED ALWAYS AS IDENTITY,
        name text NOT NULL,${OWNED},
        latitude double precision,
        longitude double precision,
        created_at timestamptz(3) NOT NULL,
        ${ownedConstraints('site')},
        CONSTRAINT site_tenant_name_uq UNIQUE (tenant_id, name)
      );
      CREATE INDEX site_name_ix ON site (name);
      CREATE INDEX site_creator_ix ON site (creator_id);

      CREATE TABLE deployment (
        storage_id bigint GENERATED ALWAYS AS IDENTITY,
        id text NOT NULL,${OWNED},
        display_name text NOT NULL,
        description text,
        blueprint_id bigint NOT NULL,
        site_id bigint,
        inputs json,
        groups json,
        policy_types json,
        policy_triggers json,
        outputs json,
        capabilities json,
        scaling_groups json,
        resource_tags json,
        -- In the order of the plan: [{"name", "plugin", "operation", "parameters", "is_cascading", "availability_rules"}]
        workflows json,
        runtime_only_evaluation boolean NOT NULL DEFAULT false,
        installation_status text NOT NULL DEFAULT 'inactive',
        deployment_status text NOT NULL DEFAULT 'requires_attention',
        sub_services_status text,
        sub_environments_status text,
        sub_services_count int NOT NULL DEFAULT 0,
        sub_environments_count int NOT NULL DEFAULT 0,
        drifted_instances int NOT NULL DEFAULT 0,
        unavailable_instances int NOT NULL DEFAULT 0,
        latest_execution_id bigint,
        create_execution_id bigint,
        -- Its folder in the file store, deployments/<files_key>.
        files_key uuid NOT NULL,
        created_at timestamptz(3) NOT NULL,
        updated_at timestamptz(3) NOT NULL,
        ${ownedConstraints('deployment')},
        CONSTRAINT deployment_tenant_id_uq UNIQUE (tenant_id, id),
        CONSTRAINT deployment_files_key_uq UNIQUE (files_key),
        CONSTRAINT deployment_blueprint_fk FOREIGN KEY (blueprint_id) REFERENCES blueprint (storage_id) ON DELETE RESTRICT,
        CONSTRAINT deployment_site_fk FOREIGN KEY (site_id) REFERENCES site (storage_id) ON DELETE SET NULL,
        CONSTRAINT deployment_latest_execution_fk FOREIGN KEY (latest_execution_id)
          REFERENCES execution (storage_id) ON DELETE SET NULL,
        CONSTRAINT deployment_create_execution_fk FOREIGN KEY (create_execution_id)
          REFERENCES execution (storage_id) ON DELETE SET NULL,
        CONSTRAINT deployment_installation_status_ck CHECK (installation_status IN ('active', 'inactive')),
        CONSTRAINT deployment_status_ck CHECK (deployment_status IN ('good', 'in_progress', 'requires_attention'))
      );
      CREATE INDEX deployment_created_at_ix ON deployment (created_at, storage_id) INCLUDE (tenant_id, creator_id, visibility);
      CREATE INDEX deployment_id_ix ON deployment (id);
      CREATE INDEX deployment_creator_ix ON deployment (creator_id);
      CREATE INDEX deployment_blueprint_ix ON deployment (blueprint_id);
      CREATE INDEX deployment_site_ix ON deployment (site_id);
      CREATE INDEX deployment_latest_execution_ix ON deployment (latest_execution_id);
      CREATE INDEX deployment_create_execution_ix ON deployment (create_execution_id);
      ${labelTable('deployment')}

      CREATE TABLE deployment_filter (
        storage_id bigint GENERATED ALWAYS AS IDENTITY,
        id text NOT NULL,${OWNED},
        rules jsonb NOT NULL,
        is_system_filter boolean NOT NULL DEFAULT false,
        created_at timestamptz(3) NOT NULL,
        updated_at timestamptz(3) NOT NULL,
        ${ownedConstraints('deployment_filter')},
        CONSTRAINT deployment_filter_tenant_id_uq UNIQUE (tenant_id, id)
      );
      CREATE INDEX deployment_filter_id_ix ON deployment_filter (id);
      CREATE INDEX deployment_filter_creator_ix ON deployment_filter (creator_id);

      CREATE TABLE node (
        storage_id bigint GENERATED ALWAYS AS IDENTITY,
        id text NOT NULL,
        deployment_id bigint NOT NULL,${OWNED},
        -- The place in the plan.
        position int NOT NULL,
        type text NOT NULL,
        type_hierarchy text[] NOT NULL,
        host_id text,
        properties json NOT NULL,
        operations json NOT NULL,
        relationships json NOT NULL,
        plugins json,
        plugins_to_install json,
        number_of_instances int NOT NULL,
        planned_number_of_instances int NOT NULL,
        deploy_number_of_instances int NOT NULL,
        min_number_of_instances int NOT NULL,
        max_number_of_instances int NOT NULL,
        ${ownedConstraints('node', ' ON DELETE CASCADE')},
        CONSTRAINT node_deployment_id_uq UNIQUE (deployment_id, id),
        CONSTRAINT node_deployment_fk FOREIGN KEY (deployment_id) REFERENCES deployment (storage_id) ON DELETE CASCADE
      );
      CREATE INDEX node_tenant_ix ON node (tenant_id, id);
      CREATE INDEX node_creator_ix ON node (creator_id);

      CREATE TABLE node_instance (
        storage_id bigint GENERATED ALWAYS AS IDENTITY,
        id text NOT NULL,
        deployment_id bigint NOT NULL,
        node_id bigint NOT NULL,${OWNED},
        host_id text,
        index int NOT NULL,
        state text NOT NULL,
        version int NOT NULL DEFAULT 1,
        runtime_properties json NOT NULL DEFAULT '{}',
        system_properties json NOT NULL DEFAULT '{}',
        relationships json NOT NULL DEFAULT '[]',
        scaling_groups json NOT NULL DEFAULT '[]',
        is_status_check_ok boolean NOT NULL DEFAULT true,
        has_configuration_drift boolean NOT NULL DEFAULT false,
        ${ownedConstraints('node_instance', ' ON DELETE CASCADE')},
        CONSTRAINT node_instance_tenant_id_uq UNIQUE (tenant_id, id),
        CONSTRAINT node_instance_deployment_fk FOREIGN KEY (deployment_id) REFERENCES deployment (storage_id) ON DELETE CASCADE,
        CONSTRAINT node_instance_node_fk FOREIGN KEY (node_id) REFERENCES node (storage_id) ON DELETE CASCADE
      ) WITH (fillfactor = 70);
      CREATE INDEX node_instance_deployment_ix ON node_instance (deployment_id);
      CREATE INDEX node_instance_node_ix ON node_instance (node_id);
      CREATE INDEX node_instance_creator_ix ON node_instance (creator_id);

      CREATE TABLE inter_deployment_dependency (
        storage_id bigint GENERATED ALWAYS AS IDENTITY,
        id text NOT NULL,${OWNED},
        dependency_creator text NOT NULL,
        -- Null for the side that is on another manager, or that a function names which could not be evaluated yet.
        source_deployment_id bigint,
        target_deployment_id bigint,
        target_deployment_func json,
        external_source json,
        external_target json,
        created_at timestamptz(3) NOT NULL,
        ${ownedConstraints('inter_deployment_dependency')},
        CONSTRAINT inter_deployment_dependency_tenant_id_uq UNIQUE (tenant_id, id),
        CONSTRAINT inter_deployment_dependency_source_fk FOREIGN KEY (source_deployment_id)
          REFERENCES deployment (storage_id) ON DELETE CASCADE,
        CONSTRAINT inter_deployment_dependency_target_fk FOREIGN KEY (target_deployment_id)
          REFERENCES deployment (storage_id) ON DELETE SET NULL
      );
      CREATE INDEX inter_deployment_dependency_source_ix ON inter_deployment_dependency (source_deployment_id, dependency_creator);
      CREATE INDEX inter_deployment_dependency_target_ix ON inter_deployment_dependency (target_deployment_id);
      CREATE INDEX inter_deployment_dependency_creator_ix ON inter_deployment_dependency (creator_id);

      CREATE TABLE deployment_group (
        storage_id bigint GENERATED ALWAYS AS IDENTITY,
        id text NOT NULL,${OWNED},
        description text,
        default_blueprint_id bigint,
        default_inputs json,
        creation_counter int NOT NULL DEFAULT 0,
        created_at timestamptz(3) NOT NULL,
        ${ownedConstraints('deployment_group')},
        CONSTRAINT deployment_group_tenant_id_uq UNIQUE (tenant_id, id),
        CONSTRAINT deployment_group_blueprint_fk FOREIGN KEY (default_blueprint_id)
          REFERENCES blueprint (storage_id) ON DELETE SET NULL
      );
      CREATE INDEX deployment_group_id_ix ON deployment_group (id);
      CREATE INDEX deployment_group_creator_ix ON deployment_group (creator_id);
      CREATE INDEX deployment_group_blueprint_ix ON deployment_group (default_blueprint_id);
      CREATE TABLE deployment_group_member (
        deployment_group_id bigint NOT NULL,
        deployment_id bigint NOT NULL,
        CONSTRAINT deployment_group_member_pk PRIMARY KEY (deployment_group_id, deployment_id),
        CONSTRAINT deployment_group_member_group_fk FOREIGN KEY (deployment_group_id)
          REFERENCES deployment_group (storage_id) ON DELETE CASCADE,
        CONSTRAINT deployment_group_member_deployment_fk FOREIGN KEY (deployment_id)
          REFERENCES deployment (storage_id) ON DELETE CASCADE
      );
      CREATE INDEX deployment_group_member_deployment_ix ON deployment_group_member (deployment_id);
      ${labelTable('deployment_group')}

      CREATE TABLE deployment_modification (
        storage_id bigint GENERATED ALWAYS AS IDENTITY,
        id text NOT NULL,
        deployment_id bigint NOT NULL,${OWNED},
        status text NOT NULL,
        context json,
        modified_nodes json NOT NULL,
        node_instances json NOT NULL,
        created_at timestamptz(3) NOT NULL,
        ended_at timestamptz(3),
        ${ownedConstraints('deployment_modification', ' ON DELETE CASCADE')},
        CONSTRAINT deployment_modification_tenant_id_uq UNIQUE (tenant_id, id),
        CONSTRAINT deployment_modification_deployment_fk FOREIGN KEY (deployment_id)
          REFERENCES deployment (storage_id) ON DELETE CASCADE,
        CONSTRAINT deployment_modification_status_ck CHECK (status IN ('started', 'finished', 'rolledback'))
      );
      -- One open modification of a deployment (orchestration §12), whoever asks at once.
      CREATE UNIQUE INDEX deployment_modification_started_uq ON deployment_modification (deployment_id) WHERE status = 'started';
      CREATE INDEX deployment_modification_deployment_ix ON deployment_modification (deployment_id);
      CREATE INDEX deployment_modification_creator_ix ON deployment_modification (creator_id);
    `);
    for (const table of TABLES) await enableRowSecurity(runner, table);
    for (const owner of ['deployment', 'deployment_group']) {
      await enableRowSecurity(runner, `${owner}_label`, withOwner(owner, `${owner}_id`));
    }
    await enableRowSecurity(runner, 'deployment_group_member', withOwner('deployment_group', 'deployment_group_id'));
    for (const ids of IDS) await createIdsTakenFunction(runner, ids);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const ids of IDS) await dropIdsTakenFunction(runner, ids);
    await runner.query(`
      DROP TABLE deployment_modification, deployment_group_label, deployment_group_member, deployment_group,
        inter_deployment_dependency, node_instance, node, deployment_filter, deployment_label, deployment, site;
    `);
  }
}

const TABLES = [
  'site',
  'deployment',
  'deployment_filter',
  'node',
  'node_instance',
  'inter_deployment_dependency',
  'deployment_group',
  'deployment_modification',
];

/** Rows that are seen and changed as the row they belong to. */
function withOwner(owner: string, column: string): { readonly visible: string; readonly writable: string } {
  return {
    visible: `(EXISTS (SELECT 1 FROM ${owner} o WHERE o.storage_id = ${column}))`,
    writable: `(EXISTS (SELECT 1 FROM ${owner} o WHERE o.storage_id = ${column} AND o.tenant_id = (SELECT hf_tenant())))`,
  };
}
