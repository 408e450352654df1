import type { InstanceRelationship } from '../plan.js';
import type { InstanceLimits } from './grow.js';
import type { Instance, Population } from './instance.js';
import type { Entity, Link, Topology } from './topology.js';
import { instanceError, sharedGroup } from './topology.js';

/** Which target an all-to-one relationship had before, if it had one and that is still there. */
export type PreviousTarget = (source: Entity, target: Entity) => string | undefined;

/**
 * Gives every instance its relationships, in the order of its node's (plan.md §3.2).
 * @throws DslError naming the relationship that would go beyond the limit
 */
export function connect(
  topology: Topology,
  population: Population,
  limits: InstanceLimits,
  previousTarget: PreviousTarget,
): void {
  let total = 0;
  for (const node of topology.nodes.values()) {
    const sources = population.get(node) ?? [];
    for (const link of node.links) {
      const pairs =
        link.kind === 'containment' ? contained(sources) : connected(node, link, sources, population, previousTarget);
      total += pairs.reduce((sum, { from, to }) => sum + from.length * to.length, 0);
      if (total > limits.relationships) {
        throw instanceError(
          `Together with those of '${node.name}' to '${link.target.name}' there would be more than ${String(limits.relationships)} relationships between instances`,
        );
      }
      for (const { from, to } of pairs) {
        const relationships = to.map((target): InstanceRelationship => {
          return { type: link.type, target_name: target.entity.name, target_id: target.id };
        });
        for (const source of from) {
          for (const relationship of relationships) {
            source.relationships.push(relationship);
          }
        }
      }
    }
  }
}

/** Every one of `from` is related to every one of `to`. */
interface Pairs {
  readonly from: readonly Instance[];
  readonly to: readonly Instance[];
}

function contained(sources: readonly Instance[]): readonly Pairs[] {
  return sources.flatMap((source) => (source.container === null ? [] : [{ from: [source], to: [source.container] }]));
}

function connected(
  node: Entity,
  link: Link,
  sources: readonly Instance[],
  population: Population,
  previousTarget: PreviousTarget,
): readonly Pairs[] {
  const targets = population.get(link.target) ?? [];
  if (sources.length === 0 || targets.length === 0) {
    return [];
  }
  if (link.kind === 'all_to_one') {
    const previous = previousTarget(node, link.target);
    const target = targets.find(({ id }) => id === previous) ?? smallest(targets);
    return [{ from: sources, to: target === undefined ? [] : [target] }];
  }
  const group = sharedGroup(node, link.target);
  return group === null ? [{ from: sources, to: targets }] : withinGroups(group, sources, targets);
}

function smallest(instances: readonly Instance[]): Instance | undefined {
  const [first, ...rest] = instances;
  return first && rest.reduce((least, instance) => (instance.id < least.id ? instance : least), first);
}

/** Pairs in the same instance of the group. */
function withinGroups(group: Entity, sources: readonly Instance[], targets: readonly Instance[]): readonly Pairs[] {
  const pairs = new Map<Instance, { readonly from: Instance[]; readonly to: Instance[] }>();
  const add = (instance: Instance, side: 'from' | 'to'): void => {
    const around = instance.groupInstance(group);
    if (around !== null) {
      const pair = pairs.get(around) ?? { from: [], to: [] };
      pair[side].push(instance);
      pairs.set(around, pair);
    }
  };
  for (const source of sources) {
    add(source, 'from');
  }
  for (const target of targets) {
    add(target, 'to');
  }
  return [...pairs.values()];
}
