import { dict, json, SketchedStore } from '../../../../test/support/functions.js';
import type { DeploymentSketch } from '../../../../test/support/functions.js';
import { evaluateFunctions, evaluateOutputs } from './run-time.js';

const SECRET = 'hunter2';
const sketch: DeploymentSketch = {
  nodes: { n: {} },
  instances: [{ id: 'n1', node_id: 'n', runtime_properties: { stored: SECRET, list: [1] } }],
  inputs: { i: { get_secret: 's' }, d: { a: 1 } },
  secrets: { s: SECRET, object: JSON.stringify({ [SECRET]: { call: { get_input: SECRET } }, list: [SECRET] }) },
  capabilities: { dep: { c: { call: { get_input: SECRET } } } },
  labels: { [SECRET]: [SECRET] },
};

const FROM_SECRETS: Readonly<Record<string, unknown>> = {
  'a secret': { get_secret: 's' },
  'a part of a secret': { get_secret: ['object', 'list', 0] },
  'an input that is a secret': { get_input: 'i' },
  'a stored attribute': { get_attribute: ['n', 'stored'] },
  'text with a secret': { concat: ['x', { get_secret: 's' }] },
};

const FAILING: readonly ((value: unknown) => unknown)[] = [
  (value) => ({ get_input: value }),
  (value) => ({ get_input: ['d', value] }),
  (value) => ({ get_property: [value, 'p'] }),
  (value) => ({ get_property: ['n', value] }),
  (value) => ({ get_attribute: [value, 'x'] }),
  (value) => ({ get_attribute: ['n', 'list', value] }),
  (value) => ({ get_secret: value }),
  (value) => ({ get_secret: ['object', value, value] }),
  (value) => ({ get_capability: [value, 'c'] }),
  (value) => ({ get_capability: ['dep', value] }),
  (value) => ({ get_capability: ['dep', 'c', value] }),
  (value) => ({ get_group_capability: ['g', value] }),
  (value) => ({ get_label: [value, 5] }),
  (value) => ({ merge: [{ a: 1 }, value] }),
  (value) => ({ string_split: ['a', 'b', value] }),
  (value) => ({ string_replace: ['a', 'b', 'c', value] }),
  (value) => ({ merge: [{ a: value }, { b: { get_input: value } }] }),
  (value) => ({ get_attributes_dict: ['n', value, value] }),
];

describe('a failure after a secret was read', () => {
  const cases = Object.entries(FROM_SECRETS).flatMap(([name, value]) =>
    FAILING.map((failing) => [JSON.stringify(failing('…')), name, failing(value)] as const),
  );

  it.each(cases)('%s over %s says nothing of it [§16]', async (_call, _name, payload) => {
    const failure = await evaluateFunctions(json({ deep: [payload] }), {}, new SketchedStore(sketch)).then(
      () => null,
      (error: unknown) => error as Error,
    );
    expect(failure).not.toBeNull();
    expect(JSON.stringify([failure?.message, failure, failure?.stack])).not.toContain(SECRET);
  });

  it.each([
    { get_capability: ['dep', 'c', 'call'] },
    { merge: [{ a: 1 }, { get_secret: ['object', SECRET] }] },
    { get_property: [{ get_capability: ['dep', 'c'] }, 'x'] },
  ])('shows no function that was found there, nor its place: %j [§16]', async (payload) => {
    const failure = await evaluateFunctions(json({ v: payload }), {}, new SketchedStore(sketch)).then(
      () => null,
      (error: unknown) => error as Error,
    );
    expect(JSON.stringify([failure?.message, failure])).not.toContain(SECRET);
  });

  it('still shows what was written, and the place [§16]', async () => {
    const payload = json({ o: [{ get_secret: 's' }, { get_secret: 'unknown' }] });
    await expect(evaluateFunctions(payload, {}, new SketchedStore(sketch))).rejects.toMatchObject({
      message: "get_secret: the secret 'unknown' does not exist",
    });
    const outputs = dict({ a: { value: { get_secret: 's' } }, b: { value: [{ get_input: 'nobody' }] } });
    await expect(evaluateOutputs(outputs, new SketchedStore(sketch))).rejects.toMatchObject({
      message: "get_input: there is no input 'nobody'",
      diagnostics: [{ path: 'b.value[0]' }],
    });
  });
});
