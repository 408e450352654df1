import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createIdsTakenFunction, dropIdsTakenFunction } from '../platform/database/global-ids.js';
import { enableRowSecurity } from '../platform/database/row-level-security.js';

const SECRET_IDS = { table: 'secret', idColumn: 'key', kind: 'Secret' } as const;

/**
 * Secrets. `value_sealed` and `provider_options_sealed` are envelopes bound to the row's `id` and to the version beside
 * them (security-design §4). Versions come from a sequence: a writer takes its version before it seals, so no number is
 * ever used twice in a cell, however many write at once.
 */
export class CreateSecrets1764000300000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SEQUENCE secret_record_version_seq AS int START WITH 2 CYCLE;
      GRANT USAGE ON SEQUENCE secret_record_version_seq TO holdfast_app;

      CREATE TABLE secret (
        id uuid NOT NULL,
        storage_id bigint GENERATED ALWAYS AS IDENTITY,
        tenant_id int NOT NULL,
        creator_id int NOT NULL,
        key text NOT NULL,
        visibility text NOT NULL,
        is_hidden_value boolean NOT NULL,
        schema jsonb,
        provider_name text,
        value_sealed bytea NOT NULL,
        record_version int NOT NULL,
        provider_options_sealed bytea,
        provider_options_version int NOT NULL,
        created_at timestamptz(3) NOT NULL,
        updated_at timestamptz(3) NOT NULL,
        CONSTRAINT secret_pk PRIMARY KEY (id),
        CONSTRAINT secret_storage_id_uq UNIQUE (storage_id),
        CONSTRAINT secret_tenant_key_uq UNIQUE (tenant_id, key),
        CONSTRAINT secret_tenant_fk FOREIGN KEY (tenant_id) REFERENCES tenant (id) ON DELETE RESTRICT,
        CONSTRAINT secret_creator_fk FOREIGN KEY (creator_id) REFERENCES user_account (id) ON DELETE RESTRICT,
        CONSTRAINT secret_visibility_ck CHECK (visibility IN ('private', 'tenant', 'global'))
      );
      -- A page in the order of creation; an export walks it from the last row it wrote.
      CREATE INDEX secret_created_at_ix ON secret (tenant_id, created_at, storage_id);
      CREATE INDEX secret_key_ix ON secret (key);
      CREATE INDEX secret_global_ix ON secret (created_at, storage_id) WHERE visibility = 'global';
      CREATE INDEX secret_creator_ix ON secret (creator_id);
    `);
    await enableRowSecurity(runner, 'secret');
    await createIdsTakenFunction(runner, SECRET_IDS);
    await createRead(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION secret_read(int, int[], int[], int, text)');
    await dropIdsTakenFunction(runner, SECRET_IDS);
    await runner.query('DROP TABLE secret; DROP SEQUENCE secret_record_version_seq;');
  }
}

/**
 * The hot path: one secret by key in one round trip. The caller's rights are set for this statement's transaction alone,
 * as `UnitOfWork` does, and the function runs with them (SECURITY INVOKER), behind both walls. The tenant's own secret
 * comes before a global one of another tenant.
 */
async function createRead(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE FUNCTION secret_read(in_tenant int, in_tenants int[], in_administered int[], in_user int, in_key text)
      RETURNS TABLE (id uuid, storage_id bigint, tenant_id int, creator_id int, tenant_name text, created_by text,
        visibility text, is_hidden_value boolean, schema jsonb, provider_name text, value_sealed bytea,
        record_version int, provider_options_sealed bytea, provider_options_version int, created_at timestamptz,
        updated_at timestamptz)
      LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
    BEGIN
      PERFORM set_config('holdfast.tenant', in_tenant::text, true), set_config('holdfast.tenants', in_tenants::text, true),
              set_config('holdfast.administered', in_administered::text, true),
              set_config('holdfast.user', in_user::text, true);
      RETURN QUERY
        SELECT r.id, r.storage_id, r.tenant_id, r.creator_id, t.name, c.username, r.visibility, r.is_hidden_value, r.schema,
               r.provider_name, r.value_sealed, r.record_version, r.provider_options_sealed, r.provider_options_version,
               r.created_at, r.updated_at
          FROM secret r JOIN tenant t ON t.id = r.tenant_id JOIN user_account c ON c.id = r.creator_id
         WHERE r.key = in_key
           AND ((r.tenant_id = ANY (in_tenants)
                 AND (r.visibility <> 'private' OR r.creator_id = in_user OR r.tenant_id = ANY (in_administered)))
                OR r.visibility = 'global')
         ORDER BY (r.tenant_id = in_tenant) DESC, r.tenant_id
         LIMIT 1;
    END $$;
    REVOKE ALL ON FUNCTION secret_read(int, int[], int[], int, text) FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION secret_read(int, int[], int[], int, text) TO holdfast_app;
  `);
}
