import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What is set for the whole installation and can be edited through the API (rest-api §2.8, §3.19): the entries of the
 * configuration, and the provider context. Belongs to no tenant, so there is no row-level security: who may read and
 * write is a matter of permissions alone. Values for administrators only are never stored in clear.
 */
export class CreateSettings1764000500000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE config_entry (
        id int GENERATED ALWAYS AS IDENTITY,
        scope text NOT NULL,
        name text NOT NULL,
        value jsonb NOT NULL DEFAULT 'null',
        value_sealed bytea,
        value_version int NOT NULL DEFAULT 1,
        schema jsonb,
        is_editable boolean NOT NULL,
        admin_only boolean NOT NULL,
        updated_at timestamptz(3),
        updater_id int,
        CONSTRAINT config_entry_pk PRIMARY KEY (id),
        CONSTRAINT config_entry_name_uq UNIQUE (scope, name),
        CONSTRAINT config_entry_updater_fk FOREIGN KEY (updater_id) REFERENCES user_account (id) ON DELETE SET NULL,
        CONSTRAINT config_entry_sealed_ck CHECK (CASE WHEN admin_only THEN value = 'null' ELSE value_sealed IS NULL END)
      );
      CREATE INDEX config_entry_updater_ix ON config_entry (updater_id);

      CREATE TABLE provider_context (
        id text NOT NULL,
        name text NOT NULL,
        context jsonb NOT NULL,
        CONSTRAINT provider_context_pk PRIMARY KEY (id),
        CONSTRAINT provider_context_single_ck CHECK (id = 'CONTEXT')
      );
      INSERT INTO provider_context (id, name, context) VALUES ('CONTEXT', 'provider', '{"cloudify": {}}');

      GRANT SELECT, INSERT, UPDATE ON config_entry TO holdfast_app;
      GRANT SELECT, INSERT, UPDATE ON provider_context TO holdfast_app;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE provider_context, config_entry');
  }
}
