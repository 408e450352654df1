import { setTimeout as delay } from 'node:timers/promises';
import { sqlStateOf } from '../../../platform/database/unit-of-work.js';
import type { Lease } from './lease.js';

const RETRY_MS = 300;
/** Classes of SQLSTATE, and codes of the system, for what may be well again soon: connections, resources, restarts. */
const PASSING = /^(08|40|53|55P03|57|58)|^E(CONN|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|AI_AGAIN|NOENT)/;

/**
 * Tries again while the database is away, as long as the lease may still be ours. Null when it was lost.
 * @throws what is not the database's absence
 */
export async function patiently<T>(lease: Lease, work: () => Promise<T>): Promise<T | null> {
  while (!lease.isLost) {
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error)) throw error;
    }
    await delay(RETRY_MS, undefined, { signal: lease.signal }).catch(() => undefined);
  }
  return null;
}

export function isPassing(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (state !== undefined) return PASSING.test(state);
  return (
    error instanceof Error &&
    /\bconnection\b.*\b(terminated|ended|timeout|closed)|timeout exceeded/i.test(error.message)
  );
}
