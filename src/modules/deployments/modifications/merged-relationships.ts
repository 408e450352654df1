import type { InstanceRelationship } from '../../../core/dsl/plan.js';

/**
 * What an instance has, and what it gained: by target node in the order of its node's relationships, what was there
 * first (plan.md §4.1).
 * @param order targets of the node's relationships; of several to one node the last counts
 */
export function mergedRelationships(
  present: readonly InstanceRelationship[],
  gained: readonly InstanceRelationship[],
  order: readonly string[],
): readonly InstanceRelationship[] {
  const place = new Map(order.map((target, index) => [target, index]));
  const placeOf = ({ target_name: target }: InstanceRelationship): number => place.get(target) ?? order.length;
  return [...present, ...gained].toSorted((one, other) => placeOf(one) - placeOf(other));
}
