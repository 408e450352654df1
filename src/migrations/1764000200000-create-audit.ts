import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The audit log (security-design §6). Belongs to the installation, not to a tenant, so it has no row-level security: who
 * may read it is a matter of permissions alone. The serving role can add records and read them; it gives them neither
 * their number nor the transaction they were written in, and nothing that it may do takes one away, but `audit_remove`.
 */
export class CreateAudit1764000200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await createLog(runner);
    await createChain(runner);
    await createRemoval(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION audit_remove(uuid, timestamptz, text, text, bigint, bytea, text, bytea);
      DROP TABLE audit_removed, audit_removal, audit_file_state, audit_seal_state, audit_checkpoint, audit_signing_key,
        audit_chain, audit_log;
    `);
  }
}

async function createLog(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE TABLE audit_log (
      id bigint GENERATED ALWAYS AS IDENTITY,
      created_at timestamptz(3) NOT NULL,
      action text NOT NULL,
      operation text NOT NULL,
      outcome text NOT NULL,
      ref_table text,
      ref_id bigint,
      ref_identifier jsonb,
      creator_name text,
      actor_id int,
      identity_source text,
      auth_method text,
      source_address text,
      tenant_id int,
      tenant_name text,
      execution_id text,
      request_id text,
      details jsonb,
      -- Numbers are given before the commit, so a lower one may appear later. With the transaction beside it, the sealer
      -- asks for what was committed since its last snapshot, and misses nothing.
      written_in xid8 NOT NULL DEFAULT pg_current_xact_id(),
      CONSTRAINT audit_log_pk PRIMARY KEY (id),
      CONSTRAINT audit_log_operation_ck
        CHECK (operation IN ('create', 'update', 'delete', 'read', 'login', 'denied', 'other')),
      CONSTRAINT audit_log_outcome_ck CHECK (outcome IN ('success', 'failure', 'denied'))
    );
    CREATE INDEX audit_log_written_in_ix ON audit_log (written_in, id);
    CREATE INDEX audit_log_created_at_ix ON audit_log (created_at, id);
    CREATE INDEX audit_log_creator_name_ix ON audit_log (creator_name);
    CREATE INDEX audit_log_execution_id_ix ON audit_log (execution_id) WHERE execution_id IS NOT NULL;
    -- What GET /audit shows unless asked for more; logins and reads outnumber changes by far.
    CREATE INDEX audit_log_change_ix ON audit_log (created_at, id)
      WHERE outcome = 'success' AND operation IN ('create', 'update', 'delete');

    GRANT SELECT, INSERT (created_at, action, operation, outcome, ref_table, ref_id, ref_identifier, creator_name,
      actor_id, identity_source, auth_method, source_address, tenant_id, tenant_name, execution_id, request_id, details)
      ON audit_log TO holdfast_app;
  `);
}

async function createChain(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE TABLE audit_chain (
      seq bigint NOT NULL,
      -- No foreign key: the entry stays when its record is removed.
      audit_id bigint NOT NULL,
      previous bytea NOT NULL,
      digest bytea NOT NULL,
      hash bytea NOT NULL,
      mac bytea NOT NULL,
      sealed_at timestamptz(3) NOT NULL,
      CONSTRAINT audit_chain_pk PRIMARY KEY (seq),
      CONSTRAINT audit_chain_audit_id_uq UNIQUE (audit_id)
    );

    CREATE TABLE audit_signing_key (
      key_id text NOT NULL,
      public_key text NOT NULL,
      first_used_at timestamptz(3) NOT NULL,
      CONSTRAINT audit_signing_key_pk PRIMARY KEY (key_id)
    );

    CREATE TABLE audit_checkpoint (
      seq bigint NOT NULL,
      hash bytea NOT NULL,
      signed_at timestamptz(3) NOT NULL,
      key_id text NOT NULL,
      signature bytea NOT NULL,
      CONSTRAINT audit_checkpoint_pk PRIMARY KEY (seq),
      CONSTRAINT audit_checkpoint_key_fk FOREIGN KEY (key_id) REFERENCES audit_signing_key (key_id)
    );
    CREATE INDEX audit_checkpoint_key_ix ON audit_checkpoint (key_id);

    -- Where the sealer is: the head it goes on from (null: the genesis), the snapshot up to which everything is sealed,
    -- and, inside a backlog that takes several batches, the snapshot it works towards and the last row it sealed.
    CREATE TABLE audit_seal_state (
      id boolean NOT NULL DEFAULT true,
      seq bigint NOT NULL DEFAULT 0,
      hash bytea,
      sealed_snapshot pg_snapshot NOT NULL DEFAULT '1:1:',
      target_snapshot pg_snapshot,
      after_written_in xid8 NOT NULL DEFAULT '0',
      after_id bigint NOT NULL DEFAULT 0,
      CONSTRAINT audit_seal_state_pk PRIMARY KEY (id),
      CONSTRAINT audit_seal_state_single_ck CHECK (id)
    );
    INSERT INTO audit_seal_state DEFAULT VALUES;

    -- What the audit file holds already.
    CREATE TABLE audit_file_state (
      id boolean NOT NULL DEFAULT true,
      record_seq bigint NOT NULL DEFAULT 0,
      checkpoint_seq bigint NOT NULL DEFAULT 0,
      failed_since timestamptz(3),
      CONSTRAINT audit_file_state_pk PRIMARY KEY (id),
      CONSTRAINT audit_file_state_single_ck CHECK (id)
    );
    INSERT INTO audit_file_state DEFAULT VALUES;

    GRANT SELECT, INSERT ON audit_chain, audit_signing_key, audit_checkpoint TO holdfast_app;
    GRANT SELECT, UPDATE ON audit_seal_state, audit_file_state TO holdfast_app;
  `);
}

async function createRemoval(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE TABLE audit_removal (
      removal_id uuid NOT NULL,
      removed_at timestamptz(3) NOT NULL,
      removed_by text NOT NULL,
      -- As text, since the signature is over these bytes.
      selection text NOT NULL,
      count bigint NOT NULL,
      entries_hash bytea NOT NULL,
      key_id text NOT NULL,
      signature bytea NOT NULL,
      CONSTRAINT audit_removal_pk PRIMARY KEY (removal_id),
      CONSTRAINT audit_removal_key_fk FOREIGN KEY (key_id) REFERENCES audit_signing_key (key_id)
    );
    CREATE INDEX audit_removal_key_ix ON audit_removal (key_id);

    CREATE TABLE audit_removed (
      seq bigint NOT NULL,
      removal_id uuid NOT NULL,
      CONSTRAINT audit_removed_pk PRIMARY KEY (seq),
      CONSTRAINT audit_removed_entry_fk FOREIGN KEY (seq) REFERENCES audit_chain (seq),
      CONSTRAINT audit_removed_removal_fk FOREIGN KEY (removal_id) REFERENCES audit_removal (removal_id)
    );
    CREATE INDEX audit_removed_removal_ix ON audit_removed (removal_id);

    GRANT SELECT ON audit_removal, audit_removed TO holdfast_app;

    -- The only way in which the serving role can take records away. The selection it obeys is the one that was signed;
    -- without a signature of the installation, verification calls the missing records deleted.
    CREATE FUNCTION audit_remove(
      p_removal_id uuid, p_removed_at timestamptz, p_removed_by text, p_selection text, p_count bigint,
      p_entries_hash bytea, p_key_id text, p_signature bytea
    ) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    DECLARE
      wanted jsonb := p_selection::jsonb;
      up_to bigint := (wanted ->> 'up_to')::bigint;
      before timestamptz := (wanted ->> 'before')::timestamptz;
      creator text := wanted ->> 'creator_name';
      execution text := wanted ->> 'execution_id';
      removed bigint;
    BEGIN
      IF up_to IS NULL OR before IS NULL THEN
        RAISE EXCEPTION 'a removal needs "before" and "up_to"' USING ERRCODE = 'invalid_parameter_value';
      END IF;
      INSERT INTO public.audit_removal
             (removal_id, removed_at, removed_by, selection, count, entries_hash, key_id, signature)
      VALUES (p_removal_id, p_removed_at, p_removed_by, p_selection, p_count, p_entries_hash, p_key_id, p_signature);
      WITH gone AS (
        DELETE FROM public.audit_log AS record USING public.audit_chain AS entry
         WHERE entry.audit_id = record.id AND entry.seq <= up_to AND record.created_at <= before
           AND (creator IS NULL OR record.creator_name = creator)
           AND (execution IS NULL OR record.execution_id = execution)
        RETURNING entry.seq
      )
      INSERT INTO public.audit_removed (seq, removal_id) SELECT seq, p_removal_id FROM gone;
      GET DIAGNOSTICS removed = ROW_COUNT;
      -- Another removal came between; with this state the caller begins again.
      IF removed <> p_count THEN
        RAISE EXCEPTION 'the records to remove are not those that were signed for' USING ERRCODE = 'serialization_failure';
      END IF;
      RETURN removed;
    END $$;
    REVOKE ALL ON FUNCTION audit_remove(uuid, timestamptz, text, text, bigint, bytea, text, bytea) FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION audit_remove(uuid, timestamptz, text, text, bigint, bytea, text, bytea) TO holdfast_app;
  `);
}
