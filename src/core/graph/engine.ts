import { graft, replaceContent } from './graft.js';
import { settle } from './launch.js';
import { resume } from './resume.js';
import { Run } from './run.js';
import type { GraphEvent, GraphState, Result, Step } from './state.js';
import type { TaskGraph } from './task.js';
import { isTruthy } from './truthy.js';
import { emptyVector } from './vector.js';
import { without } from './without.js';

const UNDER_WAY = new Set(['sending', 'sent', 'started', 'response-sent']);
const PROGRESS = ['sending', 'sent', 'started', 'response-sent'];

export interface GraphOptions {
  readonly dryRun?: boolean;
  /** Seconds that other tasks have after the first failure. 600 when absent (orchestration §2). */
  readonly waitAfterFail?: number;
}

export function initialState(graph: TaskGraph, options: GraphOptions = {}): GraphState {
  return {
    phase: 'new',
    dryRun: options.dryRun ?? false,
    waitAfterFail: options.waitAfterFail ?? 600,
    tasks: emptyVector(),
    grafted: emptyVector(),
    size: graph.nodes.length,
    open: graph.roots.filter((place) => graph.nodes[place]?.rescues === undefined).length,
    active: 0,
    totalOperations: graph.operations,
    finishedOperations: 0,
    failureCount: 0,
    failures: [],
    deadline: null,
  };
}

/**
 * What an event changes, and what is to be done now (orchestration §7). An event that comes late, twice, or out of
 * place changes nothing. Costs as much as changes; only `start`, `kill` and `resume` look at every task.
 */
export function next(graph: TaskGraph, state: GraphState, event: GraphEvent): Step {
  const run = new Run(graph, state, event.at);
  handle(run, graph, event);
  settle(run);
  return run.finish();
}

function handle(run: Run, graph: TaskGraph, event: GraphEvent): void {
  const { phase, deadline } = run.state;
  switch (event.type) {
    case 'start':
      if (phase === 'new') {
        run.change({ phase: 'running' });
        graph.roots.forEach((place) => run.enqueue(place));
      }
      break;
    case 'progress':
      progress(run, event);
      break;
    case 'result':
      answered(run, event.task, event.attempt, event.result);
      break;
    case 'wake':
      wake(run, event.task, event.attempt);
      break;
    case 'replace':
      if (isDue(run, event.task, event.attempt)) {
        replaceContent(run, event.task, event.content);
      }
      break;
    case 'deadline':
      if (phase === 'running' && deadline !== null && event.at >= deadline) {
        run.end('failed');
      }
      break;
    case 'cancel':
    case 'force-cancel':
    case 'kill':
      stop(run, event.type === 'kill');
      break;
    case 'resume':
      for (const { subgraph, content } of resume(run, event.mode) ? (event.before ?? []) : []) {
        graft(run, subgraph, content);
      }
      break;
    default:
      event satisfies never;
  }
}

function progress(run: Run, event: Extract<GraphEvent, { type: 'progress' }>): void {
  const task = run.of(event.task);
  const later = PROGRESS.indexOf(event.status) > PROGRESS.indexOf(task.status);
  if (UNDER_WAY.has(task.status) && (task.attempt ?? 0) === event.attempt && later) {
    run.set(event.task, { ...task, status: event.status });
    run.record(event.task);
  }
}

function answered(run: Run, place: number, attempt: number, result: Result): void {
  const task = run.of(place);
  if (!UNDER_WAY.has(task.status) || (task.attempt ?? 0) !== attempt) {
    return;
  }
  run.change({ active: run.state.active - 1, finishedOperations: run.state.finishedOperations + 1 });
  const { total = 0, onFailure, untilTruthy = false } = run.node(place);
  const mayRetry = total === -1 || (task.retries ?? 0) < total;
  switch (result.kind) {
    case 'success':
      if (untilTruthy && !isTruthy(result.value)) {
        reschedule(run, place, { status: 'rescheduled', cause: 'its result is not true yet', after: null });
      } else {
        run.succeed(place, result.value);
      }
      break;
    case 'retry':
    case 'recoverable':
    case 'non-recoverable': {
      const wanted =
        result.kind === 'retry' || onFailure === 'retry' || (onFailure !== 'ignore' && result.kind === 'recoverable');
      if (wanted && mayRetry) {
        const after = result.kind === 'non-recoverable' ? null : result.after;
        reschedule(run, place, {
          status: result.kind === 'retry' ? 'rescheduled' : 'failed',
          cause: result.cause,
          after,
        });
      } else {
        run.fail(place, result.cause);
      }
      break;
    }
    default:
      result satisfies never;
  }
}

function reschedule(
  run: Run,
  place: number,
  {
    status,
    cause,
    after,
  }: { readonly status: 'failed' | 'rescheduled'; readonly cause: string; readonly after: number | null },
): void {
  const { parent, interval = 0 } = run.node(place);
  const task = run.of(place);
  const attempt = (task.attempt ?? 0) + 1;
  const due = run.at + (after ?? interval) * 1000;
  const waits = run.state.phase === 'running' && run.isOpen(parent) && run.alive(place);
  run.set(place, { ...task, status });
  run.record(place, { cause, next: attempt });
  run.set(place, { status: 'pending', attempt, retries: (task.retries ?? 0) + 1, ...(waits ? { due } : {}) });
  run.change({ totalOperations: run.state.totalOperations + 1 });
  if (waits) {
    run.change({ active: run.state.active + 1 });
    run.commands.push({ type: 'wake', task: place, attempt, at: due });
  }
}

function isDue(run: Run, place: number, attempt: number): boolean {
  const { status, due, attempt: current = 0 } = run.of(place);
  return (
    run.state.phase === 'running' && status === 'pending' && due !== undefined && due <= run.at && current === attempt
  );
}

function wake(run: Run, place: number, attempt: number): void {
  if (isDue(run, place, attempt) && run.node(place).action.kind === 'operation') {
    run.set(place, without(run.of(place), 'due'));
    run.change({ active: run.state.active - 1 });
    run.enqueue(place);
  }
}

function stop(run: Run, kills: boolean): void {
  if (kills) {
    for (let place = 0; place < run.state.size; place += 1) {
      const { status, attempt = 0 } = run.of(place);
      if (UNDER_WAY.has(status) && run.node(place).action.kind === 'operation') {
        run.commands.push({ type: 'kill', task: place, attempt });
      }
    }
  }
  if (run.state.phase === 'running' || run.state.phase === 'new') {
    run.end('cancelled');
  }
}
