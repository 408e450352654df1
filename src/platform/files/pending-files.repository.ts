import { Injectable } from '@nestjs/common';
import type { Ctx } from '../context/ctx.js';
import { execute, queryRows } from '../database/tx.js';

export interface PendingFile {
  readonly key: string;
  /** The process that may still be at work on it: `<host>.<pid>`. */
  readonly holder: string;
  readonly noted_at: string;
}

/** Stored files that no committed row answers for: not yet, or no more. */
@Injectable()
export class PendingFilesRepository {
  async note(ctx: Ctx, key: string, holder: string, now: Date): Promise<void> {
    await execute(
      ctx,
      'INSERT INTO pending_file (key, holder, noted_at) VALUES ($1, $2, $3) ON CONFLICT ON CONSTRAINT pending_file_pk DO NOTHING',
      [key, holder, now],
    );
  }

  async forget(ctx: Ctx, key: string): Promise<void> {
    await execute(ctx, 'DELETE FROM pending_file WHERE key = $1', [key]);
  }

  async all(ctx: Ctx): Promise<readonly PendingFile[]> {
    return queryRows<PendingFile>(ctx, 'SELECT key, holder, noted_at FROM pending_file ORDER BY noted_at');
  }
}
