import { randomUUID } from 'node:crypto';
import { parseScheduleTime, scheduleInstant } from '../../../core/dsl/schema/schedules.js';
import { isDict, isInteger, isList, numberOf, type Dict, type Value } from '../../../core/dsl/values.js';
import { keyText } from '../../../core/dsl/values.js';
import { jsonText } from '../planning/plan-rows.js';
import type { NewSchedule } from './deployment-creation.repository.js';

/** What a blueprint's `deployment_settings` say of a deployment, evaluated (dsl.md §13, §15). */
export interface DeploymentSettings {
  readonly displayName: string | null;
  readonly groups: readonly string[];
  readonly schedules: readonly NewSchedule[];
}

export function readSettings(settings: Value, now: Date): DeploymentSettings {
  const dict = isDict(settings) ? settings : new Map();
  const name = dict.get('display_name');
  const groups = dict.get('default_groups');
  const schedules = dict.get('default_schedules');
  return {
    displayName: typeof name === 'string' && name !== '' ? name : null,
    groups: isList(groups) ? [...new Set(groups.filter((group) => typeof group === 'string'))] : [],
    schedules: isDict(schedules)
      ? [...schedules].flatMap(([id, schedule]) => (isDict(schedule) ? [scheduleOf(keyText(id), schedule, now)] : []))
      : [],
  };
}

function scheduleOf(id: string, schedule: Dict, now: Date): NewSchedule {
  const rule = new Map<string, Value>();
  for (const key of ['recurrence', 'count', 'weekdays']) {
    const value = schedule.get(key);
    if (value !== undefined && value !== null) rule.set(key, value);
  }
  const slip = schedule.get('slip');
  const parameters = schedule.get('workflow_parameters');
  return {
    id: id === '' ? randomUUID() : id,
    workflowId: textOf(schedule.get('workflow')),
    rule: jsonText(rule),
    parameters: parameters === undefined || parameters === null ? null : jsonText(parameters),
    executionArguments: jsonText(schedule.get('execution_arguments') ?? new Map()),
    since: timeOf(schedule.get('since'), schedule, now) ?? now,
    until: timeOf(schedule.get('until'), schedule, now),
    slip: isInteger(slip) ? numberOf(slip) : 0,
    stopOnFail: schedule.get('stop_after_fail') === true,
    enabled: schedule.get('default_enabled') !== false,
  };
}

function timeOf(raw: Value | undefined, schedule: Dict, now: Date): Date | null {
  const time = typeof raw === 'string' ? parseScheduleTime(raw) : null;
  if (time === null) return null;
  const zone = schedule.get('timezone');
  const instant = scheduleInstant(
    time,
    { now: now.getTime(), timeZone: 'UTC' },
    typeof zone === 'string' ? zone : null,
  );
  return instant === null ? null : new Date(instant);
}

function textOf(value: Value | undefined): string {
  return typeof value === 'string' ? value : '';
}
