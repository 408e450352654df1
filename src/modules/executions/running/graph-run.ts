import { setTimeout as delay } from 'node:timers/promises';
import type { ExecutionStatus } from '../../../core/executions/transitions.js';
import { next } from '../../../core/graph/engine.js';
import type { GraphState, Result } from '../../../core/graph/state.js';
import type { EventRecord } from '../events/event-writer.service.js';
import { elementAt } from '../../../core/graph/vector.js';
import { patiently } from './database-errors.js';
import { Flight, flightKey, Flights, type FlightOwner } from './flight.js';
import type { GraphRunOwner, GraphRunParts, GraphToRun, Happening, Inherited } from './graph-run-parts.js';
import { LaunchQueue } from './launch-queue.js';
import { LEASE_MS, type Lease } from './lease.js';
import { nodeAt, operationId } from './operation-rows.js';
import type { OperationContext } from './operation-runner.service.js';
import { RecordBuffer } from './record-buffer.js';
import type { Hold } from './running.repository.js';
import { StepEffects, type AboutTask, type End, type Later, type Send } from './step-effects.js';
import { Timers } from './timers.js';

/**
 * Runs one graph: events are gathered while a transaction runs; all of them make one step; its state, effects and events
 * are one transaction; what it commands is done after the commit. So nothing is sent that is not stored, and nothing is
 * stored after the lease is lost.
 */
export class GraphRun implements FlightOwner {
  private state: GraphState;
  private queue: Happening[] = [];
  private readonly timers = new Timers();
  private readonly wakes = new Timers(); // of the graph, which wants none when it has ended
  private readonly records = new RecordBuffer(this.timers, () => this.wake());
  private readonly flights = new Flights();
  private readonly launches: LaunchQueue;
  /** Operations that an earlier worker may have begun. */
  private readonly again = new Set<string>();
  private isStepping = false;
  private wakeUp: (() => void) | null = null;
  private lastAt = 0;
  private isInterrupted = false;
  private isTail = false;
  private stopNoticed: ExecutionStatus | null = null;
  private lateResults: Happening[] = [];
  private end: End | null = null;

  constructor(
    private readonly parts: GraphRunParts,
    private readonly context: OperationContext,
    private readonly hold: Hold,
    private readonly lease: Lease,
    private readonly of: GraphToRun,
    private readonly owner: GraphRunOwner,
    private readonly inherited: Inherited = { flights: new Map(), results: [] },
  ) {
    this.state = of.state;
    this.launches = new LaunchQueue(parts.slots, () => this.wake());
    for (const flight of inherited.flights.values()) this.flights.adopt(flight, this);
    lease.signal.addEventListener('abort', () => void this.stopFlights(), { once: true });
  }

  get underWay(): number {
    return this.flights.size;
  }

  /** Nothing is under way, and all that was answered is written. */
  get isIdle(): boolean {
    return this.flights.size === 0 && !this.isStepping && !this.hasWork();
  }

  /** Goes on until the graph has ended; null when it was interrupted before. */
  async run(first: Happening): Promise<End | null> {
    this.queue.push(first);
    await this.step();
    this.queue.push(...this.inherited.results);
    while (this.end === null && !this.isInterrupted) {
      if (this.hasWork()) await this.step();
      else await this.woken();
    }
    this.wakes.clear();
    return this.end;
  }

  /**
   * Writes what operations still answer after the graph has ended, until there are none.
   * @param isOver the execution has ended as well
   */
  async tail(isOver: boolean): Promise<void> {
    this.isTail = isOver;
    while (!this.isInterrupted && (this.flights.size > 0 || this.hasWork() || !this.records.isEmpty)) {
      if (this.hasWork()) await this.step();
      else await this.woken();
    }
    this.interrupt();
  }

  /** A cancellation was asked for. */
  notice(status: ExecutionStatus): void {
    if (status === this.stopNoticed || this.end !== null) return;
    if (status === 'cancelling') this.front(status, { type: 'cancel' });
    else if (status === 'force_cancelling') this.front(status, { type: 'force-cancel' });
    else if (status === 'kill_cancelling') this.front(status, { type: 'kill' });
  }

  /** Ends the operations under way, whose answers do not count any more; resolves when their processes are gone. */
  async stopFlights(): Promise<void> {
    this.interrupt();
    this.killFlights();
    await this.flightsEnded();
  }

  /** As `stopFlights`, but what they answer at last is still written. */
  killFlights(): void {
    this.flights.abortAll();
  }

  flightsEnded(): Promise<void> {
    return this.flights.ended();
  }

  /** Leaves what is under way to the next run of the same execution. */
  async leave(): Promise<Inherited> {
    this.interrupt();
    while (this.isStepping) await delay(1);
    const results = [...this.lateResults, ...this.queue.filter(({ type }) => type === 'result')];
    return { flights: this.flights.leave(), results };
  }

  flightStarted(flight: Flight): void {
    this.push({ type: 'progress', task: flight.task, attempt: flight.attempt, status: 'started' });
  }

  flightEnded(flight: Flight, result: Result): void {
    this.flights.remove(flight);
    // What was stopped has no result, unless it was quicker.
    if (flight.abort.signal.aborted && result.kind !== 'success') this.wake();
    else this.push({ type: 'result', task: flight.task, attempt: flight.attempt, result });
  }

  flightRecord(record: EventRecord): Promise<void> {
    return this.records.add(record);
  }

  /** Nothing is written or sent any more. */
  private interrupt(): void {
    if (this.isInterrupted) return;
    this.isInterrupted = true;
    this.timers.clear();
    this.wakes.clear();
    this.launches.clear();
    this.records.close();
    this.wake();
  }

  private push(event: Happening): void {
    if (this.isInterrupted) {
      if (event.type === 'result') this.lateResults.push(event);
      return;
    }
    this.queue.push(event);
    this.wake();
  }

  private front(status: ExecutionStatus, event: Happening): void {
    this.stopNoticed = status;
    this.queue.unshift(event);
    this.wake();
  }

  private wake(): void {
    this.wakeUp?.();
  }

  private hasWork(): boolean {
    return this.queue.length > 0 || this.records.isDue || this.launches.hasGrants;
  }

  private woken(): Promise<void> {
    const woken = Promise.withResolvers<void>();
    this.wakeUp = woken.resolve;
    return woken.promise;
  }

  private async step(): Promise<void> {
    this.isStepping = true;
    try {
      // Whatever else is ready to happen now belongs to the same step.
      await new Promise((resolve) => setImmediate(resolve));
      if (!this.isInterrupted) await this.take(this.queue.splice(0), this.records.take());
    } finally {
      this.isStepping = false;
    }
  }

  private async take(events: readonly Happening[], records: readonly EventRecord[]): Promise<void> {
    const { graph, nodes } = this.of;
    const before = this.state;
    const about = { executionId: this.context.execution.id, nodes };
    const effects = new StepEffects(graph, before, about, records);
    const launched: Send[] = [];
    let state = before;
    for (const event of events) state = this.apply(state, event, effects, launched);
    state = this.useGrants(state, effects, launched);
    let status: ExecutionStatus | null = null;
    try {
      status = await this.commit(before, state, effects);
    } finally {
      this.records.makeRoom();
      if (status === null) launched.forEach(() => this.parts.slots.release());
    }
    if (status === null) {
      this.lateResults.push(...events.filter(({ type }) => type === 'result'));
      if (await this.isHandedOn()) this.interrupt();
      else this.lease.lose();
      return;
    }
    this.state = state;
    this.end = effects.end ?? this.end;
    this.perform(effects, launched);
    this.owner.notice(status);
  }

  /** What gets a place at once goes out in the same step as the command to send it. */
  private apply(state: GraphState, happening: Happening, effects: StepEffects, launched: Send[]): GraphState {
    const at = this.now();
    const step = next(this.of.graph, state, { ...happening, at });
    const asked = effects.sends.length;
    for (const command of step.commands) effects.add(command, step.state, new Date(at));
    let after = step.state;
    for (const send of effects.sends.slice(asked)) {
      if (this.parts.slots.take()) {
        launched.push(send);
        after = this.mark(after, send, effects);
      } else {
        this.launches.add(send);
      }
    }
    if (after.phase !== 'running') this.launches.clear();
    return after;
  }

  private useGrants(state: GraphState, effects: StepEffects, launched: Send[]): GraphState {
    const sends = this.launches.take();
    launched.push(...sends);
    return sends.reduce((after, send) => this.mark(after, send, effects), state);
  }

  /** `sent` is written before it is: what is only `sending` was surely never begun. */
  private mark(state: GraphState, { task, attempt }: Send, effects: StepEffects): GraphState {
    return this.apply(state, { type: 'progress', task, attempt, status: 'sent' }, effects, []);
  }

  private now(): number {
    this.lastAt = Math.max(this.lastAt, this.parts.clock.now().getTime());
    return this.lastAt;
  }

  private commit(before: GraphState, after: GraphState, effects: StepEffects): Promise<ExecutionStatus | null> {
    const { unitOfWork, repository, store, runtime, events } = this.parts;
    const { deployment } = this.context;
    const [total, finished] = this.of.counted;
    const counters = {
      total: total + after.totalOperations,
      finished: finished + after.finishedOperations,
      hasGotOn: effects.hasResults,
    };
    const change = before === after || this.of.storageId === null ? null : effects.graphChange(this.of.id);
    return patiently(this.lease, () =>
      unitOfWork.run(this.context.ctx, async (ctx) => {
        const askedAt = performance.now();
        const status = await (this.isTail
          ? repository.tailStep(ctx, this.hold, LEASE_MS)
          : repository.step(ctx, this.hold, LEASE_MS, counters));
        if (status === null || this.lease.isLost) return null;
        this.lease.confirm(askedAt);
        if (this.of.storageId !== null && change !== null) {
          const graph = { storageId: this.of.storageId, phase: this.of.phase };
          await store.save(ctx, graph, change, this.parts.clock.now());
        }
        if (effects.states.length > 0) await runtime.setStates(ctx, deployment.storageId, effects.states);
        if (effects.kept.length > 0) await runtime.keepResults(ctx, deployment.storageId, effects.kept);
        const last = effects.end === null ? [] : await this.owner.ended(ctx, effects.end, this.flights.size);
        await events.write(ctx, this.hold.storageId, [...effects.records, ...last]);
        return status;
      }),
    );
  }

  private async isHandedOn(): Promise<boolean> {
    const { unitOfWork, repository } = this.parts;
    const { ctx } = this.context;
    if (this.lease.isLost) return false;
    return (
      (await patiently(this.lease, () => unitOfWork.run(ctx, (ctx) => repository.isHandedOn(ctx, this.hold)))) === true
    );
  }

  private perform(effects: StepEffects, launched: readonly Send[]): void {
    for (const send of launched) {
      if (this.end === null && !this.isInterrupted) this.launch(send);
      else this.parts.slots.release();
    }
    for (const command of effects.awaited) this.resumeFlight(command);
    for (const { task, attempt } of effects.killed) this.flights.abort(flightKey(task, attempt));
    for (const command of effects.later) this.schedule(command);
    this.launches.ask();
  }

  /** What was sent before: its answer comes from this process, or it is run again, since nobody else can give it. */
  private resumeFlight({ task, attempt }: AboutTask): void {
    const isUnderWay = this.inherited.flights.has(flightKey(task, attempt));
    const isAnswered = this.inherited.results.some(
      (event) => event.type === 'result' && event.task === task && event.attempt === attempt,
    );
    if (!isUnderWay && !isAnswered) this.relaunch(task, attempt);
  }

  private relaunch(task: number, attempt: number): void {
    const { action } = nodeAt(this.of.graph, this.state, task);
    if (action.kind !== 'operation') return;
    this.again.add(flightKey(task, attempt));
    this.launches.add({
      type: 'send',
      task,
      attempt,
      retries: elementAt(this.state.tasks, task)?.retries ?? 0,
      again: true,
      action,
    });
  }

  private launch(send: Send): void {
    const { task, attempt, retries, action } = send;
    const flight = new Flight(task, attempt);
    this.flights.adopt(flight, this);
    const operation = {
      taskId: operationId(this.of.id, task, attempt),
      action,
      retries,
      maxRetries: nodeAt(this.of.graph, this.state, task).total ?? 0,
      isResumed: this.again.delete(flight.key),
    };
    flight.ended = this.parts.operations
      .run(this.context, operation, {
        signal: flight.abort.signal,
        started: () => flight.owner?.flightStarted(flight),
        record: async (record) => flight.owner?.flightRecord(record),
      })
      .then((result) => {
        this.parts.slots.release();
        flight.finish(result);
      });
  }

  private schedule(command: Later): void {
    this.wakes.after(Math.max(0, command.at - this.now()), () => {
      this.lastAt = Math.max(this.lastAt, command.at);
      if (command.type === 'wake') this.push({ type: 'wake', task: command.task, attempt: command.attempt });
      else if (command.type === 'deadline') this.push({ type: 'deadline' });
      else void this.rebuild(command);
    });
  }

  private async rebuild({ task, attempt, of, instance }: Extract<Later, { type: 'rebuild' }>): Promise<void> {
    const content = await patiently(this.lease, () => this.owner.rebuild(of, instance));
    if (content !== null) this.push({ type: 'replace', task, attempt, content });
  }
}
