import type {
  BuiltInWorkflow,
  FinishedPhase,
  OpenModification,
  Phase,
  World,
} from '../../src/core/graph/sequences/phase.js';
import { readHealth } from '../../src/core/graph/sequences/health.js';
import { nextPhase } from '../../src/core/graph/sequences/next-phase.js';
import type { Command, Result } from '../../src/core/graph/state.js';
import type { Json, OperationAction, TaskGraph } from '../../src/core/graph/task.js';
import type { WorkflowInstance } from '../../src/core/graph/topology.js';
import { GraphPlayer } from './graph-player.js';
import type { NodeShape } from './workflow-world.js';
import { workflowTopology } from './workflow-world.js';

type Properties = Record<string, Json>;
export type Ended = Extract<Phase, { kind: 'end' }>;
type Other = Exclude<Phase, { kind: 'end' | 'graph' }>;

export const EXECUTION = 'execution';

/** A deployment that workflows run on: applies what graphs do to it, as whoever runs them must. */
export class SequencePlayer {
  instances: WorkflowInstance[];
  readonly properties = new Map<string, Properties>();
  past: FinishedPhase[] = [];
  openModification: OpenModification | null = null;
  groups: World['groups'] = { nodes: new Map(), scalingGroups: new Map() };
  /** `# name` at the start of each phase, then its operations and states. */
  readonly log: string[] = [];
  ended: Ended | null = null;
  readonly phases: Exclude<Phase, { kind: 'end' }>[] = [];
  private readonly sent: OperationAction[] = [];
  answers: (action: OperationAction) => Result = () => ({ kind: 'success', value: true });
  /** Does what phases without a graph ask for; returns their data, or an Error as failure. */
  perform: (phase: Other) => Json | Error = () => null;

  constructor(
    readonly shapes: readonly NodeShape[],
    instances: readonly WorkflowInstance[],
  ) {
    this.instances = [...instances];
  }

  get world(): World {
    return {
      topology: workflowTopology(this.shapes, this.instances),
      health: new Map([...this.properties].map(([id, each]) => [id, readHealth(each)])),
      groups: this.groups,
      // As it comes from where it is kept.
      past: JSON.parse(JSON.stringify(this.past)) as FinishedPhase[],
      openModification: this.openModification,
      executionId: EXECUTION,
    };
  }

  run(workflow: BuiltInWorkflow, parameters: Readonly<Record<string, Json>> = {}): Ended {
    for (let count = 0; count < 50; count += 1) {
      const phase = nextPhase(workflow, parameters, this.world);
      if (phase.kind === 'end') {
        return phase;
      }
      this.phases.push(phase);
      this.log.push(`# ${phase.name}`);
      this.past.push(phase.kind === 'graph' ? this.play(phase) : this.other(phase));
    }
    throw new Error('the workflow does not come to an end');
  }

  /** All operations that graphs sent. */
  actions(): readonly OperationAction[] {
    return this.sent;
  }

  /** Without events. */
  lines(start = ''): readonly string[] {
    return this.log.filter((line) => line.startsWith(start) && !line.includes(': '));
  }

  private other(phase: Other): FinishedPhase {
    const data = this.perform(phase);
    return data instanceof Error
      ? { name: phase.name, outcome: 'failed', data: null, error: data.message }
      : { name: phase.name, outcome: 'succeeded', data };
  }

  private play({ name, graph, data }: Extract<Phase, { kind: 'graph' }>): FinishedPhase {
    const player = new GraphPlayer(graph);
    player.feed({ type: 'start' });
    player.run(({ action }) => {
      this.sent.push(action);
      return this.answers(action);
    });
    this.log.push(...player.log);
    player.commands.forEach((command) => this.apply(graph, command));
    const cause = player.state.failures[0]?.cause;
    return player.outcome() === 'succeeded'
      ? { name, outcome: 'succeeded', data }
      : { name, outcome: 'failed', data, ...(cause === undefined ? {} : { error: cause }) };
  }

  apply(graph: TaskGraph, command: Command): void {
    if (command.type === 'set-state') {
      this.instances = this.instances.map((each) =>
        each.id === command.instance ? { ...each, state: command.state } : each,
      );
    } else if (command.type === 'record' && (command.status === 'succeeded' || command.status === 'failed')) {
      const action = graph.nodes[command.task]?.action;
      if ((action?.kind === 'operation' || action?.kind === 'subgraph') && action.keeps !== undefined) {
        this.keep(action, command.status === 'succeeded', command.value ?? null);
      }
    }
  }

  private keep(action: NonNullable<TaskGraph['nodes'][number]['action']>, ok: boolean, result: Json): void {
    if (action.kind !== 'operation' && action.kind !== 'subgraph') {
      return;
    }
    const id = action.instance ?? '';
    const found = { ok, result, task: 'task' };
    switch (action.keeps) {
      case 'status':
        this.note(id, { status: found });
        break;
      case 'drift':
        this.note(id, { configuration_drift: found });
        break;
      case 'heal':
        this.note(id, ok ? { status: { ...found, healed: true } } : { heal_failed: EXECUTION });
        break;
      case 'update':
        this.note(id, ok ? { configuration_drift: null } : { update_failed: EXECUTION });
        break;
      case 'relationship-drift': {
        const { target, side } = (action.kind === 'operation' ? action.relationship : undefined) ?? {
          target: '',
          side: 'source',
        };
        const [holder, other] = side === 'source' ? [id, target] : [target, id];
        const key = `${side}_relationships_configuration_drift`;
        const known = this.properties.get(holder)?.[key] as Properties | undefined;
        this.note(holder, { [key]: { ...known, [other]: found } });
        break;
      }
      default:
        break;
    }
  }

  note(id: string, changes: Properties): void {
    this.properties.set(id, { ...this.properties.get(id), ...changes });
  }
}
