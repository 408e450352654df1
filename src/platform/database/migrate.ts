import type { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { ALL_MIGRATIONS } from '../../migrations/all.js';
import { createOwnerDataSource, MIGRATIONS_TABLE } from './data-source.js';
import type { DatabaseConnection, DatabaseLog } from './database-connection.js';
import { withAdvisoryLock, withClient } from './owner-session.js';

export type MigrationList = typeof ALL_MIGRATIONS;

/** The database was migrated by a newer program, whose tables this one does not understand (security-design §10). */
export class UnknownSchemaVersionError extends Error {
  constructor(readonly unknown: readonly string[]) {
    super(
      `The database was migrated by a newer version of Holdfast: this one does not know ${unknown.join(', ')}. ` +
        'Start the newer version, or restore a backup that was made before it.',
    );
    this.name = 'UnknownSchemaVersionError';
  }
}

/**
 * Brings the schema up to date, each migration in its own transaction. Replicas that start together migrate once: the
 * others wait and find nothing left to do. The role `holdfast_app` must exist (`ensureAppRole`).
 * @returns the names of the migrations that ran.
 * @throws UnknownSchemaVersionError before anything is changed.
 */
export async function runMigrations(
  owner: DatabaseConnection,
  log: DatabaseLog,
  migrations: MigrationList = ALL_MIGRATIONS,
): Promise<string[]> {
  return locked(owner, async (client) => {
    if ((await pendingNames(client, migrations)).length === 0) return []; // the usual start: no second connection
    return withDataSource(owner, migrations, log, async (dataSource) => {
      const names = (await dataSource.runMigrations()).map((migration) => migration.name);
      log.info('the database schema is up to date', { migrations: names });
      return names;
    });
  });
}

/**
 * Takes back the migration that ran last.
 * @returns its name, or undefined when there is none.
 * @throws UnknownSchemaVersionError before anything is changed.
 */
export async function revertLastMigration(
  owner: DatabaseConnection,
  log: DatabaseLog,
  migrations: MigrationList = ALL_MIGRATIONS,
): Promise<string | undefined> {
  return locked(owner, async (client) => {
    await pendingNames(client, migrations); // refuses a schema that we do not know
    const before = await appliedNames(client);
    if (before.length === 0) return undefined;
    await withDataSource(owner, migrations, log, (dataSource) => dataSource.undoLastMigration());
    const after = new Set(await appliedNames(client));
    const reverted = before.find((name) => !after.has(name));
    log.info('the last migration is taken back', { migration: reverted });
    return reverted;
  });
}

/**
 * The names of the migrations that have not run, oldest first.
 * @throws UnknownSchemaVersionError
 */
export async function pendingMigrations(
  connection: DatabaseConnection,
  migrations: MigrationList = ALL_MIGRATIONS,
): Promise<string[]> {
  return withClient(connection, (client) => pendingNames(client, migrations));
}

function locked<T>(owner: DatabaseConnection, work: (client: Client) => Promise<T>): Promise<T> {
  return withClient(owner, (client) => withAdvisoryLock(client, 'migrations', () => work(client)));
}

async function withDataSource<T>(
  owner: DatabaseConnection,
  migrations: MigrationList,
  log: DatabaseLog,
  work: (dataSource: DataSource) => Promise<T>,
): Promise<T> {
  const dataSource = await createOwnerDataSource(owner, migrations, log).initialize();
  try {
    return await work(dataSource);
  } finally {
    await dataSource.destroy();
  }
}

async function pendingNames(client: Client, migrations: MigrationList): Promise<string[]> {
  const known = migrations.map((migration) => migration.name);
  const applied = await appliedNames(client);
  const unknown = applied.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new UnknownSchemaVersionError(unknown);
  return known.filter((name) => !applied.includes(name));
}

async function appliedNames(client: Client): Promise<string[]> {
  const { rows: tables } = await client.query<{ present: boolean }>('SELECT to_regclass($1) IS NOT NULL AS present', [
    `public.${MIGRATIONS_TABLE}`,
  ]);
  if (tables[0]?.present !== true) return [];
  const { rows } = await client.query<{ name: string }>(`SELECT name FROM ${MIGRATIONS_TABLE} ORDER BY id`);
  return rows.map((row) => row.name);
}
