import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createIdsTakenFunction, dropIdsTakenFunction } from '../platform/database/global-ids.js';
import { enableRowSecurity } from '../platform/database/row-level-security.js';

const FILTER_IDS = { table: 'blueprint_filter', idColumn: 'id', kind: 'BlueprintsFilter' } as const;

/** Stored filters of blueprints; `rules` are the parsed rules, in their order. */
export class CreateBlueprintFilters1764000800001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE blueprint_filter (
        storage_id bigint GENERATED ALWAYS AS IDENTITY,
        id text NOT NULL,
        tenant_id int NOT NULL,
        creator_id int NOT NULL,
        visibility text NOT NULL,
        rules jsonb NOT NULL,
        is_system_filter boolean NOT NULL DEFAULT false,
        created_at timestamptz(3) NOT NULL,
        updated_at timestamptz(3) NOT NULL,
        CONSTRAINT blueprint_filter_pk PRIMARY KEY (storage_id),
        CONSTRAINT blueprint_filter_tenant_id_uq UNIQUE (tenant_id, id),
        CONSTRAINT blueprint_filter_tenant_fk FOREIGN KEY (tenant_id) REFERENCES tenant (id),
        CONSTRAINT blueprint_filter_creator_fk FOREIGN KEY (creator_id) REFERENCES user_account (id),
        CONSTRAINT blueprint_filter_visibility_ck CHECK (visibility IN ('private', 'tenant', 'global'))
      );
      CREATE INDEX blueprint_filter_id_ix ON blueprint_filter (id);
      CREATE INDEX blueprint_filter_creator_ix ON blueprint_filter (creator_id);
    `);
    await enableRowSecurity(runner, 'blueprint_filter');
    await createIdsTakenFunction(runner, FILTER_IDS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropIdsTakenFunction(runner, FILTER_IDS);
    await runner.query('DROP TABLE blueprint_filter');
  }
}
