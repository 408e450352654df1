import type { ScheduleClock } from './schedules.js';
import { instantText, isRecurrence, isWeekday, parseScheduleTime, scheduleInstant } from './schedules.js';

const CLOCK: ScheduleClock = { now: Date.parse('2024-01-31T22:30:15Z'), timeZone: 'UTC' };

/** What a time means, as the plan writes it; null for one that cannot be read or reached. */
function meaning(text: string, timeZone: string | null = null, clock = CLOCK): string | null {
  const time = parseScheduleTime(text);
  const instant = time === null ? null : scheduleInstant(time, clock, timeZone);
  return instant === null ? null : instantText(instant);
}

describe('times of schedules', () => {
  it.each([
    ['2020-01-02 03:04', '2020-01-02 03:04:00'],
    ['2020-1-2 3:4', '2020-01-02 03:04:00'],
    ['2024-02-29 23:59', '2024-02-29 23:59:00'],
    ['3535-01-01 00:00', '3535-01-01 00:00:00'],
    ['0099-01-01 00:00', '0099-01-01 00:00:00'],
    ['2020-01-02 03:04:05', '2020-01-02 03:04:05'],
    ['7:40', '2024-01-31 07:40:00'],
    ['00:00', '2024-01-31 00:00:00'],
  ])('%s is %s [§13]', (text, expected) => {
    expect(meaning(text)).toBe(expected);
  });

  it.each([
    ['+0 min', '2024-01-31 22:30:15'],
    ['+90min', '2024-02-01 00:00:15'],
    ['+1 minute', '2024-01-31 22:31:15'],
    ['+2 minutes', '2024-01-31 22:32:15'],
    ['+1h', '2024-01-31 23:30:15'],
    ['+2 hours', '2024-02-01 00:30:15'],
    ['+1 d', '2024-02-01 22:30:15'],
    ['+3 days', '2024-02-03 22:30:15'],
    ['+1w', '2024-02-07 22:30:15'],
    ['+2 weeks', '2024-02-14 22:30:15'],
    ['+1 mo', '2024-02-29 22:30:15'],
    ['+13 months', '2025-02-28 22:30:15'],
    ['+1y', '2025-01-31 22:30:15'],
    ['+2 years', '2026-01-31 22:30:15'],
    ['+1 day+2h + 30 min', '2024-02-02 01:00:15'],
  ])('%s is %s, from now [§13]', (text, expected) => {
    expect(meaning(text)).toBe(expected);
  });

  it.each([
    '',
    'now',
    '2020-01-02',
    '2020-01-02T03:04',
    '20-01-02 03:04',
    '2020-13-01 00:00',
    '2020-02-30 00:00',
    '2023-02-29 00:00',
    '2020-00-01 00:00',
    '2020-01-00 00:00',
    '0000-01-01 00:00',
    '2020-01-02 24:00',
    '2020-01-02 03:60',
    '2020-01-02 03:04:60',
    '2020-02-30 00:00:00',
    '24:00',
    '7:60',
    '7',
    '+',
    '+1',
    '+h',
    '+-1 h',
    '+1.5 h',
    '+1 second',
    '+1 m',
    '+1 fortnight',
    '+1h+',
    '+1h 2min',
    '1h',
    '-1h',
    ' 7:40',
    '2020-01-02 03:04\n',
    '+1h\0',
  ])('%j is none [§13]', (text) => {
    expect(parseScheduleTime(text)).toBeNull();
  });

  it('stay within the years 1 to 9999', () => {
    expect(meaning('0001-01-01 00:00', 'Asia/Tokyo')).toBeNull();
    expect(meaning('9999-12-31 23:59', 'America/New_York')).toBeNull();
    expect(meaning('+999999999 years')).toBeNull();
    expect(meaning('+8000 years')).toBeNull();
    expect(meaning('+999999999 weeks')).toBeNull();
  });

  it('are read by the zone, or by that of the server [§13]', () => {
    const clock = { ...CLOCK, timeZone: 'Asia/Tokyo' };
    expect(meaning('2020-06-01 12:00', 'America/New_York', clock)).toBe('2020-06-01 16:00:00');
    expect(meaning('2020-01-01 12:00', 'America/New_York', clock)).toBe('2020-01-01 17:00:00');
    expect(meaning('2020-06-01 12:00', null, clock)).toBe('2020-06-01 03:00:00');
    expect(meaning('2020-06-01 12:00', 'Asia/Kathmandu')).toBe('2020-06-01 06:15:00');
  });

  it('mean the day that it is in the zone [§13]', () => {
    expect(meaning('08:00', 'Asia/Tokyo')).toBe('2024-01-31 23:00:00');
    expect(meaning('08:00', 'America/Los_Angeles')).toBe('2024-01-31 16:00:00');
  });

  it('that clocks show twice are the later, those that they skip are read by the time before [§13]', () => {
    expect(meaning('2020-11-01 01:30', 'America/New_York')).toBe('2020-11-01 06:30:00');
    expect(meaning('2020-03-08 02:30', 'America/New_York')).toBe('2020-03-08 07:30:00');
    expect(meaning('2020-10-25 02:30', 'Europe/Berlin')).toBe('2020-10-25 01:30:00');
    expect(meaning('2020-03-29 02:30', 'Europe/Berlin')).toBe('2020-03-29 01:30:00');
  });

  it('are read in time, whatever is written', () => {
    const started = performance.now();
    for (const text of [
      `+${'1h+'.repeat(100_000)}`,
      `${'1'.repeat(100_000)}:1`,
      `2020-1-1${' '.repeat(100_000)}`,
      `+1${' '.repeat(100_000)}h`,
    ]) {
      expect(parseScheduleTime(text)).toBeNull();
    }
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

describe('recurrences', () => {
  it.each(['1w', '2 weeks', '30 min', '1 mo', '1 year', '12 hours'])('%j is one [§13]', (text) => {
    expect(isRecurrence(text)).toBe(true);
  });

  it.each(['', 'w', '1', '+1w', '1w+1d', '1.5 d', 'weekly', '1 sec', '-1 d'])('%j is none [§13]', (text) => {
    expect(isRecurrence(text)).toBe(false);
  });
});

describe('weekdays', () => {
  it.each(['su', 'mo', 'tu', 'we', 'th', 'fr', 'sa', 'Fr', 'MO', '2mo', 'l-fr', '1-su'])('%j is one [§13]', (text) => {
    expect(isWeekday(text)).toBe(true);
  });

  it.each(['', 'x', 'xy', 'monday', 'm', 'mo '])('%j is none [§13]', (text) => {
    expect(isWeekday(text)).toBe(false);
  });
});
