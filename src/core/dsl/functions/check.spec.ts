import { codesOf, parse, planOf } from '../../../../test/support/dsl.js';

const HEAD = `
inputs: {s: {default: abc}, d: {default: {a: [10, 20]}}}
relationships: {cloudify.relationships.depends_on: {properties: {connection_type: {default: all_to_all}}}}
plugins: {pl: {executor: central_deployment_agent, install: false}}
node_types: {t: {properties: {p: {default: x}, q: {default: {a: {b: 1}, l: [1, 2], f: {get_input: d}}}, v: {required: false}}}}
node_templates: {n: {type: t}}
`;

function output(call: string, version = 5): string {
  return `tosca_definitions_version: cloudify_dsl_1_${String(version)}${HEAD}outputs: {o: {value: ${call}}}\n`;
}

function unknownInput(name: string): string {
  return `{get_input: ${name}}`;
}

const FN = '{get_input: s}';

const ACCEPTED = [
  '{get_input: s}',
  '{get_input: [s]}',
  '{get_input: [d, a, 0]}',
  '{get_input: [d, a, -1, deeper, true]}',
  `{get_input: ${FN}}`,
  `{get_input: [${FN}, ${FN}]}`,
  '{get_input: s, type: integer}',
  '{get_property: [n, p]}',
  '{get_property: [n, q, a, b]}',
  '{get_property: [n, q, l, -1]}',
  `{get_property: [${FN}, nothing]}`,
  `{get_property: [n, nothing, ${FN}]}`,
  '{concat: []}',
  `{concat: [1, null, [x], {a: 1}, ${FN}]}`,
  '{merge: []}',
  `{merge: [{a: 1}, ${FN}]}`,
  '{string_find: [abc, c]}',
  `{string_find: [${FN}, ${FN}]}`,
  '{string_replace: [a, b, c]}',
  '{string_replace: [a, b, c, -1]}',
  `{string_replace: [a, b, c, ${FN}]}`,
  '{string_split: [a, b]}',
  '{string_split: [a, b, -1]}',
  `{string_split: [a, b, ${FN}]}`,
  '{string_lower: ABC}',
  `{string_upper: ${FN}}`,
  '{string_lower: {get_attribute: [n, x]}}',
  '{get_attribute: [n, x]}',
  `{get_attribute: [${FN}, x, 0, ${FN}]}`,
  '{get_attributes_list: [n, x, 0]}',
  `{get_attributes_dict: [n, x, [y, 0, ${FN}], ${FN}]}`,
  '{get_secret: key}',
  '{get_secret: [key, part, 0]}',
  `{get_secret: ${FN}}`,
  '{get_capability: [dep, cap, 0]}',
  `{get_capability: [${FN}, ${FN}]}`,
  '{get_environment_capability: cap}',
  '{get_environment_capability: [cap, part]}',
  '{get_group_capability: [g, cap, part]}',
  '{get_group_capability: [g, [c1, c2]]}',
  '{get_label: key}',
  `{get_label: ${FN}}`,
  '{get_label: [key, 0]}',
  "{get_label: [key, '10']}",
  '{get_sys: [tenant, name]}',
  '{get_sys: [deployment, owner]}',
  '{get_consumers: ids}',
  '{get_consumers: names}',
];

const REFUSED = [
  '{get_input: nobody}',
  '{get_input: [nobody, x]}',
  '{get_input: []}',
  '{get_input: 1}',
  '{get_input: null}',
  '{get_input: {a: 1}}',
  '{get_input: [s, {a: 1}]}',
  '{get_input: [s, 1.5]}',
  '{get_input: [s, null]}',
  '{get_property: n}',
  '{get_property: [n]}',
  '{get_property: [nobody, p]}',
  '{get_property: [1, p]}',
  '{get_property: [n, nothing]}',
  '{get_property: [n, v]}',
  '{get_property: [n, p, x]}',
  '{get_property: [n, q, l, 2]}',
  '{get_property: [n, q, l, -3]}',
  '{get_property: [n, q, l, x]}',
  '{get_property: [n, q, a, b, c]}',
  '{concat: text}',
  '{concat: {a: 1}}',
  '{merge: {a: 1}}',
  '{merge: [[a]]}',
  '{merge: [{a: 1}, text]}',
  '{string_find: [abc]}',
  '{string_find: [abc, c, 1]}',
  '{string_find: [abc, 1]}',
  '{string_find: abc}',
  '{string_replace: [a, b]}',
  '{string_replace: [a, b, c, d]}',
  '{string_replace: [a, b, c, true]}',
  '{string_replace: [a, b, c, 1, 2]}',
  '{string_split: [a]}',
  "{string_split: [a, b, '1']}",
  '{string_split: [null, b]}',
  '{string_lower: 1}',
  '{string_lower: [a]}',
  '{string_upper: null}',
  '{get_attribute: [n]}',
  '{get_attribute: n}',
  '{get_attribute: [nobody, x]}',
  '{get_attribute: [n, {a: 1}]}',
  '{get_attributes_list: [n]}',
  '{get_attributes_list: [nobody, x]}',
  '{get_attributes_dict: [n]}',
  '{get_attributes_dict: [n, []]}',
  '{get_attributes_dict: [n, [[x]]]}',
  '{get_attributes_dict: [nobody, x]}',
  '{get_secret: 1}',
  '{get_secret: []}',
  '{get_secret: [key]}',
  '{get_secret: {a: 1}}',
  '{get_capability: dep}',
  '{get_capability: [dep]}',
  '{get_capability: [dep, cap, {}]}',
  '{get_capability: [{}, cap]}',
  '{get_environment_capability: 1}',
  '{get_environment_capability: [cap]}',
  '{get_group_capability: [g]}',
  '{get_group_capability: [g, []]}',
  '{get_group_capability: [g, [{a: 1}]]}',
  '{get_label: 1}',
  '{get_label: [key]}',
  '{get_label: [key, x]}',
  '{get_label: [key, 0, 1]}',
  '{get_sys: {}}',
  '{get_sys: tenant}',
  '{get_sys: [tenant, id]}',
  '{get_sys: [deployment, name, x]}',
  '{get_consumers: [ids]}',
  '{get_consumers: owners}',
];

describe('arguments of functions', () => {
  it.each(ACCEPTED)('%s is accepted [§14.2]', async (call) => {
    expect(await codesOf(output(call))).toEqual([]);
  });

  it.each(REFUSED)('%s is refused without a number [§14.2] [§17]', async (call) => {
    expect(await codesOf(output(call))).toEqual([null]);
  });

  it.each(REFUSED)('%s is refused deep inside other arguments, too [§14.1]', async (call) => {
    expect(await codesOf(output(`[{a: {concat: [x, ${call}]}}]`))).toContain(null);
  });
});

describe('a function', () => {
  it.each([
    ['{concat: [a], type: string}', true],
    ['{type: string, concat: [a]}', true],
    ['{concat: 1, other: 2}', false],
    ['{concat: 1, type: 2, other: 3}', false],
    ['{type: 1}', false],
    ['{concat: 1, get_input: s}', true],
    ['{}', false],
  ])('is recognised in %s: %s [§14.1]', async (value, isCall) => {
    const { plan } = await parse(output(`{x: ${value}}`));
    const { plan: malformed } = await parse(output(`{x: ${value.replace('[a]', '1').replace('s}', 'zz}')}}`));
    expect(plan).not.toBeNull();
    expect(malformed === null).toBe(isCall);
  });

  it('that comes later counts, of two in one mapping [§14.1]', async () => {
    expect(await codesOf(output('{get_input: nobody, concat: [a]}'))).toEqual([]);
    expect(await codesOf(output('{concat: [a], get_input: nobody}'))).toEqual([null]);
  });

  it('is no function where a whole section of inputs merely looks like one [§14.1] [§14.4]', async () => {
    const { errors } = await parse(`tosca_definitions_version: cloudify_dsl_1_5
node_types: {t: {properties: {concat: {}}}}
plugins: {p: {executor: central_deployment_agent, install: false}}
node_templates:
  n:
    type: t
    properties: {concat: not a list}
    interfaces: {i: {o: {implementation: p.x, inputs: {get_input: nobody}}}}
`);
    expect(errors).toEqual([]);
  });

  it.each([
    ['concat', '{concat: [a]}', 1],
    ['merge', '{merge: [{a: 1}]}', 3],
  ])('%s below its version is a fault without number, not 102 [§14.4] [§4]', async (_name, call, since) => {
    const text = (minor: number): string =>
      `tosca_definitions_version: cloudify_dsl_1_${String(minor)}\noutputs: {o: {value: ${call}}}\n`;
    expect(await codesOf(text(since))).toEqual([]);
    expect(await codesOf(text(since - 1))).toEqual([null]);
    expect(await codesOf(text(since - 1), { validateVersions: false })).toEqual([]);
  });

  it('that is wrong is found after everything else is in order [§1] [§14.4]', async () => {
    const text = output('{get_input: nobody}');
    expect(await codesOf(text.replace('type: t}', 'type: unknown}'))).toEqual([7]);
  });

  it('is reported where it was written, in its file [§14.4]', async () => {
    const { errors } = await parse(output('{concat: [{get_input: nobody}]}'));
    expect(errors).toMatchObject([
      { code: null, file: 'blueprint.yaml', line: 7, column: 32, path: 'outputs.o.value.concat[0]' },
    ]);
    expect(errors[0]?.message).toBe("get_input: there is no input 'nobody'");
  });

  it('of a type that many nodes share is reported once [§14.4]', async () => {
    const nodes = Array.from({ length: 50 }, (_, index) => `n${String(index)}: {type: t}`).join(', ');
    const { errors } = await parse(`tosca_definitions_version: cloudify_dsl_1_5
node_types: {t: {properties: {p: {default: {get_input: nobody}}}}}
node_templates: {${nodes}}
`);
    expect(errors).toHaveLength(1);
  });

  it('at each of several places is reported, in the order of the walk [§14.4]', async () => {
    const { errors } = await parse(`tosca_definitions_version: cloudify_dsl_1_5
deployment_settings: {display_name: ${unknownInput('j')}}
labels: {k: {values: [${unknownInput('i')}]}}
capabilities: {c: {value: ${unknownInput('h')}}}
outputs: {o: {value: ${unknownInput('f')}}}
policies: {p: {type: cloudify.policies.scaling, targets: [g], properties: {min_instances: ${unknownInput('g')}}}}
groups: {g: {members: [m]}}
relationships: {cloudify.relationships.depends_on: {}}
plugins: {p: {executor: central_deployment_agent, install: false}}
node_types: {t: {properties: {p: {required: false}}}}
node_templates:
  m:
    type: t
    relationships:
      - type: cloudify.relationships.depends_on
        target: n
        target_interfaces: {i: {o: {implementation: p.x, inputs: {v: ${unknownInput('e')}}}}}
        source_interfaces: {i: {o: {implementation: p.x, inputs: {v: ${unknownInput('d')}}}}}
    interfaces: {i: {o: {implementation: p.x, inputs: {v: ${unknownInput('c')}}}}}
    capabilities: {scalable: {properties: {max_instances: ${unknownInput('b')}}}}
    properties: {p: ${unknownInput('a')}}
  n: {type: t}
`);
    const named = errors.map(({ message }) => /'(.)'$/u.exec(message)?.[1]);
    expect(named.join('')).toBe('abcdefghij');
  });

  it('is not looked for where the plan is not walked [§14.4] [trap 12]', async () => {
    const bad = '{get_input: nobody}';
    const text = `tosca_definitions_version: cloudify_dsl_1_5
metadata: {m: ${bad}}
inputs: {i: {default: ${bad}}}
resource_tags: {t: ${bad}}
relationships: {cloudify.relationships.depends_on: {properties: {connection_type: {}, x: {default: ${bad}}}}}
plugins: {p: {executor: central_deployment_agent, install: false}}
node_types:
  t: {}
  unused: {properties: {p: {default: ${bad}}}}
workflows: {w: {mapping: p.w, parameters: {x: {default: ${bad}}}}}
policy_types: {pt: {source: s, properties: {x: {default: ${bad}}}}}
groups: {g: {members: [n], policies: {p: {type: pt, properties: {x: ${bad}}}}}}
node_templates:
  n: {type: t, relationships: [{type: cloudify.relationships.depends_on, target: m, properties: {connection_type: ${bad}}}]}
  m: {type: t}
`;
    expect(await codesOf(text)).toEqual([]);
  });
});

/** A node whose property v stands before p, a function. */
function withValue(v: string): string {
  const nodes = `node_templates:\n  n: {type: t}\n  m: {type: t, properties: {v: ${v}, p: {get_input: d}}}\n`;
  return `tosca_definitions_version: cloudify_dsl_1_5${HEAD.replace('node_templates: {n: {type: t}}\n', nodes)}`;
}

describe('the path of get_property', () => {
  it.each([
    ['[SELF, p]', true],
    ['[SELF, p, a]', true],
    ['[SELF, p, a, 0]', true],
    ['[SELF, p, a, b]', false],
    ['[m, q, f, a]', true],
    ['[m, q, f, a, b]', false],
  ])('%s over an unevaluated function: %s [§14.5]', async (argument, accepted) => {
    expect(await codesOf(withValue(`{get_property: ${argument}}`))).toEqual(accepted ? [] : [null]);
  });
});

describe('requirements', () => {
  it('name parent capabilities and secrets as written, in walking order, with repetitions [plan 1] [§14.4]', async () => {
    const { requirements } = await planOf(`tosca_definitions_version: cloudify_dsl_1_5
inputs: {s: {default: {get_secret: unread}}}
plugins: {p: {executor: central_deployment_agent, install: false}}
node_types: {t: {properties: {a: {}, b: {}}}}
node_templates:
  n:
    type: t
    properties: {a: {get_secret: [k, z]}, b: [{concat: [{get_environment_capability: [c, d]}]}]}
    interfaces: {i: {o: {implementation: p.x, inputs: {v: {get_secret: twice}}}}}
outputs:
  o: {value: {get_environment_capability: q}}
  w: {value: {get_secret: {concat: [{get_secret: inner}]}}}
resource_tags: {t: {get_secret: unwalked}}
`);
    expect(requirements.parent_capabilities).toEqual([['c', 'd'], ['q']]);
    const outer = new Map([['concat', [new Map([['get_secret', 'inner']])]]]);
    expect(requirements.secrets).toEqual([['k', 'z'], 'twice', 'twice', outer, 'inner']);
  });
});
