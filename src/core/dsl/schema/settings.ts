import type { At } from '../diagnostics.js';
import type { Dict, Key, Value } from '../values.js';
import { isDict } from '../values.js';
import { valueOf } from '../yaml/tree.js';
import type { Fields, Reading } from './reading.js';
import { dictOf, entriesOf, fieldsOf, isAbsent, itemsOf, mistyped, textAt } from './reading.js';
import type { ScheduleClock } from './schedules.js';
import { instantText, isRecurrence, isWeekday, parseScheduleTime, scheduleInstant } from './schedules.js';
import { isTimeZone } from './time-zones.js';

/** How the fields of a schedule are read, but for those that need more. */
const SCHEDULE_FIELDS = {
  workflow: 'text',
  since: 'time',
  until: 'time',
  recurrence: 'recurrence',
  timezone: 'text',
  weekdays: 'weekdays',
  count: 'integer',
  slip: 'integer',
  default_enabled: 'boolean',
  stop_after_fail: 'boolean',
  workflow_parameters: 'parameters',
  execution_arguments: 'arguments',
} as const;
const ARGUMENT_FIELDS = {
  force: 'boolean',
  is_dry_run: 'boolean',
  allow_custom_parameters: 'boolean',
  wait_after_fail: 'integer',
} as const;

/**
 * The section `deployment_settings`, schedules normalised (dsl.md §13).
 * @param clock what "today" and the server's zone are; without one UTC is meant, and a mere `HH:MM` stays as written,
 * with its zone
 */
export function readSettings(reading: Reading, sections: Fields, clock?: ScheduleClock): Dict {
  const section = sections.get('deployment_settings');
  const settings = new Map<Key, Value>();
  const keys = ['default_groups', 'id_template', 'display_name', 'default_schedules'];
  const fields = section && fieldsOf(reading, section, keys);
  if (fields === undefined) {
    return settings;
  }
  put(settings, 'default_groups', listValue(fields, 'default_groups'));
  put(settings, 'id_template', fields.text('id_template'));
  put(settings, 'display_name', displayName(reading, fields));
  const schedules = new Map<Key, Value>();
  for (const [name, at] of entriesOf(reading, fields.get('default_schedules'))) {
    schedules.set(name, scheduleAt(reading, at, clock));
  }
  settings.set('default_schedules', schedules);
  return settings;
}

function put(target: Map<Key, Value>, key: string, value: Value | undefined): void {
  if (value !== undefined) {
    target.set(key, value);
  }
}

function listValue(fields: Fields, key: string): Value | undefined {
  const at = fields.list(key);
  return at && valueOf(at.node);
}

function displayName(reading: Reading, fields: Fields): Value | undefined {
  const at = fields.get('display_name');
  const value = at && valueOf(at.node);
  if (at !== undefined && typeof value !== 'string' && !isDict(value)) {
    mistyped(reading, at, 'string or dict');
    return undefined;
  }
  return value;
}

function scheduleAt(reading: Reading, at: At, clock: ScheduleClock | undefined): Dict {
  const schedule = new Map<Key, Value>();
  const fields = fieldsOf(reading, at, Object.keys(SCHEDULE_FIELDS), ['workflow', 'since']);
  if (fields === undefined) {
    return schedule;
  }
  const zone = zoneOf(reading, fields);
  const times = new ScheduleTimes(reading, zone, clock);
  for (const [key, kind] of Object.entries(SCHEDULE_FIELDS)) {
    if (key !== 'timezone') {
      put(schedule, key, kind === 'time' ? times.at(fields, key) : fieldValue(reading, fields, key, kind));
    }
  }
  if (times.needZone && zone !== null) {
    schedule.set('timezone', zone);
  }
  return schedule;
}

function fieldValue(
  reading: Reading,
  fields: Fields,
  key: string,
  kind: 'text' | 'recurrence' | 'weekdays' | 'integer' | 'boolean' | 'parameters' | 'arguments',
): Value | undefined {
  switch (kind) {
    case 'text':
      return fields.text(key);
    case 'integer':
      return fields.integer(key);
    case 'boolean':
      return fields.boolean(key);
    case 'recurrence':
      return recurrenceOf(reading, fields, key);
    case 'weekdays':
      return weekdaysOf(reading, fields, key);
    case 'parameters':
      return parametersOf(reading, fields, key);
    case 'arguments':
      return argumentsOf(reading, fields, key);
  }
}

/** The zone that the schedule names, null for the server's. */
function zoneOf(reading: Reading, fields: Fields): string | null {
  const at = fields.get('timezone');
  const zone = at && textAt(reading, at);
  if (at === undefined || zone === undefined || zone === '') {
    return null;
  }
  if (!isTimeZone(zone)) {
    reading.report(null, at, `There is no time zone '${zone}'`);
    return null;
  }
  return zone;
}

/** Reads `since` and `until` of one schedule. */
class ScheduleTimes {
  /** Whether a time of the schedule still has to be understood by its zone. */
  needZone = false;

  constructor(
    private readonly reading: Reading,
    private readonly zone: string | null,
    private readonly clock: ScheduleClock | undefined,
  ) {}

  at(fields: Fields, key: string): string | undefined {
    const at = fields.get(key);
    const text = at && textAt(this.reading, at);
    if (at === undefined || text === undefined) {
      return text;
    }
    const time = parseScheduleTime(text);
    if (time === null || time.kind === 'instant') {
      const forms = "'YYYY-MM-DD HH:MM', 'HH:MM' or '+N unit'";
      this.reading.report(null, at, `'${text}' is no time for '${key}': write ${forms}`);
      return text;
    }
    if (time.kind === 'relative') {
      return text;
    }
    if (time.kind === 'time-of-day' && this.clock === undefined) {
      this.needZone = true;
      return text;
    }
    const instant = scheduleInstant(time, this.clock ?? { now: 0, timeZone: 'UTC' }, this.zone);
    if (instant === null) {
      this.reading.report(null, at, `'${text}' is too early or too late`);
      return text;
    }
    return instantText(instant);
  }
}

function recurrenceOf(reading: Reading, fields: Fields, key: string): string | undefined {
  const at = fields.get(key);
  const text = at && textAt(reading, at);
  if (at !== undefined && text !== undefined && !isRecurrence(text)) {
    reading.report(null, at, `'${text}' is no recurrence: write 'N unit'`);
  }
  return text;
}

function weekdaysOf(reading: Reading, fields: Fields, key: string): Value | undefined {
  const list = fields.list(key);
  for (const item of list === undefined ? [] : itemsOf(list)) {
    const text = textAt(reading, item);
    if (text !== undefined && !isWeekday(text)) {
      reading.report(1, item, `'${text}' is no weekday: write su, mo, tu, we, th, fr or sa`);
    }
  }
  return list && valueOf(list.node);
}

/** Free parameters; attributes of instances are unknown when a schedule is made. */
function parametersOf(reading: Reading, fields: Fields, key: string): Value | undefined {
  const at = fields.mapping(key);
  if (at === undefined) {
    return undefined;
  }
  const given = dictOf(at);
  const direct = [given, ...given.values()];
  if (direct.some((value) => isDict(value) && value.has('get_attribute'))) {
    reading.report(1, at, `'${key}' may not contain get_attribute`);
  }
  return given;
}

function argumentsOf(reading: Reading, fields: Fields, key: string): Value | undefined {
  const at = fields.get(key);
  if (isAbsent(at)) {
    return undefined;
  }
  const given = new Map<Key, Value>();
  const inner = fieldsOf(reading, at, Object.keys(ARGUMENT_FIELDS));
  for (const [name, kind] of Object.entries(ARGUMENT_FIELDS)) {
    put(given, name, kind === 'integer' ? inner?.integer(name) : inner?.boolean(name));
  }
  return given;
}
