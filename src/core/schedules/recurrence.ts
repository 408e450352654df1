import { DAY_MS } from './calendar.js';

export const FREQUENCIES = ['YEARLY', 'MONTHLY', 'WEEKLY', 'DAILY', 'HOURLY', 'MINUTELY', 'SECONDLY'] as const;
export type Frequency = (typeof FREQUENCIES)[number];

export interface ByDay {
  /** 0 is Monday. */
  readonly weekday: number;
  /** Which one of the month or year, from the end when negative; null for every one. */
  readonly ordinal: number | null;
}

/** A rule of RFC 5545 §3.3.10, judged. Lists are sorted and hold nothing twice; an empty one says nothing. */
export interface Recurrence {
  readonly frequency: Frequency;
  readonly interval: number;
  readonly count: number | null;
  /** Inclusive; ms since 1970-01-01 UTC. */
  readonly until: number | null;
  readonly bySecond: readonly number[];
  readonly byMinute: readonly number[];
  readonly byHour: readonly number[];
  readonly byDay: readonly ByDay[];
  readonly byMonthDay: readonly number[];
  readonly byYearDay: readonly number[];
  readonly byWeekNumber: readonly number[];
  readonly byMonth: readonly number[];
  readonly byPosition: readonly number[];
  /** 0 is Monday. */
  readonly weekStart: number;
}

/** ms of the units that have always the same length. */
export const UNIT_MS = {
  SECONDLY: 1_000,
  MINUTELY: 60_000,
  HOURLY: 3_600_000,
  DAILY: DAY_MS,
  WEEKLY: 7 * DAY_MS,
} as const;

export function recurrence(frequency: Frequency, parts: Partial<Recurrence> = {}): Recurrence {
  return {
    frequency,
    interval: 1,
    count: null,
    until: null,
    bySecond: [],
    byMinute: [],
    byHour: [],
    byDay: [],
    byMonthDay: [],
    byYearDay: [],
    byWeekNumber: [],
    byMonth: [],
    byPosition: [],
    weekStart: 0,
    ...parts,
  };
}

/** Nothing but frequency, interval, count and end. */
export function isPlain(rule: Recurrence): boolean {
  const parts = [rule.bySecond, rule.byMinute, rule.byHour, rule.byDay, rule.byMonthDay, rule.byYearDay];
  return [...parts, rule.byWeekNumber, rule.byMonth, rule.byPosition].every((part) => part.length === 0);
}
