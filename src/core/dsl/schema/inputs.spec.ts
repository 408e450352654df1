import { codesOf, parse, plain, planOf } from '../../../../test/support/dsl.js';

function blueprint(input: string, version = '1_5', more = ''): string {
  return `tosca_definitions_version: cloudify_dsl_${version}\n${more}inputs:\n  i: ${input}\n`;
}

const TYPES =
  'data_types: {d: {properties: {a: {default: 1}, b: {type: integer, required: false}}}, must: {properties: {m: {}}}}\n';

async function inputOf(input: string, more = ''): Promise<unknown> {
  return plain((await planOf(blueprint(input, '1_5', more))).inputs.get('i'));
}

describe('inputs', () => {
  it('keep what was written, nothing else [§8] [plan 1]', async () => {
    expect(await inputOf('')).toEqual({});
    expect(await inputOf('{}')).toEqual({});
    const written = {
      type: 'list',
      default: [1],
      required: false,
      description: 'text',
      display_label: 'Label',
      hidden: true,
      item_type: 'integer',
      constraints: [{ in_range: [0, 5] }],
    };
    expect(await inputOf(JSON.stringify(written))).toEqual(written);
    expect(await inputOf('{type: textarea, display: {rows: 10}}')).toEqual({ type: 'textarea', display: { rows: 10 } });
    expect(await inputOf('{default: null, description: null, required: null}')).toEqual({
      default: null,
      description: null,
      required: null,
    });
  });

  it('have their names from the user', async () => {
    const plan = await planOf(
      'tosca_definitions_version: cloudify_dsl_1_5\ninputs: {__proto__: {type: integer}, constructor: {}}\n',
    );
    expect([...plan.inputs.keys()]).toEqual(['__proto__', 'constructor']);
  });

  it.each([
    ['an unknown key', '{zzz: 1}'],
    ['a text', 'text'],
    ['a list', '[a]'],
    ['a type that is no text', '{type: [string]}'],
    ['a description that is no text', '{description: 1}'],
    ['required that is no boolean', '{required: 1}'],
    ['a label that is no text', '{display_label: {a: 1}}'],
    ['hidden that is no boolean', "{hidden: 'true', default: 1}"],
    ['an item_type that is no text', '{type: list, item_type: 1}'],
    ['constraints that are a mapping', '{constraints: {max_length: 1}}'],
    ['a constraint that is a text', '{constraints: [max_length]}'],
    ['a display that is a text', '{type: textarea, display: wide}'],
    ['rows that are no integer', "{type: textarea, display: {rows: '10'}}"],
    ['rows that are a boolean', '{type: textarea, display: {rows: true}}'],
    ['a default that is a date', '{default: 2020-01-01}'],
    ['a default that is bytes', '{default: !!binary YWJj}'],
  ])('refuse %s [§8] [error 1]', async (_name, input) => {
    expect((await codesOf(blueprint(input)))[0]).toBe(1);
  });

  it('refuse a section that is a list, and names that are no text [error 1]', async () => {
    expect(await codesOf('tosca_definitions_version: cloudify_dsl_1_5\ninputs: [a]\n')).toEqual([1]);
    expect(await codesOf('tosca_definitions_version: cloudify_dsl_1_5\ninputs: {1: {}}\n')).toEqual([1]);
  });

  it.each([
    ['{required: true}', 1],
    ['{type: list, item_type: string}', 3],
    ['{display_label: Label}', 2],
    ['{hidden: false}', 2],
    ['{type: node_id}', 3],
    ['{type: operation_name}', 4],
    ['{type: list, item_type: operation_name}', 4],
    ['{constraints: [{pattern: a, error_message: text}]}', 4],
  ])('%s is refused up to 1_%i only [§4] [error 102]', async (input, last) => {
    expect(await codesOf(blueprint(input, `1_${last}`))).toEqual([102]);
    expect(await codesOf(blueprint(input, `1_${last + 1}`))).toEqual([]);
    expect(await codesOf(blueprint(input, `1_${last}`), { validateVersions: false })).toEqual([]);
  });

  it.each([
    ['integer', '1.0', 105],
    ['integer', 'true', 105],
    ['float', '[]', 105],
    ['boolean', "'yes'", 105],
    ['list', '{}', 105],
    ['dict', '[]', 105],
    ['regex', "'('", 105],
    ['d', 'text', 105],
    ['d', '{b: x}', 105],
    ['d', '{zzz: 1}', 106],
    ['must', '{}', 107],
    ['nobody', '1', 103],
  ])(
    'of the type %s do not take the default %s [§8] [error 105] [error 106] [error 107]',
    async (type, value, code) => {
      const { errors } = await parse(blueprint(`{type: ${type}, default: ${value}}`, '1_5', TYPES));
      expect(errors).toHaveLength(1);
      expect(errors[0]?.code).toBe(code);
    },
  );

  it.each([
    ['integer', 'null'],
    ['list', 'null'],
    ['regex', 'null'],
    ['must', 'null'],
    ['textarea', '[1]'],
    ['float', '1'],
    ['integer', '{get_secret: s}'],
    ['must', '{get_secret: s}'],
  ])('of the type %s take the default %s [§7.1] [§8]', async (type, value) => {
    expect(await codesOf(blueprint(`{type: ${type}, default: ${value}}`, '1_5', TYPES))).toEqual([]);
  });

  it('have defaults completed by their data type, but only when they are written [§8]', async () => {
    expect(await inputOf('{type: d, default: {b: 2}}', TYPES)).toEqual({ type: 'd', default: { a: 1, b: 2 } });
    expect(await inputOf('{type: d}', TYPES)).toEqual({ type: 'd' });
    expect(await inputOf('{type: d, default: null}', TYPES)).toEqual({ type: 'd', default: null });
  });

  it.each([
    ['{type: list, item_type: nobody}', 217],
    ["{type: list, item_type: ''}", 217],
    ['{type: list, item_type: d}', 217],
    ['{type: string, item_type: string}', 218],
    ['{item_type: string}', 218],
    ['{type: dict, item_type: integer}', 218],
    ['{type: d, item_type: integer}', 218],
  ])(
    '%s is refused: items are of a primitive type, and only lists have them [§8] [error 217] [error 218]',
    async (input, code) => {
      expect(await codesOf(blueprint(input, '1_5', TYPES))).toEqual([code]);
    },
  );

  it('judge each item of a default by item_type [§8.3] [error 105]', async () => {
    expect(await codesOf(blueprint('{type: list, item_type: integer, default: [1, 2]}'))).toEqual([]);
    expect(await codesOf(blueprint('{type: list, item_type: integer, default: []}'))).toEqual([]);
    expect(await codesOf(blueprint('{type: list, item_type: integer, default: {get_secret: s}}'))).toEqual([]);
    expect(await codesOf(blueprint('{type: list, item_type: integer, default: [{get_secret: s}]}'))).toEqual([]);
    const { errors } = await parse(blueprint('{type: list, item_type: integer, default: [1, a]}'));
    expect(errors).toMatchObject([{ code: 105, path: 'inputs.i.default', line: 3 }]);
  });

  it.each(['{display: {rows: 1}}', '{type: string, display: {}}'])(
    '%s is refused: only a textarea has a display [§8] [error 216]',
    async (input) => {
      const { errors } = await parse(blueprint(input));
      expect(errors).toMatchObject([{ code: 216, class: 'input-type', path: 'inputs.i.display' }]);
    },
  );

  it('that are hidden need a default, or must not be required [§8] [error 215]', async () => {
    expect(await codesOf(blueprint('{hidden: true}'))).toEqual([215]);
    expect(await codesOf(blueprint('{hidden: true, required: true}'))).toEqual([215]);
    expect(await codesOf(blueprint('{hidden: true, required: false}'))).toEqual([]);
    expect(await codesOf(blueprint('{hidden: true, default: null}'))).toEqual([]);
    expect(await codesOf(blueprint('{hidden: false}'))).toEqual([]);
  });

  it.each(['blueprint_id', 'deployment_id', 'secret_key', 'node_id', 'capability_value', 'operation_name'])(
    'of the type %s may have no default, which nobody could look up [§8]',
    async (type) => {
      expect(await codesOf(blueprint(`{type: ${type}, default: x}`))).toEqual([null]);
      expect(await codesOf(blueprint(`{type: list, item_type: ${type}, default: [x]}`))).toEqual([null]);
      expect(await codesOf(blueprint(`{type: list, item_type: ${type}, default: []}`))).toEqual([]);
      expect(await codesOf(blueprint(`{type: ${type}}`))).toEqual([]);
    },
  );

  it('are all reported when several are wrong', async () => {
    const text =
      'tosca_definitions_version: cloudify_dsl_1_5\ninputs: {a: {type: integer, default: x}, b: {type: nobody}, c: {zzz: 1}}\n';
    expect(await codesOf(text)).toEqual([105, 103, 1]);
  });
});

function operation(inputs: string): string {
  return `tosca_definitions_version: cloudify_dsl_1_5
plugins: {p: {executor: central_deployment_agent, install: false}}
node_types: {t: {interfaces: {i: {op: {implementation: p.x, inputs: ${inputs}}}}}}
relationships: {r: {source_interfaces: {i: {op: {implementation: p.x, inputs: ${inputs}}}}}}
`;
}

describe('inputs of operations', () => {
  it('have the schema of inputs [§8] [§9.4]', async () => {
    const written = '{a: {type: list, item_type: string, default: [x], display_label: A, hidden: true}, b: }';
    const plan = await planOf(operation(written));
    const inputs = plan.relationships.get('r')?.source_interfaces.get('i')?.get('op')?.inputs;
    expect(plain(inputs)).toEqual({
      a: { type: 'list', item_type: 'string', default: ['x'], display_label: 'A', hidden: true },
      b: {},
    });
  });

  it.each([
    ['{a: {type: integer, default: x}}', 105],
    ['{a: {type: nobody}}', 103],
    ['{a: {zzz: 1}}', 1],
    ['{a: {hidden: true}}', 215],
    ['{a: {item_type: string}}', 218],
    ['{a: {constraints: [{}]}}', 103],
  ])('%s is refused [§8] [error 105] [error 215]', async (inputs, code) => {
    expect((await codesOf(operation(inputs)))[0]).toBe(code);
  });

  it('do not have their defaults held against constraints, as deployment inputs have', async () => {
    expect(await codesOf(operation('{a: {default: x, constraints: [{max_length: 0}]}}'))).toEqual([]);
  });
});

function workflow(parameters: string, version = '1_5'): string {
  return `tosca_definitions_version: cloudify_dsl_${version}
plugins: {p: {executor: central_deployment_agent, install: false}}
data_types: {d: {properties: {a: {default: 1}, b: {required: false}}}}
workflows: {w: {mapping: p.x, parameters: ${parameters}}}
`;
}

describe('parameters of workflows', () => {
  it('keep written keys, and complete defaults [§12] [plan 1.4]', async () => {
    const plan = await planOf(
      workflow('{a: {type: d, default: {b: 2}}, b: {default: null, type: list, item_type: node_id}, c: }'),
    );
    expect(plain(plan.workflows.get('w')?.parameters)).toEqual({
      a: { type: 'd', default: { a: 1, b: 2 } },
      b: { default: null, type: 'list', item_type: 'node_id' },
      c: {},
    });
  });

  it.each([
    ['{a: {display_label: A}}', 1],
    ['{a: {hidden: false}}', 1],
    ['{a: {display: {}}}', 1],
    ['{a: {type: integer, default: x}}', 105],
    ['{a: {type: d, default: {zzz: 1}}}', 106],
    ['{a: {type: nobody}}', 103],
    ['{a: {type: list, item_type: nobody}}', 217],
    ['{a: {item_type: string}}', 218],
    ['{a: {constraints: [{concat: [a, b]}]}}', 103],
    ['{a: {constraints: [{pattern: a, error_message: text}]}}', 103],
    ['{a: {constraints: [{pattern: 1}]}}', 212],
  ])('%s is refused [§12] [error 1] [error 103] [error 105] [error 212]', async (parameters, code) => {
    expect((await codesOf(workflow(parameters)))[0]).toBe(code);
  });

  it('do not have their defaults held against constraints or looked up [§12]', async () => {
    expect(await codesOf(workflow('{a: {type: node_id, default: x, constraints: [{max_length: 0}]}}'))).toEqual([]);
  });
});
