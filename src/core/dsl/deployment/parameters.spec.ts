import { plain, planOf } from '../../../../test/support/dsl.js';
import type { LookUp } from '../schema/value-catalogue.js';
import { pythonStr } from '../text/python-text.js';
import type { Dict, Value } from '../values.js';
import { Float, isDict, isList } from '../values.js';
import type { ParameterOptions } from './parameters.js';
import { prepareParameters } from './parameters.js';
import { RefusedValues } from './refused-values.js';

function valueOf(value: unknown): Value {
  if (Array.isArray(value)) {
    return value.map(valueOf);
  }
  return typeof value === 'object' && value !== null && !(value instanceof Float)
    ? new Map(Object.entries(value).map(([key, item]) => [key, valueOf(item)]))
    : (value as Value);
}

/** Knows one function: `{get_input: x}` is the text `input x`. */
function evaluate(value: Value): Promise<Value> {
  if (isList(value)) {
    return Promise.all(value.map(evaluate));
  }
  return Promise.resolve(
    isDict(value) && value.has('get_input') ? `input ${pythonStr(value.get('get_input') ?? null)}` : value,
  );
}

async function prepared(
  parameters: string,
  given: Record<string, unknown> = {},
  options: Partial<ParameterOptions> = {},
): Promise<unknown> {
  const plan = await planOf(`tosca_definitions_version: cloudify_dsl_1_5
plugins: {p: {executor: central_deployment_agent, install: false}}
data_types: {d: {properties: {a: {default: 1}, b: {type: integer, required: false}}}}
workflows: {w: {mapping: p.x, parameters: ${parameters}}}
`);
  const declared = { parameters: plan.workflows.get('w')?.parameters ?? new Map(), dataTypes: plan.data_types };
  const settings = { allowCustom: false, deployment: 'dep', evaluate, ...options };
  return plain(await prepareParameters(declared, valueOf(given) as Dict, settings));
}

async function refused(
  parameters: string,
  given: Record<string, unknown> = {},
  options: Partial<ParameterOptions> = {},
): Promise<RefusedValues> {
  const outcome = await prepared(parameters, given, options).catch((error: unknown) => error);
  if (!(outcome instanceof RefusedValues)) {
    throw new Error(`not refused: ${JSON.stringify(outcome)}`);
  }
  return outcome;
}

describe('parameters of an execution', () => {
  it('are given ones, and defaults for the others [§12]', async () => {
    expect(await prepared('{a: {default: 1}, b: {default: null}, c: {required: false}, d: }', { d: 'x' })).toEqual({
      a: 1,
      b: null,
      d: 'x',
    });
    expect(await prepared('{a: {default: 1}}', { a: null })).toEqual({ a: null });
  });

  it('may be others than declared only when that is allowed [§12]', async () => {
    expect(await refused('{a: {default: 1}}', { zzz: 1 })).toMatchObject({ reason: 'unknown' });
    expect(await prepared('{a: {default: 1}}', { zzz: { x: 1 } }, { allowCustom: true })).toEqual({
      a: 1,
      zzz: { x: 1 },
    });
  });

  it('are evaluated when they are lists or dictionaries, defaults included [§12]', async () => {
    const given = { b: [{ get_input: 'y' }], c: 'get_input' };
    expect(await prepared('{a: {default: {get_input: x}}, b: , c: }', given)).toEqual({
      a: 'input x',
      b: ['input y'],
      c: 'get_input',
    });
  });

  it.each([
    ['integer', '5', 5],
    ['integer', 5.9, 5],
    ['integer', -5.9, -5],
    ['integer', true, 1],
    ['float', '1.5', 1.5],
    ['float', 1, 1],
    ['float', false, 0],
    ['boolean', 'TRUE', true],
    ['boolean', 'False', false],
    ['boolean', true, true],
    ['string', 'x', 'x'],
    ['list', [1, 'x'], [1, 'x']],
    ['list, item_type: integer', ['1', 2.5], [1, 2]],
    ['list, item_type: boolean', ['true', false], [true, false]],
    ['dict', { a: 1 }, { a: 1 }],
    ['regex', '[a-z]', '[a-z]'],
    ['textarea', 'x', 'x'],
    ['d', { b: 2 }, { a: 1, b: 2 }],
    ['integer', null, null],
  ])('of the type %s turn %j into %j [§12]', async (type, value, converted) => {
    expect(await prepared(`{a: {type: ${type}}}`, { a: value })).toEqual({ a: converted });
  });

  it.each([
    ['integer', '1.5'],
    ['integer', 'x'],
    ['integer', [1]],
    ['integer', Infinity],
    ['float', 'x'],
    ['float', {}],
    ['boolean', 'yes'],
    ['boolean', 1],
    ['string', 5],
    ['string', true],
    ['list', 'x'],
    ['list', {}],
    ['list, item_type: integer', ['x']],
    ['list, item_type: string', [1]],
    ['list, item_type: boolean', ['true', null]],
    ['dict', []],
    ['regex', '('],
    ['d', { b: 'x' }],
    ['d', { zzz: 1 }],
    ['d', 'x'],
  ])('of the type %s do not take %j [§12]', async (type, value) => {
    expect(await refused(`{a: {type: ${type}}}`, { a: value })).toMatchObject({ reason: 'type' });
  });

  it('are converted before constraints judge them [§12]', async () => {
    const parameters = '{a: {type: integer, constraints: [{in_range: [1, 9]}]}}';
    expect(await prepared(parameters, { a: '5' })).toEqual({ a: 5 });
    const error = await refused(parameters, { a: '10' });
    expect(error).toMatchObject({ reason: 'constraint' });
    expect(error.message).toBe('Value 10 of parameter a violates constraint in_range([1, 9]) operator.');
  });

  it('are held against evaluated arguments of constraints [§8.2] [§12]', async () => {
    const parameters = '{a: {constraints: [{valid_values: [{get_input: x}]}]}}';
    expect(await prepared(parameters, { a: 'input x' })).toEqual({ a: 'input x' });
    expect(await refused(parameters, { a: 'x' })).toMatchObject({ reason: 'constraint' });
  });

  it('that are required and absent are told all together, after all else [§12]', async () => {
    const error = await refused('{a: , b: {required: false}, c: {required: true}, d: {type: integer}}', { d: 'x' });
    expect(error.reason).toBe('type');
    expect(error.diagnostics.map(({ path }) => path)).toEqual(['parameters.d', 'parameters.a', 'parameters.c']);
  });

  it('that are names of things are looked up in the deployment, unless another is named [§8.3] [§12]', async () => {
    const parameters = `{
      n: {type: node_instance, constraints: [{name_pattern: {contains: n}}]},
      l: {type: list, item_type: node_id, constraints: [{deployment_id: other}]},
      b: {type: blueprint_id, default: b1},
    }`;
    const asked: LookUp[] = [];
    const lookUp = (question: LookUp): Promise<boolean> => {
      asked.push(question);
      return Promise.resolve(question.value !== 'bad');
    };
    const given = { n: 'n_1', l: ['x', 'y'] };
    expect(await prepared(parameters, given, { lookUp })).toEqual({ ...given, b: 'b1' });
    expect(plain(asked)).toEqual([
      {
        type: 'node_instance',
        value: 'n_1',
        conditions: { name_pattern: { contains: 'n' } },
        within: { deployment: 'dep' },
      },
      { type: 'node_id', value: 'x', conditions: {}, within: { deployment: 'other' } },
      { type: 'node_id', value: 'y', conditions: {}, within: { deployment: 'other' } },
      { type: 'blueprint_id', value: 'b1', conditions: {}, within: null },
    ]);
    const error = await refused(parameters, { n: 'n_1', l: ['x', 'bad'] }, { lookUp });
    expect(error).toMatchObject({ reason: 'constraint', message: 'Value bad of parameter l is no node_id' });
    expect(await refused(parameters, given)).toMatchObject({ reason: 'constraint' });
  });
});
