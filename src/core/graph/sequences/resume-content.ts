import { Run } from '../run.js';
import type { GraphState } from '../state.js';
import type { TaskGraph } from '../task.js';
import { LIFECYCLE } from '../tasks.js';
import type { WorkflowTopology } from '../topology.js';
import { installCleanup } from '../workflows.js';

/** By the state of an instance: the operation that was under way in it. */
const UNDER_WAY: ReadonlyMap<string, string> = new Map([
  ['creating', `${LIFECYCLE}create`],
  ['starting', `${LIFECYCLE}start`],
]);

interface Content {
  readonly subgraph: number;
  readonly content: TaskGraph;
}

/**
 * What goes into the `before` of the event that resumes an install: an operation that will run again is cleaned up
 * after first (orchestration §3). Empty for graphs that install nothing.
 * @param topology as it is now
 * @param force whether what is under way begins anew as well
 */
export function resumeContent(
  graph: TaskGraph,
  state: GraphState,
  topology: WorkflowTopology,
  force: boolean,
): readonly Content[] {
  const run = new Run(graph, state, 0);
  const contents: Content[] = [];
  for (let place = 0; place < state.size; place += 1) {
    const { action, parent } = run.node(place);
    if (action.kind !== 'operation' || parent === undefined || action.relationship !== undefined) {
      continue;
    }
    const instance = topology.instance(action.instance);
    const interrupted =
      instance !== undefined &&
      UNDER_WAY.get(instance.state) === action.operation &&
      run.alive(place) &&
      willRunAgain(run.of(place).status, force) &&
      installs(run, parent);
    const content = interrupted ? installCleanup(topology, instance) : null;
    if (content !== null) {
      contents.push({ subgraph: parent, content });
    }
  }
  return contents;
}

/** A sending may not have gone out, and is repeated as it is. */
function willRunAgain(status: string, force: boolean): boolean {
  return (
    ['pending', 'failed', 'rescheduled'].includes(status) ||
    (force && ['sending', 'sent', 'started', 'response-sent'].includes(status))
  );
}

function installs(run: Run, subgraph: number): boolean {
  const { action, parent } = run.node(subgraph);
  return (
    (action.kind === 'subgraph' && action.rebuild === 'install') || (parent !== undefined && installs(run, parent))
  );
}
