import fc from 'fast-check';
import { calendarDay, DAY_MS, daysInMonth, weekdayOf } from './calendar.js';
import { occurrences } from './occurrences.js';
import { FREQUENCIES, recurrence, type Recurrence } from './recurrence.js';

const START = Date.UTC(2024, 1, 28, 22, 59, 58);
const some = (low: number, high: number): fc.Arbitrary<number[]> =>
  fc
    .uniqueArray(fc.integer({ min: low, max: high }), { maxLength: 3 })
    .map((values) => values.filter((value) => low >= 0 || value !== 0).toSorted((left, right) => left - right));

const rules: fc.Arbitrary<Recurrence> = fc
  .record({
    frequency: fc.constantFrom(...FREQUENCIES),
    interval: fc.integer({ min: 1, max: 40 }),
    count: fc.option(fc.integer({ min: 1, max: 30 })),
    bySecond: some(0, 59),
    byMinute: some(0, 59),
    byHour: some(0, 23),
    byDay: fc.array(fc.record({ weekday: fc.integer({ min: 0, max: 6 }), ordinal: fc.constant(null) }), {
      maxLength: 3,
    }),
    byMonthDay: some(-31, 31),
    byMonth: some(1, 12),
    byPosition: some(-3, 3),
    weekStart: fc.integer({ min: 0, max: 6 }),
  })
  .map(({ frequency, ...parts }) => recurrence(frequency, parts));

function some50(rule: Recurrence, from = START): number[] {
  const found: number[] = [];
  for (const at of occurrences(rule, START, from, { left: 60_000 })) {
    found.push(at);
    if (found.length === 50) break;
  }
  return found;
}

const SETTINGS = { seed: 20_261_122, numRuns: 400 };

const fits = (wanted: readonly number[], value: number): boolean => wanted.length === 0 || wanted.includes(value);

it('rises, begins with its beginning, keeps its count, and fits its parts', () => {
  fc.assert(
    fc.property(rules, (rule) => {
      const found = some50(rule);
      expect(found.length).toBeLessThanOrEqual(rule.count ?? 50);
      found.forEach((at, place) => {
        expect(at).toBeGreaterThan(place === 0 ? START - 1 : (found[place - 1] ?? 0));
        const [date, day] = [new Date(at), calendarDay(Math.floor(at / DAY_MS))];
        const length = daysInMonth(day.year, day.month);
        expect(fits(rule.byMonth, day.month)).toBe(true);
        expect(fits(rule.byMonthDay, day.day) || rule.byMonthDay.includes(day.day - length - 1)).toBe(true);
        expect(
          fits(
            rule.byDay.map(({ weekday }) => weekday),
            weekdayOf(day.number),
          ),
        ).toBe(true);
        expect(fits(rule.byHour, date.getUTCHours())).toBe(true);
        expect(fits(rule.byMinute, date.getUTCMinutes())).toBe(true);
        expect(fits(rule.bySecond, date.getUTCSeconds())).toBe(true);
      });
    }),
    SETTINGS,
  );
});

it('gives the same from a later moment as it gave from the beginning', () => {
  fc.assert(
    fc.property(rules, fc.nat(49), (rule, place) => {
      const whole = some50(rule);
      const from = whole[place];
      fc.pre(from !== undefined);
      const tail = some50(rule, from);
      expect(tail.slice(0, whole.length - place)).toEqual(whole.slice(place));
    }),
    SETTINGS,
  );
});

it('finds every day that a plain filter finds', () => {
  fc.assert(
    fc.property(rules, (drawn) => {
      const rule = {
        ...drawn,
        frequency: 'DAILY' as const,
        interval: 1,
        count: null,
        byPosition: [],
        byHour: [],
        byMinute: [],
        bySecond: [],
      };
      const expected: number[] = [];
      for (let at = START; expected.length < 20 && at < START + 3_000 * DAY_MS; at += DAY_MS) {
        const day = calendarDay(Math.floor(at / DAY_MS));
        const month = rule.byMonth.length === 0 || rule.byMonth.includes(day.month);
        const fromEnd = day.day - daysInMonth(day.year, day.month) - 1;
        const monthDay =
          rule.byMonthDay.length === 0 || rule.byMonthDay.includes(day.day) || rule.byMonthDay.includes(fromEnd);
        const weekday =
          rule.byDay.length === 0 || rule.byDay.some((wanted) => wanted.weekday === weekdayOf(day.number));
        if (month && monthDay && weekday) expected.push(at);
      }
      expect(some50(rule).slice(0, expected.length)).toEqual(expected);
    }),
    SETTINGS,
  );
});

it('never costs more than it may', () => {
  fc.assert(
    fc.property(rules, fc.nat(5_000), (rule, left) => {
      const work = { left };
      let found = 0;
      for (const at of occurrences(rule, START, START, work)) found += Number(at >= START);
      expect(found).toBeLessThanOrEqual(left);
      expect(work.left).toBeGreaterThanOrEqual(0);
    }),
    { ...SETTINGS, numRuns: 100 },
  );
});
