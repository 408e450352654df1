import { codesOf, nodeOf, parse, plain, planOf } from '../../../../test/support/dsl.js';

const HEAD = 'tosca_definitions_version: cloudify_dsl_1_5\n';

/** A relationship type is in the plan with its properties, a node type is not. */
async function schemasOf(properties: string, types = '{}', head = HEAD): Promise<unknown> {
  const plan = await planOf(`${head}data_types: ${types}\nrelationships: {r: {properties: ${properties}}}\n`);
  return plain(plan.relationships.get('r')?.properties);
}

function typed(schema: string, version = '1_5'): string {
  return `tosca_definitions_version: cloudify_dsl_${version}\nnode_types: {t: {properties: {p: ${schema}}}}\n`;
}

async function propertiesOf(text: string): Promise<unknown> {
  return plain(nodeOf(await planOf(`${HEAD}${text}`), 'n').properties);
}

function related(properties: string): string {
  return `${HEAD}node_types: {t: {}}
relationships: {r: {properties: {a: {default: 1}, must: {}}}}
node_templates: {m: {type: t}, n: {type: t, relationships: [{type: r, target: m, properties: ${properties}}]}}
`;
}

function external(properties: string): string {
  return `${HEAD}inputs: {i: {}}
data_types: {d: {properties: {must: {}, use_external_resource: {default: false}}}}
node_types: {t: {properties: {p: {type: d}, must: {}, use_external_resource: {default: false}}}}
node_templates: {n: {type: t, properties: ${properties}}}
`;
}

describe('schemas of properties', () => {
  it('have no date as their default, but for one inside of a dictionary [§2] [§7.2] [error 1]', async () => {
    expect(await codesOf(typed('{default: 2020-01-01}'))).toEqual([1]);
    expect(await codesOf(typed('{default: 2020-01-01 10:00:00, type: string}'))).toEqual([1]);
    expect(await codesOf(typed('{default: {since: 2020-01-01}}'))).toEqual([]);
    expect(
      await codesOf(
        `${HEAD}node_types: {t: {properties: {p: {}}}}\nnode_templates: {n: {type: t, properties: {p: 2020-01-01}}}\n`,
      ),
    ).toEqual([]);
  });

  it('keep what was written, nothing else [§7.2] [plan 1]', async () => {
    const written =
      '{p: {type: integer, default: 5, description: five, required: false}, q: {default: null}, r: {}, s: }';
    expect(await schemasOf(written)).toEqual({
      p: { type: 'integer', default: 5, description: 'five', required: false },
      q: { default: null },
      r: {},
      s: {},
    });
  });

  it.each([
    ['an unknown key', '{zzz: 1}'],
    ['a text instead of a schema', 'text'],
    ['a list instead of a schema', '[a]'],
    ['a type that is no text', '{type: 1}'],
    ['a description that is no text', '{description: [a]}'],
    ['required that is no boolean', "{required: 'yes'}"],
    ['constraints, which only inputs have', '{constraints: []}'],
    ['an item_type, which only inputs have', '{item_type: string}'],
  ])('refuse %s [§7.2] [error 1]', async (_name, schema) => {
    expect((await codesOf(typed(schema)))[0]).toBe(1);
  });

  it('refuse properties that are a list, and names that are no text [error 1]', async () => {
    expect(await codesOf(`${HEAD}node_types: {t: {properties: [a]}}\n`)).toEqual([1]);
    expect(await codesOf(`${HEAD}node_types: {t: {properties: {1: {}}}}\n`)).toEqual([1]);
  });

  it('know `required` since 1_2 [§4] [error 102]', async () => {
    expect(await codesOf(typed('{required: true}', '1_1'))).toEqual([102]);
    expect(await codesOf(typed('{required: true}', '1_2'))).toEqual([]);
    expect(await codesOf(typed('{required: null}', '1_1'))).toEqual([]);
  });

  it.each([
    ['of another type', '{type: integer, default: five}', 105],
    ['of the type regex that does not compile', "{type: regex, default: '('}", 105],
    ['with a key that the data type does not have', '{type: d, default: {zzz: 1}}', 106],
    ['that does not fit within', '{type: d, default: {a: x}}', 105],
    ['that is no mapping for a data type', '{type: d, default: []}', 105],
  ])('refuse a default %s [§7.2] [error 105] [error 106]', async (_name, schema, code) => {
    const types = 'data_types: {d: {properties: {a: {type: integer}}}}\n';
    const { errors } = await parse(`${HEAD}${types}node_types:\n  t:\n    properties:\n      p: ${schema}\n`);
    expect(errors).toMatchObject([{ code, line: 6 }]);
    expect(errors[0]?.path).toMatch(/^node_types\.t\.properties\.p\.default/);
  });

  it('imply a default for a data type, which holds the defaults within it [§7.2] [trap 7]', async () => {
    const types =
      '{inner: {properties: {a: {default: 1}, b: {}}}, outer: {properties: {i: {type: inner}, x: {default: 2}}}}';
    expect(await schemasOf('{p: {type: outer}, q: {type: inner, default: null}}', types)).toEqual({
      p: { type: 'outer', default: { i: { a: 1 }, x: 2 } },
      q: { type: 'inner', default: { a: 1 } },
    });
  });

  it('complete a written default of a data type, but do not demand it whole [§7.2]', async () => {
    const types = '{d: {properties: {a: {default: 1}, b: {}, c: {default: {x: 1}}}}}';
    expect(await schemasOf('{p: {type: d, default: {c: 3}}}', types)).toEqual({
      p: { type: 'd', default: { a: 1, c: 3 } },
    });
  });

  it('leave a function that is a default as it is [§7.1]', async () => {
    const types = '{d: {properties: {a: {default: 1}}}}';
    expect(await schemasOf('{p: {type: d, default: {get_secret: s}}}', types)).toEqual({
      p: { type: 'd', default: { get_secret: 's' } },
    });
  });
});

describe('properties of templates', () => {
  it('are completed with defaults [§7.3] [§10]', async () => {
    const text = 'node_types: {t: {properties: {a: {default: 1}, b: {default: x}, c: {required: false}, d: {}}}}\n';
    expect(await propertiesOf(`${text}node_templates: {n: {type: t, properties: {b: y, d: null}}}\n`)).toEqual({
      a: 1,
      b: 'y',
      d: null,
    });
  });

  it('are refused when the type does not declare them [error 106]', async () => {
    const text = `${HEAD}node_types: {t: {properties: {a: {default: 1}}}}\n`;
    const { errors } = await parse(`${text}node_templates:\n  n:\n    type: t\n    properties:\n      zzz: 1\n`);
    expect(errors).toMatchObject([{ code: 106, line: 7, path: 'node_templates.n.properties.zzz' }]);
    expect(await codesOf(`${text}node_templates: {n: {type: t, properties: {1: x}}}\n`)).toEqual([106]);
  });

  it('are refused when a required one is missing, each of them [error 107]', async () => {
    const text = `${HEAD}node_types: {t: {properties: {a: {}, b: {required: false}, c: {type: integer}}}}\n`;
    expect(await codesOf(`${text}node_templates: {n: {type: t}}\n`)).toEqual([107, 107]);
    expect(await codesOf(`${text}node_templates: {n: {type: t, properties: {a: 1}}}\n`)).toEqual([107]);
  });

  it('are refused when the default does not fit, null included [error 105]', async () => {
    const text = `${HEAD}node_types: {t: {properties: {a: {type: integer, default: null}}}}\n`;
    expect(await codesOf(text)).toEqual([]);
    expect(await codesOf(`${text}node_templates: {n: {type: t}}\n`)).toEqual([105]);
    expect(await codesOf(`${text}node_templates: {n: {type: t, properties: {a: 1}}}\n`)).toEqual([]);
  });

  const NESTED = `data_types:
  inner: {properties: {must: {type: integer}, may: {required: false}, has: {default: 1}}}
  outer: {properties: {inner: {type: inner}, name: {default: n}}}
`;

  it('demand what is required within a data type, whatever the property says [§7.2] [error 107] [trap 7]', async () => {
    const text = `${HEAD}${NESTED}node_types: {t: {properties: {p: {type: outer, required: false}}}}\n`;
    const { errors } = await parse(`${text}node_templates: {n: {type: t}}\n`);
    expect(errors).toMatchObject([{ code: 107, path: 'node_templates.n' }]);
    expect(errors[0]?.message).toContain('p.inner.must');
    const template = 'node_templates: {n: {type: t, properties: {p: {inner: {must: 1}}}}}\n';
    expect(await codesOf(`${text}${template}`)).toEqual([]);
  });

  it('say where in a nested value the fault is [§7.3] [error 105] [error 106]', async () => {
    const text = `${HEAD}${NESTED}node_types: {t: {properties: {p: {type: outer}}}}\nnode_templates:\n`;
    const { errors } = await parse(
      `${text}  n:\n    type: t\n    properties:\n      p:\n        inner: {must: x, zzz: 1}\n`,
    );
    expect(errors).toMatchObject([
      { code: 106, line: 11, column: 26, path: 'node_templates.n.properties.p.inner.zzz' },
      { code: 105, line: 11, column: 23, path: 'node_templates.n.properties.p.inner.must' },
    ]);
  });

  it('are laid over the default of the type, through data types only [§7.4]', async () => {
    const text = `data_types:
  inner: {properties: {a: {default: 1}, b: {default: 1}, c: {default: 1}}}
  outer: {properties: {inner: {type: inner, default: {b: 2}}, plain: {default: {x: 1}}}}
node_types:
  t:
    properties:
      p: {type: outer, default: {inner: {c: 3}}}
      d: {type: dict, default: {x: 1, y: 1}}
      u: {default: {x: 1, y: 1}}
node_templates:
  n: {type: t, properties: {p: {inner: {a: 9}, plain: {z: 1}}, d: {x: 2}, u: {x: 2}}}
`;
    expect(await propertiesOf(text)).toEqual({
      p: { inner: { a: 9, b: 2, c: 3 }, plain: { z: 1 } },
      d: { x: 2 },
      u: { x: 2 },
    });
  });

  it('are laid over nothing when the default is a function [§7.4]', async () => {
    const text = `inputs: {i: {}}
data_types: {d: {properties: {a: {default: 1}, b: {}}}}
node_types: {t: {properties: {p: {type: d, default: {get_input: i}}}}}
`;
    expect(await propertiesOf(`${text}node_templates: {n: {type: t}}\n`)).toEqual({ p: { get_input: 'i' } });
    expect(await propertiesOf(`${text}node_templates: {n: {type: t, properties: {p: {b: 2}}}}\n`)).toEqual({
      p: { a: 1, b: 2 },
    });
  });

  it('of relationships are completed and refused alike [§10] [error 106] [error 107]', async () => {
    expect(await codesOf(related('{}'))).toEqual([107]);
    expect(await codesOf(related('{must: 1, zzz: 1}'))).toEqual([106]);
    const plan = await planOf(related('{must: 1}'));
    expect(plain(nodeOf(plan, 'n').relationships[0]?.properties)).toEqual({ a: 1, must: 1 });
  });

  it('are shared by all nodes that give none, and by those that share an anchor', async () => {
    const plan = await planOf(`${HEAD}dsl_definitions: {common: &common {a: 2}}
node_types: {t: {properties: {a: {default: 1}, b: {default: [1]}}}}
node_templates:
  n: {type: t}
  m: {type: t, properties: {}}
  k: {type: t, properties: *common}
  l: {type: t, properties: *common}
`);
    const [n, m, k, l] = ['n', 'm', 'k', 'l'].map((name) => nodeOf(plan, name).properties);
    expect(m).toBe(n);
    expect(l).toBe(k);
    expect(k?.get('b')).toBe(n?.get('b'));
  });
});

describe('use_external_resource', () => {
  const TYPE = 'node_types: {t: {properties: {a: {}, use_external_resource: {required: false}}}}\n';
  const template = (value: string): string =>
    `${HEAD}inputs: {i: {}}\n${TYPE}node_templates: {n: {type: t, properties: {use_external_resource: ${value}}}}\n`;

  it.each([
    ['true', []],
    ['yes', []],
    ['1', []],
    ['text', []],
    ["'false'", []],
    ['[0]', []],
    ['false', [107]],
    ['0', [107]],
    ["''", [107]],
    ['[]', [107]],
    ['{}', [107]],
    ['null', [107]],
  ])('%s decides by its truth whether required properties may be missing [§7.3] [trap 13]', async (value, codes) => {
    expect(await codesOf(template(value))).toEqual(codes);
  });

  it('may not be a function [error 219]', async () => {
    const [code] = await codesOf(template('{get_input: i}'));
    expect(code).toBe(219);
  });

  it('may come from a default [§7.3]', async () => {
    const text = 'node_types: {t: {properties: {a: {}, use_external_resource: {default: true}}}}\n';
    expect(await propertiesOf(`${text}node_templates: {n: {type: t}}\n`)).toEqual({ use_external_resource: true });
  });

  it('counts at its own level only, within data types too [§7.3] [error 107] [error 219]', async () => {
    expect(await codesOf(external('{use_external_resource: true}'))).toEqual([107]);
    expect(await codesOf(external('{p: {use_external_resource: true}}'))).toEqual([107]);
    expect(await codesOf(external('{use_external_resource: true, p: {use_external_resource: true}}'))).toEqual([]);
    const nested = '{must: 1, p: {must: 1, use_external_resource: {get_input: i}}}';
    expect(await codesOf(external(nested))).toEqual([219]);
  });
});

describe('inherited properties', () => {
  const PAIR =
    'data_types: {d: {properties: {a: {default: 1}, b: {default: 1}, n: {type: e}}}, e: {properties: {x: {default: 1}, y: {default: 1}}}}\n';

  it('come whole from the parent, or else are the child’s own [§7.4]', async () => {
    const plan = await planOf(`${HEAD}relationships:
  parent: {properties: {a: {type: integer, default: 1, description: d}, b: {default: 2}}}
  child: {derived_from: parent, properties: {b: {type: string}, c: {}}}
`);
    expect(plain(plan.relationships.get('child')?.properties)).toEqual({
      a: { type: 'integer', default: 1, description: 'd' },
      b: { type: 'string' },
      c: {},
    });
  });

  it('of one data type lay the child’s default over the parent’s, key by key [§7.4]', async () => {
    const plan = await planOf(`${HEAD}${PAIR}relationships:
  parent: {properties: {p: {type: d, default: {a: 2, n: {x: 2}}}}}
  child: {derived_from: parent, properties: {p: {type: d, default: {b: 3, n: {y: 3}}}}}
  silent: {derived_from: parent, properties: {p: {type: d, description: mine}}}
  grandchild: {derived_from: child, properties: {p: {type: d, default: {a: 4}}}}
`);
    const standard = (name: string): unknown => plain(plan.relationships.get(name)?.properties.get('p')?.default);
    expect(standard('child')).toEqual({ a: 2, b: 3, n: { x: 2, y: 3 } });
    expect(standard('silent')).toEqual({ a: 2, b: 1, n: { x: 2, y: 1 } });
    expect(standard('grandchild')).toEqual({ a: 4, b: 3, n: { x: 2, y: 3 } });
  });

  it('of different types take nothing from the parent [§7.4]', async () => {
    const plan = await planOf(`${HEAD}${PAIR}relationships:
  parent: {properties: {p: {type: d, default: {a: 2}}, q: {type: dict, default: {x: 1}}}}
  child: {derived_from: parent, properties: {p: {type: e}, q: {type: dict}}}
`);
    expect(plain(plan.relationships.get('child')?.properties)).toEqual({
      p: { type: 'e', default: { x: 1, y: 1 } },
      q: { type: 'dict' },
    });
  });
});
