import { blueprintOf, deploy, deploymentOf, HEAD, propertiesOf } from '../../../../test/support/functions.js';
import { parse, plain, planOf } from '../../../../test/support/dsl.js';
import type { Plan } from '../plan.js';

function marksOf(plan: Pick<Plan, 'nodes'>): unknown {
  return [...(plan.nodes[0]?.operations ?? [])].map(([name, { has_intrinsic_functions: has }]) => [name, has]);
}

/** All operations of the test below by both of their names, those with functions left marked. */
function marked(...left: readonly string[]): unknown {
  return expect.arrayContaining(
    ['plain', 'made', 'left', 'looks'].flatMap((name) =>
      [`i.${name}`, name].map((full) => [full, left.includes(name)]),
    ),
  ) as unknown;
}

describe('a deployment plan', () => {
  it('has final inputs; what was read of their functions is evaluated in place [plan 2] [§8.2]', async () => {
    const inputs = `{a: {default: {concat: [x, {get_input: b}]}}, b: {default: y}, c: {default: {get_secret: s}},
  unread: {default: {concat: [{get_input: b}]}}, d: {default: {list: [{get_input: b}, {concat: [{get_secret: s}, {get_input: b}]}]}},
  self: {default: {concat: [{get_property: [SELF, w]}]}}}`;
    const nodes = {
      n: '{v: [{get_input: a}, {get_input: c}, {get_input: d}, {get_input: self}], w: one}',
      m: '{v: {get_input: self}, w: two}',
    };
    const plan = await deploymentOf(blueprintOf(inputs, nodes));
    const left = { concat: [{ get_secret: 's' }, 'y'] };
    expect(plain(plan.inputs)).toEqual({
      a: { concat: ['x', 'y'] },
      b: 'y',
      c: { get_secret: 's' },
      unread: { concat: [{ get_input: 'b' }] },
      d: { list: ['y', left] },
      self: { concat: [{ get_property: ['SELF', 'w'] }] },
    });
    expect(propertiesOf(plan, 'n')).toEqual({ v: ['xy', { get_secret: 's' }, { list: ['y', left] }, 'one'], w: 'one' });
    expect(propertiesOf(plan, 'm')).toEqual({ v: 'two', w: 'two' });
  });

  it('marks operations in whose inputs functions are left [plan 1.3] [§14.5]', async () => {
    const text = `${HEAD}inputs: {i: {default: 1}}
node_templates:
  n:
    type: t
    interfaces:
      i:
        plain: {implementation: pl.x, inputs: {a: 1}}
        made: {implementation: pl.x, inputs: {a: {get_input: i}}}
        left: {implementation: pl.x, inputs: {a: [{get_attribute: [SELF, x]}]}}
        looks: {implementation: pl.x, inputs: {merge: [{a: {get_input: i}}]}}
`;
    const plan = await planOf(text);
    expect(marksOf(plan)).toEqual(marked());
    expect(marksOf(deploy(plan))).toEqual(marked('left'));
    expect(marksOf(deploy(plan, {}, { runtimeOnly: true }))).toEqual(marked('left', 'made', 'looks'));
    expect(plain(deploy(plan).nodes[0]?.operations.get('looks')?.inputs)).toEqual({ merge: [{ a: 1 }] });
  });

  it('has the evaluated inputs in interfaces, too, but not those of scripts [plan 2]', async () => {
    const { plan } = await parse(
      `${HEAD}inputs: {i: {default: 1}}
node_templates:
  n:
    type: t
    interfaces:
      i:
        o: {implementation: pl.x, inputs: {a: {get_input: i}}}
        s: {implementation: run.sh, inputs: {a: {get_input: i}}}
`,
      { files: { 'run.sh': '' } },
    );
    const [node] = plan === null ? [] : deploy(plan).nodes;
    expect(plain(node?.interfaces)).toMatchObject({
      i: { o: { inputs: { a: 1 } }, s: { inputs: { a: { get_input: 'i' } } } },
    });
    expect(plain(node?.operations.get('s')?.inputs)).toEqual({ a: 1, script_path: 'run.sh' });
  });

  it('leaves relationship properties, tags and metadata alone [§14.4] [trap 12]', async () => {
    const plan = await deploymentOf(
      `${HEAD}inputs: {i: {default: 1}}
metadata: {m: {get_input: i}}
resource_tags: {t: {get_input: i}}
node_templates:
  n: {type: t}
  m: {type: t, relationships: [{type: r, target: n, properties: {p: {get_input: i}}}]}
`.replace(
        'relationships:\n',
        'relationships:\n  r: {derived_from: cloudify.relationships.depends_on, properties: {p: {}}}\n',
      ),
    );
    expect(plain(plan.nodes[1]?.relationships[0]?.properties)).toMatchObject({ p: { get_input: 'i' } });
    expect(plain(plan.metadata)).toEqual({ m: { get_input: 'i' } });
    expect(plain(plan.resource_tags)).toEqual({ t: { get_input: 'i' } });
  });

  it('leaves everything for run time when it is told to [§15]', async () => {
    const text = blueprintOf('{i: {default: 1}}', {
      n: '{v: {string_lower: {get_attribute: [SELF, x]}}, w: {get_input: i}}',
    });
    const plan = await planOf(text);
    expect(() => deploy(plan)).toThrow('should not be a function');
    const deployment = deploy(plan, {}, { runtimeOnly: true });
    expect(deployment.nodes).toEqual(plan.nodes);
    expect(plain(deployment.inputs)).toEqual({ i: 1 });
    expect(deployment.node_instances).toHaveLength(1);
  });

  it('counts instances after evaluation, of nodes and scaling groups [§15] [plan 3.1]', async () => {
    const text = `${HEAD}inputs: {two: {default: 2}}
node_templates:
  n: {type: t, properties: {v: 3}, capabilities: {scalable: {properties: {default_instances: {get_property: [SELF, v]}, max_instances: {get_input: two}}}}}
groups: {g: {members: [n]}}
policies: {p: {type: cloudify.policies.scaling, targets: [g], properties: {default_instances: {get_input: two}}}}
`;
    const plan = await planOf(text);
    const deployment = deploy(plan);
    expect(deployment.node_instances).toHaveLength(6);
    expect(deployment.nodes[0]?.capabilities.scalable.properties).toEqual({
      min_instances: 0,
      max_instances: 2,
      default_instances: 3,
      current_instances: 3,
      planned_instances: 3,
    });
    expect(deployment.scaling_groups.get('g')?.properties.current_instances).toBe(2);
    expect(deployment.policies.get('p')?.properties.planned_instances).toBe(2);
    expect(() => deploy(plan, { two: 'many' })).toThrow('number of instances');
  });

  it('shares with the plan what holds no functions [plan 2]', async () => {
    const plan = await planOf(
      blueprintOf('{i: {default: 1}}', { a: '{v: {deep: [1]}}', b: '{v: {get_input: i}, w: {deep: [1]}}' }),
    );
    const deployment = deploy(plan);
    expect(deployment.nodes[0]).toBe(plan.nodes[0]);
    expect(deployment.nodes[1]?.properties.get('w')).toBe(plan.nodes[1]?.properties.get('w'));
    expect(deployment.nodes[1]?.operations).toBe(plan.nodes[1]?.operations);
    expect(plain(plan.nodes[1]?.properties)).toEqual({ v: { get_input: 'i' }, w: { deep: [1] } });
  });

  it('evaluates the arguments of constraints with the inputs [§8.2] [§15]', async () => {
    const text = `${HEAD}inputs:
  least: {default: 3}
  n: {type: integer, constraints: [{greater_or_equal: {get_input: least}}, {less_than: {get_property: [limits, v]}}]}
node_templates: {limits: {type: t, properties: {v: 10}}}
`;
    const plan = await planOf(text);
    expect(plain(deploy(plan, { n: 3 }).inputs)).toEqual({ least: 3, n: 3 });
    expect(() => deploy(plan, { n: 2 })).toThrow('greater_or_equal');
    expect(() => deploy(plan, { n: 10 })).toThrow('less_than');
    expect(() => deploy(plan, { n: 4, least: 5 })).toThrow('greater_or_equal');
  });
});

describe('secrets at creation', () => {
  const TEXT = blueprintOf(
    '{unread: {default: {get_secret: unread}}, read: {default: {get_secret: through_input}}, name: {default: by_name}}',
    { n: '{v: [{get_secret: b}, {get_secret: [a, part]}], w: {get_input: read}, x: {concat: [{get_secret: b}]}}' },
    `outputs: {o: {value: {get_secret: {get_input: name}}}, r: {value: {get_secret: {get_secret: inner}}}}
resource_tags: {t: {get_secret: unwalked}}
`,
  );

  it('must exist when they are named literally; all that do not are named at once [§15] [§17]', async () => {
    const plan = await planOf(TEXT);
    expect(() => deploy(plan, {}, { secrets: (name) => name !== 'a' && name !== 'through_input' })).toThrow(
      "Required secrets: [a, through_input] don't exist in this tenant",
    );
    expect(() => deploy(plan, {}, { secrets: () => false })).toThrow(
      "Required secrets: [a, b, by_name, inner, through_input] don't exist in this tenant",
    );
    expect(deploy(plan, {}, { secrets: (name) => !name.startsWith('un') }).node_instances).toHaveLength(1);
  });

  it('must exist under runtime-only evaluation, too, as far as they are named [§15]', async () => {
    const plan = await planOf(TEXT);
    expect(() => deploy(plan, {}, { secrets: () => false, runtimeOnly: true })).toThrow('[a, b, inner]');
  });

  it('are not supported without a store of them, unless none is met [§15] [§17]', async () => {
    const met = await planOf(TEXT);
    expect(() => deploy(met, {}, { secrets: null })).toThrow('not supported');
    const unmet = await planOf(blueprintOf('{unread: {default: {get_secret: x}}}', { n: '{v: 1}' }));
    expect(deploy(unmet, {}, { secrets: null }).node_instances).toHaveLength(1);
  });
});

describe('inter-deployment functions', () => {
  it('name each use of a capability, for each instance [§15] [plan 2]', async () => {
    const plan = await deploymentOf(`${HEAD}inputs: {dep: {default: d0}}
node_templates:
  n:
    type: t
    properties: {v: {get_capability: [{get_input: dep}, c, 0]}}
    capabilities: {scalable: {properties: {default_instances: 2}}}
    interfaces: {i: {o: {implementation: pl.x, inputs: {a: {b: [{get_capability: [d1, c]}]}}}}}
    relationships:
      - type: cloudify.relationships.depends_on
        target: m
        source_interfaces: {i: {o: {implementation: pl.x, inputs: {a: {get_capability: [d2, c]}}}}}
  m: {type: t}
  none: {type: t, properties: {v: {get_capability: [d3, c]}}, capabilities: {scalable: {properties: {default_instances: 0}}}}
outputs: {o: {value: {concat: [x, {get_capability: [{get_secret: s}, {get_capability: [d4, c]}]}]}}}
labels: {k: {values: [{get_capability: [d5, c]}]}}
`);
    const found = plain(plan.inter_deployment_functions) as {
      function_identifier: string;
      target_deployment: unknown;
      context: Readonly<Record<string, string>>;
    }[];
    const [n1 = '', n2 = '', m = ''] = plan.node_instances.map(({ id }) => id);
    const uses = found.map(({ function_identifier, target_deployment, context }) => [
      function_identifier,
      target_deployment,
      context,
    ]);
    const scoped = (identifier: string, deployment: string): unknown[] =>
      [n1, n2].map((self) => [identifier, [deployment, deployment], { self }]);
    const related = (operation: string): unknown[] =>
      [n1, n2].map((self) => [
        `nodes.n.cloudify.relationships.depends_on.${operation}.inputs.a.get_capability`,
        ['d2', 'd2'],
        { self, source: self, target: m },
      ]);
    const expected = [
      ...scoped('nodes.n.properties.v.get_capability', 'd0'),
      ...scoped('nodes.n.operations.i.o.inputs.a.b[0].get_capability', 'd1'),
      ...scoped('nodes.n.operations.o.inputs.a.b[0].get_capability', 'd1'),
      ...related('i.o'),
      ...related('o'),
      ['outputs.o.value.concat[1].get_capability', [null, { get_secret: 's' }], {}],
      ['outputs.o.value.concat[1].get_capability[1].get_capability', ['d4', 'd4'], {}],
      ['labels.k.values[0].get_capability', ['d5', 'd5'], {}],
    ];
    expect(uses).toHaveLength(expected.length);
    expect(uses).toEqual(expect.arrayContaining(expected));
  });
});
