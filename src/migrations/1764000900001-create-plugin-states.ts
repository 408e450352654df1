import type { MigrationInterface, QueryRunner } from 'typeorm';
import { enableRowSecurity } from '../platform/database/row-level-security.js';

/**
 * How far the installation of a plugin has come on a manager or an agent. The rows belong to the tenant of the plugin, which
 * alone writes them. Whoever sees the plugin sees them, but for those of agents, which are the owner's own matter: other
 * tenants see what managers say of a global plugin.
 */
export class CreatePluginStates1764000900001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE plugin_state (
        storage_id bigint GENERATED ALWAYS AS IDENTITY,
        plugin_id bigint NOT NULL,
        kind text NOT NULL,
        name text NOT NULL,
        state text NOT NULL,
        error text,
        CONSTRAINT plugin_state_pk PRIMARY KEY (storage_id),
        CONSTRAINT plugin_state_place_uq UNIQUE (plugin_id, kind, name),
        CONSTRAINT plugin_state_plugin_fk FOREIGN KEY (plugin_id) REFERENCES plugin (storage_id) ON DELETE CASCADE,
        CONSTRAINT plugin_state_kind_ck CHECK (kind IN ('manager', 'agent')),
        CONSTRAINT plugin_state_state_ck CHECK (state IN ('pending-install', 'installing', 'installed', 'error',
          'pending-uninstall', 'uninstalling', 'uninstalled'))
      );
    `);
    await enableRowSecurity(runner, 'plugin_state', {
      visible: `(EXISTS (SELECT 1 FROM plugin p WHERE p.storage_id = plugin_id
        AND (kind = 'manager' OR p.tenant_id = ANY ((SELECT hf_tenants())::int[]))))`,
      writable:
        '(EXISTS (SELECT 1 FROM plugin p WHERE p.storage_id = plugin_id AND p.tenant_id = (SELECT hf_tenant())))',
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE plugin_state');
  }
}
