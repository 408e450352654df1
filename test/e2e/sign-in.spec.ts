import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { routeRules } from '../../src/bootstrap/route-rules.js';
import { Passwords } from '../../src/platform/access/passwords.js';
import { ADMIN_PASSWORD, createTestApp, signedIn, unique, type TestApp } from '../support/app.js';
import { uploadForm } from '../support/blueprints.js';
import type { Answer, Client, RequestOptions } from '../support/client.js';
import { expectCodeless, expectError, expectStatus } from '../support/expect-error.js';
import { allRows } from '../support/superuser.js';
import { MEMBER_PASSWORD } from '../support/world.js';

/* Who gets in, by password above all, and what every answer has in common (rest-api §1.1 to §1.4, §1.6). */

const WIRE_DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let test: TestApp;
let admin: Client;
beforeAll(async () => {
  test = await createTestApp({ config: { addressFailureBudget: 100_000 } });
  admin = test.admin;
});
afterAll(() => test?.close());

const byPassword = (username: string, password = MEMBER_PASSWORD): Client =>
  test.stranger.as({ basic: { username, password } });
const withHeader = (authorization: string): Promise<Answer> =>
  test.stranger.get('/user', { headers: { authorization } });
const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64');

async function newUser(changes: Record<string, unknown> = {}): Promise<string> {
  const username = unique('person');
  expectStatus(await admin.put('/users', { username, password: MEMBER_PASSWORD, ...changes }), 201);
  return username;
}
const storedHash = async (username: string): Promise<string> => {
  const [row] = await allRows<{ id: number; password_sealed: Buffer; password_version: number }>(
    test.database,
    'SELECT id, password_sealed, password_version FROM user_account WHERE username = $1',
    [username],
  );
  if (!row) throw new Error(`No user ${username}`);
  return test.app.get(Passwords, { strict: false }).openHash(row.id, row.password_version, row.password_sealed);
};

const accepting = (value: string): RequestOptions => ({ headers: { 'accept-encoding': value } });
/** Base64 as the original writes it in its hashes. */
const adapted = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '').replaceAll('+', '.');

describe('signing in', () => {
  it('answers the caller, by password and by token, without a tenant', async () => {
    const byPlainPassword = await byPassword('admin', ADMIN_PASSWORD).get('/user');
    expect(byPlainPassword.status).toBe(200);
    expect(byPlainPassword.body).toMatchObject({
      username: 'admin',
      role: 'sys_admin',
      group_system_roles: {},
      tenants: 1,
    });
    const byToken = await (await signedIn(test.stranger, 'ADMIN', ADMIN_PASSWORD)).get('/user');
    expect(byToken.body).toMatchObject({ username: 'admin' });
  });

  it('takes names in any casing, and answers with the name as it was made', async () => {
    const username = await newUser();
    for (const typed of [username.toUpperCase(), username.replace('p', 'P'), username])
      expect((await byPassword(typed).get('/user')).body.username).toBe(username);
  });

  it.each([
    ['a colon', 'half : of a pass:word'],
    ['letters of other alphabets', 'грустный Ёжик 猫 77'],
    ['blanks at both ends', '  a padded Password 5  '],
    ['256 characters', 'ab7 Xq-0z'.repeat(29).slice(0, 255) + '!'],
  ])('takes a password with %s', async (_what, password) => {
    const username = await newUser({ password });
    expect((await byPassword(username, password).get('/user')).status).toBe(200);
    expectError(await byPassword(username, `${password}x`).get('/user'), 401, 'unauthorized_error');
    expectError(await byPassword(username, password.slice(0, -1)).get('/user'), 401, 'unauthorized_error');
  });

  it('takes a password in any of its Unicode forms, for the same', async () => {
    const composed = 'Schöne Grüße ﬁnale 8';
    const username = await newUser({ password: composed });
    for (const form of ['NFC', 'NFD', 'NFKC', 'NFKD'] as const)
      expect((await byPassword(username, composed.normalize(form)).get('/user')).status).toBe(200);
    expect((await byPassword(username, 'Schone Grusse finale 8').get('/user')).status).toBe(401);
  });

  it('reads the scheme in any casing, and blanks around the credentials', async () => {
    const username = await newUser();
    const credentials = base64(`${username}:${MEMBER_PASSWORD}`);
    for (const header of [`Basic ${credentials}`, `basic ${credentials}`, `BASIC   ${credentials} `])
      expect((await withHeader(header)).status).toBe(200);
  });

  it('notes the first login once and the last one each time', async () => {
    const username = await newUser();
    const seen = async (): Promise<{ first_login_at: string; last_login_at: string }> =>
      (await admin.get(`/users/${username}`)).body;
    expect(await seen()).toMatchObject({ first_login_at: null, last_login_at: null });
    await byPassword(username).get('/user');
    const first = await seen();
    expect(first.first_login_at).toMatch(WIRE_DATE);
    expect(first.last_login_at).toBe(first.first_login_at);
    test.clock.advance(61_000); // a right password is remembered for a minute
    await byPassword(username).get('/user');
    const second = await seen();
    expect(second.first_login_at).toBe(first.first_login_at);
    expect(new Date(second.last_login_at).getTime()).toBeGreaterThan(new Date(first.last_login_at).getTime() + 60_000);
  });
});

describe('a refusal', () => {
  it('has one text whatever is wrong with the credentials, and asks nobody for others', async () => {
    const username = await newUser();
    const inactive = await newUser();
    expectStatus(await admin.post(`/users/active/${inactive}`, { action: 'deactivate' }), 200);
    const answers = [
      await test.stranger.get('/user'),
      await byPassword(username, 'a wrong password').get('/user'),
      await byPassword(username, '').get('/user'),
      await byPassword(unique('nobody')).get('/user'),
      await byPassword(inactive).get('/user'),
      await byPassword('', MEMBER_PASSWORD).get('/user'),
      await byPassword('7up').get('/user'),
      await byPassword(` ${username}`).get('/user'),
      await byPassword(`${username} `).get('/user'),
      await byPassword(`${username}\0`).get('/user'),
      await byPassword(`${username}${'x'.repeat(300)}`).get('/user'),
      await byPassword('größe').get('/user'),
      await withHeader('Basic'),
      await withHeader('Basic !!!'),
      await withHeader(`Basic ${base64('no colon in here')}`),
      await withHeader(`Basic ${base64(Buffer.from([0x61, 0x3a, 0xff, 0xfe]))}`),
      await withHeader(`Basic ${base64(`${username}:${MEMBER_PASSWORD}`)}=====`),
      await withHeader(`Basic ${base64(`${username}:${'x'.repeat(9_000)}`)}`),
      await withHeader(`Bearer ${base64(`${username}:${MEMBER_PASSWORD}`)}`),
      await withHeader(`Basic ${base64(`${username}:${MEMBER_PASSWORD}`)}, Basic ${base64('a:b')}`),
      await test.stranger.get('/user', { headers: { 'authentication-token': 'x' } }),
      await test.stranger.get('/user', { headers: { 'execution-token': 'x' } }),
    ];
    for (const answer of answers) {
      expectError(answer, 401, 'unauthorized_error');
      expect(answer.body).toEqual(answers[0]?.body);
      expect(answer.body.message).toMatch(/^User unauthorized/);
      expect(answer.headers['www-authenticate']).toBeUndefined();
      expect(answer.headers['set-cookie']).toBeUndefined();
    }
    expect((await byPassword(username).get('/user')).status).toBe(200);
  });

  it('is recorded with a reason, and without the name of somebody who is not there', async () => {
    const typed = unique('maybeapassword');
    const username = await newUser();
    await byPassword(typed, 'whatever it is').get('/user');
    await byPassword(username, 'wrong and wrong').get('/user');
    const { items } = (await admin.get('/audit?kind=all&order_by=created_at&desc=true&size=20')).body;
    const logins = items.filter(({ action }: { action: string }) => action === 'login.basic');
    expect(logins[0]).toMatchObject({
      outcome: 'failure',
      details: { reason: 'wrong' },
      ref_identifier: { username },
      source_address: '127.0.0.1',
    });
    expect(logins[1]).toMatchObject({ outcome: 'failure', details: { reason: 'unknown' } });
    expect(JSON.stringify(items)).not.toContain(typed);
    expect(test.log.lines.join('')).not.toContain(typed);
  });
});

describe('what is felt by the next request', () => {
  it('deactivation, for the password and the token', async () => {
    const username = await newUser();
    const clients = [byPassword(username), await signedIn(test.stranger, username, MEMBER_PASSWORD)];
    for (const client of clients) expect((await client.get('/user')).status).toBe(200);
    expectStatus(await admin.post(`/users/active/${username}`, { action: 'deactivate' }), 200);
    for (const client of clients) expectError(await client.get('/user'), 401, 'unauthorized_error');
    expectStatus(await admin.post(`/users/active/${username}`, { action: 'activate' }), 200);
    for (const client of clients) expect((await client.get('/user')).status).toBe(200);
  });

  it('another password', async () => {
    const username = await newUser();
    expect((await byPassword(username).get('/user')).status).toBe(200);
    expectStatus(await admin.post(`/users/${username}`, { password: 'the Next password 31' }), 200);
    expectError(await byPassword(username).get('/user'), 401, 'unauthorized_error');
    expect((await byPassword(username, 'the Next password 31').get('/user')).status).toBe(200);
  });

  it('another role, a group and a membership', async () => {
    const username = await newUser();
    const tenant = await test.world.tenant();
    const clients = [byPassword(username), await signedIn(test.stranger, username, MEMBER_PASSWORD)];
    const all = async (path: string, status: number, name?: string): Promise<void> => {
      for (const client of clients)
        expect((await client.as(name === undefined ? {} : { tenant: name }).get(path)).status).toBe(status);
    };
    await all('/users', 403);
    expectStatus(await admin.post(`/users/${username}`, { role: 'sys_admin' }), 200);
    await all('/users', 200);
    expectStatus(await admin.post(`/users/${username}`, { role: 'default' }), 200);
    await all('/users', 403);

    const group = await test.world.group('sys_admin');
    expectStatus(await admin.put('/user-groups/users', { username, group_name: group }), 200);
    await all('/users', 200);
    expectStatus(await admin.delete('/user-groups/users', { username, group_name: group }), 204);
    await all('/users', 403);

    await all('/secrets', 403, tenant.name);
    await tenant.add({ username }, 'viewer');
    await all('/secrets', 200, tenant.name);
    expectStatus(await admin.delete('/tenants/users', { tenant_name: tenant.name, username }), 204);
    await all('/secrets', 403, tenant.name);
  });

  it('another matrix', async () => {
    const username = await newUser();
    const clients = [byPassword(username), await signedIn(test.stranger, username, MEMBER_PASSWORD)];
    for (const [change, status] of [
      [() => admin.put('/permissions/default/user_list'), 200],
      [() => admin.delete('/permissions/default/user_list'), 403],
    ] as const) {
      expect((await change()).status).toBeLessThan(300);
      for (const client of clients) expect((await client.get('/users')).status).toBe(status);
    }
  });
});

describe('a stranger', () => {
  it.each(['/api/version', '/api/v3.1/version', '/ok', '/snapshot-status'])('may ask %s', async (path) => {
    for (const client of [test.stranger, test.stranger.as({ token: 'nonsense' }), byPassword('nobody', 'x')])
      expect((await client.get(path)).status).toBe(200);
  });

  it('may ask nothing else: 401 on every other route, before the body and whatever the tenant', async () => {
    const open = new Set(['/api/version', '/api/v3.1/version', '/api/v3.1/ok', '/api/v3.1/snapshot-status']);
    const closed = routeRules(test.app).filter(({ path }) => !open.has(path));
    expect(closed.length).toBeGreaterThan(80);
    for (const { method, path } of closed) {
      const url = path.replaceAll(/:\w+|\*\w*/g, 'x');
      const answer = await test.stranger.send(method as 'GET', url, method === 'GET' ? undefined : '{"broken', {
        headers: { tenant: 'nowhere', 'content-type': 'text/nonsense' },
      });
      expect([method, path, answer.status, answer.body?.error_code]).toEqual([method, path, 401, 'unauthorized_error']);
    }
  });

  it.each([
    ['GET', '/nothing'],
    ['GET', '/secretsx'],
    ['GET', '/users/'],
    ['GET', '/secrets/key/'],
    ['POST', '/tokens/'],
    ['GET', '/api/v4/users'],
    ['GET', '/api/v1/blueprints'],
    ['GET', '/api/'],
    ['GET', '/secrets/a/b/c'],
    ['PUT', '/api/v3.1'],
    ['PATCH', '/secrets//set-visibility'],
    ['GET', '//users'],
  ] as const)('gets 404 for %s %s', async (method, path) => {
    for (const client of [test.stranger, admin]) expectCodeless(await client.send(method, path), 404);
  });

  it.each([
    ['PATCH', '/users'],
    ['DELETE', '/user'],
    ['POST', '/api/version'],
    ['DELETE', '/tokens'],
    ['PUT', '/secrets'],
    ['POST', '/secrets/key'],
    ['HEAD', '/user'],
    ['OPTIONS', '/user'],
  ] as const)('gets 405 for %s %s', async (method, path) => {
    for (const client of [test.stranger, admin]) {
      const answer = await client.send(method, path);
      expect(answer.status).toBe(405);
      if (method !== 'HEAD') expectCodeless(answer, 405);
    }
  });

  it.each(['/users/%zz', '/users/%ff', `/users/${'x'.repeat(2000)}`])(
    'gets an error of its own for %s',
    async (path) => {
      const answer = await test.stranger.get(path);
      expect([400, 401, 404, 414]).toContain(answer.status);
      expect(typeof answer.body.message).toBe('string');
    },
  );
});

describe('older versions', () => {
  it.each([
    ['v3', '/user', 200],
    ['v3', '/users', 200],
    ['v3', '/tenants', 200],
    ['v3', '/secrets', 200],
    ['v3', '/blueprints', 200],
    ['v3', '/version', 200],
    ['v2.1', '/maintenance', 200],
    ['v2.1', '/blueprints?_size=1', 200],
    ['v2', '/blueprints', 200],
    ['v2', '/executions', 200],
    ['v2', '/events', 200],
    ['v2', '/provider/context', 200],
    ['v3', '/tokens', 404],
    ['v3', '/status', 404],
    ['v3', '/config', 404],
    ['v3', '/permissions', 404],
    ['v3', '/audit', 404],
    ['v3', '/license', 404],
    ['v3', '/ok', 404],
    ['v3', '/constructor', 404],
    ['v3', '/__proto__', 404],
    ['v2.1', '/users', 404],
    ['v2.1', '/secrets', 404],
    ['v2', '/maintenance', 404],
    ['v2', '/users', 404],
    ['v1', '/blueprints', 404],
    ['v3.0', '/users', 404],
    ['v3.2', '/users', 404],
  ])('%s has %s: %i', async (version, path, status) => {
    const answer = await admin.get(`/api/${version}${path}`);
    // What the contract gives no context for until one is made is 404 with a code; a path that is not there has none.
    const isThere = answer.body?.error_code !== undefined || answer.status === 200;
    expect([isThere, status]).toEqual([status === 200, status]);
    if (status === 404) expectCodeless(answer, 404);
  });

  it('keep their guards', async () => {
    expectError(await test.stranger.get('/api/v3/users'), 401, 'unauthorized_error');
    expectCodeless(await test.stranger.send('PATCH', '/api/v3/users'), 405);
    const username = await newUser();
    expectError(await byPassword(username).get('/api/v3/users'), 403, 'forbidden_error');
  });
});

describe('every answer', () => {
  it('has the content type literally, and the headers of the contract', async () => {
    const answers = [
      await admin.get('/user'),
      await test.stranger.get('/ok'),
      await test.stranger.get('/user'),
      await test.stranger.get('/nothing'),
      await test.stranger.send('PATCH', '/users'),
      await admin.post('/tokens', {}),
      await admin.get('/users?_size=x'),
      await admin.get('/tenants?_get_all_results=true'),
    ];
    for (const { headers } of answers)
      expect(headers).toMatchObject({
        'content-type': 'application/json',
        'referrer-policy': 'same-origin',
        'x-content-type-options': 'nosniff',
        'strict-transport-security': expect.stringMatching(/^max-age=\d+/),
      });
    for (const { headers } of answers) {
      expect(headers).not.toHaveProperty('server');
      expect(headers).not.toHaveProperty('x-powered-by');
      expect(headers).not.toHaveProperty('access-control-allow-origin');
    }
  });

  it('of no body is empty', async () => {
    const { body } = await admin.post('/tokens', {});
    const answer = await admin.delete(`/tokens/${body.id}`);
    expect([answer.status, answer.raw.length, answer.headers['content-type']]).toEqual([204, 0, undefined]);
  });

  describe('is compressed', () => {
    it.each(['gzip', 'GZIP', 'gzip, deflate', 'br, gzip;q=0.5', 'deflate,gzip;q=1.0'])(
      'from 1000 bytes on where the request accepts it by %j',
      async (value) => {
        const plain = await admin.get('/config');
        expect(plain.raw.length).toBeGreaterThan(1000);
        expect(plain.headers['content-encoding']).toBeUndefined();
        const packed = await admin.get('/config', accepting(value));
        expect(packed.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' });
        expect(packed.raw.length).toBeLessThan(plain.raw.length / 2);
        expect(gunzipSync(packed.raw).toString()).toBe(plain.text);
      },
    );

    it.each(['', 'deflate', 'identity', 'gzip;q=0', 'gzip; q=0.0', 'br', 'xgzip'])('not by %j', async (value) => {
      const answer = await admin.get('/config', accepting(value));
      expect(answer.headers['content-encoding']).toBeUndefined();
      expect(answer.body).not.toBeNull();
    });

    it('where it is a streamed list, too', async () => {
      const packed = await admin.get('/permissions?_size=100000', accepting('gzip'));
      expect(packed.headers['content-encoding']).toBe('gzip');
      expect(JSON.parse(gunzipSync(packed.raw).toString()).items.length).toBeGreaterThan(300);
    });

    it('not when it is small, a download, or holds the value of a secret', async () => {
      expect((await admin.get('/user', accepting('gzip'))).headers['content-encoding']).toBeUndefined();

      const key = unique('long');
      expectStatus(await admin.put(`/secrets/${key}`, { value: 'x'.repeat(5000) }), 200);
      const secret = await admin.get(`/secrets/${key}`, accepting('gzip'));
      expect(secret.body.value).toHaveLength(5000);
      expect(secret.headers['cache-control']).toBe('no-store');
      expect(secret.headers['content-encoding']).toBeUndefined();
      const shared = await admin.get('/secrets/share/export?_passphrase=a+long+Passphrase+7', accepting('gzip'));
      expect([shared.status, shared.headers['content-encoding']]).toEqual([200, undefined]);

      const id = unique('packed');
      expectStatus(await uploadForm(admin, id), 201);
      const archive = await admin.get(`/blueprints/${id}/archive`, accepting('gzip'));
      expect([archive.status, archive.headers['content-encoding']]).toEqual([200, undefined]);
      expect(Number(archive.headers['content-length'])).toBe(archive.raw.length);
    });
  });
});

describe('a hash of a restored original', () => {
  it('verifies once, and is one of today’s form from then on', async () => {
    const password = 'a Secret of the past 9';
    const salt = randomBytes(16);
    const old = `$pbkdf2-sha256$29000$${adapted(salt)}$${adapted(pbkdf2Sync(password, salt, 29_000, 32, 'sha256'))}`;
    const username = await newUser({ password: old, is_prehashed: true });
    expect(await storedHash(username)).toBe(old);
    expectError(await byPassword(username, 'not that one 1234').get('/user'), 401, 'unauthorized_error');
    expectError(await byPassword(username, old).get('/user'), 401, 'unauthorized_error');
    expect(await storedHash(username)).toBe(old);

    expect((await byPassword(username, password).get('/user')).status).toBe(200);
    const upgraded = await storedHash(username);
    expect(upgraded).toMatch(/^\$argon2id\$v=19\$m=47104,t=1,p=1\$/);
    test.clock.advance(61_000);
    expect((await byPassword(username, password).get('/user')).status).toBe(200);
    expect(await storedHash(username)).toBe(upgraded);
  });

  it('is refused in a form that nobody can check', async () => {
    for (const password of [
      'plain text of it',
      '$1$abc$def',
      '$argon2i$v=19$m=8,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA',
    ])
      expectError(
        await admin.put('/users', { username: unique('hashed'), password, is_prehashed: true }),
        400,
        'bad_parameters_error',
      );
  });
});
