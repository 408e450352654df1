import { codesOf, parse, plain, planOf } from '../../../../test/support/dsl.js';
import type { ParseOptions } from '../parse.js';

const HEAD = 'tosca_definitions_version: cloudify_dsl_1_0\ninputs: {i: {}}\n';
const CLOCK: ParseOptions = { clock: { now: Date.parse('2024-01-31T22:30:15Z'), timeZone: 'Asia/Tokyo' } };

async function settingsOf(settings: string, options?: ParseOptions): Promise<unknown> {
  const text = `${HEAD}deployment_settings: ${settings}\n`;
  return plain((await planOf(text, options === undefined ? {} : { options })).deployment_settings);
}

/** The one schedule of a blueprint, as the plan has it. */
async function scheduleOf(schedule: string, options?: ParseOptions): Promise<unknown> {
  const settings = await settingsOf(`{default_schedules: {s: ${schedule}}}`, options);
  return (settings as { default_schedules: { s: unknown } }).default_schedules.s;
}

function faultsOf(settings: string): Promise<(number | null)[]> {
  return codesOf(`${HEAD}deployment_settings: ${settings}\n`);
}

describe('deployment settings', () => {
  it('hold what is written, and schedules [§13] [plan 1]', async () => {
    expect(await settingsOf('{default_groups: [g, h], id_template: "a-{uuid}", display_name: My deployment}')).toEqual({
      default_groups: ['g', 'h'],
      id_template: 'a-{uuid}',
      display_name: 'My deployment',
      default_schedules: {},
    });
  });

  it('are nothing when nothing is written, and hardly more when they are empty [§13] [plan 1]', async () => {
    expect((await planOf(HEAD)).deployment_settings.size).toBe(0);
    expect(await settingsOf('')).toEqual({});
    expect(await settingsOf('{}')).toEqual({ default_schedules: {} });
    expect(await settingsOf('{id_template: , default_groups: null, default_schedules: ~}')).toEqual({
      default_schedules: {},
    });
  });

  it('may name the deployment by a function [§13] [concat @ settings]', async () => {
    const text = `${HEAD.replace('1_0', '1_1')}deployment_settings: {display_name: {concat: [a, b]}}\n`;
    expect(plain((await planOf(text)).deployment_settings)).toEqual({
      display_name: { concat: ['a', 'b'] },
      default_schedules: {},
    });
  });

  it.each([
    '{zzz: 1}',
    '[a]',
    'text',
    '{default_groups: g}',
    '{id_template: 1}',
    '{id_template: {get_input: i}}',
    '{display_name: [a]}',
    '{display_name: 1}',
    '{default_schedules: [a]}',
    '{default_schedules: {1: {workflow: w, since: "7:40"}}}',
  ])('refuse %s [§13] [error 1]', async (settings) => {
    expect(await faultsOf(settings)).toEqual([1]);
  });
});

describe('default schedules', () => {
  it('are kept as written, but for times [§13] [plan 1]', async () => {
    expect(
      await scheduleOf(`{workflow: w, since: '2020-1-2 3:04', until: '+1 year', recurrence: 2 weeks, weekdays: [Fr, 2mo, l-fr],
        count: 5, slip: 0, default_enabled: no, stop_after_fail: yes, workflow_parameters: {a: [1], b: {get_input: i}},
        execution_arguments: {force: true, is_dry_run: false, allow_custom_parameters: true, wait_after_fail: 60}}`),
    ).toEqual({
      workflow: 'w',
      since: '2020-01-02 03:04:00',
      until: '+1 year',
      recurrence: '2 weeks',
      weekdays: ['Fr', '2mo', 'l-fr'],
      count: 5,
      slip: 0,
      default_enabled: false,
      stop_after_fail: true,
      workflow_parameters: { a: [1], b: { get_input: 'i' } },
      execution_arguments: { force: true, is_dry_run: false, allow_custom_parameters: true, wait_after_fail: 60 },
    });
  });

  it('lose what is null [§13]', async () => {
    expect(
      await scheduleOf(
        '{workflow: w, since: +1 d, until: , weekdays: , workflow_parameters: , execution_arguments: {force: }}',
      ),
    ).toEqual({
      workflow: 'w',
      since: '+1 d',
      execution_arguments: {},
    });
  });

  it('drop the zone when times are converted by it [§13]', async () => {
    expect(
      await scheduleOf(
        "{workflow: w, since: '2020-06-01 12:00', until: '2020-12-01 12:00', timezone: America/New_York}",
      ),
    ).toEqual({
      workflow: 'w',
      since: '2020-06-01 16:00:00',
      until: '2020-12-01 17:00:00',
    });
    expect(await scheduleOf('{workflow: w, since: +1h, timezone: EST}')).toEqual({ workflow: 'w', since: '+1h' });
  });

  it("are understood by the server's zone where they name none [§13]", async () => {
    expect(await scheduleOf("{workflow: w, since: '2020-06-01 12:00'}", CLOCK)).toEqual({
      workflow: 'w',
      since: '2020-06-01 03:00:00',
    });
    expect(await scheduleOf("{workflow: w, since: '2020-06-01 12:00', timezone: ''}", CLOCK)).toEqual({
      workflow: 'w',
      since: '2020-06-01 03:00:00',
    });
    expect(await scheduleOf("{workflow: w, since: '2020-06-01 12:00'}")).toEqual({
      workflow: 'w',
      since: '2020-06-01 12:00:00',
    });
  });

  it('take a time of day for today, as soon as somebody knows the day [§13]', async () => {
    const schedule = "{workflow: w, since: '08:00', timezone: UTC}";
    expect(await scheduleOf(schedule, CLOCK)).toEqual({ workflow: 'w', since: '2024-01-31 08:00:00' });
    expect(await scheduleOf(schedule)).toEqual({ workflow: 'w', since: '08:00', timezone: 'UTC' });
    expect(await scheduleOf("{workflow: w, since: '08:00'}")).toEqual({ workflow: 'w', since: '08:00' });
  });

  it.each([
    ['no workflow', "{since: '7:40'}"],
    ['no since', '{workflow: w}'],
    ['a time that YAML takes for a number', '{workflow: w, since: 22:30}'],
    ['a time that YAML takes for a date', '{workflow: w, since: 2020-01-01 10:00:00}'],
    ['a weekday that there is not', '{workflow: w, since: +1d, weekdays: [Fr, xy]}'],
    ['a weekday that is no text', '{workflow: w, since: +1d, weekdays: [1]}'],
    ['weekdays that are no list', '{workflow: w, since: +1d, weekdays: mo}'],
    ['a count that is no integer', '{workflow: w, since: +1d, count: 1.5}'],
    ['a slip that is no integer', '{workflow: w, since: +1d, slip: "1"}'],
    ['a flag that is none', '{workflow: w, since: +1d, default_enabled: "no"}'],
    ['a zone that is no text', '{workflow: w, since: +1d, timezone: 1}'],
    ['a recurrence that is no text', '{workflow: w, since: +1d, recurrence: 1}'],
    ['parameters that are no mapping', '{workflow: w, since: +1d, workflow_parameters: [a]}'],
    ['get_attribute for parameters', '{workflow: w, since: +1d, workflow_parameters: {get_attribute: [n, a]}}'],
    ['get_attribute for a parameter', '{workflow: w, since: +1d, workflow_parameters: {p: {get_attribute: [n, a]}}}'],
    ['unknown arguments', '{workflow: w, since: +1d, execution_arguments: {zzz: 1}}'],
    ['arguments of the wrong kind', '{workflow: w, since: +1d, execution_arguments: {force: 1}}'],
    ['an unknown key', '{workflow: w, since: +1d, zzz: 1}'],
    ['nothing', ''],
    ['a text', 'w'],
  ])('refuse %s [§13] [error 1]', async (_, schedule) => {
    expect((await faultsOf(`{default_schedules: {s: ${schedule}}}`))[0]).toBe(1);
  });

  it.each([
    ['a bad time', "{workflow: w, since: '2020-13-01 00:00'}"],
    ['seconds', "{workflow: w, since: '2020-12-01 00:00:00'}"],
    ['an empty time', "{workflow: w, since: ''}"],
    ['a time that cannot be reached', "{workflow: w, since: '0001-01-01 00:00', timezone: Asia/Tokyo}"],
    ['a bad unit', '{workflow: w, since: +1 fortnight}'],
    ['a bad end', '{workflow: w, since: +1d, until: tomorrow}'],
    ['a bad recurrence', '{workflow: w, since: +1d, recurrence: often}'],
    ['an unknown zone', '{workflow: w, since: +1d, timezone: Mars/Olympus}'],
  ])('refuse %s, without a number [§13]', async (_, schedule) => {
    expect(await faultsOf(`{default_schedules: {s: ${schedule}}}`)).toEqual([null]);
  });

  it('say where they are wrong', async () => {
    const { errors } = await parse(
      `${HEAD}deployment_settings:\n  default_schedules:\n    s:\n      workflow: w\n      since: +1d\n      weekdays:\n        - mo\n        - xy\n`,
    );
    expect(errors[0]).toMatchObject({ path: 'deployment_settings.default_schedules.s.weekdays[1]', line: 10 });
  });
});
