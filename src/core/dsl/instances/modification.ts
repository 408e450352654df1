import type { NodeInstance } from '../plan.js';
import type { IdSource, TopologyGroup, TopologyNode } from './topology.js';

/** How many instances of a node or group there shall be, per instance of its parent (plan.md §4). */
export interface WantedInstances {
  readonly instances: number;
  readonly removed_ids_include_hint?: readonly string[];
  readonly removed_ids_exclude_hint?: readonly string[];
}

export interface ModificationRequest {
  readonly nodes: readonly TopologyNode[];
  readonly scalingGroups: ReadonlyMap<string, TopologyGroup>;
  /** The nodes as they were: the same when scaling, others in an update. */
  readonly previousNodes: readonly TopologyNode[];
  readonly previousInstances: readonly NodeInstance[];
  /** By the name of a node or scaling group. */
  readonly modified: ReadonlyMap<string, WantedInstances>;
}

/** Unmarked instances are listed because they are related to a marked one. */
export interface ModifiedInstance extends NodeInstance {
  readonly modification?: 'added' | 'removed' | 'extended' | 'reduced';
}

/** plan.md §4 */
export interface Modification {
  readonly added_and_related: readonly ModifiedInstance[];
  readonly removed_and_related: readonly ModifiedInstance[];
  readonly extended_and_related: readonly ModifiedInstance[];
  readonly reduced_and_related: readonly ModifiedInstance[];
}

/** What comes and goes when numbers or nodes change (plan.md §4). @throws DslError like `expandInstances` */
export function planModification(_request: ModificationRequest, _ids: IdSource): Modification {
  throw new Error('not yet');
}
