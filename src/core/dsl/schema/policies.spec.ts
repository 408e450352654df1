import { codesOf, parse, plain, planOf } from '../../../../test/support/dsl.js';

const PLAIN = 'tosca_definitions_version: cloudify_dsl_1_0\n';

describe.each([
  ['policy_types', 'properties'],
  ['policy_triggers', 'parameters'],
] as const)('%s', (section, key) => {
  it(`complete their ${key} [§13] [plan 1]`, async () => {
    const plan = await planOf(
      `${PLAIN}${section}:\n  t:\n    source: s\n    ${key}: {a: {}, b: {default: 1, description: d}}\n  u: {source: s}\n`,
    );
    expect(plain(plan[section])).toEqual({
      t: { source: 's', [key]: { a: {}, b: { default: 1, description: 'd' } } },
      u: { source: 's', [key]: {} },
    });
  });

  it.each(['{}', '{source: 1}', '{source: }', '', '{source: s, zzz: 1}', 'text'])(
    'refuse %j [§13] [error 1]',
    async (type) => {
      expect(await codesOf(`${PLAIN}${section}:\n  t: ${type}\n`)).toEqual([1]);
    },
  );

  it(`refuse ${key} that are no schemas [§7.2] [error 1]`, async () => {
    expect(await codesOf(`${PLAIN}${section}: {t: {source: s, ${key}: {a: value}}}\n`)).toEqual([1]);
    expect(await codesOf(`${PLAIN}${section}: {t: {source: s, ${key}: [a]}}\n`)).toEqual([1]);
  });
});

const HEAD = `tosca_definitions_version: cloudify_dsl_1_3
node_types: {t: {}}
node_templates: {a: {type: t}, b: {type: t}}
groups: {g: {members: [a]}, h: {members: [b]}}
policies:
`;

describe('policies', () => {
  it('scale groups by completed numbers [§13] [plan 1]', async () => {
    const plan = await planOf(
      `${HEAD}  p: {type: cloudify.policies.scaling, targets: [g, h], properties: {default_instances: 2, max_instances: UNBOUNDED}}\n`,
    );
    const properties = {
      min_instances: 0,
      max_instances: -1,
      default_instances: 2,
      current_instances: 2,
      planned_instances: 2,
    };
    expect(plain(plan.policies)).toEqual({ p: { type: 'cloudify.policies.scaling', targets: ['g', 'h'], properties } });
    expect(plain(plan.scaling_groups)).toEqual({
      g: { members: ['a'], properties },
      h: { members: ['b'], properties },
    });
  });

  it('may hold functions [§13] [get_input @ policies]', async () => {
    const text = `${HEAD}  p: {type: cloudify.policies.scaling, targets: [g], properties: {default_instances: {get_input: i}}}\ninputs: {i: {default: 2}}\n`;
    expect(plain((await planOf(text)).policies)).toMatchObject({
      p: { properties: { current_instances: { get_input: 'i' } } },
    });
  });

  it.each([
    ['another type', '{type: cloudify.policies.other, targets: [g]}', 204],
    ['a type that is no text', '{type: [], targets: [g]}', 1],
    ['no type', '{targets: [g]}', 1],
    ['no targets', '{type: cloudify.policies.scaling}', 1],
    ['an empty list of targets', '{type: cloudify.policies.scaling, targets: []}', 206],
    ['a node as target', '{type: cloudify.policies.scaling, targets: [a]}', 205],
    ['an unknown target', '{type: cloudify.policies.scaling, targets: [nope]}', 205],
    ['a target that is no text', '{type: cloudify.policies.scaling, targets: [1]}', 1],
    ['targets that are no list', '{type: cloudify.policies.scaling, targets: g}', 1],
    ['an unknown key', '{type: cloudify.policies.scaling, targets: [g], zzz: 1}', 1],
    ['nothing', '', 1],
    ['numbers out of order', '{type: cloudify.policies.scaling, targets: [g], properties: {min_instances: 2}}', 207],
    ['a word for a number', '{type: cloudify.policies.scaling, targets: [g], properties: {min_instances: one}}', 208],
    ['a mapping for a number', '{type: cloudify.policies.scaling, targets: [g], properties: {max_instances: {}}}', 210],
    ['an unknown number', '{type: cloudify.policies.scaling, targets: [g], properties: {instances: 2}}', 1],
  ])(
    'refuse %s [§13] [error 204] [error 205] [error 206] [error 207] [error 208] [error 210]',
    async (_, policy, code) => {
      expect(await codesOf(`${HEAD}  p: ${policy}\n`)).toEqual([code]);
    },
  );

  it('came with version 1_3 [§4] [error 102]', async () => {
    const text = `${HEAD}  p: {type: cloudify.policies.scaling, targets: [g]}\n`.replace('_1_3', '_1_2');
    expect(await codesOf(text)).toEqual([102]);
    expect(await codesOf(text, { validateVersions: false })).toEqual([]);
    expect(await codesOf(HEAD.replace('_1_3', '_1_2'))).toEqual([]);
  });

  it('keep what the later of two says of one group', async () => {
    const plan =
      await planOf(`${HEAD}  p: {type: cloudify.policies.scaling, targets: [g], properties: {default_instances: 2}}
  q: {type: cloudify.policies.scaling, targets: [g], properties: {default_instances: 3}}
`);
    expect(plan.scaling_groups.get('g')?.properties.current_instances).toBe(3);
  });

  it('say where they are wrong', async () => {
    const { errors } = await parse(
      `${HEAD}  p:\n    type: cloudify.policies.scaling\n    targets:\n      - g\n      - a\n`,
    );
    expect(errors[0]).toMatchObject({ code: 205, path: 'policies.p.targets[1]', line: 10 });
  });
});
