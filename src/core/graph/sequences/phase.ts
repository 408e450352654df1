import type { Json, TaskGraph } from '../task.js';
import type { WorkflowTopology } from '../topology.js';
import type { Health } from './health.js';

/**
 * A workflow runs as a sequence of phases. Which one comes next is decided anew after each from the deployment as it
 * is then, so that whoever takes over after a crash goes on by asking again.
 */
export type BuiltInWorkflow =
  | 'install'
  | 'uninstall'
  | 'reinstall'
  | 'start'
  | 'stop'
  | 'restart'
  | 'execute_operation'
  | 'pull'
  | 'check_status'
  | 'check_drift'
  | 'heal'
  | 'scale'
  | 'rollback'
  | 'install_new_agents'
  | 'validate_agents'
  | 'update';

export type Parameters = Readonly<Record<string, Json>>;

export interface FinishedPhase {
  readonly name: string;
  readonly outcome: 'succeeded' | 'failed';
  /** What the phase left for later ones: for a graph its `data`, for others as said at them. */
  readonly data: Json;
  /** The first failure, for the final error. */
  readonly error?: string;
}

/** Numbers of instances for each instance of what it is in; `max` −1 is unbounded. */
export interface InstanceNumbers {
  readonly instances: number;
  readonly min: number;
  readonly max: number;
}

export interface ScalableEntities {
  readonly nodes: ReadonlyMap<string, InstanceNumbers>;
  readonly scalingGroups: ReadonlyMap<string, InstanceNumbers & { readonly members: readonly string[] }>;
}

/** A deployment modification that is `started`, by ids of node instances. */
export interface OpenModification {
  readonly id: string;
  readonly added: readonly string[];
  /** The unmarked ones of `added_and_related`. */
  readonly addedRelated: readonly string[];
  readonly removed: readonly string[];
  /** The unmarked ones of `removed_and_related`. */
  readonly removedRelated: readonly string[];
}

/** The deployment as it is when the next phase is asked for. */
export interface World {
  readonly topology: WorkflowTopology;
  /** By instance; see `readHealth`. One without an entry was never checked. */
  readonly health: ReadonlyMap<string, Health>;
  readonly groups: ScalableEntities;
  /** In the order in which they ended. */
  readonly past: readonly FinishedPhase[];
  readonly openModification: OpenModification | null;
  readonly executionId: string;
}

export interface WantedNumber {
  readonly instances: number;
  readonly removed_ids_include_hint: readonly string[];
  readonly removed_ids_exclude_hint: readonly string[];
}

/**
 * What is to be done next. Its name is unique in the execution; when it ended it goes to `World.past` under that name.
 * A failed phase goes there as well: the next answer is then what cleans up, or the `end`.
 */
export type Phase =
  | {
      readonly kind: 'graph';
      readonly name: string;
      readonly graph: TaskGraph;
      /** Whether the sequence goes on after a failure; then no failure of it is to be reported as the execution's. */
      readonly tolerant: boolean;
      readonly resumable: boolean;
      /** Becomes the `data` of the finished phase as it is. */
      readonly data: Json;
    }
  /** Start a deployment modification; it is `World.openModification` afterwards. Data: its id. */
  | { readonly kind: 'modify'; readonly name: string; readonly nodes: Readonly<Record<string, WantedNumber>> }
  /** Data: null. */
  | {
      readonly kind: 'finish-modification' | 'roll-back-modification';
      readonly name: string;
      readonly modification: string;
    }
  /** Run the same workflow on all services below this deployment and wait until none is active. Data: null. */
  | {
      readonly kind: 'children';
      readonly name: string;
      readonly workflow: BuiltInWorkflow;
      readonly parameters: Parameters;
    }
  /**
   * Of a deployment update (orchestration §11): plan it and store the plan; change rows and add instances; in the end
   * remove what is to go. The data of `update-prepare` are its `UpdateChanges`, of the others null.
   */
  | {
      readonly kind: 'update-prepare' | 'update-perform';
      readonly name: string;
      readonly update: string;
    }
  /** Data: null. */
  | {
      readonly kind: 'update-finish';
      readonly name: string;
      readonly update: string;
      /** Instances that are now as the plan wants them: what was noted of drift is to be removed. */
      readonly clean: readonly string[];
    }
  /** Run another workflow on this deployment, forced, and wait until it ended. Data: null. */
  | { readonly kind: 'workflow'; readonly name: string; readonly workflow: string; readonly parameters: Parameters }
  | { readonly kind: 'end'; readonly outcome: 'succeeded' }
  | { readonly kind: 'end'; readonly outcome: 'failed'; readonly error: string };

/** What an update does to node instances, by their ids; plain JSON. */
export interface UpdateChanges {
  readonly [key: string]: Json;
  readonly added: readonly string[];
  readonly added_related: readonly string[];
  readonly removed: readonly string[];
  readonly removed_related: readonly string[];
  /** Gained and lost relationships of instances that stay: target ids by source id. */
  readonly extended: Readonly<Record<string, readonly string[]>>;
  readonly reduced: Readonly<Record<string, readonly string[]>>;
  /** Instances that stay, of nodes whose properties or operations change. */
  readonly changed: readonly string[];
}
