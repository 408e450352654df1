import { Client } from 'pg';
import { advisoryLockKeys, type AdvisoryLock } from './advisory-locks.js';
import type { DatabaseConnection } from './database-connection.js';
import { SESSION_OPTIONS } from './data-source.js';

const CONNECT_TIMEOUT_MS = 10_000;

/** Runs `work` on one connection of its own and closes it, whatever happens. */
export async function withClient<T>(connection: DatabaseConnection, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({
    ...connection,
    application_name: 'holdfast-setup',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    options: SESSION_OPTIONS,
  });
  client.on('error', () => undefined); // a lost connection fails the statement under way, which says more
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Runs `work` while this connection holds the lock, so that of several replicas that start together one works and the
 * others find it done. The lock ends with the connection: a killed replica blocks nobody.
 */
export async function withAdvisoryLock<T>(client: Client, lock: AdvisoryLock, work: () => Promise<T>): Promise<T> {
  await client.query('SELECT pg_advisory_lock($1, $2)', advisoryLockKeys(lock));
  try {
    return await work();
  } finally {
    await client.query('SELECT pg_advisory_unlock($1, $2)', advisoryLockKeys(lock)).catch(() => undefined);
  }
}
