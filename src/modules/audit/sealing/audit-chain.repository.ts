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

export interface SnapshotNow {
  readonly snapshot: string;
  /** The state's snapshot is newer than the server's own: the data came here from another server. */
  readonly isBehind: boolean;
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

  /** A statement of its own: one that waited for the lock would still see the snapshot from before it waited. */
  async snapshotNow(ctx: Ctx, sealedSnapshot: string): Promise<SnapshotNow> {
    const [row] = await queryRows<SnapshotNow>(
      ctx,
      `SELECT pg_current_snapshot()::text AS snapshot,
              pg_snapshot_xmax(pg_current_snapshot()) < pg_snapshot_xmax($1::pg_snapshot) AS "isBehind"`,
      [sealedSnapshot],
    );
    if (!row) throw new Error('PostgreSQL gave no snapshot.');
    return row;
  }

  /**
   * What was committed between two snapshots: exactly the rows visible in `target` and not in the state's. Transactions
   * that were open at the first one are looked up by their number, so a long one costs nothing while it lasts.
   */
  async unsealedRows(ctx: Ctx, state: SealState, target: string, limit: number): Promise<AuditRow[]> {
    return queryRows<AuditRow>(
      ctx,
      `SELECT ${ROW_TEXTS} FROM (
         ${committedRows('l.written_in = ANY (ARRAY(SELECT pg_snapshot_xip($1::pg_snapshot)))')}
         UNION ALL
         ${committedRows('l.written_in >= pg_snapshot_xmax($1::pg_snapshot)')}
       ) l ORDER BY l.written_in, l.id LIMIT $5`,
      [state.sealedSnapshot, target, state.afterWrittenIn, state.afterId, limit],
    );
  }

  /** Rows without an entry, whatever their transaction: for data restored into another server, whose numbers are new. */
  async unchainedRows(ctx: Ctx, limit: number): Promise<AuditRow[]> {
    return queryRows<AuditRow>(
      ctx,
      `SELECT ${ROW_TEXTS} FROM audit_log l
        WHERE NOT EXISTS (SELECT FROM audit_chain c WHERE c.audit_id = l.id) ORDER BY l.id LIMIT $1`,
      [limit],
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

/** One of the two places where rows committed since a snapshot can be; parameters as in `unsealedRows`. */
function committedRows(where: string): string {
  return `(SELECT l.* FROM audit_log l
            WHERE ${where} AND pg_visible_in_snapshot(l.written_in, $2::pg_snapshot)
              AND (l.written_in, l.id) > ($3::xid8, $4::bigint)
              AND NOT EXISTS (SELECT FROM audit_chain c WHERE c.audit_id = l.id)
            ORDER BY l.written_in, l.id LIMIT $5)`;
}
