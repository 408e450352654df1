import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createIdsTakenFunction, dropIdsTakenFunction } from '../platform/database/global-ids.js';
import { enableRowSecurity } from '../platform/database/row-level-security.js';

const IDS = { table: 'agent', idColumn: 'name', kind: 'Agent' } as const;

/**
 * Agents, each of a node instance and gone with it. There is no column for the password that an agent has at the broker:
 * nothing serves one yet, and it would have to be sealed.
 */
export class CreateAgents1764001000010 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE agent (
        storage_id bigint GENERATED ALWAYS AS IDENTITY,
        name text NOT NULL,
        node_instance_id bigint NOT NULL,
        tenant_id int NOT NULL,
        creator_id int NOT NULL,
        visibility text NOT NULL,
        ip text,
        install_method text,
        system text,
        version text,
        state text NOT NULL,
        rabbitmq_exchange text,
        rabbitmq_username text,
        created_at timestamptz(3) NOT NULL,
        updated_at timestamptz(3) NOT NULL,
        CONSTRAINT agent_pk PRIMARY KEY (storage_id),
        CONSTRAINT agent_tenant_fk FOREIGN KEY (tenant_id) REFERENCES tenant (id) ON DELETE CASCADE,
        CONSTRAINT agent_creator_fk FOREIGN KEY (creator_id) REFERENCES user_account (id),
        CONSTRAINT agent_visibility_ck CHECK (visibility IN ('private', 'tenant', 'global')),
        CONSTRAINT agent_tenant_name_uq UNIQUE (tenant_id, name),
        CONSTRAINT agent_node_instance_fk FOREIGN KEY (node_instance_id)
          REFERENCES node_instance (storage_id) ON DELETE CASCADE,
        CONSTRAINT agent_state_ck CHECK (state IN ('creating', 'created', 'configuring', 'configured', 'starting',
          'started', 'stopping', 'stopped', 'deleting', 'deleted', 'restarting', 'restarted', 'restored', 'upgrading',
          'upgraded', 'nonresponsive', 'failed'))
      );
      CREATE INDEX agent_name_ix ON agent (name);
      CREATE INDEX agent_creator_ix ON agent (creator_id);
      CREATE INDEX agent_node_instance_ix ON agent (node_instance_id);
    `);
    await enableRowSecurity(runner, 'agent');
    await createIdsTakenFunction(runner, IDS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropIdsTakenFunction(runner, IDS);
    await runner.query('DROP TABLE agent');
  }
}
