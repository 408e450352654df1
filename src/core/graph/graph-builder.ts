import type { GraphNode, Task, TaskGraph } from './task.js';

/** Most tasks wait for one other and hold none: empty lists are shared, since graphs have a great many tasks. */
const NONE: readonly number[] = [];
/** Up to here, looking through a list is quicker and smaller than a set. */
const FEW = 8;

/** A node of the graph to be; its lists are its own once they are not empty. */
type Draft = Task & {
  action: Task['action'];
  dependencies: readonly number[];
  dependents: readonly number[];
  children: readonly number[];
  rescuer?: number;
};

/** Collects tasks and their order. A task in a subgraph waits for the subgraph's start, others for its end. */
export class GraphBuilder {
  private readonly drafts: Draft[] = [];
  /** The dependencies of tasks that have many. */
  private readonly known = new Map<number, Set<number>>();

  /** @returns its place, by which other tasks name it */
  add(task: Task, dependencies: Iterable<number> = []): number {
    const place = this.drafts.length;
    this.drafts.push({ ...task, dependencies: NONE, dependents: NONE, children: NONE });
    if (task.parent !== undefined) {
      const around = this.at(task.parent);
      around.children = appended(around.children, place);
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
    const waiting = this.at(task);
    const known = this.known.get(task);
    if (known?.has(on) ?? waiting.dependencies.includes(on)) {
      return;
    }
    const before = this.at(on);
    before.dependents = appended(before.dependents, task);
    waiting.dependencies = appended(waiting.dependencies, on);
    known?.add(on);
    if (known === undefined && waiting.dependencies.length > FEW) {
      this.known.set(task, new Set(waiting.dependencies));
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

  /** The last thing to be called. @throws TypeError for tasks that wait for one another */
  finish(name: string): TaskGraph {
    const nodes: readonly GraphNode[] = this.drafts;
    for (const draft of this.drafts) {
      if (draft.action.kind === 'subgraph' && draft.children.length === 0) {
        draft.action = { kind: 'nop' };
      }
      draft.dependencies = trimmed(draft.dependencies);
      draft.dependents = trimmed(draft.dependents);
      draft.children = trimmed(draft.children);
    }
    refuseCycles(nodes);
    const roots = [...nodes.keys()].filter((place) => nodes[place]?.parent === undefined);
    const operations = nodes.reduce((count, { action }) => count + (action.kind === 'operation' ? 1 : 0), 0);
    return { name, nodes, roots, operations };
  }

  private at(place: number): Draft {
    const draft = this.drafts[place];
    if (draft === undefined) {
      throw new TypeError('a task names one that is not there');
    }
    return draft;
  }
}

/** A list that is pushed to keeps room for many more; one that was made with its only entry does not. */
function appended(list: readonly number[], entry: number): readonly number[] {
  if (list.length === 0) {
    return [entry];
  }
  (list as number[]).push(entry);
  return list;
}

function trimmed(list: readonly number[]): readonly number[] {
  return list.length > 1 ? list.slice() : list;
}

/** Each task is two points: its start (2n) and its end (2n + 1). */
function refuseCycles(nodes: readonly GraphNode[]): void {
  const waits = new Uint32Array(2 * nodes.length);
  const reached = new Uint32Array(2 * nodes.length);
  let found = 0;
  const arrive = (point: number): void => {
    const left = (waits[point] ?? 0) - 1;
    waits[point] = left;
    if (left === 0) {
      reached[found] = point;
      found += 1;
    }
  };
  nodes.forEach(({ dependencies, children, parent, rescues }, place) => {
    // One more than there is to wait for; it is taken away below, so that those that wait for nothing are found.
    waits[2 * place] = 1 + dependencies.length + (parent === undefined ? 0 : 1) + (rescues === undefined ? 0 : 1);
    waits[2 * place + 1] = 1 + children.length;
  });
  for (let place = 0; place < nodes.length; place += 1) {
    arrive(2 * place);
  }
  for (let next = 0; next < found; next += 1) {
    const point = reached[next] ?? 0;
    const node = nodes[point >> 1];
    if (node === undefined) {
      continue;
    }
    const { children, dependents, parent, rescuer } = node;
    if (point % 2 === 0) {
      arrive(point + 1);
      children.forEach((child) => arrive(2 * child));
      continue;
    }
    dependents.forEach((dependent) => arrive(2 * dependent));
    if (parent !== undefined) {
      arrive(2 * parent + 1);
    }
    if (rescuer !== undefined) {
      arrive(2 * rescuer);
    }
  }
  if (found !== waits.length) {
    throw new TypeError('tasks of a graph wait for one another');
  }
}
