import type { Client } from 'pg';

/** Rows inserted and updated, by table. */
export type Written = ReadonlyMap<string, { readonly inserted: number; readonly updated: number }>;

/** The tables that a workflow writes row by row or step by step; what it writes once elsewhere is not repeated. */
export const REPEATED = [
  'event',
  'node_instance',
  'operation',
  'tasks_graph',
  'tasks_graph_chunk',
  'execution',
] as const;

const OPERATIONS_AT_ONCE = 2_000;

/** What all sessions have written until now. They tell it when they have been idle for ten seconds at the latest. */
export async function writtenUntilNow(client: Client): Promise<Written> {
  await client.query('SELECT pg_stat_clear_snapshot()');
  const { rows } = await client.query<{ relname: string; inserted: string; updated: string }>(
    `SELECT relname, n_tup_ins AS inserted, n_tup_upd AS updated FROM pg_stat_user_tables`,
  );
  return new Map(
    rows.map((row) => [row.relname, { inserted: Number(row.inserted), updated: Number(row.updated) }] as const),
  );
}

export function writtenBetween(before: Written, after: Written): Written {
  const changed = [...after].map(([table, { inserted, updated }]) => {
    const earlier = before.get(table) ?? { inserted: 0, updated: 0 };
    return [table, { inserted: inserted - earlier.inserted, updated: updated - earlier.updated }] as const;
  });
  return new Map(changed.filter(([, { inserted, updated }]) => inserted + updated > 0));
}

type Row = Readonly<Record<string, string | null>>;

interface Rows {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly Row[];
}

interface Prepared {
  readonly name: string;
  readonly text: string;
  readonly of: (rows: readonly Row[], round: Round) => readonly unknown[];
}

interface Round {
  readonly graph: string;
}

/**
 * Writes the rows of an execution once more as prepared statements: one for each table and batch, in as many batches as
 * the engine's steps were. New rows are inserted anew, changed ones get what they have, as often as they were changed.
 */
export class RowsAgain {
  private constructor(
    private readonly client: Client,
    private readonly execution: string,
    private readonly written: Written,
    private readonly kept: Readonly<Record<(typeof REPEATED)[number], Rows>>,
  ) {}

  static async of(client: Client, execution: string, written: Written): Promise<RowsAgain> {
    const { rows } = await client.query<{ graph: string; deployment: string }>(
      `SELECT g.storage_id::text AS graph, e.deployment_id::text AS deployment
         FROM execution e JOIN tasks_graph g ON g.execution_id = e.storage_id WHERE e.storage_id = $1`,
      [execution],
    );
    const [found] = rows;
    if (found === undefined || rows.length > 1) throw new Error('The execution does not have one graph.');
    return new RowsAgain(client, execution, written, {
      event: await read(client, 'event', 'execution_storage_id', execution),
      node_instance: await read(client, 'node_instance', 'deployment_id', found.deployment),
      operation: await read(client, 'operation', 'graph_id', found.graph),
      tasks_graph: await read(client, 'tasks_graph', 'storage_id', found.graph),
      tasks_graph_chunk: await read(client, 'tasks_graph_chunk', 'graph_id', found.graph),
      execution: await read(client, 'execution', 'storage_id', execution),
    });
  }

  /** Whoever started the execution, in its tenant. */
  private get scope(): Row {
    return this.kept.execution.rows[0] ?? {};
  }

  /** Each of the engine's steps changes the graph's row once. */
  get steps(): number {
    return this.updated('tasks_graph');
  }

  /** Answers how long it took, in ms. Under the serving role, within its row-level security. */
  async write(role: string): Promise<number> {
    await this.client.query(`SET ROLE ${role}`);
    try {
      const began = performance.now();
      const round = await this.transaction(() => this.begin());
      const jobs = this.jobs();
      for (let step = 0; step < this.steps; step += 1) {
        await this.transaction(async () => {
          for (const { statement, rows } of jobs) await this.run(statement, share(rows, step, this.steps), round);
        });
      }
      return performance.now() - began;
    } finally {
      await this.client.query('RESET ROLE');
    }
  }

  /** The graph and its operations, before anything is sent. */
  private async begin(): Promise<Round> {
    const { columns, rows } = this.kept.tasks_graph;
    const text = `INSERT INTO tasks_graph (${columns.map(({ name }) => name).join(', ')})
      VALUES (${columns.map(({ type }, index) => `$${index + 1}::text::${type}`).join(', ')}) RETURNING storage_id::text`;
    const row = { ...rows[0], id: crypto.randomUUID(), name: `again-${crypto.randomUUID()}` } as Row;
    const inserted = await this.client.query<{ storage_id: string }>({
      name: 'graph',
      text,
      values: columns.map(({ name }) => row[name] ?? null),
    });
    const round = { graph: inserted.rows[0]?.storage_id ?? '' };
    const operations = insertion('operation', this.kept.operation);
    for (let from = 0; from < this.kept.operation.rows.length; from += OPERATIONS_AT_ONCE) {
      const some = this.kept.operation.rows.slice(from, from + OPERATIONS_AT_ONCE);
      await this.run(
        operations,
        some.map((each) => ({ ...each, id: crypto.randomUUID(), graph_id: round.graph })),
        round,
      );
    }
    return round;
  }

  private jobs(): readonly { readonly statement: Prepared; readonly rows: readonly Row[] }[] {
    const { kept } = this;
    const chunks = this.updated('tasks_graph_chunk') + this.inserted('tasks_graph_chunk');
    return [
      { statement: executionStatement(this.execution), rows: times(kept.execution.rows, this.steps) },
      { statement: graphStatement(), rows: times(kept.tasks_graph.rows, this.steps) },
      { statement: chunkStatement(), rows: times(kept.tasks_graph_chunk.rows, chunks) },
      { statement: operationStatement(), rows: times(kept.operation.rows, this.updated('operation')) },
      { statement: instanceStatement(), rows: times(kept.node_instance.rows, this.updated('node_instance')) },
      { statement: insertion('event', kept.event), rows: kept.event.rows },
    ];
  }

  private async run(statement: Prepared, rows: readonly Row[], round: Round): Promise<void> {
    if (rows.length === 0) return;
    const { name, text } = statement;
    await this.client.query({ name, text, values: [...statement.of(rows, round)] });
  }

  private async transaction<T>(work: () => Promise<T>): Promise<T> {
    const tenant = this.scope['tenant_id'];
    await this.client.query('BEGIN');
    await this.client.query({
      name: 'scope',
      text: `SELECT set_config('holdfast.tenant', $1, true), set_config('holdfast.tenants', $2, true),
                    set_config('holdfast.administered', $3, true), set_config('holdfast.user', $4, true)`,
      values: [tenant, `{${tenant}}`, `{${tenant}}`, this.scope['creator_id']],
    });
    try {
      const result = await work();
      await this.client.query('COMMIT');
      return result;
    } catch (error) {
      await this.client.query('ROLLBACK');
      throw error;
    }
  }

  private updated(table: string): number {
    return this.written.get(table)?.updated ?? 0;
  }

  private inserted(table: string): number {
    return this.written.get(table)?.inserted ?? 0;
  }
}

/** All columns that are written, as text; `key` beside them for those that are changed. */
async function read(client: Client, table: string, column: string, value: string): Promise<Rows> {
  const { rows: columns } = await client.query<{ name: string; type: string }>(
    `SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type FROM pg_attribute a
      WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attidentity = '' AND a.attname <> 'tx'
      ORDER BY a.attnum`,
    [table],
  );
  const key = table === 'tasks_graph_chunk' ? 'NULL' : 'r.storage_id::text';
  const { rows } = await client.query<Row>(
    `SELECT ${key} AS key, ${columns.map(({ name }) => `r.${name}::text`).join(', ')} FROM ${table} r
      WHERE r.${column} = $1 ORDER BY 1`,
    [value],
  );
  return { columns, rows };
}

function insertion(table: string, { columns }: Rows): Prepared {
  const names = columns.map(({ name }) => name);
  return {
    name: `insert_${table}`,
    text: `INSERT INTO ${table} (${names.join(', ')})
      SELECT ${columns.map(({ name, type }) => (type === 'text' ? name : `${name}::${type}`)).join(', ')}
        FROM unnest(${names.map((_, index) => `$${index + 1}::text[]`).join(', ')}) AS x (${names.join(', ')})`,
    of: (rows) => names.map((name) => valuesOf(rows, name)),
  };
}

function executionStatement(execution: string): Prepared {
  return {
    name: 'execution',
    text: `UPDATE execution SET lease_until = clock_timestamp(), total_operations = $2, finished_operations = $3 WHERE storage_id = $1`,
    of: ([row]) => [execution, row?.['total_operations'], row?.['finished_operations']],
  };
}

function graphStatement(): Prepared {
  return {
    name: 'graph_progress',
    text: 'UPDATE tasks_graph SET progress = $2::json WHERE storage_id = $1',
    of: ([row], { graph }) => [graph, row?.['progress']],
  };
}

function chunkStatement(): Prepared {
  return {
    name: 'chunks',
    text: `INSERT INTO tasks_graph_chunk (graph_id, tenant_id, kind, place, content)
      SELECT $1::bigint, hf_tenant(), x.kind::"char", x.place, x.content::json FROM unnest($2::text[], $3::int[], $4::text[]) AS x (kind, place, content)
      ON CONFLICT (graph_id, kind, place) DO UPDATE SET content = excluded.content`,
    of: (rows, { graph }) => [graph, valuesOf(rows, 'kind'), valuesOf(rows, 'place'), valuesOf(rows, 'content')],
  };
}

/** By their key, whatever the planner believes of a table that has grown: the floor is not to be slow by chance. */
function byKey(table: string): string {
  return `LATERAL (SELECT one.storage_id FROM ${table} one WHERE one.storage_id = x.key OFFSET 0) AS k`;
}

/** In the rows of the first writing: they were inserted before it, as the engine's are. */
function operationStatement(): Prepared {
  return {
    name: 'operations',
    text: `UPDATE operation o SET state = x.state FROM unnest($1::bigint[], $2::text[]) AS x (key, state), ${byKey('operation')}
      WHERE o.storage_id = k.storage_id`,
    of: (rows) => [valuesOf(rows, 'key'), valuesOf(rows, 'state')],
  };
}

function instanceStatement(): Prepared {
  const names = ['state', 'version', 'system_properties', 'is_status_check_ok', 'has_configuration_drift'];
  const types = ['text', 'int', 'text', 'boolean', 'boolean'];
  return {
    name: 'instances',
    text: `UPDATE node_instance i SET ${names.map((name) => `${name} = x.${name}${name === 'system_properties' ? '::json' : ''}`).join(', ')}
      FROM unnest($1::bigint[], ${types.map((type, index) => `$${index + 2}::${type}[]`).join(', ')}) AS x (key, ${names.join(', ')}), ${byKey('node_instance')}
     WHERE i.storage_id = k.storage_id`,
    of: (rows) => [valuesOf(rows, 'key'), ...names.map((name) => valuesOf(rows, name))],
  };
}

function valuesOf(rows: readonly Row[], name: string): (string | null)[] {
  return rows.map((row) => row[name] ?? null);
}

/** So many of them, one after the other, and again from the first. */
function times(rows: readonly Row[], count: number): readonly Row[] {
  return Array.from({ length: count }, (_, index) => rows[index % rows.length] as Row);
}

/** What belongs to a step: each of them once. */
function share(rows: readonly Row[], step: number, steps: number): readonly Row[] {
  const from = Math.floor((rows.length * step) / steps);
  const some = rows.slice(from, Math.floor((rows.length * (step + 1)) / steps));
  return some.length <= 1 ? some : [...new Set(some)];
}
