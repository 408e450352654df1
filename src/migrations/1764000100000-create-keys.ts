import type { MigrationInterface, QueryRunner } from 'typeorm';
import { enableRowSecurity } from '../platform/database/row-level-security.js';

/** A key of a tenant for whoever works in it or reaches it; keys of the installation (no tenant) for every context. */
const READABLE_KEY = `(
  tenant_id = ANY ((SELECT hf_tenants())::int[])
  OR (tenant_id IS NULL AND (SELECT hf_tenants()) IS NOT NULL)
)`;

const WRITABLE_KEY = `(
  tenant_id IS NOT DISTINCT FROM (SELECT hf_tenant()) AND (SELECT hf_tenants()) IS NOT NULL
)`;

/**
 * Where the vault keeps keys, each wrapped by the root key, which is not in the database (security-design §4).
 *
 * Versions of tenant keys come from one sequence for all tenants: a version is never used twice, not even after a tenant
 * was shredded, so what a replica remembers of one cannot be mistaken for another. The rows of a tenant go with it.
 */
export class CreateKeys1764000100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SEQUENCE key_version_seq AS int;
      CREATE TABLE tenant_key (
        version int NOT NULL,
        tenant_id int,
        state text NOT NULL,
        wrapped bytea NOT NULL,
        root_label text NOT NULL,
        created_at timestamptz(3) NOT NULL,
        retired_at timestamptz(3),
        CONSTRAINT tenant_key_pk PRIMARY KEY (version),
        CONSTRAINT tenant_key_tenant_fk FOREIGN KEY (tenant_id) REFERENCES tenant (id) ON DELETE CASCADE,
        CONSTRAINT tenant_key_state_ck CHECK (state IN ('current', 'retiring', 'retired')),
        CONSTRAINT tenant_key_retired_ck CHECK ((state = 'retired') = (retired_at IS NOT NULL))
      );
      CREATE INDEX tenant_key_tenant_ix ON tenant_key (tenant_id, version);
      CREATE UNIQUE INDEX tenant_key_current_uq ON tenant_key (tenant_id) NULLS NOT DISTINCT WHERE state = 'current';
    `);
    await enableRowSecurity(runner, 'tenant_key', { visible: READABLE_KEY, writable: WRITABLE_KEY });
    // Shredding is for tenants. Nobody deletes the installation's own keys, nor gives a key another tenant or version.
    await runner.query(`
      ALTER POLICY tenant_key_delete ON tenant_key USING (tenant_id = (SELECT hf_tenant()));
      REVOKE UPDATE ON tenant_key FROM holdfast_app;
      GRANT UPDATE (state, wrapped, root_label, retired_at) ON tenant_key TO holdfast_app;
      GRANT USAGE ON SEQUENCE key_version_seq TO holdfast_app;

      CREATE TABLE purpose_key (
        name text NOT NULL,
        version int NOT NULL,
        wrapped bytea NOT NULL,
        root_label text NOT NULL,
        created_at timestamptz(3) NOT NULL,
        CONSTRAINT purpose_key_pk PRIMARY KEY (name, version)
      );
      GRANT SELECT, INSERT ON purpose_key TO holdfast_app;
      GRANT UPDATE (wrapped, root_label) ON purpose_key TO holdfast_app;

      CREATE TABLE vault_canary (
        id int NOT NULL,
        sealed bytea NOT NULL,
        record_version int NOT NULL,
        CONSTRAINT vault_canary_pk PRIMARY KEY (id),
        CONSTRAINT vault_canary_single_ck CHECK (id = 1)
      );
      GRANT SELECT, INSERT ON vault_canary TO holdfast_app;
      GRANT UPDATE (sealed) ON vault_canary TO holdfast_app;

      -- A rotation that has no end yet is resumed, not begun again. after_version divides the keys it replaces from those it makes.
      CREATE TABLE key_rotation (
        id int GENERATED ALWAYS AS IDENTITY,
        scope text NOT NULL,
        after_version int NOT NULL,
        started_at timestamptz(3) NOT NULL,
        finished_at timestamptz(3),
        rewrapped int NOT NULL DEFAULT 0,
        unreadable int NOT NULL DEFAULT 0,
        CONSTRAINT key_rotation_pk PRIMARY KEY (id),
        CONSTRAINT key_rotation_scope_ck CHECK (scope IN ('all', 'installation') OR scope ~ '^tenant:[0-9]+$')
      );
      CREATE UNIQUE INDEX key_rotation_open_uq ON key_rotation ((finished_at IS NULL)) WHERE finished_at IS NULL;
      GRANT SELECT, INSERT ON key_rotation TO holdfast_app;
      GRANT UPDATE (finished_at, rewrapped, unreadable) ON key_rotation TO holdfast_app;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE key_rotation, vault_canary, purpose_key, tenant_key;
      DROP SEQUENCE key_version_seq;
    `);
  }
}
