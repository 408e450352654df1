import { Client } from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ALL_MIGRATIONS } from '../../../src/migrations/all.js';
import { createAppDataSource } from '../../../src/platform/database/data-source.js';
import type { DatabaseConnection } from '../../../src/platform/database/database-connection.js';
import {
  pendingMigrations,
  revertLastMigration,
  runMigrations,
  UnknownSchemaVersionError,
} from '../../../src/platform/database/migrate.js';
import { ensureAppRole, servingRoleName } from '../../../src/platform/database/roles.js';
import { createEmptyDatabase, createTestDatabase, maintain, type TestDatabase } from '../../support/database.js';

const silent = { info: () => undefined, warn: () => undefined };
const names = ALL_MIGRATIONS.map((migration) => migration.name);

async function rowsOf<Row>(connection: DatabaseConnection, sql: string): Promise<Row[]> {
  const client = new Client(connection);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Everything that migrations make, by kind and name, without the table that counts them. */
function schemaOf(connection: DatabaseConnection): Promise<{ kind: string; name: string }[]> {
  return rowsOf(
    connection,
    `SELECT 'relation' AS kind, relname::text AS name FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE 'schema_migration%' AND relname NOT LIKE 'PK_%'
     UNION ALL SELECT 'function', proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
     UNION ALL SELECT 'type', typname::text FROM pg_type
      WHERE typnamespace = 'public'::regnamespace AND typname NOT LIKE '%schema_migration%'
     UNION ALL SELECT 'policy', polname::text FROM pg_policy
     ORDER BY kind, name`,
  );
}

class Fails1999999999999 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE half_done (id int)');
    await runner.query('SELECT 1 / 0');
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE half_done');
  }
}

/** What leads to the rows of a foreign key: a key within a tenant needs no index that says the tenant once more. */
const SOUGHT = `LATERAL (SELECT CASE WHEN cardinality(key.conkey) = 1 THEN key.conkey ELSE array_remove(key.conkey,
  (SELECT attnum FROM pg_attribute WHERE attrelid = key.conrelid AND attname = 'tenant_id')) END AS columns) AS sought`;

describe('migrations', () => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await createEmptyDatabase();
    await ensureAppRole(database.owner, { password: 'p' });
  });

  afterEach(async () => {
    await database.drop();
    await maintain([`DROP ROLE ${servingRoleName(database.name)}`]);
  });

  it('stand in the list by the time in their names, each once', () => {
    const times = names.map((name) => Number(name.slice(-13)));
    expect(times).toEqual(times.toSorted((left, right) => left - right));
    expect(new Set(times).size).toBe(times.length);
  });

  it('run once when replicas start together', async () => {
    expect(await pendingMigrations(database.owner)).toEqual(names);
    const ran = await Promise.all(Array.from({ length: 4 }, () => runMigrations(database.owner, silent)));
    expect(ran.flat()).toEqual(names);
    expect(await pendingMigrations(database.owner)).toEqual([]);
  });

  it('go down to nothing and up again to the same schema', async () => {
    await runMigrations(database.owner, silent);
    const whole = await schemaOf(database.owner);
    const reverted: string[] = [];
    for (let name = await revertLastMigration(database.owner, silent); name !== undefined;) {
      reverted.push(name);
      name = await revertLastMigration(database.owner, silent);
    }
    expect(reverted).toEqual(names.toReversed());
    expect(await schemaOf(database.owner)).toEqual([]);
    await runMigrations(database.owner, silent);
    expect(await schemaOf(database.owner)).toEqual(whole);
  });

  it('leave nothing behind when one fails, and keep those before it', async () => {
    await expect(runMigrations(database.owner, silent, [...ALL_MIGRATIONS, Fails1999999999999])).rejects.toThrow(
      /zero/,
    );
    expect(await rowsOf(database.owner, `SELECT to_regclass('half_done') AS found`)).toEqual([{ found: null }]);
    expect(await pendingMigrations(database.owner)).toEqual([]);
  });

  it('of a newer program stop this one before it changes anything', async () => {
    await runMigrations(database.owner, silent);
    await rowsOf(
      database.owner,
      `INSERT INTO schema_migration ("timestamp", name) VALUES (2999999999999, 'FromTheFuture2999999999999')`,
    );
    const before = await schemaOf(database.owner);
    for (const attempt of [runMigrations, revertLastMigration]) {
      await expect(attempt(database.owner, silent)).rejects.toThrow(UnknownSchemaVersionError);
    }
    await expect(pendingMigrations(database.owner)).rejects.toThrow(
      /newer version of Holdfast.*FromTheFuture2999999999999/,
    );
    expect(await schemaOf(database.owner)).toEqual(before);
  });

  it('give every foreign key an index that begins with its columns, but for the tenant beside another', async () => {
    await runMigrations(database.owner, silent);
    const bare = await rowsOf(
      database.owner,
      `SELECT conrelid::regclass::text AS "table", conname AS name FROM pg_constraint AS key, ${SOUGHT}
        WHERE contype = 'f' AND connamespace = 'public'::regnamespace
          AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = key.conrelid
                           AND ((indkey::int2[])[0:cardinality(columns) - 1] @> columns
                             OR (indkey::int2[])[0:cardinality(key.conkey) - 1] @> key.conkey))`,
    );
    expect(bare).toEqual([]);
  });
});

describe('the serving data source', () => {
  it('speaks UTC, bounds its statements and reads what the role was granted', async () => {
    const database = await createTestDatabase();
    const dataSource = await createAppDataSource({
      connection: database.app,
      entities: [],
      poolSize: 2,
      log: silent,
      statementTimeoutMs: 5_000,
    }).initialize();
    const [row] = await dataSource.query(
      `SELECT current_user AS role, current_setting('TimeZone') AS zone, current_setting('statement_timeout') AS timeout,
              current_setting('search_path') AS path, current_setting('application_name') AS application`,
    );
    expect(row).toEqual({
      role: database.app.user,
      zone: 'UTC',
      timeout: '5s',
      path: 'public',
      application: 'holdfast',
    });
    await dataSource.destroy();
    await database.drop();
  });

  it('survives the loss of its connections and says so', async () => {
    const database = await createTestDatabase();
    const warned = Promise.withResolvers<string>();
    const dataSource = await createAppDataSource({
      connection: database.app,
      entities: [],
      poolSize: 1,
      log: { info: () => undefined, warn: (message) => warned.resolve(message) },
    }).initialize();
    await maintain([
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database.name}' AND application_name = 'holdfast'`,
    ]);
    expect(await warned.promise).toBe('a database connection was lost');
    expect(await dataSource.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await dataSource.destroy();
    await database.drop();
  });
});
