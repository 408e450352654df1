import { Injectable } from '@nestjs/common';
import { RemovedEntries, type Removal } from '../../../core/audit/removal.js';
import type { Ctx } from '../../../platform/context/ctx.js';
import { advisoryLockKeys } from '../../../platform/database/advisory-locks.js';
import { execute, queryRows } from '../../../platform/database/tx.js';
import type { RemovalSelection } from './audit-query.js';

const CURSOR_BATCH = 2_000;

interface EntryRow {
  readonly seq: string;
  readonly auditId: string;
  readonly digest: Buffer;
}

@Injectable()
export class AuditRemovalRepository {
  /** One removal after the other: what one has counted is still there when it removes. */
  async lock(ctx: Ctx): Promise<void> {
    await execute(ctx, 'SELECT pg_advisory_xact_lock($1, $2)', advisoryLockKeys('auditRemoval'));
  }

  /** What a selection would remove, entry by entry in the order of the chain. */
  async entries(ctx: Ctx, selection: RemovalSelection, upTo: number): Promise<RemovedEntries> {
    const entries = new RemovedEntries();
    await queryRows(
      ctx,
      `DECLARE hf_audit_removal NO SCROLL CURSOR FOR
       SELECT c.seq, c.audit_id AS "auditId", c.digest FROM audit_log l JOIN audit_chain c ON c.audit_id = l.id
        WHERE c.seq <= $1 AND l.created_at <= $2
          AND ($3::text IS NULL OR l.creator_name = $3) AND ($4::text IS NULL OR l.execution_id = $4)
        ORDER BY c.seq`,
      [upTo, selection.before, selection.creatorName, selection.executionId],
    );
    for (;;) {
      const rows = await queryRows<EntryRow>(ctx, `FETCH ${CURSOR_BATCH} FROM hf_audit_removal`);
      for (const row of rows) entries.add({ seq: Number(row.seq), auditId: row.auditId, digest: row.digest });
      if (rows.length < CURSOR_BATCH) break;
    }
    await execute(ctx, 'CLOSE hf_audit_removal');
    return entries;
  }

  /** The one way in which records go; leaves their digests and this signed removal. Nobody else calls it. */
  async remove(ctx: Ctx, removal: Removal): Promise<void> {
    await queryRows(ctx, 'SELECT audit_remove($1, $2, $3, $4, $5, $6, $7, $8)', [
      removal.removalId,
      removal.removedAt,
      removal.removedBy,
      removal.selection,
      removal.count,
      removal.entriesHash,
      removal.keyId,
      removal.signature,
    ]);
  }
}
