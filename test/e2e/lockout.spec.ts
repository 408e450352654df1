import { MEMBER_PASSWORD } from '../support/world.js';
import { createTestApp, unique, type TestApp } from '../support/app.js';
import type { Answer } from '../support/client.js';
import { expectCodeless, expectError } from '../support/expect-error.js';
import { allRows } from '../support/superuser.js';

/* Passwords, failures and locks (rest-api §1.4, security-design §2). */

const HOME = '10.1.1.1';
const MINUTE_MS = 60_000;

let test: TestApp;
beforeAll(async () => {
  test = await createTestApp({ config: { addressFailureBudget: 100_000 } });
});
afterAll(() => test?.close());

/** An address that nobody has come from. */
let addresses = 0;
const freshAddress = (): string => `192.0.2.${(addresses += 1)}`;

function login(username: string, password: string, address: string, on = test): Promise<Answer> {
  return on.stranger.as({ basic: { username, password }, address }).get('/user');
}

/** What is counted against the name, by where it came from: `*` is everywhere that is not known. */
async function failuresOf(username: string, on = test): Promise<Record<string, number>> {
  const rows = await allRows<{ source: string; failures: number }>(
    on.database,
    'SELECT source, failures FROM login_failure WHERE username_key = $1',
    [username.toLowerCase()],
  );
  return Object.fromEntries(rows.map(({ source, failures }) => [source, failures]));
}

async function newUser(on = test): Promise<string> {
  const username = unique('lock');
  const answer = await on.admin.put('/users', { username, password: MEMBER_PASSWORD });
  expectStatus(answer, 201);
  return username;
}

function expectStatus(answer: Answer, status: number): void {
  if (answer.status !== status) throw new Error(`Expected ${status}, got ${answer.status}: ${answer.text}`);
}

async function millisecondsOf(username: string): Promise<number> {
  const address = freshAddress();
  const started = process.hrtime.bigint();
  expectStatus(await login(username, unique('wrong'), address), 401);
  return Number(process.hrtime.bigint() - started) / 1e6;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Five wrong ones, one after the other. */
async function lock(username: string, address = freshAddress()): Promise<void> {
  for (let guess = 1; guess <= 5; guess += 1) expectStatus(await login(username, `wrong guess ${guess}`, address), 401);
}

describe('a locked account', () => {
  it('takes its right password like a wrong one, in the same words', async () => {
    const username = await newUser();
    const address = freshAddress();
    const wrong = await login(username, 'wrong from the start', address);
    expectError(wrong, 401, 'unauthorized_error');
    for (let guess = 2; guess <= 5; guess += 1) await login(username, `wrong guess ${guess}`, address);
    const right = await login(username, MEMBER_PASSWORD, address);
    const stillWrong = await login(username, 'wrong again', address);
    const nobody = await login(unique('nobody'), MEMBER_PASSWORD, address);
    const inactive = await newUser();
    await test.admin.post(`/users/active/${inactive}`, { action: 'deactivate' });
    const off = await login(inactive, MEMBER_PASSWORD, freshAddress());
    for (const answer of [right, stillWrong, nobody, off])
      expect([answer.status, answer.body, answer.headers['www-authenticate']]).toEqual([401, wrong.body, undefined]);
    expect((await test.admin.get(`/users/${username}`)).body.is_locked).toBe(true);
  });

  it('is not locked by four failures, and a right password in between forgives them', async () => {
    const username = await newUser();
    const address = freshAddress();
    for (let guess = 1; guess <= 4; guess += 1) await login(username, `wrong guess ${guess}`, address);
    expect(await failuresOf(username)).toEqual({ '*': 4 });
    expect((await test.admin.get(`/users/${username}`)).body.is_locked).toBe(false);
    expect((await login(username, MEMBER_PASSWORD, address)).status).toBe(200);
    expect(await failuresOf(username)).toEqual({});
  });

  it('is counted by its name in any casing and form', async () => {
    const username = await newUser();
    const address = freshAddress();
    for (const form of [username.toUpperCase(), username, username.replace('l', 'L'), username, username.toUpperCase()])
      await login(form, `wrong for ${form} ${unique('x')}`, address);
    expect(await failuresOf(username)).toEqual({ '*': 5 });
    expect((await login(username, MEMBER_PASSWORD, address)).status).toBe(401);
  });

  it('does not stop tokens, nor a password change by the one who holds them', async () => {
    const { username, client } = await test.world.user();
    await lock(username);
    expect((await client.get('/user')).body).toMatchObject({ username, is_locked: true });
    expect((await client.post('/tokens', {})).status).toBe(200);
  });

  it('opens by itself when the period is over, and an old count does not lock again at once', async () => {
    const username = await newUser();
    const address = freshAddress();
    await lock(username, address);
    test.clock.advance(15 * MINUTE_MS - 5_000);
    // Refused, and counted: the period runs from the last failure.
    expect((await login(username, MEMBER_PASSWORD, address)).status).toBe(401);
    test.clock.advance(10_000);
    expect((await login(username, MEMBER_PASSWORD, address)).status).toBe(401);
    test.clock.advance(15 * MINUTE_MS + 1_000);
    expect((await test.admin.get(`/users/${username}`)).body.is_locked).toBe(false);
    expect((await login(username, 'wrong once more', address)).status).toBe(401);
    expect(await failuresOf(username)).toEqual({ '*': 1 });
    expect((await login(username, MEMBER_PASSWORD, address)).status).toBe(200);
  });

  it('opens when an administrator unlocks it; one that is not locked is a conflict', async () => {
    const username = await newUser();
    const address = freshAddress();
    expectError(await test.admin.post(`/users/unlock/${username}`), 409, 'conflict_error');
    await lock(username, address);
    expect((await test.admin.post(`/users/unlock/${username}`)).status).toBe(200);
    expect((await login(username, MEMBER_PASSWORD, address)).status).toBe(200);
  });

  it('is locked for strangers alone: from where it signed in before, its owner gets in while they guess', async () => {
    const username = await newUser();
    expect((await login(username, MEMBER_PASSWORD, HOME)).status).toBe(200);
    await lock(username);
    expect((await test.admin.get(`/users/${username}`)).body.is_locked).toBe(true);
    expect((await login(username, MEMBER_PASSWORD, freshAddress())).status).toBe(401);
    expect((await login(username, MEMBER_PASSWORD, HOME)).status).toBe(200);
    // Neither the remembered password nor a new check lets strangers in, or forgives what they did.
    test.clock.advance(2 * MINUTE_MS);
    expect((await login(username, MEMBER_PASSWORD, HOME)).status).toBe(200);
    expect((await login(username, MEMBER_PASSWORD, freshAddress())).status).toBe(401);
    expect((await failuresOf(username))['*']).toBeGreaterThanOrEqual(5);
  });

  it('is locked at home too when the guesses come from there, and can be unlocked', async () => {
    const username = await newUser();
    expect((await login(username, MEMBER_PASSWORD, HOME)).status).toBe(200);
    await lock(username, HOME);
    expect(await failuresOf(username)).toEqual({ [HOME]: 5 });
    expect((await login(username, MEMBER_PASSWORD, HOME)).status).toBe(401);
    expect((await test.admin.post(`/users/unlock/${username}`)).status).toBe(200);
    expect((await login(username, MEMBER_PASSWORD, HOME)).status).toBe(200);
  });

  it('knows an address for thirty days', async () => {
    const username = await newUser();
    expect((await login(username, MEMBER_PASSWORD, HOME)).status).toBe(200);
    test.clock.advance(31 * 24 * 60 * MINUTE_MS);
    await lock(username);
    expect((await login(username, MEMBER_PASSWORD, HOME)).status).toBe(401);
  });

  it('does not exist with a period of -1', async () => {
    const username = await newUser();
    expectStatus(await test.admin.put('/config/account_lock_period', { value: -1 }), 200);
    try {
      const address = freshAddress();
      await lock(username, address);
      await lock(username, address);
      expect((await login(username, MEMBER_PASSWORD, address)).status).toBe(200);
    } finally {
      expectStatus(await test.admin.put('/config/account_lock_period', { value: 15 }), 200);
    }
  });
});

describe('parallel attempts', () => {
  it('are all counted: 50 different wrong passwords', async () => {
    const username = await newUser();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, guess) => login(username, `wrong guess ${guess}`, freshAddress())),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    expect(await failuresOf(username)).toEqual({ '*': 50 });
  });

  it('are all counted: 50 times the same wrong password', async () => {
    const username = await newUser();
    const address = freshAddress();
    await Promise.all(Array.from({ length: 50 }, () => login(username, 'always the same guess', address)));
    expect(await failuresOf(username)).toEqual({ '*': 50 });
  });

  it('are all counted when they do not come at the same moment, but while an equal one is under way', async () => {
    const username = await newUser();
    const address = freshAddress();
    const guesses: Promise<Answer>[] = [];
    const first = login(username, 'one guess, again and again', address);
    const state = { isOver: false };
    void first.then(() => (state.isOver = true));
    while (!state.isOver && guesses.length < 400) {
      guesses.push(login(username, 'one guess, again and again', address));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all([first, ...guesses]);
    expect(await failuresOf(username)).toEqual({ '*': guesses.length + 1 });
  });

  it('with the right password never lock, and all get in', async () => {
    const username = await newUser();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => login(username, MEMBER_PASSWORD, freshAddress())),
    );
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(await failuresOf(username)).toEqual({});
  });

  it('against many names at once are counted for each; names without an account are not kept as they were typed', async () => {
    const [known, unknown] = [
      [await newUser(), await newUser()],
      [unique('nobody'), unique('nobody')],
    ];
    await Promise.all(
      [...known, ...unknown].flatMap((name) =>
        Array.from({ length: 7 }, (_, guess) => login(name, `guess ${guess}`, freshAddress())),
      ),
    );
    for (const name of known) expect([name, await failuresOf(name)]).toEqual([name, { '*': 7 }]);
    for (const name of unknown) expect([name, await failuresOf(name)]).toEqual([name, {}]);
    const counted = await allRows(
      test.database,
      `SELECT 1 FROM login_failure WHERE username_key LIKE '#%' AND source = '*' AND failures = 7`,
    );
    expect(counted).toHaveLength(2);
  });
});

describe('an address', () => {
  let small: TestApp;
  beforeAll(async () => {
    small = await createTestApp({
      config: { addressFailureBudget: 6, passwordHashers: 2, trustedProxies: ['10.9.9.9'] },
    });
  });
  afterAll(() => small?.close());

  it('that used up its failures is told when to come back, right password or wrong; its tokens go on', async () => {
    const username = await newUser(small);
    const address = '198.51.100.1';
    for (let guess = 1; guess <= 6; guess += 1) expectStatus(await login(unique('any'), 'x', address, small), 401);
    const spent = await login(username, MEMBER_PASSWORD, address, small);
    expectCodeless(spent, 429);
    const seconds = Number(spent.headers['retry-after']);
    expect(seconds).toBeGreaterThan(14 * 60);
    expect(seconds).toBeLessThanOrEqual(15 * 60);
    expect((await login(username, MEMBER_PASSWORD, '198.51.100.2', small)).status).toBe(200);
    expect((await small.admin.as({ address }).get('/user')).status).toBe(200);
    small.clock.advance((seconds + 1) * 1_000);
    expect((await login(username, 'wrong', address, small)).status).toBe(401);
  });

  it('is the connection’s: what the request says of others counts from a trusted proxy alone', async () => {
    const username = await newUser(small);
    const guess = (address: string, forwarded: string): Promise<Answer> =>
      small.stranger.as({ basic: { username: unique('any'), password: 'x' }, address }).get('/user', {
        headers: { 'x-forwarded-for': forwarded, 'x-real-ip': forwarded, forwarded: `for=${forwarded}` },
      });
    for (let count = 1; count <= 6; count += 1) expectStatus(await guess('198.51.100.7', `203.0.113.${count}`), 401);
    expect((await guess('198.51.100.7', '203.0.113.77')).status).toBe(429);

    // Nor does naming the owner's address unlock the account for a stranger.
    expect((await login(username, MEMBER_PASSWORD, HOME, small)).status).toBe(200);
    for (let count = 1; count <= 5; count += 1) await login(username, `wrong ${count}`, '198.51.100.8', small);
    const claimed = small.stranger.as({ basic: { username, password: MEMBER_PASSWORD }, address: '198.51.100.9' });
    expect((await claimed.get('/user', { headers: { 'x-forwarded-for': HOME } })).status).toBe(401);
    const proxied = claimed.as({ address: '10.9.9.9' });
    expect((await proxied.get('/user', { headers: { 'x-forwarded-for': `1.2.3.4, ${HOME}` } })).status).toBe(200);
    expect((await proxied.get('/user', { headers: { 'x-forwarded-for': `${HOME}, 1.2.3.4` } })).status).toBe(401);
  });

  it('waits its turn: when the queue for hashing is full, further passwords are told to come back', async () => {
    const before = small.log.lines.length;
    const answers = await Promise.all(
      Array.from({ length: 140 }, (_, index) => login(unique('queue'), 'x', `203.0.113.${index}`, small)),
    );
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    for (const answer of refused) {
      expectCodeless(answer, 429);
      expect(answer.headers['retry-after']).toBe('5');
    }
    expect(answers.filter(({ status }) => status !== 429 && status !== 401)).toEqual([]);
    expect(small.log.lines.slice(before).join('')).not.toContain('"level":"error"');
  });
});

describe('time', () => {
  const PAIRS = 40;
  const TOLERANCE_MS = 5;

  /** Alternating, so that what else the machine does meets both kinds alike; noise alone does not fail every time. */
  async function difference(known: string): Promise<number> {
    let smallest = Number.POSITIVE_INFINITY;
    for (let round = 1; round <= 5 && smallest >= TOLERANCE_MS; round += 1) {
      const [ofKnown, ofUnknown]: [number[], number[]] = [[], []];
      for (let pair = 0; pair < PAIRS; pair += 1) {
        if (pair % 2 === 0) ofKnown.push(await millisecondsOf(known));
        ofUnknown.push(await millisecondsOf(unique('nobody')));
        if (pair % 2 === 1) ofKnown.push(await millisecondsOf(known));
      }
      smallest = Math.min(smallest, Math.abs(median(ofKnown) - median(ofUnknown)));
    }
    return smallest;
  }

  it('does not tell whether a name exists, nor whether it is locked', async () => {
    const known = await newUser();
    expectStatus(await test.admin.put('/config/failed_logins_before_account_lock', { value: 1_000_000 }), 200);
    expect(await difference(known)).toBeLessThan(TOLERANCE_MS);
    expectStatus(await test.admin.put('/config/failed_logins_before_account_lock', { value: 4 }), 200);
    expect((await test.admin.get(`/users/${known}`)).body.is_locked).toBe(true);
    expect(await difference(known)).toBeLessThan(TOLERANCE_MS);
  }, 180_000);
});
