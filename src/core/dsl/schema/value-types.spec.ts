import { codesOf, nodeOf, parse, plain, planOf } from '../../../../test/support/dsl.js';
import { PRIMITIVE_TYPES } from './value-types.js';

function withProperty(type: string, value: string, version = '1_5'): string {
  return `tosca_definitions_version: cloudify_dsl_${version}
inputs: {i: {}}
data_types: {pair: {properties: {a: {type: integer}}}}
node_types: {t: {properties: {p: {type: ${type}}}}}
node_templates: {n: {type: t, properties: {p: ${value}}}}
`;
}

describe('types of values', () => {
  it.each([
    ['string', ['text', '1', '1.5', 'true', '{a: 1}', '[1]', 'null', '2020-01-01']],
    ['textarea', ['text', '1', '[1]', 'null']],
    ['integer', ['1', '-5', '0x1f', '1_000', '99999999999999999999']],
    ['float', ['1', '1.5', '1.0', '.inf', '99999999999999999999']],
    ['boolean', ['true', 'no']],
    ['list', ['[]', '[1, a]']],
    ['dict', ['{}', '{a: 1}', '{1: a}']],
    ['regex', ['a', "''", "'[a-z]+'", "'(?P<n>a)(?P=n)'", "'(?<=a)b'"]],
    ['pair', ['{a: 1}']],
    ['node_id', ['text', '1', 'null', '{a: 1}']],
    ['operation_name', ['text', '[1]']],
  ])('%s takes %j [§7.1] [trap 1] [trap 2]', async (type, values) => {
    for (const value of values) {
      expect([value, await codesOf(withProperty(type, value))]).toEqual([value, []]);
    }
  });

  it.each([
    ['integer', ['1.0', 'true', 'null', "'1'", '[1]', '2020-01-01']],
    ['float', ['true', 'null', "'1.5'", '1e3']],
    ['boolean', ["'true'", '0', 'null', 'y']],
    ['list', ['{}', 'a', 'null']],
    ['dict', ['[]', 'a', 'null']],
    ['regex', ["'('", "'a**'", '1', 'null', "['a']"]],
    ['pair', ['text', '[]', 'null', '{a: x}']],
  ])('%s takes none of %j [§7.1] [error 105] [trap 1] [trap 2]', async (type, values) => {
    for (const value of values) {
      expect([value, await codesOf(withProperty(type, value))]).toEqual([value, [105]]);
    }
  });

  it.each(['integer', 'float', 'boolean', 'list', 'dict', 'regex', 'pair'])(
    '%s takes a function unseen [§7.1]',
    async (type) => {
      expect(await codesOf(withProperty(type, '{get_input: i}'))).toEqual([]);
      expect(await codesOf(withProperty(type, '{get_input: i, type: integer}'))).toEqual([]);
    },
  );

  it('a property without a type takes anything [§7.1]', async () => {
    const plan = await planOf(`tosca_definitions_version: cloudify_dsl_1_0
node_types: {t: {properties: {p: {}, q: {}}}}
node_templates: {n: {type: t, properties: {p: null, q: [1, {a: 1.0}]}}}
`);
    expect(plain(nodeOf(plan, 'n').properties)).toEqual({ p: null, q: [1, { a: 1 }] });
  });

  it('no value has the type without a name, though it may be written', async () => {
    expect(await codesOf(withProperty("''", '1'))).toEqual([null]);
    expect(await codesOf(withProperty("''", '{get_input: i}'))).toEqual([]);
  });

  it('an unknown type is refused where it is written [error 103]', async () => {
    const { errors } = await parse(withProperty('nobody', '1'));
    expect(errors).toMatchObject([{ code: 103, path: 'node_types.t.properties.p.type', line: 4, class: 'logic' }]);
  });

  it('types of things of the manager came with 1_4, of operations with 1_5 [§4] [error 102]', async () => {
    const old = ['string', 'integer', 'float', 'boolean', 'list', 'dict', 'regex', 'textarea'];
    for (const type of PRIMITIVE_TYPES) {
      const blueprint = (version: string): string =>
        `tosca_definitions_version: cloudify_dsl_${version}\nnode_types: {t: {properties: {p: {type: ${type}}}}}\n`;
      const in13 = old.includes(type) ? [] : [102];
      expect([type, await codesOf(blueprint('1_3'))]).toEqual([type, in13]);
      expect([type, await codesOf(blueprint('1_4'))]).toEqual([type, type === 'operation_name' ? [102] : []]);
      expect([type, await codesOf(blueprint('1_0'), { validateVersions: false })]).toEqual([type, []]);
    }
  });

  it('a name that every object has is no type', async () => {
    expect((await codesOf(withProperty('__proto__', '1')))[0]).toBe(103);
    expect((await codesOf(withProperty('constructor', '1')))[0]).toBe(103);
  });
});
