import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createIdsTakenFunction, dropIdsTakenFunction } from '../platform/database/global-ids.js';
import { enableRowSecurity } from '../platform/database/row-level-security.js';

const BLUEPRINT_IDS = { table: 'blueprint', idColumn: 'id', kind: 'Blueprint' } as const;

/**
 * Blueprints and their labels. The files of a blueprint lie in the file store below `blueprints/<files_key>`; a key of
 * its own for each upload keeps a replaced blueprint's files apart from those of the one that replaces it.
 *
 * `pending_file` names stored files that no committed row answers for (yet, or any more): an upload writes its key here
 * before the file is stored and takes it away in the transaction that makes the row; a deletion writes it in the
 * transaction that removes the row. What a kill leaves behind is found here at the next start.
 */
export class CreateBlueprints1764000700000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE blueprint (
        storage_id bigint GENERATED ALWAYS AS IDENTITY,
        id text NOT NULL,
        tenant_id int NOT NULL,
        creator_id int NOT NULL,
        visibility text NOT NULL,
        main_file_name text,
        plan jsonb,
        requirements jsonb,
        description text,
        is_hidden boolean NOT NULL DEFAULT false,
        state text NOT NULL,
        error text,
        error_traceback text,
        upload_execution_id text,
        files_key uuid NOT NULL,
        archive_kind text,
        icon_key uuid,
        created_at timestamptz(3) NOT NULL,
        updated_at timestamptz(3) NOT NULL,
        CONSTRAINT blueprint_pk PRIMARY KEY (storage_id),
        CONSTRAINT blueprint_tenant_id_uq UNIQUE (tenant_id, id),
        CONSTRAINT blueprint_files_key_uq UNIQUE (files_key),
        CONSTRAINT blueprint_tenant_fk FOREIGN KEY (tenant_id) REFERENCES tenant (id),
        CONSTRAINT blueprint_creator_fk FOREIGN KEY (creator_id) REFERENCES user_account (id),
        CONSTRAINT blueprint_upload_execution_fk FOREIGN KEY (tenant_id, upload_execution_id)
          REFERENCES execution (tenant_id, id) ON DELETE SET NULL (upload_execution_id),
        CONSTRAINT blueprint_visibility_ck CHECK (visibility IN ('private', 'tenant', 'global')),
        CONSTRAINT blueprint_state_ck CHECK (state IN ('pending', 'validating', 'uploading', 'extracting', 'parsing',
          'uploaded', 'failed_uploading', 'failed_extracting', 'failed_parsing', 'failed_extracting_to_file_server',
          'invalid')),
        CONSTRAINT blueprint_archive_kind_ck CHECK (archive_kind IN ('zip', 'tar', 'tar.gz', 'tar.bz2'))
      );
      -- A page in the order of creation is read from here, and its rows are counted here, without the table.
      CREATE INDEX blueprint_created_at_ix ON blueprint (created_at, storage_id)
        INCLUDE (tenant_id, creator_id, visibility, is_hidden);
      CREATE INDEX blueprint_id_ix ON blueprint (id);
      CREATE INDEX blueprint_global_ix ON blueprint (id) WHERE visibility = 'global';
      CREATE INDEX blueprint_creator_ix ON blueprint (creator_id);
      CREATE INDEX blueprint_upload_execution_ix ON blueprint (tenant_id, upload_execution_id);

      CREATE TABLE blueprint_label (
        storage_id bigint GENERATED ALWAYS AS IDENTITY,
        blueprint_id bigint NOT NULL,
        key text NOT NULL,
        value text NOT NULL,
        created_at timestamptz(3) NOT NULL,
        creator_id int NOT NULL,
        CONSTRAINT blueprint_label_pk PRIMARY KEY (storage_id),
        CONSTRAINT blueprint_label_uq UNIQUE (blueprint_id, key, value),
        CONSTRAINT blueprint_label_blueprint_fk FOREIGN KEY (blueprint_id)
          REFERENCES blueprint (storage_id) ON DELETE CASCADE,
        CONSTRAINT blueprint_label_creator_fk FOREIGN KEY (creator_id) REFERENCES user_account (id)
      );
      CREATE INDEX blueprint_label_key_ix ON blueprint_label (key, value);
      CREATE INDEX blueprint_label_creator_ix ON blueprint_label (creator_id);

      CREATE TABLE pending_file (
        key text NOT NULL,
        holder text NOT NULL,
        noted_at timestamptz(3) NOT NULL,
        CONSTRAINT pending_file_pk PRIMARY KEY (key)
      );
      GRANT SELECT, INSERT, DELETE ON pending_file TO holdfast_app;
    `);
    await enableRowSecurity(runner, 'blueprint');
    await enableRowSecurity(runner, 'blueprint_label', {
      visible: '(EXISTS (SELECT 1 FROM blueprint b WHERE b.storage_id = blueprint_id))',
      writable:
        '(EXISTS (SELECT 1 FROM blueprint b WHERE b.storage_id = blueprint_id AND b.tenant_id = (SELECT hf_tenant())))',
    });
    await createIdsTakenFunction(runner, BLUEPRINT_IDS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropIdsTakenFunction(runner, BLUEPRINT_IDS);
    await runner.query('DROP TABLE pending_file, blueprint_label, blueprint');
  }
}
