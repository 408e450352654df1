import fc from 'fast-check';
import { readIsoDate } from './dates.js';

const read = (text: string): string | null => readIsoDate(text)?.toISOString() ?? null;

describe('a date that comes in', () => {
  it.each([
    ['2026-03-04', '2026-03-04T00:00:00.000Z'],
    ['2026-03-04T05:06', '2026-03-04T05:06:00.000Z'],
    ['2026-03-04 05:06:07', '2026-03-04T05:06:07.000Z'],
    ['2026-03-04T05:06:07.123456Z', '2026-03-04T05:06:07.123Z'],
    ['2026-03-04T05:06:07.1', '2026-03-04T05:06:07.100Z'],
    ['2026-03-04T05:06:07z', '2026-03-04T05:06:07.000Z'],
    ['2026-03-04T05:06:07+02:00', '2026-03-04T03:06:07.000Z'],
    ['2026-03-04T05:06:07-0130', '2026-03-04T06:36:07.000Z'],
    ['2026-03-04T05:06:07+02', '2026-03-04T03:06:07.000Z'],
    ['202603040506+0200', '2026-03-04T03:06:00.000Z'],
    ['202603040506-01:30', '2026-03-04T06:36:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['  2026-03-04  ', '2026-03-04T00:00:00.000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ])('%j is %s', (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  it.each([
    '',
    'today',
    '2026',
    '2026-03',
    '2026-3-4',
    '2026-02-29',
    '2026-02-30',
    '2026-04-31T10:00',
    '2026-13-01',
    '2026-00-10',
    '2026-01-00',
    '2026-03-04T25:00',
    '2026-03-04T05:60',
    '2026-03-04T05:06:61',
    '2026-03-04T05',
    '2026-03-04T05:06:07+25:00',
    '2026-03-04T05:06:07 GMT',
    '20260304',
    '202602300506+0000',
    '1767225600',
    '04/03/2026',
    '2026-03-04T05:06:07Z; drop',
  ])('%j is none', (text) => {
    expect(read(text)).toBeNull();
  });

  it('is the one that goes out, for every date', () => {
    const dates = fc.date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(dates, (date) => {
        expect(readIsoDate(date.toISOString())?.getTime()).toBe(date.getTime());
        expect(read(date.toISOString().replace('T', ' ').replace('Z', ''))).toBe(date.toISOString());
      }),
      { seed: 20_260_104, numRuns: 200 },
    );
  });

  it('is a date or null for any text, at once', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (text) => {
        const date = readIsoDate(text);
        expect(date === null || !Number.isNaN(date.getTime())).toBe(true);
      }),
      { seed: 20_260_105, numRuns: 300 },
    );
    const began = performance.now();
    for (const tail of ['.' + '9'.repeat(500_000), ' '.repeat(500_000), '+'.repeat(500_000)])
      expect(readIsoDate(`2026-03-04T05:06:07${tail}x`)).toBeNull();
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});
