import type { GraphState, TaskState } from '../../../core/graph/state.js';
import type { TaskGraph } from '../../../core/graph/task.js';
import type { WorkflowTopology } from '../../../core/graph/topology.js';
import { elementAt } from '../../../core/graph/vector.js';
import { installCleanup } from '../../../core/graph/workflows.js';
import { nodeAt } from './operation-rows.js';

const LIFECYCLE = 'cloudify.interfaces.lifecycle.';
const HALF_DONE: ReadonlyMap<string, string> = new Map([
  ['creating', `${LIFECYCLE}create`],
  ['starting', `${LIFECYCLE}start`],
]);
const ANEW: ReadonlySet<TaskState['status']> = new Set(['pending', 'failed', 'rescheduled']);

/**
 * What a resumed install puts in front of subgraphs whose operation was interrupted and begins anew: what it left half
 * made is taken down first (orchestration §3).
 */
export function cleanups(
  { graph, state }: { readonly graph: TaskGraph; readonly state: GraphState },
  topology: WorkflowTopology,
  mode: 'resume' | 'force',
): readonly { readonly subgraph: number; readonly content: TaskGraph }[] {
  const found: { subgraph: number; content: TaskGraph }[] = [];
  for (const subgraph of graph.roots) {
    const { action, children } = nodeAt(graph, state, subgraph);
    const around = elementAt(state.tasks, subgraph);
    if (action.kind !== 'subgraph' || action.rebuild !== 'install' || around === null || around.done === true) continue;
    const instance = action.instance === null ? undefined : topology.instance(action.instance);
    const half = HALF_DONE.get(instance?.state ?? '');
    if (instance === undefined || half === undefined) continue;
    const isAnew = (around.content ?? children).some((place) => {
      const node = nodeAt(graph, state, place);
      const status = elementAt(state.tasks, place)?.status ?? 'pending';
      const begins = ANEW.has(status) || (mode === 'force' && status !== 'succeeded');
      return node.action.kind === 'operation' && node.action.operation === half && begins;
    });
    const content = isAnew ? installCleanup(topology, instance) : null;
    if (content !== null) found.push({ subgraph, content });
  }
  return found;
}
