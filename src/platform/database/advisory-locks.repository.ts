import type { Ctx } from '../context/ctx.js';
import { advisoryLockKeys, type AdvisoryLock } from './advisory-locks.js';
import { queryRows } from './tx.js';

/** Whether this transaction has the lock now; it goes with the transaction, so nobody needs to give it back. */
export async function tryLockForTransaction(ctx: Ctx, lock: AdvisoryLock): Promise<boolean> {
  const [row] = await queryRows<{ locked: boolean }>(
    ctx,
    'SELECT pg_try_advisory_xact_lock($1, $2) AS locked',
    advisoryLockKeys(lock),
  );
  return row?.locked === true;
}
