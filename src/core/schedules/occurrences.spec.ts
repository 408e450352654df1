import { readScheduleRule, scheduleOccurrences, workOfOne } from './schedule-rule.js';

/** The dates of a rule of RFC 5545 that begins on 2 September 1997, 9:00, as the examples of its §3.8.5.3 do. */
function dates(rrule: string, most = 10, since = '1997-09-02T09:00:00Z'): string[] {
  const found = scheduleOccurrences(
    { rrule },
    { since: new Date(since), until: null },
    { after: null, most, work: workOfOne() },
  );
  return found.map((at) => at.toISOString().replace(':00.000Z', '').replace('T09:00', ''));
}

describe('rules of RFC 5545 §3.8.5.3', () => {
  it.each<[string, string[]]>([
    ['FREQ=DAILY;COUNT=3', ['1997-09-02', '1997-09-03', '1997-09-04']],
    ['FREQ=DAILY;INTERVAL=10;COUNT=3', ['1997-09-02', '1997-09-12', '1997-09-22']],
    ['FREQ=DAILY;UNTIL=19970904T000000Z', ['1997-09-02', '1997-09-03']],
    [
      'FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=TU,TH;COUNT=8',
      ['1997-09-02', '1997-09-04', '1997-09-16', '1997-09-18', '1997-09-30', '1997-10-02', '1997-10-14', '1997-10-16'],
    ],
    ['FREQ=MONTHLY;COUNT=4;BYDAY=1FR', ['1997-09-05', '1997-10-03', '1997-11-07', '1997-12-05']],
    ['FREQ=MONTHLY;INTERVAL=2;COUNT=4;BYDAY=1SU,-1SU', ['1997-09-07', '1997-09-28', '1997-11-02', '1997-11-30']],
    ['FREQ=MONTHLY;COUNT=3;BYDAY=-2MO', ['1997-09-22', '1997-10-20', '1997-11-17']],
    ['FREQ=MONTHLY;BYMONTHDAY=-3;COUNT=3', ['1997-09-28', '1997-10-29', '1997-11-28']],
    ['FREQ=MONTHLY;COUNT=4;BYMONTHDAY=1,-1', ['1997-09-30', '1997-10-01', '1997-10-31', '1997-11-01']],
    ['FREQ=MONTHLY;INTERVAL=18;COUNT=3;BYMONTHDAY=10,11', ['1997-09-10', '1997-09-11', '1999-03-10']],
    ['FREQ=YEARLY;COUNT=4;BYMONTH=6,7', ['1998-06-02', '1998-07-02', '1999-06-02', '1999-07-02']],
    ['FREQ=YEARLY;INTERVAL=3;COUNT=4;BYYEARDAY=1,100,200', ['2000-01-01', '2000-04-09', '2000-07-18', '2003-01-01']],
    ['FREQ=YEARLY;BYDAY=20MO;COUNT=3', ['1998-05-18', '1999-05-17', '2000-05-15']],
    ['FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO;COUNT=3', ['1998-05-11', '1999-05-17', '2000-05-15']],
    ['FREQ=YEARLY;BYMONTH=3;BYDAY=TH;COUNT=4', ['1998-03-05', '1998-03-12', '1998-03-19', '1998-03-26']],
    ['FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=3', ['1998-02-13', '1998-03-13', '1998-11-13']],
    ['FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8;COUNT=2', ['1997-11-04', '2001-11-06']],
    ['FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3', ['1997-09-04', '1997-10-07', '1997-11-06']],
    ['FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2;COUNT=3', ['1997-09-29', '1997-10-30', '1997-11-27']],
    ['FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T170000Z', ['1997-09-02', '1997-09-02T12:00', '1997-09-02T15:00']],
    ['FREQ=MINUTELY;INTERVAL=90;COUNT=3', ['1997-09-02', '1997-09-02T10:30', '1997-09-02T12:00']],
    [
      'FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10;COUNT=4',
      ['1997-09-02', '1997-09-02T09:20', '1997-09-02T09:40', '1997-09-02T10:00'],
    ],
    [
      'FREQ=DAILY;BYHOUR=9,16;BYMINUTE=0,30;COUNT=5',
      ['1997-09-02', '1997-09-02T09:30', '1997-09-02T16:00', '1997-09-02T16:30', '1997-09-03'],
    ],
    ['FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU', ['1997-09-02', '1997-09-14', '1997-09-16', '1997-09-28']],
    ['FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3', ['1997-10-31', '1997-12-31', '1998-01-31']],
    ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;COUNT=2', ['2000-02-29', '2004-02-29']],
    ['FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO;COUNT=3', ['1997-12-29', '1999-01-04', '2000-01-03']],
    ['FREQ=YEARLY;BYYEARDAY=-1;COUNT=2', ['1997-12-31', '1998-12-31']],
    [
      'FREQ=DAILY;COUNT=4\nEXDATE:19970903T090000Z\nRDATE:19970902T120000Z',
      ['1997-09-02', '1997-09-02T12:00', '1997-09-04', '1997-09-05'],
    ],
    ['DTSTART:19970901T090000Z\nRRULE:FREQ=DAILY;COUNT=3', ['1997-09-02', '1997-09-03']],
  ])('%s', (rrule, expected) => {
    expect(dates(rrule)).toEqual(expected);
  });
});

describe('hostile rules', () => {
  it.each([
    'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30',
    'FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=31',
    'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30',
    'FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30',
    'FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30;COUNT=1000000',
    'FREQ=MINUTELY;INTERVAL=2;BYMINUTE=1,3,5',
    'FREQ=HOURLY;INTERVAL=24;BYHOUR=3',
    'FREQ=SECONDLY;INTERVAL=60;BYSECOND=30',
    'FREQ=YEARLY;BYDAY=53MO;BYMONTH=3',
    'FREQ=DAILY;BYHOUR=0;BYSETPOS=300',
  ])('that are never met end: %s', (rrule) => {
    const began = performance.now();
    expect(dates(rrule)).toEqual([]);
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it.each([
    'FREQ=SECONDLY',
    'FREQ=SECONDLY;BYSECOND=0,1,2',
    `FREQ=DAILY;BYHOUR=${list(24)};BYMINUTE=${list(60)};BYSECOND=${list(60)}`,
    `FREQ=YEARLY;BYHOUR=${list(24)};BYMINUTE=${list(60)};BYSECOND=${list(60)};BYSETPOS=-1,1`,
  ])('without an end give no more than was asked for: %s', (rrule) => {
    expect(dates(rrule, 1_000)).toHaveLength(1_000);
  });

  it('are not walked through from their beginning to what is next', () => {
    const work = workOfOne();
    const rule = { rrule: 'FREQ=SECONDLY;BYHOUR=3' };
    const bounds = { since: new Date('1970-01-01T00:00:00Z'), until: null };
    const after = new Date('2026-11-22T10:00:00Z');
    expect(scheduleOccurrences(rule, bounds, { after, most: 1, work })).toEqual([new Date('2026-11-23T03:00:00Z')]);
    expect(work.left).toBeGreaterThan(199_000);
    const counted = { rrule: 'FREQ=SECONDLY;COUNT=1000000' };
    const late = new Date(Date.parse('1970-01-01T00:00:00Z') + 999_998_000);
    expect(scheduleOccurrences(counted, bounds, { after: late, most: 9, work })).toHaveLength(1);
  });
});

function list(length: number): string {
  return Array.from({ length }, (_, index) => index).join(',');
}

const next = (sent: object, most = 4, bounds: { since?: string; until?: string } = {}): string[] =>
  scheduleOccurrences(
    readScheduleRule(sent),
    { since: new Date(bounds.since ?? '2026-01-31T10:00:00Z'), until: bounds.until ? new Date(bounds.until) : null },
    { after: null, most, work: workOfOne() },
  ).map((at) => at.toISOString().slice(0, 16));

describe('simple recurrences', () => {
  it.each<[object, string[]]>([
    [{ count: 1 }, ['2026-01-31T10:00']],
    [{ count: 1, weekdays: ['mo'] }, ['2026-01-31T10:00']],
    [{ recurrence: '2 hours', count: 2 }, ['2026-01-31T10:00', '2026-01-31T12:00']],
    [{ recurrence: '30 min', count: 2 }, ['2026-01-31T10:00', '2026-01-31T10:30']],
    [
      { recurrence: '1 day', weekdays: ['MO', 'fr'] },
      ['2026-02-02T10:00', '2026-02-06T10:00', '2026-02-09T10:00', '2026-02-13T10:00'],
    ],
    [{ recurrence: '1 mo' }, ['2026-01-31T10:00', '2026-03-31T10:00', '2026-05-31T10:00', '2026-07-31T10:00']],
    [
      { recurrence: '1 month', weekdays: ['1-mo', 'l-su'], count: 3 },
      ['2026-02-02T10:00', '2026-02-22T10:00', '2026-03-02T10:00'],
    ],
    [{ recurrence: '2 weeks', weekdays: ['th'], count: 2 }, ['2026-02-12T10:00', '2026-02-26T10:00']],
    [{ recurrence: '1 y' }, ['2026-01-31T10:00', '2027-01-31T10:00', '2028-01-31T10:00', '2029-01-31T10:00']],
  ])('%j', (sent, expected) => {
    expect(next(sent)).toEqual(expected);
  });

  it('end with the schedule, the last moment included', () => {
    expect(next({ recurrence: '1 day' }, 9, { until: '2026-02-01T10:00:00Z' })).toEqual([
      '2026-01-31T10:00',
      '2026-02-01T10:00',
    ]);
    expect(next({ rrule: 'FREQ=DAILY' }, 9, { until: '2026-01-31T10:00:00Z' })).toEqual(['2026-01-31T10:00']);
  });

  it.each([
    {},
    { count: 2 },
    { recurrence: '1 day', rrule: 'FREQ=DAILY' },
    { rrule: 'FREQ=DAILY', count: 1 },
    { rrule: 7 },
    { rrule: '' },
    { rrule: 'FREQ=SOMETIMES' },
    { rrule: 'FREQ=DAILY;COUNT=0' },
    { rrule: 'FREQ=DAILY;COUNT=1;UNTIL=20260101' },
    { rrule: 'FREQ=DAILY;UNTIL=20260230' },
    { rrule: 'FREQ=WEEKLY;BYDAY=1MO' },
    { rrule: 'FREQ=MONTHLY;BYWEEKNO=1' },
    { rrule: 'FREQ=DAILY;BYHOUR=24' },
    { rrule: 'FREQ=DAILY;BYMONTHDAY=0' },
    { rrule: 'FREQ=DAILY;BYSETPOS=1' },
    { rrule: 'FREQ=DAILY;FREQ=DAILY' },
    { rrule: 'FREQ=DAILY\nRRULE:FREQ=DAILY' },
    { rrule: 'EXRULE:FREQ=DAILY' },
    { rrule: `FREQ=DAILY;BYHOUR=${'1,'.repeat(5000)}1` },
    { recurrence: 'daily' },
    { recurrence: '0 days' },
    { recurrence: '1 fortnight' },
    { recurrence: '1 day', count: 0 },
    { recurrence: '1 day', count: 1.5 },
    { recurrence: '1 day', weekdays: 'mo' },
    { recurrence: '1 day', weekdays: ['xx'] },
    { recurrence: '1 day', weekdays: ['1-mo'] },
    { recurrence: '1 month', weekdays: ['5-mo'] },
  ])('refuse %j', (sent) => {
    expect(() => readScheduleRule(sent)).toThrow(
      expect.objectContaining({ status: 400, code: 'bad_parameters_error' }),
    );
  });
});
