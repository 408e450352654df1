import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../../core/errors/app-error.js';
import type { ExecutionStatus } from '../../../core/executions/transitions.js';
import { nextPhase } from '../../../core/graph/sequences/next-phase.js';
import type { BuiltInWorkflow, FinishedPhase, Phase } from '../../../core/graph/sequences/phase.js';
import type { TaskGraph } from '../../../core/graph/task.js';
import { lifecycleRetry } from '../../../core/graph/workflows.js';
import type { WorkflowTopology } from '../../../core/graph/topology.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import type { RunningDeployment } from '../../deployments/running/deployment-runtime.port.js';
import type { EventRecord } from '../events/event-writer.service.js';
import { isPassing, patiently } from './database-errors.js';
import { beginExecution } from './execution-begin.js';
import { ExecutionEnd, isCancelling, type ExecutionEndParts, type Outcome } from './execution-end.js';
import { failureText } from './event-texts.js';
import { firstHappening } from './first-happening.js';
import { GraphRun } from './graph-run.js';
import type { GraphRunOwner, GraphRunParts, Happening, Inherited } from './graph-run-parts.js';
import type { GraphPhase, StoredGraph } from './graph-store.repository.js';
import { Lease } from './lease.js';
import { newGraph } from './new-graph.js';
import type { OperationContext } from './operation-runner.service.js';
import type { PlainPhases } from './plain-phases.service.js';
import type { ExecutionRow, HeldExecution, Hold } from './running.repository.js';
import type { End } from './step-effects.js';
import type { WorldReader } from './world-reader.service.js';

/** Before its row was read. */
const UNKNOWN_RUN = 0;
const LONGEST_PAUSE_S = 5;
/** Within it a worker takes up again what was resumed while it ran. */
const TAKEN_UP_MS = 5_000;

export interface WorkflowRunParts extends GraphRunParts, ExecutionEndParts {
  readonly worlds: WorldReader;
  readonly plain: PlainPhases;
}

/** Nodes by the ids of their instances. */
type NodesOfInstances = ReadonlyMap<string, string>;

function nodesOf({ instances }: WorkflowTopology): NodesOfInstances {
  return new Map(instances.map((instance) => [instance.id, instance.node_id]));
}

/** Brings one execution to its end, from wherever it stands: phase by phase, graph by graph. */
export class WorkflowRun implements GraphRunOwner {
  readonly lease = new Lease();
  /** `tail`: the execution has ended, and what it left under way is waited for. */
  stage: 'running' | 'tail' | 'over' = 'running';
  private requested: ExecutionStatus | null = null;
  private past: readonly FinishedPhase[] = [];
  private ending: readonly FinishedPhase[] | null = null;
  private row: ExecutionRow | null = null;
  private isHandedOver = false;
  private isLeft = false;
  private isHandedOn = false;
  private readonly left = new AbortController();
  private current: { readonly name: string; readonly phase: GraphPhase } | null = null;
  private readonly graphs: GraphRun[] = [];
  private readonly end: ExecutionEnd;

  constructor(
    private readonly parts: WorkflowRunParts,
    private readonly ctx: TenantCtx,
    private readonly held: HeldExecution,
    private readonly worker: string,
    private readonly inherited: Inherited,
  ) {
    this.end = new ExecutionEnd(parts, ctx, held, this.lease, () => this.hold());
  }

  /** What another request asked of it, or this process itself. */
  notice(status: ExecutionStatus): void {
    if (!isCancelling(status)) return;
    this.requested = status;
    this.graphs.at(-1)?.notice(status);
  }

  /** Resolves when nothing of it is left in this process. Never throws. */
  async work(): Promise<void> {
    try {
      const outcome = await this.outcome();
      if (outcome !== null && !this.lease.isLost) await this.end.finish(outcome, this.isUnderWay());
    } catch (error) {
      await this.giveUp(error);
    }
    await this.untilLeft();
    await this.endTails();
    if (this.isLeft) return;
    await Promise.all(this.graphs.map((graph) => graph.flightsEnded()));
    this.stage = 'over';
    await this.end.letGo(0);
  }

  /** Launches nothing more, gives what is under way a little time, stops it, and lets another worker go on. */
  async handOver(graceMs: number): Promise<void> {
    const until = performance.now() + graceMs;
    while (this.isUnderWay() && performance.now() < until) await delay(20);
    this.isHandedOver = true;
    await Promise.all(this.graphs.map((graph) => graph.stopFlights()));
  }

  /** Leaves what the tail still waits for to the next run. */
  async leave(): Promise<Inherited> {
    this.isLeft = true;
    this.left.abort();
    const left = await Promise.all(this.graphs.map((graph) => graph.leave()));
    return {
      flights: new Map(left.flatMap(({ flights }) => [...flights])),
      results: left.flatMap(({ results }) => results),
    };
  }

  async rebuild(of: 'install' | 'uninstall', instance: string | null): Promise<TaskGraph> {
    const topology = await this.parts.worlds.topology(this.ctx, this.row?.deployment_id ?? '');
    const found = topology.instances.find(({ id }) => id === instance);
    // What is gone needs nothing any more.
    return found === undefined
      ? { name: `re${of}`, nodes: [], roots: [], operations: 0 }
      : lifecycleRetry(topology, of, found);
  }

  async ended(ctx: TenantCtx, { outcome, failureCount, failures }: End, underWay: number): Promise<EventRecord[]> {
    const { current } = this;
    if (outcome === 'cancelled') {
      if (this.requested === 'kill_cancelling' && underWay > 0) return [];
      return this.end.write(ctx, { status: 'cancelled' }, underWay > 0);
    }
    if (current === null) return [];
    const phase: FinishedPhase = {
      name: current.name,
      outcome,
      data: current.phase.data,
      ...(outcome === 'failed' ? { error: failureText(failureCount, failures) } : {}),
    };
    this.ending = [...this.past, phase];
    await this.parts.repository.savePhases(ctx, this.hold(), this.ending);
    return [];
  }

  /** Null when there is nothing (more) to finish here. */
  private async outcome(): Promise<Outcome | null> {
    const begun = await patiently(this.lease, () =>
      this.parts.unitOfWork.run(this.ctx, (ctx) => beginExecution(this.parts, ctx, this.held, this.worker)),
    );
    if (begun === null) return null;
    const { row, past, work } = begun;
    this.row = row;
    this.past = past;
    this.notice(row.status);
    if ('status' in work) return work;
    if (row.is_force_resumed) await this.stopInherited();
    return this.phases(work.workflow, work.deployment, row);
  }

  private async phases(
    workflow: BuiltInWorkflow,
    deployment: RunningDeployment,
    row: ExecutionRow,
  ): Promise<Outcome | null> {
    const { store, unitOfWork } = this.parts;
    const context: OperationContext = {
      ctx: this.ctx,
      execution: { ...this.held, parameters: row.parameters },
      deployment,
    };
    while (!this.isStopped()) {
      const names = this.past.map(({ name }) => name);
      const stored = row.is_dry_run
        ? null
        : await patiently(this.lease, () =>
            unitOfWork.run(this.ctx, (ctx) => store.load(ctx, this.held.storageId, names)),
          );
      if (this.isStopped()) return null;
      if (stored !== null) {
        const outcome = await this.resumeGraph(context, row, stored);
        if (outcome !== 'next') return outcome;
        continue;
      }
      if (isCancelling(this.requested)) return { status: 'cancelled' };
      const decided = await this.decide(workflow, deployment, row);
      if (decided === null) return null;
      const { phase, nodes } = decided;
      if (phase.kind === 'end') {
        return phase.outcome === 'succeeded' ? { status: 'terminated' } : { status: 'failed', error: phase.error };
      }
      const outcome = await this.perform(context, row, phase, nodes);
      if (outcome !== 'next') return outcome;
    }
    return null;
  }

  /** By the world as it is now, which nobody keeps: of a large deployment it is large, and a graph runs for long. */
  private async decide(
    workflow: BuiltInWorkflow,
    deployment: RunningDeployment,
    row: ExecutionRow,
  ): Promise<{ readonly phase: Phase; readonly nodes: NodesOfInstances } | null> {
    const of = { executionId: this.held.id, past: this.past };
    const world = await patiently(this.lease, () => this.parts.worlds.world(this.ctx, deployment.storageId, of));
    return world && { phase: nextPhase(workflow, row.parameters, world), nodes: nodesOf(world.topology) };
  }

  private async perform(
    context: OperationContext,
    row: ExecutionRow,
    phase: Exclude<Phase, { kind: 'end' }>,
    nodes: NodesOfInstances,
  ): Promise<Outcome | null | 'next'> {
    if (phase.kind === 'graph') {
      const { tolerant, resumable, data, graph } = phase;
      const of = { hold: this.hold(), row, past: this.past };
      const made = await patiently(this.lease, () =>
        newGraph(this.parts, this.ctx, of, { graph, phase: { tolerant, resumable, data } }),
      );
      return made === null ? null : this.runGraph(context, row, made, nodes, { type: 'start' });
    }
    const step = {
      executionId: this.held.id,
      executionStorageId: this.held.storageId,
      deployment: context.deployment,
      isDryRun: row.is_dry_run,
      isStopped: () => this.isStopped() || isCancelling(this.requested),
    };
    const past = await patiently(this.lease, () =>
      this.parts.plain.perform(this.ctx, phase, step, (ctx, finished) =>
        this.parts.repository.savePhases(ctx, this.hold(), [...this.past, finished]),
      ),
    );
    if (past === null) return isCancelling(this.requested) ? { status: 'cancelled' } : null;
    this.past = [...this.past, past];
    return 'next';
  }

  /** Takes up a graph that was begun before: by a worker that is gone, or in an earlier run. */
  private async resumeGraph(
    context: OperationContext,
    row: ExecutionRow,
    stored: StoredGraph,
  ): Promise<Outcome | null | 'next'> {
    const { phase: stands } = stored.state;
    const isOver = stands === 'failed' || stands === 'cancelled';
    if (isCancelling(this.requested) && isOver) return { status: 'cancelled' };
    const begun = await this.takeUp(context.deployment, row, stored);
    return begun && this.runGraph(context, row, stored, begun.nodes, begun.first);
  }

  private async takeUp(
    deployment: RunningDeployment,
    row: ExecutionRow,
    stored: StoredGraph,
  ): Promise<{ readonly first: Happening; readonly nodes: NodesOfInstances } | null> {
    const topology = await patiently(this.lease, () => this.parts.worlds.topology(this.ctx, deployment.storageId));
    return topology && { first: firstHappening(this.requested, row, stored, topology), nodes: nodesOf(topology) };
  }

  private async runGraph(
    context: OperationContext,
    row: ExecutionRow,
    { storageId, id, graph, phase, state }: StoredGraph,
    nodes: NodesOfInstances,
    first: Happening,
  ): Promise<Outcome | null | 'next'> {
    const { unitOfWork, store } = this.parts;
    const counted = await patiently(this.lease, () =>
      unitOfWork.run(this.ctx, (ctx) => store.counted(ctx, this.held.storageId, graph.name)),
    );
    if (counted === null || this.isStopped()) return null;
    const toRun = { graph, state, phase, storageId: row.is_dry_run ? null : storageId, id, nodes, counted };
    const inherited = this.graphs.length === 0 ? this.inherited : undefined;
    const run = new GraphRun(this.parts, context, this.hold(), this.lease, toRun, this, inherited);
    this.graphs.push(run);
    this.current = { name: graph.name, phase };
    if (this.requested !== null && first.type !== 'cancel' && first.type !== 'kill') run.notice(this.requested);
    const end = await run.run(first);
    if (end === null) {
      this.isHandedOn = !this.isStopped();
      return null;
    }
    if (end.outcome === 'cancelled') {
      if (this.requested === 'kill_cancelling') {
        run.killFlights();
        await run.tail(false);
        return { status: 'cancelled' };
      }
      this.parts.announce(this.held);
      return null;
    }
    this.past = this.ending ?? this.past;
    return 'next';
  }

  private async giveUp(problem: unknown): Promise<void> {
    const { log } = this.parts;
    const fields = { executionId: this.held.id, error: problem };
    await Promise.all(this.graphs.map((graph) => graph.stopFlights()));
    if (isPassing(problem)) {
      log.warn('an execution is let go of, the database is away', fields);
      await this.end.letGo(Math.min(LONGEST_PAUSE_S, this.held.attempts));
      return;
    }
    log.error('an execution could not be run', fields);
    const text =
      problem instanceof AppError
        ? problem.message
        : `Internal error; the manager's log has the details under the execution's id ${this.held.id}`;
    try {
      await this.end.finish({ status: 'failed', error: text }, false);
    } catch (error) {
      log.error('an execution could not be ended', { executionId: this.held.id, error });
    }
    await this.end.letGo(LONGEST_PAUSE_S);
  }

  private async endTails(): Promise<void> {
    if (!this.isUnderWay()) return;
    this.stage = 'tail';
    await Promise.all(
      this.graphs.map((graph) =>
        graph.tail(true).catch((error: unknown) => {
          this.parts.log.warn('late results were lost', { executionId: this.held.id, error });
        }),
      ),
    );
  }

  /** It was resumed while it ran: this worker takes it up again, and with it what is under way. */
  private async untilLeft(): Promise<void> {
    if (!this.isHandedOn || this.isLeft) return;
    await delay(TAKEN_UP_MS, undefined, { signal: this.left.signal }).catch(() => undefined);
    if (!this.isLeft) this.lease.lose();
  }

  private isUnderWay(): boolean {
    return this.graphs.some((graph) => !graph.isIdle);
  }

  private async stopInherited(): Promise<void> {
    for (const flight of this.inherited.flights.values()) flight.abort.abort();
    await Promise.all([...this.inherited.flights.values()].map(({ ended }) => ended));
  }

  private isStopped(): boolean {
    return this.isHandedOver || this.isLeft || this.lease.isLost;
  }

  private hold(): Hold {
    return { storageId: this.held.storageId, worker: this.worker, run: this.row?.run ?? UNKNOWN_RUN };
  }
}
