import { BadParametersError } from '../errors/app-error.js';
import { readTokenExpiry } from './token-expiry.js';

const now = new Date('2026-01-31T10:00:30.500Z');
const read = (text: string): string => readTokenExpiry(text, now).toISOString();

describe('readTokenExpiry', () => {
  it.each([
    ['2026-02-01 12:30', '2026-02-01T12:30:00.000Z'],
    ['+10h', '2026-01-31T20:00:00.000Z'],
    ['+2h +30min', '2026-01-31T12:30:00.000Z'],
    ['+2h+30min', '2026-01-31T12:30:00.000Z'],
    ['+ 1 day', '2026-02-01T10:00:00.000Z'],
    ['+2 weeks', '2026-02-14T10:00:00.000Z'],
    ['+1mo', '2026-02-28T10:00:00.000Z'],
    ['+3 months', '2026-04-30T10:00:00.000Z'],
    ['+1Y', '2027-01-31T10:00:00.000Z'],
  ])('reads %s', (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  it.each(['', 'tomorrow', '+1h30min', '+10', '+1 fortnight', '2026-02-30 10:00', '2026-02-01', '+999999999y', '10h'])(
    'refuses "%s"',
    (text) => {
      expect(() => read(text)).toThrow(BadParametersError);
    },
  );

  it('refuses the past, and what the cut to the minute puts there', () => {
    expect(() => read('2026-01-31 10:00')).toThrow(/past/);
    expect(() => readTokenExpiry('+0min', now)).toThrow(/past/);
  });
});
