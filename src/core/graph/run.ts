import type { Command, Failure, GraphState, Step, TaskState } from './state.js';
import { without } from './without.js';
import type { GraphNode, Json, TaskGraph } from './task.js';
import { elementAt, withElement } from './vector.js';

const LISTED_FAILURES = 100;
const CAUSE_LENGTH = 1000;
const DONE: TaskState = { status: 'succeeded', done: true };

/**
 * One step on its way: the state being made, the commands so far, and the tasks that may be ready. Each change copies
 * only what it touches; the state that came in stays as it was.
 */
export class Run {
  readonly commands: Command[] = [];
  /** Tasks that may be ready, in the order they became so. */
  readonly ready: number[] = [];

  constructor(
    private readonly graph: TaskGraph,
    public state: GraphState,
    readonly at: number,
  ) {}

  finish(): Step {
    const { phase, open, active, failureCount } = this.state;
    if (phase === 'running' && open === 0) {
      this.end('succeeded');
    } else if (phase === 'running' && active === 0 && failureCount > 0) {
      this.end('failed');
    }
    return { state: this.state, commands: this.commands };
  }

  /** How many tasks the graph had from the beginning. */
  get planned(): number {
    return this.graph.nodes.length;
  }

  /** @throws TypeError for a place that is not in the graph */
  node(place: number): GraphNode {
    const node =
      place < this.graph.nodes.length
        ? this.graph.nodes[place]
        : elementAt(this.state.grafted, place - this.graph.nodes.length);
    if (node === null || node === undefined) {
      throw new TypeError('an event names a task that is not there');
    }
    return node;
  }

  of(place: number): TaskState {
    return elementAt(this.state.tasks, place) ?? { status: 'pending', waits: initialWaits(this.node(place)) };
  }

  set(place: number, task: TaskState): void {
    this.change({ tasks: withElement(this.state.tasks, place, task) });
  }

  change(changes: Partial<GraphState>): void {
    this.state = { ...this.state, ...changes };
  }

  /** It starts with the others, if nothing keeps it back. */
  enqueue(place: number): void {
    this.ready.push(place);
  }

  end(outcome: 'succeeded' | 'failed' | 'cancelled'): void {
    const { failureCount, failures } = this.state;
    this.change({ phase: outcome, deadline: null });
    this.commands.push({ type: 'end', outcome, failureCount, failures });
  }

  record(place: number, details: { readonly cause?: string; readonly next?: number } = {}): void {
    const { status, attempt = 0, retries = 0 } = this.of(place);
    this.commands.push({ type: 'record', task: place, attempt, status, retries, ...details });
  }

  /** Whether its outcome still matters: its content was not replaced, and nothing around it is done. */
  alive(place: number): boolean {
    const { parent, generation = 0 } = this.node(place);
    if (parent === undefined) {
      return true;
    }
    const around = this.of(parent);
    return around.done !== true && (around.generation ?? 0) === generation && this.alive(parent);
  }

  /** Whether tasks in it may start. */
  isOpen(subgraph: number | undefined): boolean {
    if (subgraph === undefined) {
      return true;
    }
    const { status, held } = this.of(subgraph);
    return status === 'started' && held === undefined;
  }

  isLaunchable(place: number): boolean {
    const { status, waits = 0, due } = this.of(place);
    const { parent } = this.node(place);
    return (
      this.state.phase === 'running' &&
      status === 'pending' &&
      waits === 0 &&
      due === undefined &&
      this.isOpen(parent) &&
      this.alive(place)
    );
  }

  content(subgraph: number): readonly number[] {
    return this.of(subgraph).content ?? this.node(subgraph).children;
  }

  succeed(place: number, value: Json = null): void {
    const { attempt = 0, retries = 0 } = this.of(place);
    this.commands.push({ type: 'record', task: place, attempt, status: 'succeeded', retries, value });
    this.done(place, 'succeeded');
  }

  /** Its dependents and what it is in go on. */
  done(place: number, status: 'succeeded' | 'failed'): void {
    const { attempt, generation } = this.of(place);
    const matters = this.alive(place);
    const ended: TaskState = { ...this.kept(place), status, ...(matters ? { done: true } : {}) };
    this.set(place, matters && status === 'succeeded' && attempt === undefined ? DONE : ended);
    if (!matters) {
      return;
    }
    if (status === 'failed' || generation !== undefined) {
      this.releaseAround(place);
    }
    this.satisfy(place);
    const node = this.node(place);
    if (node.rescues !== undefined) {
      this.done(node.rescues, 'failed');
      return;
    }
    this.leave(node);
  }

  fail(place: number, cause: string, origin = place): void {
    const node = this.node(place);
    const { remaining } = this.of(place);
    this.set(place, { ...this.kept(place), status: 'failed', ...(remaining === undefined ? {} : { remaining }) });
    this.record(place, { cause });
    if (node.onFailure === 'ignore') {
      const instance =
        node.action.kind === 'operation' || node.action.kind === 'subgraph' ? node.action.instance : null;
      this.commands.push({
        type: 'node-event',
        task: place,
        instance,
        message: `ignoring failure of task ${node.name}`,
      });
      this.done(place, 'failed');
    } else if (node.rescuer !== undefined) {
      this.set(place, { ...this.of(place), rescued: true });
      this.release(node.rescuer);
    } else if (node.parent !== undefined) {
      this.failAround(place, node.parent, cause, origin);
    } else {
      this.note(cause, origin);
    }
  }

  /** What outlives the present attempt. */
  private kept(place: number): Pick<TaskState, 'attempt' | 'generation' | 'content'> {
    const { attempt, generation, content } = this.of(place);
    return {
      ...(attempt === undefined ? {} : { attempt }),
      ...(generation === undefined ? {} : { generation }),
      ...(content === undefined ? {} : { content }),
    };
  }

  private failAround(place: number, parent: number, cause: string, origin: number): void {
    if (this.of(parent).status !== 'started' || !this.alive(place)) {
      return;
    }
    const { action, total = 0, interval = 0 } = this.node(parent);
    const { attempt = 0, retries = 0 } = this.of(parent);
    const again = action.kind === 'subgraph' && action.rebuild !== undefined && (total === -1 || retries < total);
    if (!again || this.state.phase !== 'running') {
      this.fail(parent, cause, origin);
      return;
    }
    const due = this.at + interval * 1000;
    const next = attempt + 1;
    this.set(parent, { ...this.of(parent), status: 'rescheduled' });
    this.record(parent, { cause, next });
    this.set(parent, { ...this.kept(parent), status: 'pending', attempt: next, retries: retries + 1, due });
    this.change({ active: this.state.active + 1 });
    this.rebuild(parent);
  }

  rebuild(place: number): void {
    const { action } = this.node(place);
    const { attempt = 0, due = this.at } = this.of(place);
    if (action.kind === 'subgraph' && action.rebuild !== undefined) {
      const { rebuild: of, instance } = action;
      this.commands.push({ type: 'rebuild', task: place, attempt, at: due, of, instance });
    }
  }

  private note(cause: string, origin: number): void {
    const { name, action } = this.node(origin);
    const { failures, failureCount, deadline, waitAfterFail, phase } = this.state;
    const failure: Failure = { task: origin, name, action, cause: cause.slice(0, CAUSE_LENGTH) };
    this.change({
      failureCount: failureCount + 1,
      failures: failures.length < LISTED_FAILURES ? [...failures, failure] : failures,
    });
    if (deadline === null && phase === 'running') {
      const at = this.at + waitAfterFail * 1000;
      this.change({ deadline: at });
      this.commands.push({ type: 'deadline', at });
    }
  }

  private satisfy(place: number): void {
    for (const dependent of this.node(place).dependents) {
      this.release(dependent);
    }
  }

  private release(place: number): void {
    const task = this.of(place);
    const waits = (task.waits ?? 0) - 1;
    this.set(place, { ...task, waits });
    if (waits === 0) {
      this.enqueue(place);
    }
  }

  private leave({ parent, releases }: GraphNode): void {
    if (releases !== undefined) {
      this.set(releases, without(this.of(releases), 'held'));
      this.open(releases);
    }
    if (parent === undefined) {
      this.change({ open: this.state.open - 1 });
      return;
    }
    const around = this.of(parent);
    const remaining = (around.remaining ?? 0) - 1;
    this.set(parent, { ...around, remaining });
    this.close(parent);
  }

  /** Ends a subgraph in which everything is done. */
  close(subgraph: number): void {
    if (this.of(subgraph).remaining === 0 && this.isOpen(subgraph)) {
      this.succeed(subgraph);
    }
  }

  /** Lets the tasks of a subgraph start that nothing else keeps back. */
  open(subgraph: number): void {
    for (const child of this.content(subgraph)) {
      this.enqueue(child);
    }
    this.close(subgraph);
  }

  /** Tasks elsewhere that waited for something in a subgraph, which will not be done any more, need not wait on. */
  private releaseAround(subgraph: number): void {
    const dropped = [...this.node(subgraph).children];
    const inside = new Set(dropped);
    for (const place of dropped) {
      for (const child of this.node(place).children) {
        dropped.push(child);
        inside.add(child);
      }
    }
    for (const place of dropped.filter((each) => this.of(each).done !== true)) {
      for (const dependent of this.node(place).dependents) {
        if (!inside.has(dependent)) {
          this.release(dependent);
        }
      }
    }
  }

  /** Sends it, or sends it again; it is under way from now on. */
  send(place: number, again = false): void {
    const { action } = this.node(place);
    const { attempt = 0, retries = 0 } = this.of(place);
    if (action.kind === 'operation') {
      this.change({ active: this.state.active + 1 });
      this.commands.push({ type: 'send', task: place, attempt, retries, ...(again ? { again } : {}), action });
    }
  }
}

function initialWaits({ dependencies, rescues }: GraphNode): number {
  return dependencies.length + (rescues === undefined ? 0 : 1);
}
