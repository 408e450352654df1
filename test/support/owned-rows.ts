import type { Client } from 'pg';

/** What a tenancy test says of a row; everything else is filled in. */
export type RowFacts = Readonly<Record<string, string | number | Buffer | null>>;

interface Column {
  readonly name: string;
  readonly type: string;
  /** A value that the column's CHECK allows, where it is a list of texts. */
  readonly allowed: string | null;
}

let counter = 0;

/**
 * Inserts rows into any table knowing nothing of it but its schema: columns that must have a value get one of their type,
 * so that a table to come is tested the day it is made.
 */
export class RowMaker {
  private constructor(
    readonly table: string,
    private readonly needed: readonly Column[],
    /** The names of all columns. */
    readonly columns: ReadonlySet<string>,
  ) {}

  static async of(client: Client, table: string): Promise<RowMaker> {
    const { rows } = await client.query<Column>(
      `SELECT a.attname AS name, format_type(a.atttypid, NULL) AS type,
              (SELECT substring(pg_get_constraintdef(c.oid) FROM '''([^'']+)''::text') FROM pg_constraint c
                WHERE c.conrelid = a.attrelid AND c.contype = 'c' AND c.conkey = ARRAY[a.attnum]
                  AND pg_get_constraintdef(c.oid) LIKE '%ARRAY%' LIMIT 1) AS allowed
         FROM pg_attribute a
        WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attnotnull
          AND NOT a.atthasdef AND a.attidentity = ''
        ORDER BY a.attnum`,
      [table],
    );
    const all = await client.query<{ name: string }>(
      'SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped',
      [table],
    );
    return new RowMaker(table, rows, new Set(all.rows.map(({ name }) => name)));
  }

  /** The statement and its values. Names of columns come from the catalogue. */
  insert(facts: RowFacts): { readonly text: string; readonly values: unknown[] } {
    const filled: Record<string, unknown> = Object.fromEntries(
      this.needed.map((column) => [column.name, column.allowed ?? sample(column.type)]),
    );
    const row = Object.entries({ ...filled, ...facts });
    const names = row.map(([name]) => `"${name}"`).join(', ');
    const places = row.map((_, index) => `$${index + 1}`).join(', ');
    return {
      text: `INSERT INTO ${this.table} (${names}) VALUES (${places})`,
      values: row.map(([, value]) => value),
    };
  }
}

function sample(type: string): unknown {
  counter += 1;
  switch (type) {
    case 'text':
      return `text_${counter}`;
    case 'integer':
    case 'bigint':
    case 'smallint':
      return 1_000_000 + counter;
    case '"char"':
      return 't';
    case 'boolean':
      return false;
    case 'uuid':
      return `00000000-0000-4000-8000-${String(counter).padStart(12, '0')}`;
    case 'bytea':
      return Buffer.from([counter & 0xff]);
    case 'text[]':
      return [];
    case 'jsonb':
    case 'json':
      return '{}';
    default:
      if (type.startsWith('timestamp')) return new Date(1_760_000_000_000 + counter);
      throw new Error(`No sample for columns of type ${type} yet.`);
  }
}
