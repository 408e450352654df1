import type { MigrationInterface, QueryRunner } from 'typeorm';
import { enableRowSecurity } from '../platform/database/row-level-security.js';

/**
 * Tokens of executions; those of an earlier run are over. What is stored finds a token and proves it, and makes
 * none. A request is judged before its tenant is known, so the look is a definer function; it answers for one token.
 */
export class CreateExecutionTokens1764001000021 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE execution_token (
        execution_id bigint NOT NULL,
        -- A keyed hash of the whole token.
        lookup bytea NOT NULL,
        tenant_id int NOT NULL,
        user_id int NOT NULL,
        token_epoch int NOT NULL,
        run int NOT NULL,
        mac bytea NOT NULL,
        created_at timestamptz(3) NOT NULL,
        CONSTRAINT execution_token_pk PRIMARY KEY (lookup),
        CONSTRAINT execution_token_execution_fk FOREIGN KEY (execution_id) REFERENCES execution (storage_id) ON DELETE CASCADE,
        CONSTRAINT execution_token_tenant_fk FOREIGN KEY (tenant_id) REFERENCES tenant (id) ON DELETE CASCADE,
        CONSTRAINT execution_token_user_fk FOREIGN KEY (user_id) REFERENCES user_account (id) ON DELETE CASCADE
      );
      CREATE INDEX execution_token_execution_ix ON execution_token (execution_id);
      CREATE INDEX execution_token_tenant_ix ON execution_token (tenant_id);
      CREATE INDEX execution_token_user_ix ON execution_token (user_id);
    `);
    await enableRowSecurity(runner, 'execution_token', {
      visible: '(tenant_id = ANY ((SELECT hf_tenants())::int[]))',
      writable: '(tenant_id = (SELECT hf_tenant()))',
    });
    await runner.query(`
      CREATE FUNCTION execution_behind_token(wanted bytea)
        RETURNS TABLE (execution_storage_id bigint, execution_id text, tenant_id int, user_id int, mac bytea,
          mac_epoch int, mac_run int, status text, is_alive boolean)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
          SELECT e.storage_id, e.id, k.tenant_id, k.user_id, k.mac, k.token_epoch, k.run, e.status,
                 k.run = e.run AND k.tenant_id = e.tenant_id AND k.user_id = e.creator_id AND (
                   e.status IN ('pending', 'started', 'cancelling', 'force_cancelling', 'kill_cancelling')
                   OR e.status = 'scheduled' AND abs(extract(epoch FROM e.scheduled_for - clock_timestamp())) <= 60
                   -- Operations that were under way when it was cancelled may still report, for a day at most.
                   OR e.status = 'cancelled' AND e.ended_at > clock_timestamp() - interval '1 day' AND EXISTS (
                     SELECT FROM tasks_graph g JOIN operation o ON o.graph_id = g.storage_id
                      WHERE g.execution_id = e.storage_id AND o.state IN ('sending', 'sent', 'started', 'response-sent')))
            FROM execution_token k JOIN execution e ON e.storage_id = k.execution_id WHERE k.lookup = wanted
        $$;
      REVOKE ALL ON FUNCTION execution_behind_token(bytea) FROM PUBLIC;
      GRANT EXECUTE ON FUNCTION execution_behind_token(bytea) TO holdfast_app;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION execution_behind_token(bytea);
      DROP TABLE execution_token;
    `);
  }
}
