import type { NodeInstance } from '../plan.js';
import type { TopologyNode } from './topology.js';
import { CONTAINED_IN } from './topology.js';

/** An instance of a node or of a scaling group that exists already. */
export class PresentInstance {
  parent: PresentInstance | null = null;

  constructor(
    readonly id: string,
    /** Of the node or group. */
    readonly name: string,
    /** Null for a group's. */
    readonly record: NodeInstance | null,
  ) {}

  get isGroup(): boolean {
    return this.record === null;
  }

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
      this.byId.set(record.id, new PresentInstance(record.id, record.node_id, record));
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

  private place(record: NodeInstance, container: PresentInstance | null): void {
    let inner = this.byId.get(record.id);
    for (const { name, id } of record.scaling_groups ?? []) {
      const group = this.groups.get(id) ?? new PresentInstance(id, name, null);
      this.groups.set(id, group);
      if (inner !== undefined) {
        inner.parent = group;
      }
      inner = group;
    }
    if (inner !== undefined && inner.parent === null) {
      inner.parent = container;
    }
  }
}

function containmentTypes(node: TopologyNode): ReadonlySet<string> {
  const contained = node.relationships.filter(({ type_hierarchy: hierarchy }) => hierarchy.includes(CONTAINED_IN));
  return new Set(contained.map(({ type }) => type));
}
