import { Injectable } from '@nestjs/common';
import type { Checkpoint } from '../../../core/audit/checkpoint.js';
import type { Ctx } from '../../../platform/context/ctx.js';
import { queryRows } from '../../../platform/database/tx.js';

@Injectable()
export class AuditCheckpointRepository {
  /** Checkpoints of the entries after `after`, up to and with `upTo`. */
  async between(ctx: Ctx, after: number, upTo: number): Promise<Checkpoint[]> {
    const rows = await queryRows<Omit<Checkpoint, 'seq'> & { readonly seq: string }>(
      ctx,
      `SELECT s.installation_id AS "installationId", c.seq, c.hash, c.signed_at AS "signedAt", c.key_id AS "keyId", c.signature
         FROM audit_checkpoint c, system_state s WHERE c.seq > $1 AND c.seq <= $2 ORDER BY c.seq`,
      [after, upTo],
    );
    return rows.map((row) => ({ ...row, seq: Number(row.seq), signedAt: new Date(row.signedAt).toISOString() }));
  }
}
