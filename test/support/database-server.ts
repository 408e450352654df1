import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, realpath, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import type { DatabaseConnection, DatabaseLog } from '../../src/platform/database/database-connection.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/platform/database/embedded-postgres.js';
import { runMigrations } from '../../src/platform/database/migrate.js';
import { ensureAppRole } from '../../src/platform/database/roles.js';
import { publishTestServer } from './test-server.js';

const FOLDER_PREFIX = 'holdfast-jest-';

const silent: DatabaseLog = { info: () => undefined, warn: () => undefined };

/** A server for one test run, with a migrated database that every test file copies. */
export interface TestServer {
  stop(): Promise<void>;
}

export async function startTestServer(): Promise<TestServer> {
  await removeAbandoned();
  const folder = await realpath(await mkdtemp(path.join(os.tmpdir(), `${FOLDER_PREFIX}${process.pid}-`)));
  const server = await startEmbeddedPostgres({
    dataDir: folder,
    log: silent,
    // Nothing here has to survive a power cut. Two workers with several applications each need more connections.
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' },
  });
  try {
    await prepareTemplate(server);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function prepareTemplate(server: EmbeddedPostgres): Promise<void> {
  const password = randomBytes(24).toString('base64url');
  const role = await ensureAppRole(server.owner, { password });
  await runMigrations(server.owner, silent);
  await asSuperuser(server.superuser, `ALTER DATABASE "${server.owner.database}" WITH ALLOW_CONNECTIONS false`);
  publishTestServer({
    superuser: server.superuser,
    owner: server.owner,
    app: { ...server.owner, user: role, password },
    template: server.owner.database,
  });
}

async function asSuperuser(superuser: DatabaseConnection, statement: string): Promise<void> {
  const client = new Client(superuser);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Ends and removes what killed runs left; servers of runs that still go on stay untouched. */
async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(os.tmpdir())) {
    const pid = Number(/^holdfast-jest-(\d+)-/.exec(name)?.[1]);
    if (!(pid > 0) || isAlive(pid)) continue;
    const folder = path.join(os.tmpdir(), name);
    if ((await stat(folder)).uid !== process.getuid?.()) continue;
    const runs = await stat(path.join(folder, 'pgdata', 'postmaster.pid')).then(
      () => true,
      () => false,
    );
    // Taking it over is the way to end it: the launcher knows a living server from a stale lock file.
    if (runs) await startEmbeddedPostgres({ dataDir: folder, log: silent }).then((server) => server.stop());
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
