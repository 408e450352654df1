import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Client } from 'pg';
import type { DatabaseLog } from './database-connection.js';
import {
  ensureTreeOwner,
  makePrivateFolder,
  serverEnvironment,
  type ServerIdentity,
} from './embedded-postgres-identity.js';
import { isAlive } from './embedded-postgres-process.js';
import type { PostgresBinaries } from './postgres-binaries.js';

export const SUPERUSER = 'postgres';
export const OWNER_ROLE = 'holdfast_owner';
export const DATABASE = 'holdfast';

const INITDB_TIMEOUT_MS = 300_000;
const KEPT_LOG_FILES = 5; // of at most 10 MB each

/**
 * Makes the database cluster unless it exists. It is made under a name of its own and renamed when it is whole and on
 * disk: a run that was killed leaves a folder that nobody mistakes for a database, and two starts at once cannot mix.
 */
export async function ensureCluster(
  dataFolder: string,
  options: {
    readonly binaries: PostgresBinaries;
    readonly identity: ServerIdentity;
    readonly log: DatabaseLog;
    readonly durable: boolean;
  },
): Promise<void> {
  const { identity, log } = options;
  await removeUnfinished(dataFolder);
  if (await isCluster(dataFolder)) {
    await ensureTreeOwner(dataFolder, identity);
    return;
  }
  log.info('creating the embedded database', { folder: dataFolder });
  const unfinished = `${dataFolder}.new-${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    await makePrivateFolder(unfinished, identity);
    await initialise(unfinished, options);
    await rename(unfinished, dataFolder);
    await syncFolder(path.dirname(dataFolder));
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true, maxRetries: 5 });
    if (await isCluster(dataFolder)) return; // another process was first, and its cluster is as good
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot create the embedded database in ${dataFolder}: ${reason}`, { cause: error });
  }
}

async function isCluster(folder: string): Promise<boolean> {
  return stat(path.join(folder, 'PG_VERSION')).then(
    () => true,
    () => false,
  );
}

/** What a killed run left: folders whose maker is gone, or is a process that now happens to have our pid. */
async function removeUnfinished(dataFolder: string): Promise<void> {
  const prefix = `${path.basename(dataFolder)}.new-`;
  const parent = path.dirname(dataFolder);
  for (const name of await readdir(parent)) {
    if (!name.startsWith(prefix)) continue;
    const maker = Number.parseInt(name.slice(prefix.length), 10);
    if (maker !== process.pid && isAlive(maker)) continue;
    await rm(path.join(parent, name), { recursive: true, force: true, maxRetries: 5 });
  }
}

async function initialise(
  folder: string,
  { binaries, identity, durable }: { binaries: PostgresBinaries; identity: ServerIdentity; durable: boolean },
): Promise<void> {
  const [program = '', ...argv] = [
    ...identity.prefix,
    binaries.initdb,
    `--pgdata=${folder}`,
    `--username=${SUPERUSER}`,
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8', // order by code point, upper and lower case by Unicode, the same on every machine
    '--auth-local=trust', // the socket lies in a folder that only we may enter
    '--auth-host=reject',
    '--data-checksums',
    '--no-instructions',
    ...(durable ? [] : ['--no-sync']),
  ];
  const child = spawn(program, argv, {
    cwd: folder,
    env: serverEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: INITDB_TIMEOUT_MS,
    ...identity.spawnAs,
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2_000);
  });
  await once(child, 'close');
  if (child.exitCode !== 0) {
    throw new Error(`initdb ended with ${child.exitCode ?? child.signalCode}. ${said.trim()}`);
  }
}

/** Makes a rename in this folder survive a power cut. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * The database and its owner, made once by the superuser, who does nothing else. The owner migrates and creates the
 * serving role (security-design §5); nobody may connect, or make temporary tables, without being told so.
 */
export async function ensureDatabase(superuser: Client): Promise<void> {
  const { rowCount: owners } = await superuser.query('SELECT FROM pg_roles WHERE rolname = $1', [OWNER_ROLE]);
  if (owners === 0) {
    await superuser.query(
      `CREATE ROLE ${OWNER_ROLE} LOGIN CREATEROLE NOSUPERUSER NOCREATEDB NOREPLICATION NOBYPASSRLS`,
    );
  }
  if (!(await databaseExists(superuser))) {
    await superuser.query('REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC');
    await superuser.query(`CREATE DATABASE ${DATABASE} OWNER ${OWNER_ROLE}`);
  }
  await superuser.query(`REVOKE ALL ON DATABASE ${DATABASE} FROM PUBLIC`);
}

export async function databaseExists(superuser: Client): Promise<boolean> {
  const { rowCount } = await superuser.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
  return rowCount === 1;
}

/** The server names a new log file at each start and at 10 MB, and deletes none. */
export async function pruneServerLogs(dataFolder: string): Promise<void> {
  const folder = path.join(dataFolder, 'log');
  const names = await readdir(folder).catch(() => []);
  const old = names.toSorted((left, right) => left.localeCompare(right)).slice(0, -KEPT_LOG_FILES);
  await Promise.all(old.map((name) => rm(path.join(folder, name), { force: true })));
}
