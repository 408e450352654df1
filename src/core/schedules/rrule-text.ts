import { FREQUENCIES, recurrence, type ByDay, type Frequency, type Recurrence } from './recurrence.js';

/** What the text of a rule says besides the rule. */
export interface RecurrenceSet {
  readonly rule: Recurrence;
  /** `DTSTART`, ms; null where the text has none. */
  readonly start: number | null;
  /** `RDATE` and `EXDATE`, ms. */
  readonly added: readonly number[];
  readonly removed: readonly number[];
}

/** A text that is no rule, with a sentence that says why. */
export class RecurrenceError extends Error {}

const LONGEST_TEXT = 4_096;
const LARGEST = 1_000_000;
const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];
const MOMENT = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})Z?)?$/;

/**
 * Reads a recurrence of RFC 5545 §3.8.5: one RRULE, with or without its name before it, and lines DTSTART, RDATE and
 * EXDATE. Times are UTC.
 * @throws RecurrenceError
 */
export function readRecurrenceText(text: string): RecurrenceSet {
  if (text.length > LONGEST_TEXT) throw new RecurrenceError(`it is longer than ${LONGEST_TEXT} characters`);
  const lines = text
    .split(/[\r\n]+/)
    .map((line) => line.trim().toUpperCase())
    .filter((line) => line !== '');
  let rule: Recurrence | null = null;
  let start: number | null = null;
  const [added, removed]: [number[], number[]] = [[], []];
  for (const line of lines) {
    const [, name, , value] = /^(?:([A-Z]+)((?:;[A-Z-]+=[^:;]+)*):)?(.*)$/.exec(line) ?? [];
    switch (name ?? 'RRULE') {
      case 'RRULE':
        if (rule !== null) throw new RecurrenceError('it has more than one RRULE');
        rule = readRule(value ?? '');
        break;
      case 'DTSTART':
        start = moment(value ?? '');
        break;
      case 'RDATE':
        added.push(...(value ?? '').split(',').map(moment));
        break;
      case 'EXDATE':
        removed.push(...(value ?? '').split(',').map(moment));
        break;
      default:
        throw new RecurrenceError(`${name ?? ''} is not supported`);
    }
  }
  if (rule === null) throw new RecurrenceError('it has no RRULE');
  return { rule, start, added: ascending(added), removed };
}

function readRule(text: string): Recurrence {
  const parts = new Map<string, string>();
  for (const part of text.split(';').filter((piece) => piece !== '')) {
    const [, key, value] = /^([A-Z]+)=(.+)$/.exec(part) ?? [];
    if (key === undefined || value === undefined) throw new RecurrenceError('a part of it is not NAME=value');
    if (!KNOWN.has(key)) throw new RecurrenceError(`${key} is not a part of a rule`);
    if (parts.has(key)) throw new RecurrenceError(`${key} is given twice`);
    parts.set(key, value);
  }
  const frequency = parts.get('FREQ');
  if (!isFrequency(frequency)) throw new RecurrenceError(`FREQ must be one of ${FREQUENCIES.join(', ')}`);
  if (parts.has('COUNT') && parts.has('UNTIL')) throw new RecurrenceError('COUNT and UNTIL exclude each other');
  const list = (key: string, low: number, high: number): number[] => numbers(parts.get(key), key, low, high);
  const rule = recurrence(frequency, {
    interval: single(parts.get('INTERVAL'), 'INTERVAL') ?? 1,
    count: single(parts.get('COUNT'), 'COUNT'),
    until: untilOf(parts.get('UNTIL')),
    bySecond: list('BYSECOND', 0, 59),
    byMinute: list('BYMINUTE', 0, 59),
    byHour: list('BYHOUR', 0, 23),
    byDay: byDayOf(parts.get('BYDAY')),
    byMonthDay: list('BYMONTHDAY', -31, 31),
    byYearDay: list('BYYEARDAY', -366, 366),
    byWeekNumber: list('BYWEEKNO', -53, 53),
    byMonth: list('BYMONTH', 1, 12),
    byPosition: list('BYSETPOS', -366, 366),
    weekStart: weekday(parts.get('WKST') ?? 'MO', 'WKST'),
  });
  assertFits(rule);
  return rule;
}

const KNOWN: ReadonlySet<string> = new Set([
  'FREQ',
  'INTERVAL',
  'COUNT',
  'UNTIL',
  'BYSECOND',
  'BYMINUTE',
  'BYHOUR',
  'BYDAY',
  'BYMONTHDAY',
  'BYYEARDAY',
  'BYWEEKNO',
  'BYMONTH',
  'BYSETPOS',
  'WKST',
]);

function isFrequency(text: string | undefined): text is Frequency {
  return FREQUENCIES.some((frequency) => frequency === text);
}

/** What RFC 5545 §3.3.10 says must not stand together. */
function assertFits(rule: Recurrence): void {
  const { frequency } = rule;
  const isLong = frequency === 'YEARLY' || frequency === 'MONTHLY';
  if (rule.byDay.some(({ ordinal }) => ordinal !== null) && !isLong)
    throw new RecurrenceError('numbered days in BYDAY need FREQ=MONTHLY or YEARLY');
  if (rule.byDay.some(({ ordinal }) => ordinal !== null) && rule.byWeekNumber.length > 0)
    throw new RecurrenceError('numbered days in BYDAY and BYWEEKNO exclude each other');
  if (rule.byWeekNumber.length > 0 && frequency !== 'YEARLY') throw new RecurrenceError('BYWEEKNO needs FREQ=YEARLY');
  if (rule.byYearDay.length > 0 && ['MONTHLY', 'WEEKLY', 'DAILY'].includes(frequency))
    throw new RecurrenceError(`BYYEARDAY cannot stand with FREQ=${frequency}`);
  if (rule.byMonthDay.length > 0 && frequency === 'WEEKLY')
    throw new RecurrenceError('BYMONTHDAY cannot stand with FREQ=WEEKLY');
  const others = [rule.bySecond, rule.byMinute, rule.byHour, rule.byDay, rule.byMonthDay, rule.byYearDay];
  if (rule.byPosition.length > 0 && [...others, rule.byWeekNumber, rule.byMonth].every((part) => part.length === 0))
    throw new RecurrenceError('BYSETPOS needs another BY part');
}

function single(text: string | undefined, key: string): number | null {
  if (text === undefined) return null;
  const value = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > LARGEST) throw new RecurrenceError(`${key} must be a number from 1 to ${LARGEST}`);
  return value;
}

function numbers(text: string | undefined, key: string, low: number, high: number): number[] {
  if (text === undefined) return [];
  const values = text.split(',').map((part) => (/^[+-]?\d{1,3}$/.test(part) ? Number(part) : Number.NaN));
  const isBad = (value: number): boolean =>
    Number.isNaN(value) || value < low || value > high || (low < 0 && value === 0);
  if (values.some(isBad)) throw new RecurrenceError(`${key} holds what is no number from ${low} to ${high}`);
  return ascending(values);
}

function ascending(values: readonly number[]): number[] {
  return [...new Set(values)].toSorted((left, right) => left - right);
}

function byDayOf(text: string | undefined): ByDay[] {
  if (text === undefined) return [];
  return text.split(',').map((part) => {
    const [, number, day] = /^([+-]?\d{1,2})?([A-Z]{2})$/.exec(part) ?? [];
    const ordinal = number === undefined ? null : Number(number);
    if (ordinal === 0 || (ordinal !== null && Math.abs(ordinal) > 53))
      throw new RecurrenceError('BYDAY holds a number that is none from 1 to 53');
    return { weekday: weekday(day ?? '', 'BYDAY'), ordinal };
  });
}

function weekday(text: string, key: string): number {
  const place = WEEKDAYS.indexOf(text);
  if (place < 0) throw new RecurrenceError(`${key} holds what is no day: ${WEEKDAYS.join(', ')}`);
  return place;
}

/** A date alone holds until its end. */
function untilOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  return moment(text) + (text.includes('T') ? 0 : 86_399_000);
}

function moment(text: string): number {
  const [, year, month, day, hour = '00', minute = '00', second = '00'] = MOMENT.exec(text) ?? [];
  const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(at.getTime()) || at.getUTCDate() !== Number(day))
    throw new RecurrenceError('it holds a time that is none; times are YYYYMMDDTHHMMSSZ');
  return at.getTime();
}
