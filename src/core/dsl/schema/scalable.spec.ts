import { codesOf, nodeOf, parse, plain, planOf } from '../../../../test/support/dsl.js';

const HEAD = 'tosca_definitions_version: cloudify_dsl_1_3\n';

/** A node with these scalable properties. */
function node(properties: string): string {
  return `${HEAD}inputs: {i: {default: 3}}
node_types: {t: {}}
node_templates:
  n: {type: t, capabilities: {scalable: {properties: ${properties}}}}
`;
}

async function numbersOf(text: string): Promise<unknown> {
  return plain(nodeOf(await planOf(text), 'n').capabilities.scalable.properties);
}

function numbers(min: unknown, given: unknown, max: unknown): unknown {
  return {
    min_instances: min,
    max_instances: max,
    default_instances: given,
    current_instances: given,
    planned_instances: given,
  };
}

describe('instance numbers', () => {
  it.each([
    ['nothing', `${HEAD}node_types: {t: {}}\nnode_templates: {n: {type: t}}`, [0, 1, -1]],
    ['an empty mapping', node('{}'), [0, 1, -1]],
    ['nulls', node('{default_instances: , min_instances: null, max_instances: ~}'), [0, 1, -1]],
    ['all of them', node('{default_instances: 2, min_instances: 1, max_instances: 3}'), [1, 2, 3]],
    ['the word UNBOUNDED', node('{max_instances: UNBOUNDED}'), [0, 1, -1]],
    ['-1', node('{max_instances: -1, default_instances: 7}'), [0, 7, -1]],
    ['zero', node('{default_instances: 0}'), [0, 0, -1]],
  ])('are completed from %s [§10] [plan 1.1]', async (_, text, [min, given, max]) => {
    expect(await numbersOf(text)).toEqual(numbers(min, given, max));
  });

  it('are the number of the old form [§10]', async () => {
    const text = `${HEAD}node_types: {t: {}}\nnode_templates: {n: {type: t, instances: {deploy: 4}}}`;
    expect(await numbersOf(text)).toEqual(numbers(0, 4, -1));
  });

  it('may be functions, which stay as they are [§10] [get_input @ scalable properties]', async () => {
    const call = { get_input: 'i' };
    const text = node(
      '{default_instances: {get_input: i}, min_instances: {get_input: i}, max_instances: {get_input: i}}',
    );
    expect(await numbersOf(text)).toEqual(numbers(call, call, call));
  });

  it('are shared by all nodes that write none', async () => {
    const plan = await planOf(`${HEAD}node_types: {t: {}}\nnode_templates: {a: {type: t}, b: {type: t}}`);
    expect(nodeOf(plan, 'a').capabilities.scalable.properties).toBe(nodeOf(plan, 'b').capabilities.scalable.properties);
  });

  it.each([
    '{default_instances: -1}',
    '{min_instances: -1}',
    '{max_instances: 0}',
    '{max_instances: -2}',
    '{min_instances: 2}',
    '{default_instances: 3, max_instances: 2}',
    '{default_instances: 1, min_instances: 2, max_instances: 3}',
    '{default_instances: {get_input: i}, min_instances: 3, max_instances: 2}',
    '{default_instances: 99999999999999999999, max_instances: 3}',
  ])('%s are out of range or order [§10] [error 207]', async (properties) => {
    expect(await codesOf(node(properties))).toEqual([207]);
  });

  it.each([
    '{default_instances: {get_input: i}, max_instances: 2}',
    '{min_instances: {get_input: i}, default_instances: 1}',
    '{max_instances: {get_input: i}, default_instances: 100}',
  ])('%s are not compared where they are functions [§10] [error 207]', async (properties) => {
    expect(await codesOf(node(properties))).toEqual([]);
  });

  it.each([
    '{default_instances: UNBOUNDED}',
    '{min_instances: "1"}',
    '{max_instances: unbounded}',
    '{max_instances: ""}',
  ])('%s are no literals [§10] [error 208]', async (properties) => {
    expect(await codesOf(node(properties))).toEqual([208]);
  });

  it.each(['{default_instances: {}}', '{max_instances: {a: 1}}', '{min_instances: {get_input: i, other: 1}}'])(
    '%s is a mapping, but no function [§10] [error 210]',
    async (properties) => {
      expect(await codesOf(node(properties))).toEqual([210]);
    },
  );

  it.each(['{default_instances: 1.5}', '{default_instances: 1.0}', '{max_instances: [1]}', '{more: 1}', '[]', '1'])(
    '%s is of the wrong kind [§10] [error 1]',
    async (properties) => {
      expect(await codesOf(node(properties))).toEqual([1]);
    },
  );

  it('may be booleans, as those are integers to Python, and stay so in the plan [§10] [plan 1.1]', async () => {
    expect(await codesOf(node('{min_instances: false, default_instances: true}'))).toEqual([]);
    expect(await codesOf(node('{max_instances: false}'))).toEqual([207]);
    expect(await codesOf(node('{min_instances: 2, default_instances: true}'))).toEqual([207]);
  });

  it('are not both old and new [§10] [error 209]', async () => {
    const text = `${HEAD}node_types: {t: {}}
node_templates: {n: {type: t, instances: {deploy: 1}, capabilities: {scalable: {properties: {default_instances: 1}}}}}`;
    expect(await codesOf(text)).toEqual([209]);
  });

  it('say where they are wrong', async () => {
    const { errors } = await parse(node('{max_instances: 0}'));
    expect(errors[0]).toMatchObject({
      path: 'node_templates.n.capabilities.scalable.properties.max_instances',
      line: 5,
      message: "'max_instances' must be at least 1, or -1 for no limit, found 0",
    });
  });
});
