import fc from 'fast-check';
import { deploy, dict, json, SketchedStore } from '../../../../test/support/functions.js';
import { parse } from '../../../../test/support/dsl.js';
import { DslError } from '../diagnostics.js';
import type { Plan } from '../plan.js';
import type { Value } from '../values.js';
import { FUNCTION_NAMES } from './call.js';
import { equalValues } from './equal.js';
import { evaluateFunctions, evaluateNodeFunctions, evaluateOutputs } from './run-time.js';

const WORDS = ['n', 'm', 'p', 'q', 's', 'd', 'a', 'SELF', 'SOURCE', 'TARGET', 'x', '0', '', 'tenant', 'name', 'ids'];

const GOOD: readonly unknown[] = [
  { get_input: 's' },
  { get_input: ['d', 'a', 0] },
  { get_property: ['n', 'p'] },
  { get_property: ['m', 'a', 1, 'x'] },
  { get_attribute: ['m', 'x'] },
  { get_secret: 's' },
  { string_upper: { get_input: 's' } },
];

/** Values in which functions of every kind stand everywhere, with arguments that fit and others. */
const { value: anyValue } = fc.letrec<{ value: unknown; call: unknown; joined: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: 'medium' },
    fc.constantFrom<unknown>(...WORDS, 0, 1, -1, true, null, 1.5),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...WORDS, 'type', '__proto__'), tie('value'), { maxKeys: 3 }),
    fc.constantFrom(...GOOD),
    tie('joined'),
    tie('call'),
  ),
  joined: fc.oneof(
    fc.array(tie('value'), { maxLength: 3 }).map((items) => ({ concat: items })),
    fc.array(fc.dictionary(fc.constantFrom(...WORDS), tie('value'), { maxKeys: 3 })).map((items) => ({ merge: items })),
  ),
  call: fc
    .tuple(fc.constantFrom(...FUNCTION_NAMES), fc.oneof(fc.array(tie('value'), { maxLength: 4 }), tie('value')))
    .map(([name, argument]) => ({ [name]: argument })),
}));

function storeOf(p: unknown, q: unknown, later: boolean): SketchedStore {
  return new SketchedStore(
    {
      nodes: { n: { p, q }, m: { p: q, a: [1, { x: 2 }] } },
      instances: [
        { id: 'n1', node_id: 'n', runtime_properties: { x: p } },
        { id: 'm1', node_id: 'm', targets: { n1: 'n' }, runtime_properties: { a: q } },
        { id: 'm2', node_id: 'm' },
      ],
      inputs: { s: 'text', d: { a: [q] }, p },
      secrets: { s: 'opened', d: '{"a": [1]}' },
      labels: { a: ['x'] },
      capabilities: { n: { p: q } },
      groupCapabilities: { a: [p] },
      system: { 'tenant name': 't' },
    },
    later,
  );
}

/** @throws what is no error of the language */
function outcomeOf(plan: Plan, given: unknown): 'made' | 'failed' {
  try {
    deploy(plan, { p: given });
    return 'made';
  } catch (error) {
    if (error instanceof DslError) {
      return 'failed';
    }
    throw error;
  }
}

describe('evaluation of anything', () => {
  it('ends with a value or an error of the language, the same from a slow store [§14.5] [§16]', async () => {
    await fc.assert(
      fc.asyncProperty(anyValue, anyValue, anyValue, async (payload, p, q) => {
        const outcomes = await Promise.all(
          [false, true].map((later) =>
            evaluateFunctions(json(payload), { self: 'm1' }, storeOf(p, q, later)).catch((error: unknown) => error),
          ),
        );
        const [now, later] = outcomes;
        expect(now instanceof Error).toBe(later instanceof Error);
        expect(now instanceof Error ? now instanceof DslError : equalValues(now as Value, later as Value)).toBe(true);
      }),
      { numRuns: 400, seed: 14 },
    );
  });

  it('of stored nodes and outputs ends likewise [§16]', async () => {
    await fc.assert(
      fc.asyncProperty(anyValue, anyValue, async (p, q) => {
        const node = dict({ id: 'n', properties: { p, q }, operations: { o: { inputs: q } }, relationships: p });
        for (const result of [
          evaluateNodeFunctions(node, null, storeOf(p, q, false)),
          evaluateOutputs(dict({ o: { value: p }, r: q, s: { value: q } }), storeOf(p, q, false)),
        ]) {
          const outcome = await result.catch((error: unknown) => error);
          expect(outcome instanceof Map || outcome instanceof DslError).toBe(true);
        }
      }),
      { numRuns: 200, seed: 16 },
    );
  });

  it('at creation ends with a plan or errors of the language, and changes the stored plan never [§14.4] [§15]', async () => {
    const counts = { refused: 0, failed: 0, made: 0 };
    await fc.assert(
      fc.asyncProperty(anyValue, anyValue, anyValue, async (p, q, given) => {
        const written = { p, q };
        const text = `tosca_definitions_version: cloudify_dsl_1_5
inputs: {s: {default: text}, d: {default: {a: [1, {x: 2}]}}, p: {}}
node_types: {t: {properties: {p: {}, q: {default: 1}, a: {default: [1, {x: 2}]}}}}
node_templates: {n: {type: t, properties: ${JSON.stringify(written)}}, m: {type: t, properties: {p: ${JSON.stringify(q)}}}}
outputs: {o: {value: ${JSON.stringify(p ?? 1)}}}
`;
        const { plan } = await parse(text);
        const outcome = plan === null ? 'refused' : outcomeOf(plan, given);
        expect(['refused', 'failed', 'made']).toContain(outcome);
        counts[outcome] += 1;
        const { plan: again } = await parse(text);
        expect(equalValues(plan?.nodes[0]?.properties ?? null, again?.nodes[0]?.properties ?? null)).toBe(true);
      }),
      { numRuns: 300, seed: 15 },
    );
    expect(Math.min(counts.refused, counts.failed, counts.made)).toBeGreaterThan(2);
  });
});
