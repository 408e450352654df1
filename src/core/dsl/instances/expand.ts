import type { NodeInstance } from '../plan.js';
import { connect } from './connect.js';
import type { InstanceLimits, Want } from './grow.js';
import { DEFAULT_INSTANCE_LIMITS, grow, UniqueIds } from './grow.js';
import type { IdSource, TopologyGroup, TopologyNode } from './topology.js';
import { Topology } from './topology.js';

const afresh: Want = (entity) => ({ keep: [], create: entity.count });

/**
 * The node instances of a new deployment, in the order of their nodes (plan.md §3).
 * @throws DslError for an unsupported relationship or connection type, all-to-one inside a group, numbers that are
 * none, and more instances or relationships than `limits` allow
 */
export function expandInstances(
  topology: {
    readonly nodes: readonly TopologyNode[];
    readonly scaling_groups: ReadonlyMap<string, TopologyGroup>;
  },
  ids: IdSource,
  limits: InstanceLimits = DEFAULT_INSTANCE_LIMITS,
): readonly NodeInstance[] {
  const built = new Topology(topology.nodes, topology.scaling_groups);
  const population = grow(built, afresh, new UniqueIds(ids), limits);
  connect(built, population, limits, () => undefined);
  return [...built.nodes.values()].flatMap((node) =>
    (population.get(node) ?? []).map((instance) => instance.toNodeInstance()),
  );
}
