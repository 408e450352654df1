import type { MigrationInterface, QueryRunner } from 'typeorm';
import { advisoryLockKeys } from '../platform/database/advisory-locks.js';

const QUEUE_LOCK = advisoryLockKeys('executionQueue').join(', ');
const ACTIVE = `('pending', 'started', 'cancelling', 'force_cancelling', 'kill_cancelling')`;
/** On its way from the queue to a worker: it has its place already. */
const LEAVING = `(e.status = 'queued' AND COALESCE(e.lease_until >= clock_timestamp(), false))`;

const RIGHTS = (signature: string): string => `
  REVOKE ALL ON FUNCTION ${signature} FROM PUBLIC;
  GRANT EXECUTE ON FUNCTION ${signature} TO holdfast_app;`;

/**
 * The queue of executions (orchestration §2). Who may run is decided over all tenants at once, under one lock: a start
 * asks `execution_queue_facts`, and what waits is let go by `promote_executions`. What it lets go stays `queued` under a
 * lease while its parameters are judged anew; if whoever does that is lost, it simply is in the queue again.
 *
 * `engine = 'none'`: restored from elsewhere; nobody runs it.
 */
export class QueueExecutions1764001000020 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE execution DROP CONSTRAINT execution_engine_ck,
        ADD CONSTRAINT execution_engine_ck CHECK (engine IN ('system', 'graph', 'none'));

      CREATE FUNCTION execution_queue_facts(deployment bigint, itself bigint)
        RETURNS TABLE (system_wide boolean, active int, deployment_active boolean, deployment_queued boolean)
        LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        BEGIN
          PERFORM pg_advisory_xact_lock(${QUEUE_LOCK});
          RETURN QUERY SELECT
            EXISTS (SELECT FROM execution e WHERE e.is_system_workflow AND e.engine <> 'none'
              AND e.status NOT IN ('terminated', 'failed', 'cancelled') AND e.storage_id IS DISTINCT FROM itself),
            (SELECT count(*)::int FROM execution e WHERE e.status NOT IN ('terminated', 'failed', 'cancelled')
              AND e.engine = 'graph' AND (e.status IN ${ACTIVE} OR ${LEAVING}) AND e.storage_id IS DISTINCT FROM itself),
            EXISTS (SELECT FROM execution e WHERE e.deployment_id = deployment AND e.tenant_id = hf_tenant()
              AND (e.status IN ${ACTIVE} OR ${LEAVING}) AND e.storage_id IS DISTINCT FROM itself),
            EXISTS (SELECT FROM execution e WHERE e.deployment_id = deployment AND e.tenant_id = hf_tenant()
              AND e.status = 'queued' AND e.storage_id IS DISTINCT FROM itself);
        END $$;
      ${RIGHTS('execution_queue_facts(bigint, bigint)')}

      CREATE FUNCTION promote_executions(promoter uuid, lease interval, most int, batch int)
        RETURNS TABLE (storage_id bigint, id text, tenant_id int, tenant_name text, creator_id int)
        LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        #variable_conflict use_column
        DECLARE
          occupied int;
          of_workflows int;
        BEGIN
          IF NOT EXISTS (SELECT FROM execution e WHERE e.status = 'queued' AND e.engine <> 'none' AND NOT ${LEAVING}) THEN
            RETURN;
          END IF;
          PERFORM pg_advisory_xact_lock(${QUEUE_LOCK});
          PERFORM FROM system_state s WHERE s.maintenance_status = 'deactivated' FOR SHARE;
          IF NOT FOUND THEN RETURN; END IF;
          SELECT count(*), count(*) FILTER (WHERE e.engine = 'graph') INTO occupied, of_workflows FROM execution e
           WHERE e.status NOT IN ('terminated', 'failed', 'cancelled') AND (e.status IN ${ACTIVE} OR ${LEAVING});

          -- One that concerns the whole system: alone, and nothing else before it has ended.
          IF EXISTS (SELECT FROM execution e WHERE e.is_system_workflow AND e.engine <> 'none'
                       AND e.status NOT IN ('terminated', 'failed', 'cancelled')) THEN
            IF occupied > 0 THEN RETURN; END IF;
            RETURN QUERY UPDATE execution e SET lease_owner = promoter, lease_until = clock_timestamp() + lease FROM tenant t
              WHERE t.id = e.tenant_id AND e.status = 'queued' AND e.storage_id = (
                SELECT q.storage_id FROM execution q WHERE q.status = 'queued' AND q.is_system_workflow AND q.engine <> 'none'
                 ORDER BY q.created_at, q.storage_id LIMIT 1)
              RETURNING e.storage_id, e.id, e.tenant_id, t.name, e.creator_id;
            RETURN;
          END IF;

          RETURN QUERY
            WITH running AS MATERIALIZED (
              SELECT e.deployment_id, e.execution_group_id FROM execution e
               WHERE e.status NOT IN ('terminated', 'failed', 'cancelled') AND (e.status IN ${ACTIVE} OR ${LEAVING})
            ), first_of_deployment AS (
              SELECT q.storage_id, q.created_at, q.execution_group_id FROM (
                SELECT e.*, row_number() OVER (PARTITION BY e.deployment_id ORDER BY e.created_at, e.storage_id) AS place
                  FROM execution e WHERE e.status = 'queued' AND e.engine <> 'none' AND NOT ${LEAVING}) q
               WHERE q.deployment_id IS NULL OR q.is_forced
                  OR q.place = 1 AND NOT EXISTS (SELECT FROM running u WHERE u.deployment_id = q.deployment_id)
            ), within_groups AS (
              SELECT f.storage_id, f.created_at, f.execution_group_id, g.concurrency,
                     row_number() OVER (PARTITION BY f.execution_group_id ORDER BY f.created_at, f.storage_id) AS place
                FROM first_of_deployment f LEFT JOIN execution_group g ON g.storage_id = f.execution_group_id
            ), next AS (
              SELECT w.storage_id FROM within_groups w
               WHERE w.execution_group_id IS NULL
                  OR w.place + (SELECT count(*) FROM running u WHERE u.execution_group_id = w.execution_group_id) <= w.concurrency
               ORDER BY w.created_at, w.storage_id LIMIT GREATEST(0, LEAST(batch, most - of_workflows))
            )
            UPDATE execution e SET lease_owner = promoter, lease_until = clock_timestamp() + lease FROM next n, tenant t
             WHERE e.storage_id = n.storage_id AND e.status = 'queued' AND t.id = e.tenant_id
             RETURNING e.storage_id, e.id, e.tenant_id, t.name, e.creator_id;
        END $$;
      ${RIGHTS('promote_executions(uuid, interval, int, int)')}
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION promote_executions(uuid, interval, int, int);
      DROP FUNCTION execution_queue_facts(bigint, bigint);
      ALTER TABLE execution NO FORCE ROW LEVEL SECURITY;
      DELETE FROM execution WHERE engine = 'none';
      ALTER TABLE execution FORCE ROW LEVEL SECURITY;
      ALTER TABLE execution DROP CONSTRAINT execution_engine_ck,
        ADD CONSTRAINT execution_engine_ck CHECK (engine IN ('system', 'graph'));
    `);
  }
}
