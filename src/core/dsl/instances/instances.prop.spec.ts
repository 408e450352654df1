import fc from 'fast-check';

import { isLongRun } from '../../../../test/support/random.js';
import type { NodeSketch, TopologySketch } from '../../../../test/support/topology.js';
import { countedIds, instancesOf, topologyOf } from '../../../../test/support/topology.js';
import type { InstanceRelationship, NodeInstance } from '../plan.js';
import type { Modification } from './differences.js';
import { expandInstances } from './expand.js';
import { planModification } from './modification.js';
import type { WantedInstances } from './scaling.js';

const RUNS = { seed: 4711, numRuns: isLongRun ? 10_000 : 200 };
/** Where the ids of a later time begin. */
const LATER = 1_000_000;
const CONTAINED_IN = 'cloudify.relationships.contained_in';

interface Group {
  readonly members: readonly string[];
  readonly count: number;
}

/** A random deployment: trees of nodes, groups of siblings, groups of such groups, connections to earlier nodes. */
class World {
  constructor(
    readonly nodes: readonly (NodeSketch & { readonly count: number })[],
    readonly groups: Readonly<Record<string, Group>>,
  ) {}

  get topology(): TopologySketch {
    return topologyOf(this.nodes, this.groups);
  }

  /** The same with other numbers. */
  with(counts: ReadonlyMap<string, number>): World {
    return new World(
      this.nodes.map((node) => ({ ...node, count: counts.get(node.id) ?? node.count })),
      Object.fromEntries(
        Object.entries(this.groups).map(([name, group]) => [
          name,
          { ...group, count: counts.get(name) ?? group.count },
        ]),
      ),
    );
  }

  countOf(name: string): number {
    return this.nodes.find(({ id }) => id === name)?.count ?? this.groups[name]?.count ?? 0;
  }

  holderOf(member: string): string | undefined {
    return Object.keys(this.groups).find((group) => this.groups[group]?.members.includes(member));
  }

  node(id: string): NodeSketch | undefined {
    return this.nodes.find((node) => node.id === id);
  }

  /** All groups around a node, however far out. */
  groupsAround(id: string): ReadonlySet<string> {
    const around = new Set<string>();
    for (let node = this.node(id); node !== undefined; node = node.in === undefined ? undefined : this.node(node.in)) {
      for (let group = this.holderOf(node.id); group !== undefined; group = this.holderOf(group)) {
        around.add(group);
      }
    }
    return around;
  }

  /** How many instances there have to be, by the rule that numbers multiply. */
  total(id: string): number {
    const node = this.node(id);
    let total = node?.count === undefined ? 0 : Number(node.count);
    for (let group = this.holderOf(id); group !== undefined; group = this.holderOf(group)) {
      total *= this.countOf(group);
    }
    return total * (node?.in === undefined ? 1 : this.total(node.in));
  }
}

const worlds: fc.Arbitrary<World> = fc
  .record({
    sizes: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 7 }),
    picks: fc.array(fc.nat(), { minLength: 40, maxLength: 40 }),
    groupCount: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ sizes, picks, groupCount }) => {
    let next = 0;
    const pick = (limit: number): number => (picks[(next += 1) % picks.length] ?? 0) % limit;
    const nodes = sizes.map((count, index) => {
      const container = index > 0 && pick(2) === 0 ? `n${String(pick(index))}` : undefined;
      const targets = [...new Set([pick(index + 1), pick(index + 1)])].map((target) => `n${String(target)}`);
      const links = targets
        .filter((target) => target !== container && target !== `n${String(index)}`)
        .map((to) => ({ to, kind: groupCount === 0 && pick(2) === 0 ? 'all_to_one' : 'all_to_all' }));
      return { id: `n${String(index)}`, count, links, ...(container === undefined ? {} : { in: container }) };
    });
    return new World(nodes, groupsOf(nodes, groupCount, pick));
  });

function groupsOf(
  nodes: readonly NodeSketch[],
  groupCount: number,
  pick: (limit: number) => number,
): Readonly<Record<string, Group>> {
  const groups: Record<string, Group> = {};
  const free = new Set(nodes.map(({ id }) => id));
  const containers = new Map(nodes.map((node) => [node.id, node.in]));
  for (let index = 0; index < groupCount; index += 1) {
    const container = nodes[pick(nodes.length)]?.in;
    const members = [...free].filter((member) => containers.get(member) === container && pick(3) > 0);
    if (members.length > 0) {
      const name = `g${String(index)}`;
      groups[name] = { members, count: pick(4) };
      members.forEach((member) => free.delete(member));
      free.add(name);
      containers.set(name, container);
    }
  }
  return groups;
}

/** Group → id of its instance, for all groups around an instance. */
function membershipsOf(instance: NodeInstance, all: ReadonlyMap<string, NodeInstance>): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (let around: NodeInstance | undefined = instance; around !== undefined; around = containerOf(around, all)) {
    around.scaling_groups?.forEach(({ name, id }) => found.set(name, id));
  }
  return found;
}

function containerOf(instance: NodeInstance, all: ReadonlyMap<string, NodeInstance>): NodeInstance | undefined {
  const id = instance.relationships.find(({ type }) => type === CONTAINED_IN)?.target_id;
  return id === undefined ? undefined : all.get(id);
}

/** Every rule of plan.md §3, seen from the result. */
function obeysTheRules(world: World, instances: readonly NodeInstance[]): void {
  const all = new Map(instances.map((instance) => [instance.id, instance]));
  expect(all.size).toBe(instances.length);
  for (const node of world.nodes) {
    const own = instancesOf(instances, node.id);
    expect(own).toHaveLength(world.total(node.id));
    const perParent = new Map<string, number>();
    for (const instance of own) {
      const parent = instance.scaling_groups?.[0]?.id ?? containerOf(instance, all)?.id ?? '';
      perParent.set(parent, (perParent.get(parent) ?? 0) + 1);
      expect(instance.scaling_groups?.[0]?.name).toBe(world.holderOf(node.id));
      expect(containerOf(instance, all)?.node_id).toBe(node.in);
      related(world, node, instance, all);
    }
    expect([...perParent.values()].filter((count) => count !== node.count)).toEqual([]);
  }
}

function related(world: World, node: NodeSketch, instance: NodeInstance, all: ReadonlyMap<string, NodeInstance>): void {
  const own = membershipsOf(instance, all);
  for (const { to, kind } of node.links ?? []) {
    const targets = instance.relationships
      .filter(({ target_name: name }) => name === to)
      .map(({ target_id: id }) => id);
    const shared = [...world.groupsAround(node.id)].filter((group) => world.groupsAround(to).has(group));
    const reachable = instancesOf([...all.values()], to).filter((target) => {
      const theirs = membershipsOf(target, all);
      return shared.every((group) => own.get(group) === theirs.get(group));
    });
    if (kind === 'all_to_one') {
      expect(targets).toHaveLength(Math.min(1, reachable.length));
      expect(targets.filter((id) => !reachable.some((target) => target.id === id))).toEqual([]);
    } else {
      expect(targets.toSorted()).toEqual(reachable.map(({ id }) => id).toSorted());
    }
  }
  expect(instance.relationships.filter(({ target_id: id }) => !all.has(id))).toEqual([]);
}

function key({ type, target_id: id }: InstanceRelationship): string {
  return `${type} ${id}`;
}

/** What the manager makes of a modification when it is finished (plan.md §4.1). */
function applied(instances: readonly NodeInstance[], modification: Modification): readonly NodeInstance[] {
  const gains = new Map(modification.added_and_related.map((one) => [one.id, one]));
  const losses = new Map(modification.removed_and_related.map((one) => [one.id, one]));
  const staying = instances.filter(({ id }) => losses.get(id)?.modification !== 'removed');
  const changed = staying.map((instance) => {
    const lost = new Set((losses.get(instance.id)?.relationships ?? []).map(key));
    const kept = instance.relationships.filter((relationship) => !lost.has(key(relationship)));
    return { ...instance, relationships: [...kept, ...(gains.get(instance.id)?.relationships ?? [])] };
  });
  const added = modification.added_and_related.filter(({ modification: mark }) => mark === 'added');
  return [...changed, ...added.map(({ modification: _mark, ...instance }) => instance)];
}

function scaled(
  world: World,
  instances: readonly NodeInstance[],
  modified: ReadonlyMap<string, WantedInstances>,
  ids: () => string,
): Modification {
  const { nodes, scaling_groups: scalingGroups } = world.topology;
  return planModification({ nodes, scalingGroups, previousNodes: nodes, previousInstances: instances, modified }, ids);
}

/** Comparable, whatever the order. */
function asSet(instances: readonly NodeInstance[]): unknown {
  return instances
    .map((one) => ({ ...one, relationships: one.relationships.map((link) => JSON.stringify(link)).toSorted() }))
    .toSorted((one, other) => (one.id < other.id ? -1 : 1));
}

const numbers = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 4 })), { minLength: 1, maxLength: 3 });

/** Names of the world with numbers for them. */
function chosen(world: World, choices: readonly (readonly [number, number])[]): ReadonlyMap<string, number> {
  const names = [...world.nodes.map(({ id }) => id), ...Object.keys(world.groups)];
  return new Map(choices.map(([pick, count]) => [names[pick % names.length] ?? 'n0', count]));
}

describe('instances of random topologies', () => {
  it('obey the rules of counts, containment and relationships [plan 3.1] [plan 3.2]', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        obeysTheRules(world, expandInstances(world.topology, countedIds()));
      }),
      RUNS,
    );
  });

  it('are the same for the same source of ids [plan 3]', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        expect(expandInstances(world.topology, countedIds())).toEqual(expandInstances(world.topology, countedIds()));
      }),
      RUNS,
    );
  });

  it('obey the same rules after a modification [plan 4]', () => {
    fc.assert(
      fc.property(worlds, numbers, (world, choices) => {
        const counts = chosen(world, choices);
        const before = expandInstances(world.topology, countedIds());
        const modified = new Map([...counts].map(([name, instances]) => [name, { instances }]));
        const modification = scaled(world, before, modified, countedIds(LATER));
        const after = applied(before, modification);
        obeysTheRules(world.with(counts), after);
        const again = scaled(world.with(counts), after, modified, countedIds(2 * LATER));
        expect(Object.values(again).flat()).toEqual([]);
      }),
      RUNS,
    );
  });

  it('are the same set after a modification forth and back [plan 4]', () => {
    fc.assert(
      fc.property(worlds, numbers, (world, choices) => {
        const counts = new Map([...chosen(world, choices)].map(([name, more]) => [name, world.countOf(name) + more]));
        const before = expandInstances(world.topology, countedIds());
        const forth = scaled(
          world,
          before,
          new Map([...counts].map(([name, instances]) => [name, { instances }])),
          countedIds(LATER),
        );
        const added = forth.added_and_related.filter(({ modification: mark }) => mark === 'added').map(({ id }) => id);
        const back = new Map(
          [...counts.keys()].map((name) => [
            name,
            { instances: world.countOf(name), removed_ids_include_hint: added.toReversed() },
          ]),
        );
        const wide = applied(before, forth);
        const after = applied(wide, scaled(world.with(counts), wide, back, countedIds(2 * LATER)));
        expect(asSet(after)).toEqual(asSet(before));
      }),
      RUNS,
    );
  });

  it('are added, removed, extended and reduced consistently [plan 4]', () => {
    fc.assert(
      fc.property(worlds, numbers, (world, choices) => {
        const before = expandInstances(world.topology, countedIds());
        const known = new Set(before.map(({ id }) => id));
        const modified = new Map([...chosen(world, choices)].map(([name, instances]) => [name, { instances }]));
        const modification = scaled(world, before, modified, countedIds(LATER));
        const marks = {
          added: [] as string[],
          removed: [] as string[],
          extended: [] as string[],
          reduced: [] as string[],
        };
        for (const { id, modification: mark } of Object.values(modification).flat()) {
          if (mark !== undefined) {
            marks[mark as keyof typeof marks].push(id);
          }
        }
        expect(marks.added.filter((id) => known.has(id))).toEqual([]);
        expect([...marks.removed, ...marks.extended, ...marks.reduced].filter((id) => !known.has(id))).toEqual([]);
        const removed = new Set(marks.removed);
        expect([...marks.extended, ...marks.reduced].filter((id) => removed.has(id))).toEqual([]);
        expect(modification.extended_and_related.filter(({ id }) => !known.has(id))).toEqual([]);
        expect(modification.reduced_and_related.filter(({ id }) => removed.has(id))).toEqual([]);
      }),
      RUNS,
    );
  });
});
