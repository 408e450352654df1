import { plain, planOf } from '../../../../test/support/dsl.js';
import type { LookUp } from '../schema/value-catalogue.js';
import type { Dict, Key, Value } from '../values.js';
import { Float, floatValue, isDict } from '../values.js';
import type { InputOptions } from './inputs.js';
import { lookupsOf, prepareInputs } from './inputs.js';
import { RefusedValues } from './refused-values.js';

const HEAD = 'tosca_definitions_version: cloudify_dsl_1_5\n';
const TYPES = `data_types:
  d: {properties: {a: {default: 1}, b: {type: integer, required: false}}}
  must: {properties: {m: {type: integer}}}
  empty: {properties: {x: {required: false}}}
  outer: {properties: {inner: {type: must}}}
`;

function dict(entries: Readonly<Record<string, unknown>>): Dict {
  return new Map(Object.entries(entries).map(([key, value]) => [key, valueOf(value)]));
}

function valueOf(value: unknown): Value {
  if (Array.isArray(value)) {
    return value.map(valueOf);
  }
  return typeof value === 'object' && value !== null && !(value instanceof Float) && !(value instanceof Map)
    ? dict(value as Record<string, unknown>)
    : (value as Value);
}

async function prepared(
  inputs: string,
  given: Record<string, unknown> = {},
  options: Partial<InputOptions> = {},
): Promise<unknown> {
  const plan = await planOf(`${HEAD}${TYPES}inputs: ${inputs}\n`);
  return plain(prepareInputs(plan, dict(given), { autoCorrectTypes: false, ...options }));
}

async function refused(
  inputs: string,
  given: Record<string, unknown> = {},
  options: Partial<InputOptions> = {},
): Promise<RefusedValues> {
  const outcome = await prepared(inputs, given, options).catch((error: unknown) => error);
  if (!(outcome instanceof RefusedValues)) {
    throw new Error(`not refused: ${JSON.stringify(outcome)}`);
  }
  return outcome;
}

describe('inputs of a deployment', () => {
  it('are what is given, else the default [§8.1]', async () => {
    expect(await prepared('{a: {default: 1}, b: {default: 2}, c: }', { b: 5, c: [1] })).toEqual({ a: 1, b: 5, c: [1] });
  });

  it('are null when they are neither given nor required, and then nothing judges them [§8.1]', async () => {
    expect(
      await prepared('{a: {required: false}, b: {required: false, type: integer, default: null, constraints: []}}'),
    ).toEqual({ a: null, b: null });
    expect(await prepared('{a: {required: false, type: node_id, constraints: [{max_length: 1}]}}')).toEqual({
      a: null,
    });
  });

  it('that are missing are told all together [§8.1]', async () => {
    const error = await refused(
      '{a: , b: {default: null}, c: {required: false}, d: {required: null}, e: {default: 1}}',
    );
    expect(error.reason).toBe('missing');
    expect(error.code).toBeNull();
    expect(error.message).toBe("Required inputs ['a', 'b', 'd'] were not provided");
  });

  it('that nobody declared are refused, whatever they are called [§8.1]', async () => {
    const error = await refused('{a: {default: 1}}', { zzz: 1, constructor: 2 });
    expect(error).toMatchObject({ reason: 'unknown', code: null });
    expect(error.diagnostics).toHaveLength(2);
    expect(error.message).toBe("Unknown input 'zzz' specified, known inputs: ['a']");
  });

  it('take the defaults of their data type when these suffice [§8.1] [trap 7]', async () => {
    expect(await prepared('{a: {type: d}}')).toEqual({ a: { a: 1 } });
    expect((await refused('{a: {type: must}}')).reason).toBe('missing');
    expect((await refused('{a: {type: outer}}')).reason).toBe('missing');
    expect((await refused('{a: {type: empty}}')).reason).toBe('missing');
    expect(await prepared('{a: {type: must, required: false}}')).toEqual({ a: null });
  });

  it('are completed by their data type [§8.1]', async () => {
    expect(await prepared('{a: {type: d, default: {b: 1}}}', { a: { b: 2 } })).toEqual({ a: { a: 1, b: 2 } });
    expect(await prepared('{a: {type: outer}}', { a: { inner: { m: 1 } } })).toEqual({ a: { inner: { m: 1 } } });
  });

  it.each([
    ['integer', new Float(1)],
    ['integer', '1'],
    ['integer', true],
    ['integer', null],
    ['float', 'x'],
    ['boolean', 'true'],
    ['list', {}],
    ['dict', []],
    ['regex', '('],
    ['d', 'text'],
    ['d', { b: 'x' }],
    ['d', { zzz: 1 }],
    ['must', {}],
    ['outer', { inner: { m: 'x' } }],
  ])('of the type %s may not be %j [§8.1] [error 214] [trap 1]', async (type, value) => {
    const error = await refused(`{a: {type: ${type}}}`, { a: value });
    expect(error).toMatchObject({ code: 214, reason: 'type' });
    expect(error.diagnostics[0]).toMatchObject({ class: 'general', file: null });
    expect(error.diagnostics[0].path).toMatch(/^inputs\.a/);
  });

  it.each([
    ['integer', 1],
    ['float', 1],
    ['string', 5],
    ['string', null],
    ['textarea', { a: 1 }],
    ['list', { get_secret: 's' }],
    ['must', { get_secret: 's' }],
  ])('of the type %s may be %j [§7.1] [§8.1]', async (type, value) => {
    expect(await prepared(`{a: {type: ${type}}}`, { a: value })).toEqual({ a: value });
  });

  describe('with types corrected', () => {
    const options = { autoCorrectTypes: true };

    it.each([
      ['integer', '5', 5],
      ['integer', ' -1_0 ', -10],
      ['float', '1.5', 1.5],
      ['float', '2', 2],
      ['boolean', 'true', true],
      ['boolean', 'false', false],
      ['string', '5', '5'],
      ['list', [5], [5]],
    ])('%s takes %j [§8.1]', async (type, value, corrected) => {
      expect(await prepared(`{a: {type: ${type}}}`, { a: value }, options)).toEqual({ a: corrected });
    });

    it.each([
      ['integer', '1.5'],
      ['integer', 'x'],
      ['float', 'x'],
      ['boolean', 'True'],
      ['boolean', 'yes'],
      ['boolean', 1],
    ])('%s does not take %j [§8.1] [error 214]', async (type, value) => {
      expect((await refused(`{a: {type: ${type}}}`, { a: value }, options)).code).toBe(214);
    });

    it('constraints judge the corrected value [§8.1]', async () => {
      const inputs = '{a: {type: integer, constraints: [{in_range: [1, 9]}]}}';
      expect(await prepared(inputs, { a: '5' }, options)).toEqual({ a: 5 });
      expect(await refused(inputs, { a: '10' }, options)).toMatchObject({ reason: 'constraint', code: null });
    });
  });

  it('are held against constraints before their type is looked at [§8.1] [§8.3]', async () => {
    const error = await refused('{a: {type: integer, constraints: [{in_range: [1, 9]}]}}', { a: 'x' });
    expect(error).toMatchObject({ reason: 'constraint', code: null });
    expect(error.message).toContain('Value x of input a violates constraint in_range([1, 9]) operator.');
  });

  it('tell the message that the blueprint has for a violation [§8.3]', async () => {
    const error = await refused('{a: {constraints: [{pattern: b, error_message: Say b!}]}}', { a: 'a' });
    expect(error.message).toBe('Value a of input a is invalid. Say b!');
  });

  it('may not be functions where there are constraints [§8.2] [error 213]', async () => {
    const inputs = '{a: {constraints: [{max_length: 5}]}, b: {constraints: []}}';
    expect(await refused(inputs, { a: { get_secret: 's' }, b: 1 })).toMatchObject({ code: 213, reason: 'type' });
    expect(await prepared(inputs, { a: 'x', b: { get_secret: 's' } })).toEqual({ a: 'x', b: { get_secret: 's' } });
  });

  it('that are lists are judged item by item [§8.3] [error 105]', async () => {
    const inputs = '{a: {type: list, item_type: integer, constraints: [{less_than: 5}]}}';
    expect(await prepared(inputs, { a: [1, 2] })).toEqual({ a: [1, 2] });
    expect((await refused(inputs, { a: [1, 5] })).code).toBeNull();
    expect((await refused(inputs, { a: 5 })).code).toBeNull();
    expect((await refused('{a: {type: list, item_type: integer}}', { a: [1, 'x'] })).code).toBe(105);
    expect((await refused('{a: {type: list, item_type: string}}', { a: 'text' })).code).toBe(214);
    expect((await refused('{a: {type: list, item_type: string}}', { a: { x: 1 } })).code).toBe(214);
  });

  it('are judged by constraints whose arguments are functions of other inputs [§8.2]', async () => {
    const inputs = '{a: {constraints: [{valid_values: {get_input: b}}]}, b: {default: [x, y]}}';
    const evaluate = evaluateInput;
    expect(await prepared(inputs, { a: 'x' }, { evaluate })).toEqual({ a: 'x', b: ['x', 'y'] });
    expect((await refused(inputs, { a: 'z' }, { evaluate })).reason).toBe('constraint');
    expect((await refused(inputs, { a: 'x', b: 'xyz' }, { evaluate })).message).toContain('of the wrong kind');
    expect((await refused(inputs, { a: 'x' })).reason).toBe('constraint');
  });

  it('tell a failed evaluation with all else that is wrong', async () => {
    const inputs = '{a: {constraints: [{valid_values: {get_input: b}}]}, b: , c: {type: integer}}';
    const failure = await refused('{z: }');
    const evaluate = (): Value => {
      throw failure;
    };
    const error = await refused(inputs, { a: 'x', c: 'y', zzz: 1 }, { evaluate });
    expect(error.reason).toBe('evaluation');
    expect(error.diagnostics.map(({ code }) => code)).toEqual([null, 214, null, null]);
  });

  it('are not changed in place', async () => {
    const plan = await planOf(`${HEAD}${TYPES}inputs: {a: {type: d}}\n`);
    const given = dict({ a: { b: 1 } });
    const before = structuredClone(given);
    prepareInputs(plan, given, { autoCorrectTypes: true });
    expect(given).toEqual(before);
  });

  it('with 1.0 keep it a float', async () => {
    const plan = await planOf(`${HEAD}inputs: {a: {type: float, default: 1.0}}\n`);
    expect(prepareInputs(plan, new Map(), { autoCorrectTypes: false }).get('a')).toEqual(floatValue(1));
  });
});

function evaluateInput(argument: Value, values: Dict): Value {
  const name = isDict(argument) ? argument.get('get_input') : undefined;
  return name === undefined ? argument : (values.get(name as Key) ?? null);
}

describe('inputs that are names of things', () => {
  const INPUTS = `{
    b: {type: blueprint_id, constraints: [{labels: [{a: b}]}, {valid_values: [b1, b2]}]},
    n: {type: node_id, constraints: [{name_pattern: {contains: n}}, {valid_values: [n1]}, {deployment_id: dep}]},
    t: {type: list, item_type: node_type},
    c: {type: capability_value, constraints: [{deployment_id: {get_input: d}}]},
    d: {type: deployment_id, constraints: [{tenants: [t]}, {filter_id: f}, {pattern: d}]},
  }`;
  const GIVEN = { b: 'b1', n: 'n1', t: ['x', 'y'], c: 'v', d: 'dep-1' };

  it('are asked for with what must hold of them [§8.3]', async () => {
    const plan = await planOf(`${HEAD}inputs: ${INPUTS}\n`);
    const asked = lookupsOf(plan, dict(GIVEN), { autoCorrectTypes: false, evaluate: evaluateInput });
    expect(plain(asked)).toEqual([
      { type: 'blueprint_id', value: 'b1', conditions: { labels: [{ a: 'b' }] }, within: null },
      {
        type: 'node_id',
        value: 'n1',
        conditions: { name_pattern: { contains: 'n' }, valid_values: ['n1'] },
        within: { deployment: 'dep' },
      },
      { type: 'node_type', value: 'x', conditions: {}, within: 'blueprint' },
      { type: 'node_type', value: 'y', conditions: {}, within: 'blueprint' },
      { type: 'capability_value', value: 'v', conditions: {}, within: { deployment: 'dep-1' } },
      { type: 'deployment_id', value: 'dep-1', conditions: { tenants: ['t'], filter_id: 'f' }, within: null },
    ]);
  });

  it('are taken when they exist, refused otherwise, and when nobody can tell [§8.3]', async () => {
    const catalogue = { holds: ({ value }: LookUp): boolean => value !== 'v' };
    const error = await refused(INPUTS, GIVEN, { evaluate: evaluateInput, catalogue });
    expect(error).toMatchObject({
      reason: 'constraint',
      code: null,
      message: 'Value v of input c is no capability_value',
    });
    expect(error.diagnostics).toHaveLength(1);
    expect(await prepared(INPUTS, { ...GIVEN, c: 'w' }, { evaluate: evaluateInput, catalogue })).toMatchObject({
      c: 'w',
      t: ['x', 'y'],
    });
    expect((await refused(INPUTS, GIVEN, { evaluate: evaluateInput })).diagnostics).toHaveLength(5);
  });

  it.each(['capability_value', 'node_instance'])('%s must say in which deployment [§8.3]', async (type) => {
    const catalogue = { holds: (): boolean => true };
    const error = await refused(`{a: {type: ${type}}}`, { a: 'x' }, { catalogue });
    expect(error).toMatchObject({ code: null, reason: 'constraint' });
    expect(error.message).toContain('deployment_id');
    const inputs = `{a: {type: ${type}, constraints: [{deployment_id: d}]}}`;
    expect(await prepared(inputs, { a: 'x' }, { catalogue })).toEqual({ a: 'x' });
  });

  it.each(['scaling_group', 'node_id', 'node_type', 'operation_name'])(
    '%s is searched in the blueprint when no deployment is named [§8.3]',
    async (type) => {
      const plan = await planOf(`${HEAD}inputs: {a: {type: ${type}}}\n`);
      expect(lookupsOf(plan, dict({ a: 'x' }), { autoCorrectTypes: false })).toMatchObject([
        { type, within: 'blueprint' },
      ]);
    },
  );

  it('are text, and no functions [§8.3]', async () => {
    const catalogue = { holds: (): boolean => true };
    for (const value of [5, null, ['x'], { get_secret: 's' }]) {
      expect((await refused('{a: {type: secret_key}}', { a: value }, { catalogue })).code).toBeNull();
    }
  });

  it('are also held against what needs no look-up [§8.3]', async () => {
    const catalogue = { holds: (): boolean => true };
    const inputs = '{a: {type: secret_key, constraints: [{valid_values: [x, y]}, {max_length: 1}]}}';
    expect(await prepared(inputs, { a: 'x' }, { catalogue })).toEqual({ a: 'x' });
    expect((await refused(inputs, { a: 'z' }, { catalogue })).message).toContain('valid_values');
  });
});
