import type { Action, GraphNode, Json, OperationAction, TaskGraph } from './task.js';
import type { Vector } from './vector.js';

/** As operations have it on the wire (orchestration §7). */
type TaskStatus = 'pending' | 'sending' | 'sent' | 'started' | 'response-sent' | 'rescheduled' | 'succeeded' | 'failed';

/** A task that was never touched has none: pending, with all its dependencies to wait for. */
export interface TaskState {
  readonly status: TaskStatus;
  /** Its dependents may go on: it succeeded, or its failure was ignored or made good. */
  readonly done?: true;
  /** Unmet dependencies. */
  readonly waits?: number;
  /** Which of its operations on the wire this is; only ever grows, so that a late answer is told from a new one. */
  readonly attempt?: number;
  readonly retries?: number;
  /** Milliseconds; until then a retry waits. */
  readonly due?: number;
  /** It failed, and its rescue has the say. */
  readonly rescued?: true;
  /** Of a subgraph: tasks in it that are not done. */
  readonly remaining?: number;
  /** Of a subgraph: how often its content was replaced, and the content of now. */
  readonly generation?: number;
  readonly content?: readonly number[];
  /** Of a subgraph: what was put in front of it is not done. */
  readonly held?: true;
}

export interface Failure {
  readonly task: number;
  readonly name: string;
  readonly action: Action;
  /** Cut at 1,000 characters. */
  readonly cause: string;
}

/** Plain data; a state is never changed, the next one shares what stayed the same. */
export interface GraphState {
  readonly phase: 'new' | 'running' | 'succeeded' | 'failed' | 'cancelled';
  readonly dryRun: boolean;
  /** Seconds that other tasks have after the first failure. */
  readonly waitAfterFail: number;
  readonly tasks: Vector<TaskState>;
  /** Tasks that came later; their places follow those of the graph. */
  readonly grafted: Vector<GraphNode>;
  readonly size: number;
  /** Tasks outside of all subgraphs that are not done. */
  readonly open: number;
  /** Operations under way, and retries that wait for their time. */
  readonly active: number;
  /** Operations, a retry counting as another one (orchestration §7). */
  readonly totalOperations: number;
  readonly finishedOperations: number;
  readonly failureCount: number;
  /** The first hundred. */
  readonly failures: readonly Failure[];
  /** Milliseconds; when the time after the first failure is over. */
  readonly deadline: number | null;
}

export type Result =
  | { readonly kind: 'success'; readonly value: Json }
  /** The operation asked for it; counts as a retry. Seconds; null is the task's interval. */
  | { readonly kind: 'retry'; readonly cause: string; readonly after: number | null }
  | { readonly kind: 'recoverable'; readonly cause: string; readonly after: number | null }
  | { readonly kind: 'non-recoverable'; readonly cause: string };

/** What happened; `at` is in milliseconds and never goes back. */
export type GraphEvent = { readonly at: number } & (
  | { readonly type: 'start' }
  | {
      readonly type: 'progress';
      readonly task: number;
      readonly attempt: number;
      readonly status: 'sent' | 'started' | 'response-sent';
    }
  | { readonly type: 'result'; readonly task: number; readonly attempt: number; readonly result: Result }
  /** A time came that a `wake` named. */
  | { readonly type: 'wake'; readonly task: number; readonly attempt: number }
  /** The answer to a `rebuild`. */
  | { readonly type: 'replace'; readonly task: number; readonly attempt: number; readonly content: TaskGraph }
  | { readonly type: 'deadline' }
  | { readonly type: 'cancel' | 'force-cancel' | 'kill' }
  /**
   * `restart`: the process died, nothing is reset. `resume`: what failed begins anew. `force`: so does what is under
   * way (orchestration §3). `before` puts content in front of what a subgraph still has to do.
   */
  | {
      readonly type: 'resume';
      readonly mode: 'restart' | 'resume' | 'force';
      readonly before?: readonly { readonly subgraph: number; readonly content: TaskGraph }[];
    }
);

/** What is to be done, in this order and together with the saving of the state. */
export type Command =
  /** Send an operation. With `again` it may have been sent before: the sending must be idempotent. */
  | {
      readonly type: 'send';
      readonly task: number;
      readonly attempt: number;
      readonly retries: number;
      readonly again?: true;
      readonly action: OperationAction;
    }
  /** It was sent before; its answer is still to come. */
  | { readonly type: 'await'; readonly task: number; readonly attempt: number }
  | { readonly type: 'kill'; readonly task: number; readonly attempt: number }
  | { readonly type: 'wake'; readonly task: number; readonly attempt: number; readonly at: number }
  | { readonly type: 'deadline'; readonly at: number }
  /** At that time, make new content from the states of then, and give it back with `replace`. */
  | {
      readonly type: 'rebuild';
      readonly task: number;
      readonly attempt: number;
      readonly at: number;
      readonly of: 'install' | 'uninstall';
      readonly instance: string | null;
    }
  | { readonly type: 'set-state'; readonly task: number; readonly instance: string; readonly state: string }
  | { readonly type: 'node-event'; readonly task: number; readonly instance: string | null; readonly message: string }
  /** The state of an operation or subgraph changed. With `next`, another attempt replaces it. */
  | {
      readonly type: 'record';
      readonly task: number;
      readonly attempt: number;
      readonly status: TaskStatus;
      readonly retries: number;
      readonly cause?: string;
      readonly value?: Json;
      readonly next?: number;
    }
  | {
      readonly type: 'end';
      readonly outcome: 'succeeded' | 'failed' | 'cancelled';
      readonly failureCount: number;
      readonly failures: readonly Failure[];
    };

export interface Step {
  readonly state: GraphState;
  readonly commands: readonly Command[];
}
