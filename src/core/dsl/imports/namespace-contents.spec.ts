import { load, loadUnder } from '../../../../test/support/imports.js';
import type { Value } from '../values.js';
import { originOf, valueOf } from '../yaml/tree.js';

const HEAD = 'tosca_definitions_version: cloudify_dsl_1_5\n';

async function output(value: string): Promise<unknown> {
  const merged = await loadUnder(`outputs: {o: {value: ${value}}}`);
  return (merged['outputs'] as Record<string, { value: unknown }>)['ns--o']?.value;
}

describe('functions under a namespace', () => {
  it.each([
    ['{get_input: i}', { get_input: 'ns--i' }],
    ['{get_input: [i, a, 0]}', { get_input: ['ns--i', 'a', 0] }],
    ['{get_input: [{get_input: i}, a]}', { get_input: [{ get_input: 'ns--i' }, 'a'] }],
    ['{get_input: {get_input: i}}', { get_input: { get_input: 'ns--i' } }],
    ['{get_property: [n, p, q]}', { get_property: ['ns--n', 'p', 'q'] }],
    ['{get_attribute: [SELF, p]}', { get_attribute: ['SELF', 'p'] }],
    ['{get_property: [SOURCE, p]}', { get_property: ['SOURCE', 'p'] }],
    ['{get_property: [TARGET, p]}', { get_property: ['TARGET', 'p'] }],
    [
      '{concat: [a, {get_input: i}, [{get_input: i}]]}',
      { concat: ['a', { get_input: 'ns--i' }, [{ get_input: 'ns--i' }]] },
    ],
    ['{a: {b: [{c: {get_property: [n, p]}}]}}', { a: { b: [{ c: { get_property: ['ns--n', 'p'] } }] } }],
    ['{get_label: {get_input: i}}', { get_label: { get_input: 'ns--i' } }],
  ])('name inputs and nodes by their new names: %s [§6]', async (written, expected) => {
    expect(await output(written)).toEqual(expected);
  });

  it.each([
    ['{get_attributes_list: [n, p]}', { get_attributes_list: ['n', 'p'] }],
    ['{get_attributes_dict: [n, p]}', { get_attributes_dict: ['n', 'p'] }],
    ['[{get_attribute: [n, p]}]', [{ get_attribute: ['n', 'p'] }]],
    ['{get_attribute: [n, {get_input: i}]}', { get_attribute: ['ns--n', { get_input: 'i' }] }],
    ['{get_property: [{get_attribute: [n, a]}, p]}', { get_property: [{ get_attribute: ['n', 'a'] }, 'p'] }],
    ['{get_secret: s}', { get_secret: 's' }],
    ['{get_capability: [d, c]}', { get_capability: ['d', 'c'] }],
  ])('keep the holes of the original: %s [§6] [trap 9]', async (written, expected) => {
    expect(await output(written)).toEqual(expected);
  });

  it('are found in every value that is a dictionary [§6]', async () => {
    const f = '{get_input: i}';
    const text = `
node_types: {a: {properties: {p: {default: ${f}}}, interfaces: {i: {o: {inputs: {x: {default: ${f}}}}}}}}
data_types: {d: {properties: {p: {default: {x: ${f}}}}}}
relationships: {r: {properties: {p: {default: ${f}}}, source_interfaces: {i: {o: {inputs: {x: {default: ${f}}}}}}}}
inputs: {a: {default: ${f}}}
workflows: {w: {mapping: p.f, parameters: {a: {default: ${f}}}}}
capabilities: {c: {value: ${f}}}
node_templates: {n: {type: a, properties: {p: ${f}}, interfaces: {i: {o: {inputs: {x: ${f}}}}}, capabilities: {scalable: {properties: {default_instances: ${f}}}}, relationships: [{type: r, target: n, properties: {p: ${f}}, source_interfaces: {i: {o: {inputs: {x: ${f}}}}}, target_interfaces: {i: {o: {inputs: {x: ${f}}}}}}]}}
groups: {g: {members: [n], policies: {p: {type: t, properties: {x: ${f}}, triggers: {t: {type: t, parameters: {x: ${f}}}}}}}}
policies: {p: {type: cloudify.policies.scaling, targets: [g], properties: {default_instances: ${f}}}}
policy_types: {t: {source: s, properties: {p: {default: ${f}}}}}
policy_triggers: {t: {source: s, parameters: {p: {default: ${f}}}}}
`;
    const printed = JSON.stringify(await loadUnder(text));
    expect(printed.match(/"get_input":"ns--i"/g)).toHaveLength(text.split('get_input').length - 1);
  });

  it('are not found in labels, tags and settings: holes that are kept [§6] [trap 9]', async () => {
    const text = `
labels: {l: {values: [{get_input: i}, text]}}
resource_tags: {t: {get_input: i}, u: text}
`;
    expect(await loadUnder(text)).toMatchObject({
      labels: { 'ns--l': { values: [{ get_input: 'i' }, 'text'] } },
      resource_tags: { 'ns--t': { get_input: 'i' }, 'ns--u': 'ns--text' },
    });
  });
});

describe('literal text under a namespace', () => {
  it('takes the prefix in outputs, capabilities, tags, data types and scalable properties: artefacts [§6] [trap 9]', async () => {
    const text = `
outputs: {o: {description: text, value: literal}, n: {value: 5}, d: {value: {a: literal}}}
capabilities: {c: {description: text, value: literal}}
resource_tags: {t: literal}
data_types: {d: {description: text, version: '1'}}
policies: {p: {type: cloudify.policies.scaling, targets: [], properties: {max_instances: UNBOUNDED, min_instances: 1}}}
node_templates: {n: {type: t, capabilities: {scalable: {properties: {max_instances: UNBOUNDED}}}}}
`;
    expect(await loadUnder(text)).toMatchObject({
      outputs: {
        'ns--o': { description: 'text', value: 'ns--literal' },
        'ns--n': { value: 5 },
        'ns--d': { value: { a: 'literal' } },
      },
      capabilities: { 'ns--c': { description: 'text', value: 'ns--literal' } },
      resource_tags: { 'ns--t': 'ns--literal' },
      data_types: { 'ns--d': { description: 'ns--text', version: 'ns--1' } },
      policies: { 'ns--p': { properties: { max_instances: 'ns--UNBOUNDED', min_instances: 1 } } },
      node_templates: { 'ns--n': { capabilities: { scalable: { properties: { max_instances: 'ns--UNBOUNDED' } } } } },
    });
  });

  it('stays everywhere else [§6]', async () => {
    const text = `
inputs: {i: {default: d, description: d, display_label: d, constraints: [{valid_values: [d, {get_input: d}]}]}}
node_types: {t: {properties: {p: {default: d, description: d}}, interfaces: {i: {o: {implementation: '', inputs: {x: {default: d}}, executor: d}}}}}
node_templates: {n: {type: t, properties: {p: d, q: {r: d}}, interfaces: {i: {o: {inputs: {x: d}}}}}}
workflows: {w: {mapping: '', parameters: {p: {default: d, description: d}}, availability_rules: {node_types_required: [d]}}}
plugins: {p: {executor: d, source: d, package_name: d, properties: {q: {type: d, value: d}}}}
labels: {l: {values: [d]}}
blueprint_labels: {l: {values: [d]}}
metadata: {m: d}
policy_types: {t: {source: d}}
`;
    const printed = JSON.stringify(await loadUnder(text));
    expect(printed).not.toContain('ns--d');
    expect(printed).toContain('ns--t');
  });
});

describe('a tree under a namespace', () => {
  it('is a new one: the original stays, and what takes no prefix is shared with it [§2] [§6] [trap 9]', async () => {
    const text = 'node_types: {a: {derived_from: b, properties: &p {x: {default: {y: 1}}}}, c: {properties: *p}}';
    const { document } = await load(`${HEAD}imports: [a.yaml, ns--a.yaml]`, { files: { 'a.yaml': text } });
    const types = valueOf(document.root) as Map<string, Map<string, Map<string, Map<string, Value>>>>;
    const properties = (name: string) => types.get('node_types')?.get(name)?.get('properties');
    expect(types.get('node_types')?.get('a')?.get('derived_from')).toBe('b');
    expect(types.get('node_types')?.get('ns--a')?.get('derived_from')).toBe('ns--b');
    expect(properties('ns--a')).toBe(properties('a'));
    expect(properties('ns--c')).toBe(properties('a'));
  });

  it('keeps one alias one, and every place [§2] [§6]', async () => {
    const text = 'node_types:\n  a: &t\n    properties: {p: {default: {get_input: i}}}\n  b: *t\n';
    const { document } = await load(`${HEAD}imports: [ns--a.yaml]`, { files: { 'a.yaml': text } });
    const types = (valueOf(document.root) as Map<string, Map<string, Value>>).get('node_types');
    const [a, b] = [types?.get('ns--a'), types?.get('ns--b')];
    expect(a).toBe(b);
    const origin = originOf(a ?? null);
    expect(origin?.source.name).toBe('a.yaml');
    expect(origin?.source.position(origin.offset).line).toBe(2);
  });

  it('does not rewrite one use of an anchor for another one [§2] [trap 9]', async () => {
    const text = `
dsl_definitions: {d: &d {get_input: i}}
node_templates: {n: {type: t, properties: {p: *d}}}
labels: {l: {values: [*d]}}
`;
    expect(await loadUnder(text)).toMatchObject({
      node_templates: { 'ns--n': { properties: { p: { get_input: 'ns--i' } } } },
      labels: { 'ns--l': { values: [{ get_input: 'i' }] } },
    });
  });
});
