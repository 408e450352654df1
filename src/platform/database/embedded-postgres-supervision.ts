import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import { advisoryLockKeys } from './advisory-locks.js';
import type { DatabaseLog } from './database-connection.js';
import type { Postmaster } from './embedded-postgres-process.js';

const RETRY_MS = 100;

/** How to end a server, from polite to blunt, and how long each has (ms). Data is safe with all three. */
const SHUTDOWN: readonly (readonly [NodeJS.Signals, number])[] = [
  ['SIGINT', 20_000], // fast: rolls back what is open, writes a checkpoint
  ['SIGQUIT', 5_000], // immediate: the next start recovers
  ['SIGKILL', 5_000],
];

async function shutDown(postmaster: Postmaster, log: DatabaseLog): Promise<void> {
  for (const [signal, withinMs] of SHUTDOWN) {
    if (!(await postmaster.isRunning())) return;
    postmaster.signal(signal);
    if (await postmaster.ended(withinMs)) return;
    log.warn('the embedded database does not end', { pid: postmaster.pid, signal, waitedMs: withinMs });
  }
  throw new Error(`The embedded database (process ${postmaster.pid}) cannot be ended.`);
}

/**
 * Watches a running server through one idle connection, which also carries the owner's lock. PostgreSQL survives the
 * crash of one of its children by restarting the others; that ends the connection too, so a lost connection is a death
 * only when the first process is gone.
 */
export class Supervision {
  readonly unexpectedExit: Promise<Error>;
  private reportExit: (reason: Error) => void = () => undefined;
  private stopping: Promise<void> | undefined;

  constructor(
    private readonly postmaster: Postmaster,
    private client: Client,
    private readonly options: {
      readonly isOwner: boolean;
      readonly log: DatabaseLog;
      readonly reconnect: () => Promise<Client>;
    },
  ) {
    this.unexpectedExit = new Promise((resolve) => {
      this.reportExit = resolve;
    });
    postmaster.onExit(() => this.report());
    this.watch(client);
  }

  stop(): Promise<void> {
    this.stopping ??= this.end();
    return this.stopping;
  }

  private async end(): Promise<void> {
    if (this.options.isOwner) await shutDown(this.postmaster, this.options.log);
    await this.client.end().catch(() => undefined);
  }

  private watch(client: Client): void {
    this.client = client;
    client.on('error', () => undefined); // 'end' follows
    client.once('end', () => void this.lost());
  }

  private async lost(): Promise<void> {
    while (this.stopping === undefined) {
      if (!(await this.postmaster.isRunning())) {
        this.report();
        return;
      }
      const client = await this.options.reconnect().catch(() => undefined);
      if (client && (await this.resume(client))) return;
      await delay(RETRY_MS, undefined, { ref: false });
    }
  }

  private async resume(client: Client): Promise<boolean> {
    try {
      if (this.options.isOwner)
        await client.query('SELECT pg_advisory_lock($1, $2)', advisoryLockKeys('embeddedServerOwner'));
      this.options.log.warn('the embedded database restarted itself after a crash of one of its processes');
      this.watch(client);
      return true;
    } catch {
      await client.end().catch(() => undefined);
      return false;
    }
  }

  private report(): void {
    if (this.stopping === undefined) {
      this.reportExit(new Error(`The embedded database (process ${this.postmaster.pid}) ended unexpectedly.`));
    }
  }
}
