import { isLocked, mayAttempt, type LockPolicy } from './lockout.js';

const POLICY: LockPolicy = { failuresBeforeLock: 4, lockPeriodMinutes: 15 };
const NOW = new Date('2026-01-01T12:00:00Z');
const minutesAgo = (minutes: number): Date => new Date(NOW.getTime() - minutes * 60_000);

describe('a lock', () => {
  it('begins with the failure after the allowed ones, and lasts as long as the setting says', () => {
    expect(isLocked(POLICY, null, NOW)).toBe(false);
    expect(isLocked(POLICY, { failures: 4, lastFailedAt: NOW }, NOW)).toBe(false);
    expect(isLocked(POLICY, { failures: 5, lastFailedAt: NOW }, NOW)).toBe(true);
    expect(isLocked(POLICY, { failures: 5, lastFailedAt: minutesAgo(14.999) }, NOW)).toBe(true);
    expect(isLocked(POLICY, { failures: 5000, lastFailedAt: minutesAgo(15) }, NOW)).toBe(false);
  });

  it('never comes with -1, and never lasts with 0', () => {
    const count = { failures: 1000, lastFailedAt: NOW };
    expect(isLocked({ ...POLICY, lockPeriodMinutes: -1 }, count, NOW)).toBe(false);
    expect(isLocked({ ...POLICY, lockPeriodMinutes: 0 }, count, NOW)).toBe(false);
    expect(mayAttempt({ ...POLICY, lockPeriodMinutes: -1 }, 1000)).toBe(true);
  });

  it('lets the attempt through that is counted first beyond the limit, and none after it', () => {
    expect([1, 4, 5, 6, 7].map((count) => mayAttempt(POLICY, count))).toEqual([true, true, true, false, false]);
  });

  it('comes with the first failure where none is allowed', () => {
    const strict = { ...POLICY, failuresBeforeLock: 0 };
    expect(mayAttempt(strict, 1)).toBe(true);
    expect(mayAttempt(strict, 2)).toBe(false);
    expect(isLocked(strict, { failures: 1, lastFailedAt: NOW }, NOW)).toBe(true);
  });
});
