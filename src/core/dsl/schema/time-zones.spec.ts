import { instantAt, isTimeZone, wallClockAt } from './time-zones.js';

const at = (text: string): number => Date.parse(`${text}Z`);

describe('time zones', () => {
  it.each(['UTC', 'GMT', 'Europe/Berlin', 'america/new_york', 'US/Pacific', 'Etc/GMT+3', 'EST'])(
    'knows %s [§13]',
    (name) => {
      expect(isTimeZone(name)).toBe(true);
    },
  );

  it.each(['', 'Mars/Olympus', '+02:00', '-0500', '__proto__', 'Europe/Berlin ', 'a'.repeat(10_000)])(
    'does not know %j [§13]',
    (name) => {
      expect(isTimeZone(name)).toBe(false);
    },
  );

  it('shows what a wall clock shows', () => {
    expect(wallClockAt(at('2020-07-01T00:00:00'), 'Europe/Berlin')).toBe(at('2020-07-01T02:00:00'));
    expect(wallClockAt(at('2020-01-01T00:00:00'), 'America/New_York')).toBe(at('2019-12-31T19:00:00'));
    expect(wallClockAt(at('0001-01-01T00:00:00'), 'Etc/GMT+3')).toBe(Date.parse('0000-12-31T21:00:00Z'));
    expect(wallClockAt(Number.NaN, 'UTC')).toBeNaN();
  });

  it('finds the instant again, but for the hour that is shown twice', () => {
    for (const zone of ['Europe/Berlin', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Pacific/Apia']) {
      for (let instant = at('2011-12-25T00:00:00'); instant < at('2012-12-25T00:00:00'); instant += 7 * 3_600_000) {
        const shown = wallClockAt(instant, zone);
        expect(wallClockAt(instantAt(shown, zone), zone)).toBe(shown);
      }
    }
  });
});
