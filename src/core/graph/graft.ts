import type { Run } from './run.js';
import type { GraphNode, TaskGraph } from './task.js';
import { withElement } from './vector.js';
import { without } from './without.js';

/** Gives a subgraph that is to be retried its new content, and starts it. */
export function replaceContent(run: Run, subgraph: number, content: TaskGraph): void {
  const task = without(run.of(subgraph), 'due', 'waits');
  const generation = (task.generation ?? 0) + 1;
  const places = place(run, content, (node) =>
    node.parent === undefined ? { ...node, parent: subgraph, generation } : node,
  );
  const remaining = places.filter((each) => run.node(each).rescues === undefined).length;
  run.set(subgraph, { ...task, status: 'started', generation, content: places, remaining });
  run.change({ active: run.state.active - 1 });
  run.record(subgraph);
  run.open(subgraph);
}

/**
 * Puts content in front of what a subgraph under way still has to do. One task of the content, a subgraph that is
 * ignored when it fails, must hold all others. Where something is in front already, that stays.
 */
export function graft(run: Run, subgraph: number, content: TaskGraph): void {
  const task = run.of(subgraph);
  if (task.status !== 'started' || task.held !== undefined || content.roots.length !== 1) {
    return;
  }
  run.set(subgraph, { ...task, held: true });
  run.change({ open: run.state.open + 1 });
  const places = place(run, content, (node) => (node.parent === undefined ? { ...node, releases: subgraph } : node));
  places.forEach((each) => run.enqueue(each));
}

/** @returns the places of the tasks that were outside of all subgraphs */
function place(run: Run, content: TaskGraph, adapt: (node: GraphNode) => GraphNode): readonly number[] {
  const { size, grafted, totalOperations } = run.state;
  const first = size - run.planned;
  const moved = (places: readonly number[]): readonly number[] => places.map((each) => each + size);
  let all = grafted;
  content.nodes.forEach((node, index) => {
    const { parent, rescuer, rescues } = node;
    const shifted: GraphNode = {
      ...node,
      dependencies: moved(node.dependencies),
      dependents: moved(node.dependents),
      children: moved(node.children),
      ...(parent === undefined ? {} : { parent: parent + size }),
      ...(rescuer === undefined ? {} : { rescuer: rescuer + size }),
      ...(rescues === undefined ? {} : { rescues: rescues + size }),
    };
    all = withElement(all, first + index, adapt(shifted));
  });
  run.change({
    grafted: all,
    size: size + content.nodes.length,
    totalOperations: totalOperations + content.operations,
  });
  return moved(content.roots);
}
