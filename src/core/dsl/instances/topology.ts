import type { DslError } from '../diagnostics.js';
import { dslError } from '../diagnostics.js';
import type { Dict, Value } from '../values.js';
import { isInteger, kindOf } from '../values.js';

/** Six random characters of a–z0–9, another one at each call. */
export type IdSource = () => string;

/** What the making of instances needs of a relationship: of a plan's, or of a stored node's. */
export interface TopologyRelationship {
  readonly type: string;
  readonly type_hierarchy: readonly string[];
  readonly target_id: string;
  readonly properties: Dict;
}

/** What it needs of a node: a `PlanNode` fits, and so does a stored one. */
export interface TopologyNode {
  readonly id: string;
  readonly host_id?: string;
  readonly capabilities: { readonly scalable: { readonly properties: { readonly current_instances: Value } } };
  readonly relationships: readonly TopologyRelationship[];
}

/** What it needs of a scaling group. */
export interface TopologyGroup {
  readonly members: readonly string[];
  readonly properties: { readonly current_instances: Value };
}

/** A relationship as far as instances know it. */
export interface Link {
  readonly type: string;
  readonly target: Entity;
  readonly kind: 'containment' | 'all_to_all' | 'all_to_one';
}

/** What instances are made of: a node, or a scaling group. */
export class Entity {
  /** What an instance stands in; a member of a scaling group stands in that group alone. */
  parents: readonly Entity[] = [];
  /** The innermost scaling group around, however far out. */
  enclosing: Entity | null = null;
  /** How many scaling groups are around. */
  depth = 0;
  /** Of a node, in its order; of several to one target the last one counts (plan.md §3.2). */
  links: readonly Link[] = [];

  constructor(
    readonly name: string,
    readonly isGroup: boolean,
    /** For each instance of a parent. */
    readonly count: number,
    /** Whether it is its own host. */
    readonly isHost: boolean,
  ) {}
}

export const CONTAINED_IN = 'cloudify.relationships.contained_in';
const CONNECTING = ['cloudify.relationships.depends_on', 'cloudify.relationships.connected_to'];

/** A deployment cannot be made like this; such failures have no number (dsl.md §17). */
export function instanceError(message: string): DslError {
  return dslError({ code: null, message });
}

/** Nodes and scaling groups with the containment forest over both (plan.md §3.1). */
export class Topology {
  /** In the order given. */
  readonly nodes: ReadonlyMap<string, Entity>;
  readonly groups: ReadonlyMap<string, Entity>;
  /** What contains comes before what is contained. */
  readonly ordered: readonly Entity[];

  /**
   * @throws DslError for numbers that are none, unsupported relationships and connection types, all-to-one inside a
   * group, and what contains itself
   */
  constructor(nodes: readonly TopologyNode[], groups: ReadonlyMap<string, TopologyGroup>) {
    this.nodes = new Map(nodes.map((node) => [node.id, entityOf(node)]));
    this.groups = new Map(
      [...groups].map(([name, { properties }]) => [
        name,
        new Entity(name, true, countOf(properties.current_instances, name), false),
      ]),
    );
    for (const node of nodes) {
      this.entity(node.id).links = this.linksOf(node);
    }
    this.spliceGroups(groups);
    this.ordered = this.sorted();
    this.refuseOneTargetInGroups();
  }

  private entity(node: string): Entity {
    const entity = this.nodes.get(node);
    if (entity === undefined) {
      throw new TypeError('a node of the topology is missing');
    }
    return entity;
  }

  /** Of several relationships to one target the last one counts, containment or not. */
  private linksOf(node: TopologyNode): readonly Link[] {
    const effective = new Map<Entity, Link>();
    for (const relationship of node.relationships) {
      const target = this.nodes.get(relationship.target_id);
      if (target !== undefined) {
        effective.delete(target);
        effective.set(target, { type: relationship.type, target, kind: kindOfLink(node, relationship) });
      }
    }
    return [...effective.values()];
  }

  /** Puts each group between its members and what contains them. */
  private spliceGroups(groups: ReadonlyMap<string, TopologyGroup>): void {
    const holders = new Map<Entity, Entity>();
    for (const [name, { members }] of groups) {
      const group = this.groups.get(name);
      for (const member of members) {
        const entity = this.nodes.get(member) ?? this.groups.get(member);
        if (entity === undefined) {
          throw instanceError(`'${member}', a member of the scaling group '${name}', is no node and no scaling group`);
        }
        if (group !== undefined) {
          holders.set(entity, group);
        }
      }
    }
    const around = new Map<Entity, Set<Entity>>();
    for (const node of this.nodes.values()) {
      const containers = node.links.filter(({ kind }) => kind === 'containment').map(({ target }) => target);
      const outermost = outermostGroup(node, holders);
      if (outermost === undefined) {
        node.parents = containers;
      } else {
        const known = around.get(outermost) ?? new Set();
        containers.forEach((container) => known.add(container));
        around.set(outermost, known);
      }
    }
    for (const [member, holder] of holders) {
      member.parents = [holder];
    }
    for (const [group, containers] of around) {
      group.parents = [...containers];
    }
  }

  /** Parents first. */
  private sorted(): readonly Entity[] {
    const open = new Map<Entity, number>();
    const contents = new Map<Entity, Entity[]>();
    const ordered: Entity[] = [];
    for (const entity of [...this.nodes.values(), ...this.groups.values()]) {
      open.set(entity, entity.parents.length);
      for (const parent of entity.parents) {
        const known = contents.get(parent);
        if (known === undefined) {
          contents.set(parent, [entity]);
        } else {
          known.push(entity);
        }
      }
      if (entity.parents.length === 0) {
        ordered.push(entity);
      }
    }
    for (const parent of ordered) {
      open.delete(parent);
      for (const entity of contents.get(parent) ?? []) {
        const count = (open.get(entity) ?? 0) - 1;
        open.set(entity, count);
        if (count === 0) {
          const [first = parent] = entity.parents;
          entity.enclosing = first.isGroup ? first : first.enclosing;
          entity.depth = first.depth + (first.isGroup ? 1 : 0);
          ordered.push(entity);
        }
      }
    }
    const [left] = open.keys();
    if (left !== undefined) {
      throw instanceError(`'${left.name}' is contained in itself, directly or through others`);
    }
    return ordered;
  }

  private refuseOneTargetInGroups(): void {
    for (const node of this.nodes.values()) {
      for (const { kind, target } of node.links) {
        const group = kind === 'all_to_one' ? sharedGroup(node, target) : null;
        if (group !== null) {
          throw instanceError(
            `'${node.name}' may not be connected all_to_one to '${target.name}': both are in the scaling group '${group.name}'`,
          );
        }
      }
    }
  }
}

/** The innermost scaling group that both are in, directly or through what contains them. */
export function sharedGroup(one: Entity, other: Entity): Entity | null {
  let left = one.enclosing;
  let right = other.enclosing;
  while (left !== null && right !== null && left !== right) {
    if (left.depth >= right.depth) {
      left = left.enclosing;
    } else {
      right = right.enclosing;
    }
  }
  return left !== null && left === right ? left : null;
}

function entityOf(node: TopologyNode): Entity {
  const count = countOf(node.capabilities.scalable.properties.current_instances, node.id);
  return new Entity(node.id, false, count, node.host_id === node.id);
}

function countOf(value: Value, name: string): number {
  if (typeof value === 'boolean') {
    return value ? 1 : 0;
  }
  if (!isInteger(value) || value < 0) {
    const found = isInteger(value) ? String(value) : `a value of kind ${kindOf(value)}`;
    throw instanceError(`The number of instances of '${name}' must be an integer that is not negative, found ${found}`);
  }
  return Number(value);
}

function kindOfLink(node: TopologyNode, relationship: TopologyRelationship): Link['kind'] {
  const { type, type_hierarchy: hierarchy, properties, target_id: target } = relationship;
  if (hierarchy.includes(CONTAINED_IN)) {
    return 'containment';
  }
  if (!CONNECTING.some((connecting) => hierarchy.includes(connecting))) {
    throw instanceError(
      `The relationship of '${node.id}' to '${target}' has the type '${type}', which is derived neither from ${CONTAINED_IN} nor from ${CONNECTING.join(' or ')}`,
    );
  }
  const kind = properties.get('connection_type');
  if (kind !== 'all_to_all' && kind !== 'all_to_one') {
    throw instanceError(
      `The relationship of '${node.id}' to '${target}' needs the property connection_type to be all_to_all or all_to_one`,
    );
  }
  return kind;
}

function outermostGroup(node: Entity, holders: ReadonlyMap<Entity, Entity>): Entity | undefined {
  const seen = new Set<Entity>();
  let group = holders.get(node);
  for (let outer = group; outer !== undefined && !seen.has(outer); outer = holders.get(outer)) {
    seen.add(outer);
    group = outer;
  }
  return group;
}
