import { parse, planOf } from '../../../../test/support/dsl.js';
import { withoutImpliedMembers } from './scaling-containment.js';

/** Node → the one that it is contained in. */
type Nodes = Readonly<Record<string, string | null>>;
type Groups = Readonly<Record<string, readonly string[]>>;

/** A blueprint in which all groups, or those given, are scaled. */
function blueprint(nodes: Nodes, groups: Groups, targets: readonly string[] = Object.keys(groups)): string {
  const templates = Object.entries(nodes).map(([name, container]) => {
    const relationships =
      container === null ? '' : `, relationships: [{type: cloudify.relationships.contained_in, target: ${container}}]`;
    return `  ${name}: {type: t${relationships}}`;
  });
  const members = Object.entries(groups).map(([name, list]) => `  ${name}: {members: [${list.join(', ')}]}`);
  return `tosca_definitions_version: cloudify_dsl_1_3
node_types: {t: {}}
relationships: {cloudify.relationships.contained_in: {}}
node_templates:
${templates.join('\n')}
groups:
${members.join('\n')}
policies:
  p: {type: cloudify.policies.scaling, targets: [${targets.join(', ')}]}
`;
}

async function membersOf(nodes: Nodes, groups: Groups): Promise<Groups> {
  const { scaling_groups: scaled } = await planOf(blueprint(nodes, groups));
  return Object.fromEntries([...scaled].map(([name, { members }]) => [name, members]));
}

async function codesOf(...world: Parameters<typeof blueprint>): Promise<(number | null)[]> {
  return (await parse(blueprint(...world))).errors.map(({ code }) => code);
}

describe('members of scaling groups', () => {
  it('are removed when another member contains them, however deep [§13] [plan 5]', async () => {
    expect(await membersOf({ a: null, b: 'a', c: 'b' }, { g: ['c', 'a'] })).toEqual({ g: ['a'] });
    expect(await membersOf({ a: null, b: 'a', c: 'b' }, { g: ['a', 'b', 'c'] })).toEqual({ g: ['a'] });
  });

  it('are removed as the nested group that they are in [§13]', async () => {
    const nodes = { node1: null, node2: 'node1', node3: null, node4: null };
    const groups = {
      group1: ['group2'],
      group2: ['node1', 'node3', 'group3', 'group4'],
      group3: ['node4'],
      group4: ['node2'],
    };
    expect(await membersOf(nodes, groups)).toEqual({ ...groups, group2: ['node1', 'node3', 'group3'] });
  });

  it('are removed as the outermost group that is nested in the shared one [§13]', async () => {
    const nodes = { node1: null, node2: 'node1', node3: 'node2' };
    const groups = { group: ['node1', 'group2'], group2: ['group3'], group3: ['node3'] };
    expect(await membersOf(nodes, groups)).toEqual({ ...groups, group: ['node1'] });
  });

  it('stay when what contains them is in no group of theirs [§13]', async () => {
    expect(await membersOf({ host: null, db: 'host' }, { dbs: ['db'], hosts: ['host'] })).toEqual({
      dbs: ['db'],
      hosts: ['host'],
    });
  });

  it('stay as written in the section groups [§13] [plan 1]', async () => {
    const plan = await planOf(blueprint({ a: null, b: 'a' }, { g: ['a', 'b'] }));
    expect(plan.groups.get('g')?.members).toEqual(['a', 'b']);
  });

  it.each<[string, Nodes, Groups]>([
    ['all at the top', { a: null, b: null, c: null }, { g: ['a', 'b', 'c'] }],
    ['all in one', { x: null, a: 'x', b: 'x' }, { g: ['a', 'b'] }],
    ['in one at different depths', { x: null, y: 'x', a: 'x', b: 'y' }, { g: ['a', 'b'] }],
    ['one in the other', { a: null, b: 'a' }, { g: ['a', 'b'] }],
    ['one in another member', { x: null, a: 'x', b: null }, { g: ['x', 'a', 'b'] }],
    ['in groups in one', { x: null, a: 'x', b: 'x' }, { g: ['h', 'i'], h: ['a'], i: ['b'] }],
    ['in a nested group within a member', { x: null, a: 'x', b: null }, { g: ['x', 'h', 'b'], h: ['a'] }],
  ])('may be %s [§13] [error 202]', async (_, nodes, groups) => {
    expect(await codesOf(nodes, groups)).toEqual([]);
  });

  it.each<[string, Nodes, Groups]>([
    ['one contained, one not', { x: null, a: 'x', b: null }, { g: ['a', 'b'] }],
    ['in two', { x: null, y: null, a: 'x', b: 'y' }, { g: ['a', 'b'] }],
    ['apart in nested groups', { x: null, a: 'x', b: null }, { g: ['h', 'b'], h: ['a'] }],
    ['apart although one has its container there', { x: null, y: null, a: 'x', b: 'y' }, { g: ['x', 'a', 'b'] }],
  ])('may not be %s [§13] [error 202]', async (_, nodes, groups) => {
    expect(await codesOf(nodes, groups)).toEqual([202]);
  });

  it('are in one scaling group only, nodes and groups alike [§13] [error 201]', async () => {
    expect(await codesOf({ a: null }, { g: ['a'], h: ['a'] })).toEqual([201]);
    expect(await codesOf({ a: null, b: null }, { g: ['h', 'a'], h: ['a', 'b'] })).toEqual([201]);
    expect(await codesOf({ a: null }, { g: ['i'], h: ['i'], i: ['a'] })).toEqual([201]);
    expect(await codesOf({ a: null }, { g: ['a'], h: ['a'] }, ['g'])).toEqual([]);
  });

  it('do not go round in a circle [§13] [error 200]', async () => {
    expect(await codesOf({ a: null }, { g: ['g'] })).toEqual([200]);
    expect(await codesOf({ a: null }, { g: ['h'], h: ['i', 'a'], i: ['g'] })).toEqual([200]);
    expect(await codesOf({ a: null }, { x: ['g'], g: ['h', 'y'], h: ['g'], y: ['a'] })).toEqual([200]);
  });

  it('may go round in a circle that is not scaled [§13] [error 200]', async () => {
    expect(await codesOf({ a: null }, { g: ['h'], h: ['g'], i: ['a'] }, ['i'])).toEqual([]);
  });

  it('show the circle and its place', async () => {
    const { errors } = await parse(blueprint({ a: null }, { g: ['h'], h: ['g'] }));
    expect(errors[0]).toMatchObject({ path: 'groups.g', line: 7, message: 'Groups contain each other: g --> h --> g' });
  });

  it('are judged in time proportional to their number', () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `n${String(index)}`);
    const deep = new Map(names.map((name, index) => [name, names[index - 1] ?? null]));
    const properties = {
      min_instances: 0,
      max_instances: -1,
      default_instances: 1,
      current_instances: 1,
      planned_instances: 1,
    };
    const groups = new Map([['g', { members: names.toReversed(), properties }]]);
    const started = performance.now();
    const scaled = withoutImpliedMembers(groups, deep, (_code, _group, message) => {
      throw new Error(message);
    });
    expect(scaled.get('g')?.members).toEqual(['n0']);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
