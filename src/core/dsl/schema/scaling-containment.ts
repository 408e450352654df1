import type { ScalingGroup } from '../plan.js';

/** A fault of a scaling group; `group` says at which one. */
export type GroupFault = (code: 200 | 201 | 202, group: string, message: string) => void;

/**
 * Checks that the nodes of each scaling group can be scaled together (202) and removes the members that belong to it
 * implicitly: a node that is contained in another node of the group, or the nested group that such a node is in
 * (dsl.md §13). Groups form a forest here: no cycles, no shared members.
 */
export function withoutImpliedMembers(
  scaled: ReadonlyMap<string, ScalingGroup>,
  containedIn: ReadonlyMap<string, string | null>,
  fault: GroupFault,
): ReadonlyMap<string, ScalingGroup> {
  if (scaled.size === 0) {
    return scaled;
  }
  const walk = new ContainmentWalk(scaled, fault);
  walk.through(containedIn);
  const result = new Map<string, ScalingGroup>();
  for (const [name, group] of scaled) {
    const implied = walk.implied.get(name);
    const members = implied === undefined ? group.members : group.members.filter((member) => !implied.has(member));
    result.set(name, members === group.members ? group : { ...group, members });
  }
  return result;
}

/** One way through the containment forest, from the outermost nodes inwards, with the groups of the nodes around. */
class ContainmentWalk {
  /** Group → its members that belong to it implicitly. */
  readonly implied = new Map<string, Set<string>>();
  private readonly holder = new Map<string, string>();
  /** How many of the nodes around the present one are in the group or one nested in it. */
  private readonly around = new Map<string, number>();
  /** Where the nodes of a group stand that no other node of the group contains: null at the top, or an outermost node. */
  private readonly standing = new Map<string, { readonly root: string | null; readonly node: string }>();
  private readonly refused = new Set<string>();

  constructor(
    scaled: ReadonlyMap<string, ScalingGroup>,
    private readonly fault: GroupFault,
  ) {
    for (const [group, { members }] of scaled) {
      for (const member of members) {
        this.holder.set(member, group);
      }
    }
  }

  /** Without recursion: containment is as deep as a user likes. */
  through(containedIn: ReadonlyMap<string, string | null>): void {
    const contents = new Map<string, string[]>();
    const roots: string[] = [];
    for (const [node, container] of containedIn) {
      const siblings = container === null ? roots : (contents.get(container) ?? []);
      siblings.push(node);
      if (container !== null) {
        contents.set(container, siblings);
      }
    }
    for (const root of roots) {
      const steps: { readonly node: string; readonly leaving: boolean }[] = [{ node: root, leaving: false }];
      for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
        if (step.leaving) {
          this.count(step.node, -1);
          continue;
        }
        this.enter(step.node, step.node === root ? null : root);
        const inner = contents.get(step.node);
        if (inner !== undefined) {
          this.count(step.node, 1);
          steps.push({ node: step.node, leaving: true });
          for (const node of inner.toReversed()) {
            steps.push({ node, leaving: false });
          }
        }
      }
    }
  }

  private enter(node: string, root: string | null): void {
    let member = node;
    for (let group = this.holder.get(node); group !== undefined; group = this.holder.get(group)) {
      if ((this.around.get(group) ?? 0) > 0) {
        this.imply(group, member);
        return;
      }
      this.stand(group, node, root);
      member = group;
    }
  }

  private imply(group: string, member: string): void {
    const known = this.implied.get(group);
    if (known === undefined) {
      this.implied.set(group, new Set([member]));
    } else {
      known.add(member);
    }
  }

  private stand(group: string, node: string, root: string | null): void {
    const other = this.standing.get(group);
    if (other === undefined) {
      this.standing.set(group, { root, node });
    } else if (other.root !== root && !this.refused.has(group)) {
      this.refused.add(group);
      const message = `The nodes '${other.node}' and '${node}' of the scaling group '${group}' must both be contained in no other node, or in the same one`;
      this.fault(202, group, message);
    }
  }

  private count(node: string, by: 1 | -1): void {
    for (let group = this.holder.get(node); group !== undefined; group = this.holder.get(group)) {
      this.around.set(group, (this.around.get(group) ?? 0) + by);
    }
  }
}
