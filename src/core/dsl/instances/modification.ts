import type { NodeInstance } from '../plan.js';
import { connect } from './connect.js';
import type { Modification } from './differences.js';
import { differences } from './differences.js';
import type { InstanceLimits } from './grow.js';
import { DEFAULT_INSTANCE_LIMITS, grow, UniqueIds } from './grow.js';
import { PresentForest } from './present.js';
import type { WantedInstances } from './scaling.js';
import { Scaling } from './scaling.js';
import type { Entity, IdSource, TopologyGroup, TopologyNode } from './topology.js';
import { instanceError, Topology } from './topology.js';

export interface ModificationRequest {
  readonly nodes: readonly TopologyNode[];
  readonly scalingGroups: ReadonlyMap<string, TopologyGroup>;
  /** The nodes as they were: the same when scaling, others in an update. */
  readonly previousNodes: readonly TopologyNode[];
  readonly previousInstances: readonly NodeInstance[];
  /** By the name of a node or scaling group. */
  readonly modified: ReadonlyMap<string, WantedInstances>;
}

/**
 * What comes and goes when numbers or nodes change (plan.md §4).
 * @throws DslError like `expandInstances`; for a wanted number that is none, a name that is neither a node nor a
 * scaling group, and an all-to-one relationship that had several targets
 */
export function planModification(
  request: ModificationRequest,
  ids: IdSource,
  limits: InstanceLimits = DEFAULT_INSTANCE_LIMITS,
): Modification {
  const topology = new Topology(request.nodes, request.scalingGroups);
  for (const [name, { instances }] of request.modified) {
    if (!topology.nodes.has(name) && !topology.groups.has(name)) {
      throw instanceError(`There is no node and no scaling group '${name}'`);
    }
    if (!Number.isInteger(instances) || instances < 0) {
      throw instanceError(`The number of instances of '${name}' must be an integer that is not negative`);
    }
  }
  const forest = new PresentForest(request.previousNodes, request.previousInstances);
  const scaling = new Scaling(topology, forest, request.modified);
  const used = forest.all.map(({ id }) => id);
  const population = grow(topology, scaling.want, new UniqueIds(ids, used), limits);
  connect(topology, population, limits, previousTargets(request.previousInstances));
  return differences(topology, population, request.previousInstances);
}

/** The one target that the instances of a node had of another. */
function previousTargets(instances: readonly NodeInstance[]): (source: Entity, target: Entity) => string | undefined {
  const byNode = new Map<string, NodeInstance[]>();
  for (const instance of instances) {
    const known = byNode.get(instance.node_id);
    if (known === undefined) {
      byNode.set(instance.node_id, [instance]);
    } else {
      known.push(instance);
    }
  }
  return (source, target) => {
    const related = (byNode.get(source.name) ?? []).flatMap(({ relationships }) => relationships);
    const targets = new Set(related.filter((one) => one.target_name === target.name).map((one) => one.target_id));
    const [first] = targets;
    if (targets.size > 1) {
      throw instanceError(
        `'${source.name}' is connected all_to_one to '${target.name}', but had several targets there`,
      );
    }
    return first;
  };
}
