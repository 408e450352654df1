import { jest } from '@jest/globals';
import { Passwords } from '../../platform/access/passwords.js';
import { SystemClock } from '../../platform/clock/clock.js';
import { loadConfig } from '../../platform/config/load-config.js';
import { HashingGate } from './hashing-gate.js';
import type { LockPolicies } from './lock-policy.js';
import type { LoginAttempt, LoginRecorder } from './login-recorder.js';
import { LoginService } from './login.service.js';
import { hashPassword } from './password-hash.js';
import { RememberedLogins } from './remembered-logins.js';
import type { PasswordRow, SignInRepository } from './sign-in.repository.js';
import type { TokenKey } from './token-key.js';

const PASSWORD = 'correct Horse 7 battery';
const FROM = '192.0.2.1';

/** Says "opened" when a hash is asked for, and gives it when the test lets it. */
class HeldPasswords {
  readonly asked: (() => void)[] = [];
  constructor(private readonly hashes: ReadonlyMap<number, string>) {}
  openHash(_userId: number, passwordVersion: number): Promise<string> {
    return new Promise((resolve) =>
      this.asked.push(() => resolve(this.hashes.get(passwordVersion) ?? 'no such version')),
    );
  }
}

const rowOf = (changes: Partial<PasswordRow> = {}): PasswordRow =>
  ({
    user_id: 7,
    username: 'ada',
    role_id: 1,
    is_active: true,
    is_known_address: false,
    failures: null,
    last_failed_at: null,
    own_failures: null,
    own_last_failed_at: null,
    address_failures: null,
    address_window_started_at: null,
    password_sealed: Buffer.alloc(1),
    password_version: 1,
    ...changes,
  }) as PasswordRow;

let passwords: HeldPasswords;
let attempts: LoginAttempt[];
let reserve: ReturnType<typeof jest.fn<() => Promise<number>>>;
let logins: LoginService;

beforeAll(async () => {
  hashes = new Map([
    [1, await hashPassword(PASSWORD)],
    [2, await hashPassword('another Password 8 now')],
  ]);
});
let hashes: ReadonlyMap<number, string>;

beforeEach(() => {
  const clock = new SystemClock();
  const config = loadConfig({ env: {}, overrides: { dataDir: '/nowhere' } });
  passwords = new HeldPasswords(hashes);
  attempts = [];
  reserve = jest.fn(() => Promise.resolve(1));
  logins = new LoginService(
    { reserveFailure: reserve } as unknown as SignInRepository,
    passwords as unknown as Passwords,
    new HashingGate(config),
    new RememberedLogins(clock),
    { record: (attempt: LoginAttempt) => Promise.resolve(void attempts.push(attempt)) } as unknown as LoginRecorder,
    { current: () => ({ failuresBeforeLock: 4, lockPeriodMinutes: 15 }) } as LockPolicies,
    clock,
    config,
    {} as TokenKey,
  );
});

const verify = (row: PasswordRow, password = PASSWORD): Promise<boolean> =>
  logins.verify(row, { username: 'Ada', password }, FROM, 'request');

/** Lets every hash go that was asked for so far. */
async function release(count: number): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (passwords.asked.length < count && Date.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
  for (const give of passwords.asked) give();
}

describe('equal logins at the same time', () => {
  it('share one verification and one reservation', async () => {
    const all = Promise.all(Array.from({ length: 20 }, () => verify(rowOf())));
    await release(1);
    expect(await all).toEqual(Array(20).fill(true));
    expect(reserve).toHaveBeenCalledTimes(1);
    expect(attempts.map(({ result, count }) => [result, count])).toEqual([['success', 20]]);
  });

  it('are each counted when they are wrong', async () => {
    const all = Promise.all(Array.from({ length: 20 }, () => verify(rowOf(), 'wrong')));
    await release(1);
    expect(await all).toEqual(Array(20).fill(false));
    expect(attempts.map(({ result, count }) => [result, count])).toEqual([['wrong', 20]]);
  });

  it('are not equal when the password was changed in between: the old one is wrong at once', async () => {
    const before = verify(rowOf());
    const after = verify(rowOf({ password_version: 2 }));
    await release(2);
    expect([await before, await after]).toEqual([true, false]);
    expect(attempts.map(({ result }) => result).toSorted()).toEqual(['success', 'wrong']);
  });
});

describe('a remembered login', () => {
  it('asks and writes nothing, as long as nothing has changed', async () => {
    const first = verify(rowOf());
    await release(1);
    expect(await first).toBe(true);
    expect(await verify(rowOf())).toBe(true);
    expect([passwords.asked.length, attempts.length]).toEqual([1, 1]);
    for (const changes of [{ password_version: 2 }, { role_id: 2 }, { is_active: false }, { user_id: 8 }]) {
      const again = verify(rowOf(changes));
      await release(2);
      await again;
      passwords.asked.length = 1;
    }
    expect(attempts).toHaveLength(5);
  });

  it('is no way around a lock', async () => {
    const first = verify(rowOf());
    await release(1);
    await first;
    reserve.mockImplementation(() => Promise.resolve(6));
    const locked = verify(rowOf({ failures: 5, last_failed_at: new Date().toISOString() }));
    await release(2);
    expect(await locked).toBe(false);
    expect(attempts.at(-1)?.result).toBe('locked');
  });
});

describe('an address that used up its failures', () => {
  const spent = { address_failures: 300, address_window_started_at: new Date().toISOString() };

  it('is told to wait before anything is hashed or counted', async () => {
    await expect(verify(rowOf(spent))).rejects.toMatchObject({
      status: 429,
      headers: { 'retry-after': expect.stringMatching(/^\d{3}$/) },
    });
    expect([passwords.asked.length, reserve.mock.calls.length]).toEqual([0, 0]);
  });

  it('goes on where the login is remembered, and when the window has passed', async () => {
    const first = verify(rowOf());
    await release(1);
    await first;
    expect(await verify(rowOf(spent))).toBe(true);
    const old = { ...spent, address_window_started_at: new Date(Date.now() - 16 * 60_000).toISOString() };
    const again = verify(rowOf(old), 'wrong');
    await release(2);
    expect(await again).toBe(false);
  });
});
