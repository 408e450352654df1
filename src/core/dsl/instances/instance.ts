import type { InstanceRelationship, NodeInstance } from '../plan.js';
import type { PresentInstance } from './present.js';
import type { Entity } from './topology.js';

type Membership = NonNullable<NodeInstance['scaling_groups']>[number];

/** One instance of a node or of a scaling group, in its place in the tree. */
export class Instance {
  readonly relationships: InstanceRelationship[] = [];
  /** The innermost node instance around. */
  readonly container: Instance | null;
  /** The innermost group instance around, however far out. */
  readonly enclosing: Instance | null;
  /** Of a group's: how long the unbroken chain of group instances is, from this one outwards. 0 for a node's. */
  readonly groupDepth: number;
  /** Of the outermost instance around whose node is its own host. */
  readonly hostId: string | undefined;
  private chain: readonly Membership[] | undefined;

  constructor(
    readonly id: string,
    readonly entity: Entity,
    readonly parent: Instance | null,
    /** What it was before; null for a new one. */
    readonly present: PresentInstance | null,
  ) {
    const inGroup = parent?.entity.isGroup === true;
    this.container = inGroup ? parent.container : parent;
    this.enclosing = inGroup ? parent : (parent?.enclosing ?? null);
    this.groupDepth = entity.isGroup ? 1 + (inGroup ? parent.groupDepth : 0) : 0;
    this.hostId = parent?.hostId ?? (entity.isHost ? id : undefined);
  }

  toNodeInstance(): NodeInstance {
    const memberships = this.parent?.entity.isGroup === true ? this.parent.memberships() : [];
    return {
      id: this.id,
      name: this.entity.name,
      node_id: this.entity.name,
      relationships: this.relationships,
      ...(this.hostId === undefined ? {} : { host_id: this.hostId }),
      ...(memberships.length === 0 ? {} : { scaling_groups: memberships }),
    };
  }

  /** Of a group's: this one and the unbroken chain of group instances around, shared by all its members. */
  private memberships(): readonly Membership[] {
    if (this.chain === undefined) {
      const chain: Membership[] = [{ name: this.entity.name, id: this.id }];
      for (let around = this.parent; around?.entity.isGroup === true; around = around.parent) {
        chain.push({ name: around.entity.name, id: around.id });
      }
      this.chain = chain;
    }
    return this.chain;
  }

  /** The instance of that scaling group which it is in. */
  groupInstance(group: Entity): Instance | null {
    let around = this.enclosing;
    while (around !== null && around.entity !== group) {
      around = around.enclosing;
    }
    return around;
  }
}

/** The instances of each node and group. */
export type Population = ReadonlyMap<Entity, readonly Instance[]>;
