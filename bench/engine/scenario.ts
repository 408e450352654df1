import { initialState, next } from '../../src/core/graph/engine.js';
import type { Command, GraphEvent, GraphState } from '../../src/core/graph/state.js';
import { installGraph } from '../../src/core/graph/workflows.js';
import { workflowInstance, workflowTopology } from '../../test/support/workflow-world.js';

/**
 * One install in a process of its own: `scenario.ts INSTANCES SHAPE`, run with --expose-gc; prints its measures as JSON.
 * Nothing is stored and nothing is executed: an operation succeeds as soon as it is sent.
 */
export interface Measures {
  readonly instances: number;
  readonly tasks: number;
  readonly operations: number;
  /** Events that the engine was given. */
  readonly transitions: number;
  readonly buildMs: number;
  readonly runMs: number;
  /** The longest single step, which is the first one. */
  readonly startMs: number;
  readonly restartMs: number;
  readonly graphBytes: number;
  readonly stateBytes: number;
  /** Graph and state in memory when all is done, in bytes. */
  readonly heldBytes: number;
}

const RUNS = 3;
const [count = '1000', shape = 'apps'] = process.argv.slice(2);
const size = Number(count);

/** `apps`: ten on each host, all connected to one database; `chain`: each depends on the one before. */
function world(): ReturnType<typeof workflowTopology> {
  if (shape === 'chain') {
    const shapes = [{ name: 'n', operations: ['create'], links: [{ to: 'n', operations: [] }] }];
    const instances = Array.from({ length: size }, (_, index) =>
      workflowInstance(`n_${String(index)}`, index === 0 ? [] : [`n_${String(index - 1)}`]),
    );
    return workflowTopology(shapes, instances);
  }
  const shapes = [
    { name: 'host', types: ['cloudify.nodes.Compute'], operations: ['create', 'start'] },
    { name: 'db', operations: ['create', 'configure', 'start'] },
    {
      name: 'app',
      operations: ['create', 'configure', 'start'],
      links: [{ to: 'host' }, { to: 'db', operations: ['establish'] }],
    },
  ];
  const hosts = Math.max(1, Math.floor(size / 11));
  const apps = size - hosts - 1;
  return workflowTopology(shapes, [
    ...Array.from({ length: hosts }, (_, index) => workflowInstance(`host_${String(index)}`)),
    workflowInstance('db_0'),
    ...Array.from({ length: apps }, (_, index) =>
      workflowInstance(`app_${String(index)}`, [`host_${String(index % hosts)}`, 'db_0']),
    ),
  ]);
}

function measure(): Measures {
  const topology = world();
  const built = performance.now();
  const graph = installGraph(topology, { instances: topology.instances });
  const buildMs = performance.now() - built;
  const before = held();
  let state: GraphState = initialState(graph);
  let transitions = 0;
  let waiting: Command[] = [];
  let sent = 0;
  let half: GraphState | null = null;
  const feed = (event: GraphEvent): void => {
    const step = next(graph, state, event);
    state = step.state;
    transitions += 1;
    for (const command of step.commands) if (command.type === 'send') waiting.push(command);
  };
  const began = performance.now();
  feed({ type: 'start', at: 0 });
  const startMs = performance.now() - began;
  while (state.phase === 'running') {
    const now = waiting;
    waiting = [];
    for (const command of now) {
      if (command.type !== 'send') continue;
      const { task, attempt } = command;
      feed({ type: 'progress', task, attempt, status: 'sent', at: 0 });
      feed({ type: 'result', task, attempt, result: { kind: 'success', value: null }, at: 0 });
      sent += 1;
      if (sent * 2 === graph.operations || sent * 2 === graph.operations + 1) half = state;
    }
  }
  const runMs = performance.now() - began;
  if (state.phase !== 'succeeded') throw new Error(`the install ended ${state.phase}`);
  const restarted = performance.now();
  if (half !== null) next(graph, half, { type: 'resume', mode: 'restart', at: 0 });
  const restartMs = performance.now() - restarted;
  half = null;
  return {
    instances: topology.instances.length,
    tasks: graph.nodes.length,
    operations: graph.operations,
    transitions,
    buildMs,
    runMs,
    startMs,
    restartMs,
    graphBytes: JSON.stringify(graph).length,
    stateBytes: JSON.stringify(state).length,
    heldBytes: held() - before,
  };
}

function held(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return process.memoryUsage().heapUsed;
}

const runs = Array.from({ length: RUNS }, measure);
const best = runs.toSorted((one, other) => one.runMs - other.runMs)[0];
process.stdout.write(JSON.stringify(best));
