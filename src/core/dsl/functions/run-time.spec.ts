import { dict, evaluated, json, SketchedStore } from '../../../../test/support/functions.js';
import type { DeploymentSketch } from '../../../../test/support/functions.js';
import { plain } from '../../../../test/support/dsl.js';
import { evaluateCapabilities, evaluateFunctions, evaluateNodeFunctions, evaluateOutputs } from './run-time.js';

describe('a payload', () => {
  it('keeps everything that is no function, by identity [§16]', async () => {
    const payload = json({ a: [1, { b: null }], c: 'SELF' });
    expect(await evaluateFunctions(payload, {}, new SketchedStore({}))).toBe(payload);
  });

  it('has every function evaluated, also those that look-ups lead to [§16] [§14.5]', async () => {
    const sketch: DeploymentSketch = {
      nodes: { n: { p: { deep: [{ get_input: 'i' }] } } },
      instances: [{ id: 'n1', node_id: 'n', runtime_properties: { a: { concat: ['x', { get_input: 'i' }] } } }],
      inputs: { i: { get_secret: 's' }, which: 'n' },
      secrets: { s: 'opened' },
    };
    expect(
      await evaluated(
        {
          a: { get_property: [{ get_input: 'which' }, 'p', 'deep'] },
          b: { concat: [{ get_attribute: ['n', 'a'] }, '!'] },
          c: { string_upper: { get_attribute: ['n', 'a'] } },
          d: { get_input: ['i'] },
        },
        sketch,
      ),
    ).toEqual({ a: ['opened'], b: 'xopened!', c: 'XOPENED', d: 'opened' });
  });

  it('may descend into what a function on the way leads to [§14.5]', async () => {
    const sketch: DeploymentSketch = {
      nodes: { n: { p: { get_input: 'd' }, q: { get_property: ['SELF', 'p'] } } },
      instances: [{ id: 'n1', node_id: 'n' }],
      inputs: { d: { a: { b: [1, 2] } }, e: { get_input: 'd' } },
    };
    expect(
      await evaluated(
        {
          property: { get_property: ['n', 'q', 'a', 'b', -1] },
          input: { get_input: ['e', 'a', 'b', 0] },
          attribute: { get_attribute: ['n', 'q', 'a', 'b', 1] },
        },
        sketch,
      ),
    ).toEqual({ property: 2, input: 1, attribute: 2 });
  });

  it.each([
    [{ get_input: 'nobody' }, "no input 'nobody'"],
    [{ get_property: ['n', 'nothing'] }, 'no property'],
    [{ get_property: ['nobody', 'p'] }, "node 'nobody' does not exist"],
    [{ get_attribute: ['n', 'list', 'x'] }, 'something else than an index'],
    [{ get_attribute: ['nobody', 'x'] }, 'has no instances'],
    [{ get_attributes_dict: ['n', 'a', ['a']] }, 'asked for twice'],
    [{ get_attributes_dict: ['n', ['a', 'b'], 'a.b'] }, 'asked for twice'],
    [{ get_secret: 'nobody' }, 'does not exist'],
    [{ get_secret: ['text', 'x'] }, 'not JSON'],
    [{ get_secret: ['object', 'b'] }, 'the secret has no'],
    [{ get_secret: ['object', 'a', 5] }, 'the secret has no'],
    [{ get_capability: ['dep', 'nobody'] }, 'has no capability'],
    [{ get_capability: ['nobody', 'c'] }, 'has no capability'],
    [{ get_capability: ['dep', 'c', 'x'] }, 'the capability has no'],
    [{ get_environment_capability: 'c' }, 'csys-obj-parent'],
    [{ get_group_capability: ['nobody', 'c'] }, 'there is no'],
    [{ get_label: 'nobody' }, 'no label'],
    [{ get_label: ['key', 2] }, 'no value'],
    [{ get_sys: ['deployment', 'owner'] }, 'not known'],
    [{ get_capability: ['dep', { get_input: 'number' }] }, 'has no capability'],
  ])('%j fails with a message: %s [§16] [§17]', async (payload, reason) => {
    const sketch: DeploymentSketch = {
      nodes: { n: { p: 1 } },
      instances: [{ id: 'n1', node_id: 'n', runtime_properties: { list: [1] } }],
      inputs: { number: 1 },
      secrets: { text: '}', object: '{"a": [1]}' },
      capabilities: { dep: { c: 1 } },
      labels: { key: ['v1', 'v2'] },
    };
    await expect(evaluateFunctions(json([payload]), {}, new SketchedStore(sketch))).rejects.toMatchObject({
      code: null,
      message: expect.stringContaining(reason) as unknown,
      diagnostics: [{ path: '[0]' }],
    });
  });

  it('fails as its store fails [§16]', async () => {
    const store = new SketchedStore({});
    store.secret = () => Promise.reject(new Error('the vault is closed'));
    await expect(evaluateFunctions(json({ get_secret: 's' }), {}, store)).rejects.toThrow('the vault is closed');
  });
});

describe('look-ups', () => {
  it('get_secret opens texts and parts of JSON, and takes them for data [§16]', async () => {
    const secrets = {
      text: 'plain',
      json: '{"a": [{"b": 1.0}], "call": {"get_input": "i"}, "n": null}',
      parsed: { a: { concat: 1 } },
    };
    const payload = {
      text: { get_secret: 'text' },
      whole: { get_secret: 'json' },
      part: { concat: [{ get_secret: ['json', 'a', 0, 'b'] }] },
      call: { get_secret: ['json', 'call'] },
      parsed: { get_secret: ['parsed', 'a'] },
      none: { get_secret: ['json', 'n'] },
    };
    expect(await evaluated(payload, { secrets })).toEqual({
      text: 'plain',
      whole: secrets.json,
      part: '1.0',
      call: { get_input: 'i' },
      parsed: { concat: 1 },
      none: null,
    });
  });

  it('get_capability evaluates definitions in their own deployment [§16]', async () => {
    const others: DeploymentSketch['others'] = {
      d1: {
        inputs: { i: 'theirs' },
        nodes: { n: {} },
        instances: [{ id: 'n1', node_id: 'n', runtime_properties: { ip: '10.0.0.1' } }],
        definitions: {
          c: { a: [{ get_input: 'i' }, { get_attribute: ['n', 'ip'] }] },
          f: { get_input: 'i' },
          next: { get_capability: ['d2', 'c'] },
        },
        others: { d2: { inputs: { i: 'furthest' }, definitions: { c: { get_input: 'i' } } } },
      },
    };
    const payload = {
      part: { get_capability: ['d1', 'c', 'a', 1] },
      input: { get_capability: ['d1', 'f'] },
      parent: { get_environment_capability: ['c', 'a', 0] },
      next: { get_environment_capability: 'next' },
    };
    const labels = { 'csys-obj-parent': ['d1', 'd9'] };
    expect(await evaluated(payload, { inputs: { i: 'ours' }, labels, others })).toEqual({
      part: '10.0.0.1',
      input: 'theirs',
      parent: 'theirs',
      next: 'furthest',
    });
  });

  it('get_capability ends where deployments lead to each other [§16] [§14.5]', async () => {
    const d1: { definitions: Record<string, unknown>; others: Record<string, DeploymentSketch> } = {
      definitions: { c: { get_capability: ['d2', 'c'] } },
      others: {},
    };
    const d2: DeploymentSketch = { definitions: { c: { get_capability: ['d1', 'c'] } }, others: { d1 } };
    d1.others.d2 = d2;
    await expect(evaluated({ get_capability: ['d1', 'c'] }, { others: { d1 } })).rejects.toThrow('without an end');
    d1.definitions.c = { concat: [{ get_capability: ['d2', 'c'] }] };
    await expect(evaluated({ get_capability: ['d1', 'c'] }, { others: { d1 } })).rejects.toThrow('deep');
  });

  it('get_label gives all values or one of them [§16]', async () => {
    const labels = { key: ['a', 'b'] };
    const payload = [
      { get_label: 'key' },
      { get_label: ['key', 1] },
      { get_label: ['key', '0'] },
      { get_label: { get_input: 'k' } },
    ];
    expect(await evaluated(payload, { labels, inputs: { k: 'key' } })).toEqual([['a', 'b'], 'b', 'a', ['a', 'b']]);
  });

  it('get_sys and get_consumers tell of the deployment [§16] [§14.2]', async () => {
    const system = {
      'tenant name': 't',
      'deployment id': 'd',
      'deployment name': 'D',
      'deployment blueprint': 'b',
      'deployment owner': 'o',
    };
    const payload = [
      { get_sys: ['tenant', 'name'] },
      ...['id', 'name', 'blueprint', 'owner'].map((property) => ({ get_sys: ['deployment', property] })),
      ...['ids', 'names', 'count'].map((what) => ({ get_consumers: what })),
    ];
    expect(await evaluated(payload, { system, consumers: { x: 'X', y: 'Y' } })).toEqual([
      't',
      'd',
      'D',
      'b',
      'o',
      ['x', 'y'],
      ['X', 'Y'],
      2,
    ]);
  });
});

describe('outputs and capabilities', () => {
  const sketch: DeploymentSketch = {
    inputs: { i: 1 },
    secrets: { known: 'k' },
    instances: [
      { id: 'n1', node_id: 'n' },
      { id: 'n2', node_id: 'n' },
    ],
  };

  it('become a value for each name [§16]', async () => {
    const definitions = dict({ a: { value: { get_input: 'i' }, description: 'd' }, b: { value: [1] }, c: {} });
    for (const evaluate of [evaluateOutputs, evaluateCapabilities]) {
      expect(plain(await evaluate(definitions, new SketchedStore(sketch)))).toEqual({ a: 1, b: [1], c: null });
    }
  });

  it('of outputs, an attribute of no certain instance becomes a text, deep inside as well [§16]', async () => {
    const definitions = dict({
      many: { value: { get_attribute: ['n', 'x'] } },
      none: { value: { concat: ['at ', { get_attribute: ['gone', 'x'] }] } },
    });
    expect(plain(await evaluateOutputs(definitions, new SketchedStore(sketch)))).toEqual({
      many: '<ERROR: More than one node instance found for node "n". Cannot resolve a node instance unambiguously.>',
      none: 'at <ERROR: Node gone has no instances.>',
    });
    await expect(evaluateCapabilities(definitions, new SketchedStore(sketch))).rejects.toThrow('More than one');
    const faulty = dict({ o: { value: { get_input: 'nobody' } } });
    await expect(evaluateOutputs(faulty, new SketchedStore(sketch))).rejects.toThrow('no input');
  });

  it('of outputs, one that is directly an unknown secret is left out [§16]', async () => {
    const definitions = dict({
      unknown: { value: { get_secret: 'unknown' } },
      known: { value: { get_secret: 'known' } },
    });
    expect(plain(await evaluateOutputs(definitions, new SketchedStore(sketch)))).toEqual({ known: 'k' });
    await expect(evaluateCapabilities(definitions, new SketchedStore(sketch))).rejects.toThrow('does not exist');
    const nested = dict({ o: { value: { concat: [{ get_secret: 'unknown' }] } } });
    await expect(evaluateOutputs(nested, new SketchedStore(sketch))).rejects.toThrow('does not exist');
  });
});

describe('a node', () => {
  const node = {
    id: 'n',
    type: 't',
    properties: { a: { get_property: ['SELF', 'b'] }, b: [{ get_input: 'i' }], c: { get_attribute: ['SELF', 'ip'] } },
    capabilities: { scalable: { properties: { default_instances: { get_input: 'i' }, max_instances: -1 } } },
    operations: { 'i.o': { plugin: 'p', inputs: { x: { get_property: ['SELF', 'b', 0] } } }, o: { inputs: { y: 1 } } },
    relationships: [
      {
        target_id: 'm',
        properties: { p: { get_input: 'i' } },
        source_operations: {
          o: { inputs: { s: { get_property: ['SOURCE', 'b'] }, t: { get_property: ['TARGET', 'z'] } } },
        },
        target_operations: {},
      },
    ],
  };
  const sketch: DeploymentSketch = {
    inputs: { i: 7 },
    nodes: { n: node.properties, m: { z: 'zet' } },
    instances: [{ id: 'n1', node_id: 'n', runtime_properties: { ip: '10.0.0.1' } }],
  };

  it('has its own functions replaced, where functions are looked for [§16] [§14.4]', async () => {
    expect(plain(await evaluateNodeFunctions(dict(node), null, new SketchedStore(sketch, true)))).toEqual({
      ...node,
      properties: { a: [7], b: [7], c: '10.0.0.1' },
      capabilities: { scalable: { properties: { default_instances: 7, max_instances: -1 } } },
      operations: { 'i.o': { plugin: 'p', inputs: { x: 7 } }, o: { inputs: { y: 1 } } },
      relationships: [
        { ...node.relationships[0], source_operations: { o: { inputs: { s: [7], t: 'zet' } } }, target_operations: {} },
      ],
    });
  });

  it('means one of its instances by SELF, the hinted one first [§16]', async () => {
    const two = {
      ...sketch,
      instances: [...(sketch.instances ?? []), { id: 'n2', node_id: 'n', runtime_properties: { ip: '10.0.0.2' } }],
    };
    const plainNode = dict({ id: 'n', properties: { c: { get_attribute: ['SELF', 'ip'] } } });
    await expect(evaluateNodeFunctions(plainNode, null, new SketchedStore(two))).rejects.toThrow('More than one');
    expect(plain(await evaluateNodeFunctions(plainNode, 'n2', new SketchedStore(two)))).toEqual({
      id: 'n',
      properties: { c: '10.0.0.2' },
    });
    await expect(evaluateNodeFunctions(plainNode, 'gone', new SketchedStore(two))).rejects.toThrow('More than one');
  });

  it('knows no instance behind SOURCE and TARGET [§16]', async () => {
    const asked = dict({
      id: 'n',
      relationships: [
        { target_id: 'm', source_operations: { o: { inputs: { x: { get_attribute: ['SOURCE', 'ip'] } } } } },
      ],
    });
    await expect(evaluateNodeFunctions(asked, null, new SketchedStore(sketch))).rejects.toThrow('nobody asks');
  });

  it('without functions is given back as it is [§16]', async () => {
    const untouched = dict({ id: 'n', properties: { a: 1 }, operations: {}, relationships: [] });
    expect(await evaluateNodeFunctions(untouched, null, new SketchedStore({}))).toBe(untouched);
  });
});
