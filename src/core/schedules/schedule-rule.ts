import { BadParametersError } from '../errors/app-error.js';
import { printable } from '../listing/query-values.js';
import { occurrences, type Work } from './occurrences.js';
import { recurrence, type ByDay, type Frequency, type Recurrence } from './recurrence.js';
import { readRecurrenceText, RecurrenceError, type RecurrenceSet } from './rrule-text.js';

/** As it is stored and shown (rest-api §3.8). */
export type ScheduleRule =
  | { readonly rrule: string }
  | {
      readonly recurrence: string | null;
      readonly count: number | null;
      readonly weekdays: readonly string[] | null;
    };

/** The parts of a rule as they are sent; null and absent are the same. */
export interface SentRule {
  readonly rrule?: unknown;
  readonly recurrence?: unknown;
  readonly count?: unknown;
  readonly weekdays?: unknown;
}

/** When a schedule's rule holds. */
export interface ScheduleBounds {
  readonly since: Date;
  /** Inclusive. */
  readonly until: Date | null;
}

/** The most that are listed (orchestration §4). */
export const MOST_OCCURRENCES = 1_000;
/** What one rule may cost; some tens of milliseconds. */
const WORK_OF_ONE = 200_000;
const LARGEST = 1_000_000;

const EVERY = /^(\d{1,7}) ?(sec|second|min|minute|h|hour|d|day|w|week|mo|month|y|year)s?$/i;
const FREQUENCY_OF: Readonly<Record<string, Frequency>> = {
  s: 'SECONDLY',
  mi: 'MINUTELY',
  h: 'HOURLY',
  d: 'DAILY',
  w: 'WEEKLY',
  mo: 'MONTHLY',
  y: 'YEARLY',
};
const WEEKDAYS = ['mo', 'tu', 'we', 'th', 'fr', 'sa', 'su'];

/**
 * Judges the parts of a rule, and gives them in the form that is kept.
 * @throws BadParametersError
 */
export function readScheduleRule(sent: SentRule): ScheduleRule {
  const { rrule = null, recurrence: every = null, count = null, weekdays = null } = sent;
  if (rrule !== null) {
    if (every !== null || count !== null || weekdays !== null)
      throw new BadParametersError('`rrule` excludes `recurrence`, `count` and `weekdays`');
    if (typeof rrule !== 'string') throw new BadParametersError('`rrule` must be a text');
    setOf({ rrule }); // judges it
    return { rrule };
  }
  if (every !== null && (typeof every !== 'string' || readEvery(every) === null))
    throw new BadParametersError(
      `\`recurrence\` must be \`<number> seconds|minutes|hours|days|weeks|months|years\`, got \`${printable(JSON.stringify(every))}\``,
    );
  if (count !== null && (!Number.isInteger(count) || Number(count) < 1 || Number(count) > LARGEST))
    throw new BadParametersError(`\`count\` must be a number from 1 to ${LARGEST}`);
  if (every === null && count !== 1)
    throw new BadParametersError('`recurrence` is needed, unless `count` is 1 or there is an `rrule`');
  const rule = { recurrence: every, count: count as number | null, weekdays: weekdaysOf(weekdays) };
  setOf(rule); // judges the days against the recurrence
  return rule;
}

/** More than one date (rest-api §3.17). */
export function isRecurring(rule: ScheduleRule, bounds: ScheduleBounds): boolean {
  if (!('rrule' in rule)) return rule.recurrence !== null && rule.count !== 1;
  return scheduleOccurrences(rule, bounds, { after: null, most: 2, work: workOfOne() }).length > 1;
}

export function workOfOne(): Work {
  return { left: WORK_OF_ONE };
}

/**
 * The next moments of a rule after a time (from the beginning where that is null), within the bounds. Fewer where the
 * rule ends, or the work is used up.
 */
export function scheduleOccurrences(
  rule: ScheduleRule,
  { since, until }: ScheduleBounds,
  wanted: { readonly after: Date | null; readonly most: number; readonly work: Work },
): Date[] {
  const { rule: repeated, start: own, added, removed } = setOf(rule);
  const begin = seconds(own ?? since.getTime());
  const from = Math.max(
    wanted.after === null ? Number.NEGATIVE_INFINITY : wanted.after.getTime() + 1,
    seconds(since.getTime()),
  );
  const gone = new Set(removed);
  const last = until?.getTime() ?? Number.POSITIVE_INFINITY;
  const found: Date[] = [];
  for (const at of merged(
    occurrences(repeated, begin, from, wanted.work),
    added.filter((moment) => moment >= from),
  )) {
    if (at > last || found.length === wanted.most) break;
    if (!gone.has(at)) found.push(new Date(at));
  }
  return found;
}

/** Both ascending; what is in both comes once. */
function* merged(repeated: Generator<number>, added: readonly number[]): Generator<number> {
  let place = 0;
  for (const at of repeated) {
    for (; place < added.length && (added[place] ?? at) <= at; place += 1)
      if (added[place] !== at) yield added[place] ?? at;
    yield at;
  }
  yield* added.slice(place);
}

function seconds(at: number): number {
  return Math.floor(at / 1_000) * 1_000;
}

function setOf(rule: ScheduleRule): RecurrenceSet {
  if (!('rrule' in rule)) return { rule: simpleRecurrence(rule), start: null, added: [], removed: [] };
  try {
    return readRecurrenceText(rule.rrule);
  } catch (error) {
    if (!(error instanceof RecurrenceError)) throw error;
    throw new BadParametersError(`\`rrule\` is no recurrence rule: ${error.message}`, { cause: error });
  }
}

function simpleRecurrence({
  recurrence: every,
  count,
  weekdays,
}: Exclude<ScheduleRule, { rrule: string }>): Recurrence {
  const read = every === null ? null : readEvery(every);
  const frequency = read?.frequency ?? 'DAILY';
  const byDay = (weekdays ?? []).map((text) => dayOf(text));
  const isLong = frequency === 'MONTHLY' || frequency === 'YEARLY';
  if (!isLong && byDay.some(({ ordinal }) => ordinal !== null))
    throw new BadParametersError('Numbered `weekdays` need a `recurrence` of months or years');
  // Without a recurrence there is one occurrence, whatever day it is.
  return recurrence(frequency, { interval: read?.interval ?? 1, count, byDay: read === null ? [] : byDay });
}

function readEvery(text: string): { readonly frequency: Frequency; readonly interval: number } | null {
  const [, number, word = ''] = EVERY.exec(text.trim()) ?? [];
  const unit = word.toLowerCase();
  const frequency = FREQUENCY_OF[unit.startsWith('m') ? unit.slice(0, 2) : unit.slice(0, 1)];
  const interval = Number(number);
  return frequency === undefined || !(interval >= 1 && interval <= LARGEST) ? null : { frequency, interval };
}

function weekdaysOf(raw: unknown): readonly string[] | null {
  if (raw === null) return null;
  if (!Array.isArray(raw) || raw.length > 100) throw new BadParametersError('`weekdays` must be a list of days');
  if (raw.length === 0) return null;
  return raw.map((day: unknown) => {
    if (typeof day !== 'string') throw new BadParametersError('`weekdays` must be a list of texts');
    const text = day.trim().toLowerCase();
    dayOf(text);
    return text;
  });
}

/** `mo`, `2-mo`, `2mo`, `l-mo`: every, the second, the last Monday. */
function dayOf(text: string): ByDay {
  const [, number, day = ''] = /^(?:([1-4]|l)-?)?([a-z]{2})$/i.exec(text) ?? [];
  const weekday = WEEKDAYS.indexOf(day.toLowerCase());
  if (weekday < 0)
    throw new BadParametersError(
      `\`weekdays\` holds \`${printable(text)}\`: days are ${WEEKDAYS.join(', ')}, with \`1-\` to \`4-\` or \`l-\` before them`,
    );
  return { weekday, ordinal: number === undefined ? null : number.toLowerCase() === 'l' ? -1 : Number(number) };
}
