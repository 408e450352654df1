import { evaluated } from '../../../../test/support/functions.js';
import type { DeploymentSketch } from '../../../../test/support/functions.js';

describe('an attribute', () => {
  const sketch: DeploymentSketch = {
    nodes: {
      n: {
        own: 'property',
        both: 'property',
        deep: { p: [1] },
        nulled: 'property',
        self: { get_attribute: ['SELF', 'id'] },
      },
    },
    instances: [
      {
        id: 'n1',
        node_id: 'n',
        index: 4,
        runtime_properties: { both: 'runtime', nulled: null, id: 'mine', list: ['a', 'b'], deep: { q: 1 } },
      },
      { id: 'o1', node_id: 'o', runtime_properties: { node_instance_id: 'written' } },
    ],
  };

  it.each([
    [['n', 'both'], 'runtime'],
    [['n', 'own'], 'property'],
    [['n', 'nulled'], 'property'],
    [['n', 'nothing'], null],
    [['n', 'nothing', 'deeper'], null],
    [['n', 'both', 'deeper'], null],
    [['n', 'deep', 'q'], 1],
    [['n', 'deep', 'p', 0], 1],
    [['n', 'list', 1], 'b'],
    [['n', 'list', -1], 'b'],
    [['n', 'list', 2], null],
    [['n', 'node_instance_id'], 'n1'],
    [['n', 'node_instance_index'], 4],
    [['n', 'node_instance_id', 'x'], null],
    [['o', 'node_instance_id'], 'written'],
    [['o', 'node_instance_index'], null],
    [['n', 'self'], 'mine'],
  ])('%j is %j: runtime properties, what is innate, properties, null [§16]', async (path, expected) => {
    expect(await evaluated({ v: { get_attribute: path } }, sketch)).toEqual({ v: expected });
  });

  it('of SELF, SOURCE and TARGET is that of the instances in the context [§16] [§14.3]', async () => {
    const payload = {
      source: { get_attribute: ['SOURCE', 'both'] },
      target: { get_attribute: ['TARGET', 'node_instance_id'] },
      property: { get_property: ['SOURCE', 'own'] },
    };
    expect(await evaluated(payload, sketch, { source: 'n1', target: 'o1' })).toEqual({
      source: 'runtime',
      target: 'written',
      property: 'property',
    });
    expect(await evaluated({ get_attribute: ['SELF', 'both'] }, sketch, { self: 'n1' })).toBe('runtime');
    await expect(evaluated({ get_attribute: ['SELF', 'both'] }, sketch)).rejects.toThrow('SELF cannot be used');
    await expect(evaluated({ get_attribute: ['SELF', 'x'] }, sketch, { self: 'gone' })).rejects.toThrow('gone');
  });

  it('of all instances is a list, or a dictionary of dotted names [§16] [§14.2]', async () => {
    const many: DeploymentSketch = {
      nodes: { n: { a: 'property', f: { get_attribute: ['SELF', 'a'] } } },
      instances: [
        { id: 'n1', node_id: 'n', runtime_properties: { a: { b: 1 } } },
        { id: 'n2', node_id: 'n' },
        { id: 'o1', node_id: 'o' },
      ],
    };
    const payload = {
      list: { get_attributes_list: ['n', 'node_instance_id'] },
      self: { get_attributes_list: ['SELF', 'f'] },
      dict: { get_attributes_dict: ['n', 'a', ['a', 'b'], ['x', 0]] },
      none: { get_attributes_list: ['gone', 'a'] },
    };
    expect(await evaluated(payload, many, { self: 'n2' })).toEqual({
      list: ['n1', 'n2'],
      self: [{ b: 1 }, 'property'],
      dict: {
        n1: { a: { b: 1 }, 'a.b': 1, 'x.0': null },
        n2: { a: 'property', 'a.b': null, 'x.0': null },
      },
      none: [],
    });
  });
});

const TWO = [
  { id: 'n1', node_id: 'n' },
  { id: 'n2', node_id: 'n' },
];

/** Two instances of n, and one of m that has relationships to these targets. */
function related(targets: Readonly<Record<string, string>>): DeploymentSketch {
  return { instances: [...TWO, { id: 'm1', node_id: 'm', targets }] };
}

describe('which of several instances is meant', () => {
  const attribute = { get_attribute: ['n', 'node_instance_id'] };

  it('is the one that self is related to, if it is only one [§16]', async () => {
    expect(await evaluated(attribute, related({ n2: 'n', o1: 'o' }), { self: 'm1' })).toBe('n2');
    await expect(evaluated(attribute, related({ n1: 'n', n2: 'n' }), { self: 'm1' })).rejects.toThrow(
      'More than one node instance found for node "n". Cannot resolve a node instance unambiguously.',
    );
    await expect(evaluated(attribute, related({ n2: 'n' }), { source: 'm1' })).rejects.toThrow('More than one');
    await expect(evaluated(attribute, related({ n2: 'n' }))).rejects.toThrow('More than one');
  });

  it('is the one in the same instance of the innermost shared scaling group [§16]', async () => {
    const sketch: DeploymentSketch = {
      instances: [
        { id: 'n1', node_id: 'n', groups: { inner: 'i1', outer: 'o1' } },
        { id: 'n2', node_id: 'n', groups: { inner: 'i2', outer: 'o1' } },
        { id: 'm1', node_id: 'm', groups: { inner: 'i2', outer: 'o1' } },
        { id: 'k1', node_id: 'k', groups: { other: 'x1', outer: 'o1' } },
      ],
    };
    expect(await evaluated(attribute, sketch, { self: 'm1' })).toBe('n2');
    expect(await evaluated(attribute, sketch, { source: 'm1', target: 'k1' })).toBe('n2');
    expect(await evaluated(attribute, sketch, { source: 'k1', target: 'm1' })).toBe('n2');
    await expect(evaluated(attribute, sketch, { self: 'k1' })).rejects.toThrow('More than one');
  });

  it('counts the groups of containing nodes [§16]', async () => {
    const sketch: DeploymentSketch = {
      nodes: { n: {}, host: {}, app: {}, vm: {} },
      contained: { n: 'host', app: 'vm' },
      instances: [
        { id: 'h1', node_id: 'host', groups: { g: 'g1' } },
        { id: 'h2', node_id: 'host', groups: { g: 'g2' } },
        { id: 'n1', node_id: 'n', targets: { h1: 'host' } },
        { id: 'n2', node_id: 'n', targets: { h2: 'host' } },
        { id: 'v1', node_id: 'vm', groups: { g: 'g2' } },
        { id: 'a1', node_id: 'app', targets: { v1: 'vm' } },
      ],
    };
    expect(await evaluated(attribute, sketch, { self: 'a1' })).toBe('n2');
  });

  it('ends where instances contain each other, which none should [§16]', async () => {
    const sketch: DeploymentSketch = {
      nodes: { n: {} },
      contained: { n: 'n' },
      instances: [
        { id: 'n1', node_id: 'n', targets: { n2: 'n' } },
        { id: 'n2', node_id: 'n', targets: { n1: 'n' } },
      ],
    };
    await expect(evaluated(attribute, sketch, { source: 'n1' })).rejects.toThrow('More than one');
  });
});
