import { codesOf, parse } from '../../../../test/support/dsl.js';
import { findCycle } from './cycles.js';

const HEAD = 'tosca_definitions_version: cloudify_dsl_1_5\n';

async function messageOf(text: string): Promise<string> {
  return (await parse(text)).errors[0]?.message ?? '';
}

describe('circles', () => {
  it('refuses types that derive from each other, and lists the circle [§1] [error 100]', async () => {
    const text = `${HEAD}node_types:
  a: {derived_from: b}
  b: {derived_from: c}
  c: {derived_from: a}
`;
    expect(await codesOf(text)).toEqual([100]);
    expect(await messageOf(text)).toContain('a --> b --> c --> a');
  });

  it.each([
    ['a node type that derives from itself', 'node_types: {a: {derived_from: a}}'],
    ['relationship types', 'relationships: {a: {derived_from: b}, b: {derived_from: a}}'],
    ['data types by their ancestry', 'data_types: {a: {derived_from: b}, b: {derived_from: a}}'],
    [
      'data types that contain each other',
      'data_types: {a: {properties: {x: {type: b}}}, b: {properties: {y: {type: a}}}}',
    ],
    ['a data type that contains itself', 'data_types: {a: {properties: {x: {type: a}}}}'],
  ])('refuses %s [§1] [error 100]', async (_name, text) => {
    expect(await codesOf(HEAD + text)).toEqual([100]);
  });

  it('refuses any circle of relationships, whatever their types [§1] [error 100] [trap 4]', async () => {
    const text = `${HEAD}node_types: {t: {}}
relationships: {knows: {}, likes: {}}
node_templates:
  a: {type: t, relationships: [{type: knows, target: b}]}
  b: {type: t, relationships: [{type: likes, target: a}]}
`;
    expect(await codesOf(text)).toEqual([100]);
  });

  it('comes before every other fault of the schema, gating too [§1] [error 100]', async () => {
    const text = `tosca_definitions_version: cloudify_dsl_1_0
description: too early
node_types: {a: {derived_from: b}, b: {derived_from: a}, c: {zzz: 1}}
`;
    expect(await codesOf(text)).toEqual([100]);
  });

  it('leaves a node template that is related to itself to its own error [error 23]', async () => {
    const text = `${HEAD}node_types: {t: {}}
relationships: {r: {}}
node_templates:
  a: {type: t, relationships: [{type: r, target: a}]}
`;
    expect(await codesOf(text)).toEqual([23]);
  });

  it('walks chains of any length', () => {
    const names = Array.from({ length: 100_000 }, (_, index) => `n${String(index)}`);
    const next = (name: string): string[] => {
      const following = Number(name.slice(1)) + 1;
      return following < names.length ? [`n${String(following)}`] : [];
    };
    expect(findCycle(names, next)).toBeNull();
    expect(findCycle(names, (name) => (name === 'n99999' ? ['n0'] : next(name)))?.length).toBe(100_001);
  });

  it('is not misled by names that mean something to JavaScript', async () => {
    expect(await codesOf(`${HEAD}node_types: {__proto__: {derived_from: constructor}, constructor: {}}`)).toEqual([]);
  });

  it('reads chains of 10,000 types and of 10,000 node templates', async () => {
    const types = Array.from(
      { length: 10_000 },
      (_, index) => `  t${String(index)}: {${index === 0 ? '' : `derived_from: t${String(index - 1)}`}}`,
    );
    const templates = Array.from({ length: 10_000 }, (_, index) => {
      const related = index === 0 ? '' : `, relationships: [{type: r, target: n${String(index - 1)}}]`;
      return `  n${String(index)}: {type: t0${related}}`;
    });
    const text = `${HEAD}node_types:\n${types.join('\n')}\nrelationships: {r: {}}\nnode_templates:\n${templates.join('\n')}\n  last: {type: t9999}\n`;
    const { plan, errors } = await parse(text);
    expect(errors).toEqual([]);
    expect(plan?.nodes.at(-1)?.type_hierarchy.length).toBe(10_000);
  });
});
