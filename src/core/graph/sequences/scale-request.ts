import type { WorkflowTopology } from '../topology.js';
import { CONTAINED_IN, HOST } from '../topology.js';
import type { Given } from './given.js';
import { Refused } from './given.js';
import type { InstanceNumbers, ScalableEntities, WantedNumber, World } from './phase.js';

export interface ScaleRequest {
  /** The node or scaling group that is scaled in the end. */
  readonly entity: string;
  readonly wanted: WantedNumber;
}

/**
 * What a scaling asks for (orchestration §12).
 * @throws Refused for what is not there, and for numbers and hints that cannot be
 */
export function scaleRequest(given: Given, world: World): ScaleRequest {
  const delta = given.integer('delta', 1);
  const includes = given.texts('include_instances');
  const excludes = given.texts('exclude_instances');
  const byHost = given.flag('scale_compute', false);
  const named = given.requiredText('scalable_entity_name');
  const { groups, topology } = world;
  const isNode = !groups.scalingGroups.has(named);
  numbersOf(groups, named);
  const entity = byHost && isNode ? hostOf(topology, named) : named;
  const numbers = numbersOf(groups, entity);
  const wanted = numbers.instances + delta;
  if (wanted < 0) {
    throw new Refused(
      `'${entity}' has ${String(numbers.instances)} instances; its number cannot change by ${String(delta)}`,
    );
  }
  refuseBeyondLimits(entity, wanted, delta, numbers);
  if (includes.length > 0 || excludes.length > 0) {
    refuseHints(world, entity, { includes, excludes, delta, byHost });
  }
  return {
    entity,
    wanted: { instances: wanted, removed_ids_include_hint: includes, removed_ids_exclude_hint: excludes },
  };
}

function numbersOf({ nodes, scalingGroups }: ScalableEntities, name: string): InstanceNumbers {
  const numbers = scalingGroups.get(name) ?? nodes.get(name);
  if (numbers === undefined) {
    throw new Refused(`There is no node and no scaling group '${name}'`);
  }
  return numbers;
}

/** The node that a node is contained in, however far out, and that is a host; itself when there is none. */
function hostOf(topology: WorkflowTopology, name: string): string {
  const seen = new Set<string>();
  let at: string | undefined = name;
  while (at !== undefined && !seen.has(at)) {
    seen.add(at);
    const node = topology.nodeOf(at);
    if (node?.type_hierarchy.includes(HOST) === true) {
      return at;
    }
    at = node?.relationships.find(({ type_hierarchy: types }) => types.includes(CONTAINED_IN))?.target_id;
  }
  return name;
}

function refuseBeyondLimits(entity: string, wanted: number, delta: number, { min, max }: InstanceNumbers): void {
  if (delta > 0 && max !== -1 && wanted > max) {
    throw new Refused(`'${entity}' may have at most ${String(max)} instances, not ${String(wanted)}`);
  }
  if (delta < 0 && wanted < min) {
    throw new Refused(`'${entity}' must have at least ${String(min)} instances, not ${String(wanted)}`);
  }
}

interface Hints {
  readonly includes: readonly string[];
  readonly excludes: readonly string[];
  readonly delta: number;
  readonly byHost: boolean;
}

function refuseHints(world: World, entity: string, { includes, excludes, delta, byHost }: Hints): void {
  if (delta > 0) {
    throw new Refused('Instances can be included and excluded only when scaling in');
  }
  if (byHost) {
    throw new Refused('Instances cannot be included and excluded together with scale_compute');
  }
  const { groups, topology } = world;
  const members = membersOf(groups, entity);
  const all = [...includes, ...excludes];
  const foreign = all.filter((id) => !members.has(topology.instance(id)?.node_id ?? ''));
  if (foreign.length > 0) {
    throw new Refused(`These are no instances of '${entity}': ${foreign.join(', ')}`);
  }
  const both = includes.filter((id) => excludes.includes(id));
  if (both.length > 0) {
    throw new Refused(`These instances are both included and excluded: ${both.join(', ')}`);
  }
  if (excludesTooMany(topology, excludes, numbersOf(groups, entity).instances, delta)) {
    throw new Refused(
      `'${entity}' has too few instances to remove ${String(-delta)} and keep the ${String(excludes.length)} excluded ones`,
    );
  }
}

/**
 * Node by node, in shares: a node in several containers has its number in each, and a group instance may hold several
 * instances of a member.
 */
function excludesTooMany(
  topology: WorkflowTopology,
  excludes: readonly string[],
  instances: number,
  delta: number,
): boolean {
  const excluded = new Set(excludes);
  const counts = new Map<string, { present: number; kept: number }>();
  for (const { id, node_id: node } of topology.instances) {
    const { present, kept } = counts.get(node) ?? { present: 0, kept: 0 };
    counts.set(node, { present: present + 1, kept: kept + (excluded.has(id) ? 1 : 0) });
  }
  return [...counts.values()].some(({ present, kept }) => kept * instances > present * (instances + delta));
}

/** The nodes whose instances stand for those of the entity: itself, or what its group holds. */
function membersOf({ scalingGroups }: ScalableEntities, entity: string): ReadonlySet<string> {
  const members = new Set([entity]);
  for (const name of members) {
    scalingGroups.get(name)?.members.forEach((member) => members.add(member));
  }
  return members;
}
