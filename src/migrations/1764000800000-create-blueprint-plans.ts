import type { MigrationInterface, QueryRunner } from 'typeorm';
import { enableRowSecurity } from '../platform/database/row-level-security.js';

const OF_VISIBLE = '(EXISTS (SELECT 1 FROM blueprint b WHERE b.storage_id = blueprint_id))';
const OF_OWN =
  '(EXISTS (SELECT 1 FROM blueprint b WHERE b.storage_id = blueprint_id AND b.tenant_id = (SELECT hf_tenant())))';
const IMPORTS_OWN =
  '(EXISTS (SELECT 1 FROM blueprint b WHERE b.storage_id = importer_id AND b.tenant_id = (SELECT hf_tenant())))';

/**
 * Plans lie apart from their blueprints, so that lists and locks never touch them: `folded` is the plan as it goes out
 * (folded-plan.ts), `encoded` the plan as the language reads it back (plan-codec.ts), null where a plan was restored. Both
 * begin with a byte that says how they are packed (0: not at all, 1: deflated) and the length of what was packed.
 *
 * `blueprint_import` says which blueprint of the catalogue another one was parsed with. Its key keeps the imported one
 * from being deleted; with force the rows go first.
 */
export class CreateBlueprintPlans1764000800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE blueprint_plan (
        blueprint_id bigint NOT NULL,
        folded bytea NOT NULL,
        wire_bytes bigint NOT NULL,
        encoded bytea,
        blueprint_labels jsonb NOT NULL DEFAULT '[]',
        CONSTRAINT blueprint_plan_pk PRIMARY KEY (blueprint_id),
        CONSTRAINT blueprint_plan_blueprint_fk FOREIGN KEY (blueprint_id)
          REFERENCES blueprint (storage_id) ON DELETE CASCADE
      );
      -- Compressed already.
      ALTER TABLE blueprint_plan ALTER COLUMN folded SET STORAGE EXTERNAL, ALTER COLUMN encoded SET STORAGE EXTERNAL;
      CREATE TABLE blueprint_import (
        importer_id bigint NOT NULL,
        imported_id bigint NOT NULL,
        CONSTRAINT blueprint_import_pk PRIMARY KEY (importer_id, imported_id),
        CONSTRAINT blueprint_import_importer_fk FOREIGN KEY (importer_id)
          REFERENCES blueprint (storage_id) ON DELETE CASCADE,
        CONSTRAINT blueprint_import_imported_fk FOREIGN KEY (imported_id)
          REFERENCES blueprint (storage_id) ON DELETE RESTRICT
      );
      CREATE INDEX blueprint_import_imported_ix ON blueprint_import (imported_id);
      -- Not compressed, and no shared parts before the mark of the plan.
      INSERT INTO blueprint_plan (blueprint_id, folded, wire_bytes)
        SELECT storage_id, '\\x00'::bytea || int4send(octet_length(plan::text) + 1) || '\\x03'::bytea || convert_to(plan::text, 'UTF8'),
               octet_length(plan::text) FROM blueprint WHERE plan IS NOT NULL;
      ALTER TABLE blueprint DROP COLUMN plan;
    `);
    await enableRowSecurity(runner, 'blueprint_plan', { visible: OF_VISIBLE, writable: OF_OWN });
    await enableRowSecurity(runner, 'blueprint_import', {
      visible: '(EXISTS (SELECT 1 FROM blueprint b WHERE b.storage_id IN (importer_id, imported_id)))',
      writable: IMPORTS_OWN,
    });
    // Whoever owns a blueprint may end its imports by others, which a forced deletion does.
    await runner.query(`
      ALTER POLICY blueprint_import_delete ON blueprint_import USING (EXISTS (
        SELECT 1 FROM blueprint b WHERE b.storage_id IN (importer_id, imported_id) AND b.tenant_id = (SELECT hf_tenant())));
    `);
  }

  /** Plans that were parsed are lost, since SQL cannot unfold them; their blueprints can be uploaded again. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE blueprint ADD COLUMN plan jsonb;
      ALTER TABLE blueprint NO FORCE ROW LEVEL SECURITY;
      UPDATE blueprint b SET plan = convert_from(substr(p.folded, 7), 'UTF8')::jsonb
        FROM blueprint_plan p WHERE p.blueprint_id = b.storage_id AND substr(p.folded, 1, 1) = '\\x00'::bytea;
      ALTER TABLE blueprint FORCE ROW LEVEL SECURITY;
      DROP TABLE blueprint_import, blueprint_plan;
    `);
  }
}
