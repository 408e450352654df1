import { mkdir, readFile, realpath, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { advisoryLockKeys } from './advisory-locks.js';
import type { DatabaseConnection, DatabaseLog } from './database-connection.js';
import {
  DATABASE,
  databaseExists,
  ensureCluster,
  ensureDatabase,
  OWNER_ROLE,
  pruneServerLogs,
  SUPERUSER,
} from './embedded-postgres-cluster.js';
import {
  assertPrivateFolder,
  assertReachable,
  openPathTo,
  prepareSocketFolder,
  serverIdentity,
  type ServerIdentity,
} from './embedded-postgres-identity.js';
import {
  anyoneServes,
  clearStaleLocks,
  errorCode,
  Postmaster,
  readPidFile,
  servesFolder,
} from './embedded-postgres-process.js';
import {
  EMBEDDED_PORT,
  serverSettings,
  settingsAsArguments,
  type PostgresSettings,
} from './embedded-postgres-settings.js';
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.js';
import { Supervision } from './embedded-postgres-supervision.js';

const POLL_MS = 20;
const ANSWER_TIMEOUT_MS = 300_000; // recovery after a crash replays up to max_wal_size, on a slow disk too
const LEFTOVERS_TIMEOUT_MS = 60_000; // a child of a killed server may finish its statement first
const BUSY_TIMEOUT_MS = 10_000;
/** No socket yet, or 57P03: the server is starting, recovering or shutting down. */
const NOT_ANSWERING = new Set(['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', '57P03']);

export interface EmbeddedPostgresOptions {
  /** Holdfast's data folder; the database lies in `pgdata` inside it. Created with mode 0700 when missing. */
  readonly dataDir: string;
  readonly log: DatabaseLog;
  /**
   * What to do when a living process already runs this database: `refuse` waits 10 s for it to finish, then throws;
   * `share` uses its server and leaves it running (commands beside a running manager).
   */
  readonly whenBusy?: 'refuse' | 'share';
  /** Server settings that differ from ours, for databases whose loss is no loss. */
  readonly settings?: PostgresSettings;
}

export interface EmbeddedPostgres {
  /** The owner of the database and its schema: migrates, creates the serving role. Not a superuser. */
  readonly owner: DatabaseConnection;
  /** For maintenance of the server itself; nothing that serves requests may use it. */
  readonly superuser: DatabaseConnection;
  /** True when the server outlived the process that started it, or belongs to a living one that we share it with. */
  readonly reused: boolean;
  /** Resolves when the server is gone although nobody called `stop`; never rejects. The process should end with an error. */
  readonly unexpectedExit: Promise<Error>;
  /** Ends the server (fast; immediate when it does not obey within 20 s) and returns when it is gone. Repeatable. */
  stop(): Promise<void>;
}

/** What one start works with. */
interface Home {
  readonly dataDir: string;
  readonly dataFolder: string;
  readonly startLog: string;
  readonly binaries: PostgresBinaries;
  readonly identity: ServerIdentity;
  readonly socketFolder: string;
  readonly log: DatabaseLog;
}

interface RunningServer {
  readonly postmaster: Postmaster;
  readonly superuser: DatabaseConnection;
  readonly client: Client;
}

/**
 * Starts PostgreSQL for this data folder, or takes over the server that a killed process left behind, and makes sure
 * that the database and its owner exist. Reached by a UNIX socket in a folder closed to others; never by TCP.
 * @throws Error with a remedy when it cannot be started here, or when another process runs it.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const home = await openHome(options);
  const found = await findRunning(home);
  const server = found ?? (await launch(home, options.settings));
  try {
    const isOwner = await claim(server.client, options.whenBusy ?? 'refuse', home.dataDir);
    if (isOwner) await ensureDatabase(server.client);
    else await untilDatabaseExists(server.client);
    const supervision = new Supervision(server.postmaster, server.client, {
      isOwner,
      log: home.log,
      reconnect: () => connect(server.superuser),
    });
    return {
      owner: { ...server.superuser, user: OWNER_ROLE, database: DATABASE },
      superuser: server.superuser,
      reused: found !== undefined,
      unexpectedExit: supervision.unexpectedExit,
      stop: async () => {
        await supervision.stop();
        if (isOwner && path.dirname(home.socketFolder) !== home.dataDir)
          await rmdir(home.socketFolder).catch(() => undefined);
      },
    };
  } catch (error) {
    await server.client.end().catch(() => undefined);
    if (found === undefined) server.postmaster.signal('SIGINT');
    throw error;
  }
}

async function openHome(options: EmbeddedPostgresOptions): Promise<Home> {
  const { log } = options;
  const binaries = await findPostgresBinaries();
  const identity = await serverIdentity();
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  const dataDir = await realpath(options.dataDir);
  if (dataDir.includes('\n')) throw new Error('The path of the data folder must not hold a line break.');
  await openPathTo(dataDir, identity);
  await assertReachable(path.dirname(binaries.postgres), identity);
  const dataFolder = path.join(dataDir, 'pgdata');
  await ensureCluster(dataFolder, { binaries, identity, log, durable: options.settings?.['fsync'] !== 'off' });
  const socketFolder = await prepareSocketFolder(dataDir, identity);
  const startLog = path.join(dataDir, 'pgdata-start.log');
  return { dataDir, dataFolder, startLog, binaries, identity, socketFolder, log };
}

/** The server that already runs on this data folder, once it answers; undefined when there is none. */
async function findRunning(home: Home): Promise<RunningServer | undefined> {
  const deadline = performance.now() + ANSWER_TIMEOUT_MS;
  for (;;) {
    const pidFile = await readPidFile(home.dataFolder);
    if (pidFile === undefined) return undefined;
    const serving =
      pidFile.pid === 0 ? await anyoneServes(home.dataFolder) : await servesFolder(pidFile.pid, home.dataFolder);
    if (!serving) return undefined;
    if (pidFile.socketFolder !== '') {
      const superuser = superuserAt(pidFile.socketFolder, pidFile.port);
      const client = await connectIfListening(superuser, home.identity);
      if (client) return { postmaster: Postmaster.adopt(pidFile.pid, home.dataFolder), superuser, client };
    }
    if (performance.now() > deadline) {
      throw new Error(`The embedded database (process ${pidFile.pid}) runs but does not answer. See ${home.startLog}.`);
    }
    await delay(POLL_MS);
  }
}

async function launch(home: Home, overrides: PostgresSettings | undefined): Promise<RunningServer> {
  const settings = serverSettings(home.socketFolder, overrides);
  const command = [home.binaries.postgres, '-D', home.dataFolder, ...settingsAsArguments(settings)];
  const deadline = performance.now() + LEFTOVERS_TIMEOUT_MS;
  for (;;) {
    await clearStaleLocks(home.dataFolder, home.socketFolder, EMBEDDED_PORT);
    const postmaster = await Postmaster.start(command, home, home.identity);
    const client = await connectWhileRunning(postmaster, home);
    if (client) {
      await pruneServerLogs(home.dataFolder);
      return { postmaster, superuser: superuserAt(home.socketFolder), client };
    }
    const winner = await findRunning(home); // another process may have started it at the same moment
    if (winner) return winner;
    const said = (await readFile(home.startLog, 'utf8').catch(() => '')).trim().slice(-1_000);
    if (!isPassing(said) || performance.now() > deadline) {
      throw new Error(
        `The embedded PostgreSQL did not start. It said: ${said || 'nothing'} (${home.startLog}, ${home.dataFolder}/log)`,
      );
    }
    await delay(POLL_MS * 5);
  }
}

/** Reasons that go away: children of a killed server that have not noticed yet, or a server that is just ending. */
function isPassing(said: string): boolean {
  return /pre-existing shared memory block|lock file ".*" already exists/.test(said);
}

/** A connection as soon as the server that we started answers; undefined when it ended before. */
async function connectWhileRunning(postmaster: Postmaster, home: Home): Promise<Client | undefined> {
  const started = performance.now();
  let told = false;
  while (await postmaster.isRunning()) {
    const owner = await readPidFile(home.dataFolder);
    if (owner?.pid === postmaster.pid) {
      const client = await connectIfListening(superuserAt(home.socketFolder), home.identity);
      if (client) return client;
    }
    const waitedMs = performance.now() - started;
    if (waitedMs > ANSWER_TIMEOUT_MS) {
      postmaster.signal('SIGQUIT');
      throw new Error(
        `The embedded PostgreSQL did not answer within ${ANSWER_TIMEOUT_MS / 1000} s. See ${home.startLog}.`,
      );
    }
    if (waitedMs > 5_000 && !told) {
      told = true;
      home.log.info('the embedded database is still starting, perhaps recovering from a crash');
    }
    await delay(POLL_MS);
  }
  return undefined;
}

function superuserAt(host: string, port: number = EMBEDDED_PORT): DatabaseConnection {
  return { host, port, user: SUPERUSER, database: 'postgres', ssl: false }; // whatever PGSSLMODE says
}

async function connectIfListening(
  connection: DatabaseConnection,
  identity: ServerIdentity,
): Promise<Client | undefined> {
  try {
    await assertPrivateFolder(connection.host, identity);
    return await connect(connection);
  } catch (error) {
    if (NOT_ANSWERING.has(errorCode(error) ?? '')) return undefined;
    if (error instanceof Error && error.message === 'Connection terminated unexpectedly') return undefined;
    throw error;
  }
}

async function connect(connection: DatabaseConnection): Promise<Client> {
  const client = new Client({ ...connection, application_name: 'holdfast-supervisor' });
  await client.connect();
  return client;
}

/**
 * Takes the lock by which one living process owns the server. It belongs to the session, so a killed process lets go of
 * it without any file to go stale.
 */
async function claim(client: Client, whenBusy: 'refuse' | 'share', dataDir: string): Promise<boolean> {
  const deadline = performance.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    if (await tryToOwn(client)) return true;
    if (whenBusy === 'share') return false;
    if (performance.now() > deadline) {
      throw new Error(`Another Holdfast process uses the data folder ${dataDir}. Stop it, or choose another folder.`);
    }
    await delay(POLL_MS * 5);
  }
}

/** A guest at the very first start waits for the owner to make the database. */
async function untilDatabaseExists(client: Client): Promise<void> {
  const deadline = performance.now() + BUSY_TIMEOUT_MS;
  while (!(await databaseExists(client))) {
    if (performance.now() > deadline)
      throw new Error('The embedded database is not set up; its owner does not get on.');
    await delay(POLL_MS);
  }
}

async function tryToOwn(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ owned: boolean }>(
    'SELECT pg_try_advisory_lock($1, $2) AS owned',
    advisoryLockKeys('embeddedServerOwner'),
  );
  return rows[0]?.owned === true;
}
