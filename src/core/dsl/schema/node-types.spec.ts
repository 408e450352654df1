import { codesOf, nodeOf, parse, plain, planOf } from '../../../../test/support/dsl.js';

const HEAD = 'tosca_definitions_version: cloudify_dsl_1_5\n';

describe('node types', () => {
  it('inherit properties and interfaces, and list their ancestors from the root [§9.1] [plan 1.1]', async () => {
    const plan = await planOf(`${HEAD}plugins: {p: {executor: central_deployment_agent, source: dir}}
node_types:
  grandchild: {derived_from: child, properties: {c: {default: 3}}}
  child: {derived_from: root, properties: {a: {default: 2}}}
  root: {properties: {a: {default: 1}, b: {default: 1}}, interfaces: {i: {op: p.task}}}
node_templates:
  n: {type: grandchild, properties: {b: 9}}
  bare:
    type: root
`);
    const node = nodeOf(plan, 'n');
    expect(node).toMatchObject({
      id: 'n',
      name: 'n',
      type: 'grandchild',
      type_hierarchy: ['root', 'child', 'grandchild'],
    });
    expect(plain(node.properties)).toEqual({ a: 2, b: 9, c: 3 });
    expect(node.operations.get('op')).toMatchObject({ plugin: 'p', operation: 'task' });
    expect(nodeOf(plan, 'bare').type_hierarchy).toEqual(['root']);
  });

  it('may be null or empty [§9.1]', async () => {
    const plan = await planOf(`${HEAD}node_types: {a: , b: {}, c: {derived_from: a, properties: , interfaces: }}
node_templates: {n: {type: c}}
`);
    expect(nodeOf(plan, 'n').type_hierarchy).toEqual(['a', 'c']);
  });

  it('accept runtime_properties with the schema of properties, in any version [§4] [§9.1]', async () => {
    const text = `tosca_definitions_version: cloudify_dsl_1_0
node_types: {t: {runtime_properties: {ip: {type: string, description: address}}}}
`;
    expect(await codesOf(text)).toEqual([]);
    expect(await codesOf(text.replace('description', 'zzz'))).toEqual([1]);
  });

  it.each([
    ['an unknown key', '{zzz: 1}', 1],
    ['a text', 'x', 1],
    ['properties that are a list', '{properties: [a]}', 1],
    ['interfaces that are a list', '{interfaces: [a]}', 1],
    ['an interface that is a text', '{interfaces: {i: x}}', 1],
    ['an interface with a key that is no text', '{interfaces: {i: {1: p.op}}}', 1],
    ['a parent that is no text', '{derived_from: 1}', 1],
    ['a parent that does not exist', '{derived_from: nobody}', 103],
  ])('may not be or have %s [§9.1] [error 1] [error 103]', async (_name, type, code) => {
    expect((await codesOf(`${HEAD}node_types: {t: ${type}}\n`))[0]).toBe(code);
  });

  it('say in which file, line and column a parent is missing [§2]', async () => {
    const { errors } = await parse(`${HEAD}node_types:\n  t:\n    derived_from: nobody\n`);
    expect(errors[0]).toMatchObject({ file: 'blueprint.yaml', line: 4, column: 19, path: 'node_types.t.derived_from' });
  });

  it('make hosts when any name of their line contains the name of the machine type [§9.1] [trap 11]', async () => {
    const plan = await planOf(`${HEAD}node_types:
  my.cloudify.nodes.ComputeLike: {}
  machine: {derived_from: my.cloudify.nodes.ComputeLike}
  cloudify.nodes.Comput: {}
node_templates:
  host: {type: machine}
  other: {type: cloudify.nodes.Comput}
`);
    expect(nodeOf(plan, 'host').host_id).toBe('host');
    expect(nodeOf(plan, 'other')).not.toHaveProperty('host_id');
  });
});
