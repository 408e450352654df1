import { asCall } from '../functions/call.js';
import { holdsAskingCalls } from '../functions/measure.js';
import type { Place } from '../functions/places.js';
import { below, placesOf } from '../functions/places.js';
import { Path } from '../diagnostics.js';
import type { InterDeploymentFunction, NodeInstance } from '../plan.js';
import type { Value } from '../values.js';
import { isDict, isList, keyText } from '../values.js';
import type { EvaluatedParts } from './evaluate-plan.js';

/**
 * Each use of another deployment's capability (dsl.md §15): once for each instance of the node it stands in, for each
 * source instance of the relationship, or once.
 */
export function interDeploymentFunctions(
  plan: EvaluatedParts,
  instances: readonly NodeInstance[],
): readonly InterDeploymentFunction[] {
  const byNode = Map.groupBy(instances, (instance) => instance.node_id);
  const found: InterDeploymentFunction[] = [];
  for (const place of placesOf(plan)) {
    const uses: Use[] = [];
    for (const [key, value] of place.entries) {
      collect(value, below(Path.ROOT, [...place.inPlan, keyText(key)]), uses);
    }
    if (uses.length > 0) {
      const contexts = contextsOf(place, byNode);
      found.push(...uses.flatMap((use) => contexts.map((context) => ({ ...use, context }))));
    }
  }
  return found;
}

type Use = Omit<InterDeploymentFunction, 'context'>;
type Context = InterDeploymentFunction['context'];

function collect(value: Value, path: Path, uses: Use[]): void {
  if (!holdsAskingCalls(value)) {
    return;
  }
  const call = asCall(value);
  if (call?.name === 'get_capability' && isList(call.argument)) {
    const [deployment = null] = call.argument;
    uses.push({
      function_identifier: path.child(call.name).toString(),
      target_deployment: [typeof deployment === 'string' ? deployment : null, deployment],
    });
  }
  if (isList(value)) {
    for (const [index, item] of value.entries()) {
      collect(item, path.child(index), uses);
    }
  } else if (isDict(value)) {
    for (const [key, item] of value) {
      collect(item, path.child(keyText(key)), uses);
    }
  }
}

function contextsOf(place: Place, byNode: ReadonlyMap<string, readonly NodeInstance[]>): readonly Context[] {
  if (place.node === undefined) {
    return [{}];
  }
  const own = byNode.get(place.node.id) ?? [];
  const { relationship } = place;
  if (relationship === undefined) {
    return own.map(({ id }) => ({ self: id }));
  }
  return own.flatMap(({ id, relationships }) => {
    const target = relationships.find(({ target_name }) => target_name === relationship.target_id);
    return target === undefined ? [] : [{ self: id, source: id, target: target.target_id }];
  });
}
