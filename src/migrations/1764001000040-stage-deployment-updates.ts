import type { MigrationInterface, QueryRunner } from 'typeorm';
import { enableRowSecurity } from '../platform/database/row-level-security.js';

/** Reached through the update only, never listed. */
const OF_TENANT = {
  visible: '(tenant_id = ANY ((SELECT hf_tenants())::int[]))',
  writable: '(tenant_id = (SELECT hf_tenant()))',
};

/**
 * What an update of a deployment planned waits here until its later steps write it: lists of rows as the planning thread
 * made them, so that nobody reads a plan twice. `basis` says what the deployment was like then. Files of the old blueprint
 * are asked for until what is to go is gone.
 */
export class StageDeploymentUpdates1764001000040 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE deployment_update
        ADD COLUMN progress text NOT NULL DEFAULT 'begun',
        ADD COLUMN basis text,
        ADD COLUMN old_blueprint_id bigint,
        ADD CONSTRAINT deployment_update_old_blueprint_fk FOREIGN KEY (old_blueprint_id)
          REFERENCES blueprint (storage_id) ON DELETE SET NULL,
        ADD CONSTRAINT deployment_update_progress_ck CHECK (progress IN ('begun', 'prepared', 'performed', 'finished'));
      CREATE INDEX deployment_update_old_blueprint_ix ON deployment_update (old_blueprint_id);

      CREATE TABLE deployment_update_batch (
        update_id bigint NOT NULL,
        tenant_id int NOT NULL,
        part text NOT NULL,
        place int NOT NULL,
        -- A JSON list.
        content json NOT NULL,
        CONSTRAINT deployment_update_batch_pk PRIMARY KEY (update_id, part, place),
        CONSTRAINT deployment_update_batch_update_fk FOREIGN KEY (update_id)
          REFERENCES deployment_update (storage_id) ON DELETE CASCADE,
        CONSTRAINT deployment_update_batch_part_ck CHECK (part IN ('nodes', 'instances', 'relationships'))
      );
    `);
    await enableRowSecurity(runner, 'deployment_update_batch', OF_TENANT);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE deployment_update_batch;
      ALTER TABLE deployment_update DROP COLUMN progress, DROP COLUMN basis, DROP COLUMN old_blueprint_id;
    `);
  }
}
