import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { Client as PgClient } from 'pg';
import { CredentialsService } from '../../src/modules/users/credentials.service.js';
import { systemCtx } from '../../src/platform/context/ctx.js';
import { ADMIN_PASSWORD, createTestApp, unique, type TestApp } from '../support/app.js';
import type { Answer, Client, Identity } from '../support/client.js';
import { expectError, expectQueryError, expectStatus } from '../support/expect-error.js';
import { postLate } from '../support/late-body.js';
import { allRows } from '../support/superuser.js';
import { MEMBER_PASSWORD, type Member } from '../support/world.js';

/* Access tokens (rest-api §1.4, §1.9, §2.5; security-design §3). */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const FIELDS = ['id', 'username', 'value', 'role', 'expiration_date', 'last_used', 'description'];
const WIRE_DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let test: TestApp;
let admin: Client;
beforeAll(async () => {
  test = await createTestApp();
  admin = test.stranger.as({ basic: { username: 'admin', password: ADMIN_PASSWORD } });
});
afterAll(() => test?.close());

const byPassword = (username: string, password = MEMBER_PASSWORD): Client =>
  test.stranger.as({ basic: { username, password } });
const byToken = (token: string): Client => test.stranger.as({ token });
const now = (): number => test.clock.now().getTime();

interface Made {
  readonly id: string;
  readonly value: string;
  readonly expiration_date: string | null;
}
async function make(client: Client, body: object = {}): Promise<Made> {
  return expectStatus(await client.post('/tokens', body), 200).body as Made;
}
const idsOf = async (client: Client, query = ''): Promise<string[]> =>
  (await client.get(`/tokens${query}`)).body.items.map(({ id }: Made) => id);
const lifeOf = (token: Made): number => new Date(token.expiration_date ?? Number.NaN).getTime() - now();

/** Edits the row as somebody who can write to the database. */
async function edit(id: string, change: string): Promise<void> {
  const owner = new PgClient(test.database.owner);
  await owner.connect();
  try {
    expect((await owner.query(`UPDATE access_token SET ${change} WHERE id = $1`, [id])).rowCount).toBe(1);
  } finally {
    await owner.end();
  }
}

/** `last_used` is written off the request's path: looks until it is what it should become. */
async function lastUsed(id: string, differsFrom: string | null): Promise<string | null> {
  for (let look = 0; look < 200; look += 1) {
    const { last_used } = (await admin.get(`/tokens/${id}`)).body;
    if (last_used !== differsFrom) return last_used;
  }
  return differsFrom;
}

const statusOf = async (token: string): Promise<number> => (await byToken(token).get('/user')).status;

async function refused(token: string): Promise<Answer> {
  const answer = await byToken(token).get('/user');
  expectError(answer, 401, 'unauthorized_error');
  return answer;
}

/** Password and token in one request. */
const both = (username: string, password: string, token: string): Promise<Answer> =>
  test.stranger.as({ basic: { username, password }, token }).get('/user');

/** A new member, by password: who has no token yet. */
async function memberOf(tenant_name: string, role: string): Promise<Client> {
  const username = unique('member');
  expectStatus(await admin.put('/users', { username, password: MEMBER_PASSWORD }), 201);
  expectStatus(await admin.put('/tenants/users', { tenant_name, username, role }), 200);
  return byPassword(username).as({ tenant: tenant_name });
}

const reset = (username: string) => async (): Promise<void> => {
  expectStatus(await admin.post(`/users/${username}`, { password: 'a Reset password 77' }), 200);
};

/** A request of this caller, whose body ends after `meanwhile`. */
function late(
  { basic, token = '' }: Identity,
  path: string,
  body: object,
  meanwhile: () => Promise<void>,
): Promise<number> {
  const headers: Record<string, string> = basic
    ? { authorization: `Basic ${Buffer.from(`${basic.username}:${basic.password}`).toString('base64')}` }
    : { 'authentication-token': token };
  return postLate(test.app, { url: `/api/v3.1${path}`, headers, body, meanwhile });
}

describe('POST /tokens', () => {
  it('answers 200 with every field, the value whole this once, and nothing that a cache may keep', async () => {
    const user = await test.world.user();
    const answer = await byPassword(user.username).post('/tokens', { description: 'for the build' });
    expect(answer.status).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(Object.keys(answer.body)).toEqual(FIELDS);
    expect(answer.body).toMatchObject({
      username: user.username,
      role: 'default',
      description: 'for the build',
      last_used: null,
      expiration_date: expect.stringMatching(WIRE_DATE),
      value: expect.stringMatching(new RegExp(`^ctok-${answer.body.id}-[A-Za-z0-9]{49}$`)),
      id: expect.stringMatching(/^[A-Za-z0-9]{10}$/),
    });
    expect((await byToken(answer.body.value).get('/user')).body.username).toBe(user.username);
  });

  it('keeps no more than a keyed hash of it', async () => {
    const { id, value } = await make(admin);
    const secret = value.slice(`ctok-${id}-`.length);
    const [row] = await allRows<Record<string, unknown> & { mac: Buffer }>(
      test.database,
      'SELECT * FROM access_token WHERE id = $1',
      [id],
    );
    expect(JSON.stringify(row)).not.toContain(secret);
    for (const text of [secret, value]) expect(row?.mac.equals(createHash('sha256').update(text).digest())).toBe(false);
    expect(row?.mac).toHaveLength(32);
  });

  it('signs the web UI in: by password, without a tenant, for ten hours', async () => {
    const user = await test.world.user('sys_admin');
    const before = now();
    const answer = await byPassword(user.username).post('/tokens', {
      description: 'UI authentication token',
      expiration_date: '+10h',
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ role: 'sys_admin', value: expect.stringMatching(/^ctok-/) });
    const end = new Date(answer.body.expiration_date);
    expect([end.getUTCSeconds(), end.getUTCMilliseconds()]).toEqual([0, 0]);
    expect(end.getTime() - before).toBeLessThanOrEqual(10 * HOUR_MS);
    expect(end.getTime() - before).toBeGreaterThan(10 * HOUR_MS - MINUTE_MS);
    const headers = { 'x-bypass-maintenance': 'true' };
    const caller = await byToken(answer.body.value).get('/user?_get_data=true', { headers });
    expect([caller.status, caller.body.role]).toEqual([200, 'sys_admin']);
  });

  it('lasts 90 days where nobody says how long, and for ever where the setting says so', async () => {
    expect(Math.round(lifeOf(await make(admin)) / DAY_MS)).toBe(90);
    const old = await createTestApp({ config: { tokenLifetimeDays: 0 } });
    try {
      expect((await old.admin.post('/tokens', {})).body.expiration_date).toBeNull();
    } finally {
      await old.close();
    }
  });

  it.each([
    ['+90min', 90 * MINUTE_MS],
    ['+2h +30min', 2.5 * HOUR_MS],
    ['+ 2 days', 2 * DAY_MS],
    ['+1W', 7 * DAY_MS],
  ])('understands %s', async (text, milliseconds) => {
    const life = lifeOf(await make(admin, { expiration_date: text }));
    expect(life).toBeGreaterThan(milliseconds - 2 * MINUTE_MS);
    expect(life).toBeLessThanOrEqual(milliseconds);
  });

  it('understands a date in UTC', async () => {
    expect((await make(admin, { expiration_date: '2199-12-31 23:59' })).expiration_date).toBe(
      '2199-12-31T23:59:00.000Z',
    );
  });

  it.each(['2001-01-01 00:00', '2199-02-30 10:00', '2199-13-01 10:00', '+1h30min', '+h', '+10x', '10h', 'tomorrow'])(
    'answers 400 to the expiry %j, which is past or cannot be read, and makes nothing',
    async (expiration_date) => {
      const user = await test.world.user();
      expectError(await user.client.post('/tokens', { expiration_date }), 400, 'bad_parameters_error');
      expect(await idsOf(user.client)).toHaveLength(1);
    },
  );

  it.each([{ expiration_date: 10 }, { expiration_date: {} }, { description: 7 }, { description: ['x'] }])(
    'answers 400 to %j, whose type is wrong',
    async (body) => {
      expectError(await admin.post('/tokens', body), 400, 'bad_parameters_error');
    },
  );

  it('takes a description of 255 characters and refuses one more', async () => {
    const description = 'd'.repeat(255);
    expect(await make(admin, { description })).toMatchObject({ description });
    expectError(await admin.post('/tokens', { description: `${description}d` }), 400, 'bad_parameters_error');
    expectError(await admin.post('/tokens', { description: 'a\0b' }), 400, 'bad_parameters_error');
  });

  it('takes absent, empty and null fields for no wish, and no body, an empty one and a form without parts alike', async () => {
    const user = await test.world.user();
    const client = byPassword(user.username);
    const form = { headers: { 'content-type': 'multipart/form-data; boundary=none' } };
    for (const body of [{}, { description: null, expiration_date: null }, { unknown: 1 }, undefined, ''])
      expect((await client.post('/tokens', body)).status).toBe(200);
    expect((await client.post('/tokens', '--none--\r\n', form)).status).toBe(200);
    expect((await client.post('/tokens', '', form)).status).toBe(200);
  });

  it('answers 400 to JSON that is none or no object', async () => {
    expect((await admin.post('/tokens', '{"description": ')).status).toBe(400);
    for (const body of ['[]', '"text"', '7']) expect((await admin.post('/tokens', body)).status).toBe(400);
  });

  it("deletes the caller's own expired tokens, and nobody else's", async () => {
    const [ada, bob] = [await test.world.user(), await test.world.user()];
    const mine = await make(byPassword(ada.username), { expiration_date: '+2min' });
    const theirs = await make(byPassword(bob.username), { expiration_date: '+2min' });
    test.clock.advance(3 * MINUTE_MS);
    expect(await idsOf(ada.client)).toContain(mine.id);
    const fresh = await make(ada.client);
    const left = await idsOf(ada.client);
    expect(left).toContain(fresh.id);
    expect(left).not.toContain(mine.id);
    expect(await idsOf(bob.client)).toContain(theirs.id);
  });

  it('answers 401 to a stranger and 403 where the roles lack create_token', async () => {
    expectError(await test.stranger.post('/tokens', {}), 401, 'unauthorized_error');
    const user = await test.world.user();
    expectStatus(await admin.delete('/permissions/default/create_token'), 204);
    try {
      expectError(await user.client.post('/tokens', {}), 403, 'forbidden_error');
    } finally {
      expectStatus(await admin.put('/permissions/default/create_token'), 200);
    }
    expect((await user.client.post('/tokens', {})).status).toBe(200);
  });
});

describe('a token that a token makes', () => {
  it('lives no longer than that one: a later end is 400, none is its own', async () => {
    const user = await test.world.user();
    const parent = await make(byPassword(user.username), { expiration_date: '+2h' });
    const client = byToken(parent.value);
    expectError(await client.post('/tokens', { expiration_date: '+3h' }), 400, 'bad_parameters_error');
    expectError(await client.post('/tokens', { expiration_date: '2199-01-01 00:00' }), 400, 'bad_parameters_error');
    expect((await make(client)).expiration_date).toBe(parent.expiration_date);
    expect(lifeOf(await make(client, { expiration_date: '+1h' }))).toBeLessThanOrEqual(HOUR_MS);
    expect(await idsOf(client)).toHaveLength(4);
  });

  it('has the usual life where its maker lives longer than that', async () => {
    const user = await test.world.user();
    const parent = await make(byPassword(user.username), { expiration_date: '+1y' });
    expect(Math.round(lifeOf(await make(byToken(parent.value))) / DAY_MS)).toBe(90);
  });

  it('lives no longer though its maker is deleted in the same moment', async () => {
    const user = await test.world.user();
    for (let round = 0; round < 5; round += 1) {
      const parent = await make(byPassword(user.username), { expiration_date: '+2h' });
      const client = byToken(parent.value);
      const answers = await Promise.all([
        ...Array.from({ length: 6 }, () => client.post('/tokens', {})),
        client.delete(`/tokens/${parent.id}`),
        ...Array.from({ length: 6 }, () => client.post('/tokens', {})),
      ]);
      for (const { status } of answers) expect([200, 204, 401]).toContain(status);
      const made = answers.filter(({ status }) => status === 200);
      for (const { body } of made) expect(body.expiration_date).toBe(parent.expiration_date);
    }
  });

  it('by password may live longer', async () => {
    const user = await test.world.user();
    expect(lifeOf(await make(byPassword(user.username), { expiration_date: '+1y' }))).toBeGreaterThan(360 * DAY_MS);
  });
});

describe('GET /tokens', () => {
  it("lists the caller's own, masked, with every field; with manage_others_tokens all of them", async () => {
    const [ada, bob] = [await test.world.user(), await test.world.user()];
    const made = await make(ada.client, { description: 'second' });
    const { status, body } = await ada.client.get('/tokens');
    expect(status).toBe(200);
    expect(body.metadata).toEqual({ pagination: { total: 2, size: 1000, offset: 0 }, filtered: null });
    expect(body.items).toHaveLength(2);
    for (const item of body.items) {
      expect(Object.keys(item).toSorted()).toEqual(FIELDS.toSorted());
      expect(item).toMatchObject({ username: ada.username, value: `ctok-${item.id}-********`, role: 'default' });
    }
    expect(JSON.stringify(body)).not.toContain(made.value.slice(16));
    expect(await idsOf(bob.client)).not.toContain(made.id);
    expect(await idsOf(admin)).toEqual(expect.arrayContaining([made.id, ...(await idsOf(bob.client))]));
  });

  it('filters, sorts and pages', async () => {
    const user = await test.world.user();
    const client = byPassword(user.username);
    const made = [
      await make(client, { description: 'b', expiration_date: '2100-01-01 00:00' }),
      await make(client, { description: 'a', expiration_date: '2102-01-01 00:00' }),
      await make(client, { description: 'c', expiration_date: '2101-01-01 00:00' }),
    ];
    const [b, a, c] = made.map(({ id }) => id);
    const among = '?description=a&description=b&description=c';
    expect(await idsOf(client, among)).toEqual([b, a, c]);
    expect(await idsOf(client, `${among}&_sort=description`)).toEqual([a, b, c]);
    expect(await idsOf(client, `${among}&_sort=-expiration_date`)).toEqual([a, c, b]);
    expect(await idsOf(client, `${among}&_sort=-created_at`)).toEqual([c, a, b]);
    expect(await idsOf(client, `${among}&_sort=-description&_size=1&_offset=1`)).toEqual([b]);
    expect(await idsOf(client, `?id=${a}`)).toEqual([a]);
    expect(await idsOf(client, '?expiration_date=2101-01-01T00:00:00.000Z')).toEqual([c]);
    expect(await idsOf(client, '?description=nothing')).toEqual([]);
    expect((await client.get(`/tokens${among}&_size=1`)).body.metadata.pagination).toEqual({
      total: 3,
      size: 1,
      offset: 0,
    });
    expect((await client.get('/tokens?last_used=2100-01-01')).body.items).toEqual([]);
    for (const field of ['id', 'last_used']) expect((await client.get(`/tokens?_sort=${field}`)).status).toBe(200);
  });

  it('projects with _include, one field at a time', async () => {
    const user = await test.world.user();
    const [whole] = (await user.client.get('/tokens')).body.items;
    for (const field of FIELDS.filter((name) => name !== 'last_used'))
      expect((await user.client.get(`/tokens?_include=${field}`)).body.items).toEqual([{ [field]: whole[field] }]);
  });

  it('answers 400 to filters and sort keys that would tell of secrets, and to bad paging', async () => {
    for (const key of ['mac', 'value', 'secret', 'user_id', 'token_epoch', 'password_sealed']) {
      expectError(await admin.get(`/tokens?${key}=x`), 400, 'bad_parameters_error');
      expectQueryError(await admin.get(`/tokens?_sort=${key}`));
    }
    expectError(await admin.get('/tokens?_include=mac'), 400, 'no_such_include_field_error');
    expectQueryError(await admin.get('/tokens?_size=-1'));
    expectError(await admin.get('/tokens?expiration_date=soon'), 400, 'bad_parameters_error');
  });

  it('answers 401 to a stranger, and 403 where the roles lack token_get or the tenant is unknown', async () => {
    expectError(await test.stranger.get('/tokens'), 401, 'unauthorized_error');
    expectError(await admin.get('/tokens', { headers: { tenant: 'nowhere' } }), 403, 'forbidden_error');
    const user = await test.world.user();
    expectStatus(await admin.delete('/permissions/default/token_get'), 204);
    try {
      expectError(await user.client.get('/tokens'), 403, 'forbidden_error');
    } finally {
      expectStatus(await admin.put('/permissions/default/token_get'), 200);
    }
  });
});

describe('GET and DELETE /tokens/{id}', () => {
  it('shows and ends a token of the caller', async () => {
    const user = await test.world.user();
    const made = await make(user.client, { description: 'mine' });
    const shown = await user.client.get(`/tokens/${made.id}`);
    expect(shown.status).toBe(200);
    expect(shown.body).toEqual({ ...made, value: `ctok-${made.id}-********` });
    const ended = await user.client.delete(`/tokens/${made.id}`);
    expect([ended.status, ended.text]).toEqual([204, '']);
    expectError(await byToken(made.value).get('/user'), 401, 'unauthorized_error');
    expectError(await user.client.get(`/tokens/${made.id}`), 404, 'not_found_error');
    expectError(await user.client.delete(`/tokens/${made.id}`), 404, 'not_found_error');
  });

  it("answers 404 to somebody else's as to one that never was, unless with manage_others_tokens", async () => {
    const [ada, bob] = [await test.world.user(), await test.world.user()];
    const made = await make(ada.client);
    for (const id of [made.id, 'abcdefghij', 'no-such', "x' OR '1'='1"]) {
      for (const answer of [
        await bob.client.get(`/tokens/${encodeURIComponent(id)}`),
        await bob.client.delete(`/tokens/${encodeURIComponent(id)}`),
      ]) {
        expectError(answer, 404, 'not_found_error');
        expect(answer.body.message).toContain('not found');
      }
    }
    expect((await byToken(made.value).get('/user')).status).toBe(200);
    expect((await admin.get(`/tokens/${made.id}`)).body.username).toBe(ada.username);
    expectStatus(await admin.delete(`/tokens/${made.id}`), 204);
    expectError(await byToken(made.value).get('/user'), 401, 'unauthorized_error');
  });

  it('can be given by a tenant role, in that tenant alone', async () => {
    const tenant = await test.world.tenant();
    const [ada, manager] = [await test.world.user(), await tenant.member('manager')];
    const made = await make(ada.client);
    expectStatus(await admin.put('/permissions/manager/manage_others_tokens'), 200);
    try {
      expect((await manager.client.get(`/tokens/${made.id}`)).status).toBe(200);
      expectError(await manager.client.get(`/tokens/${made.id}`, { tenant: null }), 404, 'not_found_error');
    } finally {
      expectStatus(await admin.delete('/permissions/manager/manage_others_tokens'), 204);
    }
    expectError(await manager.client.get(`/tokens/${made.id}`), 404, 'not_found_error');
  });

  it('answers 401 to a stranger, whether or not there is such a token', async () => {
    const { id } = await make(admin);
    const answers = [];
    for (const path of [`/tokens/${id}`, '/tokens/abcdefghij'])
      answers.push(await test.stranger.get(path), await test.stranger.delete(path));
    for (const answer of answers) {
      expectError(answer, 401, 'unauthorized_error');
      expect(answer.body).toEqual(answers[0]?.body);
    }
    expect((await admin.get(`/tokens/${id}`)).status).toBe(200);
  });
});

describe('the roles', () => {
  it('operations has none of create, list and delete', async () => {
    const operator = await test.world.user();
    const client = byPassword(operator.username);
    const { id } = await make(client);
    // Everybody has the system role `default`, which holds them: only without its grants does the tenant role decide.
    const tenant = await test.world.tenant();
    await tenant.add(operator, 'operations');
    const names = ['create_token', 'list_token', 'delete_token', 'token_get'];
    for (const name of names) expectStatus(await admin.delete(`/permissions/default/${name}`), 204);
    try {
      const inTenant = client.as({ tenant: tenant.name });
      expectError(await inTenant.post('/tokens', {}), 403, 'forbidden_error');
      expectError(await inTenant.get(`/tokens/${id}`), 403, 'forbidden_error');
      expectError(await inTenant.delete(`/tokens/${id}`), 403, 'forbidden_error');
      expect((await inTenant.get('/tokens')).status).toBe(200);
      const viewer = await memberOf(tenant.name, 'viewer');
      expectStatus(await viewer.post('/tokens', {}), 200);
    } finally {
      for (const name of names) expectStatus(await admin.put(`/permissions/default/${name}`), 200);
    }
  });
});

describe('a token that is not valid', () => {
  let user: Member;
  let good: Made;
  beforeAll(async () => {
    user = await test.world.user();
    good = await make(user.client);
  });

  it('answers 401 with one text: malformed, noise, unknown, wrong, expired, revoked, or none at all', async () => {
    const other = await make(user.client);
    const ended = await make(user.client);
    await user.client.delete(`/tokens/${ended.id}`);
    const short = await make(byPassword(user.username), { expiration_date: '+2min' });
    test.clock.advance(2 * MINUTE_MS);
    const wrongSecretOfExpired = `ctok-${short.id}-${other.value.slice(16)}`;
    const answers = [await test.stranger.get('/user')];
    for (const token of [
      'x',
      '--',
      'ctok',
      'ctok-',
      good.id,
      `ctok-${good.id}`,
      `ctok-${good.id}-`,
      `${good.value}x`,
      good.value.slice(0, -1),
      good.value.toLowerCase(),
      good.value.replace('ctok', 'atok'),
      `ctok-${good.id}-${randomBytes(40).toString('base64url').slice(0, 49)}`,
      `ctok-${good.id}-********`,
      `ctok-${good.id}-${other.value.slice(16)}`,
      wrongSecretOfExpired,
      short.value,
      ended.value,
      'a'.repeat(5000),
      `${good.value}, ${good.value}`,
    ])
      answers.push(await refused(token));
    for (const answer of answers) {
      expect(answer.body).toEqual(answers[0]?.body);
      expect(answer.body.message).toMatch(/^User unauthorized/);
      expect(answer.headers['www-authenticate']).toBeUndefined();
    }
    expect((await byToken(good.value).get('/user')).status).toBe(200);
  });

  it.each([
    ['another hash', `mac = sha256('x'::bytea)`],
    ['a later end', `expires_at = expires_at + interval '1 year'`],
    ['no end', 'expires_at = NULL'],
    ['another user', 'user_id = 0'],
    ['a later epoch', 'token_epoch = token_epoch + 1'],
  ])('dies when its row is given %s', async (_what, change) => {
    const victim = await make(user.client);
    expect((await byToken(victim.value).get('/user')).status).toBe(200);
    await edit(victim.id, change);
    await refused(victim.value);
  });

  it('cannot be minted by writing to the database', async () => {
    const mine = await make(user.client);
    const theirs = await make(admin);
    await edit(theirs.id, `mac = (SELECT mac FROM access_token WHERE id = '${mine.id}')`);
    expect(await statusOf(`ctok-${theirs.id}-${mine.value.slice(16)}`)).toBe(401);
    expect(await statusOf(theirs.value)).toBe(401);
  });

  it('ends at its end, to the millisecond of the clock', async () => {
    const short = await make(byPassword(user.username), { expiration_date: '+10min' });
    test.clock.advance(lifeOf(short) - 1500);
    expect((await byToken(short.value).get('/user')).status).toBe(200);
    test.clock.advance(1500);
    await refused(short.value);
  });
});

describe('last_used', () => {
  it('is set by use, and written at most once a minute', async () => {
    const user = await test.world.user();
    const { id, value } = await make(byPassword(user.username));
    expect((await admin.get(`/tokens/${id}`)).body.last_used).toBeNull();
    await byToken(value).get('/user');
    const first = await lastUsed(id, null);
    expect(first).toMatch(WIRE_DATE);

    test.clock.advance(50_000);
    for (let use = 0; use < 5; use += 1) await byToken(value).get('/user');
    test.clock.advance(20_000);
    await byToken(value).get('/user');
    const second = await lastUsed(id, first);
    expect(new Date(second ?? 0).getTime() - new Date(first ?? 0).getTime()).toBeGreaterThanOrEqual(70_000);
  });
});

describe('revocation', () => {
  it("an administrator's reset of the password ends all tokens of the user, on the next request", async () => {
    const user = await test.world.user();
    const tokens = [await make(user.client), await make(byPassword(user.username))];
    const bystander = await test.world.user();
    expectStatus(await admin.post(`/users/${user.username}`, { password: 'a Reset password 77' }), 200);
    for (const { value } of tokens) expect(await statusOf(value)).toBe(401);
    expect((await user.client.get('/user')).status).toBe(401);
    expect((await bystander.client.get('/user')).status).toBe(200);
    expect(await statusOf((await make(byPassword(user.username, 'a Reset password 77'))).value)).toBe(200);
  });

  it('a change of the own password keeps them, and with revoke_tokens ends them all', async () => {
    const user = await test.world.user();
    expectStatus(await user.client.post(`/users/${user.username}`, { password: 'my Next password 55' }), 200);
    expect((await user.client.get('/user')).status).toBe(200);
    expectError(await byPassword(user.username).get('/user'), 401, 'unauthorized_error');
    const body = { password: 'my Last password 66', revoke_tokens: true };
    expectStatus(await user.client.post(`/users/${user.username}`, body), 200);
    expect((await user.client.get('/user')).status).toBe(401);
    expect((await byPassword(user.username, 'my Last password 66').get('/user')).status).toBe(200);
  });

  it('by the local command ends them, and leaves the password', async () => {
    const user = await test.world.user();
    const { value } = await make(user.client);
    await test.app.get(CredentialsService, { strict: false }).revokeTokens(systemCtx('command'), user.username);
    expect(await statusOf(value)).toBe(401);
    expect((await byPassword(user.username).get('/user')).status).toBe(200);
  });

  /* Rights are judged before the body is read, and a body may take its time: what was judged may be over when it is there. */
  describe('while a body is on its way', () => {
    it('a token that was revoked makes none that outlives it, nor does a password that was replaced', async () => {
      for (const by of ['token', 'password']) {
        const { username, client } = await test.world.user();
        const { identity } = by === 'token' ? client : byPassword(username);
        expect(await late(identity, '/tokens', { description: 'late' }, reset(username))).toBe(401);
      }
      expect((await admin.get('/tokens?description=late')).body.items).toEqual([]);
    });

    it('a token that was revoked does not set the password', async () => {
      const user = await test.world.user();
      const body = { password: 'a Thief of passwords 9' };
      expect(await late(user.client.identity, `/users/${user.username}`, body, reset(user.username))).toBe(401);
      expectError(await byPassword(user.username, body.password).get('/user'), 401, 'unauthorized_error');
      expect((await byPassword(user.username, 'a Reset password 77').get('/user')).status).toBe(200);
    });

    it('rights that were taken away are gone when it took its time', async () => {
      const user = await test.world.user('sys_admin');
      const demote = async (): Promise<void> => {
        expectStatus(await admin.post(`/users/${user.username}`, { role: 'default' }), 200);
        test.clock.advance(2_000);
      };
      expect(await late(user.client.identity, '/tenants/late_tenant', {}, demote)).toBe(403);
      expect((await admin.get('/tenants?name=late_tenant')).body.items).toEqual([]);
      const deactivate = async (): Promise<void> => {
        expectStatus(await admin.post(`/users/active/${user.username}`, { action: 'deactivate' }), 200);
        test.clock.advance(2_000);
      };
      expect(await late(user.client.identity, '/tokens', {}, deactivate)).toBe(401);
    });

    it('nothing changes for somebody who is only slow', async () => {
      const user = await test.world.user('sys_admin');
      const wait = (): Promise<void> => Promise.resolve(test.clock.advance(120_000));
      expect(await late(user.client.identity, '/tenants/slow_tenant', {}, wait)).toBe(201);
      const { identity } = byPassword(user.username);
      expect(await late(identity, '/tokens', {}, wait)).toBe(200);
    });
  });

  it('deactivation stops a token at once, and activation lets it on', async () => {
    const user = await test.world.user();
    expectStatus(await admin.post(`/users/active/${user.username}`, { action: 'deactivate' }), 200);
    expectError(await user.client.get('/user'), 401, 'unauthorized_error');
    expectError(await user.client.post('/tokens', {}), 401, 'unauthorized_error');
    expectStatus(await admin.post(`/users/active/${user.username}`, { action: 'activate' }), 200);
    expect((await user.client.get('/user')).status).toBe(200);
  });

  it('a deleted user has no tokens', async () => {
    const user = await test.world.user();
    const { id } = await make(user.client);
    expectStatus(await admin.delete(`/users/${user.username}`), 204);
    expectError(await user.client.get('/user'), 401, 'unauthorized_error');
    expectError(await admin.get(`/tokens/${id}`), 404, 'not_found_error');
  });

  it('a change of role is felt by the next request', async () => {
    const user = await test.world.user();
    expectError(await user.client.get('/users'), 403, 'forbidden_error');
    expectStatus(await admin.post(`/users/${user.username}`, { role: 'sys_admin' }), 200);
    expect((await user.client.get('/users')).status).toBe(200);
    expect((await user.client.get('/tokens')).body.items[0].role).toBeDefined();
    expectStatus(await admin.post(`/users/${user.username}`, { role: 'default' }), 200);
    expectError(await user.client.get('/users'), 403, 'forbidden_error');
  });

  it('a lock of the password leaves tokens alone', async () => {
    const user = await test.world.user();
    const stranger = test.stranger.as({
      basic: { username: user.username, password: 'wrong' },
      address: '203.0.113.9',
    });
    for (let guess = 0; guess < 6; guess += 1) await stranger.get('/user');
    const { status, body } = await user.client.get('/user');
    expect([status, body.is_locked]).toEqual([200, true]);
  });
});

describe('several credentials in one request (the order of rest-api §1.4)', () => {
  let ada: Member;
  let bob: Member;
  beforeAll(async () => {
    [ada, bob] = [await test.world.user(), await test.world.user()];
  });
  it('takes the password before the token', async () => {
    const { token = '' } = bob.client.identity;
    expect((await both(ada.username, MEMBER_PASSWORD, token)).body.username).toBe(ada.username);
    expectError(await both(ada.username, 'a wrong password', token), 401, 'unauthorized_error');
    expect((await both(ada.username, MEMBER_PASSWORD, 'ctok-nothing')).status).toBe(200);
  });

  it('passes over a name that no account can have or has, and goes on to the token', async () => {
    const { token = '' } = bob.client.identity;
    for (const name of ['7up', '_admin', 'größe', unique('nobody')])
      expect((await both(name, MEMBER_PASSWORD, token)).body?.username).toBe(bob.username);
    expectError(await both(unique('nobody'), MEMBER_PASSWORD, 'ctok-nothing'), 401, 'unauthorized_error');
  });

  it('refuses an unknown Execution-Token whatever else is there', async () => {
    const { token = '' } = ada.client.identity;
    const headers = { 'execution-token': token };
    for (const client of [ada.client, byPassword(ada.username), test.stranger])
      expectError(await client.get('/user', { headers }), 401, 'unauthorized_error');
  });
});

describe('the audit log', () => {
  it('has the making and the end of a token, and never its value', async () => {
    const user = await test.world.user();
    const made = await make(user.client, { expiration_date: '+2h' });
    await user.client.delete(`/tokens/${made.id}`);
    const { body } = await admin.get('/audit?kind=all&order_by=created_at&size=1000');
    const text = JSON.stringify(body.items);
    const actions = body.items
      .filter(({ ref_identifier }: { ref_identifier?: { id?: string } }) => ref_identifier?.id === made.id)
      .map(({ action, operation, creator_name }: Record<string, string>) => [action, operation, creator_name]);
    expect(actions).toEqual([
      ['token.create', 'create', user.username],
      ['token.delete', 'delete', user.username],
    ]);
    expect(text).not.toContain(made.value.slice(16));
  });
});
