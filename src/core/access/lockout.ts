/** When password logins are refused (rest-api §1.4, security-design §2). */
export interface LockPolicy {
  /** More failures than this lock the account: 4 locks at the fifth. */
  readonly failuresBeforeLock: number;
  /** How long after the last failure, in minutes; -1: nobody is ever locked. */
  readonly lockPeriodMinutes: number;
}

export interface FailureCount {
  readonly failures: number;
  readonly lastFailedAt: Date;
}

export function isLocked(policy: LockPolicy, count: FailureCount | null, now: Date): boolean {
  if (policy.lockPeriodMinutes < 0 || count === null) return false;
  return (
    count.failures > policy.failuresBeforeLock &&
    count.lastFailedAt.getTime() + policy.lockPeriodMinutes * 60_000 > now.getTime()
  );
}

/**
 * May an attempt that was just counted still succeed? The count includes the attempt itself, so the account was locked
 * before it when one less is over the limit.
 */
export function mayAttempt(policy: LockPolicy, failuresWithThisOne: number): boolean {
  return policy.lockPeriodMinutes < 0 || failuresWithThisOne - 1 <= policy.failuresBeforeLock;
}
