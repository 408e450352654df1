import { jest } from '@jest/globals';
import { HotQueries } from '../../src/platform/database/hot-queries.js';
import { UnitOfWork } from '../../src/platform/database/unit-of-work.js';
import { ADMIN_PASSWORD, createTestApp, signedIn, type TestApp } from '../support/app.js';
import type { Answer, Client } from '../support/client.js';
import { expectCodeless, expectError, expectQueryError, expectStatus } from '../support/expect-error.js';
import { MEMBER_PASSWORD } from '../support/world.js';

const OTHER_PASSWORD = 'another Fine password 9';
/** argon2id and pbkdf2-sha256 as the original's restored accounts have it, of the password `secret of the past`. */
const PBKDF2 = '$pbkdf2-sha256$29000$' + 'A'.repeat(22) + '$' + 'A'.repeat(43);
const FIELDS = [
  'username',
  'tenants',
  'tenant_roles',
  'groups',
  'role',
  'group_system_roles',
  'active',
  'created_at',
  'first_login_at',
  'last_login_at',
  'is_locked',
  'show_getting_started',
  'password_hash',
];
const WIRE_DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let holdfast: TestApp;
let admin: Client;

beforeAll(async () => {
  holdfast = await createTestApp();
  admin = holdfast.admin.as({});
});
afterAll(() => holdfast.close());

const withoutTenant = (client: Client): Client => {
  const { tenant: _tenant, ...identity } = client.identity;
  return holdfast.stranger.as(identity);
};

/** Runs `work` while the role holds the permissions too. */
async function granted<T>(role: string, permissions: readonly string[], work: () => Promise<T>): Promise<T> {
  for (const permission of permissions) expectStatus(await admin.put(`/permissions/${role}/${permission}`), 200);
  try {
    return await work();
  } finally {
    for (const permission of permissions) expectStatus(await admin.delete(`/permissions/${role}/${permission}`), 204);
  }
}

const newUser = (changes: object = {}): Record<string, unknown> => ({
  username: holdfast.world.name('new'),
  password: MEMBER_PASSWORD,
  ...changes,
});
const createUser = (input: object): Promise<Answer> => admin.put('/users', input);
const userTotal = async (): Promise<number> => (await admin.get('/users?_size=0')).body.metadata.pagination.total;
const updateUser = (client: Client, username: string, body: unknown): Promise<Answer> =>
  client.post(`/users/${username}`, body);
const setActive = (client: Client, username: string, body: unknown): Promise<Answer> =>
  client.post(`/users/active/${username}`, body);

/** Two accounts with the role, and nobody else: the bootstrap administrator has laid it down, and keeps every permission. */
async function twoLeft(
  work: (first: Client, second: Client, names: readonly [string, string]) => Promise<void>,
): Promise<void> {
  const { items } = (await admin.get('/users', { query: { role: 'sys_admin', _include: 'username' } })).body;
  const [ada, bob] = [await holdfast.world.user('sys_admin'), await holdfast.world.user('sys_admin')];
  for (const { username } of items) expectStatus(await admin.post(`/users/${username}`, { role: 'default' }), 200);
  try {
    await work(ada.client, bob.client, [ada.username, bob.username]);
  } finally {
    for (const { username } of items) expectStatus(await admin.post(`/users/${username}`, { role: 'sys_admin' }), 200);
  }
}

describe('GET /user', () => {
  it('shows the caller, counted, with every field of the contract', async () => {
    const ada = await holdfast.world.user();
    const answer = await ada.client.get('/user');
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.body)).toEqual(FIELDS);
    expect(answer.body).toEqual({
      username: ada.username,
      tenants: 0,
      tenant_roles: null,
      groups: 0,
      role: 'default',
      group_system_roles: {},
      active: true,
      created_at: expect.stringMatching(WIRE_DATE),
      first_login_at: expect.stringMatching(WIRE_DATE),
      last_login_at: expect.stringMatching(WIRE_DATE),
      is_locked: false,
      show_getting_started: true,
      password_hash: null,
    });
  });

  it('shows the bootstrap administrator as the original does', async () => {
    const { body } = await withoutTenant(admin).get('/user', { query: { _get_data: 'true' } });
    expect(body).toMatchObject({
      username: 'admin',
      role: 'sys_admin',
      tenants: { default_tenant: { 'tenant-role': 'user', roles: ['user'] } },
      tenant_roles: { direct: { default_tenant: 'user' }, groups: {} },
      groups: [],
      group_system_roles: {},
    });
  });

  it('spells out tenants, roles and groups, the same in the list', async () => {
    const { world } = holdfast;
    const [acme, beta] = [await world.tenant(), await world.tenant()];
    const ada = await acme.member('user');
    const [ops, dev] = [await world.group('default', 'constructor'), await world.group('sys_admin')];
    for (const group_name of [ops, dev]) {
      expectStatus(await admin.put('/user-groups/users', { username: ada.username, group_name }), 200);
    }
    for (const [group_name, tenant_name, role] of [
      [ops, acme.name, 'viewer'],
      [ops, beta.name, 'manager'],
      [dev, beta.name, 'manager'],
    ]) {
      expectStatus(await admin.put('/tenants/user-groups', { tenant_name, group_name, role }), 200);
    }

    const { body } = await ada.client.get('/user', { query: { _get_data: 'True' } });
    expect(body).toMatchObject({
      tenants: {
        [acme.name]: { 'tenant-role': 'user', roles: ['user', 'viewer'] },
        [beta.name]: { 'tenant-role': null, roles: ['manager'] },
      },
      tenant_roles: {
        direct: { [acme.name]: 'user' },
        groups: { [acme.name]: { viewer: [ops] }, [beta.name]: { manager: [ops, dev].toSorted() } },
      },
      groups: [ops, dev].toSorted(),
      group_system_roles: { default: [ops], sys_admin: [dev] },
    });

    for (const getData of ['true', 'false']) {
      const self = await ada.client.get('/user', { query: { _get_data: getData } });
      const listed = await admin.get('/users', { query: { username: ada.username, _get_data: getData } });
      const shown = await admin.get(`/users/${ada.username}`, { query: { _get_data: getData } });
      expect(listed.body.items).toEqual([self.body]);
      expect(shown.body).toEqual(self.body);
      expect(Object.keys(shown.body)).toEqual(FIELDS);
    }
  });

  it.each(['user', 'viewer', 'operations', 'manager'])(
    'answers a %s, with and without a tenant header',
    async (role) => {
      const member = await (await holdfast.world.tenant()).member(role);
      expect((await member.client.get('/user')).body).toMatchObject({ username: member.username, tenants: 1 });
      expect((await withoutTenant(member.client).get('/user')).status).toBe(200);
    },
  );

  it('asks the database one question for a token, whatever is asked of it', async () => {
    const ada = await (await holdfast.world.tenant()).member('user');
    // The first use of a token is written down beside the request; then its row stays as it is for a minute.
    while ((await ada.client.get('/tokens')).body.items[0].last_used === null);
    await ada.client.get('/user');
    const statements = jest.spyOn(holdfast.app.get(HotQueries, { strict: false }), 'query');
    const transactions = jest.spyOn(holdfast.app.get(UnitOfWork, { strict: false }), 'run');
    try {
      for (const getData of ['false', 'true']) {
        expectStatus(await ada.client.get('/user', { query: { _get_data: getData } }), 200);
      }
      // Work that nobody asked for (the audit sealer, say) goes on beside the requests.
      const asked = transactions.mock.calls.filter(([ctx]) => !ctx.requestId.startsWith('system:'));
      expect(asked).toEqual([]);
      expect(statements).toHaveBeenCalledTimes(2);
    } finally {
      statements.mockRestore();
      transactions.mockRestore();
    }
  });

  it('narrows to _include and refuses unknown names', async () => {
    expect((await admin.get('/user', { query: { _include: 'role,username' } })).body).toEqual({
      username: 'admin',
      role: 'sys_admin',
    });
    expectError(await admin.get('/user', { query: { _include: 'username,id' } }), 400, 'no_such_include_field_error');
    expectError(await admin.get('/user', { query: { _include: 'username,' } }), 400, 'no_such_include_field_error');
  });

  it('shows the hash to holders of get_password_hash alone, and to others nothing', async () => {
    const ada = await holdfast.world.user();
    expect((await ada.client.get('/user', { query: { _include_hash: 'true' } })).body.password_hash).toBeNull();
    const own = await admin.get('/user', { query: { _include_hash: 'true' } });
    expect(own.body.password_hash).toMatch(/^\$argon2id\$/);
    expect(own.headers['cache-control']).toBe('no-store');
    expectError(await admin.get('/user', { query: { _include_hash: '1' } }), 400, 'bad_parameters_error');
  });

  it('refuses strangers and an unknown tenant', async () => {
    expectError(await holdfast.stranger.get('/user'), 401, 'unauthorized_error');
    expectError(await admin.get('/user', { tenant: 'no_such_tenant' }), 403, 'forbidden_error');
  });

  it('needs user_get_self', async () => {
    const ada = await holdfast.world.user();
    expectStatus(await admin.delete('/permissions/default/user_get_self'), 204);
    try {
      expectError(await ada.client.get('/user'), 403, 'forbidden_error');
    } finally {
      expectStatus(await admin.put('/permissions/default/user_get_self'), 200);
    }
    expect((await ada.client.get('/user')).status).toBe(200);
  });
});

describe('GET /users', () => {
  it('lists with paging, sorting and filters on the columns of users', async () => {
    const prefix = holdfast.world.name('lister');
    for (const suffix of ['c', 'A', 'b']) await holdfast.world.user('default', `${prefix}.${suffix}`);
    const names = async (query: Record<string, string | readonly string[]>): Promise<string[]> => {
      const { body } = expectStatus(await admin.get('/users', { query: { _search: prefix, ...query } }), 200);
      return body.items.map((user: { username: string }) => user.username.slice(prefix.length + 1));
    };
    expect(await names({})).toEqual(['c', 'A', 'b']);
    expect((await names({ _sort: 'username' })).toSorted()).toEqual(['A', 'b', 'c']);
    expect(await names({ _sort: '-created_at' })).toEqual(['b', 'A', 'c']);
    expect(await names({ _size: '1', _offset: '1' })).toEqual(['A']);
    expect(await names({ _size: '5000' })).toEqual(['c', 'A', 'b']);
    expect(await names({ username: [`${prefix}.c`, `${prefix}.b`] })).toEqual(['c', 'b']);
    expect(await names({ role: 'sys_admin' })).toEqual([]);
    expect(await names({ role: '' })).toEqual([]);
    expect(await names({ active: 'True', show_getting_started: 'true' })).toHaveLength(3);
    expect(await names({ _search: `${prefix.toUpperCase()}.` })).toHaveLength(3);
    expect(await names({ _search: `${prefix}%` })).toEqual([]);
    for (const key of ['first_login_at', 'last_login_at', 'role', 'active', 'show_getting_started']) {
      expect(await names({ _sort: `-${key}` })).toHaveLength(3);
    }
  });

  it('answers the list envelope', async () => {
    const { body } = await admin.get('/users', { query: { _size: '1', _offset: '0', _get_all_results: 'true' } });
    expect(body.items).toHaveLength(1);
    expect(body.metadata).toEqual({ pagination: { total: expect.any(Number), size: 1, offset: 0 }, filtered: null });
    expect(body.metadata.pagination.total).toBeGreaterThan(1);
    expect((await admin.get('/users', { query: { _size: '0' } })).body.items).toEqual([]);
  });

  it('never filters or sorts by the hash, and shows it only to its holders', async () => {
    expectError(await admin.get('/users', { query: { password_hash: 'x' } }), 400, 'bad_parameters_error');
    expectQueryError(await admin.get('/users', { query: { _sort: 'password_hash' } }));
    const { body } = await admin.get('/users', { query: { username: 'admin', _include_hash: 'true' } });
    expect(body.items[0].password_hash).toMatch(/^\$argon2id\$/);
    const large = await admin.get('/users', { query: { username: 'admin', _include_hash: 'true', _size: '9999' } });
    expect(large.body.items[0].password_hash).toBe(body.items[0].password_hash);
    const ada = await holdfast.world.user();
    await granted('default', ['user_list'], async () => {
      const asked = await ada.client.get('/users', { query: { username: 'admin', _include_hash: 'true' } });
      expect(asked.body.items[0].password_hash).toBeNull();
    });
  });

  it('projects', async () => {
    const { body } = await admin.get('/users', { query: { username: 'admin', _include: 'tenants,is_locked' } });
    expect(body.items).toEqual([{ tenants: 1, is_locked: false }]);
  });

  it.each([{ id: '0' }, { email: 'x' }, { is_locked: 'true' }, { tenants: '1' }, { '': 'x' }, { created_at: 'soon' }])(
    'refuses the filter %j',
    async (query) => {
      expectError(await admin.get('/users', { query }), 400, 'bad_parameters_error');
    },
  );

  it.each([{ _size: '-1' }, { _size: 'ten' }, { _offset: '1.5' }, { _sort: 'nothing' }, { _sort: '-tenants' }])(
    'refuses the paging %j',
    async (query) => {
      expectQueryError(await admin.get('/users', { query }));
    },
  );

  it('refuses who may not, and strangers', async () => {
    expectError(await (await holdfast.world.user()).client.get('/users'), 403, 'forbidden_error');
    expectError(await holdfast.stranger.get('/users'), 401, 'unauthorized_error');
  });
});

describe('PUT /users', () => {
  it('creates a user with the role default, who can sign in', async () => {
    const input = newUser({ comment: 'unknown fields are ignored', id: 77 });
    const answer = await createUser(input);
    expect(answer.status).toBe(201);
    expect(Object.keys(answer.body)).toEqual(FIELDS);
    expect(answer.body).toMatchObject({
      username: input['username'],
      role: 'default',
      tenants: 0,
      groups: 0,
      active: true,
      first_login_at: null,
      last_login_at: null,
      show_getting_started: true,
      password_hash: null,
    });
    await signedIn(holdfast.stranger, String(input['username']), MEMBER_PASSWORD);
  });

  it('takes a role, an empty one for the default, and null for what may be left out', async () => {
    expect((await createUser(newUser({ role: 'sys_admin' }))).body.role).toBe('sys_admin');
    expect((await createUser(newUser({ role: '' }))).body.role).toBe('default');
    expect((await createUser(newUser({ role: null, is_prehashed: null, created_at: null }))).status).toBe(201);
  });

  it.each([
    [{ username: undefined }],
    [{ password: undefined }],
    [{ username: 7 }],
    [{ username: null }],
    [{ password: ['x'] }],
    [{ role: 1 }],
    [{ is_prehashed: 'maybe' }],
    [{ username: '' }],
    [{ username: '1st' }],
    [{ username: 'a b' }],
    [{ username: 'a/b' }],
    [{ username: 'zoë' }],
    [{ username: 'a\u0000b' }],
    [{ username: 'a'.repeat(257) }],
    [{ password: '' }],
    [{ password: 'elevenchars' }],
    [{ password: 'password1234' }],
    [{ password: 'Aa1!'.repeat(65) }],
    [{ role: 'emperor' }],
    [{ role: 'manager' }],
    [{ created_at: 'yesterday' }],
    [{ last_login_at: 5 }],
    [{ password: 'not an encoded hash', is_prehashed: true }],
  ])('refuses %j and makes nobody', async (changes) => {
    const before = await userTotal();
    expectError(await createUser(newUser(changes)), 400, 'bad_parameters_error');
    expect(await userTotal()).toBe(before);
  });

  it('refuses a name that is taken, in any casing', async () => {
    const username = holdfast.world.name('Taken');
    expectStatus(await createUser({ username, password: MEMBER_PASSWORD }), 201);
    for (const again of [username, username.toUpperCase(), username.toLowerCase()]) {
      expectError(await createUser({ username: again, password: MEMBER_PASSWORD }), 409, 'conflict_error');
    }
    expectError(await createUser({ username: 'ADMIN', password: MEMBER_PASSWORD }), 409, 'conflict_error');
  });

  it('makes one user when ten ask for the same name at once', async () => {
    const username = holdfast.world.name('race');
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, at) =>
        createUser({ username: at % 2 ? username : username.toUpperCase(), password: MEMBER_PASSWORD }),
      ),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(9);
  });

  it('stores a hash made elsewhere', async () => {
    const { body: source } = await admin.get('/user', { query: { _include_hash: 'true' } });
    const input = newUser({ password: source.password_hash, is_prehashed: 'TRUE' });
    expectStatus(await createUser(input), 201);
    await signedIn(holdfast.stranger, String(input['username']), ADMIN_PASSWORD);
    expectStatus(await createUser(newUser({ password: PBKDF2, is_prehashed: true })), 201);
  });

  it('restores dates for holders of set_timestamp, and for nobody else', async () => {
    const dates = {
      created_at: '2020-01-02T03:04:05.678Z',
      first_login_at: '2020-02-03 04:05:06+02:00',
      last_login_at: '202003040506+0000',
    };
    expect((await createUser(newUser(dates))).body).toMatchObject({
      created_at: '2020-01-02T03:04:05.678Z',
      first_login_at: '2020-02-03T02:05:06.000Z',
      last_login_at: '2020-03-04T05:06:00.000Z',
    });
    const ada = await holdfast.world.user();
    await granted('default', ['user_create'], async () => {
      const input = newUser({ created_at: dates.created_at });
      expectError(await ada.client.put('/users', input), 403, 'forbidden_error');
      expectError(await admin.get(`/users/${String(input['username'])}`), 404, 'not_found_error');
      expectStatus(await ada.client.put('/users', newUser()), 201);
    });
  });

  it('judges the restore of dates by system roles alone', async () => {
    const boss = await (await holdfast.world.tenant()).member('manager');
    await granted('manager', ['user_create', 'set_timestamp'], async () => {
      expectStatus(await boss.client.put('/users', newUser()), 201);
      expectError(await boss.client.put('/users', newUser({ created_at: '2020-01-01' })), 403, 'forbidden_error');
    });
  });

  it('reads JSON objects only', async () => {
    const headers = { 'content-type': 'text/plain' };
    expectError(await admin.put('/users', newUser(), { headers }), 415, 'unsupported_content_type_error');
    expectCodeless(await admin.put('/users', '{"username": '), 400);
    expectCodeless(await admin.put('/users', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])), 400);
    expectError(await admin.put('/users', [newUser()]), 400, 'bad_parameters_error');
    expectCodeless(await admin.put('/users', newUser({ filler: 'x'.repeat(1024 * 1024) })), 413);
  });

  it('asks who it is before it looks at the body', async () => {
    const headers = { 'content-type': 'text/plain' };
    const ada = await holdfast.world.user();
    expectError(await ada.client.put('/users', 'nonsense', { headers }), 403, 'forbidden_error');
    expectError(await holdfast.stranger.put('/users', 'nonsense', { headers }), 401, 'unauthorized_error');
  });
});

describe('GET /users/{username}', () => {
  it('finds a user in any casing', async () => {
    const ada = await holdfast.world.user('default', holdfast.world.name('Ada'));
    const answer = await admin.get(`/users/${ada.username.toUpperCase()}`);
    expect(answer.status).toBe(200);
    expect(answer.body.username).toBe(ada.username);
    expect((await admin.get(`/users/${ada.username}`, { query: { _include: 'username' } })).body).toEqual({
      username: ada.username,
    });
  });

  it('refuses the unknown, the unpermitted and strangers', async () => {
    const ada = await holdfast.world.user();
    expectError(await admin.get('/users/nobody_at_all'), 404, 'not_found_error');
    expectError(await admin.get('/users/%E2%84%AB'), 404, 'not_found_error');
    expectError(await ada.client.get(`/users/${ada.username}`), 403, 'forbidden_error');
    expectError(await ada.client.get('/users/nobody_at_all'), 403, 'forbidden_error');
    expectError(await holdfast.stranger.get('/users/admin'), 401, 'unauthorized_error');
    expectError(await admin.get('/users/admin', { query: { _include: 'token' } }), 400, 'no_such_include_field_error');
  });
});

describe('POST /users/{username}', () => {
  it('lets anybody change their own password; their tokens live on', async () => {
    const ada = await holdfast.world.user();
    const answer = await updateUser(ada.client, ada.username.toUpperCase(), { password: OTHER_PASSWORD });
    expect(answer.status).toBe(200);
    expect(answer.body.username).toBe(ada.username);
    expect((await ada.client.get('/user')).status).toBe(200);
    await signedIn(holdfast.stranger, ada.username, OTHER_PASSWORD);
    const old = holdfast.stranger.as({ basic: { username: ada.username, password: MEMBER_PASSWORD } });
    expectError(await old.get('/user'), 401, 'unauthorized_error');
  });

  it('ends the tokens when the user asks for it', async () => {
    const ada = await holdfast.world.user();
    expectStatus(await updateUser(ada.client, ada.username, { password: OTHER_PASSWORD, revoke_tokens: true }), 200);
    expectError(await ada.client.get('/user'), 401, 'unauthorized_error');
  });

  it('ends the tokens when an administrator resets the password', async () => {
    const ada = await holdfast.world.user();
    expectStatus(await updateUser(admin, ada.username, { password: OTHER_PASSWORD }), 200);
    expectError(await ada.client.get('/user'), 401, 'unauthorized_error');
    const again = await signedIn(holdfast.stranger, ada.username, OTHER_PASSWORD);
    expect((await again.get('/user')).status).toBe(200);
  });

  it('changes the role, felt by the next request', async () => {
    const ada = await holdfast.world.user();
    expectError(await ada.client.get('/users'), 403, 'forbidden_error');
    expect((await updateUser(admin, ada.username, { role: 'sys_admin' })).body.role).toBe('sys_admin');
    expect((await ada.client.get('/users')).status).toBe(200);
    expect((await updateUser(admin, ada.username, { role: 'default', password: '' })).body.role).toBe('default');
    expectError(await ada.client.get('/users'), 403, 'forbidden_error');
  });

  it.each([
    [false, false],
    ['TRUE', true],
    ['false', false],
  ])('sets show_getting_started to %j', async (sent, stored) => {
    const ada = await holdfast.world.user();
    const { status, body } = await updateUser(admin, ada.username, { show_getting_started: sent });
    expect([status, body.show_getting_started]).toEqual([200, stored]);
    expect((await ada.client.get('/user')).body.show_getting_started).toBe(stored);
  });

  it.each([
    [{}],
    [{ password: '', role: '' }],
    [{ password: OTHER_PASSWORD, role: 'default' }],
    [{ password: 'short' }],
    [{ password: 12345678901234 }],
    [{ role: 'emperor' }],
    [{ role: 'manager' }],
    [{ role: true }],
    [{ show_getting_started: 'perhaps' }],
    [{ show_getting_started: 1 }],
    [{ revoke_tokens: true }],
    [{ password: OTHER_PASSWORD, revoke_tokens: 'x' }],
  ])('refuses %j and changes nothing', async (body) => {
    const ada = await holdfast.world.user();
    expectError(await updateUser(admin, ada.username, body), 400, 'bad_parameters_error');
    expect((await ada.client.get('/user')).body).toMatchObject({ role: 'default', show_getting_started: true });
    await signedIn(holdfast.stranger, ada.username, MEMBER_PASSWORD);
  });

  it('needs user_update for everything but the own password', async () => {
    const [ada, bob] = [await holdfast.world.user(), await holdfast.world.user()];
    expectError(await updateUser(ada.client, ada.username, { role: 'sys_admin' }), 403, 'forbidden_error');
    expectError(await updateUser(ada.client, ada.username, { show_getting_started: false }), 403, 'forbidden_error');
    expectError(await updateUser(ada.client, bob.username, { password: OTHER_PASSWORD }), 403, 'forbidden_error');
    expectError(await updateUser(ada.client, 'nobody_at_all', { password: OTHER_PASSWORD }), 403, 'forbidden_error');
    expect((await bob.client.get('/user')).status).toBe(200);
  });

  it('judges the caller before the body, where the account is another’s', async () => {
    const headers = { 'content-type': 'text/plain' };
    const ada = await holdfast.world.user();
    expectError(await ada.client.post('/users/admin', 'x', { headers }), 403, 'forbidden_error');
    expectError(
      await ada.client.post(`/users/${ada.username}`, 'x', { headers }),
      415,
      'unsupported_content_type_error',
    );
    expectError(await holdfast.stranger.post('/users/admin', 'x', { headers }), 401, 'unauthorized_error');
    expectCodeless(await ada.client.post(`/users/${ada.username}`, '{'), 400);
  });

  it('knows when there is nobody of that name', async () => {
    for (const body of [{ password: OTHER_PASSWORD }, { role: 'default' }, { show_getting_started: true }]) {
      expectError(await updateUser(admin, 'nobody_at_all', body), 404, 'not_found_error');
    }
  });

  it('applies every one of several changes of a password at once, the last one stays', async () => {
    const ada = await holdfast.world.user();
    const passwords = Array.from({ length: 3 }, (_, at) => `a Rather long password ${at}`);
    const answers = await Promise.all(passwords.map((password) => updateUser(admin, ada.username, { password })));
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200]);
    const works = await Promise.all(
      passwords.map((password) =>
        holdfast.stranger
          .as({ basic: { username: ada.username, password } })
          .get('/user')
          .then(({ status }) => status === 200),
      ),
    );
    expect(works.filter(Boolean)).toHaveLength(1);
  });
});

describe('the last system administrator', () => {
  it('keeps the role', () =>
    twoLeft(async (first, _second, [ada, bob]) => {
      expectStatus(await first.post(`/users/${bob}`, { role: 'default' }), 200);
      expectError(await first.post(`/users/${ada}`, { role: 'default' }), 400, 'illegal_action_error');
      expectError(await admin.post(`/users/${ada}`, { role: 'default' }), 400, 'illegal_action_error');
      expectStatus(await first.post(`/users/${ada}`, { role: 'sys_admin' }), 200);
      expectError(await admin.delete(`/users/${ada}`), 400, 'illegal_action_error');
      expectError(await admin.post(`/users/active/${ada}`, { action: 'deactivate' }), 400, 'illegal_action_error');
    }));

  it('does not count those who are inactive', () =>
    twoLeft(async (first, _second, [ada, bob]) => {
      expectStatus(await first.post(`/users/active/${bob}`, { action: 'deactivate' }), 200);
      expectError(await admin.post(`/users/${ada}`, { role: 'default' }), 400, 'illegal_action_error');
      expectStatus(await admin.post(`/users/${bob}`, { role: 'default' }), 200);
    }));

  it.each([
    ['take the role from', (client: Client, name: string) => client.post(`/users/${name}`, { role: 'default' }), 200],
    [
      'deactivate',
      (client: Client, name: string) => client.post(`/users/active/${name}`, { action: 'deactivate' }),
      200,
    ],
    ['delete', (client: Client, name: string) => client.delete(`/users/${name}`), 204],
  ])('is still there after two who %s each other at the same moment', (_verb, strike, success) =>
    twoLeft(async (first, second, [ada, bob]) => {
      for (let round = 0; round < 5; round += 1) {
        const answers = await Promise.all([strike(first, bob), strike(second, ada)]);
        const { body } = await admin.get('/users', { query: { role: 'sys_admin', active: 'true' } });
        expect(body.items).toHaveLength(1);
        expect(answers.filter(({ status }) => status === success)).toHaveLength(1);
        if (success === 204) return;
        for (const name of [ada, bob]) {
          await admin.post(`/users/active/${name}`, { action: 'activate' });
          expectStatus(await admin.post(`/users/${name}`, { role: 'sys_admin' }), 200);
        }
      }
    }),
  );
});

describe('DELETE /users/{username}', () => {
  it('deletes, and ends the tokens', async () => {
    const ada = await holdfast.world.user();
    const answer = await admin.delete(`/users/${ada.username.toUpperCase()}`);
    expect([answer.status, answer.text]).toEqual([204, '']);
    expectError(await admin.get(`/users/${ada.username}`), 404, 'not_found_error');
    expectError(await ada.client.get('/user'), 401, 'unauthorized_error');
    expectError(await admin.delete(`/users/${ada.username}`), 404, 'not_found_error');
    await holdfast.world.user('default', ada.username);
  });

  it('refuses oneself and the bootstrap administrator', async () => {
    const boss = await holdfast.world.user('sys_admin');
    expectError(await boss.client.delete(`/users/${boss.username}`), 400, 'illegal_action_error');
    expectError(await boss.client.delete('/users/admin'), 400, 'illegal_action_error');
    expectError(await admin.delete('/users/admin'), 400, 'illegal_action_error');
  });

  it('refuses somebody who still belongs to a tenant or a group', async () => {
    const tenant = await holdfast.world.tenant();
    const [ada, bob] = [await tenant.member(), await holdfast.world.user()];
    const group_name = await holdfast.world.group();
    expectStatus(await admin.put('/user-groups/users', { username: bob.username, group_name }), 200);
    for (const { username, client } of [ada, bob]) {
      expectError(await admin.delete(`/users/${username}`), 400, 'illegal_action_error');
      expect((await client.get('/user')).status).toBe(200);
    }
    expectStatus(await admin.delete('/tenants/users', { tenant_name: tenant.name, username: ada.username }), 204);
    expectStatus(await admin.delete('/user-groups/users', { group_name, username: bob.username }), 204);
    for (const { username } of [ada, bob]) expectStatus(await admin.delete(`/users/${username}`), 204);
  });

  it('refuses somebody whose resources still exist', async () => {
    const tenant = await holdfast.world.tenant();
    const ada = await tenant.member();
    expectStatus(await ada.client.put('/secrets/of_ada', { value: 'x' }), 200);
    expectStatus(await admin.delete('/tenants/users', { tenant_name: tenant.name, username: ada.username }), 204);
    expectError(await admin.delete(`/users/${ada.username}`), 400, 'illegal_action_error');
    expectStatus(await tenant.asAdmin.delete('/secrets/of_ada'), 204);
    expectStatus(await admin.delete(`/users/${ada.username}`), 204);
  });

  it('refuses who may not, and strangers', async () => {
    const ada = await holdfast.world.user();
    expectError(await ada.client.delete(`/users/${ada.username}`), 403, 'forbidden_error');
    expectError(await holdfast.stranger.delete('/users/admin'), 401, 'unauthorized_error');
  });
});

describe('POST /users/active/{username}', () => {
  it('shuts a user out of every credential at once, and lets them in again', async () => {
    const ada = await holdfast.world.user();
    const basic = holdfast.stranger.as({ basic: { username: ada.username, password: MEMBER_PASSWORD } });
    expect((await basic.get('/user')).status).toBe(200);
    const off = await setActive(admin, ada.username.toUpperCase(), { action: 'deactivate' });
    expect([off.status, off.body.active]).toEqual([200, false]);
    expectError(await ada.client.get('/user'), 401, 'unauthorized_error');
    expectError(await basic.get('/user'), 401, 'unauthorized_error');
    const on = await setActive(admin, ada.username, { action: 'activate' });
    expect([on.status, on.body.active]).toEqual([200, true]);
    expect((await ada.client.get('/user')).status).toBe(200);
    expect((await basic.get('/user')).status).toBe(200);
  });

  it('takes any other action for deactivation, and refuses what is so already', async () => {
    const ada = await holdfast.world.user();
    expectError(await setActive(admin, ada.username, { action: 'activate' }), 409, 'conflict_error');
    expect((await setActive(admin, ada.username, { action: 'Activate' })).body.active).toBe(false);
    expectError(await setActive(admin, ada.username, { action: '' }), 409, 'conflict_error');
  });

  it('refuses to shut out oneself or the bootstrap administrator', async () => {
    const boss = await holdfast.world.user('sys_admin');
    expectError(await setActive(boss.client, boss.username, { action: 'deactivate' }), 400, 'illegal_action_error');
    expectError(await setActive(boss.client, 'admin', { action: 'deactivate' }), 400, 'illegal_action_error');
    expectError(await setActive(admin, 'admin', { action: 'deactivate' }), 400, 'illegal_action_error');
    expectError(await setActive(admin, 'admin', { action: 'activate' }), 409, 'conflict_error');
  });

  it('refuses bad bodies, the unknown, the unpermitted and strangers', async () => {
    const ada = await holdfast.world.user();
    expectError(await setActive(admin, ada.username, {}), 400, 'bad_parameters_error');
    expectError(await setActive(admin, ada.username, { action: true }), 400, 'bad_parameters_error');
    expectError(
      await admin.post(`/users/active/${ada.username}`, '{"action":"x"}', {
        headers: { 'content-type': 'text/plain' },
      }),
      415,
      'unsupported_content_type_error',
    );
    expectError(await setActive(admin, 'nobody_at_all', { action: 'activate' }), 404, 'not_found_error');
    expectError(await setActive(ada.client, ada.username, { action: 'deactivate' }), 403, 'forbidden_error');
    expectError(await setActive(holdfast.stranger, 'admin', { action: 'deactivate' }), 401, 'unauthorized_error');
    expect((await ada.client.get('/user')).status).toBe(200);
  });
});

describe('POST /users/unlock/{username}', () => {
  it('lets a locked account in again; its tokens went on all the while', async () => {
    const ada = await holdfast.world.user();
    const guess = holdfast.stranger.as({ address: '203.0.113.9' });
    for (let tries = 0; tries < 5; tries += 1) {
      const wrong = guess.as({ basic: { username: ada.username, password: `not the Password ${tries}` } });
      expectError(await wrong.get('/user'), 401, 'unauthorized_error');
    }
    const right = guess.as({ basic: { username: ada.username, password: MEMBER_PASSWORD } });
    expectError(await right.get('/user'), 401, 'unauthorized_error');
    expect((await ada.client.get('/user')).body.is_locked).toBe(true);
    for (const path of [`/users/${ada.username}`, `/users?username=${ada.username}&_include=is_locked`]) {
      const { body } = await admin.get(path);
      expect((body.items?.[0] ?? body).is_locked).toBe(true);
    }

    const answer = await admin.post(`/users/unlock/${ada.username.toUpperCase()}`);
    expect([answer.status, answer.body.is_locked]).toEqual([200, false]);
    expect((await right.get('/user')).status).toBe(200);
  });

  it('refuses what is not locked, the unknown, the unpermitted and strangers', async () => {
    const ada = await holdfast.world.user();
    expectError(await admin.post(`/users/unlock/${ada.username}`, 'any body is ignored'), 409, 'conflict_error');
    expectError(await admin.post('/users/unlock/nobody_at_all'), 404, 'not_found_error');
    expectError(await ada.client.post(`/users/unlock/${ada.username}`), 403, 'forbidden_error');
    expectError(await holdfast.stranger.post('/users/unlock/admin'), 401, 'unauthorized_error');
  });
});
