import { Injectable } from '@nestjs/common';
import { createHash, createHmac } from 'node:crypto';
import type { BasicCredentials } from '../../core/access/basic-credentials.js';
import { isLocked, mayAttempt } from '../../core/access/lockout.js';
import { CodelessError } from '../../core/errors/app-error.js';
import { canonicalName } from '../../core/text/canonical-name.js';
import { Passwords } from '../../platform/access/passwords.js';
import { Clock } from '../../platform/clock/clock.js';
import { AppConfig } from '../../platform/config/config.js';
import { HashingGate } from './hashing-gate.js';
import { ADDRESS_WINDOW_MS, LockPolicies } from './lock-policy.js';
import { LoginRecorder, type LoginAttempt } from './login-recorder.js';
import { isOutdated, verifyPassword } from './password-hash.js';
import { RememberedLogins } from './remembered-logins.js';
import { SignInRepository, type PasswordRow } from './sign-in.repository.js';
import { TokenKey } from './token-key.js';

/** Addresses from which an account logged in this lately have a failure count of their own. */
const KNOWN_ADDRESS_MS = 30 * 86_400_000;
const MAX_NAME_LENGTH = 256;

/**
 * The hash that is verified for unknown, inactive and locked names, so that time tells nothing. It is of today's form
 * and belongs to no password.
 */
const DUMMY_HASH = `$argon2id$v=19$m=47104,t=1,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`;

interface SharedVerification {
  readonly result: Promise<boolean>;
  sharers: number;
}

/** Checks passwords of local accounts, counts failures and locks (security-design §2). */
@Injectable()
export class LoginService {
  private readonly underWay = new Map<string, SharedVerification>();

  constructor(
    private readonly repository: SignInRepository,
    private readonly passwords: Passwords,
    private readonly gate: HashingGate,
    private readonly remembered: RememberedLogins,
    private readonly recorder: LoginRecorder,
    private readonly policies: LockPolicies,
    private readonly clock: Clock,
    private readonly config: AppConfig,
    private readonly key: TokenKey,
  ) {}

  /** What is stored of the name, with the counts that concern this address; one statement. */
  look(credentials: BasicCredentials, address: string): Promise<PasswordRow> {
    return this.repository.byName(
      failureKey(credentials.username),
      address,
      new Date(this.clock.now().getTime() - KNOWN_ADDRESS_MS),
    );
  }

  /**
   * Is it the password? Every wrong, unknown, inactive or locked attempt costs one verification, is counted, and is
   * recorded in the audit log; a remembered right one writes nothing, but looks at the lock.
   * @throws CodelessError 429 when this address used up its failures, or too many logins are under way
   */
  async verify(row: PasswordRow, credentials: BasicCredentials, address: string, requestId: string): Promise<boolean> {
    const handle = this.remembered.handle(row.user_id ?? -1, authVersion(row), credentials.password);
    if (row.user_id !== null && this.remembered.has(handle) && !this.lockedNow(row)) return true;
    this.assertWithinBudget(row);

    const source = row.is_known_address ? address : '*';
    // The account as this request found it is part of it: an answer from before a change is none after it.
    const sharing = [authVersion(row), failureKey(credentials.username), source].join('\n');
    const key = this.remembered.handle(row.user_id ?? -2, `shared\n${sharing}`, credentials.password);
    const shared = this.underWay.get(key);
    if (shared) {
      shared.sharers += 1;
      return shared.result;
    }
    const mine: SharedVerification = {
      sharers: 1,
      result: this.attempt(row, credentials, { address, source, requestId }, () => {
        // Counted from here on: whoever comes now has a verification, and a count, of their own.
        this.underWay.delete(key);
        return mine.sharers;
      }).finally(() => {
        if (this.underWay.get(key) === mine) this.underWay.delete(key);
      }),
    };
    this.underWay.set(key, mine);
    const isRight = await mine.result;
    if (isRight) this.remembered.add(handle);
    return isRight;
  }

  private async attempt(
    row: PasswordRow,
    credentials: BasicCredentials,
    from: { readonly address: string; readonly source: string; readonly requestId: string },
    closeSharing: () => number,
  ): Promise<boolean> {
    const usernameKey = this.countedKey(row, credentials.username);
    const outcome = await this.gate.run(() => this.check(row, credentials.password, usernameKey, from.source));
    const attempt: LoginAttempt = {
      row,
      usernameKey,
      username: credentials.username,
      ...from,
      count: closeSharing(),
      result: outcome.result,
    };
    await this.recorder.record(attempt);
    if (outcome.result === 'success' && row.user_id !== null && outcome.isOutdated) {
      const sealed = await this.passwords.hash(row.user_id, row.password_version + 1, credentials.password);
      await this.recorder.upgradeHash(row.user_id, row.password_version, sealed);
    }
    return outcome.result === 'success';
  }

  /** Reserves the failure first: whatever happens to this process, the guess is counted. */
  private async check(
    row: PasswordRow,
    password: string,
    usernameKey: string,
    source: string,
  ): Promise<{ readonly result: LoginAttempt['result']; readonly isOutdated: boolean }> {
    const policy = this.policies.current();
    const now = this.clock.now();
    const lockedSince = new Date(now.getTime() - Math.max(policy.lockPeriodMinutes, 0) * 60_000);
    const failures = await this.repository.reserveFailure(
      usernameKey,
      source,
      now,
      policy.failuresBeforeLock,
      lockedSince,
    );
    const stored =
      row.user_id !== null && row.password_sealed !== null
        ? await this.passwords.openHash(row.user_id, row.password_version, row.password_sealed)
        : null;

    const isAllowed = mayAttempt(policy, failures);
    const usable = stored !== null && row.is_active && isAllowed;
    const isRight = await verifyPassword(usable ? stored : DUMMY_HASH, password);
    if (usable && isRight) return { result: 'success', isOutdated: isOutdated(stored) };
    return {
      result: !isAllowed ? 'locked' : stored === null ? 'unknown' : !row.is_active ? 'inactive' : 'wrong',
      isOutdated: false,
    };
  }

  /**
   * The key that the failures of this name are stored under. Somebody who types a password into the name field should not
   * find it in the database: names that no account has are kept as a keyed hash.
   */
  private countedKey(row: PasswordRow, username: string): string {
    const key = failureKey(username);
    if (row.user_id !== null) return key;
    return `#${createHmac('sha256', this.key.current).update(`name without account\n${key}`).digest('base64')}`;
  }

  private lockedNow(row: PasswordRow): boolean {
    const [failures, at] = row.is_known_address
      ? [row.own_failures, row.own_last_failed_at]
      : [row.failures, row.last_failed_at];
    return isLocked(
      this.policies.current(),
      failures === null || at === null ? null : { failures, lastFailedAt: new Date(at) },
      this.clock.now(),
    );
  }

  private assertWithinBudget(row: PasswordRow): void {
    if (row.address_failures === null || row.address_window_started_at === null) return;
    const left = new Date(row.address_window_started_at).getTime() + ADDRESS_WINDOW_MS - this.clock.now().getTime();
    if (left > 0 && row.address_failures >= this.config.addressFailureBudget) {
      throw new CodelessError(429, 'Too many failed logins from this address', {
        'retry-after': String(Math.ceil(left / 1000)),
      });
    }
  }
}

/** The name in the form that accounts are looked up by. Names longer than any account's are folded. */
function failureKey(username: string): string {
  const key = canonicalName(username);
  return key.length <= MAX_NAME_LENGTH ? key : `#${createHash('sha256').update(key).digest('base64')}`;
}

function authVersion(row: PasswordRow): string {
  return `${row.password_version}:${row.is_active}:${row.role_id}`;
}
