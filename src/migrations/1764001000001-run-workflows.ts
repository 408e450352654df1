import type { MigrationInterface, QueryRunner } from 'typeorm';
import { enableRowSecurity } from '../platform/database/row-level-security.js';

/** The tables of the engine itself: reached through their execution only, never listed. */
const OF_TENANT = {
  visible: '(tenant_id = ANY ((SELECT hf_tenants())::int[]))',
  writable: '(tenant_id = (SELECT hf_tenant()))',
};

const TAKE_RIGHTS = (signature: string): string => `
  REVOKE ALL ON FUNCTION ${signature} FROM PUBLIC;
  GRANT EXECUTE ON FUNCTION ${signature} TO holdfast_app;`;

/**
 * Executions of workflows. An execution belongs to a deployment and goes with it; names that people know are kept on it
 * too, since the execution that deletes a deployment outlives it. `engine` says who runs it: the manager's own code
 * (`system`) or the graph engine (`graph`).
 *
 * The engine's state lies in `tasks_graph` and `tasks_graph_chunk`: the graph as it was made, and the states of its tasks,
 * sixteen to a chunk, so that a step writes the chunks it touched. `operation` is what the API shows of it.
 */
export class RunWorkflows1764001000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE execution
        ALTER COLUMN parameters DROP DEFAULT,
        ALTER COLUMN parameters TYPE json USING parameters::json,
        ALTER COLUMN parameters SET DEFAULT '{}'::json,
        ADD COLUMN engine text NOT NULL DEFAULT 'system',
        ADD COLUMN deployment_id bigint,
        ADD COLUMN deployment_name text,
        ADD COLUMN deployment_display_name text,
        ADD COLUMN blueprint_name text,
        ADD COLUMN is_forced boolean NOT NULL DEFAULT false,
        ADD COLUMN wait_after_fail int NOT NULL DEFAULT 600,
        -- What runs: the operation that the workflow is mapped to, and the phases of it that are over.
        ADD COLUMN mapping text,
        ADD COLUMN phases json NOT NULL DEFAULT '[]',
        -- Raised by every resume: what an earlier run still sends is told from what the present one does.
        ADD COLUMN run int NOT NULL DEFAULT 1,
        ADD COLUMN is_force_resumed boolean NOT NULL DEFAULT false,
        ADD COLUMN execution_group_id bigint,
        ADD CONSTRAINT execution_deployment_fk FOREIGN KEY (deployment_id) REFERENCES deployment (storage_id) ON DELETE CASCADE,
        ADD CONSTRAINT execution_engine_ck CHECK (engine IN ('system', 'graph'));
      CREATE INDEX execution_deployment_ix ON execution (deployment_id, created_at);
      CREATE INDEX execution_deployment_name_ix ON execution (tenant_id, deployment_name);
      CREATE INDEX execution_queued_ix ON execution (created_at, storage_id) WHERE status = 'queued';

      CREATE TABLE execution_group (
        storage_id bigint GENERATED ALWAYS AS IDENTITY,
        id text NOT NULL,
        tenant_id int NOT NULL,
        creator_id int NOT NULL,
        visibility text NOT NULL,
        workflow_id text NOT NULL,
        deployment_group_id bigint,
        concurrency int NOT NULL DEFAULT 5,
        success_group_id bigint,
        failed_group_id bigint,
        created_at timestamptz(3) NOT NULL,
        CONSTRAINT execution_group_pk PRIMARY KEY (storage_id),
        CONSTRAINT execution_group_tenant_id_uq UNIQUE (tenant_id, id),
        CONSTRAINT execution_group_tenant_fk FOREIGN KEY (tenant_id) REFERENCES tenant (id) ON DELETE CASCADE,
        CONSTRAINT execution_group_creator_fk FOREIGN KEY (creator_id) REFERENCES user_account (id),
        CONSTRAINT execution_group_deployment_group_fk FOREIGN KEY (deployment_group_id)
          REFERENCES deployment_group (storage_id) ON DELETE SET NULL,
        CONSTRAINT execution_group_success_group_fk FOREIGN KEY (success_group_id)
          REFERENCES deployment_group (storage_id) ON DELETE SET NULL,
        CONSTRAINT execution_group_failed_group_fk FOREIGN KEY (failed_group_id)
          REFERENCES deployment_group (storage_id) ON DELETE SET NULL,
        CONSTRAINT execution_group_visibility_ck CHECK (visibility IN ('private', 'tenant', 'global')),
        CONSTRAINT execution_group_concurrency_ck CHECK (concurrency >= 0)
      );
      CREATE INDEX execution_group_creator_ix ON execution_group (creator_id);
      CREATE INDEX execution_group_deployment_group_ix ON execution_group (deployment_group_id);
      CREATE INDEX execution_group_success_group_ix ON execution_group (success_group_id);
      CREATE INDEX execution_group_failed_group_ix ON execution_group (failed_group_id);
      ALTER TABLE execution ADD CONSTRAINT execution_group_fk FOREIGN KEY (execution_group_id)
        REFERENCES execution_group (storage_id) ON DELETE SET NULL;
      CREATE INDEX execution_group_ix ON execution (execution_group_id);

      CREATE TABLE execution_schedule (
        storage_id bigint GENERATED ALWAYS AS IDENTITY,
        id text NOT NULL,
        deployment_id bigint NOT NULL,
        tenant_id int NOT NULL,
        creator_id int NOT NULL,
        visibility text NOT NULL,
        workflow_id text NOT NULL,
        rule json NOT NULL,
        since timestamptz(3) NOT NULL,
        until timestamptz(3),
        slip int NOT NULL DEFAULT 0,
        parameters json,
        execution_arguments json NOT NULL DEFAULT '{}',
        stop_on_fail boolean NOT NULL DEFAULT false,
        enabled boolean NOT NULL DEFAULT true,
        next_occurrence timestamptz(3),
        latest_execution_id bigint,
        created_at timestamptz(3) NOT NULL,
        CONSTRAINT execution_schedule_pk PRIMARY KEY (storage_id),
        CONSTRAINT execution_schedule_deployment_id_uq UNIQUE (deployment_id, id),
        CONSTRAINT execution_schedule_tenant_fk FOREIGN KEY (tenant_id) REFERENCES tenant (id) ON DELETE CASCADE,
        CONSTRAINT execution_schedule_creator_fk FOREIGN KEY (creator_id) REFERENCES user_account (id),
        CONSTRAINT execution_schedule_deployment_fk FOREIGN KEY (deployment_id)
          REFERENCES deployment (storage_id) ON DELETE CASCADE,
        CONSTRAINT execution_schedule_latest_fk FOREIGN KEY (latest_execution_id)
          REFERENCES execution (storage_id) ON DELETE SET NULL,
        CONSTRAINT execution_schedule_visibility_ck CHECK (visibility IN ('private', 'tenant', 'global'))
      );
      CREATE INDEX execution_schedule_due_ix ON execution_schedule (next_occurrence) WHERE enabled;
      CREATE INDEX execution_schedule_tenant_ix ON execution_schedule (tenant_id);
      CREATE INDEX execution_schedule_creator_ix ON execution_schedule (creator_id);
      CREATE INDEX execution_schedule_latest_ix ON execution_schedule (latest_execution_id);

      CREATE TABLE deployment_update (
        storage_id bigint GENERATED ALWAYS AS IDENTITY,
        id text NOT NULL,
        deployment_id bigint NOT NULL,
        tenant_id int NOT NULL,
        creator_id int NOT NULL,
        visibility text NOT NULL,
        execution_id bigint,
        old_blueprint_name text,
        new_blueprint_name text,
        new_blueprint_id bigint,
        state text NOT NULL,
        old_inputs json,
        new_inputs json,
        -- What a preview shows (rest-api §3.5), and what later steps need of earlier ones.
        content json NOT NULL DEFAULT '{}',
        steps json NOT NULL DEFAULT '[]',
        runtime_only_evaluation boolean,
        keep_old_deployment_dependencies boolean NOT NULL DEFAULT false,
        created_at timestamptz(3) NOT NULL,
        CONSTRAINT deployment_update_pk PRIMARY KEY (storage_id),
        CONSTRAINT deployment_update_tenant_id_uq UNIQUE (tenant_id, id),
        CONSTRAINT deployment_update_tenant_fk FOREIGN KEY (tenant_id) REFERENCES tenant (id) ON DELETE CASCADE,
        CONSTRAINT deployment_update_creator_fk FOREIGN KEY (creator_id) REFERENCES user_account (id),
        CONSTRAINT deployment_update_deployment_fk FOREIGN KEY (deployment_id)
          REFERENCES deployment (storage_id) ON DELETE CASCADE,
        CONSTRAINT deployment_update_execution_fk FOREIGN KEY (execution_id)
          REFERENCES execution (storage_id) ON DELETE SET NULL,
        CONSTRAINT deployment_update_blueprint_fk FOREIGN KEY (new_blueprint_id)
          REFERENCES blueprint (storage_id) ON DELETE SET NULL,
        CONSTRAINT deployment_update_visibility_ck CHECK (visibility IN ('private', 'tenant', 'global'))
      );
      CREATE INDEX deployment_update_deployment_ix ON deployment_update (deployment_id);
      CREATE INDEX deployment_update_creator_ix ON deployment_update (creator_id);
      CREATE INDEX deployment_update_execution_ix ON deployment_update (execution_id);
      CREATE INDEX deployment_update_blueprint_ix ON deployment_update (new_blueprint_id);

      CREATE TABLE tasks_graph (
        storage_id bigint GENERATED ALWAYS AS IDENTITY,
        id text NOT NULL,
        execution_id bigint NOT NULL,
        tenant_id int NOT NULL,
        creator_id int NOT NULL,
        visibility text NOT NULL,
        name text NOT NULL,
        created_at timestamptz(3) NOT NULL,
        -- The graph, packed; null for one that a workflow elsewhere keeps here (rest-api §3.20).
        definition bytea,
        -- What the engine's state holds besides the tasks.
        progress json,
        CONSTRAINT tasks_graph_pk PRIMARY KEY (storage_id),
        CONSTRAINT tasks_graph_tenant_id_uq UNIQUE (tenant_id, id),
        CONSTRAINT tasks_graph_execution_name_uq UNIQUE (execution_id, name),
        CONSTRAINT tasks_graph_tenant_fk FOREIGN KEY (tenant_id) REFERENCES tenant (id) ON DELETE CASCADE,
        CONSTRAINT tasks_graph_creator_fk FOREIGN KEY (creator_id) REFERENCES user_account (id),
        CONSTRAINT tasks_graph_execution_fk FOREIGN KEY (execution_id) REFERENCES execution (storage_id) ON DELETE CASCADE,
        CONSTRAINT tasks_graph_visibility_ck CHECK (visibility IN ('private', 'tenant', 'global'))
      );
      ALTER TABLE tasks_graph ALTER COLUMN definition SET STORAGE EXTERNAL;
      CREATE INDEX tasks_graph_creator_ix ON tasks_graph (creator_id);

      CREATE TABLE tasks_graph_chunk (
        graph_id bigint NOT NULL,
        tenant_id int NOT NULL,
        -- 't': states of tasks; 'g': tasks that came later.
        kind "char" NOT NULL,
        place int NOT NULL,
        content json NOT NULL,
        CONSTRAINT tasks_graph_chunk_pk PRIMARY KEY (graph_id, kind, place),
        CONSTRAINT tasks_graph_chunk_graph_fk FOREIGN KEY (graph_id) REFERENCES tasks_graph (storage_id) ON DELETE CASCADE
      ) WITH (fillfactor = 70);

      CREATE TABLE operation (
        storage_id bigint GENERATED ALWAYS AS IDENTITY,
        id text NOT NULL,
        graph_id bigint NOT NULL,
        tenant_id int NOT NULL,
        creator_id int NOT NULL,
        visibility text NOT NULL,
        -- The task of the engine's graph, and which try of it; null for one that a workflow elsewhere keeps here.
        task int,
        attempt int,
        name text NOT NULL,
        state text NOT NULL,
        type text NOT NULL,
        dependencies text[] NOT NULL DEFAULT '{}',
        parameters json NOT NULL DEFAULT '{}',
        manager_name text,
        agent_name text,
        created_at timestamptz(3) NOT NULL,
        CONSTRAINT operation_pk PRIMARY KEY (storage_id),
        CONSTRAINT operation_tenant_id_uq UNIQUE (tenant_id, id),
        CONSTRAINT operation_task_uq UNIQUE (graph_id, task, attempt),
        CONSTRAINT operation_tenant_fk FOREIGN KEY (tenant_id) REFERENCES tenant (id) ON DELETE CASCADE,
        CONSTRAINT operation_creator_fk FOREIGN KEY (creator_id) REFERENCES user_account (id),
        CONSTRAINT operation_graph_fk FOREIGN KEY (graph_id) REFERENCES tasks_graph (storage_id) ON DELETE CASCADE,
        CONSTRAINT operation_visibility_ck CHECK (visibility IN ('private', 'tenant', 'global')),
        CONSTRAINT operation_state_ck CHECK (state IN ('pending', 'sending', 'sent', 'started', 'response-sent',
          'rescheduled', 'succeeded', 'failed'))
      ) WITH (fillfactor = 70);
      CREATE INDEX operation_graph_ix ON operation (graph_id, storage_id);
      CREATE INDEX operation_creator_ix ON operation (creator_id);

      ALTER TABLE event
        ADD COLUMN execution_group_id bigint,
        ADD CONSTRAINT event_execution_group_fk FOREIGN KEY (execution_group_id)
          REFERENCES execution_group (storage_id) ON DELETE CASCADE;
      CREATE INDEX event_execution_group_ix ON event (execution_group_id) WHERE execution_group_id IS NOT NULL;
    `);
    for (const table of ['execution_group', 'execution_schedule', 'deployment_update', 'tasks_graph', 'operation'])
      await enableRowSecurity(runner, table);
    await enableRowSecurity(runner, 'tasks_graph_chunk', OF_TENANT);
    await runner.query(`
      DROP FUNCTION take_execution(uuid, interval, text[], int);
      -- \`workflows\` null: any. What is being cancelled is taken, too: somebody has to bring it to its end.
      CREATE FUNCTION take_execution(worker uuid, lease interval, runner text, workflows text[], most int)
        RETURNS TABLE (storage_id bigint, id text, workflow_id text, tenant_id int, tenant_name text, creator_id int, attempts int)
        LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
          WITH busy AS (
            SELECT h.tenant_id, count(*) AS places FROM execution h
             WHERE h.status NOT IN ('terminated', 'failed', 'cancelled') AND h.lease_owner = worker
               AND h.lease_until >= clock_timestamp() AND h.engine = runner
             GROUP BY 1
          ), next AS (
            SELECT e.storage_id FROM execution e LEFT JOIN busy b ON b.tenant_id = e.tenant_id
             WHERE e.status NOT IN ('terminated', 'failed', 'cancelled')
               AND e.status IN ('pending', 'started', 'cancelling', 'force_cancelling', 'kill_cancelling')
               AND e.engine = runner AND (workflows IS NULL OR e.workflow_id = ANY (workflows))
               AND (e.lease_until IS NULL OR e.lease_until < clock_timestamp()) AND COALESCE(b.places, 0) < most
             ORDER BY COALESCE(b.places, 0), e.created_at, e.storage_id LIMIT 1 FOR UPDATE OF e SKIP LOCKED
          )
          UPDATE execution e SET lease_owner = worker, lease_until = clock_timestamp() + lease, attempts = e.attempts + 1
            FROM next n, tenant t WHERE e.storage_id = n.storage_id AND t.id = e.tenant_id
            RETURNING e.storage_id, e.id, e.workflow_id, e.tenant_id, t.name, e.creator_id, e.attempts
        $$;
      ${TAKE_RIGHTS('take_execution(uuid, interval, text, text[], int)')}

      DROP FUNCTION unfinished_executions();
      CREATE FUNCTION unfinished_executions()
        RETURNS TABLE (id text, status text, workflow_id text, deployment_id text)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
          SELECT e.id, e.status, e.workflow_id, e.deployment_name FROM execution e
           WHERE e.status IN ('pending', 'started', 'cancelling', 'force_cancelling', 'kill_cancelling')
           ORDER BY e.created_at LIMIT 1000
        $$;
      ${TAKE_RIGHTS('unfinished_executions()')}
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION unfinished_executions();
      CREATE FUNCTION unfinished_executions()
        RETURNS TABLE (id text, status text, workflow_id text)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
          SELECT e.id, e.status, e.workflow_id FROM execution e
           WHERE e.status IN ('pending', 'started', 'cancelling', 'force_cancelling', 'kill_cancelling')
           ORDER BY e.created_at LIMIT 1000
        $$;
      ${TAKE_RIGHTS('unfinished_executions()')}
      DROP FUNCTION take_execution(uuid, interval, text, text[], int);
      CREATE FUNCTION take_execution(worker uuid, lease interval, workflows text[], most int)
        RETURNS TABLE (id text, workflow_id text, tenant_id int, tenant_name text, creator_id int, attempts int)
        LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
          WITH busy AS (
            SELECT h.tenant_id, count(*) AS places FROM execution h
             WHERE h.status IN ('pending', 'started') AND h.lease_owner = worker AND h.lease_until >= clock_timestamp()
             GROUP BY 1
          ), next AS (
            SELECT e.storage_id FROM execution e LEFT JOIN busy b ON b.tenant_id = e.tenant_id
             WHERE e.status IN ('pending', 'started') AND e.workflow_id = ANY (workflows)
               AND (e.lease_until IS NULL OR e.lease_until < clock_timestamp()) AND COALESCE(b.places, 0) < most
             ORDER BY COALESCE(b.places, 0), e.created_at, e.storage_id LIMIT 1 FOR UPDATE OF e SKIP LOCKED
          )
          UPDATE execution e SET lease_owner = worker, lease_until = clock_timestamp() + lease, attempts = e.attempts + 1
            FROM next n, tenant t WHERE e.storage_id = n.storage_id AND t.id = e.tenant_id
            RETURNING e.id, e.workflow_id, e.tenant_id, t.name, e.creator_id, e.attempts
        $$;
      ${TAKE_RIGHTS('take_execution(uuid, interval, text[], int)')}
      -- Executions of workflows mean nothing to what runs after this.
      ALTER TABLE execution NO FORCE ROW LEVEL SECURITY;
      DELETE FROM execution WHERE engine = 'graph' OR deployment_name IS NOT NULL;
      ALTER TABLE execution FORCE ROW LEVEL SECURITY;
      ALTER TABLE event DROP COLUMN execution_group_id;
      DROP TABLE operation, tasks_graph_chunk, tasks_graph, deployment_update, execution_schedule;
      ALTER TABLE execution DROP COLUMN engine, DROP COLUMN deployment_id, DROP COLUMN deployment_name,
        DROP COLUMN deployment_display_name, DROP COLUMN blueprint_name, DROP COLUMN is_forced,
        DROP COLUMN wait_after_fail, DROP COLUMN mapping, DROP COLUMN phases, DROP COLUMN run,
        DROP COLUMN is_force_resumed, DROP COLUMN execution_group_id,
        ALTER COLUMN parameters DROP DEFAULT, ALTER COLUMN parameters TYPE jsonb USING parameters::jsonb,
        ALTER COLUMN parameters SET DEFAULT '{}'::jsonb;
      DROP TABLE execution_group;
    `);
  }
}
