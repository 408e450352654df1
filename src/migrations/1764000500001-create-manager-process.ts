import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The processes of this installation and the roles they play, each with its last sign of life: roles share nothing but
 * the database, so this is how the status learns whether a worker and a scheduler run somewhere.
 */
export class CreateManagerProcess1764000500001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE manager_process (
        id uuid NOT NULL,
        hostname text NOT NULL,
        roles text[] NOT NULL,
        started_at timestamptz(3) NOT NULL DEFAULT now(),
        seen_at timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT manager_process_pk PRIMARY KEY (id)
      );
      GRANT SELECT, INSERT, UPDATE, DELETE ON manager_process TO holdfast_app;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE manager_process');
  }
}
