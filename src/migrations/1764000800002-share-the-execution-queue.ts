import type { MigrationInterface, QueryRunner } from 'typeorm';

const RIGHTS = (signature: string): string => `
  REVOKE ALL ON FUNCTION ${signature} FROM PUBLIC;
  GRANT EXECUTE ON FUNCTION ${signature} TO holdfast_app;`;

/**
 * Executions were handed out in the order they were made, so that a tenant with many slow ones kept all others waiting.
 * Now a worker takes the oldest of the tenant for which it does least, and does at most `most` for one tenant at once.
 */
export class ShareTheExecutionQueue1764000800002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION take_execution(uuid, interval, text[]);
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
      ${RIGHTS('take_execution(uuid, interval, text[], int)')}
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION take_execution(uuid, interval, text[], int);
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
      ${RIGHTS('take_execution(uuid, interval, text[])')}
    `);
  }
}
