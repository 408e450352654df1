import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { AuditRow } from '../../../core/audit/audit-record.js';
import type { Checkpoint } from '../../../core/audit/checkpoint.js';
import type { Removal } from '../../../core/audit/removal.js';
import type { ChainItem } from '../../../core/audit/verify-chain.js';
import { systemCtx, type Ctx } from '../../../platform/context/ctx.js';
import { execute, queryRows, wrapTx } from '../../../platform/database/tx.js';
import { ROW_TEXTS } from '../audit-row.sql.js';

const CURSOR_BATCH = 1_000;

type EntryRow = AuditRow & {
  readonly seq: string;
  readonly auditId: string;
  readonly previous: Buffer;
  readonly digest: Buffer;
  readonly hash: Buffer;
  readonly mac: Buffer;
  readonly removalId: string | null;
  readonly checkpointHash: Buffer | null;
  readonly signedAt: string | null;
  readonly keyId: string | null;
  readonly signature: Buffer | null;
};

/** Reads the audit log as a verification wants it, all of it as of one moment, in batches. */
@Injectable()
export class AuditProofRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Runs `work` on one snapshot of the database: what is sealed or removed meanwhile does not look like a fault. */
  async onSnapshot<T>(work: (ctx: Ctx) => Promise<T>): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    try {
      await runner.startTransaction('REPEATABLE READ');
      await runner.query('SET TRANSACTION READ ONLY');
      const result = await work({ ...systemCtx('audit-verify'), tx: wrapTx(runner) });
      await runner.commitTransaction();
      return result;
    } catch (error) {
      if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
      throw error;
    } finally {
      await runner.release();
    }
  }

  /** Everything there is, in the order in which `verifyChain` reads. */
  async *items(ctx: Ctx, installationId: string): AsyncGenerator<ChainItem> {
    for (const removal of await this.removals(ctx, installationId)) yield { type: 'removal', removal };
    for await (const row of this.entryRows(ctx)) yield* itemsOf(row, installationId);
    for (const checkpoint of await this.checkpointsWithoutEntry(ctx, installationId))
      yield { type: 'checkpoint', checkpoint };
    yield* this.unsealed(ctx);
  }

  private async removals(ctx: Ctx, installationId: string): Promise<Removal[]> {
    const rows = await queryRows<Omit<Removal, 'installationId' | 'count'> & { readonly count: string }>(
      ctx,
      `SELECT removal_id AS "removalId", removed_at AS "removedAt", removed_by AS "removedBy", selection, count,
              entries_hash AS "entriesHash", key_id AS "keyId", signature
         FROM audit_removal ORDER BY removed_at, removal_id`,
    );
    return rows.map((row) => ({ ...row, installationId, count: Number(row.count), removedAt: isoTime(row.removedAt) }));
  }

  private entryRows(ctx: Ctx): AsyncGenerator<EntryRow> {
    return this.cursor<EntryRow>(
      ctx,
      'hf_audit_entries',
      `SELECT c.seq, c.audit_id AS "auditId", c.previous, c.digest, c.hash, c.mac, r.removal_id AS "removalId",
              p.hash AS "checkpointHash", p.signed_at AS "signedAt", p.key_id AS "keyId", p.signature, ${ROW_TEXTS}
         FROM audit_chain c
         LEFT JOIN audit_log l ON l.id = c.audit_id
         LEFT JOIN audit_removed r ON r.seq = c.seq
         LEFT JOIN audit_checkpoint p ON p.seq = c.seq
        ORDER BY c.seq`,
    );
  }

  private async checkpointsWithoutEntry(ctx: Ctx, installationId: string): Promise<Checkpoint[]> {
    const rows = await queryRows<Omit<Checkpoint, 'installationId' | 'seq'> & { readonly seq: string }>(
      ctx,
      `SELECT seq, hash, signed_at AS "signedAt", key_id AS "keyId", signature FROM audit_checkpoint p
        WHERE NOT EXISTS (SELECT FROM audit_chain c WHERE c.seq = p.seq) ORDER BY seq`,
    );
    return rows.map((row) => ({ ...row, installationId, seq: Number(row.seq), signedAt: isoTime(row.signedAt) }));
  }

  /**
   * Records without an entry. One is pending when its transaction was committed after the sealer's last look; a record
   * that claims to be older, or of a transaction that has not begun, was put there by other means.
   */
  private async *unsealed(ctx: Ctx): AsyncGenerator<ChainItem> {
    const rows = this.cursor<AuditRow & { readonly isPending: boolean }>(
      ctx,
      'hf_audit_unsealed',
      `SELECT ${ROW_TEXTS},
              pg_snapshot_xmax(pg_current_snapshot()) < pg_snapshot_xmax(s.sealed_snapshot)
              OR (pg_visible_in_snapshot(l.written_in, pg_current_snapshot())
                  AND NOT pg_visible_in_snapshot(l.written_in, s.sealed_snapshot)) AS "isPending"
         FROM audit_log l, audit_seal_state s
        WHERE NOT EXISTS (SELECT FROM audit_chain c WHERE c.audit_id = l.id) ORDER BY l.id`,
    );
    for await (const { isPending, ...row } of rows) yield { type: 'unsealed', row, isPending };
  }

  private async *cursor<Row>(ctx: Ctx, name: string, select: string): AsyncGenerator<Row> {
    await execute(ctx, `DECLARE ${name} NO SCROLL CURSOR FOR ${select}`);
    for (;;) {
      const rows = await queryRows<Row>(ctx, `FETCH ${CURSOR_BATCH} FROM ${name}`);
      yield* rows;
      if (rows.length < CURSOR_BATCH) return;
    }
  }
}

function* itemsOf(found: EntryRow, installationId: string): Generator<ChainItem> {
  const { seq, auditId, previous, digest, hash, mac, removalId, checkpointHash, signedAt, keyId, signature, ...row } =
    found;
  yield {
    type: 'entry',
    entry: { seq: Number(seq), auditId, previous, digest, hash, mac },
    row: row.id === null ? null : row,
    removalId,
  };
  if (checkpointHash === null || signedAt === null || keyId === null || signature === null) return;
  const checkpoint = {
    installationId,
    seq: Number(seq),
    hash: checkpointHash,
    signedAt: isoTime(signedAt),
    keyId,
    signature,
  };
  yield { type: 'checkpoint', checkpoint };
}

function isoTime(value: string): string {
  return new Date(value).toISOString();
}
