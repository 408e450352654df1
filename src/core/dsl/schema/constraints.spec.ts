import { codesOf, parse, plain, planOf } from '../../../../test/support/dsl.js';

function blueprint(constraints: string, rest = '', version = '1_5'): string {
  return `tosca_definitions_version: cloudify_dsl_${version}\ninputs: {i: {${rest}constraints: [${constraints}]}}\n`;
}

/** The faults of a default that is held against a constraint. */
function judged(constraint: string, value: string): Promise<(number | null)[]> {
  return codesOf(blueprint(constraint, `default: ${value}, `));
}

async function messageOf(constraint: string, value: string): Promise<string | undefined> {
  return (await parse(blueprint(constraint, `default: ${value}, `))).errors[0]?.message;
}

describe('constraints', () => {
  it.each([
    '{equal: 1}',
    '{greater_than: 1.5}',
    '{greater_or_equal: -1}',
    '{less_than: 1.0}',
    '{less_or_equal: 99999999999999999999}',
    '{in_range: [1, 2.5]}',
    '{valid_values: [1, a, {b: 1}]}',
    '{valid_values: []}',
    '{length: 1}',
    '{min_length: 1}',
    '{max_length: 1}',
    "{pattern: '(?P<n>a)(?=b)'}",
    '{filter_id: f}',
    '{labels: [{a: b}]}',
    '{tenants: [t]}',
    '{name_pattern: {contains: a, ends_with: 2}}',
    '{deployment_id: d}',
  ])('%s is one [§8.3]', async (constraint) => {
    expect(await codesOf(blueprint(constraint))).toEqual([]);
  });

  it.each([
    ["{equal: '1'}"],
    ['{equal: true}'],
    ['{equal: null}'],
    ['{greater_than: a}'],
    ['{greater_or_equal: [1]}'],
    ['{less_than: false}'],
    ['{less_or_equal: {a: 1}}'],
    ['{in_range: 1}'],
    ['{in_range: [1]}'],
    ['{in_range: [1, 2, 3]}'],
    ["{in_range: [1, '2']}"],
    ['{in_range: [1, true]}'],
    ['{valid_values: a}'],
    ['{valid_values: {a: 1}}'],
    ["{length: '1'}"],
    ['{min_length: true}'],
    ['{max_length: null}'],
    ["{pattern: '('}"],
    ['{pattern: 1}'],
    ['{pattern: {bogus: 1}}'],
    ['{filter_id: 1}'],
    ['{labels: a}'],
    ['{tenants: t}'],
    ['{name_pattern: a}'],
    ['{deployment_id: [d]}'],
  ])('%s has an argument of the wrong kind [§8.3] [error 212]', async (constraint) => {
    const { errors } = await parse(blueprint(constraint));
    expect(errors).toMatchObject([{ code: 212, path: 'inputs.i.constraints[0]', class: 'logic' }]);
  });

  it.each(['{}', '', '{zzz: 1}', '{1: 2}', '{error_message: text}', '{concat: [a]}', '{__proto__: 1}'])(
    '%s has no operator [§8.3] [error 103]',
    async (constraint) => {
      expect(await codesOf(blueprint(constraint === '' ? 'null' : constraint))).toEqual([103]);
    },
  );

  it.each(['in_range', 'valid_values', 'length', 'pattern', 'deployment_id', 'name_pattern'])(
    '%s may have a function as argument, which is judged later [§8.2] [§8.3]',
    async (operator) => {
      expect(await codesOf(blueprint(`{${operator}: {get_input: i}}`))).toEqual([]);
      expect(await judged(`{${operator}: {get_input: i}}`, 'x')).toEqual([]);
    },
  );

  it('have one key up to 1_4, and an error message since [§4] [§8.3] [error 102]', async () => {
    const constraint = '{pattern: a, error_message: text}';
    expect(await codesOf(blueprint(constraint, '', '1_4'))).toEqual([102]);
    expect(await codesOf(blueprint(constraint, '', '1_5'))).toEqual([]);
    expect(await codesOf(blueprint('{error_message: text, pattern: a}'))).toEqual([]);
    expect(await codesOf(blueprint(constraint, '', '1_4'), { validateVersions: false })).toEqual([]);
  });

  it('with a second operator parse, but no value meets them', async () => {
    const constraint = '{max_length: 5, min_length: 1}';
    expect(await codesOf(blueprint(constraint))).toEqual([]);
    expect(await judged(constraint, 'abc')).toEqual([null]);
  });

  it('are in the plan as written, without the message where a default was checked [§8.3]', async () => {
    const constraints = '{pattern: a, error_message: text}, {min_length: 1}';
    const inputOf = async (rest: string): Promise<unknown> =>
      plain((await planOf(blueprint(constraints, rest))).inputs.get('i')?.constraints);
    expect(await inputOf('')).toEqual([{ pattern: 'a', error_message: 'text' }, { min_length: 1 }]);
    expect(await inputOf('default: ab, ')).toEqual([{ pattern: 'a' }, { min_length: 1 }]);
  });

  it.each([
    ['{equal: 1}', '1', '2'],
    ['{equal: 1}', '1.0', "'1'"],
    ['{equal: 1}', 'true', 'null'],
    ['{greater_than: 1}', '1.5', '1'],
    ['{greater_than: 0}', 'true', 'false'],
    ['{greater_than: 1}', '99999999999999999999', 'text'],
    ['{greater_than: 9007199254740992}', '9007199254740993', '9007199254740992'],
    ['{greater_or_equal: 1}', '1.0', '0.5'],
    ['{greater_or_equal: 1}', '.inf', '.nan'],
    ['{less_than: 1}', '0', '1'],
    ['{less_than: 1}', '-.inf', '[0]'],
    ['{less_or_equal: 1}', '1', '1.5'],
    ['{less_or_equal: 1}', 'true', 'null'],
    ['{in_range: [1, 3]}', '1', '0'],
    ['{in_range: [1, 3]}', '3.0', '3.5'],
    ['{in_range: [1, 3]}', '2', "'2'"],
    ['{in_range: [3, 1]}', '{get_secret: s}', '2'],
    ['{length: 2}', 'ab', 'abc'],
    ['{length: 2}', '[1, 2]', '[1]'],
    ['{length: 2.0}', '{a: 1, b: 2}', '5'],
    ['{min_length: 2}', 'ab', 'a'],
    ['{min_length: 0}', "''", 'null'],
    ['{max_length: 2}', 'ab', 'abc'],
    ['{max_length: 1.5}', 'a', 'true'],
    ['{pattern: b}', 'bcd', 'abc'],
    ["{pattern: '^[a-z]+$'}", 'abc', 'abc1'],
    ["{pattern: '(?i)abc'}", 'ABCdef', '5'],
    ["{pattern: 'a|'}", 'b', 'null'],
  ])('%s holds for %s, not for %s [§8.3] [trap 2] [trap 3]', async (constraint, good, bad) => {
    expect(await judged(constraint, good)).toEqual(good.includes('get_secret') ? [213] : []);
    expect(await judged(constraint, bad)).toEqual([null]);
  });

  it.each([
    ['[1]', ['1', '1.0', 'true', 'yes'], ["'1'", '2', 'null', '[1]']],
    ['[true]', ['1', '1.0', 'true'], ['false', "'true'"]],
    ['[0]', ['false', '0.0', '-0.0'], ["''", 'null', '[]']],
    ['[a, null]', ['a', 'null'], ['b', "'null'"]],
    ['[[1, {a: 1.0}]]', ['[1, {a: 1}]', '[true, {a: true}]'], ['[1]', '[{a: 1}, 1]', '[1, {a: 1, b: 1}]']],
    ['[{a: 1, b: 2}]', ['{b: 2, a: 1}'], ['{a: 1}', '{a: 1, b: 2, c: 3}', '{a: 1, c: 2}']],
    ['[9007199254740993]', ['9007199254740993'], ['9007199254740992', '9007199254740992.0']],
    ['[[2020-01-01]]', ['[2020-01-01]'], ['[2020-01-02]', "['2020-01-01']"]],
    ['[.nan]', [], ['.nan']],
    ['[1.5, .inf]', ['1.5', '.inf'], ['-.inf', '1']],
    ['[]', [], ['a', 'null']],
  ])('valid_values: %s is met by %j, not by %j [§8.3] [trap 2]', async (valid, good, bad) => {
    for (const value of good) {
      expect([value, await judged(`{valid_values: ${valid}}`, value)]).toEqual([value, []]);
    }
    for (const value of bad) {
      expect([value, await judged(`{valid_values: ${valid}}`, value)]).toEqual([value, [null]]);
    }
  });

  it('judge a null default, too [§8.3]', async () => {
    expect(await judged('{valid_values: [a]}', 'null')).toEqual([null]);
    expect(await judged('{max_length: 5}', 'null')).toEqual([null]);
  });

  it('must all be met, the first that is not is told [§8.3]', async () => {
    const { errors } = await parse(blueprint('{min_length: 1}, {max_length: 2}, {pattern: z}', 'default: abc, '));
    expect(errors).toMatchObject([
      {
        code: null,
        path: 'inputs.i.default',
        message: 'Value abc of input i violates constraint max_length(2) operator.',
      },
    ]);
  });

  it.each([
    ['{in_range: [1, 2.0]}', '5', 'Value 5 of input i violates constraint in_range([1, 2.0]) operator.'],
    [
      '{valid_values: [a, true]}',
      '[b]',
      "Value ['b'] of input i violates constraint valid_values(['a', True]) operator.",
    ],
    ['{pattern: a, error_message: Give an a!}', 'b', 'Value b of input i is invalid. Give an a!'],
  ])('%s is told as the original tells it [§8.3]', async (constraint, value, message) => {
    expect(await messageOf(constraint, value)).toBe(message);
  });

  it('say why a value cannot be judged [§8.3]', async () => {
    expect(await messageOf('{greater_than: 1}', 'a')).toContain('no number');
    expect(await messageOf('{length: 1}', '5')).toContain('no length');
    expect(await messageOf('{pattern: a}', '5')).toContain('no text');
    expect(await messageOf("{pattern: '(?=a)a'}", 'a')).toContain('look-around');
  });

  it('do not repeat a long value in full', async () => {
    const { errors } = await parse(blueprint('{max_length: 1}', `default: ${'x'.repeat(10_000)}, `));
    expect(errors[0]?.message.length).toBeLessThan(500);
  });

  it('and a function as default are refused together [§8.2] [error 213]', async () => {
    expect(await judged('{max_length: 5}', '{get_secret: s}')).toEqual([213]);
    expect(
      await codesOf(
        'tosca_definitions_version: cloudify_dsl_1_5\ninputs: {i: {default: {get_secret: s}, constraints: []}}\n',
      ),
    ).toEqual([]);
  });

  it('of a list with item_type are for each item [§8.3] [error 213]', async () => {
    const list = (constraints: string, items: string): Promise<(number | null)[]> =>
      codesOf(blueprint(constraints, `type: list, item_type: integer, default: ${items}, `));
    expect(await list('{in_range: [1, 3]}', '[1, 3]')).toEqual([]);
    expect(await list('{in_range: [1, 3]}', '[1, 4]')).toEqual([null]);
    expect(await list('{in_range: [1, 3]}', '[1, {get_secret: s}]')).toEqual([213]);
    expect(await list('{in_range: [1, 3]}', '{get_secret: s}')).toEqual([213]);
    expect(await codesOf(blueprint('{max_length: 1}', 'type: list, default: [ab, cd], '))).toEqual([null]);
    expect(await codesOf(blueprint('{max_length: 1}', 'type: list, default: [ab], '))).toEqual([]);
  });

  it('that look something up are of no use for other types [§8.3]', async () => {
    expect(await codesOf(blueprint('{name_pattern: {contains: a}}', 'type: string, '))).toEqual([]);
    expect(await codesOf(blueprint('{name_pattern: {contains: a}}', 'type: string, default: a, '))).toEqual([null]);
  });

  it('look for a value among many in no time', async () => {
    const many = Array.from({ length: 20_000 }, (_, at) => `{a: ${at}}`).join(', ');
    const began = performance.now();
    const text = blueprint(`{valid_values: [${many}]}`, `type: list, item_type: dict, default: [${many}], `);
    expect(await codesOf(text)).toEqual([]);
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it('cannot be made to match for long', async () => {
    const inputs = Array.from(
      { length: 30 },
      (_, at) =>
        `  i${at}: {default: ${'a'.repeat(900)}, constraints: [{pattern: '(?:[a-z${at % 10}]?){900}[a-z]{900}$'}]}\n`,
    );
    const began = performance.now();
    const codes = await codesOf(`tosca_definitions_version: cloudify_dsl_1_5\ninputs:\n${inputs.join('')}`);
    expect(codes.at(-1)).toBeNull();
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});
