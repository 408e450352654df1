import { codesOf, parse, plain, planOf } from '../../../../test/support/dsl.js';
import { DataTypes } from './data-types.js';

const HEAD = 'tosca_definitions_version: cloudify_dsl_1_5\n';

async function typesOf(types: string): Promise<Record<string, unknown>> {
  const plan = await planOf(`${HEAD}data_types:\n${types}`);
  return plain(plan.data_types) as Record<string, unknown>;
}

describe('data types', () => {
  it('are in the plan with null for what was not written [§7.3] [plan 1]', async () => {
    expect(
      await typesOf('  a: {description: text, version: "1.0", properties: {x: {type: integer}}}\n  b: {}\n  c:\n'),
    ).toEqual({
      a: { properties: { x: { type: 'integer' } }, description: 'text', derived_from: null, version: '1.0' },
      b: { properties: {}, description: null, derived_from: null, version: null },
      c: { properties: {}, description: null, derived_from: null, version: null },
    });
  });

  it.each([
    ['an unknown key', '{zzz: 1}', 1],
    ['a version that is no text', '{version: 1.0}', 1],
    ['a description that is no text', '{description: 1}', 1],
    ['a text instead of a type', 'text', 1],
    ['properties that are a list', '{properties: [a]}', 1],
    ['an unknown parent', '{derived_from: nobody}', 103],
    ['a primitive type as parent', '{derived_from: string}', 103],
    ['an unknown type of a property', '{properties: {x: {type: nobody}}}', 103],
  ])('may not have %s [§7.3] [error 1] [error 103]', async (_name, type, code) => {
    expect((await codesOf(`${HEAD}data_types: {a: ${type}}\n`))[0]).toBe(code);
  });

  it.each(['integer', 'string', 'regex', 'textarea', 'operation_name'])(
    'may not be called %s [§7.3] [error 104]',
    async (name) => {
      expect(await codesOf(`${HEAD}data_types: {${name}: {properties: {x: {}}}}\n`)).toEqual([104]);
    },
  );

  it('came with 1_2; a bad name is found first [§4] [error 102] [error 104]', async () => {
    expect(await codesOf('tosca_definitions_version: cloudify_dsl_1_1\ndata_types: {a: {}}\n')).toEqual([102]);
    expect(await codesOf('tosca_definitions_version: cloudify_dsl_1_2\ndata_types: {a: {}}\n')).toEqual([]);
    expect((await codesOf('tosca_definitions_version: cloudify_dsl_1_1\ndata_types: {float: {}}\n'))[0]).toBe(104);
    expect(await codesOf('tosca_definitions_version: cloudify_dsl_1_0\ndata_types:\n')).toEqual([]);
  });

  it('inherit, and may be written in any order [§7.3] [§7.4]', async () => {
    const types = await typesOf(`  c: {derived_from: b, properties: {z: {default: 3}}}
  b: {derived_from: a, properties: {y: {type: holder}}}
  holder: {properties: {x: {default: 9}}}
  a: {properties: {x: {default: 1}, y: {default: 1}}}
`);
    expect(types.c).toMatchObject({
      derived_from: 'b',
      properties: { x: { default: 1 }, y: { type: 'holder', default: { x: 9 } }, z: { default: 3 } },
    });
  });

  it('hold implied defaults of the types within them [§7.2]', async () => {
    const types = await typesOf(`  a: {properties: {b: {type: b}}}
  b: {properties: {c: {type: c}}}
  c: {properties: {d: {type: integer}}}
`);
    expect(types).toMatchObject({
      a: { properties: { b: { type: 'b', default: { c: {} } } } },
      b: { properties: { c: { type: 'c', default: {} } } },
      c: { properties: { d: { type: 'integer' } } },
    });
  });

  it.each([
    ['contain each other', '{a: {properties: {x: {type: b}}}, b: {properties: {x: {type: a}}}}'],
    ['contain themselves', '{a: {properties: {x: {type: a}}}}'],
    ['descend from each other', '{a: {derived_from: b}, b: {derived_from: a}}'],
    ['contain their child', '{a: {properties: {x: {type: b}}}, b: {derived_from: a}}'],
  ])('may not %s [§1] [error 100]', async (_name, types) => {
    expect((await codesOf(`${HEAD}data_types: ${types}\n`))[0]).toBe(100);
  });

  it('are read from a stored plan as from a blueprint', async () => {
    const plan = await planOf(`${HEAD}data_types: {a: {properties: {x: {default: 1}}}}\n`);
    const types = DataTypes.of(plan.data_types);
    expect(types.has('a')).toBe(true);
    expect(types.schemas('a')?.get('x')).toEqual({ default: 1 });
    expect(types.schemas('b')).toBeUndefined();
  });

  it('may be called as properties of every object are', async () => {
    const types = await typesOf(
      '  __proto__: {properties: {constructor: {default: 1}}}\n  b: {properties: {p: {type: __proto__}}}\n',
    );
    expect(types).toMatchObject({ b: { properties: { p: { default: { constructor: 1 } } } } });
  });

  describe('from strangers', () => {
    it('may descend from each other in a long line', async () => {
      const line = Array.from({ length: 5_000 }, (_, at) => `  t${at + 1}: {derived_from: t${at}}\n`).join('');
      const { plan } = await parse(`${HEAD}data_types:\n${line}  t0: {properties: {x: {default: 1}}}\n`);
      expect(plan?.data_types.get('t5000')?.properties.get('x')).toEqual({ default: 1 });
      expect(plan?.data_types.get('t5000')?.properties).toBe(plan?.data_types.get('t0')?.properties);
    });

    it('may not nest without end, which would nest their values', async () => {
      const line = Array.from({ length: 300 }, (_, at) => `  t${at}: {properties: {p: {type: t${at + 1}}}}\n`).join('');
      const { errors } = await parse(`${HEAD}data_types:\n${line}  t300: {properties: {x: {default: 1}}}\n`);
      expect(errors[0]).toMatchObject({ code: null, message: expect.stringContaining('nests deeper') as string });
    });

    it('may not multiply each other into something huge', async () => {
      const line = Array.from(
        { length: 40 },
        (_, at) => `  t${at}: {properties: {p: {type: t${at + 1}}, q: {type: t${at + 1}}}}\n`,
      ).join('');
      const began = performance.now();
      const { errors } = await parse(
        `${HEAD}data_types:\n${line}  t40: {properties: {x: {}}}\nnode_types: {t: {properties: {p: {type: t0}}}}\nnode_templates: {n: {type: t}}\n`,
      );
      expect(errors[0]).toMatchObject({ code: null, message: expect.stringContaining('keys in all') as string });
      expect(performance.now() - began).toBeLessThan(10_000);
    });
  });
});
