import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Several callers' reads in one statement. Each is a call of `secret_read` of its own, which sets row-level security to
 * that caller's rights first, so none sees more than it would alone.
 */
export class ReadSecretsTogether1764000750000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION secret_read_each(in_asked json)
        RETURNS TABLE (n int, id uuid, storage_id bigint, tenant_id int, creator_id int, tenant_name text, created_by text,
          visibility text, is_hidden_value boolean, schema jsonb, provider_name text, value_sealed bytea,
          record_version int, provider_options_sealed bytea, provider_options_version int, created_at timestamptz,
          updated_at timestamptz)
        LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
      DECLARE
        asked record;
      BEGIN
        FOR asked IN
          SELECT * FROM json_to_recordset(in_asked)
            AS a (n int, tenant int, tenants int[], administered int[], caller int, key text)
        LOOP
          RETURN QUERY
            SELECT asked.n, s.* FROM secret_read(asked.tenant, asked.tenants, asked.administered, asked.caller, asked.key) s;
        END LOOP;
      END $$;
      REVOKE ALL ON FUNCTION secret_read_each(json) FROM PUBLIC;
      GRANT EXECUTE ON FUNCTION secret_read_each(json) TO holdfast_app;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION secret_read_each(json)');
  }
}
