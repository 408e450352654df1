import { instantAt, wallClockAt } from './time-zones.js';

/** What a time of day, or a time without a zone, is understood by. */
export interface ScheduleClock {
  /** Milliseconds since 1970-01-01 UTC. */
  readonly now: number;
  /** The server's IANA time zone. */
  readonly timeZone: string;
}

type Unit = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year';

/** A `since` or `until` as it may be written (dsl.md §13). */
export type ScheduleTime =
  | { readonly kind: 'moment'; readonly date: CalendarDay; readonly minutes: number }
  /** Already normalised: UTC, with seconds. */
  | { readonly kind: 'instant'; readonly at: number }
  /** On the day on which it is read. */
  | { readonly kind: 'time-of-day'; readonly minutes: number }
  | { readonly kind: 'relative'; readonly steps: readonly { readonly count: number; readonly unit: Unit }[] };

interface CalendarDay {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
}

const MINUTE_MS = 60_000;
const MOMENT = /^(\d{4})-(\d{1,2})-(\d{1,2})\s+(\d{1,2}):(\d{1,2})$/;
const INSTANT = /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})$/;
const TIME_OF_DAY = /^(\d{1,2}):(\d{1,2})$/;
const COUNT_AND_UNIT = /^(\d{1,9}) ?(min|minute|h|hour|d|day|w|week|mo|month|y|year)s?$/;
const UNITS: ReadonlyMap<string, Unit> = new Map([
  ['mi', 'minute'],
  ['h', 'hour'],
  ['d', 'day'],
  ['w', 'week'],
  ['mo', 'month'],
  ['y', 'year'],
]);
const WEEKDAYS: readonly string[] = ['su', 'mo', 'tu', 'we', 'th', 'fr', 'sa'];

/** Reads `YYYY-MM-DD HH:MM`, `HH:MM` or `+N unit[+N unit…]`; null for anything else. */
export function parseScheduleTime(text: string): ScheduleTime | null {
  if (text.startsWith('+')) {
    const steps = text.slice(1).split('+').map(stepOf);
    return steps.every((step) => step !== null) ? { kind: 'relative', steps } : null;
  }
  const [, hour, minute] = TIME_OF_DAY.exec(text) ?? [];
  if (hour !== undefined) {
    const minutes = minutesOf(hour, minute);
    return minutes === null ? null : { kind: 'time-of-day', minutes };
  }
  const [, ...parts] = MOMENT.exec(text) ?? [];
  const minutes = minutesOf(parts[3], parts[4]);
  const date = { year: Number(parts[0]), month: Number(parts[1]), day: Number(parts[2]) };
  return minutes !== null && isDay(date) ? { kind: 'moment', date, minutes } : instantOf(text);
}

/** Whether a `recurrence` is `N unit`. */
export function isRecurrence(text: string): boolean {
  return stepOf(text) !== null;
}

/** Whether the last two letters name a day: `mo`, `2mo`, `l-fr`. */
export function isWeekday(text: string): boolean {
  return WEEKDAYS.includes(text.slice(-2).toLowerCase());
}

/**
 * The instant that is meant, in ms since 1970-01-01 UTC; null where it lies outside of the years 1 to 9999.
 * @param timeZone of the schedule, for what is written as a wall clock shows it; the server's where null
 */
export function scheduleInstant(time: ScheduleTime, clock: ScheduleClock, timeZone: string | null): number | null {
  const zone = timeZone ?? clock.timeZone;
  switch (time.kind) {
    case 'instant':
      return time.at;
    case 'moment':
      return bounded(instantAt(dayMs(time.date) + time.minutes * MINUTE_MS, zone));
    case 'time-of-day': {
      const today = Math.floor(wallClockAt(clock.now, zone) / (1_440 * MINUTE_MS)) * 1_440 * MINUTE_MS;
      return bounded(instantAt(today + time.minutes * MINUTE_MS, zone));
    }
    case 'relative':
      return bounded(time.steps.reduce((at, { count, unit }) => later(at, count, unit), clock.now));
  }
}

/** As the plan keeps it: `YYYY-MM-DD HH:MM:SS`, in UTC. */
export function instantText(instant: number): string {
  return new Date(instant).toISOString().slice(0, 19).replace('T', ' ');
}

function stepOf(text: string): { readonly count: number; readonly unit: Unit } | null {
  const [, count, word = ''] = COUNT_AND_UNIT.exec(text.trim()) ?? [];
  const unit = UNITS.get(word.startsWith('m') ? word.slice(0, 2) : word.slice(0, 1));
  return count === undefined || unit === undefined ? null : { count: Number(count), unit };
}

function minutesOf(hour: string | undefined, minute: string | undefined): number | null {
  const hours = Number(hour);
  const minutes = Number(minute);
  return hours < 24 && minutes < 60 ? hours * 60 + minutes : null;
}

function instantOf(text: string): ScheduleTime | null {
  if (!INSTANT.test(text)) {
    return null;
  }
  const at = Date.parse(`${text.replace(' ', 'T')}Z`);
  return Number.isNaN(at) || instantText(at) !== text ? null : { kind: 'instant', at };
}

/** The day's midnight, were it UTC. `Date.UTC` alone would take the year 99 for 1999. */
function dayMs({ year, month, day }: CalendarDay): number {
  const date = new Date(0);
  return date.setUTCFullYear(year, month - 1, day);
}

function isDay(date: CalendarDay): boolean {
  const real = new Date(dayMs(date));
  return date.year >= 1 && real.getUTCMonth() === date.month - 1 && real.getUTCDate() === date.day;
}

const FIXED: Readonly<Record<'minute' | 'hour' | 'day' | 'week', number>> = {
  minute: MINUTE_MS,
  hour: 60 * MINUTE_MS,
  day: 1_440 * MINUTE_MS,
  week: 10_080 * MINUTE_MS,
};

/** Months and years keep the day, or take the last one of a month that is shorter. */
function later(at: number, count: number, unit: Unit): number {
  if (unit !== 'month' && unit !== 'year') {
    return at + count * FIXED[unit];
  }
  const date = new Date(at);
  const months = date.getUTCFullYear() * 12 + date.getUTCMonth() + count * (unit === 'year' ? 12 : 1);
  const lastDay = new Date(Date.UTC(Math.floor(months / 12), (months % 12) + 1, 0)).getUTCDate();
  return date.setUTCFullYear(Math.floor(months / 12), months % 12, Math.min(date.getUTCDate(), lastDay));
}

const EARLIEST = Date.parse('0001-01-01T00:00:00Z');
const LATEST = Date.parse('9999-12-31T23:59:59Z');

function bounded(at: number): number | null {
  return at >= EARLIEST && at <= LATEST ? at : null;
}
