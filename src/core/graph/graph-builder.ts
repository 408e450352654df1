import type { GraphNode, Task, TaskGraph } from './task.js';

interface Open {
  task: Task;
  readonly dependencies: Set<number>;
  readonly dependents: number[];
  readonly children: number[];
  rescuer?: number;
}

/** Collects tasks and their order. A task in a subgraph waits for the subgraph's start, others for its end. */
export class GraphBuilder {
  private readonly open: Open[] = [];

  /** @returns its place, by which other tasks name it */
  add(task: Task, dependencies: Iterable<number> = []): number {
    const place = this.open.length;
    this.open.push({ task, dependencies: new Set(), dependents: [], children: [] });
    if (task.parent !== undefined) {
      this.at(task.parent).children.push(place);
    }
    if (task.rescues !== undefined) {
      this.at(task.rescues).rescuer = place;
    }
    for (const dependency of dependencies) {
      this.depend(place, dependency);
    }
    return place;
  }

  depend(task: number, on: number): void {
    const { dependencies } = this.at(task);
    if (!dependencies.has(on)) {
      dependencies.add(on);
      this.at(on).dependents.push(task);
    }
  }

  /** Adds tasks that follow one another, those of a stage side by side; empty stages are passed over. */
  sequence(stages: readonly (readonly Task[])[]): readonly (readonly number[])[] {
    let before: readonly number[] = [];
    const placed: (readonly number[])[] = [];
    for (const stage of stages) {
      const previous = before;
      const places = stage.map((task) => this.add(task, previous));
      placed.push(places);
      before = places.length === 0 ? before : places;
    }
    return placed;
  }

  /** @throws TypeError for tasks that wait for one another */
  finish(name: string): TaskGraph {
    const nodes = this.open.map(({ task, dependencies, dependents, children, rescuer }): GraphNode => ({
      ...task,
      ...(task.action.kind === 'subgraph' && children.length === 0 ? { action: { kind: 'nop' } } : {}),
      dependencies: [...dependencies],
      dependents,
      children,
      ...(rescuer === undefined ? {} : { rescuer }),
    }));
    refuseCycles(nodes);
    const roots = [...nodes.keys()].filter((place) => nodes[place]?.parent === undefined);
    const operations = nodes.filter(({ action }) => action.kind === 'operation').length;
    return { name, nodes, roots, operations };
  }

  private at(place: number): Open {
    const open = this.open[place];
    if (open === undefined) {
      throw new TypeError('a task names one that is not there');
    }
    return open;
  }
}

/** Each task is two points: its start (2n) and its end (2n + 1). */
function refuseCycles(nodes: readonly GraphNode[]): void {
  const waits: number[] = [];
  nodes.forEach(({ dependencies, children, parent, rescues }, place) => {
    waits[2 * place] = dependencies.length + (parent === undefined ? 0 : 1) + (rescues === undefined ? 0 : 1);
    waits[2 * place + 1] = 1 + children.length;
  });
  const reached = [...waits.keys()].filter((point) => waits[point] === 0);
  for (const point of reached) {
    for (const next of pointsAfter(nodes, point)) {
      const left = (waits[next] ?? 0) - 1;
      waits[next] = left;
      if (left === 0) {
        reached.push(next);
      }
    }
  }
  if (reached.length !== waits.length) {
    throw new TypeError('tasks of a graph wait for one another');
  }
}

function pointsAfter(nodes: readonly GraphNode[], point: number): readonly number[] {
  const place = point >> 1;
  const node = nodes[place];
  if (node === undefined) {
    return [];
  }
  if (point % 2 === 0) {
    return [point + 1, ...node.children.map((child) => 2 * child)];
  }
  return [
    ...node.dependents.map((dependent) => 2 * dependent),
    ...(node.parent === undefined ? [] : [2 * node.parent + 1]),
    ...(node.rescuer === undefined ? [] : [2 * node.rescuer]),
  ];
}
