import type { MigrationInterface, QueryRunner } from 'typeorm';
import { enableRowSecurity } from '../platform/database/row-level-security.js';

/**
 * Executions, and the events and logs that they leave. An execution row is also its place in the queue: a worker takes it
 * by a lease that it renews; whoever finds the lease expired may take it over.
 */
export class CreateExecutions1764000600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE execution (
        storage_id bigint GENERATED ALWAYS AS IDENTITY,
        id text NOT NULL,
        tenant_id int NOT NULL,
        creator_id int NOT NULL,
        visibility text NOT NULL,
        workflow_id text NOT NULL,
        status text NOT NULL,
        error text,
        parameters jsonb NOT NULL DEFAULT '{}',
        is_system_workflow boolean NOT NULL DEFAULT false,
        is_dry_run boolean NOT NULL DEFAULT false,
        is_resumed boolean NOT NULL DEFAULT false,
        allow_custom_parameters boolean NOT NULL DEFAULT false,
        total_operations int,
        finished_operations int,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        started_at timestamptz(3),
        ended_at timestamptz(3),
        scheduled_for timestamptz(3),
        lease_owner uuid,
        lease_until timestamptz(3),
        attempts int NOT NULL DEFAULT 0,
        CONSTRAINT execution_pk PRIMARY KEY (storage_id),
        CONSTRAINT execution_tenant_id_uq UNIQUE (tenant_id, id),
        -- What ran is history, not a resource: it goes with its tenant, which what it made keeps from going.
        CONSTRAINT execution_tenant_fk FOREIGN KEY (tenant_id) REFERENCES tenant (id) ON DELETE CASCADE,
        CONSTRAINT execution_creator_fk FOREIGN KEY (creator_id) REFERENCES user_account (id),
        CONSTRAINT execution_visibility_ck CHECK (visibility IN ('private', 'tenant', 'global')),
        CONSTRAINT execution_status_ck CHECK (status IN ('pending', 'started', 'cancelling', 'force_cancelling',
          'kill_cancelling', 'queued', 'scheduled', 'terminated', 'failed', 'cancelled'))
      );
      CREATE INDEX execution_creator_ix ON execution (creator_id);
      CREATE INDEX execution_created_at_ix ON execution (tenant_id, created_at);
      CREATE INDEX execution_unfinished_ix ON execution (created_at) WHERE status NOT IN ('terminated', 'failed', 'cancelled');

      CREATE TABLE event (
        storage_id bigint GENERATED ALWAYS AS IDENTITY,
        tenant_id int NOT NULL,
        creator_id int NOT NULL,
        visibility text NOT NULL,
        type text NOT NULL,
        timestamp timestamptz(3) NOT NULL,
        reported_timestamp timestamptz(3) NOT NULL,
        execution_storage_id bigint,
        event_type text,
        logger text,
        level text,
        message text NOT NULL,
        message_code text,
        operation text,
        node_id text,
        node_name text,
        source_id text,
        target_id text,
        error_causes jsonb,
        manager_name text,
        agent_name text,
        CONSTRAINT event_pk PRIMARY KEY (storage_id),
        CONSTRAINT event_tenant_fk FOREIGN KEY (tenant_id) REFERENCES tenant (id) ON DELETE CASCADE,
        CONSTRAINT event_creator_fk FOREIGN KEY (creator_id) REFERENCES user_account (id),
        CONSTRAINT event_execution_fk FOREIGN KEY (execution_storage_id) REFERENCES execution (storage_id) ON DELETE CASCADE,
        CONSTRAINT event_type_ck CHECK (type IN ('cloudify_event', 'cloudify_log')),
        CONSTRAINT event_visibility_ck CHECK (visibility IN ('private', 'tenant', 'global'))
      );
      CREATE INDEX event_tenant_ix ON event (tenant_id, timestamp, storage_id);
      CREATE INDEX event_creator_ix ON event (creator_id);
      CREATE INDEX event_execution_ix ON event (execution_storage_id, timestamp);
    `);
    for (const table of ['execution', 'event']) await enableRowSecurity(runner, table);
    // The queue is drained for every tenant by whoever works; a definer function hands out rows and nothing else.
    await runner.query(`
      CREATE POLICY execution_owner_update ON execution FOR UPDATE TO CURRENT_USER USING (true) WITH CHECK (true);

      CREATE FUNCTION take_execution(worker uuid, lease interval, workflows text[])
        RETURNS TABLE (id text, workflow_id text, tenant_id int, tenant_name text, creator_id int, attempts int)
        LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
          WITH next AS (
            SELECT e.storage_id FROM execution e
             WHERE e.status IN ('pending', 'started') AND e.workflow_id = ANY (workflows)
               AND (e.lease_until IS NULL OR e.lease_until < clock_timestamp())
             ORDER BY e.created_at, e.storage_id LIMIT 1 FOR UPDATE SKIP LOCKED
          )
          UPDATE execution e SET lease_owner = worker, lease_until = clock_timestamp() + lease, attempts = e.attempts + 1
            FROM next n, tenant t WHERE e.storage_id = n.storage_id AND t.id = e.tenant_id
            RETURNING e.id, e.workflow_id, e.tenant_id, t.name, e.creator_id, e.attempts
        $$;
      REVOKE ALL ON FUNCTION take_execution(uuid, interval, text[]) FROM PUBLIC;
      GRANT EXECUTE ON FUNCTION take_execution(uuid, interval, text[]) TO holdfast_app;

      CREATE FUNCTION unfinished_executions()
        RETURNS TABLE (id text, status text, workflow_id text)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
          SELECT e.id, e.status, e.workflow_id FROM execution e
           WHERE e.status IN ('pending', 'started', 'cancelling', 'force_cancelling', 'kill_cancelling')
           ORDER BY e.created_at LIMIT 1000
        $$;
      REVOKE ALL ON FUNCTION unfinished_executions() FROM PUBLIC;
      GRANT EXECUTE ON FUNCTION unfinished_executions() TO holdfast_app;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION unfinished_executions();
      DROP FUNCTION take_execution(uuid, interval, text[]);
      DROP TABLE event, execution;
    `);
  }
}
