import { load, loadUnder, refusedCodes } from '../../../../test/support/imports.js';

const HEAD = 'tosca_definitions_version: cloudify_dsl_1_5\n';

describe('names under a namespace', () => {
  it.each([
    'inputs',
    'node_types',
    'data_types',
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
    'metadata',
  ])('are those of the entries of %s, but for cloudify. ones [§6]', async (section) => {
    expect((await loadUnder(`${section}: {a: {}, cloudify.b: {}, __proto__: {}}`))[section]).toEqual(
      Object.fromEntries([
        ['ns--a', {}],
        ['cloudify.b', {}],
        ['ns--__proto__', {}],
      ]),
    );
  });

  it('compose from left to right [§6]', async () => {
    const files = { 'a.yaml': 'imports: [y--b.yaml]', 'b.yaml': 'imports: [c.yaml]', 'c.yaml': 'inputs: {i: {}}' };
    expect((await load(`${HEAD}imports: [x--a.yaml]`, { files })).merged['inputs']).toEqual({ 'x--y--i': {} });
  });

  it('leave the importing file alone, which may add to a node template by its new name [§6] [§5.4]', async () => {
    const main = `${HEAD}imports: [ns--a.yaml]\nnode_templates: {ns--n: {relationships: [{type: r, target: m}]}, m: {type: t}}`;
    const { merged } = await load(main, { files: { 'a.yaml': 'node_templates: {n: {type: t}}' } });
    expect(merged['node_templates']).toEqual({
      'ns--n': { type: 'ns--t', relationships: [{ type: 'r', target: 'm' }] },
      m: { type: 't' },
    });
  });

  it('stay with a top-level description, and with sections that nobody knows [§6]', async () => {
    expect(await loadUnder('description: text\nodd: {a: b}')).toMatchObject({ description: 'text', odd: { a: 'b' } });
  });

  it('are given to the keys of deployment_settings, so that the schema refuses them: an artefact [§6]', async () => {
    expect((await loadUnder('deployment_settings: {id_template: x}'))['deployment_settings']).toEqual({
      'ns--id_template': 'x',
    });
  });

  it("are those of a plugin's properties, unlike those of a type: an artefact [§6]", async () => {
    const text = 'plugins: {p: {properties: {q: {type: string}}}}\nnode_types: {t: {properties: {q: {type: string}}}}';
    expect(await loadUnder(text)).toMatchObject({
      plugins: { 'ns--p': { properties: { 'ns--q': { type: 'string' } } } },
      node_types: { 'ns--t': { properties: { q: { type: 'string' } } } },
    });
  });

  it('are left as they are in what is no dictionary [§6]', async () => {
    const odd = { inputs: [1], node_types: 'text', node_templates: { 'ns--n': 5, 'ns--m': [1], 'ns--k': { type: 5 } } };
    const text = 'inputs: [1]\nnode_types: text\nnode_templates: {n: 5, m: [1], k: {type: 5}}';
    expect(await loadUnder(text)).toMatchObject(odd);
  });
});

describe('references under a namespace', () => {
  it('are those of types: parents, types of properties and of inputs, but for primitive and cloudify. ones [§6]', async () => {
    const text = `
node_types:
  a:
    derived_from: b
    properties: {p: {type: d}, q: {type: string}, r: {type: cloudify.d}, s: {type: capability_value}}
    runtime_properties: {p: {type: d}}
    interfaces: {i: {o: {inputs: {x: {type: d, default: text}, y: {type: list, item_type: d}}}}}
  c: {derived_from: cloudify.nodes.Root}
data_types: {d: {derived_from: e, properties: {p: {type: e}}}}
relationships: {r: {derived_from: s, properties: {p: {type: d}}, target_interfaces: {i: {o: {inputs: {x: {type: d}}}}}}}
policy_types: {t: {source: text, properties: {p: {type: d}}}}
policy_triggers: {t: {source: text, parameters: {p: {type: d}}}}
inputs: {a: {type: d}, b: {type: integer}, c: {type: list, item_type: d}, e: {type: list, item_type: string}}
workflows: {w: {mapping: p.f, parameters: {a: {type: d}, b: {type: list, item_type: d}}}}
`;
    const merged = await loadUnder(text);
    expect(merged['node_types']).toEqual({
      'ns--a': {
        derived_from: 'ns--b',
        properties: {
          p: { type: 'ns--d' },
          q: { type: 'string' },
          r: { type: 'cloudify.d' },
          s: { type: 'capability_value' },
        },
        runtime_properties: { p: { type: 'ns--d' } },
        interfaces: {
          i: { o: { inputs: { x: { type: 'ns--d', default: 'text' }, y: { type: 'list', item_type: 'ns--d' } } } },
        },
      },
      'ns--c': { derived_from: 'cloudify.nodes.Root' },
    });
    expect(merged['data_types']).toEqual({ 'ns--d': { derived_from: 'ns--e', properties: { p: { type: 'ns--e' } } } });
    expect(merged['relationships']).toEqual({
      'ns--r': {
        derived_from: 'ns--s',
        properties: { p: { type: 'ns--d' } },
        target_interfaces: { i: { o: { inputs: { x: { type: 'ns--d' } } } } },
      },
    });
    expect(merged['policy_types']).toEqual({ 'ns--t': { source: 'text', properties: { p: { type: 'ns--d' } } } });
    expect(merged['policy_triggers']).toEqual({ 'ns--t': { source: 'text', parameters: { p: { type: 'ns--d' } } } });
    expect(merged['inputs']).toEqual({
      'ns--a': { type: 'ns--d' },
      'ns--b': { type: 'integer' },
      'ns--c': { type: 'list', item_type: 'ns--d' },
      'ns--e': { type: 'list', item_type: 'string' },
    });
    expect(merged['workflows']).toEqual({
      'ns--w': { mapping: 'ns--p.f', parameters: { a: { type: 'ns--d' }, b: { type: 'list', item_type: 'ns--d' } } },
    });
  });

  it('are those of templates, groups and policies [§6]', async () => {
    const text = `
node_templates:
  n: {type: t, relationships: [{type: r, target: m}, {type: cloudify.relationships.contained_in, target: cloudify.m}]}
groups:
  g: {members: [n, h], policies: {p: {type: pt, properties: {x: y}, triggers: {t: {type: tt, parameters: {x: y}}}}}}
policies: {p: {type: cloudify.policies.scaling, targets: [g]}, q: {type: mine, targets: [g]}}
`;
    const merged = await loadUnder(text);
    expect(merged['node_templates']).toEqual({
      'ns--n': {
        type: 'ns--t',
        relationships: [
          { type: 'ns--r', target: 'ns--m' },
          { type: 'cloudify.relationships.contained_in', target: 'cloudify.m' },
        ],
      },
    });
    expect(merged['groups']).toEqual({
      'ns--g': {
        members: ['ns--n', 'ns--h'],
        policies: {
          p: { type: 'ns--pt', properties: { x: 'y' }, triggers: { t: { type: 'ns--tt', parameters: { x: 'y' } } } },
        },
      },
    });
    expect(merged['policies']).toEqual({
      'ns--p': { type: 'cloudify.policies.scaling', targets: ['ns--g'] },
      'ns--q': { type: 'ns--mine', targets: ['ns--g'] },
    });
  });

  it('are implementations and mappings, long and short, scripts and the empty text [§6]', async () => {
    const text = `
node_types: {a: {interfaces: {i: {short: p.f, long: {implementation: scripts/x.sh}, empty: {implementation: ''}, none: {}, nothing: }}}}
node_templates: {n: {type: a, interfaces: {i: {o: p.f, q: {implementation: p.g, executor: host_agent, inputs: {a: b}}}}, relationships: [{type: r, target: n, source_interfaces: {i: {o: p.f}}, target_interfaces: {i: {o: {implementation: ''}}}}]}}
relationships: {r: {source_interfaces: {i: {o: p.f}}, target_interfaces: {i: {o: ''}}}}
workflows: {w: p.f, v: {mapping: scripts/w.py}}
plugins: {p: {executor: host_agent, source: p}}
`;
    const merged = await loadUnder(text);
    expect(merged['node_types']).toEqual({
      'ns--a': {
        interfaces: {
          i: {
            short: 'ns--p.f',
            long: { implementation: 'ns--scripts/x.sh' },
            empty: { implementation: 'ns--' },
            none: {},
            nothing: null,
          },
        },
      },
    });
    expect(merged['node_templates']).toEqual({
      'ns--n': {
        type: 'ns--a',
        interfaces: {
          i: { o: 'ns--p.f', q: { implementation: 'ns--p.g', executor: 'host_agent', inputs: { a: 'b' } } },
        },
        relationships: [
          {
            type: 'ns--r',
            target: 'ns--n',
            source_interfaces: { i: { o: 'ns--p.f' } },
            target_interfaces: { i: { o: { implementation: 'ns--' } } },
          },
        ],
      },
    });
    expect(merged['relationships']).toEqual({
      'ns--r': { source_interfaces: { i: { o: 'ns--p.f' } }, target_interfaces: { i: { o: 'ns--' } } },
    });
    expect(merged['workflows']).toEqual({ 'ns--w': 'ns--p.f', 'ns--v': { mapping: 'ns--scripts/w.py' } });
    expect(merged['plugins']).toEqual({ 'ns--p': { executor: 'host_agent', source: 'p' } });
  });
});

describe('built-in types and namespaces', () => {
  const files = {
    'types.yaml':
      'node_types: {cloudify.nodes.Root: {}, plain: {derived_from: other}}\nplugins: {script: {executor: host_agent}}\nworkflows: {install: script.x}\nmetadata: {cloudify_types: true}',
    'mid.yaml': 'imports: [types.yaml]\nnode_types: {mine: {derived_from: cloudify.nodes.Root}}',
    'bad.yaml': 'imports: [y--types.yaml]',
  };

  it('do not mix in the file that names the namespace [§6] [error 214]', async () => {
    expect(await refusedCodes(`${HEAD}imports: [x--types.yaml]`, { files })).toEqual([214]);
    expect(await refusedCodes(`${HEAD}imports: [x--bad.yaml]`, { files })).toEqual([214]);
    expect(await refusedCodes(`${HEAD}imports: [types.yaml, x--types.yaml]`, { files })).toEqual([214]);
  });

  it('come without the prefix when a file under a namespace imports them [§6]', async () => {
    const { merged } = await load(`${HEAD}imports: [x--mid.yaml]`, { files });
    expect(merged).toMatchObject({
      node_types: {
        'x--mine': { derived_from: 'cloudify.nodes.Root' },
        'cloudify.nodes.Root': {},
        plain: { derived_from: 'other' },
      },
      plugins: { script: {} },
      workflows: { install: 'script.x' },
      metadata: { cloudify_types: true },
    });
  });

  it('are the same import, under whatever namespace they are reached [§5.1] [§6]', async () => {
    const { merged } = await load(`${HEAD}imports: [x--mid.yaml, y--mid.yaml, types.yaml]`, { files });
    expect(Object.keys(merged['node_types'] as object)).toEqual(['x--mine', 'y--mine', 'cloudify.nodes.Root', 'plain']);
  });
});
