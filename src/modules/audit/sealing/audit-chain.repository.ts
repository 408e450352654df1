import { Injectable } from '@nestjs/common';
import type { AuditRow } from '../../../core/audit/audit-record.js';
import { HASH_BYTES, type ChainEntry } from '../../../core/audit/chain.js';
import type { Checkpoint } from '../../../core/audit/checkpoint.js';
import type { Ctx } from '../../../platform/context/ctx.js';
import { execute, queryRows } from '../../../platform/database/tx.js';
import { ROW_TEXTS } from '../audit-row.sql.js';

/** Where the sealer stands. Snapshots are PostgreSQL's own, as texts. */
export interface SealState {
  readonly seq: number;
  /** Null before the first entry. */
  readonly hash: Buffer | null;
  readonly sealedSnapshot: string;
  readonly targetSnapshot: string | null;
  readonly afterWrittenIn: string;
  readonly afterId: string;
}

interface SealStateRow extends Omit<SealState, 'seq'> {
  readonly seq: string;
}

/** What a batch belongs to: the work up to a snapshot, and how far it has come. */
export interface SealSpan {
  readonly target: string;
  readonly afterWrittenIn: string;
  readonly afterId: string;
}

export interface SnapshotNow {
  readonly snapshot: string;
  /** The state's snapshot is newer than the server's own: the data came here from another server. */
  readonly isBehind: boolean;
  /** A sweep through such data is under way: the state works towards a snapshot older than the one it had reached. */
  readonly isSweeping: boolean;
}

@Injectable()
export class AuditChainRepository {
  async installationId(ctx: Ctx): Promise<string> {
    const [row] = await queryRows<{ id: string }>(ctx, 'SELECT installation_id AS id FROM system_state');
    if (!row) throw new Error('The table system_state is empty.');
    return row.id;
  }

  async rememberSigningKey(ctx: Ctx, keyId: string, publicKey: string, now: Date): Promise<void> {
    await execute(
      ctx,
      'INSERT INTO audit_signing_key (key_id, public_key, first_used_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
      [keyId, publicKey, now],
    );
  }

  /** Is there anything to seal? Asked every second, so it takes no lock and leaves no trace. */
  async hasUnsealed(ctx: Ctx): Promise<boolean> {
    const [row] = await queryRows<{ has: boolean }>(
      ctx,
      `SELECT s.target_snapshot IS NOT NULL
              OR pg_snapshot_xmax(pg_current_snapshot()) < pg_snapshot_xmax(s.sealed_snapshot)
              OR (SELECT l.written_in FROM audit_log l ORDER BY l.written_in DESC LIMIT 1) >= pg_snapshot_xmax(s.sealed_snapshot)
              OR EXISTS (SELECT FROM audit_log l
                          WHERE l.written_in = ANY (ARRAY(SELECT pg_snapshot_xip(s.sealed_snapshot)))
                            AND (SELECT c.seq FROM audit_chain c WHERE c.audit_id = l.id) IS NULL) AS has
         FROM audit_seal_state s`,
    );
    return row?.has ?? false;
  }

  /** Waits for whoever else appends to the chain; holds the place until the transaction ends. */
  async lockState(ctx: Ctx): Promise<SealState> {
    const [row] = await queryRows<SealStateRow>(
      ctx,
      `SELECT seq, hash, sealed_snapshot::text AS "sealedSnapshot", target_snapshot::text AS "targetSnapshot",
              after_written_in::text AS "afterWrittenIn", after_id AS "afterId"
         FROM audit_seal_state FOR UPDATE`,
    );
    if (!row) throw new Error('The table audit_seal_state is empty.');
    return { ...row, seq: Number(row.seq) };
  }

  /**
   * A statement of its own: one that waited for the lock would still see the snapshot from before it waited. Also makes
   * the planner read unsealed rows in the order of their index: in a table that grows faster than its statistics it takes
   * them for few, and would sort the whole backlog for every batch.
   */
  async snapshotNow(ctx: Ctx, state: SealState): Promise<SnapshotNow> {
    const [row] = await queryRows<SnapshotNow>(
      ctx,
      `SELECT set_config(name, 'off', true), pg_current_snapshot()::text AS snapshot,
              pg_snapshot_xmax(pg_current_snapshot()) < pg_snapshot_xmax($1::pg_snapshot) AS "isBehind",
              coalesce(pg_snapshot_xmax($2::pg_snapshot) < pg_snapshot_xmax($1::pg_snapshot), false) AS "isSweeping"
         FROM unnest(ARRAY['enable_bitmapscan', 'enable_seqscan', 'enable_sort']) AS name`,
      [state.sealedSnapshot, state.targetSnapshot],
    );
    if (!row) throw new Error('PostgreSQL gave no snapshot.');
    return row;
  }

  /**
   * What was committed between two snapshots: exactly the rows visible in the span's target and not in `since`.
   * Transactions that were open at the first one are looked up by their number, so a long one costs nothing meanwhile.
   */
  async unsealedRows(ctx: Ctx, since: string, span: SealSpan, limit: number): Promise<AuditRow[]> {
    return queryRows<AuditRow>(
      ctx,
      `SELECT ${ROW_TEXTS} FROM (
         ${committedRows('l.written_in = ANY (ARRAY(SELECT pg_snapshot_xip($1::pg_snapshot)))')}
         UNION ALL
         ${committedRows('l.written_in >= GREATEST(pg_snapshot_xmax($1::pg_snapshot), $3::xid8)')}
       ) l ORDER BY l.written_in, l.id LIMIT $5`,
      [since, span.target, span.afterWrittenIn, span.afterId, limit],
    );
  }

  /** Rows without an entry, whatever their transaction: for data restored into another server, whose numbers are new. */
  async unchainedRows(ctx: Ctx, span: SealSpan, limit: number): Promise<AuditRow[]> {
    return queryRows<AuditRow>(
      ctx,
      `SELECT ${ROW_TEXTS} FROM audit_log l
        WHERE l.id > $1 AND (SELECT c.seq FROM audit_chain c WHERE c.audit_id = l.id) IS NULL ORDER BY l.id LIMIT $2`,
      [span.afterId, limit],
    );
  }

  /** `entries` follow each other without a hole. */
  async append(ctx: Ctx, entries: readonly ChainEntry[], sealedAt: Date): Promise<void> {
    const first = entries[0];
    if (!first) return;
    await execute(
      ctx,
      `INSERT INTO audit_chain (seq, audit_id, previous, digest, hash, mac, sealed_at)
       SELECT $1::bigint + n - 1, id, ${part('$3')}, ${part('$4')}, ${part('$5')}, ${part('$6')}, $7
         FROM unnest($2::bigint[]) WITH ORDINALITY AS record (id, n)`,
      [
        first.seq,
        entries.map((entry) => entry.auditId),
        Buffer.concat(entries.map((entry) => entry.previous)),
        Buffer.concat(entries.map((entry) => entry.digest)),
        Buffer.concat(entries.map((entry) => entry.hash)),
        Buffer.concat(entries.map((entry) => entry.mac)),
        sealedAt,
      ],
    );
  }

  async saveState(ctx: Ctx, state: SealState): Promise<void> {
    await execute(
      ctx,
      `UPDATE audit_seal_state SET seq = $1, hash = $2, sealed_snapshot = $3, target_snapshot = $4,
              after_written_in = $5, after_id = $6`,
      [state.seq, state.hash, state.sealedSnapshot, state.targetSnapshot, state.afterWrittenIn, state.afterId],
    );
  }

  async headSeq(ctx: Ctx): Promise<number> {
    const [row] = await queryRows<{ seq: string }>(ctx, 'SELECT seq FROM audit_seal_state');
    return Number(row?.seq ?? 0);
  }

  async lastCheckpoint(ctx: Ctx): Promise<{ readonly seq: number; readonly signedAt: Date } | null> {
    const [row] = await queryRows<{ seq: string; signedAt: string }>(
      ctx,
      'SELECT seq, signed_at AS "signedAt" FROM audit_checkpoint ORDER BY seq DESC LIMIT 1',
    );
    return row ? { seq: Number(row.seq), signedAt: new Date(row.signedAt) } : null;
  }

  async addCheckpoint(ctx: Ctx, checkpoint: Checkpoint): Promise<void> {
    await execute(
      ctx,
      'INSERT INTO audit_checkpoint (seq, hash, signed_at, key_id, signature) VALUES ($1, $2, $3, $4, $5)',
      [checkpoint.seq, checkpoint.hash, checkpoint.signedAt, checkpoint.keyId, checkpoint.signature],
    );
  }
}

/** The n-th hash of a parameter that holds one after the other: binary, where an array of them would travel as text. */
function part(parameter: string): string {
  return `substring(${parameter}::bytea FROM (n::int - 1) * ${HASH_BYTES} + 1 FOR ${HASH_BYTES})`;
}

/**
 * One of the two places where rows committed since a snapshot can be; parameters as in `unsealedRows`. That none of them
 * has an entry yet is asked row by row: as an anti-join it might be answered by reading the whole chain.
 */
function committedRows(where: string): string {
  return `(SELECT l.* FROM audit_log l
            WHERE ${where} AND pg_visible_in_snapshot(l.written_in, $2::pg_snapshot)
              AND (l.written_in, l.id) > ($3::xid8, $4::bigint)
              AND (SELECT c.seq FROM audit_chain c WHERE c.audit_id = l.id) IS NULL
            ORDER BY l.written_in, l.id LIMIT $5)`;
}
