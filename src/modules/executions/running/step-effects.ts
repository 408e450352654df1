import type { Command, GraphState } from '../../../core/graph/state.js';
import type { GraphNode, TaskGraph } from '../../../core/graph/task.js';
import type { KeptResult, StateChange } from '../../deployments/running/deployment-runtime.port.js';
import type { EventRecord } from '../events/event-writer.service.js';
import { taskText, type TaskMoment } from './event-texts.js';
import type { GraphChange, OperationChange } from './graph-store.repository.js';
import { nodeAt, OperationRows, type OperationRow } from './operation-rows.js';

export type Send = Extract<Command, { type: 'send' }>;
export type End = Extract<Command, { type: 'end' }>;
type Recorded = Extract<Command, { type: 'record' }>;
export type Later = Extract<Command, { type: 'wake' | 'rebuild' | 'deadline' }>;
export type AboutTask = Extract<Command, { type: 'await' | 'kill' }>;

/** Of an operation's row; its event has more of it. */
const ERROR_LENGTH = 10_000;
const MOMENTS: Readonly<Record<string, TaskMoment>> = {
  started: 'started',
  succeeded: 'succeeded',
  failed: 'failed',
  rescheduled: 'rescheduled',
};

/** What a step has to do besides: collected from its commands, written with the state, done after the commit. */
export class StepEffects {
  readonly states: StateChange[] = [];
  readonly kept: KeptResult[] = [];
  readonly records: EventRecord[];
  readonly sends: Send[] = [];
  readonly later: Later[] = [];
  readonly awaited: AboutTask[] = [];
  readonly killed: AboutTask[] = [];
  end: End | null = null;
  hasResults = false;
  private readonly operations = new Map<string, OperationChange>();
  private readonly retries: Recorded[] = [];
  private state: GraphState;

  constructor(
    private readonly graph: TaskGraph,
    private readonly before: GraphState,
    private readonly of: { readonly executionId: string; readonly nodes: ReadonlyMap<string, string> },
    /** What came in before the step: lines of operations. */
    earlier: readonly EventRecord[],
  ) {
    this.state = before;
    this.records = [...earlier];
  }

  /** @param after the state that the command came with */
  add(command: Command, after: GraphState, at: Date): void {
    this.state = after;
    switch (command.type) {
      case 'send':
        this.sends.push(command);
        this.change(command.task, command.attempt, 'sending');
        if (command.again !== true) this.tell('sending', command, at);
        break;
      case 'await':
        this.awaited.push(command);
        break;
      case 'kill':
        this.killed.push(command);
        break;
      case 'wake':
      case 'deadline':
      case 'rebuild':
        this.later.push(command);
        break;
      case 'set-state':
        this.states.push({ instance: command.instance, state: command.state, at });
        break;
      case 'node-event':
        this.records.push({
          ...this.about(nodeAt(this.graph, after, command.task)),
          type: 'cloudify_event',
          eventType: 'workflow_node_event',
          message: command.message,
          at,
          ...this.instance(command.instance),
        });
        break;
      case 'record':
        this.record(command, at);
        break;
      case 'end':
        this.end = command;
        break;
      default:
        command satisfies never;
    }
  }

  /** What is to be stored of the graph. */
  graphChange(graphId: string): GraphChange {
    const rows = new OperationRows(graphId, this.graph, this.state);
    const fresh = (row: OperationRow): OperationRow => {
      const key = `${row.task}:${row.attempt}`;
      const state = this.operations.get(key)?.state;
      this.operations.delete(key);
      return state === undefined ? row : { ...row, state };
    };
    const added = [
      ...rows.between(this.before.size, this.state.size),
      ...this.retries.map(({ task, next = 0, retries }) => rows.row(task, next, retries + 1)),
    ].map(fresh);
    return { before: this.before, after: this.state, changed: [...this.operations.values()], added };
  }

  private record(command: Recorded, at: Date): void {
    const { task, attempt, status, cause, next, value } = command;
    const node = nodeAt(this.graph, this.state, task);
    this.change(task, attempt, status, cause);
    if (next !== undefined) this.retries.push(command);
    if (status === 'succeeded' || status === 'failed') {
      if (node.action.kind === 'operation') this.hasResults = true;
      if (next === undefined && value !== undefined) this.keep(node, true, value, at);
      else if (next === undefined && cause !== undefined) this.keep(node, false, cause, at);
    }
    const moment = MOMENTS[status];
    if (moment === undefined) return;
    if (this.state.dryRun && node.action.kind === 'operation') {
      this.tell('sending', command, at);
      this.tell('started', command, at);
    }
    // A subgraph that is opened again by a resume is recorded as started once more; a task that begins anew is pending.
    this.tell(moment, command, at);
  }

  private tell(moment: TaskMoment, command: Send | Recorded, at: Date): void {
    const node = nodeAt(this.graph, this.state, command.task);
    const { retries } = command;
    const cause = command.type === 'record' ? command.cause : undefined;
    const value = command.type === 'record' ? command.value : undefined;
    this.records.push({
      ...this.about(node),
      type: 'cloudify_event',
      eventType: moment === 'sending' ? 'sending_task' : `task_${moment}`,
      message: taskText(moment, node, {
        retries,
        isDryRun: this.state.dryRun,
        ...(cause === undefined ? {} : { cause }),
        ...(value === undefined ? {} : { value }),
      }),
      at,
      ...(cause === undefined ? {} : { causes: [{ type: causeType(command), message: cause, traceback: '' }] }),
    });
  }

  private keep(node: GraphNode, ok: boolean, result: KeptResult['result'], at: Date): void {
    const { action } = node;
    if (this.state.dryRun || (action.kind !== 'operation' && action.kind !== 'subgraph')) return;
    if (action.keeps === undefined || action.instance === null) return;
    this.kept.push({
      instance: action.instance,
      keeps: action.keeps,
      task: action.kind === 'operation' ? action.operation : node.name,
      ok,
      result,
      ...(action.kind === 'operation' && action.relationship !== undefined
        ? { relationship: action.relationship }
        : {}),
      executionId: this.of.executionId,
      at,
    });
  }

  private change(task: number, attempt: number, state: string, error?: string): void {
    this.operations.set(`${task}:${attempt}`, {
      task,
      attempt,
      state,
      error: error === undefined ? null : error.slice(0, ERROR_LENGTH).replaceAll('\0', '<NUL>').toWellFormed(),
    });
  }

  private about({ action }: GraphNode): Partial<EventRecord> {
    if (action.kind !== 'operation') return action.kind === 'nop' ? {} : this.instance(action.instance);
    const { instance, operation, relationship } = action;
    return relationship === undefined
      ? { operation, ...this.instance(instance) }
      : { operation, source: instance, target: relationship.target };
  }

  private instance(id: string | null): Partial<EventRecord> {
    if (id === null) return {};
    const node = this.of.nodes.get(id);
    return node === undefined ? { instance: id } : { instance: id, node };
  }
}

function causeType(command: Send | Recorded): string {
  if (command.type === 'send' || command.next === undefined) return 'NonRecoverableError';
  return command.status === 'rescheduled' ? 'OperationRetry' : 'RecoverableError';
}
