import { codesOf, nodeOf, plain, planOf } from '../../../../test/support/dsl.js';

const HEAD = `tosca_definitions_version: cloudify_dsl_1_5
plugins: {p: {executor: central_deployment_agent, source: dir}}
`;

describe('relationship types', () => {
  it('are all in the plan, with inheritance applied and operations in the long form [§9.2] [plan 1]', async () => {
    const plan = await planOf(`${HEAD}relationships:
  parent:
    properties: {connection_type: {default: all_to_all}}
    source_interfaces: {i: {a: {implementation: p.a, inputs: {x: {type: string, description: text}}}, b: p.b}}
  child:
    derived_from: parent
    source_interfaces: {i: {b: {}}}
    target_interfaces: {j: {c: p.c}}
`);
    const nothing = {
      implementation: '',
      inputs: {},
      executor: null,
      max_retries: null,
      retry_interval: null,
      timeout: null,
      timeout_recoverable: null,
    };
    const a = { ...nothing, implementation: 'p.a', inputs: { x: { type: 'string', description: 'text' } } };
    expect(plain(plan.relationships)).toEqual({
      parent: {
        name: 'parent',
        type_hierarchy: ['parent'],
        properties: { connection_type: { default: 'all_to_all' } },
        source_interfaces: { i: { a, b: { ...nothing, implementation: 'p.b' } } },
        target_interfaces: {},
      },
      child: {
        name: 'child',
        derived_from: 'parent',
        type_hierarchy: ['parent', 'child'],
        properties: { connection_type: { default: 'all_to_all' } },
        source_interfaces: { i: { a, b: nothing } },
        target_interfaces: { j: { c: { ...nothing, implementation: 'p.c' } } },
      },
    });
  });

  it.each([
    ['an unknown key', '{interfaces: {}}', 1],
    ['a text', 'x', 1],
    ['a parent that does not exist', '{derived_from: nobody}', 103],
    ['an operation that cannot be resolved', '{source_interfaces: {i: {op: nobody.op}}}', 19],
    ['such an operation on the target', '{target_interfaces: {i: {op: {implementation: nobody.op}}}}', 19],
  ])('may not be or have %s, though unused [§9.2] [error 1] [error 19] [error 103]', async (_name, type, code) => {
    expect((await codesOf(`${HEAD}relationships: {r: ${type}}\n`))[0]).toBe(code);
  });

  it('decide what is containment by their line of descent [§9.2]', async () => {
    const plan = await planOf(`${HEAD}node_types: {cloudify.nodes.Compute: {}, t: {}}
relationships:
  cloudify.relationships.contained_in: {}
  inside: {derived_from: cloudify.relationships.contained_in}
  other: {}
node_templates:
  host: {type: cloudify.nodes.Compute}
  a: {type: t, relationships: [{type: inside, target: host}]}
  b: {type: t, relationships: [{type: other, target: host}]}
`);
    expect(nodeOf(plan, 'a').host_id).toBe('host');
    expect(nodeOf(plan, 'b')).not.toHaveProperty('host_id');
    expect(nodeOf(plan, 'a').relationships[0]).toMatchObject({
      type: 'inside',
      type_hierarchy: ['cloudify.relationships.contained_in', 'inside'],
      target_id: 'host',
    });
  });
});
