/** Days since 1970-01-01; the calendar is UTC's throughout. */
export interface CalendarDay {
  readonly number: number;
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
}

export const DAY_MS = 86_400_000;

export function dayNumber(year: number, month: number, day: number): number {
  const date = new Date(0);
  return Math.floor(date.setUTCFullYear(year, month - 1, day) / DAY_MS); // Date.UTC would take the year 99 for 1999
}

export function calendarDay(number: number): CalendarDay {
  const date = new Date(number * DAY_MS);
  return { number, year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

export function daysInMonth(year: number, month: number): number {
  return dayNumber(year, month + 1, 1) - dayNumber(year, month, 1);
}

export function daysInYear(year: number): number {
  return dayNumber(year + 1, 1, 1) - dayNumber(year, 1, 1);
}

/** 0 is Monday. */
export function weekdayOf(number: number): number {
  return (((number + 3) % 7) + 7) % 7;
}

/** The first day of the week that a day is in. */
export function weekStartOf(number: number, weekStart: number): number {
  return number - ((weekdayOf(number) - weekStart + 7) % 7);
}

/** The number of a day's week, as RFC 5545 counts: week 1 is the first with four days in the year; and how many there are. */
export function weekOfYear(day: CalendarDay, weekStart: number): { readonly week: number; readonly weeks: number } {
  const start = weekStartOf(day.number, weekStart);
  const year = calendarDay(start + 3).year; // the year that holds most of the week
  const first = weekStartOf(dayNumber(year, 1, 4), weekStart);
  const next = weekStartOf(dayNumber(year + 1, 1, 4), weekStart);
  return { week: (start - first) / 7 + 1, weeks: (next - first) / 7 };
}
