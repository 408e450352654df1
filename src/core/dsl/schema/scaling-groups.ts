import type { At } from '../diagnostics.js';
import type { PlanGroup, PlanPolicy, ScalingGroup } from '../plan.js';
import type { Fields, Reading } from './reading.js';
import type { GroupFault } from './scaling-containment.js';
import { withoutImpliedMembers } from './scaling-containment.js';

/**
 * The groups that scaling policies name: 200, 201, 202. Members that are there already because a node that contains
 * them is, are removed (dsl.md §13).
 * @param containedIn every node template → the one that it is contained in, or null
 */
export function scalingGroups(
  reading: Reading,
  sections: Fields,
  groups: ReadonlyMap<string, PlanGroup>,
  policies: ReadonlyMap<string, PlanPolicy>,
  containedIn: ReadonlyMap<string, string | null>,
): ReadonlyMap<string, ScalingGroup> {
  const scaled = new Map<string, ScalingGroup>();
  for (const { targets, properties } of policies.values()) {
    for (const name of targets) {
      scaled.set(name, { members: groups.get(name)?.members ?? [], properties });
    }
  }
  const fault: GroupFault = (code, group, message) => {
    reading.report(code, placeOf(sections, group), message);
  };
  const holders = holdersOf(scaled);
  if (hasCycle(scaled, holders, fault) || hasSharedMember(holders, fault)) {
    return scaled;
  }
  return withoutImpliedMembers(scaled, containedIn, fault);
}

function placeOf(sections: Fields, group: string): At {
  const groups = sections.get('groups');
  const entry = groups?.node.kind === 'mapping' ? groups.node.entries.get(group) : undefined;
  return groups === undefined || entry === undefined
    ? sections.at
    : { node: entry.value, path: groups.path.child(group) };
}

/** Member → the scaling groups that it is in. */
type Holders = ReadonlyMap<string, readonly string[]>;

function holdersOf(scaled: ReadonlyMap<string, ScalingGroup>): Holders {
  const holders = new Map<string, string[]>();
  for (const [group, { members }] of scaled) {
    for (const member of members) {
      const known = holders.get(member);
      if (known === undefined) {
        holders.set(member, [group]);
      } else {
        known.push(group);
      }
    }
  }
  return holders;
}

/** Error 200: groups that are their own members, however far round. */
function hasCycle(scaled: ReadonlyMap<string, ScalingGroup>, holders: Holders, fault: GroupFault): boolean {
  const open = new Map([...scaled.keys()].map((group) => [group, holders.get(group)?.length ?? 0]));
  const free = [...open].filter(([, count]) => count === 0).map(([group]) => group);
  for (let group = free.pop(); group !== undefined; group = free.pop()) {
    open.delete(group);
    for (const member of scaled.get(group)?.members ?? []) {
      const count = open.get(member);
      if (count !== undefined) {
        open.set(member, count - 1);
        if (count === 1) {
          free.push(member);
        }
      }
    }
  }
  const [left] = open.keys();
  if (left === undefined) {
    return false;
  }
  const cycle = cycleFrom(left, (group) => holders.get(group)?.find((holder) => open.has(holder)));
  fault(200, left, `Groups contain each other: ${cycle.join(' --> ')}`);
  return true;
}

/** The cycle that one gets into by going on; every group that is left over has one that holds it. */
function cycleFrom(start: string, next: (group: string) => string | undefined): readonly string[] {
  const steps = new Map<string, number>();
  let group: string | undefined = start;
  while (group !== undefined && !steps.has(group)) {
    steps.set(group, steps.size);
    group = next(group);
  }
  const walk = [...steps.keys()];
  return group === undefined ? walk : [...walk.slice(steps.get(group)), group].toReversed();
}

/** Error 201: a node or group in two scaling groups. */
function hasSharedMember(holders: Holders, fault: GroupFault): boolean {
  let found = false;
  for (const [member, [first, second]] of holders) {
    if (first !== undefined && second !== undefined) {
      fault(
        201,
        second,
        `'${member}' is a member of the scaling groups '${first}' and '${second}', it may be in one only`,
      );
      found = true;
    }
  }
  return found;
}
