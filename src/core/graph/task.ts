/** What a task carries besides references; goes into a stored graph as it is. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The relationship that an operation belongs to; `side` says whose operation it is. */
interface RelationshipSide {
  readonly target: string;
  readonly side: 'source' | 'target';
}

/** Where an operation's result is kept in the system properties of its instance (orchestration §6). */
export type Keeps = 'status' | 'drift' | 'relationship-drift' | 'heal' | 'update';

/**
 * An operation of a node instance. Its inputs stay in the node: they are read, and functions in them evaluated, when
 * it is sent. For an operation of a relationship `instance` is the source.
 */
export interface OperationAction {
  readonly kind: 'operation';
  readonly instance: string;
  readonly operation: string;
  readonly relationship?: RelationshipSide;
  readonly kwargs?: Readonly<Record<string, Json>>;
  /** Whether `kwargs` may replace inputs of the same name; null is as declared by the operation. */
  readonly override?: boolean | null;
  readonly keeps?: Keeps;
}

export type Action =
  | OperationAction
  | { readonly kind: 'state'; readonly instance: string; readonly state: string }
  | { readonly kind: 'event'; readonly instance: string; readonly message: string }
  /** `rebuild` names what its replacement is made of when it is retried (orchestration §9.4). */
  | {
      readonly kind: 'subgraph';
      readonly instance: string | null;
      readonly rebuild?: 'install' | 'uninstall';
      /** As for an operation, about the subgraph as a whole. */
      readonly keeps?: Keeps;
    }
  | { readonly kind: 'nop' };

export interface Task {
  readonly name: string;
  readonly action: Action;
  /** The subgraph that it is in. */
  readonly parent?: number;
  /** How often it may be retried; −1 is without end. 0 when absent. */
  readonly total?: number;
  /** Seconds from a failure to the next attempt. 0 when absent. */
  readonly interval?: number;
  /** `fail` when absent. `retry` retries what is not recoverable as well (orchestration §7). */
  readonly onFailure?: 'fail' | 'ignore' | 'retry';
  /** Attempted again, without end, until its result is truthy. */
  readonly untilTruthy?: boolean;
  /** Runs only when that task failed, and then counts for it. */
  readonly rescues?: number;
}

/** A task in its graph: others are named by their places. */
export interface GraphNode extends Task {
  readonly dependencies: readonly number[];
  readonly dependents: readonly number[];
  readonly children: readonly number[];
  readonly rescuer?: number;
  /** Of a task put in later: which replacement of its subgraph it belongs to. */
  readonly generation?: number;
  /** Of a task put in front of a subgraph: that subgraph. */
  readonly releases?: number;
}

/** Plain data, made once for an execution and never changed. */
export interface TaskGraph {
  readonly name: string;
  readonly nodes: readonly GraphNode[];
  /** Tasks outside of all subgraphs. */
  readonly roots: readonly number[];
  readonly operations: number;
}
