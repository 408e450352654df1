import { parseScheduleTime, scheduleInstant } from '../dsl/schema/schedules.js';
import { isDict, keyText, type Dict, type Value } from '../dsl/values.js';
import { BadParametersError } from '../errors/app-error.js';
import { isRecurring, readScheduleRule, scheduleOccurrences, workOfOne, type ScheduleRule } from './schedule-rule.js';

/** A schedule that a blueprint gives to each of its deployments (dsl.md §13, orchestration §4). */
export interface DefaultSchedule {
  readonly id: string;
  readonly workflowId: string;
  readonly rule: ScheduleRule;
  readonly isRecurring: boolean;
  readonly since: Date;
  readonly until: Date | null;
  /** Minutes. */
  readonly slip: number;
  readonly stopOnFail: boolean;
  readonly enabled: boolean;
  /** Null when the rule is over already. */
  readonly nextOccurrence: Date | null;
  readonly parameters: Dict;
  readonly executionArguments: Readonly<Record<string, boolean | number>>;
}

const ARGUMENTS = ['force', 'is_dry_run', 'allow_custom_parameters', 'wait_after_fail'];

/**
 * The schedules of `deployment_settings`, as of when the deployment is created: relative times are resolved by it.
 * @throws BadParametersError that names the schedule, for times or rules that mean nothing
 */
export function schedulesOf(deploymentSettings: Dict, createdAt: Date): readonly DefaultSchedule[] {
  const schedules = deploymentSettings.get('default_schedules');
  if (!isDict(schedules)) return [];
  return [...schedules].map(([id, schedule]) => {
    if (!isDict(schedule)) throw new BadParametersError(`The default schedule \`${keyText(id)}\` is no dict`);
    return defaultSchedule(keyText(id), schedule, createdAt);
  });
}

function defaultSchedule(id: string, schedule: Dict, createdAt: Date): DefaultSchedule {
  const time = (key: string): Date | null => timeOf(id, schedule, key, createdAt);
  const since = time('since') ?? createdAt;
  const until = time('until');
  const rule = readScheduleRule({
    recurrence: plain(schedule.get('recurrence')),
    count: plain(schedule.get('count')),
    weekdays: plain(schedule.get('weekdays')),
  });
  const bounds = { since, until };
  const [next = null] = scheduleOccurrences(rule, bounds, { after: createdAt, most: 1, work: workOfOne() });
  const parameters = schedule.get('workflow_parameters');
  const workflowId = schedule.get('workflow');
  if (typeof workflowId !== 'string') throw new BadParametersError(`The default schedule \`${id}\` names no workflow`);
  return {
    id,
    workflowId,
    rule,
    isRecurring: isRecurring(rule, bounds),
    since,
    until,
    slip: Number(plain(schedule.get('slip')) ?? 0),
    stopOnFail: schedule.get('stop_after_fail') === true,
    enabled: schedule.get('default_enabled') !== false,
    nextOccurrence: next,
    parameters: isDict(parameters) ? parameters : new Map(),
    executionArguments: argumentsOf(schedule.get('execution_arguments')),
  };
}

function timeOf(id: string, schedule: Dict, key: string, createdAt: Date): Date | null {
  const text = schedule.get(key);
  if (text === undefined || text === null) return null;
  const zone = schedule.get('timezone');
  const read = typeof text === 'string' ? parseScheduleTime(text) : null;
  const clock = { now: createdAt.getTime(), timeZone: 'UTC' };
  const at = read === null ? null : scheduleInstant(read, clock, typeof zone === 'string' ? zone : null);
  if (at === null) throw new BadParametersError(`\`${key}\` of the default schedule \`${id}\` is no time`);
  return new Date(at);
}

function argumentsOf(given: Value | undefined): Readonly<Record<string, boolean | number>> {
  const entries = ARGUMENTS.flatMap((key) => {
    const value = isDict(given) ? given.get(key) : undefined;
    return typeof value === 'boolean' || typeof value === 'number' ? [[key, value] as const] : [];
  });
  return Object.fromEntries(entries);
}

/** Integers of any size are numbers here; larger ones are refused by whoever reads them. */
function plain(value: Value | undefined): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}
