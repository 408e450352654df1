import { blueprintOf, deploy, deploymentOf, HEAD, madeOf, propertiesOf } from '../../../../test/support/functions.js';
import { plain, planOf } from '../../../../test/support/dsl.js';

describe('the value of a function at creation', () => {
  it.each([
    ['{concat: []}', ''],
    ['{concat: [a, 1, 1.0, -2.50, 1.0e+16, 1.0e-5, true, null]}', 'a11.0-2.51e+161e-05TrueNone'],
    [`{concat: [[1, x, "it's"], ' ', {a: 1, b: [null]}]}`, `[1, 'x', "it's"] {'a': 1, 'b': [None]}`],
    ['{concat: [2020-01-02, 12345678901234567890]}', '2020-01-0212345678901234567890'],
    ['{merge: []}', {}],
    ['{merge: [{a: 1, b: {c: 1}}, {b: {d: 2}}]}', { a: 1, b: { d: 2 } }],
    ['{string_find: [abcabc, c]}', 2],
    ['{string_find: [abc, x]}', -1],
    ['{string_find: [abc, ""]}', 0],
    ['{string_replace: [aaa, a, b]}', 'bbb'],
    ['{string_replace: [aaa, a, b, 0]}', 'aaa'],
    ['{string_replace: [aaa, a, b, 2]}', 'bba'],
    ['{string_replace: [aaa, a, b, -1]}', 'bbb'],
    ['{string_replace: [abc, "", "-"]}', '-a-b-c-'],
    ['{string_replace: [abc, "", "-", 2]}', '-a-bc'],
    ['{string_replace: ["", "", x]}', 'x'],
    ['{string_replace: [a$b, $, "$&"]}', 'a$&b'],
    ['{string_split: [a.b.c, .]}', ['a', 'b', 'c']],
    ['{string_split: ["", .]}', ['']],
    ['{string_split: [a.b.c, ., 1]}', 'b'],
    ['{string_split: [a.b.c, ., -1]}', 'c'],
    ['{string_upper: {string_lower: aBC}}', 'ABC'],
  ])('%s is %p [§14.2]', async (call, expected) => {
    expect(await madeOf(call)).toEqual(expected);
  });

  it('counts characters, not halves of them [§14.2]', async () => {
    const text = `${HEAD}inputs: {t: {}}
outputs:
  found: {value: {string_find: [{get_input: t}, b]}}
  spread: {value: {string_replace: [{get_input: t}, '', '.']}}
`;
    const { outputs } = await deploymentOf(text, { t: 'a😀b' });
    expect(outputs.get('found')?.value).toBe(2);
    expect(outputs.get('spread')?.value).toBe('.a.😀.b.');
  });

  it.each([
    ['{string_split: [a.b, ""]}', 'separator'],
    ['{string_split: [a.b, ., 2]}', 'no part 2'],
    ['{string_lower: {get_attribute: [n, x]}}', 'should not be a function'],
    ['{string_lower: {get_input: n}}', 'no text'],
    ['{string_replace: [a, b, c, {get_input: t}]}', 'no integer'],
    ['{merge: [{a: 1}, {get_input: t}]}', 'no dictionary'],
    ['{get_input: [d, nothing]}', 'does not exist'],
    ['{get_input: [d, a, 2]}', 'does not exist'],
    ['{get_input: [d, a, x]}', 'no index'],
    ['{get_input: [t, 0]}', 'does not exist'],
    ['{get_input: {concat: [nob, ody]}}', "no input 'nobody'"],
    ['{get_input: {get_input: n}}', 'no input 7'],
    ['{get_input: {get_attribute: [n, x]}}', 'unresolved argument'],
    ['{get_input: [d, {get_attribute: [n, x]}]}', 'unresolved argument'],
    ['{get_property: [n, {get_attribute: [n, x]}]}', 'unresolved argument'],
    ['{get_property: [{get_input: t}, v]}', "node 'text' does not exist"],
    ['{get_property: [n, {get_input: t}]}', 'has no property'],
    ['{get_property: [n, v, {get_input: t}]}', 'something else than an index'],
    ['{get_input: t, type: integer}', 'not of type integer'],
    ['{get_input: [d, a], type: dict}', 'not of type dict'],
  ])('%s fails: %s [§14.2] [§14.5] [§17]', async (call, reason) => {
    const text = blueprintOf('{t: {default: text}, n: {default: 7}, d: {default: {a: [1, 2]}}}', { n: '{v: [1]}' });
    const plan = await planOf(`${text}outputs: {o: {value: {deep: [${call}]}}}\n`);
    expect(() => deploy(plan)).toThrow(
      expect.objectContaining({
        code: null,
        message: expect.stringContaining(reason) as unknown,
        diagnostics: [expect.objectContaining({ path: 'outputs.o.value.deep[0]' })],
      }),
    );
  });

  it.each([
    ['{get_input: i, type: integer}', 7],
    ['{get_input: [d, a, -1]}', 2],
    ['{get_input: [d, a], type: list}', [1, 2]],
    ['{get_input: i, type: some.data.type}', 7],
    ['{get_input: i, type: float}', 7],
    ['{get_input: i, type: string}', 7],
    ['{get_input: f, type: integer}', { get_secret: 's' }],
  ])('%s is %p [§14.2] [§9.4]', async (call, expected) => {
    const inputs = '{i: {default: 7}, d: {default: {a: [1, 2]}}, f: {default: {get_secret: s}}}';
    expect(await madeOf(call, inputs)).toEqual(expected);
  });

  it('is checked against the type that an operation of a type declares [§9.4] [trap 6]', async () => {
    const text = `${HEAD.replace('{t: {', '{o: {interfaces: {i: {o: {implementation: pl.x, inputs: {v: {type: integer}}}}}}, t: {')}inputs: {n: {}}
node_templates: {a: {type: o, interfaces: {i: {o: {inputs: {v: {get_input: n}}}}}}}
`;
    const plan = await planOf(text);
    expect(deploy(plan, { n: 3 }).nodes[0]?.operations.get('i.o')?.inputs).toEqual(new Map([['v', 3]]));
    expect(() => deploy(plan, { n: 'three' })).toThrow("input 'n' is not of type integer");
  });
});

function nested(depth: number): string {
  return '{string_lower: '.repeat(depth) + 'X' + '}'.repeat(depth);
}

describe('evaluation order and nesting', () => {
  it('evaluates arguments first [§14.5]', async () => {
    const plan = await deploymentOf(
      blueprintOf('{which: {default: n}, name: {default: which}}', {
        n: '{v: 4}',
        m: '{v: {concat: [{get_property: [{get_input: {get_input: name}}, v]}, 2]}}',
      }),
    );
    expect(propertiesOf(plan, 'm')).toEqual({ v: '42' });
  });

  it('evaluates what a function leads to, until it changes no more [§14.5] [§8.2]', async () => {
    const plan = await deploymentOf(
      blueprintOf('{a: {default: {get_input: b}}, b: {default: {concat: [x, {get_input: c}]}}, c: {}}', {
        n: '{v: {get_property: [m, v]}}',
        m: '{v: {get_property: [SELF, w]}, w: [{get_input: a}, {deep: {get_input: a}}]}',
      }),
      { c: 'd' },
    );
    expect(propertiesOf(plan, 'n')).toEqual({ v: ['xd', { deep: 'xd' }] });
    expect(propertiesOf(plan, 'm')).toEqual({ v: ['xd', { deep: 'xd' }], w: ['xd', { deep: 'xd' }] });
  });

  it('leaves functions of run time, and concat and merge over them, with evaluated arguments [§14.5]', async () => {
    const plan = await deploymentOf(
      blueprintOf(
        '{p: {default: 80}}',
        { n: '{}' },
        `outputs:
  url: {value: {concat: ['http://', {get_attribute: [n, {concat: [i, p]}]}, ':', {get_input: p}]}}
  all: {value: {merge: [{a: {get_input: p}}, {get_secret: s}]}}
  text: {value: {concat: [[{get_secret: s}]]}}
`,
      ),
    );
    expect(plain(plan.outputs.get('url')?.value)).toEqual({
      concat: ['http://', { get_attribute: ['n', 'ip'] }, ':', 80],
    });
    expect(plain(plan.outputs.get('all')?.value)).toEqual({ merge: [{ a: 80 }, { get_secret: 's' }] });
    expect(plan.outputs.get('text')?.value).toBe("[{'get_secret': 's'}]");
  });

  it('lets SELF in a value of another node mean that node, also in what is left [§14.5]', async () => {
    const plan = await deploymentOf(
      blueprintOf('{}', {
        a: '{v: {get_property: [b, v]}, w: here}',
        b: '{v: [{get_property: [SELF, w]}, {get_attribute: [SELF, ip]}, {get_attributes_list: [SELF, ip]}], w: there}',
        c: '{v: {get_property: [a, v]}}',
      }),
    );
    const ofB = ['there', { get_attribute: ['b', 'ip'] }, { get_attributes_list: ['b', 'ip'] }];
    expect(propertiesOf(plan, 'a')).toEqual({ v: ofB, w: 'here' });
    expect(propertiesOf(plan, 'b')).toEqual({
      v: ['there', { get_attribute: ['SELF', 'ip'] }, { get_attributes_list: ['SELF', 'ip'] }],
      w: 'there',
    });
    expect(propertiesOf(plan, 'c')).toEqual({ v: ofB });
  });

  it('knows source and target in the operations of relationships [§14.3] [§14.5]', async () => {
    const plan = await deploymentOf(`${HEAD}node_templates:
  n: {type: t, properties: {v: nv, w: {get_attribute: [SELF, ip]}}}
  m:
    type: t
    properties: {v: mv, w: {get_property: [SELF, v]}}
    relationships:
      - type: cloudify.relationships.depends_on
        target: n
        source_interfaces: {i: {o: {implementation: pl.x, inputs: {a: {get_property: [SOURCE, w]}, b: {get_property: [TARGET, v]}}}}}
        target_interfaces: {i: {o: {implementation: pl.x, inputs: {c: {get_property: [TARGET, w]}}}}}
`);
    const [relationship] = plan.nodes[1]?.relationships ?? [];
    expect(plain(relationship?.source_operations.get('o')?.inputs)).toEqual({ a: 'mv', b: 'nv' });
    expect(plain(relationship?.target_operations.get('o')?.inputs)).toEqual({ c: { get_attribute: ['TARGET', 'ip'] } });
    expect(plain(relationship?.source_interfaces)).toMatchObject({ i: { o: { inputs: { a: 'mv', b: 'nv' } } } });
  });

  it.each([
    ['itself', '{v: {get_property: [SELF, v]}}', { v: { get_property: ['SELF', 'v'] } }],
    ['itself by name', '{v: {get_property: [n, v]}}', { v: { get_property: ['n', 'v'] } }],
    [
      'one that is itself',
      '{v: {get_property: [SELF, w]}, w: {get_property: [SELF, w]}}',
      {
        v: { get_property: ['SELF', 'w'] },
        w: { get_property: ['SELF', 'w'] },
      },
    ],
  ])('leaves a property that is get_property of %s as it is [§14.5]', async (_what, properties, expected) => {
    expect(propertiesOf(await deploymentOf(blueprintOf('{}', { n: properties })), 'n')).toEqual(expected);
  });

  it.each([
    ['concat of itself', '{v: {concat: [x, {get_property: [SELF, v]}]}}'],
    ['concat of itself, twice', '{v: {concat: [{get_property: [SELF, v]}, {get_property: [SELF, v]}]}}'],
    ['a list of itself', '{v: [{get_property: [SELF, v]}]}'],
    ['a dictionary of itself', '{v: {a: {b: {get_property: [SELF, v]}}}}'],
    ['each other', '{v: {get_property: [SELF, w]}, w: {get_property: [SELF, v]}}'],
    ['a part of itself', "{v: [{get_property: [{get_property: [n, v]}, '']}]}"],
  ])('ends at the recursion limit for %s [§14.5] [§17]', async (_what, properties) => {
    const plan = await planOf(blueprintOf('{}', { n: properties }));
    expect(() => deploy(plan)).toThrow(/deep|without an end/u);
  });

  it('allows 50 functions within each other, not 51 [§14.5]', async () => {
    expect(await madeOf(nested(50))).toBe('x');
    await expect(madeOf(nested(51))).rejects.toThrow('at most 50 deep');
  });

  it('follows long chains of properties [§14.5]', async () => {
    const nodes = Object.fromEntries(
      Array.from({ length: 120 }, (_, index) => [
        `n${String(index)}`,
        index === 119 ? '{v: end}' : `{v: {get_property: [n${String(index + 1)}, v]}}`,
      ]),
    );
    expect(propertiesOf(await deploymentOf(blueprintOf('{}', nodes)), 'n0')).toEqual({ v: 'end' });
  });

  it('sees what was evaluated before, and pairs a later function with one more part [§14.5]', async () => {
    const early = await deploymentOf(
      blueprintOf('{d: {default: {a: {b: 1}}}}', { a: '{v: {get_input: d}}', m: '{v: {get_property: [a, v, a]}}' }),
    );
    expect(propertiesOf(early, 'm')).toEqual({ v: { b: 1 } });
    const late = await deploymentOf(
      blueprintOf('{d: {default: {a: {b: 1}}}}', { m: '{v: {get_property: [a, v, a]}}', a: '{v: {get_input: d}}' }),
    );
    expect(propertiesOf(late, 'm')).toEqual({ v: [{ a: { b: 1 } }, 'a'] });
    const within = await deploymentOf(
      blueprintOf('{d: {default: {a: {b: 1}}}}', { n: '{v: {x: {get_input: d}, y: {get_property: [SELF, v, x, a]}}}' }),
    );
    expect(propertiesOf(within, 'n')).toEqual({ v: { x: { a: { b: 1 } }, y: { b: 1 } } });
  });
});
