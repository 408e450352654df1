import type { MigrationInterface, QueryRunner } from 'typeorm';

interface Within {
  readonly table: string;
  readonly column: string;
  readonly parent: string;
  /** Of the constraint; the same as before. */
  readonly name: string;
  readonly onDelete: 'CASCADE' | 'SET NULL';
}

const within = (table: string, column: string, parent: string, name: string, onDelete: Within['onDelete']): Within => ({
  table,
  column,
  parent,
  name: `${table}_${name}_fk`,
  onDelete,
});

/** What only ever hangs on a row of its own tenant. */
const WITHIN: readonly Within[] = [
  within('node', 'deployment_id', 'deployment', 'deployment', 'CASCADE'),
  within('node_instance', 'deployment_id', 'deployment', 'deployment', 'CASCADE'),
  within('node_instance', 'node_id', 'node', 'node', 'CASCADE'),
  within('inter_deployment_dependency', 'source_deployment_id', 'deployment', 'source', 'CASCADE'),
  within('deployment_modification', 'deployment_id', 'deployment', 'deployment', 'CASCADE'),
  within('deployment', 'latest_execution_id', 'execution', 'latest_execution', 'SET NULL'),
  within('deployment', 'create_execution_id', 'execution', 'create_execution', 'SET NULL'),
  within('execution', 'deployment_id', 'deployment', 'deployment', 'CASCADE'),
  within('execution', 'execution_group_id', 'execution_group', 'group', 'SET NULL'),
  within('execution_group', 'deployment_group_id', 'deployment_group', 'deployment_group', 'SET NULL'),
  within('execution_group', 'success_group_id', 'deployment_group', 'success_group', 'SET NULL'),
  within('execution_group', 'failed_group_id', 'deployment_group', 'failed_group', 'SET NULL'),
  within('execution_schedule', 'deployment_id', 'deployment', 'deployment', 'CASCADE'),
  within('execution_schedule', 'latest_execution_id', 'execution', 'latest', 'SET NULL'),
  within('execution_token', 'execution_id', 'execution', 'execution', 'CASCADE'),
  within('deployment_update', 'deployment_id', 'deployment', 'deployment', 'CASCADE'),
  within('deployment_update', 'execution_id', 'execution', 'execution', 'SET NULL'),
  within('deployment_update_batch', 'update_id', 'deployment_update', 'update', 'CASCADE'),
  within('tasks_graph', 'execution_id', 'execution', 'execution', 'CASCADE'),
  within('tasks_graph_chunk', 'graph_id', 'tasks_graph', 'graph', 'CASCADE'),
  within('operation', 'graph_id', 'tasks_graph', 'graph', 'CASCADE'),
  within('event', 'execution_storage_id', 'execution', 'execution', 'CASCADE'),
  within('event', 'execution_group_id', 'execution_group', 'execution_group', 'CASCADE'),
];

const PARENTS = [...new Set(WITHIN.map(({ parent }) => parent))];

/** What may hang on a global row of another tenant: on whatever may be seen. */
const ON_SEEN: readonly { readonly table: string; readonly column: string; readonly parent: string }[] = [
  { table: 'deployment', column: 'blueprint_id', parent: 'blueprint' },
  { table: 'deployment', column: 'site_id', parent: 'site' },
  { table: 'inter_deployment_dependency', column: 'target_deployment_id', parent: 'deployment' },
  { table: 'deployment_group', column: 'default_blueprint_id', parent: 'blueprint' },
  { table: 'deployment_group_member', column: 'deployment_id', parent: 'deployment' },
  { table: 'deployment_update', column: 'new_blueprint_id', parent: 'blueprint' },
  { table: 'blueprint_import', column: 'imported_id', parent: 'blueprint' },
  { table: 'blueprint_plugin', column: 'plugin_id', parent: 'plugin' },
  { table: 'agent', column: 'node_instance_id', parent: 'node_instance' },
];

/** Tables whose rows are seen as their deployment is, by how they are found. */
const FOLLOWING = [
  { table: 'node', of: 'r.deployment_id = root' },
  { table: 'node_instance', of: 'r.deployment_id = root' },
  { table: 'deployment_modification', of: 'r.deployment_id = root' },
  { table: 'deployment_update', of: 'r.deployment_id = root' },
  { table: 'execution_schedule', of: 'r.deployment_id = root' },
  { table: 'inter_deployment_dependency', of: 'r.source_deployment_id = root' },
  { table: 'execution', of: 'r.deployment_id = root' },
  { table: 'tasks_graph', of: 'r.execution_id IN (SELECT x.storage_id FROM execution x WHERE x.deployment_id = root)' },
  {
    table: 'operation',
    of: `r.graph_id IN (SELECT g.storage_id FROM tasks_graph g JOIN execution x ON x.storage_id = g.execution_id
           WHERE x.deployment_id = root)`,
  },
  {
    table: 'event',
    of: 'r.execution_storage_id IN (SELECT x.storage_id FROM execution x WHERE x.deployment_id = root)',
  },
] as const;

/** The migration role changes rows of these in `share_visibility`; that of executions may already. */
const CHANGED_BY_OWNER = FOLLOWING.map(({ table }) => table).filter((table) => table !== 'execution');

/**
 * Foreign keys look past row-level security: a row could be hung on one of another tenant, which then could not be deleted,
 * or would take it along. Here the tenant becomes part of the keys between rows of one tenant; a row that may hang on a
 * global one of another tenant is looked at by a trigger, which sees what its caller sees.
 *
 * `share_visibility` makes what belongs to a deployment be seen as the deployment is. Some of it may be somebody else's
 * private rows (an administrator's execution, say), which whoever widens the deployment could not change.
 */
export class KeepRowsInTheirTenant1764001000050 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const parent of PARENTS) {
      await runner.query(`ALTER TABLE ${parent} ADD CONSTRAINT ${parent}_of_tenant_uq UNIQUE (tenant_id, storage_id)`);
    }
    for (const { table, column, parent, name, onDelete } of WITHIN) {
      await runner.query(`ALTER TABLE ${table} DROP CONSTRAINT ${name}, ADD CONSTRAINT ${name}
        FOREIGN KEY (tenant_id, ${column}) REFERENCES ${parent} (tenant_id, storage_id)
        ON DELETE ${onDelete === 'CASCADE' ? 'CASCADE' : `SET NULL (${column})`}`);
    }
    await runner.query(`
      -- Runs as whoever writes: what row-level security hides from them is not there.
      CREATE FUNCTION hf_parent_is_seen() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
        DECLARE
          parent_id bigint;
          known bigint;
          seen boolean;
        BEGIN
          EXECUTE format('SELECT ($1).%I', TG_ARGV[0]) USING NEW INTO parent_id;
          IF parent_id IS NULL THEN RETURN NEW; END IF;
          IF TG_OP = 'UPDATE' THEN
            EXECUTE format('SELECT ($1).%I', TG_ARGV[0]) USING OLD INTO known;
            IF known = parent_id THEN RETURN NEW; END IF;
          END IF;
          EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE storage_id = $1)', TG_ARGV[1]) USING parent_id INTO seen;
          IF NOT seen THEN
            RAISE insufficient_privilege USING MESSAGE = format('a row of "%s" refers to one that is not there', TG_TABLE_NAME);
          END IF;
          RETURN NEW;
        END $$;
      REVOKE ALL ON FUNCTION hf_parent_is_seen() FROM PUBLIC;
      GRANT EXECUTE ON FUNCTION hf_parent_is_seen() TO holdfast_app;
    `);
    for (const { table, column, parent } of ON_SEEN) {
      await runner.query(`CREATE TRIGGER ${table}_${column}_seen BEFORE INSERT OR UPDATE OF ${column} ON ${table}
        FOR EACH ROW EXECUTE FUNCTION hf_parent_is_seen('${column}', '${parent}')`);
    }
    for (const table of CHANGED_BY_OWNER) {
      await runner.query(
        `CREATE POLICY ${table}_owner_update ON ${table} FOR UPDATE TO CURRENT_USER USING (true) WITH CHECK (true)`,
      );
    }
    await runner.query(`
      -- Tenant and visibility are those of the deployment; of another tenant's it does nothing.
      CREATE FUNCTION share_visibility(root bigint) RETURNS void
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        DECLARE
          shared text;
        BEGIN
          SELECT d.visibility INTO shared FROM deployment d WHERE d.storage_id = root AND d.tenant_id = hf_tenant();
          IF NOT FOUND THEN RETURN; END IF;
          ${FOLLOWING.map(
            ({ table, of }) =>
              `UPDATE ${table} r SET visibility = shared WHERE r.tenant_id = hf_tenant() AND r.visibility <> shared AND ${of};`,
          ).join('\n          ')}
        END $$;
      REVOKE ALL ON FUNCTION share_visibility(bigint) FROM PUBLIC;
      GRANT EXECUTE ON FUNCTION share_visibility(bigint) TO holdfast_app;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION share_visibility(bigint)');
    for (const table of CHANGED_BY_OWNER) await runner.query(`DROP POLICY ${table}_owner_update ON ${table}`);
    for (const { table, column } of ON_SEEN) await runner.query(`DROP TRIGGER ${table}_${column}_seen ON ${table}`);
    await runner.query('DROP FUNCTION hf_parent_is_seen()');
    for (const { table, column, parent, name, onDelete } of WITHIN) {
      await runner.query(`ALTER TABLE ${table} DROP CONSTRAINT ${name}, ADD CONSTRAINT ${name}
        FOREIGN KEY (${column}) REFERENCES ${parent} (storage_id) ON DELETE ${onDelete}`);
    }
    for (const parent of PARENTS) await runner.query(`ALTER TABLE ${parent} DROP CONSTRAINT ${parent}_of_tenant_uq`);
  }
}
