import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createIdsTakenFunction, dropIdsTakenFunction } from '../platform/database/global-ids.js';
import { enableRowSecurity } from '../platform/database/row-level-security.js';

const PLUGIN_ARCHIVES = { table: 'plugin', idColumn: 'package_archive', kind: 'Plugin' } as const;

/**
 * Plugins. Their files lie in the file store below `plugins/<files_key>`. What may exist only once in a tenant, and nowhere
 * else when it is global, is the archive of a package; ids are random, and restored ones are unique everywhere, since the
 * file server knows plugins by nothing else.
 *
 * `blueprint_plugin` says with which plugins a blueprint was parsed. Its key keeps them from being deleted; with force the
 * rows go first.
 */
export class CreatePlugins1764000900000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE plugin (
        storage_id bigint GENERATED ALWAYS AS IDENTITY,
        id text NOT NULL,
        tenant_id int NOT NULL,
        creator_id int NOT NULL,
        visibility text NOT NULL,
        package_name text NOT NULL,
        package_version text NOT NULL,
        archive_name text NOT NULL,
        package_archive text NOT NULL GENERATED ALWAYS AS (package_name || '/' || archive_name) STORED,
        package_source text,
        distribution text,
        distribution_release text,
        distribution_version text,
        title text,
        supported_platform jsonb,
        supported_py_versions jsonb,
        wheels jsonb,
        excluded_wheels jsonb,
        labels jsonb,
        blueprint_labels jsonb,
        resource_tags jsonb,
        yaml_files text[] NOT NULL DEFAULT '{}',
        has_icon boolean NOT NULL,
        files_key uuid NOT NULL,
        uploaded_at timestamptz(3) NOT NULL,
        CONSTRAINT plugin_pk PRIMARY KEY (storage_id),
        CONSTRAINT plugin_id_uq UNIQUE (id),
        CONSTRAINT plugin_tenant_archive_uq UNIQUE (tenant_id, package_archive),
        CONSTRAINT plugin_files_key_uq UNIQUE (files_key),
        CONSTRAINT plugin_tenant_fk FOREIGN KEY (tenant_id) REFERENCES tenant (id),
        CONSTRAINT plugin_creator_fk FOREIGN KEY (creator_id) REFERENCES user_account (id),
        CONSTRAINT plugin_visibility_ck CHECK (visibility IN ('private', 'tenant', 'global'))
      );
      CREATE INDEX plugin_uploaded_at_ix ON plugin (uploaded_at, storage_id);
      CREATE INDEX plugin_package_ix ON plugin (package_name);
      CREATE INDEX plugin_package_archive_ix ON plugin (package_archive);
      CREATE INDEX plugin_creator_ix ON plugin (creator_id);

      CREATE TABLE blueprint_plugin (
        blueprint_id bigint NOT NULL,
        plugin_id bigint NOT NULL,
        CONSTRAINT blueprint_plugin_pk PRIMARY KEY (blueprint_id, plugin_id),
        CONSTRAINT blueprint_plugin_blueprint_fk FOREIGN KEY (blueprint_id)
          REFERENCES blueprint (storage_id) ON DELETE CASCADE,
        CONSTRAINT blueprint_plugin_plugin_fk FOREIGN KEY (plugin_id) REFERENCES plugin (storage_id) ON DELETE RESTRICT
      );
      CREATE INDEX blueprint_plugin_plugin_ix ON blueprint_plugin (plugin_id);
    `);
    await enableRowSecurity(runner, 'plugin');
    await enableRowSecurity(runner, 'blueprint_plugin', {
      visible: `(EXISTS (SELECT 1 FROM blueprint b WHERE b.storage_id = blueprint_id)
        OR EXISTS (SELECT 1 FROM plugin p WHERE p.storage_id = plugin_id))`,
      writable:
        '(EXISTS (SELECT 1 FROM blueprint b WHERE b.storage_id = blueprint_id AND b.tenant_id = (SELECT hf_tenant())))',
    });
    // Whoever owns a plugin may end its use by others, which a forced deletion does.
    await runner.query(`
      ALTER POLICY blueprint_plugin_delete ON blueprint_plugin USING (
        EXISTS (SELECT 1 FROM blueprint b WHERE b.storage_id = blueprint_id AND b.tenant_id = (SELECT hf_tenant()))
        OR EXISTS (SELECT 1 FROM plugin p WHERE p.storage_id = plugin_id AND p.tenant_id = (SELECT hf_tenant())));
    `);
    await createIdsTakenFunction(runner, PLUGIN_ARCHIVES);
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropIdsTakenFunction(runner, PLUGIN_ARCHIVES);
    await runner.query('DROP TABLE blueprint_plugin, plugin');
  }
}
