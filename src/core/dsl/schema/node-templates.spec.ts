import { codesOf, nodeOf, parse, plain, planOf } from '../../../../test/support/dsl.js';

const HEAD = `tosca_definitions_version: cloudify_dsl_1_5
plugins:
  p: {executor: central_deployment_agent, source: dir}
  on_host: {executor: host_agent, source: dir}
node_types:
  t: {properties: {a: {type: integer, default: 1}}}
  strict: {properties: {must: {type: string}}}
  cloudify.nodes.Compute: {}
relationships:
  r: {properties: {connection_type: {default: all_to_all}}}
  strict_r: {properties: {must: {}}}
  cloudify.relationships.contained_in: {}
  cloudify.relationships.depends_on_lifecycle_operation: {properties: {operation: {required: false}}}
`;

const CONTAINED = 'cloudify.relationships.contained_in';
const LIFECYCLE = 'cloudify.relationships.depends_on_lifecycle_operation';

function templates(text: string, head = HEAD): string {
  return `${head}node_templates:\n${text}\n`;
}

/** A relationship to `a` that waits for one of its lifecycle operations. */
function waiting(properties: string, target: string): string {
  return templates(`  a: {type: t, ${target}}
  n: {type: t, relationships: [{type: ${LIFECYCLE}, target: a, ${properties}}]}`);
}

function unlimited(count: number): object {
  return {
    default_instances: count,
    current_instances: count,
    planned_instances: count,
    min_instances: 0,
    max_instances: -1,
  };
}

describe('node templates', () => {
  it('may be absent altogether [§10]', async () => {
    expect((await planOf(HEAD)).nodes).toEqual([]);
    expect((await planOf(`${HEAD}node_templates:\n`)).nodes).toEqual([]);
  });

  it('come in the order of the document [plan 1]', async () => {
    const plan = await planOf(
      templates('  z: {type: t, relationships: [{type: r, target: a}]}\n  m: {type: t}\n  a: {type: t}'),
    );
    expect(plan.nodes.map(({ name }) => name)).toEqual(['z', 'm', 'a']);
  });

  it.each([
    ['no type', '{}', 1],
    ['a null type', '{type: null}', 1],
    ['nothing at all', '', 1],
    ['an unknown type', '{type: nobody}', 7],
    ['a type that is no text', '{type: {t: 1}}', 1],
    ['an unknown key', '{type: t, zzz: 1}', 1],
    ['properties that are a list', '{type: t, properties: [a]}', 1],
    ['relationships that are a mapping', '{type: t, relationships: {a: 1}}', 1],
    ['a value of the wrong type', '{type: t, properties: {a: x}}', 105],
    ['an undefined property', '{type: t, properties: {zzz: 1}}', 106],
    ['a missing property', '{type: strict}', 107],
    ['a misspelt section, whose lack is the first fault', '{type: strict, bogus_properties: {must: x}}', 107],
    ['another capability', '{type: t, capabilities: {zzz: {}}}', 1],
    ['an unknown key of scalable', '{type: t, capabilities: {scalable: {zzz: {}}}}', 1],
    ['an unknown number', '{type: t, capabilities: {scalable: {properties: {zzz: 1}}}}', 1],
    ['instances without deploy', '{type: t, instances: {}}', 1],
    ['instances with an unknown key', '{type: t, instances: {deploy: 1, zzz: 1}}', 1],
    ['negative deploy', '{type: t, instances: {deploy: -1}}', 1],
    ['deploy that is no integer', "{type: t, instances: {deploy: '1'}}", 1],
    ['both forms of numbers', '{type: t, instances: {deploy: 1}, capabilities: {scalable: {}}}', 209],
    ['more than the maximum', '{type: t, capabilities: {scalable: {properties: {max_instances: 0}}}}', 207],
  ])(
    'may not have %s [§10] [error 1] [error 7] [error 105] [error 106] [error 107] [error 207] [error 209]',
    async (_name, template, code) => {
      expect((await codesOf(templates(`  n: ${template}`)))[0]).toBe(code);
    },
  );

  it('tell their numbers of instances [§10] [plan 1.1]', async () => {
    const plan = await planOf(
      templates(`  plain: {type: t}
  old: {type: t, instances: {deploy: 3}}
  none: {type: t, instances: {deploy: 0}}
  new: {type: t, capabilities: {scalable: {properties: {default_instances: 2, min_instances: 1, max_instances: 5}}}}`),
    );
    const numbers = (name: string): unknown => nodeOf(plan, name).capabilities.scalable.properties;
    expect(numbers('plain')).toEqual(unlimited(1));
    expect(nodeOf(plan, 'plain').instances).toEqual({});
    expect(numbers('old')).toEqual(unlimited(3));
    expect(nodeOf(plan, 'old').instances).toEqual({ deploy: 3 });
    expect(numbers('none')).toEqual(unlimited(0));
    expect(numbers('new')).toEqual({ ...unlimited(2), min_instances: 1, max_instances: 5 });
  });

  it('may scale by capabilities since 1_3 [§4] [error 102]', async () => {
    const text = `tosca_definitions_version: cloudify_dsl_1_2
node_types: {t: {}}
node_templates: {n: {type: t, capabilities: {scalable: {properties: {default_instances: 1}}}}}
`;
    expect(await codesOf(text)).toEqual([102]);
    expect(await codesOf(text, { validateVersions: false })).toEqual([]);
    expect(await codesOf(text.replace('1_2', '1_3'))).toEqual([]);
  });

  it('are not confused by names that mean something to JavaScript', async () => {
    const plan = await planOf(
      templates('  __proto__: {type: t}\n  constructor: {type: t, relationships: [{type: r, target: __proto__}]}'),
    );
    expect(nodeOf(plan, 'constructor').relationships[0]?.target_id).toBe('__proto__');
  });

  it('report independent faults together [§1]', async () => {
    const { errors } = await parse(templates('  a: {type: nobody}\n  b: {type: t, zzz: 1}\n  c: {type: strict}'));
    expect(errors.map(({ code, path }) => [code, path])).toEqual([
      [7, 'node_templates.a.type'],
      [107, 'node_templates.c'],
      [1, 'node_templates.b.zzz'],
    ]);
  });
});

describe('the first fault', () => {
  it.each([
    [
      'an unknown type, before unknown types and targets of relationships',
      '  a: {type: nobody}\n  b: {type: t, relationships: [{type: nobody, target: nobody}]}',
      7,
    ],
    [
      'an operation of a node template without relationships, before those of relationship types',
      '  a: {type: t, relationships: [{type: bad, target: b}]}\n  b: {type: t, interfaces: {i: {op: nobody.x}}}',
      10,
    ],
    [
      'an operation of a relationship type, before the relationships themselves',
      '  a: {type: t, relationships: [{target: b}]}\n  b: {type: t}',
      19,
    ],
    [
      'the parent of a relationship type, before unknown types',
      '  a: {type: nobody}\nrelationships: {orphan: {derived_from: nobody}}',
      103,
    ],
    ['a property, before operations', '  a: {type: t, interfaces: {i: {op: nobody.x}}}\n  b: {type: strict}', 107],
  ])('is the one that the original meets: %s [§1]', async (_name, text, code) => {
    const head = HEAD.replace('relationships:', 'relationships:\n  bad: {source_interfaces: {i: {op: nobody.x}}}');
    expect((await codesOf(templates(text, head)))[0]).toBe(code);
  });
});

describe('relationships of node templates', () => {
  it.each([
    ['no type', '{target: a}', 1],
    ['no target', '{type: r}', 1],
    ['an unknown key', '{type: r, target: a, zzz: 1}', 1],
    ['no mapping', 'a', 1],
    ['an unknown type', '{type: nobody, target: a}', 26],
    ['an unknown target', '{type: r, target: nobody}', 25],
    ['itself as target', '{type: r, target: n}', 23],
    ['an undefined property', '{type: r, target: a, properties: {zzz: 1}}', 106],
    ['a missing property', '{type: strict_r, target: a}', 107],
  ])('may not have %s [§10] [error 23] [error 25] [error 26]', async (_name, relationship, code) => {
    expect((await codesOf(templates(`  a: {type: t}\n  n: {type: t, relationships: [${relationship}]}`)))[0]).toBe(
      code,
    );
  });

  it('contain a node template at most once [§10] [error 112]', async () => {
    const text = templates(`  a: {type: t}
  b: {type: t}
  n: {type: t, relationships: [{type: ${CONTAINED}, target: a}, {type: ${CONTAINED}, target: b}]}`);
    expect(await codesOf(text)).toEqual([112]);
    expect(await codesOf(text.replace(`${CONTAINED}, target: b`, 'r, target: b'))).toEqual([]);
  });

  it('stay in their order, two to the same target as well [plan 1.2] [trap 10]', async () => {
    const plan = await planOf(
      templates(`  a: {type: t}
  n:
    type: t
    relationships:
      - {type: r, target: a, properties: {connection_type: all_to_one}}
      - {type: ${CONTAINED}, target: a}
      - {type: r, target: a}`),
    );
    const { relationships } = nodeOf(plan, 'n');
    expect(relationships.map(({ type }) => type)).toEqual(['r', CONTAINED, 'r']);
    expect(relationships.map(({ properties }) => plain(properties))).toEqual([
      { connection_type: 'all_to_one' },
      {},
      { connection_type: 'all_to_all' },
    ]);
  });

  describe('that wait for a lifecycle operation', () => {
    const writes = 'interfaces: {cloudify.interfaces.lifecycle: {create: p.task, none: {}}}';

    it('must name it themselves [§10] [error 215]', async () => {
      expect(await codesOf(waiting('properties: {}', writes))).toEqual([215]);
      expect(await codesOf(waiting("properties: {operation: ''}", writes))).toEqual([215]);
      expect(await codesOf(waiting('properties: {operation: create}', writes))).toEqual([]);
    });

    it('need the target to write it itself [§10] [error 216]', async () => {
      expect(await codesOf(waiting('properties: {operation: start}', writes))).toEqual([216]);
      expect(await codesOf(waiting('properties: {operation: create}', 'interfaces: {}'))).toEqual([216]);
      expect(await codesOf(waiting('properties: {operation: none}', writes))).toEqual([]);
    });
  });
});

describe('hosts', () => {
  it('are the node template itself, or what it is contained in at any depth [§10] [plan 1.1]', async () => {
    const plan = await planOf(
      templates(`  host: {type: cloudify.nodes.Compute}
  app: {type: t, relationships: [{type: ${CONTAINED}, target: host}]}
  part: {type: t, relationships: [{type: r, target: host}, {type: ${CONTAINED}, target: app}]}
  free: {type: t, relationships: [{type: r, target: host}]}
  inner: {type: cloudify.nodes.Compute, relationships: [{type: ${CONTAINED}, target: host}]}`),
    );
    expect(plan.nodes.map(({ host_id }) => host_id)).toEqual(['host', 'host', 'host', undefined, 'inner']);
    expect(nodeOf(plan, 'free')).not.toHaveProperty('host_id');
  });

  it.each([
    ['its own operations', '  n: {type: t, interfaces: {i: {op: on_host.task}}}'],
    [
      'a central plugin that an operation sends to the host',
      '  n: {type: t, interfaces: {i: {op: {implementation: p.task, executor: host_agent}}}}',
    ],
    [
      'source operations of its relationships',
      '  n: {type: t, relationships: [{type: r, target: h, source_interfaces: {i: {op: on_host.task}}}]}',
    ],
    [
      'target operations of others',
      `  n: {type: t}\n  h2: {type: cloudify.nodes.Compute, relationships: [{type: r, target: n, target_interfaces: {i: {op: on_host.task}}}]}`,
    ],
  ])('are needed by plugins on hosts: %s [§10] [error 24]', async (_name, text) => {
    const all = templates(`  h: {type: cloudify.nodes.Compute}\n${text}`);
    const { errors } = await parse(all);
    expect(errors.map(({ code, path }) => [code, path])).toEqual([[24, 'node_templates.n']]);
    expect(await codesOf(all.replace('n: {type: t', 'n: {type: cloudify.nodes.Compute'))).toEqual([]);
  });

  it('are not needed by central operations, by scripts that go where they can, and by no operations [§10]', async () => {
    const text = templates(`  n:
    type: t
    interfaces:
      i:
        central: {implementation: on_host.task, executor: central_deployment_agent}
        script: run.sh
        none: {executor: host_agent}`).replace(
      'plugins:',
      'plugins:\n  script: {executor: host_agent, install: false}',
    );
    expect(await codesOf(text, { files: { 'run.sh': '' } })).toEqual([]);
  });
});
