import { createHash } from 'node:crypto';
import type { GraphState } from '../../../core/graph/state.js';
import type { GraphNode, Json, TaskGraph } from '../../../core/graph/task.js';
import { elementAt } from '../../../core/graph/vector.js';

/** A task as the API shows it (orchestration §7 "Storage"): operations and subgraphs; what else there is runs at once. */
export interface OperationRow {
  readonly id: string;
  readonly task: number;
  readonly attempt: number;
  readonly name: string;
  readonly state: string;
  readonly type: string;
  readonly dependencies: readonly string[];
  readonly parameters: Readonly<Record<string, Json>>;
}

/** The same whoever asks: an operation that is sent again goes under the same id. */
export function operationId(graphId: string, task: number, attempt: number): string {
  return idFrom(`${graphId}/${String(task)}/${String(attempt)}`);
}

/** An id in the form of a UUID, always the same for the same text. */
export function idFrom(text: string): string {
  const hash = createHash('sha256').update(text).digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x80;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex', 0, 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** @throws TypeError for a place that is not there */
export function nodeAt(graph: TaskGraph, state: GraphState, place: number): GraphNode {
  const planned = graph.nodes.length;
  const node = place < planned ? graph.nodes[place] : elementAt(state.grafted, place - planned);
  if (node === null || node === undefined) throw new TypeError('a task is named that is not there');
  return node;
}

/** Makes the rows of tasks; what lies between stored ones (states, events) is passed through. */
export class OperationRows {
  private readonly before = new Map<number, readonly number[]>();

  constructor(
    private readonly graphId: string,
    private readonly graph: TaskGraph,
    private readonly state: GraphState,
  ) {}

  /** The rows of the tasks from one place up to another, as they are before anything happened to them. */
  *between(from: number, to: number): Generator<OperationRow> {
    for (let place = from; place < to; place += 1) {
      if (isStored(nodeAt(this.graph, this.state, place))) yield this.row(place, 0, 0);
    }
  }

  row(place: number, attempt: number, retries: number): OperationRow {
    const { name, action, parent, total = 0, interval = 0 } = nodeAt(this.graph, this.state, place);
    const about =
      action.kind === 'operation'
        ? {
            node_instance_id: action.instance,
            operation: action.operation,
            ...(action.relationship === undefined ? {} : { relationship: action.relationship }),
          }
        : {};
    return {
      id: operationId(this.graphId, place, attempt),
      task: place,
      attempt,
      name,
      state: 'pending',
      type: action.kind === 'subgraph' ? 'SubgraphTask' : 'RemoteWorkflowTask',
      dependencies: this.stored(place).map((each) => operationId(this.graphId, each, 0)),
      parameters: {
        current_retries: retries,
        total_retries: total,
        retry_interval: interval,
        send_task_events: true,
        info: null,
        error: null,
        containing_subgraph: parent === undefined ? null : operationId(this.graphId, parent, 0),
        retried_task: attempt === 0 ? null : operationId(this.graphId, place, attempt - 1),
        task_kwargs: about,
      },
    };
  }

  /** The stored tasks that it waits for: the nearest ones, or the subgraph that it is in. */
  private stored(place: number): readonly number[] {
    const { dependencies, parent, rescues } = nodeAt(this.graph, this.state, place);
    const found = new Set<number>(rescues === undefined ? [] : [rescues]);
    for (const each of dependencies) {
      for (const nearest of this.nearest(each)) found.add(nearest);
    }
    if (found.size === 0 && parent !== undefined) found.add(parent);
    return [...found];
  }

  private nearest(place: number): readonly number[] {
    const node = nodeAt(this.graph, this.state, place);
    if (isStored(node)) return [place];
    let found = this.before.get(place);
    if (found === undefined) {
      found = [...new Set(node.dependencies.flatMap((each) => this.nearest(each)))];
      this.before.set(place, found);
    }
    return found;
  }
}

function isStored({ action }: GraphNode): boolean {
  return action.kind === 'operation' || action.kind === 'subgraph';
}
