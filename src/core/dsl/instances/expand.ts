import type { NodeInstance } from '../plan.js';
import type { IdSource, TopologyGroup, TopologyNode } from './topology.js';

/**
 * The node instances of a new deployment (plan.md §3).
 * @throws DslError for an unsupported relationship or connection type, all-to-one inside a group, numbers that are
 * none, and more instances or relationships than `limits` allow
 */
export function expandInstances(
  _topology: {
    readonly nodes: readonly TopologyNode[];
    readonly scaling_groups: ReadonlyMap<string, TopologyGroup>;
  },
  _ids: IdSource,
): readonly NodeInstance[] {
  throw new Error('not yet');
}
