import type { NodeSketch } from '../../../../test/support/topology.js';
import { countedIds, instancesOf, targetsOf, topologyOf } from '../../../../test/support/topology.js';
import type { NodeInstance } from '../plan.js';
import { expandInstances } from './expand.js';
import type { Modification, ModifiedInstance } from './differences.js';
import { planModification } from './modification.js';
import type { WantedInstances } from './scaling.js';

type Sketch = Parameters<typeof topologyOf>;

/** What runs, and how to change it. */
function running(...sketch: Sketch): {
  readonly instances: readonly NodeInstance[];
  readonly scale: (wanted: Readonly<Record<string, number | WantedInstances>>) => Modification;
  readonly update: (...next: Sketch) => Modification;
} {
  const topology = topologyOf(...sketch);
  const instances = expandInstances(topology, countedIds());
  const modify = (next: typeof topology, modified: ReadonlyMap<string, WantedInstances>): Modification =>
    planModification(
      {
        nodes: next.nodes,
        scalingGroups: next.scaling_groups,
        previousNodes: topology.nodes,
        previousInstances: instances,
        modified,
      },
      countedIds(),
    );
  return {
    instances,
    scale: (wanted) =>
      modify(
        topology,
        new Map(Object.entries(wanted).map(([name, n]) => [name, typeof n === 'number' ? { instances: n } : n])),
      ),
    update: (...next) => modify(topologyOf(...next), new Map()),
  };
}

/** `node/mark` (or `node/related`) → how many. */
function summary(list: readonly ModifiedInstance[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { node_id: node, modification = 'related' } of list) {
    counts[`${node}/${modification}`] = (counts[`${node}/${modification}`] ?? 0) + 1;
  }
  return counts;
}

function summaries(modification: Modification): Record<string, Record<string, number>> {
  return Object.fromEntries(
    Object.entries(modification).map(([name, list]) => [name.slice(0, -'_and_related'.length), summary(list)]),
  );
}

function marked(list: readonly ModifiedInstance[], mark: string): readonly ModifiedInstance[] {
  return list.filter(({ modification }) => modification === mark);
}

const NOTHING = { added: {}, removed: {}, extended: {}, reduced: {} };
const WEB: readonly NodeSketch[] = [
  { id: 'vm', host: 'vm', count: 2 },
  { id: 'app', host: 'vm', in: 'vm', links: [{ to: 'db' }] },
  { id: 'db' },
];

describe('scaling out', () => {
  it('does nothing when nothing is asked for [plan 4]', () => {
    expect(summaries(running(WEB).scale({}))).toEqual(NOTHING);
    expect(summaries(running(WEB).scale({ vm: 2 }))).toEqual(NOTHING);
  });

  it('adds instances with what they contain, and lists what is related [plan 4]', () => {
    const { instances, scale } = running(WEB);
    const modification = scale({ vm: 3 });
    expect(summaries(modification)).toEqual({
      ...NOTHING,
      added: { 'vm/added': 1, 'app/added': 1, 'db/related': 1 },
    });
    const [vm, app, db] = modification.added_and_related;
    expect(targetsOf(app)).toEqual([vm?.id, instancesOf(instances, 'db')[0]?.id]);
    expect(app?.host_id).toBe(vm?.id);
    expect(db).toMatchObject({ id: instancesOf(instances, 'db')[0]?.id, relationships: [] });
    expect(db).not.toHaveProperty('modification');
  });

  it('extends what gains a relationship to the new one, holding only that [plan 4]', () => {
    const { instances, scale } = running(WEB);
    const modification = scale({ db: 2 });
    expect(summaries(modification)).toEqual({
      ...NOTHING,
      added: { 'db/added': 1, 'app/related': 2 },
      extended: { 'app/extended': 2 },
    });
    const [added] = marked(modification.added_and_related, 'added');
    for (const app of instancesOf(instances, 'app')) {
      const related = modification.added_and_related.find(({ id }) => id === app.id);
      expect(targetsOf(related)).toEqual([added?.id]);
      expect(modification.extended_and_related.find(({ id }) => id === app.id)).toEqual({
        ...related,
        modification: 'extended',
      });
    }
  });

  it('wants the number in each instance of the parent [plan 4]', () => {
    const modification = running(WEB).scale({ app: 3 });
    expect(summaries(modification)).toEqual({
      ...NOTHING,
      added: { 'app/added': 4, 'vm/related': 2, 'db/related': 1 },
    });
  });

  it('fills new parents with what is asked for in them, too [plan 4]', () => {
    const modification = running(WEB).scale({ vm: 3, app: 2 });
    expect(summary(modification.added_and_related)).toEqual({
      'vm/added': 1,
      'app/added': 4,
      'vm/related': 2,
      'db/related': 1,
    });
  });

  it('scales from nothing [plan 4]', () => {
    const modification = running([
      { id: 'a', count: 0 },
      { id: 'b', in: 'a', count: 2 },
    ]).scale({ a: 1 });
    expect(summaries(modification)).toEqual({ ...NOTHING, added: { 'a/added': 1, 'b/added': 2 } });
  });

  it('never gives a new instance an id that exists [plan 4]', () => {
    const { instances, scale } = running([{ id: 'a', count: 5 }]);
    const known = new Set(instances.map(({ id }) => id));
    const added = marked(scale({ a: 9 }).added_and_related, 'added').map(({ id }) => id);
    expect(added).toHaveLength(4);
    expect(added.filter((id) => known.has(id))).toEqual([]);
  });

  it('keeps the one target of all_to_one, even if a smaller id comes [plan 4]', () => {
    const topology = topologyOf([{ id: 'db' }, { id: 'app', links: [{ to: 'db', kind: 'all_to_one' }] }]);
    const previousInstances = expandInstances(topology, countedIds(1_000));
    const request = {
      nodes: topology.nodes,
      scalingGroups: topology.scaling_groups,
      previousNodes: topology.nodes,
      previousInstances,
      modified: new Map([
        ['db', { instances: 2 }],
        ['app', { instances: 2 }],
      ]),
    };
    const modification = planModification(request, countedIds());
    expect(summaries(modification)).toEqual({
      ...NOTHING,
      added: { 'db/added': 1, 'app/added': 1, 'db/related': 1 },
    });
    const [app] = instancesOf(marked(modification.added_and_related, 'added'), 'app');
    expect(targetsOf(app)).toEqual([instancesOf(previousInstances, 'db')[0]?.id]);
  });

  it('chooses another target for all_to_one when the previous one goes [plan 4]', () => {
    const { instances, scale } = running([
      { id: 'db', count: 2 },
      { id: 'app', links: [{ to: 'db', kind: 'all_to_one' }] },
    ]);
    const [first, second] = instancesOf(instances, 'db');
    const modification = scale({ db: { instances: 1, removed_ids_include_hint: [first?.id ?? ''] } });
    expect(summaries(modification)).toEqual({
      added: {},
      removed: { 'db/removed': 1, 'app/related': 1 },
      extended: { 'app/extended': 1, 'db/related': 1 },
      reduced: { 'app/reduced': 1 },
    });
    expect(targetsOf(marked(modification.extended_and_related, 'extended')[0])).toEqual([second?.id]);
  });

  it('refuses all_to_one that had several targets [plan 4]', () => {
    const { update } = running([
      { id: 'db', count: 2 },
      { id: 'app', links: [{ to: 'db' }] },
    ]);
    expect(() =>
      update([
        { id: 'db', count: 2 },
        { id: 'app', links: [{ to: 'db', kind: 'all_to_one' }] },
      ]),
    ).toThrow('had several targets');
  });

  it('keeps a surplus that nobody asked to change [plan 4]', () => {
    const topology = topologyOf([{ id: 'a', count: 1 }]);
    const previousInstances = expandInstances(topologyOf([{ id: 'a', count: 3 }]), countedIds());
    const request = {
      nodes: topology.nodes,
      scalingGroups: topology.scaling_groups,
      previousNodes: topology.nodes,
      previousInstances,
      modified: new Map(),
    };
    expect(summaries(planModification(request, countedIds()))).toEqual(NOTHING);
  });
});

describe('scaling in', () => {
  it('removes an instance with all that it contains, and lists what was related [plan 4]', () => {
    const { instances, scale } = running([...WEB, { id: 'lb', links: [{ to: 'app' }] }]);
    const modification = scale({ vm: 1 });
    expect(summaries(modification)).toEqual({
      added: {},
      removed: { 'vm/removed': 1, 'app/removed': 1, 'lb/related': 1, 'db/related': 1 },
      extended: {},
      reduced: { 'lb/reduced': 1 },
    });
    const [app] = instancesOf(modification.removed_and_related, 'app');
    expect(targetsOf(app)).toEqual([app?.host_id, instancesOf(instances, 'db')[0]?.id]);
    expect(targetsOf(instancesOf(modification.removed_and_related, 'lb')[0])).toEqual([app?.id]);
    expect(targetsOf(instancesOf(modification.reduced_and_related, 'lb')[0])).toEqual([app?.id]);
    expect(instancesOf(modification.removed_and_related, 'db')[0]?.relationships).toEqual([]);
  });

  it('removes from each parent down to the number [plan 4]', () => {
    const { scale } = running([
      { id: 'vm', count: 3 },
      { id: 'app', count: 4, in: 'vm' },
    ]);
    const modification = scale({ app: 1 });
    expect(summary(modification.removed_and_related)).toEqual({ 'app/removed': 9, 'vm/related': 3 });
  });

  it('removes everything at 0 [plan 4]', () => {
    expect(summary(running(WEB).scale({ vm: 0 }).removed_and_related)).toEqual({
      'vm/removed': 2,
      'app/removed': 2,
      'db/related': 1,
    });
  });

  describe('hints', () => {
    const { instances, scale } = running([{ id: 'a', count: 4 }]);
    const [a, b, c, d] = instances.map(({ id }) => id) as [string, string, string, string];
    const removedBy = (hints: Omit<WantedInstances, 'instances'>, left = 2): string[] =>
      marked(scale({ a: { instances: left, ...hints } }).removed_and_related, 'removed')
        .map(({ id }) => id)
        .toSorted();

    it('removes those that are to be included first, in their order, until the number is reached [plan 4]', () => {
      expect(removedBy({ removed_ids_include_hint: [b, a] })).toEqual([a, b]);
      expect(removedBy({ removed_ids_include_hint: [c, b, a] }, 3)).toEqual([c]);
      expect(removedBy({ removed_ids_include_hint: [a] })).toEqual([a, d]);
    });

    it('removes those that are to be excluded last [plan 4]', () => {
      expect(removedBy({ removed_ids_exclude_hint: [c, d] })).toEqual([a, b]);
      expect(removedBy({ removed_ids_exclude_hint: [a, b, c] }, 1)).toHaveLength(3);
      expect(removedBy({ removed_ids_exclude_hint: [a, b, c] }, 1)).toContain(d);
    });

    it('lets inclusion win over exclusion, and ignores ids that are none of its own [plan 4]', () => {
      expect(removedBy({ removed_ids_include_hint: [a, b], removed_ids_exclude_hint: [a, b] })).toEqual([a, b]);
      expect(
        removedBy({ removed_ids_include_hint: ['nope', 'nope', a, a], removed_ids_exclude_hint: ['no'] }, 3),
      ).toEqual([a]);
    });

    it('counts per parent [plan 4]', () => {
      const { instances: all, scale: change } = running([
        { id: 'vm', count: 2 },
        { id: 'app', count: 2, in: 'vm' },
      ]);
      const ids = instancesOf(all, 'app').map(({ id }) => id);
      const modification = change({ app: { instances: 1, removed_ids_include_hint: ids } });
      const removed = marked(modification.removed_and_related, 'removed');
      expect(new Set(removed.flatMap(targetsOf)).size).toBe(2);
    });
  });
});

describe('scaling groups', () => {
  const PAIR: Sketch = [
    [
      { id: 'vm', host: 'vm', links: [{ to: 'disk' }] },
      { id: 'disk' },
      { id: 'app', in: 'vm', links: [{ to: 'db' }] },
      { id: 'db' },
    ],
    { pair: { members: ['vm', 'disk'], count: 2 } },
  ];

  it('adds whole group instances with members and what these contain [plan 4]', () => {
    const modification = running(...PAIR).scale({ pair: 3 });
    expect(summaries(modification)).toEqual({
      ...NOTHING,
      added: { 'vm/added': 1, 'disk/added': 1, 'app/added': 1, 'db/related': 1 },
    });
    const [vm] = instancesOf(modification.added_and_related, 'vm');
    const [disk] = instancesOf(modification.added_and_related, 'disk');
    expect(vm?.scaling_groups).toEqual(disk?.scaling_groups);
    expect(targetsOf(vm)).toEqual([disk?.id]);
  });

  it('removes whole group instances: the one of the member that a hint names [plan 4]', () => {
    const { instances, scale } = running(...PAIR);
    for (const named of instances.filter(({ node_id: node }) => node !== 'db')) {
      const modification = scale({ pair: { instances: 1, removed_ids_include_hint: [named.id] } });
      expect(summaries(modification)).toEqual({
        ...NOTHING,
        removed: { 'vm/removed': 1, 'disk/removed': 1, 'app/removed': 1, 'db/related': 1 },
      });
      expect(modification.removed_and_related.find(({ id }) => id === named.id)?.modification).toBe('removed');
      const spared = scale({ pair: { instances: 1, removed_ids_exclude_hint: [named.id] } });
      expect(spared.removed_and_related.map(({ id }) => id)).not.toContain(named.id);
    }
  });

  it('scales a member inside of its groups [plan 4]', () => {
    const modification = running(...PAIR).scale({ disk: 2 });
    expect(summaries(modification)).toEqual({
      ...NOTHING,
      added: { 'disk/added': 2, 'vm/related': 2 },
      extended: { 'vm/extended': 2 },
    });
    for (const vm of instancesOf(modification.extended_and_related, 'vm')) {
      expect(vm.relationships).toHaveLength(1);
    }
  });

  it('scales nested groups in each outer one [plan 4]', () => {
    const { scale } = running([{ id: 'a' }, { id: 'b', in: 'a' }], {
      g: { members: ['b'], count: 2 },
      g2: { members: ['g'], count: 2 },
    });
    expect(summary(scale({ g: 3 }).added_and_related)).toEqual({ 'b/added': 2, 'a/related': 1 });
    expect(summary(scale({ g2: 1 }).removed_and_related)).toEqual({ 'b/removed': 2, 'a/related': 1 });
    expect(summary(scale({ g2: 3, g: 1 }).added_and_related)).toEqual({ 'b/added': 1, 'a/related': 1 });
  });
});

describe('updates', () => {
  it('removes instances of a node that is gone, and reduces what led to it [plan 4]', () => {
    const modification = running([{ id: 'a' }, { id: 'b', links: [{ to: 'a' }] }]).update([{ id: 'b' }]);
    expect(summaries(modification)).toEqual({
      ...NOTHING,
      removed: { 'a/removed': 1, 'b/related': 1 },
      reduced: { 'b/reduced': 1 },
    });
  });

  it('adds those of a new node, and extends what leads to it [plan 4]', () => {
    const modification = running([{ id: 'b' }]).update([
      { id: 'b', links: [{ to: 'a' }] },
      { id: 'a', count: 2 },
    ]);
    expect(summaries(modification)).toEqual({
      ...NOTHING,
      added: { 'a/added': 2, 'b/related': 1 },
      extended: { 'b/extended': 1 },
    });
  });

  it('extends and reduces between instances that stay [plan 4]', () => {
    const apart: Sketch = [[{ id: 'a' }, { id: 'b' }]];
    const joined: Sketch = [[{ id: 'a' }, { id: 'b', links: [{ to: 'a' }] }]];
    expect(summaries(running(...apart).update(...joined))).toEqual({
      ...NOTHING,
      extended: { 'b/extended': 1, 'a/related': 1 },
    });
    expect(summaries(running(...joined).update(...apart))).toEqual({
      ...NOTHING,
      reduced: { 'b/reduced': 1, 'a/related': 1 },
    });
  });

  it('tells a relationship of another type from the one before [plan 4]', () => {
    const before: Sketch = [[{ id: 'a' }, { id: 'b', links: [{ to: 'a', type: 'depends_on' }] }]];
    const after: Sketch = [[{ id: 'a' }, { id: 'b', links: [{ to: 'a', type: 'connected_to' }] }]];
    const modification = running(...before).update(...after);
    expect(summaries(modification)).toEqual({
      ...NOTHING,
      extended: { 'b/extended': 1, 'a/related': 1 },
      reduced: { 'b/reduced': 1, 'a/related': 1 },
    });
  });

  it('keeps what moves into another container, or out of any [plan 4]', () => {
    const inside: Sketch = [[{ id: 'a' }, { id: 'c' }, { id: 'b', in: 'a' }]];
    const other: Sketch = [[{ id: 'a' }, { id: 'c' }, { id: 'b', in: 'c' }]];
    const outside: Sketch = [[{ id: 'a' }, { id: 'c' }, { id: 'b' }]];
    const moved = { ...NOTHING, reduced: { 'b/reduced': 1, 'a/related': 1 } };
    expect(summaries(running(...inside).update(...outside))).toEqual(moved);
    expect(summaries(running(...inside).update(...other))).toEqual({
      ...moved,
      extended: { 'b/extended': 1, 'c/related': 1 },
    });
    expect(summaries(running(...outside).update(...inside))).toEqual({
      ...NOTHING,
      extended: { 'b/extended': 1, 'a/related': 1 },
    });
  });

  it('keeps instances when a scaling group comes or goes around them [plan 4]', () => {
    const nodes: Sketch[0] = [
      { id: 'vm', count: 2 },
      { id: 'app', in: 'vm' },
    ];
    const groups: Sketch[1] = { g: { members: ['app'] } };
    expect(summaries(running(nodes).update(nodes, groups))).toEqual(NOTHING);
    expect(summaries(running(nodes, groups).update(nodes))).toEqual(NOTHING);
    expect(summaries(running(nodes, { g: { members: ['app'], count: 3 } }).update(nodes))).toEqual(NOTHING);
  });
});

describe('modifications that are refused', () => {
  it('wants numbers that are none, and names that exist [plan 4]', () => {
    const { scale } = running(WEB);
    for (const instances of [-1, 1.5, Number.NaN, Infinity]) {
      expect(() => scale({ vm: instances })).toThrow("The number of instances of 'vm'");
    }
    expect(() => scale({ nope: 1 })).toThrow("There is no node and no scaling group 'nope'");
  });

  it('stops before there is too much [plan 4]', () => {
    expect(() => running(WEB).scale({ vm: 1e15 })).toThrow("Together with 'vm' there would be more than");
  });

  it('ends with instances that tell of nonsense [plan 4]', () => {
    const { nodes, scaling_groups: groups } = topologyOf([{ id: 'a', in: 'b' }, { id: 'b' }], {
      g: { members: ['b'] },
    });
    const contained = { type: 'cloudify.relationships.contained_in' };
    const previousInstances: readonly NodeInstance[] = [
      { id: 'a_1', name: 'a', node_id: 'a', relationships: [{ ...contained, target_name: 'a', target_id: 'a_1' }] },
      { id: 'a_2', name: 'a', node_id: 'a', relationships: [{ ...contained, target_name: 'x', target_id: 'gone' }] },
      {
        id: 'b_1',
        name: 'b',
        node_id: 'b',
        relationships: [],
        scaling_groups: [
          { name: 'g', id: 'g_1' },
          { name: 'g', id: 'g_1' },
        ],
      },
      { id: 'ghost_1', name: 'ghost', node_id: 'ghost', relationships: [] },
    ];
    const modified = new Map([['g', { instances: 0, removed_ids_include_hint: ['a_1', 'b_1', 'a_2'] }]]);
    const request = { nodes, scalingGroups: groups, previousNodes: nodes, previousInstances, modified };
    const modification = planModification(request, countedIds());
    expect(summary(modification.removed_and_related)).toMatchObject({ 'ghost/removed': 1 });
  });
});
