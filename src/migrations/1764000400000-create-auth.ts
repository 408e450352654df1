import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tokens, and what the lockout counts (security-design §2, §3). */
export class CreateAuth1764000400000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE access_token (
        id text NOT NULL,
        user_id int NOT NULL,
        mac bytea NOT NULL,
        token_epoch int NOT NULL,
        description text,
        created_at timestamptz(3) NOT NULL,
        expires_at timestamptz(3),
        last_used_at timestamptz(3),
        CONSTRAINT access_token_pk PRIMARY KEY (id),
        CONSTRAINT access_token_user_fk FOREIGN KEY (user_id) REFERENCES user_account (id) ON DELETE CASCADE
      );
      CREATE INDEX access_token_user_ix ON access_token (user_id, created_at);

      -- Failures by canonical name, whether or not such a user exists. Source '*' counts everybody; an address from
      -- which the account logged in lately has a row of its own.
      CREATE TABLE login_failure (
        username_key text NOT NULL,
        source text NOT NULL,
        failures int NOT NULL,
        last_failed_at timestamptz(3) NOT NULL,
        CONSTRAINT login_failure_pk PRIMARY KEY (username_key, source)
      );
      CREATE INDEX login_failure_last_failed_at_ix ON login_failure (last_failed_at);

      CREATE TABLE known_address (
        user_id int NOT NULL,
        address text NOT NULL,
        last_login_at timestamptz(3) NOT NULL,
        CONSTRAINT known_address_pk PRIMARY KEY (user_id, address),
        CONSTRAINT known_address_user_fk FOREIGN KEY (user_id) REFERENCES user_account (id) ON DELETE CASCADE
      );
      CREATE INDEX known_address_last_login_at_ix ON known_address (last_login_at);

      CREATE TABLE address_failure (
        address text NOT NULL,
        failures int NOT NULL,
        window_started_at timestamptz(3) NOT NULL,
        CONSTRAINT address_failure_pk PRIMARY KEY (address)
      );
      CREATE INDEX address_failure_window_started_at_ix ON address_failure (window_started_at);

      GRANT SELECT, INSERT, UPDATE, DELETE ON access_token, login_failure, known_address, address_failure TO holdfast_app;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE address_failure, known_address, login_failure, access_token');
  }
}
