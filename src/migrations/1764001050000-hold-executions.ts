import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A worker renews what it holds, of all tenants at once, and learns in the same statement what became of it. Rows that a
 * step is writing just now are passed over: the step renews its own.
 *
 * What an execution left under way when it ended is its tail: the worker in which those operations run goes on to write
 * what they answer. When the execution is resumed meanwhile, that worker is the one to take it, so that they are waited
 * for and not run twice.
 */
export class HoldExecutions1764001050000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE execution ADD COLUMN tail_owner uuid, ADD COLUMN tail_until timestamptz(3);
      CREATE INDEX execution_lease_ix ON execution (lease_owner) WHERE lease_owner IS NOT NULL;
      CREATE INDEX execution_tail_ix ON execution (tail_owner) WHERE tail_owner IS NOT NULL;
      CREATE FUNCTION held_executions(worker uuid, lease interval)
        RETURNS TABLE (storage_id bigint, status text, leads boolean, trails boolean)
        LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
          WITH due AS (
            SELECT e.storage_id FROM execution e
             WHERE (e.lease_owner = worker AND e.lease_until >= clock_timestamp()
                      AND e.lease_until < clock_timestamp() + lease * 0.8
                 OR e.tail_owner = worker AND e.tail_until >= clock_timestamp()
                      AND e.tail_until < clock_timestamp() + lease * 0.8)
               FOR UPDATE SKIP LOCKED
          ), renewed AS (
            UPDATE execution e
               SET lease_until = CASE WHEN e.lease_owner = worker THEN clock_timestamp() + lease ELSE e.lease_until END,
                   tail_until = CASE WHEN e.tail_owner = worker THEN clock_timestamp() + lease ELSE e.tail_until END
              FROM due d WHERE e.storage_id = d.storage_id
          )
          SELECT e.storage_id, e.status, COALESCE(e.lease_owner = worker AND e.lease_until >= clock_timestamp(), false),
                 COALESCE(e.tail_owner = worker AND e.tail_until >= clock_timestamp(), false)
            FROM execution e WHERE e.lease_owner = worker OR e.tail_owner = worker
        $$;
      REVOKE ALL ON FUNCTION held_executions(uuid, interval) FROM PUBLIC;
      GRANT EXECUTE ON FUNCTION held_executions(uuid, interval) TO holdfast_app;
      ${takeExecution('AND (e.tail_until IS NULL OR e.tail_until < clock_timestamp() OR e.tail_owner = worker)')}
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ${takeExecution('')}
      DROP FUNCTION held_executions(uuid, interval);
      DROP INDEX execution_lease_ix;
      ALTER TABLE execution DROP COLUMN tail_owner, DROP COLUMN tail_until;
    `);
  }
}

function takeExecution(condition: string): string {
  return `
    CREATE OR REPLACE FUNCTION take_execution(worker uuid, lease interval, runner text, workflows text[], most int)
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
             AND (e.status IN ('pending', 'started')
               OR e.engine = 'graph' AND e.status IN ('cancelling', 'force_cancelling', 'kill_cancelling'))
             AND e.engine = runner AND (workflows IS NULL OR e.workflow_id = ANY (workflows))
             AND (e.lease_until IS NULL OR e.lease_until < clock_timestamp()) AND COALESCE(b.places, 0) < most ${condition}
           ORDER BY COALESCE(b.places, 0), e.created_at, e.storage_id LIMIT 1 FOR UPDATE OF e SKIP LOCKED
        )
        UPDATE execution e SET lease_owner = worker, lease_until = clock_timestamp() + lease, attempts = e.attempts + 1
          FROM next n, tenant t WHERE e.storage_id = n.storage_id AND t.id = e.tenant_id
          RETURNING e.storage_id, e.id, e.workflow_id, e.tenant_id, t.name, e.creator_id, e.attempts
      $$;`;
}
