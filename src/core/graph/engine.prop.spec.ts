import fc from 'fast-check';
import { GraphPlayer, prerequisites } from '../../../test/support/graph-player.js';
import { workflowInstance, workflowTopology } from '../../../test/support/workflow-world.js';
import { initialState, next } from './engine.js';
import type { Result } from './state.js';
import type { TaskGraph } from './task.js';
import { installGraph, uninstallGraph } from './workflows.js';

const SETTINGS = { seed: 20261122, numRuns: 60 };
const OPERATIONS = ['create', 'configure', 'start', 'stop', 'delete'];
const OK: Result = { kind: 'success', value: null };

/** Nodes that relate to earlier ones only, with one to three instances each. */
const topologies = fc
  .array(
    fc.record({
      operations: fc.subarray(OPERATIONS),
      links: fc.array(fc.nat(8), { maxLength: 3 }),
      instances: fc.integer({ min: 1, max: 3 }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((drawn) => {
    const linked = drawn.map(({ links }, index) => [...new Set(links.filter((link) => link < index))]);
    const shapes = drawn.map(({ operations }, index) => ({
      name: `n${String(index)}`,
      operations,
      links: (linked[index] ?? []).map((to) => ({ to: `n${String(to)}`, operations: ['establish', 'unlink'] })),
    }));
    const ids = drawn.map(({ instances }, index) =>
      Array.from({ length: instances }, (_, each) => `n${String(index)}_${String(each)}`),
    );
    return { shapes, ids, linked };
  });
const graphs = fc.tuple(topologies, fc.boolean()).map(([{ shapes, ids, linked }, isInstall]): TaskGraph => {
  const instances = ids.flatMap((own, index) =>
    own.map((id) =>
      workflowInstance(
        id,
        (linked[index] ?? []).flatMap((to) => ids[to] ?? []),
        isInstall ? 'uninitialized' : 'started',
      ),
    ),
  );
  const topology = workflowTopology(shapes, instances);
  return isInstall ? installGraph(topology, { instances }) : uninstallGraph(topology, { instances });
});
const choices = fc.infiniteStream(fc.nat(1000));

function pickOf(stream: Iterator<number>): (count: number) => number {
  return (count) => (count === 0 ? 0 : Number(stream.next().value) % count);
}

function recorded(graph: TaskGraph, place: number): boolean {
  return ['operation', 'subgraph'].includes(graph.nodes[place]?.action.kind ?? '');
}

it('runs every operation once, and none before what it waits for', () => {
  fc.assert(
    fc.property(graphs, choices, (graph, stream) => {
      const player = new GraphPlayer(graph);
      player.feed({ type: 'start' });
      player.run(() => OK, pickOf(stream));
      expect(player.outcome()).toBe('succeeded');
      const ended = new Set<number>();
      const sent: number[] = [];
      const early: number[] = [];
      for (const command of player.commands) {
        if (command.type === 'send') {
          sent.push(command.task);
          early.push(...prerequisites(graph, command.task).filter((each) => recorded(graph, each) && !ended.has(each)));
        } else if (command.type === 'record' && command.status === 'succeeded') {
          ended.add(command.task);
        }
      }
      expect(early).toEqual([]);
      expect(sent.length).toBe(graph.operations);
      expect(new Set(sent).size).toBe(graph.operations);
    }),
    SETTINGS,
  );
});

it('ends well after a stop at any event and a resume, whatever failed before', () => {
  const stops = fc.constantFrom('cancel', 'force-cancel', 'kill', 'restart', 'fail');
  fc.assert(
    fc.property(graphs, choices, fc.nat(40), stops, fc.boolean(), (graph, stream, moment, how, force) => {
      const player = new GraphPlayer(graph);
      const pick = pickOf(stream);
      player.feed({ type: 'start' });
      for (let step = 0; step < moment && player.state.phase === 'running'; step += 1) {
        const sent = player.waiting[pick(player.waiting.length)];
        if (sent !== undefined) {
          player.answer(sent, OK);
        }
      }
      if (how === 'fail') {
        player.run(() => ({ kind: 'non-recoverable', cause: 'broken' }), pick);
      } else if (how !== 'restart') {
        player.feed({ type: how });
      }
      player.waiting.splice(0);
      player.feed({ type: 'resume', mode: how === 'restart' ? 'restart' : force ? 'force' : 'resume' });
      player.run(() => OK, pick);
      expect(player.outcome()).toBe('succeeded');
      expect(player.state.finishedOperations).toBe(player.state.totalOperations);
    }),
    SETTINGS,
  );
});

it('comes to the same state when a history is played again, also through JSON', () => {
  const results = fc.infiniteStream(
    fc.constantFrom<Result>(
      OK,
      OK,
      OK,
      { kind: 'non-recoverable', cause: 'x' },
      { kind: 'retry', cause: 'y', after: 1 },
    ),
  );
  fc.assert(
    fc.property(graphs, choices, results, (graph, stream, answers) => {
      const player = new GraphPlayer(graph);
      player.feed({ type: 'start' });
      player.run(() => answers.next().value ?? OK, pickOf(stream));
      let state = initialState(graph);
      for (const event of player.history) {
        state = JSON.parse(JSON.stringify(next(graph, state, event).state));
      }
      expect(state).toEqual(JSON.parse(JSON.stringify(player.state)));
    }),
    SETTINGS,
  );
});

const bytesEach = (count: number): number => {
  const shapes = [{ name: 'n', operations: ['create', 'start'] }];
  const instances = Array.from({ length: count }, (_, index) => workflowInstance(`n_${String(index)}`));
  const graph = installGraph(workflowTopology(shapes, instances), { instances });
  let state = initialState(graph);
  const first = next(graph, state, { type: 'start', at: 0 });
  state = first.state;
  const queue = [...first.commands];
  for (const command of queue) {
    if (command.type === 'send') {
      const { task, attempt } = command;
      const step = next(graph, state, { type: 'result', task, attempt, result: OK, at: 0 });
      state = step.state;
      queue.push(...step.commands);
    }
  }
  expect(state.phase).toBe('succeeded');
  return JSON.stringify(state).length / count;
};

it('takes little room for each of ten thousand instances, and no more than for each of a thousand', () => {
  const [small, large] = [bytesEach(1_000), bytesEach(10_000)];
  expect(large).toBeLessThan(1_000);
  expect(large).toBeLessThan(small * 1.2);
});
