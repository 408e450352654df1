import { codesOf, nodeOf, plain, planOf } from '../../../../test/support/dsl.js';

const HEAD = `tosca_definitions_version: cloudify_dsl_1_5
plugins:
  p: {executor: central_deployment_agent, source: dir}
  q: {executor: host_agent, source: dir}
`;

/** The merged operation `i.op` of a node template over its type. */
async function merged(declared: string, given: string): Promise<unknown> {
  const text = `${HEAD}node_types:
  cloudify.nodes.Compute: {interfaces: {i: {op: ${declared}}}}
node_templates:
  n: {type: cloudify.nodes.Compute, interfaces: {i: {${given === '' ? '' : `op: ${given}`}}}}
`;
  return plain(
    nodeOf(await planOf(text), 'n')
      .interfaces.get('i')
      ?.get('op'),
  );
}

const NOTHING = {
  implementation: '',
  inputs: {},
  executor: null,
  max_retries: null,
  retry_interval: null,
  timeout: null,
  timeout_recoverable: null,
};

describe('an operation', () => {
  it.each([
    ['a text, short for its implementation', 'p.task', { ...NOTHING, implementation: 'p.task' }],
    ['null: no operation', 'null', NOTHING],
    ['an empty mapping: no operation', '{}', NOTHING],
    [
      'a mapping with everything',
      '{implementation: p.task, inputs: {a: 1}, executor: host_agent, max_retries: -1, retry_interval: 0.5, timeout: 0, timeout_recoverable: true}',
      {
        implementation: 'p.task',
        inputs: { a: 1 },
        executor: 'host_agent',
        max_retries: -1,
        retry_interval: 0.5,
        timeout: 0,
        timeout_recoverable: true,
      },
    ],
  ])('is %s [§9.3] [plan 1.1]', async (_name, given, expected) => {
    expect(await merged('null', given)).toEqual(expected);
  });

  it.each([
    ['an unknown key', '{zzz: 1}', 1],
    ['a list', '[p.task]', 1],
    ['a number', '1', 1],
    ['an implementation that is no text', '{implementation: 1}', 1],
    ['inputs that are no mapping', '{implementation: p.task, inputs: [a]}', 1],
    ['retries that are no integer', '{implementation: p.task, max_retries: 1.0}', 1],
    ['an interval that is no number', '{implementation: p.task, retry_interval: x}', 1],
    ['a timeout that is no number', '{implementation: p.task, timeout: x}', 1],
    ['a flag that is no boolean', '{implementation: p.task, timeout_recoverable: 1}', 1],
    ['an executor that does not exist', '{implementation: p.task, executor: nobody}', 28],
    ['too few retries', '{implementation: p.task, max_retries: -2}', null],
    ['a negative interval', '{implementation: p.task, retry_interval: -0.1}', null],
    ['a negative timeout', '{implementation: p.task, timeout: -1}', null],
  ])('may not be or have %s, in types and templates alike [§9.3] [error 1] [error 28]', async (_name, given, code) => {
    const type = `${HEAD}node_types: {t: {interfaces: {i: {op: ${given}}}}}\n`;
    const template = `${HEAD}node_types: {t: {}}\nnode_templates: {n: {type: t, interfaces: {i: {op: ${given}}}}}\n`;
    expect((await codesOf(type))[0]).toBe(code);
    expect((await codesOf(template))[0]).toBe(code);
  });

  it.each(['max_retries', 'retry_interval'])('has %s since 1_1 [§4] [error 102]', async (key) => {
    const text = `tosca_definitions_version: cloudify_dsl_1_0
node_types: {t: {interfaces: {i: {op: {${key}: 1}}}}}
`;
    expect(await codesOf(text)).toEqual([102]);
    expect(await codesOf(text.replace('1_0', '1_1'))).toEqual([]);
    expect(await codesOf(text.replace(`${key}: 1`, `${key}: null`))).toEqual([]);
  });
});

describe('a type over its parent', () => {
  it('replaces operations whole and keeps the others [§9.4] [trap 6]', async () => {
    const plan = await planOf(`${HEAD}node_types:
  parent:
    interfaces:
      i:
        kept: {implementation: p.kept, inputs: {a: {default: 1}}}
        changed: {implementation: p.old, executor: central_deployment_agent, inputs: {a: {default: 1}}}
        removed: p.removed
        unimplemented: {implementation: p.old, inputs: {a: {default: 1}}}
      j: {other: p.other}
  child:
    derived_from: parent
    interfaces:
      i:
        changed: p.new
        removed: {}
        unimplemented: {inputs: {b: {default: 2}}}
        added: p.added
node_templates:
  n: {type: child}
`);
    const { interfaces } = nodeOf(plan, 'n');
    expect(plain(interfaces.get('i'))).toEqual({
      kept: { ...NOTHING, implementation: 'p.kept', inputs: { a: 1 } },
      changed: { ...NOTHING, implementation: 'p.new' },
      removed: NOTHING,
      unimplemented: { ...NOTHING, inputs: { b: 2 } },
      added: { ...NOTHING, implementation: 'p.added' },
    });
    expect(plain(interfaces.get('j'))).toEqual({ other: { ...NOTHING, implementation: 'p.other' } });
  });
});

describe('a template over its type', () => {
  const declared =
    '{implementation: p.task, inputs: {a: {default: 1}, b: {default: 2}}, executor: central_deployment_agent, max_retries: 3, retry_interval: 4, timeout: 5, timeout_recoverable: false}';
  const asDeclared = {
    implementation: 'p.task',
    inputs: { a: 1, b: 2 },
    executor: 'central_deployment_agent',
    max_retries: 3,
    retry_interval: 4,
    timeout: 5,
    timeout_recoverable: false,
  };

  it.each([
    ['says nothing: the type counts, with its defaults', declared, '', asDeclared],
    ['has no operation: none is left', declared, '{}', NOTHING],
    ['has no operation written as null: none is left', declared, 'null', NOTHING],
    [
      'has one and the type none: as written',
      '{}',
      '{implementation: p.own, inputs: {z: 1}}',
      { ...NOTHING, implementation: 'p.own', inputs: { z: 1 } },
    ],
    [
      'has no implementation: the type and its own inputs',
      declared,
      '{inputs: {b: 3, c: 4}}',
      { ...asDeclared, inputs: { a: 1, b: 3, c: 4 } },
    ],
    [
      'has an empty implementation: as if it had none',
      declared,
      "{implementation: '', inputs: {a: 9}}",
      { ...asDeclared, inputs: { a: 9, b: 2 } },
    ],
    [
      'has the same implementation: field by field',
      declared,
      '{implementation: p.task, executor: host_agent, max_retries: 0, retry_interval: 0, timeout: 0, timeout_recoverable: true}',
      {
        ...asDeclared,
        executor: 'host_agent',
        max_retries: 0,
        retry_interval: 0,
        timeout: 0,
        timeout_recoverable: true,
      },
    ],
    [
      'has another implementation: it alone',
      declared,
      '{implementation: p.other, inputs: {z: 1}}',
      { ...NOTHING, implementation: 'p.other', inputs: { z: 1 } },
    ],
    [
      'has another implementation in short form: it alone',
      declared,
      'p.other',
      { ...NOTHING, implementation: 'p.other' },
    ],
    [
      'gives null for an input: null counts',
      declared,
      '{inputs: {a: null}}',
      { ...asDeclared, inputs: { a: null, b: 2 } },
    ],
  ])('%s [§9.4] [trap 6] [trap 13]', async (_name, type, given, expected) => {
    expect(await merged(type, given)).toEqual(expected);
  });

  it('keeps interfaces and operations that the type does not know [§9.4]', async () => {
    const plan = await planOf(`${HEAD}node_types: {t: {interfaces: {i: {op: p.task}}}}
node_templates: {n: {type: t, interfaces: {i: {own: p.own}, j: {op: p.task}, empty: null}}}
`);
    expect(plain(nodeOf(plan, 'n').interfaces)).toEqual({
      i: { op: { ...NOTHING, implementation: 'p.task' }, own: { ...NOTHING, implementation: 'p.own' } },
      j: { op: { ...NOTHING, implementation: 'p.task' } },
      empty: {},
    });
  });

  it('must give what the type declares without default, required or not [§9.4] [error 107]', async () => {
    const text = `${HEAD}node_types: {t: {interfaces: {i: {op: {implementation: p.task, inputs: {a: {required: false}}}}}}}
node_templates: {n: {type: t, GIVEN}}
`;
    const given = (interfaces: string): Promise<(number | null)[]> =>
      codesOf(text.replace('GIVEN', `interfaces: ${interfaces}`));
    expect(await given('{}')).toEqual([107]);
    expect(await given('{i: {op: {inputs: {b: 1}}}}')).toEqual([107]);
    expect(await given('{i: {op: {inputs: {a: 1}}}}')).toEqual([]);
    expect(await given('{i: {op: p.other}}')).toEqual([]);
    expect(await given('{i: {op: {}}}')).toEqual([]);
  });

  it('marks dictionaries with the declared type of their input [§9.4] [trap 6]', async () => {
    const declaration =
      '{implementation: p.task, inputs: {n: {type: integer}, c: {type: dict, default: {a: 1}}, l: {type: list, default: []}, u: {default: {z: 1}}}}';
    expect(await merged(declaration, '{inputs: {n: {concat: [a]}, extra: {y: 1}}}')).toMatchObject({
      inputs: {
        n: { concat: ['a'], type: 'integer' },
        c: { a: 1, type: 'dict' },
        l: [],
        u: { z: 1 },
        extra: { y: 1 },
      },
    });
    expect(await merged(declaration, '{inputs: {n: 5, c: {type: mine, a: 2}}}')).toMatchObject({
      inputs: { n: 5, c: { a: 2, type: 'dict' } },
    });
  });

  it('merges the two sides of a relationship each with its own [§9.4] [plan 1.2]', async () => {
    const plan = await planOf(`${HEAD}node_types: {t: {}}
relationships:
  r:
    source_interfaces: {i: {op: {implementation: p.source, inputs: {a: {default: 1}}}}}
    target_interfaces: {i: {op: {implementation: p.target, inputs: {a: {default: 2}}}}}
node_templates:
  a: {type: t}
  b:
    type: t
    relationships:
      - {type: r, target: a, source_interfaces: {i: {op: {inputs: {a: 3}}}}, target_interfaces: {i: {op: {}, own: p.own}}}
`);
    const [relationship] = nodeOf(plan, 'b').relationships;
    expect(plain(relationship?.source_interfaces)).toEqual({
      i: { op: { ...NOTHING, implementation: 'p.source', inputs: { a: 3 } } },
    });
    expect(plain(relationship?.target_interfaces)).toEqual({
      i: { op: NOTHING, own: { ...NOTHING, implementation: 'p.own' } },
    });
    expect(plain(relationship?.source_operations)).toMatchObject({
      'i.op': { operation: 'source' },
      op: { operation: 'source' },
    });
    expect(plain(relationship?.target_operations)).toMatchObject({ own: { operation: 'own' }, op: { operation: '' } });
  });
});
