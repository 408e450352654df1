import { codesOf } from '../../../../test/support/dsl.js';

const HEAD = `
inputs: {s: {default: abc}, d: {default: {a: [10, 20]}}}
relationships: {cloudify.relationships.depends_on: {properties: {connection_type: {default: all_to_all}}}}
plugins: {pl: {executor: central_deployment_agent, install: false}}
node_types: {t: {properties: {p: {default: x}, q: {default: {a: {b: 1}, l: [1, 2], f: {get_input: d}}}, v: {required: false}}}}
node_templates: {n: {type: t}}
`;

function blueprint(call: string, place: 'node' | 'operation' | 'scalable' | 'source' | 'target'): string {
  const operation = `{i: {o: {implementation: pl.x, inputs: {x: ${call}}}}}`;
  const parts = {
    node: `properties: {v: ${call}}`,
    operation: `interfaces: ${operation}`,
    scalable: `capabilities: {scalable: {properties: {max_instances: ${call}}}}`,
    source: `relationships: [{type: cloudify.relationships.depends_on, target: n, source_interfaces: ${operation}}]`,
    target: `relationships: [{type: cloudify.relationships.depends_on, target: n, target_interfaces: ${operation}}]`,
  };
  const node = `node_templates:\n  n: {type: t}\n  m:\n    type: t\n    ${parts[place]}\n`;
  return `tosca_definitions_version: cloudify_dsl_1_5${HEAD.replace('node_templates: {n: {type: t}}\n', node)}`;
}

describe('keywords', () => {
  const PLACES = ['node', 'operation', 'scalable', 'source', 'target'] as const;
  const FUNCTIONS = ['get_property', 'get_attribute', 'get_attributes_list', 'get_attributes_dict'] as const;
  const cases = FUNCTIONS.flatMap((name) =>
    PLACES.flatMap((place) => ['SELF', 'SOURCE', 'TARGET'].map((keyword) => [name, keyword, place] as const)),
  );

  it.each(cases)('%s of %s in %s inputs or properties [§14.3]', async (name, keyword, place) => {
    const inRelationship = place === 'source' || place === 'target';
    const legal = (keyword === 'SELF') !== inRelationship;
    expect(await codesOf(blueprint(`{${name}: [${keyword}, p]}`, place))).toEqual(legal ? [] : [null]);
  });

  it.each(
    FUNCTIONS.flatMap((name) =>
      ['outputs', 'capabilities', 'labels', 'settings', 'policies'].flatMap((section) =>
        ['SELF', 'SOURCE', 'TARGET'].map((keyword) => [name, keyword, section] as const),
      ),
    ),
  )('%s of %s in %s is refused [§14.3]', async (name, keyword, section) => {
    const call = `{concat: [{${name}: [${keyword}, p]}]}`;
    const sections: Record<string, string> = {
      outputs: `outputs: {o: {value: ${call}}}`,
      capabilities: `capabilities: {o: {value: ${call}}}`,
      labels: `labels: {k: {values: [${call}]}}`,
      settings: `deployment_settings: {display_name: ${call}}`,
      policies: `groups: {g: {members: [n]}}
policies: {p: {type: cloudify.policies.scaling, targets: [g], properties: {max_instances: ${call}}}}`,
    };
    const codes = await codesOf(`tosca_definitions_version: cloudify_dsl_1_5${HEAD}${sections[section] ?? ''}\n`);
    expect(new Set(codes)).toEqual(new Set([null]));
  });
});
