import { Injectable } from '@nestjs/common';
import type { AuditRow } from '../../../core/audit/audit-record.js';
import type { Ctx } from '../../../platform/context/ctx.js';
import { execute, queryRows } from '../../../platform/database/tx.js';
import { ROW_TEXTS } from '../audit-row.sql.js';
import type { SealedRow } from './audit-line.js';

export interface FileState {
  /** The last entry whose record the file holds (or need not hold), and the last checkpoint. */
  readonly recordSeq: number;
  readonly checkpointSeq: number;
  readonly failedSince: Date | null;
}

/** A stretch of the chain; `upTo` is its last entry, with or without a record. */
export interface ChainStretch {
  readonly rows: readonly SealedRow[];
  readonly upTo: number;
}

type StretchRow = AuditRow & { readonly seq: string; readonly hash: Buffer };

@Injectable()
export class AuditFileRepository {
  async state(ctx: Ctx): Promise<FileState> {
    const [row] = await queryRows<{ recordSeq: string; checkpointSeq: string; failedSince: string | null }>(
      ctx,
      `SELECT record_seq AS "recordSeq", checkpoint_seq AS "checkpointSeq", failed_since AS "failedSince"
         FROM audit_file_state`,
    );
    if (!row) throw new Error('The table audit_file_state is empty.');
    return {
      recordSeq: Number(row.recordSeq),
      checkpointSeq: Number(row.checkpointSeq),
      failedSince: row.failedSince === null ? null : new Date(row.failedSince),
    };
  }

  async saveState(ctx: Ctx, state: FileState): Promise<void> {
    await execute(ctx, 'UPDATE audit_file_state SET record_seq = $1, checkpoint_seq = $2, failed_since = $3', [
      state.recordSeq,
      state.checkpointSeq,
      state.failedSince,
    ]);
  }

  /** Is this the hash of that entry? A file of another installation, or of an older life of this one, answers no. */
  async isEntry(ctx: Ctx, seq: number, hash: string): Promise<boolean> {
    const rows = await queryRows(ctx, 'SELECT FROM audit_chain WHERE seq = $1 AND hash = $2', [
      seq,
      Buffer.from(hash, 'hex'),
    ]);
    return rows.length === 1;
  }

  /** The next entries after `seq`, in the order of the chain; each record is looked up, so that no plan reads them all. */
  async after(ctx: Ctx, seq: number, limit: number): Promise<ChainStretch> {
    const found = await queryRows<StretchRow>(
      ctx,
      `SELECT c.seq, c.hash, ${ROW_TEXTS}
         FROM (SELECT seq, hash, audit_id FROM audit_chain WHERE seq > $1 ORDER BY seq LIMIT $2) c
         LEFT JOIN LATERAL (SELECT * FROM audit_log WHERE id = c.audit_id LIMIT 1) l ON true ORDER BY c.seq`,
      [seq, limit],
    );
    const rows = found
      .filter((row) => row.id !== null)
      .map(({ seq: number, hash, ...row }) => ({ seq: Number(number), hash, row }));
    return { rows, upTo: Number(found.at(-1)?.seq ?? seq) };
  }
}
