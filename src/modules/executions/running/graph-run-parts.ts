import type { ExecutionStatus } from '../../../core/executions/transitions.js';
import type { GraphEvent, GraphState } from '../../../core/graph/state.js';
import type { TaskGraph } from '../../../core/graph/task.js';
import type { Clock } from '../../../platform/clock/clock.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import type { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import type { DeploymentRuntime } from '../../deployments/running/deployment-runtime.port.js';
import type { EventRecord, EventWriter } from '../events/event-writer.service.js';
import type { Flight } from './flight.js';
import type { GraphPhase, GraphStore } from './graph-store.repository.js';
import type { OperationRunner } from './operation-runner.service.js';
import type { OperationSlots } from './operation-slots.js';
import type { RunningRepository } from './running.repository.js';
import type { End } from './step-effects.js';

export type Happening = GraphEvent extends infer E ? (E extends GraphEvent ? Omit<E, 'at'> : never) : never;

export interface GraphRunParts {
  readonly unitOfWork: UnitOfWork;
  readonly repository: RunningRepository;
  readonly store: GraphStore;
  readonly runtime: DeploymentRuntime;
  readonly events: EventWriter;
  readonly operations: OperationRunner;
  readonly slots: OperationSlots;
  readonly clock: Clock;
}

export interface GraphToRun {
  readonly graph: TaskGraph;
  readonly state: GraphState;
  readonly phase: GraphPhase;
  /** Null for a dry run: nothing is stored. */
  readonly storageId: string | null;
  readonly id: string;
  /** Nodes of the instances. */
  readonly nodes: ReadonlyMap<string, string>;
  /** Operations of earlier graphs: all, and finished ones. */
  readonly counted: readonly [number, number];
}

/** What the run that this one belongs to is asked for. */
export interface GraphRunOwner {
  /** What its row says now. */
  notice(status: ExecutionStatus): void;
  /** New content for a subgraph that is retried, by the states of now (orchestration §9.4). */
  rebuild(of: 'install' | 'uninstall', instance: string | null): Promise<TaskGraph>;
  /** In the transaction of the last step; whatever it writes ends with the graph. */
  ended(ctx: TenantCtx, end: End, underWay: number): Promise<readonly EventRecord[]>;
}

/** What an earlier run of the same execution left under way in this process. */
export interface Inherited {
  readonly flights: ReadonlyMap<string, Flight>;
  /** Results that came too late for it to write. */
  readonly results: readonly Happening[];
}
