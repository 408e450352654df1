import { codesOf, parse, plain, planOf } from '../../../test/support/dsl.js';

const HEAD = 'tosca_definitions_version: cloudify_dsl_1_5\n';

describe('a blueprint', () => {
  it('of one line has an empty plan [§3] [plan 1]', async () => {
    expect(plain(await planOf('tosca_definitions_version: cloudify_dsl_1_3'))).toEqual({
      version: { raw: 'cloudify_dsl_1_3', definitions_name: 'cloudify_dsl', definitions_version: [1, 3] },
      description: null,
      metadata: null,
      inputs: {},
      outputs: {},
      capabilities: {},
      nodes: [],
      relationships: {},
      workflows: {},
      policy_types: {},
      policy_triggers: {},
      policies: {},
      groups: {},
      scaling_groups: {},
      data_types: {},
      labels: {},
      blueprint_labels: {},
      resource_tags: {},
      deployment_settings: {},
      deployment_plugins_to_install: [],
      host_agent_plugins_to_install: [],
      workflow_plugins_to_install: [],
      imported_blueprints: [],
      namespaces_mapping: {},
      requirements: { parent_capabilities: [], secrets: [] },
    });
  });

  it.each([
    'outputs: {o: {zzz: 1}}',
    'capabilities: {c: {value: null}}',
    'labels: {l: {values: [1]}}',
    'blueprint_labels: {l: {}}',
    'resource_tags: {t: 2020-01-01}',
    'deployment_settings: {zzz: 1}',
  ])('that has %s is told so before what is wrong with its types, nodes and workflows [§1]', async (section) => {
    const others = `node_types: {t: {derived_from: u}}
node_templates: {n: {type: v, interfaces: {i: {o: p.x}}}}
workflows: {w: p.x}
`;
    const codes = await codesOf(`${HEAD}${others}${section}\n`);
    expect([codes[0], codes.at(-1)]).toEqual([1, 21]);
  });

  it.each(['upload_resources', 'interfaces', 'zzz'])('may not have the section %s [§3] [error 1]', async (section) => {
    const { errors } = await parse(`${HEAD}${section}: {}\n`);
    expect(errors).toMatchObject([{ code: 1, path: section, line: 2, column: 1 }]);
    expect(errors[0]?.message).toMatch(/^'\w+' is not in schema\. Valid schema values: \[/u);
  });

  it('may have sections that are null [§3]', async () => {
    const sections = [
      'description',
      'inputs',
      'data_types',
      'relationships',
      'node_templates',
      'workflows',
      'groups',
      'policies',
      'policy_types',
      'policy_triggers',
      'outputs',
      'capabilities',
      'labels',
      'blueprint_labels',
      'resource_tags',
      'deployment_settings',
    ];
    const text = `tosca_definitions_version: cloudify_dsl_1_0\n${sections.map((section) => `${section}:\n`).join('')}`;
    expect(await codesOf(text)).toEqual([]);
  });

  it.each([
    'inputs',
    'data_types',
    'node_types',
    'relationships',
    'node_templates',
    'plugins',
    'workflows',
    'groups',
    'policies',
    'policy_types',
    'policy_triggers',
    'outputs',
    'capabilities',
    'labels',
    'blueprint_labels',
    'resource_tags',
    'deployment_settings',
    'metadata',
  ])('may not have a list as %s [§3] [error 1]', async (section) => {
    expect((await codesOf(`${HEAD}${section}: [a]\n`))[0]).toBe(1);
  });

  it('has a description since 1_2 [§3] [§4] [error 102]', async () => {
    const text = 'tosca_definitions_version: cloudify_dsl_1_1\ndescription: text\n';
    expect(await codesOf(text)).toEqual([102]);
    expect(await codesOf(text, { validateVersions: false })).toEqual([]);
    expect((await planOf(text.replace('1_1', '1_2'))).description).toBe('text');
    expect(await codesOf(`${HEAD}description: [a]\n`)).toEqual([1]);
  });

  it('keeps its metadata as written [§3] [plan 1]', async () => {
    const plan = await planOf(`${HEAD}metadata: {a: [1, {b: 2020-01-01}], c: null}\n`);
    expect(plain(plan.metadata)).toEqual({ a: [1, { b: { __date__: '2020-01-01' } }], c: null });
  });

  it('checks defaults only when its structure is sound, and functions only after them [§1]', async () => {
    const structure = 'node_types: {t: {zzz: 1}}\n';
    const bad = 'inputs: {a: {default: 1, constraints: [{less_than: 0}]}}\n';
    const call = 'outputs: {o: {value: {get_input: nobody}}}\n';
    const codes = async (text: string): Promise<(number | null)[]> => codesOf(HEAD + text);
    expect(await codes(structure + bad + call)).toEqual([1]);
    expect(await codes(bad + call)).toEqual([null]);
    expect((await parse(HEAD + bad + call)).errors[0]?.path).toContain('inputs.a');
    expect((await parse(HEAD + call)).errors[0]?.path).toContain('outputs.o');
  });

  it('lists what its functions ask of the manager [§1] [plan 1]', async () => {
    const plan = await planOf(
      `${HEAD}outputs: {a: {value: {get_secret: s}}, b: {value: {get_environment_capability: c}}}\n`,
    );
    expect(plan.requirements).toEqual({ parent_capabilities: [['c']], secrets: ['s'] });
  });

  it('is told the first thousand of its faults', async () => {
    const keys = Array.from({ length: 100_000 }, (_, index) => `    k${String(index)}: 1\n`);
    const { errors } = await parse(`${HEAD}node_types: {t: {}}\nnode_templates:\n  n:\n    type: t\n${keys.join('')}`);
    expect(errors).toHaveLength(1000);
    expect(errors[0]).toMatchObject({ code: 1, path: 'node_templates.n.k0', line: 6, column: 5 });
  });

  it('is refused, not run out of memory, when its plan would be too large', async () => {
    const types = Array.from({ length: 5000 }, (_, index) => {
      const parent = index === 0 ? '' : `derived_from: t${String(index - 1)}, `;
      return `  t${String(index)}: {${parent}properties: {p${String(index)}: {default: 1}}}`;
    });
    const { errors } = await parse(`${HEAD}relationships:\n${types.join('\n')}\n`);
    expect(errors).toMatchObject([{ code: null, message: 'The plan of this blueprint would be too large' }]);
  });
});
