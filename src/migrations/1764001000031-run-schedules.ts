import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is due is looked for over all tenants; each schedule is then judged as its owner, inside its tenant. */
export class RunSchedules1764001000031 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- More than one date; summaries count by it.
      ALTER TABLE execution_schedule ADD COLUMN is_recurring boolean NOT NULL DEFAULT false;

      CREATE FUNCTION due_schedules(at timestamptz, most int)
        RETURNS TABLE (storage_id bigint, tenant_id int, tenant_name text, creator_id int)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
          SELECT s.storage_id, s.tenant_id, t.name, s.creator_id FROM execution_schedule s JOIN tenant t ON t.id = s.tenant_id
           WHERE s.enabled AND s.next_occurrence <= at
             AND EXISTS (SELECT FROM system_state y WHERE y.maintenance_status = 'deactivated')
           ORDER BY s.next_occurrence, s.storage_id LIMIT most
        $$;
      REVOKE ALL ON FUNCTION due_schedules(timestamptz, int) FROM PUBLIC;
      GRANT EXECUTE ON FUNCTION due_schedules(timestamptz, int) TO holdfast_app;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION due_schedules(timestamptz, int);
      ALTER TABLE execution_schedule DROP COLUMN is_recurring;
    `);
  }
}
