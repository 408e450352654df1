import { Client, type QueryResultRow } from 'pg';
import type { TestDatabase } from './database.js';
import { testServer } from './test-server.js';

/** What really stands in the database: neither row-level security nor the rights of a role are in the way. */
export async function asSuperuser<T>(database: TestDatabase, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ ...testServer().superuser, database: database.name });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export function allRows<R extends QueryResultRow>(
  database: TestDatabase,
  sql: string,
  params: readonly unknown[] = [],
): Promise<R[]> {
  return asSuperuser(database, async (client) => (await client.query<R>(sql, [...params])).rows);
}

/** Every table of the application, by name. */
export async function tableNames(database: TestDatabase): Promise<string[]> {
  const rows = await allRows<{ name: string }>(
    database,
    `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p') AND n.nspname = 'public' ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

/** A digest of every row of these tables: equal before and after means that nothing has changed. */
export async function digestOf(database: TestDatabase, tables: readonly string[]): Promise<Record<string, string>> {
  return asSuperuser(database, async (client) => {
    const digests: Record<string, string> = {};
    for (const table of tables) {
      const { rows } = await client.query<{ digest: string }>(
        `SELECT count(*) || ':' || coalesce(md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))), '') AS digest
           FROM ${client.escapeIdentifier(table)} t`,
      );
      digests[table] = rows[0]?.digest ?? '';
    }
    return digests;
  });
}
