import { Injectable } from '@nestjs/common';
import type { GraphState, TaskState } from '../../../core/graph/state.js';
import type { GraphNode, Json, TaskGraph } from '../../../core/graph/task.js';
import { changedChunks, vectorOf, type Chunk } from '../../../core/graph/vector.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { execute, queryRows } from '../../../platform/database/tx.js';
import { unpackGraph } from './graph-codec.js';
import type { OperationRow } from './operation-rows.js';

const ROWS_AT_ONCE = 2_000;

/** What is kept of the phase that a graph is, so that whoever takes over need not work it out again. */
export interface GraphPhase {
  readonly tolerant: boolean;
  readonly resumable: boolean;
  readonly data: Json;
}

export interface StoredGraph {
  readonly storageId: string;
  readonly id: string;
  readonly graph: TaskGraph;
  readonly phase: GraphPhase;
  readonly state: GraphState;
}

/** The state of an operation's row after a step. */
export interface OperationChange {
  readonly task: number;
  readonly attempt: number;
  readonly state: string;
  readonly error: string | null;
}

/** A step of a graph, by what it changed. */
export interface GraphChange {
  readonly before: GraphState;
  readonly after: GraphState;
  readonly changed: readonly OperationChange[];
  readonly added: readonly OperationRow[];
}

type Progress = Omit<GraphState, 'tasks' | 'grafted'> & { readonly plan: GraphPhase };

/** Graphs under way, as they are taken up after a crash: a graph, and the chunks of its state. */
@Injectable()
export class GraphStore {
  /** The one graph of an execution that is not among these, which are over. */
  async load(ctx: TenantCtx, executionStorageId: string, past: readonly string[]): Promise<StoredGraph | null> {
    const [row] = await queryRows<{ storage_id: string; id: string; definition: Buffer; progress: Progress }>(
      ctx,
      `SELECT storage_id, id, definition, progress FROM tasks_graph
        WHERE execution_id = $1 AND definition IS NOT NULL AND name <> ALL ($2::text[]) ORDER BY storage_id LIMIT 1`,
      [executionStorageId, past],
    );
    if (!row) return null;
    const chunks = await queryRows<{ kind: string; place: number; content: readonly unknown[] }>(
      ctx,
      'SELECT kind::text AS kind, place, content FROM tasks_graph_chunk WHERE graph_id = $1',
      [row.storage_id],
    );
    const of = <T extends object>(kind: string): Iterable<Chunk<T>> =>
      chunks.filter((chunk) => chunk.kind === kind) as Iterable<Chunk<T>>;
    const { plan, ...rest } = row.progress;
    return {
      storageId: row.storage_id,
      id: row.id,
      graph: await unpackGraph(row.definition),
      phase: plan,
      state: { ...rest, tasks: vectorOf(of<TaskState>('t')), grafted: vectorOf(of<GraphNode>('g')) },
    };
  }

  /** Operations of the graphs of an execution that are over. */
  async counted(ctx: TenantCtx, executionStorageId: string, but: string): Promise<readonly [number, number]> {
    const [row] = await queryRows<{ total: number; finished: number }>(
      ctx,
      `SELECT COALESCE(sum((progress ->> 'totalOperations')::int), 0)::int AS total,
              COALESCE(sum((progress ->> 'finishedOperations')::int), 0)::int AS finished
         FROM tasks_graph WHERE execution_id = $1 AND name <> $2 AND definition IS NOT NULL`,
      [executionStorageId, but],
    );
    return [row?.total ?? 0, row?.finished ?? 0];
  }

  /** Before anything of it is sent. */
  async create(
    ctx: TenantCtx,
    of: { readonly executionStorageId: string; readonly id: string; readonly packed: Buffer; readonly at: Date },
    graph: TaskGraph,
    { phase, state, rows }: { phase: GraphPhase; state: GraphState; rows: Iterable<OperationRow> },
  ): Promise<string> {
    const [row] = await queryRows<{ storage_id: string }>(
      ctx,
      `INSERT INTO tasks_graph (id, execution_id, tenant_id, creator_id, visibility, name, created_at, definition, progress)
       SELECT $2, e.storage_id, e.tenant_id, e.creator_id, e.visibility, $3, $4, $5, $6::json
         FROM execution e WHERE e.storage_id = $1 RETURNING storage_id`,
      [of.executionStorageId, of.id, graph.name, of.at, of.packed, progressOf(state, phase)],
    );
    if (!row) throw new Error('An execution is gone whose graph was to be stored.');
    await this.addOperations(ctx, row.storage_id, rows, of.at);
    return row.storage_id;
  }

  /** One statement, and one more where operations came along. */
  async save(
    ctx: TenantCtx,
    { storageId, phase }: { readonly storageId: string; readonly phase: GraphPhase },
    { before, after, changed, added }: GraphChange,
    at: Date,
  ): Promise<void> {
    await this.addOperations(ctx, storageId, added, at);
    const tasks = changedChunks(before.tasks, after.tasks);
    const grafted = before.grafted === after.grafted ? [] : changedChunks(before.grafted, after.grafted);
    const chunks: readonly Chunk<object>[] = [...tasks, ...grafted];
    await execute(
      ctx,
      `WITH progress AS (
         UPDATE tasks_graph SET progress = $2::json WHERE storage_id = $1
       ), chunks AS (
         INSERT INTO tasks_graph_chunk (graph_id, tenant_id, kind, place, content)
         SELECT $1::bigint, $3::int, x.kind::"char", x.place, x.content::json
           FROM unnest($4::text[], $5::int[], $6::text[]) AS x (kind, place, content)
         ON CONFLICT (graph_id, kind, place) DO UPDATE SET content = excluded.content
       )
       UPDATE operation o SET state = x.state, parameters = CASE WHEN x.error IS NULL THEN o.parameters
                ELSE (o.parameters::jsonb || jsonb_build_object('error', x.error))::json END
         FROM unnest($7::int[], $8::int[], $9::text[], $10::text[]) AS x (task, attempt, state, error),
              -- Looked up one by one: joined as a whole, each step would read all operations of the graph.
              LATERAL (SELECT i.storage_id FROM operation i
                        WHERE i.graph_id = $1 AND i.task = x.task AND i.attempt = x.attempt OFFSET 0) AS k
        WHERE o.storage_id = k.storage_id`,
      [
        storageId,
        progressOf(after, phase),
        ctx.tenantId,
        chunks.map((_chunk, index) => (index < tasks.length ? 't' : 'g')),
        chunks.map(({ place }) => place),
        chunks.map(({ content }) => JSON.stringify(content)),
        changed.map(({ task }) => task),
        changed.map(({ attempt }) => attempt),
        changed.map(({ state }) => state),
        changed.map(({ error }) => error),
      ],
    );
  }

  private async addOperations(
    ctx: TenantCtx,
    graphStorageId: string,
    rows: Iterable<OperationRow>,
    at: Date,
  ): Promise<void> {
    const left = rows[Symbol.iterator]();
    for (let some = taken(left); some.length > 0; some = taken(left)) {
      await execute(
        ctx,
        `INSERT INTO operation (graph_id, tenant_id, creator_id, visibility, created_at, id, task, attempt, name, state,
                type, dependencies, parameters)
         SELECT g.storage_id, g.tenant_id, g.creator_id, g.visibility, $2, x.id, x.task, x.attempt, x.name, x.state,
                x.type, x.dependencies::text[], x.parameters::json
           FROM tasks_graph g, unnest($3::text[], $4::int[], $5::int[], $6::text[], $7::text[], $8::text[], $9::text[],
                $10::text[]) WITH ORDINALITY AS x (id, task, attempt, name, state, type, dependencies, parameters, place)
          WHERE g.storage_id = $1 ORDER BY x.place
         ON CONFLICT (graph_id, task, attempt) DO NOTHING`,
        [
          graphStorageId,
          at,
          some.map(({ id }) => id),
          some.map(({ task }) => task),
          some.map(({ attempt }) => attempt),
          some.map(({ name }) => name),
          some.map(({ state }) => state),
          some.map(({ type }) => type),
          // Ids of ours need no quoting.
          some.map(({ dependencies }) => `{${dependencies.join(',')}}`),
          some.map(({ parameters }) => JSON.stringify(parameters)),
        ],
      );
    }
  }
}

function taken(from: Iterator<OperationRow>): readonly OperationRow[] {
  const rows: OperationRow[] = [];
  while (rows.length < ROWS_AT_ONCE) {
    const { done, value } = from.next();
    if (done === true) break;
    rows.push(value);
  }
  return rows;
}

function progressOf(state: GraphState, plan: GraphPhase): string {
  const { tasks: _tasks, grafted: _grafted, ...rest } = state;
  return JSON.stringify({ ...rest, plan } satisfies Progress);
}
