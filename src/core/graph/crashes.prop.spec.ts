import fc from 'fast-check';
import { prerequisites } from '../../../test/support/graph-player.js';
import { workflowInstance, workflowTopology } from '../../../test/support/workflow-world.js';
import { initialState, next } from './engine.js';
import type { Command, GraphEvent, GraphState, Result } from './state.js';
import type { TaskGraph } from './task.js';
import { elementAt } from './vector.js';
import { installGraph, lifecycleRetry, uninstallGraph } from './workflows.js';

const SETTINGS = { seed: 20261122, numRuns: process.env['HOLDFAST_TEST_LONG'] === '1' ? 5_000 : 100 };
const CONTAINED_IN = 'cloudify.relationships.contained_in';
const OPERATIONS = ['create', 'configure', 'start', 'stop', 'delete'];
const RESULTS: readonly Result[] = [
  { kind: 'success', value: null },
  { kind: 'success', value: null },
  { kind: 'success', value: null },
  { kind: 'success', value: null },
  { kind: 'retry', cause: 'not yet', after: 5 },
  { kind: 'recoverable', cause: 'shaky', after: null },
  { kind: 'non-recoverable', cause: 'broken' },
];

type Awaited = Pick<Extract<Command, { type: 'send' }>, 'task' | 'attempt'>;
type Timer = Extract<Command, { type: 'wake' | 'rebuild' }>;

interface World {
  readonly graph: TaskGraph;
  /** New content for a subgraph that is retried. */
  readonly rebuilt: (of: 'install' | 'uninstall', instance: string) => TaskGraph;
}

/** Nodes that are contained in, or connected to, earlier ones; with one to three instances each, and own retries. */
const worlds = fc
  .tuple(
    fc.array(
      fc.record({
        operations: fc.subarray(OPERATIONS),
        links: fc.array(fc.nat(7), { maxLength: 3 }),
        instances: fc.integer({ min: 1, max: 3 }),
        retries: fc.nat(2),
      }),
      { minLength: 1, maxLength: 7 },
    ),
    fc.boolean(),
    fc.boolean(),
    fc.nat(2),
  )
  .map(([drawn, isInstall, ignoreFailure, subgraphRetries]) => (again: boolean): World => {
    const linked = drawn.map(({ links }, index) => [...new Set(links.filter((link) => link < index))]);
    const ids = drawn.map((each, index) =>
      Array.from({ length: each.instances }, (_, one) => `n${String(index)}_${String(one)}`),
    );
    const shapes = drawn.map(({ operations, retries }, index) => ({
      name: `n${String(index)}`,
      operations,
      retries,
      links: (linked[index] ?? []).map((to, place) => ({
        to: `n${String(to)}`,
        operations: ['preconfigure', 'establish', 'unlink'],
        ...(place === 0 ? { type: CONTAINED_IN } : {}),
      })),
    }));
    const state = isInstall ? 'uninitialized' : 'started';
    const instances = ids.flatMap((own, index) =>
      own.map((id) =>
        workflowInstance(
          id,
          (linked[index] ?? []).flatMap((to) => ids[to] ?? []),
          state,
        ),
      ),
    );
    const topology = workflowTopology(shapes, instances, again ? 1 + subgraphRetries : 0);
    const byId = new Map(instances.map((each) => [each.id, { ...each, state: 'started' }]));
    const graph = isInstall
      ? installGraph(topology, { instances })
      : uninstallGraph(topology, { instances }, { ignoreFailure });
    return {
      graph,
      rebuilt: (of, id) => lifecycleRetry(topology, of, byId.get(id) ?? workflowInstance(id)),
    };
  });

/**
 * Runs a graph as a worker does: a step is saved before anything of it is done, and at a crash nothing of it is done.
 * Who executes remembers what it was sent, and its answers wait until somebody takes them.
 */
class CrashingWorker {
  state: GraphState;
  /** Attempts of tasks that were executed. */
  readonly ledger = new Set<string>();
  /** Tasks that were sent before something that they wait for was done. */
  readonly early: number[] = [];
  readonly subgraphs = new Map<number, string>();
  crashes = 0;
  readonly graph: TaskGraph;
  private readonly rebuilt: World['rebuilt'];
  private readonly inbox: Awaited[] = [];
  private timers: Timer[] = [];
  private now = 0;

  constructor(
    { graph, rebuilt }: World,
    private readonly resultOf: (task: number, attempt: number) => Result,
    private readonly draw: (below: number) => number,
    /** One in so many steps; 0 is never. */
    private readonly crashesOneIn: number,
  ) {
    this.graph = graph;
    this.rebuilt = rebuilt;
    this.state = initialState(graph, { waitAfterFail: 1e9 });
  }

  run(): void {
    this.feed({ type: 'start', at: this.now });
    for (let count = 0; this.state.phase === 'running'; count += 1) {
      if (count > 50_000) {
        throw new Error('the graph does not come to an end');
      }
      const answer = this.inbox.splice(this.draw(this.inbox.length), 1)[0];
      if (answer === undefined) {
        this.wakeNext();
      } else {
        const { task, attempt } = answer;
        this.feed({ type: 'result', task, attempt, result: this.resultOf(task, attempt), at: this.now });
      }
    }
  }

  private wakeNext(): void {
    const timer = this.timers.toSorted((one, other) => one.at - other.at)[0];
    if (timer === undefined) {
      throw new Error('the graph runs, but nothing can happen');
    }
    this.timers = this.timers.filter((each) => each !== timer);
    this.now = Math.max(this.now, timer.at);
    const { task, attempt } = timer;
    if (timer.type === 'wake') {
      this.feed({ type: 'wake', task, attempt, at: this.now });
    } else {
      const content = this.rebuilt(timer.of, timer.instance ?? '');
      this.feed({ type: 'replace', task, attempt, content, at: this.now });
    }
  }

  private feed(event: GraphEvent): void {
    const step = next(this.graph, this.state, event);
    this.state = step.state;
    this.save(step.commands);
    if (this.crashesOneIn > 0 && this.state.phase === 'running' && this.draw(this.crashesOneIn) === 0) {
      this.crash();
    } else {
      this.perform(step.commands);
    }
  }

  private crash(): void {
    this.crashes += 1;
    this.timers = [];
    this.state = JSON.parse(JSON.stringify(this.state)) as GraphState;
    const step = next(this.graph, this.state, { type: 'resume', mode: 'restart', at: this.now });
    this.state = step.state;
    this.save(step.commands);
    this.perform(step.commands);
  }

  private save(commands: readonly Command[]): void {
    for (const command of commands) {
      if (command.type === 'record' && this.graph.nodes[command.task]?.action.kind === 'subgraph') {
        this.subgraphs.set(command.task, command.status);
      }
    }
  }

  private perform(commands: readonly Command[]): void {
    for (const command of commands) {
      if (command.type === 'wake' || command.type === 'rebuild') {
        this.timers.push(command);
      } else if (command.type === 'send') {
        this.execute(command);
      }
    }
  }

  private execute({ task, attempt }: Awaited): void {
    const key = `${String(task)} ${String(attempt)}`;
    if (!this.ledger.has(key)) {
      this.ledger.add(key);
      this.inbox.push({ task, attempt });
      const waits = prerequisites(this.graph, task);
      this.early.push(...waits.filter((each) => elementAt(this.state.tasks, each)?.done !== true));
    }
    if (this.draw(2) === 0) {
      this.feed({ type: 'progress', task, attempt, status: 'sent', at: this.now });
    }
  }
}

const cases = fc.tuple(
  worlds,
  fc.array(fc.nat(RESULTS.length - 1), { minLength: 1, maxLength: 40 }),
  fc.infiniteStream(fc.nat(10_000)),
  fc.integer({ min: 2, max: 6 }),
);
function resultsBy(codes: readonly number[]): (task: number, attempt: number) => Result {
  return (task, attempt) =>
    RESULTS[codes[(task * 7 + attempt * 13) % codes.length] ?? 0] ?? { kind: 'success', value: null };
}
function drawing(stream: Iterator<number>): (below: number) => number {
  return (below) => (below === 0 ? 0 : Number(stream.next().value) % below);
}

it('ends as without crashes when it crashes at random moments, whatever fails and is retried', () => {
  let crashes = 0;
  fc.assert(
    fc.property(cases, ([world, codes, stream, often]) => {
      const steady = new CrashingWorker(world(false), resultsBy(codes), drawing(stream), 0);
      steady.run();
      const shaken = new CrashingWorker(world(false), resultsBy(codes), drawing(stream), often);
      shaken.run();
      crashes += shaken.crashes;
      expect(shaken.state.phase).toBe(steady.state.phase);
      expect([...shaken.subgraphs].toSorted(([a], [b]) => a - b)).toEqual(
        [...steady.subgraphs].toSorted(([a], [b]) => a - b),
      );
    }),
    SETTINGS,
  );
  expect(crashes).toBeGreaterThan(SETTINGS.numRuns);
});

it('never sends what still waits, and executes each attempt once, one after the other', () => {
  fc.assert(
    fc.property(cases, ([world, codes, stream, often]) => {
      const { graph } = world(false);
      const worker = new CrashingWorker(world(false), resultsBy(codes), drawing(stream), often);
      worker.run();
      expect(worker.early).toEqual([]);
      const attempts = new Map<number, number[]>();
      for (const key of worker.ledger) {
        const [task = 0, attempt = 0] = key.split(' ').map(Number);
        attempts.set(task, [...(attempts.get(task) ?? []), attempt]);
      }
      for (const [task, made] of attempts) {
        expect(made).toEqual(made.map((_, index) => index));
        expect(made.length).toBeLessThanOrEqual((graph.nodes[task]?.total ?? 0) + 1);
      }
      const idle = [...graph.nodes.keys()].filter(
        (place) => graph.nodes[place]?.action.kind === 'operation' && !attempts.has(place),
      );
      expect(worker.state.phase === 'succeeded' ? idle : []).toEqual([]);
    }),
    SETTINGS,
  );
});

it('executes each attempt once and comes to an end where subgraphs are retried as a whole', () => {
  let replaced = 0;
  fc.assert(
    fc.property(cases, ([world, codes, stream, often]) => {
      const worker = new CrashingWorker(world(true), resultsBy(codes), drawing(stream), often);
      worker.run();
      replaced += worker.state.size > world(true).graph.nodes.length ? 1 : 0;
      expect(worker.early).toEqual([]);
      expect(['succeeded', 'failed']).toContain(worker.state.phase);
      expect(worker.state.active).toBe(0);
      const again = next(worker.graph, worker.state, { type: 'resume', mode: 'restart', at: 0 });
      expect(again.commands).toEqual([]);
    }),
    SETTINGS,
  );
  expect(replaced).toBeGreaterThan(10);
});
