import { deploy, HEAD, json, SketchedStore } from '../../../../test/support/functions.js';
import { parse, planOf } from '../../../../test/support/dsl.js';
import { evaluateFunctions } from '../functions/run-time.js';
import type { EvaluationInstance } from '../functions/store.js';

const INSTANCES: readonly EvaluationInstance[] = Array.from({ length: 1_000 }, (_, index) => ({
  id: `n${String(index)}`,
  node_id: 'n',
  index,
  runtime_properties: new Map(),
  relationships: [],
  scaling_groups: [],
}));

/** Inputs of which each is made of the next one. */
function inputs(count: number, of: (next: string) => string, last: string): string {
  const each = Array.from({ length: count }, (_, index) => {
    const value = index === count - 1 ? last : of(`{get_input: i${String(index + 1)}}`);
    return `i${String(index)}: {default: ${value}}`;
  });
  return `{${each.join(', ')}}`;
}

describe('the cost of evaluation', () => {
  it.each([
    ['text that doubles at each step', inputs(45, (next) => `{concat: [${next}, ${next}]}`, 'abc')],
    ['lists that double at each step', inputs(45, (next) => `[${next}, ${next}]`, 'abc')],
    ['values too deep in each other', inputs(40, (next) => `${'['.repeat(40)}${next}${']'.repeat(40)}`, '1')],
  ])('is bounded for %s', async (_what, given) => {
    const plan = await planOf(`${HEAD}inputs: ${given}\noutputs: {o: {value: {get_input: i0}}}\n`);
    const start = performance.now();
    expect(() => deploy(plan)).toThrow(/at most|More than/u);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it('is bounded for replacements that are longer than what they replace', async () => {
    const plan = await planOf(
      `${HEAD}inputs: {a: {}}\noutputs: {o: {value: {string_replace: [{get_input: a}, a, {get_input: a}]}}}\n`,
    );
    expect(() => deploy(plan, { a: 'a'.repeat(50_000) })).toThrow('at most');
  });

  it('refuses given inputs that nest too deep, with an error of the language', async () => {
    const plan = await planOf(`${HEAD}inputs: {a: {}}\noutputs: {o: {value: {get_input: a}}}\n`);
    const deep = Array.from({ length: 450 }).reduce<unknown>((value) => [value], 1);
    expect(() => deploy(plan, { a: deep })).toThrow(expect.objectContaining({ name: 'DslError' }));
  });

  it('takes names of prototypes for plain names', async () => {
    const plan = await planOf(`${HEAD}inputs: {__proto__: {default: {constructor: 1}}}
outputs: {toString: {value: {get_input: [__proto__, constructor]}}, o: {value: {merge: [{__proto__: {x: 1}}]}}}
`);
    const { outputs } = deploy(plan);
    expect(outputs.get('toString')?.value).toBe(1);
    expect(outputs.get('o')?.value).toEqual(new Map([['__proto__', new Map([['x', 1]])]]));
    const missing = await parse(`${HEAD}outputs: {o: {value: {get_input: constructor}}}\n`);
    expect(missing.errors).toHaveLength(1);
  });

  it('of looking at the functions of a type is not paid again for each node', async () => {
    const calls = Array.from({ length: 2_000 }, (_, index) => `{concat: [x, ${String(index)}]}`).join(', ');
    const nodes = Array.from({ length: 2_000 }, (_, index) => `n${String(index)}: {type: t}`).join(', ');
    const start = performance.now();
    await planOf(`tosca_definitions_version: cloudify_dsl_1_5
node_types: {t: {properties: {p: {default: [${calls}]}}}}
node_templates: {${nodes}}
`);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it('is bounded for secrets that many nodes ask for', async () => {
    const calls = Array.from({ length: 1_000 }, () => '{get_secret: s}').join(', ');
    const nodes = Array.from({ length: 500 }, (_, index) => `n${String(index)}: {type: t}`).join(', ');
    const { errors } = await parse(`tosca_definitions_version: cloudify_dsl_1_5
node_types: {t: {properties: {p: {default: [${calls}]}}}}
node_templates: {${nodes}}
`);
    expect(errors).toMatchObject([{ code: null, message: expect.stringContaining('at most 200000') as unknown }]);
  });

  it('is bounded at run time for attributes of very many instances', async () => {
    const store = new SketchedStore({});
    const payload = json(Array.from({ length: 500 }, () => ({ get_attributes_list: ['n', 'node_instance_id'] })));
    store.instancesOf = () => INSTANCES;
    await expect(evaluateFunctions(payload, {}, store)).rejects.toThrow('More than 200000 functions');
  });
});
