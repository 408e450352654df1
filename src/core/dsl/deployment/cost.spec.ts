import { deploy, HEAD } from '../../../../test/support/functions.js';
import { parse, planOf } from '../../../../test/support/dsl.js';

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
    expect(performance.now() - start).toBeLessThan(5_000);
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
});
