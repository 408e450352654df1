import { codesOf, parse, plain, planOf } from '../../../../test/support/dsl.js';

const HEAD = `tosca_definitions_version: cloudify_dsl_1_3
data_types:
  limits: {properties: {low: {default: 1}, high: {type: integer}}}
policy_types:
  threshold:
    source: plugins/threshold.clj
    properties: {metric: {}, value: {type: integer, default: 10}}
  bounded:
    source: b
    properties: {limits: {type: limits}}
policy_triggers:
  execute:
    source: triggers/execute.clj
    parameters: {workflow: {type: string}, force: {type: boolean, default: false}}
node_types: {t: {}}
node_templates: {a: {type: t}, b: {type: t}}
groups:
`;

describe('groups', () => {
  it('hold node templates and groups, once each [§13] [plan 1]', async () => {
    const plan = await planOf(`${HEAD}  g: {members: [a, h, a, b, h]}\n  h: {members: [b]}\n`);
    expect(plain(plan.groups)).toEqual({
      g: { members: ['a', 'h', 'b'], policies: {} },
      h: { members: ['b'], policies: {} },
    });
    expect(plan.scaling_groups.size).toBe(0);
  });

  it.each([
    ['an unknown member', '{members: [a, c]}', 40],
    ['no members', '{}', 1],
    ['null members', '{members: }', 1],
    ['an empty list of members', '{members: []}', 1],
    ['members that are no list', '{members: a}', 1],
    ['a member that is no text', '{members: [1]}', 1],
    ['an unknown key', '{members: [a], zzz: 1}', 1],
    ['nothing', '', 1],
    ['policies that are no mapping', '{members: [a], policies: [p]}', 1],
  ])('refuse %s [§13] [error 1] [error 40]', async (_, group, code) => {
    expect(await codesOf(`${HEAD}  g: ${group}\n`)).toEqual([code]);
  });

  it('have names of their own [§13] [error 211]', async () => {
    expect(await codesOf(`${HEAD}  a: {members: [b]}\n`)).toEqual([211]);
  });

  it('may be empty altogether [§3]', async () => {
    expect((await planOf(HEAD)).groups.size).toBe(0);
    expect((await planOf(HEAD.replace('groups:', 'groups: {}'))).groups.size).toBe(0);
  });

  it('complete their policies and triggers by the schemas [§13] [plan 1]', async () => {
    const plan = await planOf(`${HEAD}  g:
    members: [a]
    policies:
      hot:
        type: threshold
        properties: {metric: cpu}
        triggers:
          heal: {type: execute, parameters: {workflow: heal}}
      bare: {type: bounded, properties: {limits: {high: 3}}}
`);
    expect(plain(plan.groups.get('g')?.policies)).toEqual({
      hot: {
        type: 'threshold',
        properties: { metric: 'cpu', value: 10 },
        triggers: { heal: { type: 'execute', parameters: { workflow: 'heal', force: false } } },
      },
      bare: { type: 'bounded', properties: { limits: { low: 1, high: 3 } }, triggers: {} },
    });
  });

  it.each([
    ['an unknown policy type', '{type: nope}', 41],
    ['a policy type that is no text', '{type: 1}', 1],
    ['no policy type', '{properties: {}}', 1],
    ['an unknown key', '{type: threshold, properties: {metric: m}, zzz: 1}', 1],
    ['a missing property', '{type: threshold}', 107],
    ['an undefined property', '{type: threshold, properties: {metric: m, nope: 1}}', 106],
    ['a property of the wrong type', '{type: threshold, properties: {metric: m, value: x}}', 105],
    ['a nested property that is missing', '{type: bounded}', 107],
    ['an unknown trigger', '{type: threshold, properties: {metric: m}, triggers: {x: {type: nope}}}', 42],
    ['a trigger without type', '{type: threshold, properties: {metric: m}, triggers: {x: {}}}', 1],
    ['a missing parameter', '{type: threshold, properties: {metric: m}, triggers: {x: {type: execute}}}', 107],
    [
      'an undefined parameter',
      '{type: threshold, properties: {metric: m}, triggers: {x: {type: execute, parameters: {workflow: w, nope: 1}}}}',
      106,
    ],
  ])(
    'refuse a policy with %s [§13] [error 41] [error 42] [error 105] [error 106] [error 107]',
    async (_, policy, code) => {
      expect(await codesOf(`${HEAD}  g: {members: [a], policies: {p: ${policy}}}\n`)).toEqual([code]);
    },
  );

  it('report faults of several groups together', async () => {
    const { errors } = await parse(`${HEAD}  g: {members: [x]}\n  h: {members: []}\n`);
    expect(errors.map(({ code, path }) => [code, path])).toEqual([
      [40, 'groups.g.members[0]'],
      [1, 'groups.h.members'],
    ]);
  });
});
