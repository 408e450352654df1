import { containedIn, countedIds, instancesOf, targetsOf, topologyOf } from '../../../../test/support/topology.js';
import type { NodeInstance } from '../plan.js';
import { expandInstances } from './expand.js';
import type { TopologyNode } from './topology.js';

type Sketch = Parameters<typeof topologyOf>;

function expand(...sketch: Sketch): readonly NodeInstance[] {
  return expandInstances(topologyOf(...sketch), countedIds());
}

function countsOf(instances: readonly NodeInstance[]): Record<string, number> {
  const nodes = new Set(instances.map(({ node_id: id }) => id));
  return Object.fromEntries([...nodes].map((node) => [node, instancesOf(instances, node).length]));
}

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return (error as Error).message;
  }
  return 'no error';
}

describe('the instances of a deployment', () => {
  it('names an instance after its node and six characters [plan 3]', () => {
    expect(expand([{ id: 'vm' }])).toEqual([{ id: 'vm_000001', name: 'vm', node_id: 'vm', relationships: [] }]);
  });

  it('multiplies numbers down the tree [plan 3.1]', () => {
    const instances = expand([
      { id: 'vm', count: 2 },
      { id: 'app', count: 3, in: 'vm' },
      { id: 'file', count: 2, in: 'app' },
    ]);
    expect(countsOf(instances)).toEqual({ vm: 2, app: 6, file: 12 });
  });

  it('points a containment at the instance around [plan 3.1]', () => {
    const instances = expand([
      { id: 'vm', count: 2 },
      { id: 'app', count: 2, in: 'vm' },
    ]);
    expect(instancesOf(instances, 'app').map((app) => app.relationships)).toEqual(
      ['vm_000001', 'vm_000001', 'vm_000002', 'vm_000002'].map((id) => [
        { type: 'cloudify.relationships.contained_in', target_name: 'vm', target_id: id },
      ]),
    );
  });

  it('makes nothing of 0, nor in it [plan 3.1]', () => {
    const instances = expand([
      { id: 'vm', count: 0 },
      { id: 'app', count: 5, in: 'vm' },
      { id: 'user', links: [{ to: 'app' }, { to: 'vm', kind: 'all_to_one' }] },
    ]);
    expect(instances).toEqual([{ id: 'user_000001', name: 'user', node_id: 'user', relationships: [] }]);
  });

  it('hands the id of the host down [plan 3]', () => {
    const instances = expand([
      { id: 'vm', host: 'vm', count: 2 },
      { id: 'app', in: 'vm', host: 'vm' },
      { id: 'alone' },
    ]);
    expect(instances.map(({ id, host_id: host }) => [id, host])).toEqual([
      ['vm_000001', 'vm_000001'],
      ['vm_000002', 'vm_000002'],
      ['app_000004', 'vm_000001'],
      ['app_000005', 'vm_000002'],
      ['alone_000003', undefined],
    ]);
  });

  it('gives the outer id to a host in a host and what is in it [plan 3.1]', () => {
    const instances = expand([
      { id: 'rack', host: 'rack' },
      { id: 'vm', host: 'vm', in: 'rack' },
      { id: 'app', host: 'vm', in: 'vm' },
    ]);
    expect(instances.map(({ host_id: host }) => host)).toEqual(['rack_000001', 'rack_000001', 'rack_000001']);
  });

  it.each([[1.5], ['2'], [null], [-1], [new Map([['get_input', 'n']])]])(
    'refuses %j for a number [plan 3.1]',
    (count) => {
      expect(() => expand([{ id: 'vm', count }])).toThrow("The number of instances of 'vm' must be an integer");
    },
  );

  it('knows nothing of the names of JavaScript [plan 3]', () => {
    const instances = expand([{ id: '__proto__' }, { id: 'constructor', in: '__proto__' }], {
      toString: { members: ['__proto__'], count: 2 },
    });
    expect(instances.map(({ node_id: id }) => id)).toEqual(['__proto__', '__proto__', 'constructor', 'constructor']);
  });
});

describe('connections between instances', () => {
  it('connects all to all [plan 3.2]', () => {
    const instances = expand([
      { id: 'db', count: 3 },
      { id: 'web', count: 2, links: [{ to: 'db' }] },
    ]);
    const all = ['db_000001', 'db_000002', 'db_000003'];
    expect(instancesOf(instances, 'web').map(targetsOf)).toEqual([all, all]);
  });

  it('connects all to one: the one with the smallest id [plan 3.2]', () => {
    const ids = ['zzzzzz', 'aaaaaa', 'mmmmmm', '000000', '000001'].values();
    const nodes = topologyOf([
      { id: 'db', count: 3 },
      { id: 'web', count: 2, links: [{ to: 'db', kind: 'all_to_one' }] },
    ]);
    const instances = expandInstances(nodes, () => ids.next().value ?? '');
    expect(instancesOf(instances, 'web').map(targetsOf)).toEqual([['db_aaaaaa'], ['db_aaaaaa']]);
  });

  it('keeps the order of the relationships of the node [plan 3.2]', () => {
    const [node] = topologyOf([{ id: 'web', links: [{ to: 'a', type: 'depends_on' }, { to: 'b' }] }]).nodes;
    const web = { ...node, relationships: [...(node?.relationships ?? []), containedIn('vm')] } as TopologyNode;
    const { nodes } = topologyOf([{ id: 'b' }, { id: 'vm' }, { id: 'a' }]);
    const instances = expandInstances({ nodes: [web, ...nodes], scaling_groups: new Map() }, countedIds());
    const [first] = instancesOf(instances, 'web');
    expect(first?.relationships.map(({ target_name: name }) => name)).toEqual(['a', 'b', 'vm']);
  });

  it('makes one relationship between two instances, as the last one says [plan 3.2] [trap 10]', () => {
    const instances = expand([
      { id: 'db' },
      {
        id: 'web',
        links: [
          { to: 'db', type: 'depends_on' },
          { to: 'db', type: 'connected_to' },
        ],
      },
    ]);
    expect(instancesOf(instances, 'web')[0]?.relationships).toEqual([
      { type: 'cloudify.relationships.connected_to', target_name: 'db', target_id: 'db_000001' },
    ]);
  });

  it('lets the last one count for containment, too [plan 3.2] [trap 10]', () => {
    const contained = expand([
      { id: 'vm', count: 2 },
      { id: 'app', in: 'vm', links: [{ to: 'vm' }] },
    ]);
    expect(countsOf(contained)).toEqual({ vm: 2, app: 1 });
    expect(targetsOf(instancesOf(contained, 'app')[0])).toEqual(['vm_000001', 'vm_000002']);
  });

  it('refuses a relationship that is no containment, connection or dependency [plan 3.1]', () => {
    const [vm, app] = topologyOf([{ id: 'vm' }, { id: 'app', links: [{ to: 'vm', type: 'near' }] }]).nodes;
    const near = { ...app?.relationships[0], type_hierarchy: ['near'] };
    const nodes = [vm, { ...app, relationships: [near] }] as TopologyNode[];
    expect(() => expandInstances({ nodes, scaling_groups: new Map() }, countedIds())).toThrow(
      "of 'app' to 'vm' has the type",
    );
  });

  it.each([[null], ['all_to_some'], ['ALL_TO_ALL'], [1]])(
    'refuses the connection type %j, even when nothing would be connected [plan 3.2]',
    (kind) => {
      const sketch: Sketch = [
        [
          { id: 'db', count: 0 },
          { id: 'web', links: [{ to: 'db', kind }] },
        ],
      ];
      expect(() => expand(...sketch)).toThrow('needs the property connection_type');
    },
  );

  it('gives failures no number [plan 3.2]', () => {
    expect(() => expand([{ id: 'a', count: -1 }])).toThrow(expect.objectContaining({ code: null }) as Error);
  });
});

describe('scaling groups and instances', () => {
  it('puts each instance of a group with its own members [plan 3.1]', () => {
    const instances = expand(
      [
        { id: 'vm', host: 'vm' },
        { id: 'disk', count: 2 },
        { id: 'app', in: 'vm' },
      ],
      {
        pair: { members: ['vm', 'disk'], count: 2 },
      },
    );
    expect(instances.map(({ node_id: node, scaling_groups: groups }) => [node, groups])).toEqual([
      ['vm', [{ name: 'pair', id: 'pair_000001' }]],
      ['vm', [{ name: 'pair', id: 'pair_000002' }]],
      ['disk', [{ name: 'pair', id: 'pair_000001' }]],
      ['disk', [{ name: 'pair', id: 'pair_000001' }]],
      ['disk', [{ name: 'pair', id: 'pair_000002' }]],
      ['disk', [{ name: 'pair', id: 'pair_000002' }]],
      ['app', undefined],
      ['app', undefined],
    ]);
  });

  it('splices nested groups between a member and its container [plan 3.1] [plan 5]', () => {
    const instances = expand([{ id: 'a' }, { id: 'b', in: 'a' }], {
      g: { members: ['b'], count: 2 },
      g2: { members: ['g'], count: 2 },
    });
    const [a] = instancesOf(instances, 'a');
    const all = instancesOf(instances, 'b');
    expect(all.map(targetsOf)).toEqual([[a?.id], [a?.id], [a?.id], [a?.id]]);
    expect(all.map(({ scaling_groups: groups }) => groups?.map(({ name }) => name))).toEqual(
      all.map(() => ['g', 'g2']),
    );
    expect(new Set(all.map(({ scaling_groups: groups }) => groups?.[0]?.id)).size).toBe(4);
    expect(new Set(all.map(({ scaling_groups: groups }) => groups?.[1]?.id)).size).toBe(2);
  });

  it('lists the groups of direct members only [plan 3] [plan 5]', () => {
    const instances = expand([{ id: 'a' }, { id: 'b', in: 'a' }], { g: { members: ['a'], count: 2 } });
    expect(instances.map((one) => [one.node_id, one.scaling_groups?.[0]?.name])).toEqual([
      ['a', 'g'],
      ['a', 'g'],
      ['b', undefined],
      ['b', undefined],
    ]);
    expect(instancesOf(instances, 'b').flatMap(targetsOf)).toEqual(instancesOf(instances, 'a').map(({ id }) => id));
  });

  it('connects within the same instance of the innermost shared group [plan 3.2]', () => {
    const instances = expand(
      [
        { id: 'vm' },
        { id: 'app', in: 'vm', count: 2, links: [{ to: 'disk' }] },
        { id: 'disk' },
        { id: 'lan', links: [{ to: 'app' }] },
      ],
      { outer: { members: ['inner', 'lan'], count: 2 }, inner: { members: ['vm', 'disk'], count: 2 } },
    );
    expect(countsOf(instances)).toEqual({ vm: 4, app: 8, disk: 4, lan: 2 });
    const disks = new Map(instancesOf(instances, 'disk').map((disk) => [disk.id, disk]));
    const machines = new Map(instancesOf(instances, 'vm').map((vm) => [vm.id, vm]));
    for (const app of instancesOf(instances, 'app')) {
      const [vm, disk, ...more] = targetsOf(app);
      expect(more).toEqual([]);
      expect(disks.get(disk ?? '')?.scaling_groups).toEqual(machines.get(vm ?? '')?.scaling_groups);
    }
    for (const lan of instancesOf(instances, 'lan')) {
      expect(targetsOf(lan)).toHaveLength(4);
    }
    expect(new Set(instancesOf(instances, 'lan').flatMap(targetsOf)).size).toBe(8);
  });

  it('connects across groups that are not shared [plan 3.2]', () => {
    const instances = expand([{ id: 'a', links: [{ to: 'b' }] }, { id: 'b' }], {
      ga: { members: ['a'], count: 2 },
      gb: { members: ['b'], count: 3 },
    });
    expect(instancesOf(instances, 'a').map((a) => targetsOf(a).length)).toEqual([3, 3]);
  });

  it('refuses all to one in a shared group, also through containers [plan 3.2]', () => {
    const sketch: Sketch = [
      [{ id: 'vm' }, { id: 'app', in: 'vm', links: [{ to: 'db', kind: 'all_to_one' }] }, { id: 'db' }],
      { g: { members: ['vm', 'db'] } },
    ];
    expect(() => expand(...sketch)).toThrow("'app' may not be connected all_to_one to 'db'");
  });

  it('stands in each of several containers of its members [plan 3.1]', () => {
    const instances = expand([{ id: 'net' }, { id: 'vm', in: 'net' }, { id: 'a', in: 'net' }, { id: 'b', in: 'vm' }], {
      g: { members: ['a', 'b'] },
    });
    expect(countsOf(instances)).toEqual({ net: 1, vm: 1, a: 2, b: 2 });
    const containers = ['net_000001', 'vm_000002'];
    for (const node of ['a', 'b']) {
      expect(instancesOf(instances, node).flatMap(targetsOf).toSorted()).toEqual(containers);
    }
  });

  it('refuses a member that is no node and no scaling group [plan 3.1]', () => {
    expect(() => expand([{ id: 'a' }], { g: { members: ['a', 'plain_group'] } })).toThrow(
      "'plain_group', a member of the scaling group 'g'",
    );
  });
});

/** So many nodes, each in a group that holds the one before. */
function nestedGroups(depth: number): Sketch {
  const indexes = Array.from({ length: depth }, (_, index) => index);
  const groups = indexes.map((index): [string, { readonly members: readonly string[] }] => [
    `g${String(index)}`,
    { members: [`n${String(index)}`, ...(index === 0 ? [] : [`g${String(index - 1)}`])] },
  ]);
  return [indexes.map((index) => ({ id: `n${String(index)}` })), Object.fromEntries(groups)];
}

describe('hostile topologies', () => {
  it('stops before numbers that multiply are made, and says where [plan 3.1]', () => {
    const nodes = Array.from({ length: 40 }, (_, index) => ({
      id: `n${String(index)}`,
      count: 10,
      ...(index === 0 ? {} : { in: `n${String(index - 1)}` }),
    }));
    expect(messageOf(() => expand(nodes))).toContain("Together with 'n4' there would be more than 100000 instances");
    expect(messageOf(() => expand([{ id: 'vm', count: 10n ** 400n }]))).toContain("Together with 'vm'");
  });

  it('counts group instances without members, too [plan 3.1]', () => {
    const groups = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [
        `g${String(index)}`,
        { members: [index === 29 ? 'a' : `g${String(index + 1)}`], count: 10 },
      ]),
    );
    expect(messageOf(() => expand([{ id: 'a', count: 0 }], groups))).toContain('more than 100000 instances');
  });

  it('stops before a product of relationships is made [plan 3.2]', () => {
    const sketch: Sketch = [
      [
        { id: 'a', count: 1_000 },
        { id: 'b', count: 1_000, links: [{ to: 'a' }] },
      ],
    ];
    expect(messageOf(() => expand(...sketch))).toContain("Together with those of 'b' to 'a'");
  });

  it('goes as deep as containment goes [plan 3.1]', () => {
    const depth = 20_000;
    const nodes = Array.from({ length: depth }, (_, index) => ({
      id: `n${String(index)}`,
      host: 'n0',
      ...(index === depth - 1 ? {} : { in: `n${String(index + 1)}` }),
    }));
    const instances = expand(nodes);
    expect(instances).toHaveLength(depth);
    expect(targetsOf(instances[0])).toEqual([instances[1]?.id]);
  });

  it('goes as deep as groups are nested, but not beyond what can be told [plan 3.1]', () => {
    expect(expand(...nestedGroups(900))[0]?.scaling_groups).toHaveLength(900);
    expect(messageOf(() => expand(...nestedGroups(3_000)))).toContain('too many of them in scaling groups');
  });

  it('refuses what is contained in itself [plan 3.1]', () => {
    const sketch: Sketch = [
      [
        { id: 'a', in: 'b' },
        { id: 'b', in: 'a' },
      ],
    ];
    expect(() => expand(...sketch)).toThrow('is contained in itself');
    const groups = { g: { members: ['h'] }, h: { members: ['g'] } };
    expect(() => expand([{ id: 'a' }], groups)).toThrow('is contained in itself');
  });

  it('never gives an id twice, and notices a source that does nothing else [plan 3]', () => {
    const source = countedIds();
    let calls = 0;
    const stuttering = (): string => ((calls += 1), calls % 2 === 0 ? '000001' : source());
    const instances = expandInstances(topologyOf([{ id: 'a', count: 50 }]), stuttering);
    expect(new Set(instances.map(({ id }) => id)).size).toBe(50);
    expect(() => expandInstances(topologyOf([{ id: 'a', count: 2 }]), () => 'same')).toThrow('repeats itself');
  });

  it('takes time in proportion to what it makes [plan 3]', () => {
    const nodes = Array.from({ length: 10_000 }, (_, index) => ({
      id: `n${String(index)}`,
      count: 5,
      ...(index % 100 === 0 ? {} : { in: `n${String(index - (index % 100))}` }),
    })).map((node) => (node.in === undefined ? { ...node, count: 2 } : node));
    const started = performance.now();
    expect(expand(nodes)).toHaveLength(200 + 99 * 100 * 2 * 5);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
