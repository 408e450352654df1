import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { ALL_ENTITIES } from '../../../src/bootstrap/entities.js';
import { createAppDataSource } from '../../../src/platform/database/data-source.js';
import { createTestDatabase } from '../../support/database.js';

interface StoredColumn {
  readonly table: string;
  readonly column: string;
  readonly type: string;
  readonly nullable: boolean;
}

let dataSource: DataSource;
let stored: StoredColumn[];

beforeAll(async () => {
  const database = await createTestDatabase();
  const log = { info: () => undefined, warn: () => undefined };
  dataSource = createAppDataSource({ connection: database.app, entities: ALL_ENTITIES, poolSize: 1, log });
  await dataSource.initialize();
  const client = new Client(database.owner);
  await client.connect();
  const { rows } = await client.query<StoredColumn>(
    `SELECT c.relname AS table, a.attname AS column, format_type(a.atttypid, NULL) AS type, NOT a.attnotnull AS nullable
       FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped`,
  );
  await client.end();
  stored = rows;
});
afterAll(() => dataSource?.destroy());

/** TypeORM's spellings of what PostgreSQL calls otherwise. */
const SPELLINGS: Readonly<Record<string, string>> = {
  timestamptz: 'timestamp with time zone',
  int: 'integer',
  int4: 'integer',
  int8: 'bigint',
  bool: 'boolean',
};

const byName = (a: StoredColumn, b: StoredColumn): number =>
  `${a.table}.${a.column}`.localeCompare(`${b.table}.${b.column}`, 'en');

describe('entities and migrations', () => {
  it('agree on every column, its type and whether it may be null', () => {
    const declared = dataSource.entityMetadatas.flatMap((entity) =>
      entity.columns.map((column) => {
        const type = dataSource.driver.normalizeType(column);
        return {
          table: entity.tableName,
          column: column.databaseName,
          type: SPELLINGS[type] ?? type,
          nullable: column.isNullable,
        };
      }),
    );
    const tables = new Set(declared.map((column) => column.table));
    expect(tables.size).toBe(ALL_ENTITIES.length);
    expect(declared.toSorted(byName)).toEqual(stored.filter((column) => tables.has(column.table)).toSorted(byName));
  });

  it('leave no table without a primary key, and no foreign key without an index', async () => {
    const [withoutKey, withoutIndex] = await Promise.all([
      dataSource.query<{ relname: string }[]>(
        `SELECT relname FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
            AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p')`,
      ),
      dataSource.query<{ conname: string }[]>(
        // The tenant beside another column leads nowhere by itself.
        `SELECT k.conname FROM pg_constraint k, LATERAL (SELECT CASE WHEN cardinality(k.conkey) = 1 THEN k.conkey
             ELSE array_remove(k.conkey, (SELECT a.attnum FROM pg_attribute a
               WHERE a.attrelid = k.conrelid AND a.attname = 'tenant_id')) END AS columns) s
          WHERE k.contype = 'f' AND NOT EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = k.conrelid
              AND ((i.indkey::int2[])[0:cardinality(s.columns) - 1] @> s.columns
                OR (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey))`,
      ),
    ]);
    expect(withoutKey).toEqual([]);
    expect(withoutIndex).toEqual([]);
  });

  it('give every constraint a name of ours', async () => {
    const rows = await dataSource.query<{ conname: string }[]>(
      `SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'u', 'f', 'c')
          AND conname !~ '_(pk|uq|fk|ck)$' AND conrelid::regclass::text <> 'schema_migration'`,
    );
    expect(rows).toEqual([]);
  });
});
