import {
  calendarDay,
  DAY_MS,
  dayNumber,
  daysInMonth,
  daysInYear,
  weekdayOf,
  weekOfYear,
  weekStartOf,
  type CalendarDay,
} from './calendar.js';
import { isPlain, UNIT_MS, type Recurrence } from './recurrence.js';

/**
 * How much may be looked at, in days and candidates. Rules come from users: one that can never be met, or only in
 * thousands of years, must cost no more than this. Shared by those that are worked out together.
 */
export interface Work {
  left: number;
}

/** As far as dates can be written. */
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59);

/** A stretch of time that a rule repeats by: the days in it that fit, and the times of each. */
interface Period {
  /** Day numbers, ascending. */
  readonly days: readonly number[];
  /** ms of the day, ascending. */
  readonly times: readonly number[];
}

/**
 * The moments of a rule that begins at `start`, ascending, from `from` on; those before count for COUNT all the same.
 * Ends with the rule, or when the work is used up; `work.left` is 0 then.
 */
export function* occurrences(rule: Recurrence, start: number, from: number, work: Work): Generator<number> {
  const last = Math.min(rule.until ?? LAST_MS, LAST_MS);
  const { frequency } = rule;
  if (isPlain(rule) && frequency !== 'MONTHLY' && frequency !== 'YEARLY') {
    yield* evenly(start, { step: rule.interval * UNIT_MS[frequency], count: rule.count, last }, from, work);
    return;
  }
  let passed = 0;
  for (const at of candidates(rule, start, rule.count === null ? from : start, work)) {
    if (at > last) return;
    if (at < start) continue;
    passed += 1;
    if (at >= from) yield at;
    if (passed === rule.count) return;
  }
}

function* evenly(
  start: number,
  { step, count, last }: { readonly step: number; readonly count: number | null; readonly last: number },
  from: number,
  work: Work,
): Generator<number> {
  const first = Math.max(0, Math.ceil((from - start) / step));
  const end = count ?? Number.POSITIVE_INFINITY;
  for (let place = first; place < end; place += 1) {
    const at = start + place * step;
    if (at > last || !spend(work)) return;
    yield at;
  }
}

/** All moments in order, from about `from` on, without regard to COUNT and the end. */
function* candidates(rule: Recurrence, start: number, from: number, work: Work): Generator<number> {
  for (const { days, times } of periods(rule, start, from, work)) {
    const total = days.length * times.length;
    const at = (place: number): number =>
      (days[Math.floor(place / times.length)] ?? 0) * DAY_MS + (times[place % times.length] ?? 0);
    if (rule.byPosition.length === 0) {
      for (let place = 0; place < total; place += 1) {
        if (!spend(work)) return;
        yield at(place);
      }
      continue;
    }
    const places = rule.byPosition
      .map((position) => (position > 0 ? position - 1 : total + position))
      .filter((place) => place >= 0 && place < total);
    for (const place of [...new Set(places)].toSorted((left, right) => left - right)) {
      if (!spend(work)) return;
      yield at(place);
    }
  }
}

function spend(work: Work): boolean {
  if (work.left <= 0) return false;
  work.left -= 1;
  return true;
}

function periods(rule: Recurrence, start: number, from: number, work: Work): Generator<Period> {
  switch (rule.frequency) {
    case 'YEARLY':
    case 'MONTHLY':
      return byMonths(rule, start, from, work);
    case 'WEEKLY':
    case 'DAILY':
      return byDays(rule, start, from, work);
    case 'HOURLY':
    case 'MINUTELY':
    case 'SECONDLY':
      return byTime(rule, start, from, work);
  }
}

function* byMonths(rule: Recurrence, start: number, from: number, work: Work): Generator<Period> {
  const first = calendarDay(Math.floor(start / DAY_MS));
  const { fits, months: wantedMonths } = dayRule(rule, first);
  const times = timesOfDay(rule, start);
  const isYearly = rule.frequency === 'YEARLY';
  const step = rule.interval * (isYearly ? 12 : 1);
  const base = first.year * 12 + (isYearly ? 0 : first.month - 1);
  const wanted = calendarDay(Math.floor(Math.max(from, start) / DAY_MS));
  const skipped = Math.max(0, Math.floor((wanted.year * 12 + wanted.month - 1 - base) / step));
  for (let months = base + skipped * step; months < 10_000 * 12; months += step) {
    const days: number[] = [];
    for (let ahead = 0; ahead < (isYearly ? 12 : 1); ahead += 1) {
      if (!spend(work)) return;
      const [year, month] = [Math.floor((months + ahead) / 12), ((months + ahead) % 12) + 1];
      if (wantedMonths.length > 0 && !wantedMonths.includes(month)) continue;
      const begin = dayNumber(year, month, 1);
      for (let day = begin; day < begin + daysInMonth(year, month); day += 1) {
        if (!spend(work)) return;
        if (fits(calendarDay(day))) days.push(day);
      }
    }
    yield { days, times };
  }
}

function* byDays(rule: Recurrence, start: number, from: number, work: Work): Generator<Period> {
  const first = Math.floor(start / DAY_MS);
  const { fits } = dayRule(rule, calendarDay(first));
  const times = timesOfDay(rule, start);
  const length = rule.frequency === 'WEEKLY' ? 7 : 1;
  const step = rule.interval * length;
  const base = rule.frequency === 'WEEKLY' ? weekStartOf(first, rule.weekStart) : first;
  const skipped = Math.max(0, Math.floor((Math.floor(from / DAY_MS) - base) / step));
  for (let begin = base + skipped * step; begin * DAY_MS <= LAST_MS; begin += step) {
    const days: number[] = [];
    for (let day = begin; day < begin + length; day += 1) {
      if (!spend(work)) return;
      if (fits(calendarDay(day))) days.push(day);
    }
    if (days.length > 0) yield { days, times };
    else begin = beforeNextMonth(rule, begin, base, step);
  }
}

/** Where nothing can be in this month, the last period before the next one, so that months are passed over at once. */
function beforeNextMonth(rule: Recurrence, begin: number, base: number, step: number): number {
  const day = calendarDay(begin);
  if (rule.byMonth.length === 0 || rule.byMonth.includes(day.month) || step >= 28) return begin;
  // A week may begin in a month that is out and end in one that is in.
  const next = dayNumber(day.year, day.month + 1, 1) - 7;
  return Math.max(begin, base + Math.floor((next - base) / step) * step);
}

function* byTime(rule: Recurrence, start: number, from: number, work: Work): Generator<Period> {
  const unit = UNIT_MS[rule.frequency as 'HOURLY' | 'MINUTELY' | 'SECONDLY'];
  const step = unit * rule.interval;
  const base = Math.floor(start / unit) * unit;
  const { fits } = dayRule(rule, calendarDay(Math.floor(start / DAY_MS)));
  const onGrid = (at: number): number => base + Math.max(0, Math.ceil((at - base) / step)) * step;
  let at = onGrid(Math.max(base, from - unit));
  while (at <= LAST_MS) {
    if (!spend(work)) return;
    const day = calendarDay(Math.floor(at / DAY_MS));
    const skipTo = nothingBefore(rule, at, fits(day));
    if (skipTo !== null) {
      at = onGrid(Math.max(skipTo, at + step));
      continue;
    }
    const times = timesWithin(rule, at % DAY_MS, start);
    if (times.length > 0) yield { days: [day.number], times };
    at += step;
  }
}

/** The moment before which nothing more can be, or null where this hour, minute or second is wanted. */
function nothingBefore(rule: Recurrence, at: number, dayFits: boolean): number | null {
  if (!dayFits) return (Math.floor(at / DAY_MS) + 1) * DAY_MS;
  const date = new Date(at);
  if (rule.byHour.length > 0 && !rule.byHour.includes(date.getUTCHours()))
    return (Math.floor(at / UNIT_MS.HOURLY) + 1) * UNIT_MS.HOURLY;
  const { frequency } = rule;
  if (frequency !== 'HOURLY' && rule.byMinute.length > 0 && !rule.byMinute.includes(date.getUTCMinutes()))
    return (Math.floor(at / UNIT_MS.MINUTELY) + 1) * UNIT_MS.MINUTELY;
  if (frequency === 'SECONDLY' && rule.bySecond.length > 0 && !rule.bySecond.includes(date.getUTCSeconds()))
    return at + 1;
  return null;
}

/** The times within an hour, minute or second that begins at this time of the day. */
function timesWithin(rule: Recurrence, begin: number, start: number): readonly number[] {
  const date = new Date(start);
  const seconds = orElse(rule.bySecond, date.getUTCSeconds());
  switch (rule.frequency) {
    case 'HOURLY':
      return orElse(rule.byMinute, date.getUTCMinutes()).flatMap((minute) =>
        seconds.map((second) => begin + minute * 60_000 + second * 1_000),
      );
    case 'MINUTELY':
      return seconds.map((second) => begin + second * 1_000);
    default:
      return [begin];
  }
}

function timesOfDay(rule: Recurrence, start: number): readonly number[] {
  const date = new Date(start);
  return orElse(rule.byHour, date.getUTCHours()).flatMap((hour) =>
    orElse(rule.byMinute, date.getUTCMinutes()).flatMap((minute) =>
      orElse(rule.bySecond, date.getUTCSeconds()).map((second) => hour * 3_600_000 + minute * 60_000 + second * 1_000),
    ),
  );
}

function orElse(values: readonly number[], value: number): readonly number[] {
  return values.length > 0 ? values : [value];
}

interface DayRule {
  /** Empty for all. */
  readonly months: readonly number[];
  fits(this: void, day: CalendarDay): boolean;
}

/** Which days fit. What a rule does not say it takes from its beginning (RFC 5545 §3.3.10). */
function dayRule(rule: Recurrence, first: CalendarDay): DayRule {
  const { frequency, byDay, byMonthDay, byYearDay, byWeekNumber, weekStart } = rule;
  const isOpen = [byDay, byMonthDay, byYearDay, byWeekNumber].every((part) => part.length === 0);
  const months = isOpen && frequency === 'YEARLY' && rule.byMonth.length === 0 ? [first.month] : rule.byMonth;
  const monthDays = isOpen && (frequency === 'YEARLY' || frequency === 'MONTHLY') ? [first.day] : byMonthDay;
  const weekdays = isOpen && frequency === 'WEEKLY' ? [{ weekday: weekdayOf(first.number), ordinal: null }] : byDay;
  const ordinalsOf = frequency === 'YEARLY' && rule.byMonth.length === 0 ? 'year' : 'month';
  const fits = (day: CalendarDay): boolean =>
    (months.length === 0 || months.includes(day.month)) &&
    (monthDays.length === 0 || counted(monthDays, day.day, daysInMonth(day.year, day.month))) &&
    (byYearDay.length === 0 || counted(byYearDay, day.number - dayNumber(day.year, 1, 1) + 1, daysInYear(day.year))) &&
    (weekdays.length === 0 || weekdays.some((wanted) => isWeekday(wanted, day, ordinalsOf))) &&
    (byWeekNumber.length === 0 || isWeek(byWeekNumber, day, weekStart));
  return { months, fits };
}

/** Whether a place is named, from the front or from the end. */
function counted(wanted: readonly number[], place: number, length: number): boolean {
  return wanted.includes(place) || wanted.includes(place - length - 1);
}

function isWeek(wanted: readonly number[], day: CalendarDay, weekStart: number): boolean {
  const { week, weeks } = weekOfYear(day, weekStart);
  return counted(wanted, week, weeks);
}

function isWeekday(
  { weekday, ordinal }: Recurrence['byDay'][number],
  day: CalendarDay,
  ordinalsOf: 'year' | 'month',
): boolean {
  if (weekdayOf(day.number) !== weekday) return false;
  if (ordinal === null) return true;
  const place = ordinalsOf === 'month' ? day.day : day.number - dayNumber(day.year, 1, 1) + 1;
  const length = ordinalsOf === 'month' ? daysInMonth(day.year, day.month) : daysInYear(day.year);
  return ordinal > 0 ? Math.ceil(place / 7) === ordinal : Math.ceil((length - place + 1) / 7) === -ordinal;
}
