import type { NodeInstance } from '../plan.js';
import type { TopologyNode } from './topology.js';
import { CONTAINED_IN } from './topology.js';

/** An instance of a node or of a scaling group that exists already. */
export class PresentInstance {
  constructor(
    readonly id: string,
    /** Of the node or group. */
    readonly name: string,
    readonly isGroup: boolean,
    public parent: PresentInstance | null,
  ) {}

  /** The innermost node instance around. */
  get container(): PresentInstance | null {
    let around = this.parent;
    while (around?.isGroup === true) {
      around = around.parent;
    }
    return around;
  }
}

/** The instances that exist, in their trees: what contains them, and the group instances that they tell of. */
export class PresentForest {
  readonly byId = new Map<string, PresentInstance>();
  private readonly groups = new Map<string, PresentInstance>();

  constructor(nodes: readonly TopologyNode[], instances: readonly NodeInstance[]) {
    for (const record of instances) {
      this.byId.set(record.id, new PresentInstance(record.id, record.node_id, false, null));
    }
    const types = new Map(nodes.map((node) => [node.id, containmentTypes(node)]));
    for (const record of instances) {
      const known = types.get(record.node_id);
      const containment = record.relationships.find(({ type }) => known?.has(type) ?? type === CONTAINED_IN);
      const container = containment === undefined ? null : (this.byId.get(containment.target_id) ?? null);
      this.place(record, container);
    }
  }

  get all(): readonly PresentInstance[] {
    return [...this.byId.values(), ...this.groups.values()];
  }

  /** Groups are made from the outermost inwards, each within what exists already: they cannot come round in a circle. */
  private place(record: NodeInstance, container: PresentInstance | null): void {
    let around = container;
    for (const { name, id } of (record.scaling_groups ?? []).toReversed()) {
      const group = this.groups.get(id) ?? new PresentInstance(id, name, true, around);
      this.groups.set(id, group);
      around = group;
    }
    const instance = this.byId.get(record.id);
    if (instance !== undefined) {
      instance.parent = around;
    }
  }
}

function containmentTypes(node: TopologyNode): ReadonlySet<string> {
  const contained = node.relationships.filter(({ type_hierarchy: hierarchy }) => hierarchy.includes(CONTAINED_IN));
  return new Set(contained.map(({ type }) => type));
}
