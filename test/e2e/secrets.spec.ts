import { createTestApp, type TestApp } from '../support/app.js';
import type { Answer, Client } from '../support/client.js';
import { expectCodeless, expectError, expectStatus } from '../support/expect-error.js';
import { allRows } from '../support/superuser.js';
import type { Member, TestTenant } from '../support/world.js';

let test: TestApp;
let tenant: TestTenant;
let ada: Member;
let bob: Member;
let admin: Client;

beforeAll(async () => {
  test = await createTestApp();
  tenant = await test.world.tenant();
  ada = await tenant.member('user');
  bob = await tenant.member('user');
  admin = tenant.asAdmin;
});
afterAll(() => test.close());

const name = (): string => test.world.name('key');

async function made(client: Client, body: object = {}, key = name()): Promise<string> {
  expectStatus(await client.put(`/secrets/${key}`, { value: 'hunter2', ...body }), 200);
  return key;
}

const statusesOf = (answers: readonly Answer[]): number[] =>
  answers.map(({ status }) => status).toSorted((left, right) => left - right);

describe('PUT and GET /secrets/{key}', () => {
  it('create a secret and give it back, in the shape of the contract', async () => {
    const key = name();
    const put = await ada.client.put(`/secrets/${key}`, { value: 's3cret', is_hidden_value: false });
    const date = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const secret = {
      key,
      created_at: date,
      updated_at: date,
      visibility: 'tenant',
      resource_availability: 'tenant',
      private_resource: false,
      tenant_name: tenant.name,
      created_by: ada.username,
      is_hidden_value: false,
      schema: null,
      provider_name: null,
      provider_options: null,
    };
    expect({ status: put.status, body: put.body }).toEqual({ status: 200, body: { ...secret, value: '' } });
    const got = await bob.client.get(`/secrets/${key}`);
    expect({ status: got.status, body: got.body }).toEqual({ status: 200, body: { ...secret, value: 's3cret' } });
    expect(got.headers['cache-control']).toBe('no-store');
    expect(got.body.created_at).toBe(put.body.created_at);
  });

  it('keep every character of a text', async () => {
    for (const value of [' ', 'Größe 🔑 \u0000 \\ "', '\ufeffmark', '{"a": 1}', '\r\n']) {
      const key = await made(ada.client, { value });
      expect((await ada.client.get(`/secrets/${key}`)).body.value).toBe(value);
    }
  });

  it.each<[string, object]>([
    ['no value', {}],
    ['a null', { value: null }],
    ['an empty text', { value: '' }],
    ['an empty text in spite of a schema', { value: '', schema: { type: 'string' } }],
    ['a null in spite of a schema', { value: null, schema: { type: 'null' } }],
    ['a number without schema', { value: 1 }],
    ['false without schema', { value: false }],
    ['a dict with the empty schema, which is none', { value: {}, schema: {} }],
    ['half a surrogate pair', { value: '\ud800' }],
    ['a schema that is no dict', { value: 'x', schema: true }],
    ['a schema that is not valid', { value: 'x', schema: { type: 'text' } }],
    ['a schema with an unstorable text', { value: 'x', schema: { const: '\u0000' } }],
    ['a schema with half a surrogate pair', { value: 'x', schema: { title: '\udc00' } }],
    ['a pattern with look-around', { value: 'x', schema: { pattern: '(?=x)' } }],
    ['a schema from elsewhere', { value: 'x', schema: { $ref: 'http://127.0.0.1/schema.json' } }],
    ['a schema that never ends', { value: 'x', schema: { $ref: '#' } }],
    ['a flag that is none', { value: 'x', is_hidden_value: 'yes' }],
    ['a flag as a number', { value: 'x', update_if_exists: 1 }],
    ['an unknown visibility', { value: 'x', visibility: 'public' }],
    ['a visibility that is no text', { value: 'x', visibility: 1 }],
    ['options that are no dict', { value: 'x', provider_options: [] }],
    ['a provider name that is no text', { value: 'x', provider_name: 1 }],
  ])('refuse %s with 400, and create nothing', async (_what, body) => {
    const key = name();
    expectError(await ada.client.put(`/secrets/${key}`, body), 400, 'bad_parameters_error');
    expectError(await ada.client.get(`/secrets/${key}`), 404, 'not_found_error');
  });

  it.each(['1abc', 'a%20b', 'a%00', 'a'.repeat(257), 'schl%C3%BCssel'])('refuse the key %s', async (key) => {
    expectError(await ada.client.put(`/secrets/${key}`, { value: 'x' }), 400, 'bad_parameters_error');
    expectError(await ada.client.get(`/secrets/${key}`), 400, 'bad_parameters_error');
    expectError(await ada.client.patch(`/secrets/${key}`, { value: 'x' }), 400, 'bad_parameters_error');
    expectError(await ada.client.delete(`/secrets/${key}`), 400, 'bad_parameters_error');
  });

  it('take the longest key there is', async () => {
    const key = `k${'~'.repeat(255)}`;
    await made(ada.client, {}, key);
    expectStatus(await ada.client.get(`/secrets/${key}`), 200);
  });

  it('know no provider yet', async () => {
    const body = { value: '', provider_name: 'vault', provider_options: { path: 'a' } };
    expectError(await ada.client.put(`/secrets/${name()}`, body), 404, 'not_found_error');
    const key = await made(ada.client);
    expectError(await ada.client.patch(`/secrets/${key}`, { provider_name: 'vault' }), 404, 'not_found_error');
  });

  it('say no to a key that is taken, and change nothing', async () => {
    const key = await made(ada.client);
    expectError(await bob.client.put(`/secrets/${key}`, { value: 'other' }), 409, 'conflict_error');
    expect((await bob.client.get(`/secrets/${key}`)).body.value).toBe('hunter2');
  });

  it('leave the value out on request, or when only other fields are asked for', async () => {
    const key = await made(ada.client);
    expect((await ada.client.get(`/secrets/${key}?_skip_value=True`)).body.value).toBe('');
    expect((await ada.client.get(`/secrets/${key}?_include=key,visibility`)).body).toEqual({
      key,
      visibility: 'tenant',
    });
    expectError(await ada.client.get(`/secrets/${key}?_skip_value=maybe`), 400, 'bad_parameters_error');
    expectError(await ada.client.get(`/secrets/${key}?_include=id`), 400, 'no_such_include_field_error');
  });

  it('show provider options to those only who may see what is hidden', async () => {
    const key = await made(ada.client, { provider_options: { path: 'kv/db', deep: [1, null] } });
    expect((await ada.client.get(`/secrets/${key}`)).body.provider_options).toEqual({ path: 'kv/db', deep: [1, null] });
    expect((await admin.get(`/secrets/${key}`)).body.provider_options).toEqual({ path: 'kv/db', deep: [1, null] });
    expect((await bob.client.get(`/secrets/${key}`)).body).toMatchObject({ value: 'hunter2', provider_options: null });
    expectStatus(await ada.client.patch(`/secrets/${key}`, { provider_options: { path: 'new' } }), 200);
    expect((await ada.client.get(`/secrets/${key}`)).body).toMatchObject({
      value: 'hunter2',
      provider_options: { path: 'new' },
    });
  });

  it('ignore fields that nobody knows', async () => {
    const key = await made(ada.client, {
      tenant_id: 0,
      created_by: 'admin',
      creator_id: 0,
      id: 'x',
      record_version: 9,
    });
    const { body } = await ada.client.get(`/secrets/${key}`);
    expect(body).toMatchObject({ created_by: ada.username, tenant_name: tenant.name, value: 'hunter2' });
  });
});

describe('secrets with a schema', () => {
  it.each<[unknown, object]>([
    [false, { type: 'boolean' }],
    [true, { type: 'boolean' }],
    [0, { type: 'integer' }],
    [-1.5, { type: 'number' }],
    [[], { type: 'array' }],
    [{}, { type: 'object' }],
    ['text', { type: 'string' }],
    [
      { user: 'ada', ports: [1, 2], none: null },
      { type: 'object', required: ['user'] },
    ],
  ])('keep %j', async (value, schema) => {
    const key = await made(ada.client, { value, schema });
    expect((await ada.client.get(`/secrets/${key}`)).body).toMatchObject({ value, schema });
  });

  it('refuse with 409 what the schema refuses, without a word of the value', async () => {
    const put = await ada.client.put(`/secrets/${name()}`, { value: '{"a": 1}', schema: { type: 'object' } });
    expectError(put, 409, 'conflict_error');
    const other = await ada.client.put(`/secrets/${name()}`, { value: 'hunter2hunter2', schema: { maxLength: 3 } });
    expectError(other, 409, 'conflict_error');
    expect(other.text).not.toContain('hunter2');
  });

  it('judge later values by the stored schema', async () => {
    const key = await made(ada.client, { value: { port: 1 }, schema: { type: 'object', required: ['port'] } });
    expectError(await ada.client.patch(`/secrets/${key}`, { value: { host: 'x' } }), 409, 'conflict_error');
    const lax = { value: 'text', schema: { type: 'string' }, update_if_exists: true };
    expectError(await ada.client.put(`/secrets/${key}`, lax), 409, 'conflict_error');
    expectStatus(await ada.client.patch(`/secrets/${key}`, { value: { port: 2 } }), 200);
    expectStatus(await ada.client.put(`/secrets/${key}`, { value: { port: 3 }, update_if_exists: true }), 200);
    expect((await ada.client.get(`/secrets/${key}`)).body.value).toEqual({ port: 3 });
  });

  it('keep keys that objects have by nature', async () => {
    const key = name();
    const body = '{"value": {"__proto__": {"a": 1}, "constructor": 2}, "schema": {"type": "object"}}';
    expectStatus(await ada.client.put(`/secrets/${key}`, body), 200);
    const { text } = await ada.client.get(`/secrets/${key}`);
    expect(text).toContain('"value":{"__proto__":{"a":1},"constructor":2}');
  });

  it('come back soon from a schema that was made to take for ever', async () => {
    const nested = {
      anyOf: [
        { items: { $ref: '#' }, maxItems: 0 },
        { items: { $ref: '#' }, maxItems: 0 },
      ],
    };
    const value: unknown = JSON.parse(`${'['.repeat(50)}${']'.repeat(50)}`);
    const started = performance.now();
    const answer = await ada.client.put(`/secrets/${name()}`, { value, schema: nested });
    expectError(answer, 400, 'bad_parameters_error');
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

describe('update_if_exists', () => {
  it('creates what is not there', async () => {
    const key = await made(ada.client, { update_if_exists: 'True', visibility: 'private' });
    expect((await ada.client.get(`/secrets/${key}`)).body).toMatchObject({ value: 'hunter2', visibility: 'private' });
  });

  it('replaces the value, and neither visibility nor hidden flag nor schema', async () => {
    const key = await made(ada.client);
    const body = {
      value: 'new',
      update_if_exists: true,
      visibility: 'private',
      is_hidden_value: true,
      schema: { type: 'string' },
    };
    const put = expectStatus(await bob.client.put(`/secrets/${key}`, body), 200);
    expect(put.body).toMatchObject({ value: '', visibility: 'tenant', is_hidden_value: false, schema: null });
    const got = await bob.client.get(`/secrets/${key}`);
    expect(got.body).toMatchObject({ value: 'new', created_by: ada.username, schema: null });
    expect(got.body.updated_at >= got.body.created_at).toBe(true);
  });

  it('takes text alone where no schema is stored', async () => {
    const key = await made(ada.client);
    const body = { value: { a: 1 }, schema: { type: 'object' }, update_if_exists: true };
    expectError(await ada.client.put(`/secrets/${key}`, body), 400, 'bad_parameters_error');
  });

  it('leaves alone a hidden secret of somebody else, a private one, and a global one of another tenant', async () => {
    const hidden = await made(ada.client, { is_hidden_value: true });
    const update = { value: 'mine now', update_if_exists: true };
    expectError(await bob.client.put(`/secrets/${hidden}`, update), 403, 'forbidden_error');
    const secret = await made(ada.client, { visibility: 'private' });
    expectError(await bob.client.put(`/secrets/${secret}`, update), 409, 'conflict_error');
    const global = await made(test.admin, { visibility: 'global' });
    expectError(await bob.client.put(`/secrets/${global}`, update), 400, 'illegal_action_error');
    expect((await ada.client.get(`/secrets/${hidden}`)).body.value).toBe('hunter2');
    expect((await ada.client.get(`/secrets/${secret}`)).body.value).toBe('hunter2');
    expect((await ada.client.get(`/secrets/${global}`)).body.value).toBe('hunter2');
  });
});

describe('PATCH /secrets/{key}', () => {
  it('changes what is named, and the date', async () => {
    const key = await made(ada.client, { visibility: 'private' });
    test.clock.advance(5_000);
    const answer = await ada.client.patch(`/secrets/${key}`, {
      value: 'new',
      is_hidden_value: 'true',
      visibility: 'tenant',
    });
    expect(expectStatus(answer, 200).body).toMatchObject({ value: '', is_hidden_value: true, visibility: 'tenant' });
    expect(answer.body.updated_at > answer.body.created_at).toBe(true);
    expect((await ada.client.get(`/secrets/${key}`)).body.value).toBe('new');
  });

  it('takes a falsy value for none', async () => {
    const key = await made(ada.client, { value: [1], schema: { type: ['array', 'boolean', 'integer', 'object'] } });
    for (const value of ['', null, false, 0, [], {}]) {
      expectStatus(await ada.client.patch(`/secrets/${key}`, { value }), 200);
    }
    expect((await ada.client.get(`/secrets/${key}`)).body.value).toEqual([1]);
  });

  it.each<[object | string, number, string]>([
    [{}, 400, 'illegal_action_error'],
    [{ visibility: 'private' }, 400, 'illegal_action_error'],
    [{ visibility: 'everybody' }, 400, 'bad_parameters_error'],
    [{ visibility: '' }, 400, 'bad_parameters_error'],
    [{ value: 5 }, 400, 'bad_parameters_error'],
    [{ is_hidden_value: 'maybe' }, 400, 'bad_parameters_error'],
    [{ creator: 'admin' }, 403, 'forbidden_error'],
    [{ creator: 5 }, 400, 'bad_parameters_error'],
    [{ visibility: 'global' }, 403, 'forbidden_error'],
    [{ provider_name: 'none' }, 404, 'not_found_error'],
  ])('answers %j with %i %s and changes nothing', async (body, status, code) => {
    const key = await made(ada.client);
    const before = (await ada.client.get(`/secrets/${key}`)).body;
    expectError(await ada.client.patch(`/secrets/${key}`, body), status, code);
    expect((await ada.client.get(`/secrets/${key}`)).body).toEqual(before);
  });

  it('counts a body of unknown fields as a body', async () => {
    expectStatus(await ada.client.patch(`/secrets/${await made(ada.client)}`, { unknown: 1 }), 200);
  });

  it('answers 404 for what is not there', async () => {
    expectError(await ada.client.patch(`/secrets/${name()}`, { value: 'x' }), 404, 'not_found_error');
  });

  it('gives a secret to another owner, by those who may', async () => {
    const key = await made(ada.client, { is_hidden_value: true });
    expectError(await admin.patch(`/secrets/${key}`, { creator: 'nobody_at_all' }), 400, 'bad_parameters_error');
    const answer = await admin.patch(`/secrets/${key}`, { creator: bob.username.toUpperCase() });
    expect(expectStatus(answer, 200).body.created_by).toBe(bob.username);
    expect((await bob.client.get(`/secrets/${key}`)).body.value).toBe('hunter2');
    expect((await ada.client.get(`/secrets/${key}`)).body.value).toBe('');
  });
});

describe('hidden secrets', () => {
  it('show their value to creator and administrators only, without an error for others', async () => {
    const manager = await tenant.member('manager');
    const key = await made(ada.client, { is_hidden_value: true });
    for (const client of [ada.client, manager.client, admin]) {
      expect((await client.get(`/secrets/${key}`)).body.value).toBe('hunter2');
    }
    const seen = await bob.client.get(`/secrets/${key}`);
    expect({ status: seen.status, value: seen.body.value }).toEqual({ status: 200, value: '' });
  });

  it('are changed, shown, widened and deleted by creator and administrators only', async () => {
    const key = await made(ada.client, { is_hidden_value: true });
    for (const body of [{ value: 'x' }, { is_hidden_value: false }, { visibility: 'tenant' }, { unknown: 1 }]) {
      expectError(await bob.client.patch(`/secrets/${key}`, body), 403, 'forbidden_error');
    }
    expectError(
      await bob.client.patch(`/secrets/${key}/set-visibility`, { visibility: 'tenant' }),
      403,
      'forbidden_error',
    );
    expectError(await bob.client.delete(`/secrets/${key}`), 403, 'forbidden_error');
    expectStatus(await admin.patch(`/secrets/${key}`, { is_hidden_value: false }), 200);
    expect((await bob.client.get(`/secrets/${key}`)).body.value).toBe('hunter2');
    expectError(await bob.client.patch(`/secrets/${key}`, { is_hidden_value: true }), 403, 'forbidden_error');
  });

  it('stay hidden from an administrator of another tenant, unless of both', async () => {
    const key = await made(test.admin, { visibility: 'global', is_hidden_value: true });
    const manager = await tenant.member('manager');
    expect((await manager.client.get(`/secrets/${key}`)).body.value).toBe('');
    const elsewhere = await test.world.tenant();
    const hidden = await made(elsewhere.asAdmin, { visibility: 'global', is_hidden_value: true });
    await elsewhere.add(manager, 'manager');
    expect((await manager.client.get(`/secrets/${hidden}`)).body.value).toBe('hunter2');
    expect((await bob.client.get(`/secrets/${hidden}`)).body.value).toBe('');
  });
});

describe('visibility of secrets', () => {
  it('hides a private secret so well that it looks absent', async () => {
    const key = await made(ada.client, { visibility: 'private' });
    const absent = await bob.client.get(`/secrets/${name()}`);
    for (const answer of [
      await bob.client.get(`/secrets/${key}`),
      await bob.client.patch(`/secrets/${key}`, { value: 'x' }),
      await bob.client.patch(`/secrets/${key}/set-visibility`, { visibility: 'tenant' }),
      await bob.client.delete(`/secrets/${key}`),
    ]) {
      expectError(answer, 404, 'not_found_error');
      expect(answer.body.message.replace(key, '')).toBe(absent.body.message.replace(/`key_[^`]*`/, '``'));
    }
    expect((await bob.client.get('/secrets', { query: { key } })).body.items).toEqual([]);
    expect((await admin.get(`/secrets/${key}`)).body).toMatchObject({ value: 'hunter2', private_resource: true });
    expect((await ada.client.get('/secrets', { query: { key } })).body.items).toHaveLength(1);
  });

  it('ends at the tenant', async () => {
    const stranger = await (await test.world.tenant()).member('manager');
    const key = await made(ada.client);
    expectError(await stranger.client.get(`/secrets/${key}`), 404, 'not_found_error');
    expectError(await stranger.client.get(`/secrets/${key}`, { tenant: tenant.name }), 403, 'forbidden_error');
    await made(stranger.client, { value: 'their own' }, key);
    expect((await ada.client.get(`/secrets/${key}`)).body.value).toBe('hunter2');
  });

  it('lets global secrets be read everywhere and changed at home only', async () => {
    const key = await made(test.admin, { visibility: 'global' });
    expect((await bob.client.get(`/secrets/${key}`)).body).toMatchObject({
      value: 'hunter2',
      tenant_name: 'default_tenant',
    });
    expectError(await bob.client.patch(`/secrets/${key}`, { value: 'x' }), 400, 'illegal_action_error');
    expectError(await admin.patch(`/secrets/${key}`, { value: 'x' }), 400, 'illegal_action_error');
    expectError(
      await admin.patch(`/secrets/${key}/set-visibility`, { visibility: 'global' }),
      400,
      'illegal_action_error',
    );
    expectError(await admin.delete(`/secrets/${key}`), 400, 'illegal_action_error');
    expectError(await bob.client.put(`/secrets/${key}`, { value: 'x' }), 409, 'conflict_error');
    expect((await test.admin.get(`/secrets/${key}`)).body.value).toBe('hunter2');
  });

  it('needs a right and a free key to be global', async () => {
    expectError(
      await ada.client.put(`/secrets/${name()}`, { value: 'x', visibility: 'global' }),
      403,
      'forbidden_error',
    );
    const key = await made(ada.client);
    expectError(await test.admin.put(`/secrets/${key}`, { value: 'x', visibility: 'global' }), 409, 'conflict_error');
    await made(test.admin, {}, key);
    expectError(
      await test.admin.patch(`/secrets/${key}/set-visibility`, { visibility: 'global' }),
      409,
      'conflict_error',
    );
    expectError(await test.admin.patch(`/secrets/${key}`, { visibility: 'global' }), 409, 'conflict_error');
  });

  it('may only stay or widen', async () => {
    const key = await made(test.admin, { visibility: 'private' });
    const path = `/secrets/${key}/set-visibility`;
    for (const body of [{}, { visibility: 'private' }, { visibility: 'all' }, { visibility: 1 }]) {
      expectError(await test.admin.patch(path, body), 400, 'bad_parameters_error');
    }
    expect(expectStatus(await test.admin.patch(path, { visibility: 'tenant' }), 200).body).toMatchObject({
      value: '',
      visibility: 'tenant',
    });
    expectStatus(await test.admin.patch(path, { visibility: 'tenant' }), 200);
    expectStatus(await test.admin.patch(path, { visibility: 'global' }), 200);
    expectError(await test.admin.patch(path, { visibility: 'tenant' }), 400, 'illegal_action_error');
    expectError(
      await test.admin.patch(`/secrets/${name()}/set-visibility`, { visibility: 'tenant' }),
      404,
      'not_found_error',
    );
    expectError(
      await ada.client.patch(`/secrets/${await made(ada.client)}/set-visibility`, { visibility: 'global' }),
      403,
      'forbidden_error',
    );
  });
});

describe('GET /secrets', () => {
  it('lists the fields of the contract, and never a value', async () => {
    const key = await made(ada.client, { value: 'hunter2hunter2', schema: { type: 'string' } });
    const answer = expectStatus(await bob.client.get('/secrets', { query: { _search: key.toUpperCase() } }), 200);
    expect(answer.body.metadata).toEqual({ pagination: { total: 1, size: 1000, offset: 0 }, filtered: null });
    expect(Object.keys(answer.body.items[0])).toEqual([
      'key',
      'created_at',
      'updated_at',
      'resource_availability',
      'visibility',
      'tenant_name',
      'created_by',
      'is_hidden_value',
      'provider_name',
    ]);
    expect(answer.text).not.toContain('hunter2');
  });

  it.each(['value', 'schema', 'id', 'provider_options', 'private_resource'])('does not include %s', async (field) => {
    expectError(await ada.client.get(`/secrets?_include=${field}`), 400, 'no_such_include_field_error');
  });

  it.each(['value', 'value_sealed', 'provider_options', 'creator_id', ''])('does not filter by %j', async (field) => {
    expectError(await ada.client.get(`/secrets?${field}=x`), 400, 'bad_parameters_error');
  });

  it('sorts, pages and filters', async () => {
    const own = await test.world.tenant();
    for (const key of ['b', 'c', 'a']) await made(own.asAdmin, { is_hidden_value: key === 'a' }, key);
    await made(own.asAdmin, { value: 1, schema: { type: 'integer' }, visibility: 'private' }, 'd');
    const keys = async (query: string): Promise<string[]> =>
      expectStatus(await own.asAdmin.get(`/secrets?tenant_name=${own.name}&_include=key&${query}`), 200).body.items.map(
        (item: { key: string }) => item.key,
      );
    expect(await keys('')).toEqual(['b', 'c', 'a', 'd']);
    expect(await keys('_sort=-key&_size=2&_offset=1')).toEqual(['c', 'b']);
    expect(await keys('is_hidden_value=True')).toEqual(['a']);
    expect(await keys('private_resource=true')).toEqual(['d']);
    expect(await keys(`schema=${encodeURIComponent('{"type": "integer"}')}`)).toEqual(['d']);
    expect(await keys('_sort=schema&_sort=-key&_size=1')).toEqual(['d']);
    expect(await keys('_size=1&_get_all_results=true&_sort=key')).toEqual(['a', 'b', 'c', 'd']);
  });

  it('reaches the tenants that the caller may list', async () => {
    const [one, two, three] = [await test.world.tenant(), await test.world.tenant(), await test.world.tenant()];
    const [prefix] = [name()];
    for (const each of [one, two, three]) await made(each.asAdmin, {}, `${prefix}_${each.name}`);
    const member = await one.member('user');
    await two.add(member, 'viewer');
    const tenants = async (client: Client): Promise<string[]> =>
      expectStatus(
        await client.get(`/secrets?_all_tenants=true&_search=${prefix}&_sort=created_at`),
        200,
      ).body.items.map((item: { tenant_name: string }) => item.tenant_name);
    expect(await tenants(member.client)).toEqual([one.name, two.name]);
    expect(await tenants(test.admin)).toEqual([one.name, two.name, three.name]);
    expect(await tenants(test.admin.as({ tenant: undefined as never }))).toEqual([one.name, two.name, three.name]);
  });
});

describe('doors', () => {
  it.each(['viewer', 'operations'])('let a member with the role %s read and nothing else', async (role) => {
    const member = await tenant.member(role);
    const key = await made(ada.client);
    expectStatus(await member.client.get('/secrets'), 200);
    expectStatus(await member.client.get(`/secrets/${key}`), 200);
    for (const answer of [
      await member.client.put(`/secrets/${name()}`, { value: 'x' }),
      await member.client.patch(`/secrets/${key}`, { value: 'x' }),
      await member.client.patch(`/secrets/${key}/set-visibility`, { visibility: 'tenant' }),
      await member.client.delete(`/secrets/${key}`),
    ]) {
      expectError(answer, 403, 'forbidden_error');
    }
  });

  it('stay shut without credentials, tenant, or a tenant that exists', async () => {
    expectError(await test.stranger.get('/secrets', { tenant: tenant.name }), 401, 'unauthorized_error');
    expectError(await ada.client.get('/secrets', { tenant: null }), 403, 'forbidden_error');
    expectError(await test.admin.get('/secrets/x', { tenant: null }), 403, 'forbidden_error');
    expectError(await test.admin.get('/secrets/x', { tenant: 'no_such_tenant' }), 403, 'forbidden_error');
    expectError(
      await (await test.world.user()).client.get('/secrets/x', { tenant: tenant.name }),
      403,
      'forbidden_error',
    );
  });

  it('judge rights before bodies', async () => {
    const viewer = await tenant.member('viewer');
    expectError(await viewer.client.put(`/secrets/${name()}`, '{broken'), 403, 'forbidden_error');
  });
});

describe('bad bodies', () => {
  it('are refused with the exact error, and nothing is created', async () => {
    const key = name();
    const path = `/secrets/${key}`;
    expectCodeless(await ada.client.put(path, '{broken'), 400);
    expectCodeless(await ada.client.put(path, ''), 400);
    expectCodeless(await ada.client.put(path, Buffer.from('{"value": "\xff\xfe"}', 'latin1')), 400);
    expectCodeless(await ada.client.put(path, { value: 'x'.repeat(1024 * 1024) }), 413);
    expectError(await ada.client.put(path, '[]'), 400, 'bad_parameters_error');
    expectError(
      await ada.client.put(path, `{"value": ${'['.repeat(70)}${']'.repeat(70)}}`),
      400,
      'bad_parameters_error',
    );
    expectError(
      await ada.client.put(path, 'value=x', { headers: { 'content-type': 'text/plain' } }),
      415,
      'unsupported_content_type_error',
    );
    expectError(await ada.client.get(path), 404, 'not_found_error');
    expectStatus(await ada.client.put(path, { value: 'x' }), 200);
  });

  it('do not matter to DELETE', async () => {
    const key = await made(ada.client);
    const answer = await ada.client.delete(`/secrets/${key}`, '{broken');
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 204, text: '' });
    expectError(await ada.client.delete(`/secrets/${key}`), 404, 'not_found_error');
  });
});

const rowsOf = (key: string): Promise<{ id: string; value_sealed: Buffer; text: string }[]> =>
  allRows(
    test.database,
    'SELECT id, value_sealed, secret::text AS text FROM secret WHERE key = $1 ORDER BY tenant_id',
    [key],
  );

async function expectRefused(key: string): Promise<void> {
  const before = test.log.at('error').length;
  expectError(await ada.client.get(`/secrets/${key}`), 500, 'invalid_fernet_token_format_error');
  expect(test.log.at('error').slice(before)).toContainEqual(
    expect.objectContaining({ message: 'a sealed value was refused' }),
  );
  const [row] = await allRows<{ failures: number }>(
    test.database,
    `SELECT count(*)::int AS failures FROM audit_log WHERE action = 'vault.integrity_failure'
        AND ref_identifier->>'id' = (SELECT id::text FROM secret WHERE key = $1)`,
    [key],
  );
  expect(row?.failures).toBeGreaterThan(0);
}

describe('what the database holds', () => {
  it('never the value, nor anything that equal values share', async () => {
    const value = 'a-value-that-must-not-be-found';
    const [one, two] = [
      await made(ada.client, { value, provider_options: { value } }),
      await made(ada.client, { value }),
    ];
    const [[first], [second]] = [await rowsOf(one), await rowsOf(two)];
    expect(first?.text).not.toContain(Buffer.from(value).toString('hex'));
    expect(first?.text).not.toContain(value);
    expect(first?.value_sealed.equals(second?.value_sealed ?? Buffer.alloc(0))).toBe(false);
  });

  it('refuses a value that was moved from another secret, and opens again when it is moved back', async () => {
    const [victim, thief] = [
      await made(ada.client, { is_hidden_value: true }),
      await made(ada.client, { value: 'own' }),
    ];
    const [[source], [target]] = [await rowsOf(victim), await rowsOf(thief)];
    await allRows(test.database, 'UPDATE secret SET value_sealed = $2 WHERE id = $1', [
      target?.id,
      source?.value_sealed,
    ]);
    await expectRefused(thief);
    await allRows(test.database, 'UPDATE secret SET value_sealed = $2 WHERE id = $1', [
      target?.id,
      target?.value_sealed,
    ]);
    expect((await ada.client.get(`/secrets/${thief}`)).body.value).toBe('own');
  });

  it('refuses a row that was moved to another tenant', async () => {
    const key = await made(test.admin);
    await allRows(
      test.database,
      'UPDATE secret SET tenant_id = (SELECT id FROM tenant WHERE name = $2) WHERE key = $1',
      [key, tenant.name],
    );
    await expectRefused(key);
  });

  it('refuses an older value of the same secret', async () => {
    const key = await made(ada.client, { value: 'old password' });
    const [old] = await rowsOf(key);
    expectStatus(await ada.client.patch(`/secrets/${key}`, { value: 'new password' }), 200);
    await allRows(test.database, 'UPDATE secret SET value_sealed = $2 WHERE id = $1', [old?.id, old?.value_sealed]);
    await expectRefused(key);
  });

  it.each([0, 3, 20, 70, -1])('refuses a value with a flipped bit at byte %i', async (at) => {
    const key = await made(ada.client);
    const [row] = await rowsOf(key);
    const bent = Buffer.from(row?.value_sealed ?? '');
    const index = at < 0 ? bent.length + at : at;
    bent[index] = (bent[index] ?? 0) ^ 1;
    await allRows(test.database, 'UPDATE secret SET value_sealed = $2 WHERE id = $1', [row?.id, bent]);
    await expectRefused(key);
  });

  it('refuses a value in the place of the options', async () => {
    const key = await made(ada.client, { value: '{}', provider_options: { a: 1 } });
    await allRows(test.database, 'UPDATE secret SET provider_options_sealed = value_sealed WHERE key = $1', [key]);
    await expectRefused(key);
  });
});

describe('many at once', () => {
  it('create one secret once', async () => {
    const key = name();
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, n) => (n % 2 ? ada : bob).client.put(`/secrets/${key}`, { value: `v${n}` })),
    );
    const statuses = statusesOf(answers);
    expect(statuses).toEqual([200, ...Array.from({ length: 11 }, () => 409)]);
    const winner = answers.findIndex(({ status }) => status === 200);
    expect((await ada.client.get(`/secrets/${key}`)).body.value).toBe(`v${winner}`);
  });

  it('replace a value one after the other, and none is lost or torn', async () => {
    const key = name();
    const values = Array.from({ length: 12 }, (_, n) => `value ${n}`);
    const put = await Promise.all(
      values.map((value) => ada.client.put(`/secrets/${key}`, { value, update_if_exists: true })),
    );
    expect(put.map(({ status }) => status)).toEqual(values.map(() => 200));
    const patched = await Promise.all(values.map((value) => bob.client.patch(`/secrets/${key}`, { value })));
    expect(patched.map(({ status }) => status)).toEqual(values.map(() => 200));
    expect(values).toContain((await ada.client.get(`/secrets/${key}`)).body.value);
  });

  it('delete a secret once, while others read and change it', async () => {
    const key = await made(ada.client);
    const answers = await Promise.all([
      ...Array.from({ length: 4 }, () => ada.client.delete(`/secrets/${key}`)),
      ...Array.from({ length: 4 }, () => bob.client.patch(`/secrets/${key}`, { value: 'x' })),
      ...Array.from({ length: 4 }, () => bob.client.get(`/secrets/${key}`)),
    ]);
    expect(answers.slice(0, 4).filter(({ status }) => status === 204)).toHaveLength(1);
    for (const { status } of answers) expect([200, 204, 404]).toContain(status);
  });

  it('never let a key be global here and taken there', async () => {
    for (let round = 0; round < 6; round += 1) {
      const key = name();
      const [global, local] = await Promise.all([
        test.admin.put(`/secrets/${key}`, { value: 'x', visibility: 'global' }),
        ada.client.put(`/secrets/${key}`, { value: 'x' }),
      ]);
      expect(statusesOf([global, local])).toEqual([200, 409]);
    }
    const key = name();
    await made(test.admin, {}, key);
    const [widened, created] = await Promise.all([
      test.admin.patch(`/secrets/${key}/set-visibility`, { visibility: 'global' }),
      ada.client.put(`/secrets/${key}`, { value: 'x' }),
    ]);
    expect(statusesOf([widened, created])).toEqual([200, 409]);
  });
});

interface Audited {
  readonly action: string;
  readonly operation: string;
  readonly creator_name: string;
  readonly tenant_name: string;
  readonly ref_id: string;
}

const recordsOf = (key: string): Promise<Audited[]> =>
  allRows(
    test.database,
    `SELECT action, operation, creator_name, tenant_name, ref_id FROM audit_log
      WHERE ref_table = 'secrets' AND ref_identifier->>'id' = $1 ORDER BY id`,
    [key],
  );

const recordBy = (action: string, operation: string, who: Member): object =>
  expect.objectContaining({ action, operation, creator_name: who.username, tenant_name: tenant.name });

describe('the audit log', () => {
  it('knows every change and every read of a value, and no read of none', async () => {
    const key = await made(ada.client);
    expectStatus(await bob.client.get(`/secrets/${key}`), 200);
    expectStatus(await bob.client.get(`/secrets/${key}?_skip_value=true`), 200);
    expectStatus(await bob.client.get(`/secrets/${key}?_include=key`), 200);
    expectStatus(await bob.client.patch(`/secrets/${key}`, { is_hidden_value: null, value: 'new' }), 200);
    expectStatus(await ada.client.patch(`/secrets/${key}/set-visibility`, { visibility: 'tenant' }), 200);
    expectStatus(await ada.client.patch(`/secrets/${key}`, { is_hidden_value: true }), 200);
    expectStatus(await bob.client.get(`/secrets/${key}`), 200);
    expectStatus(await ada.client.delete(`/secrets/${key}`), 204);
    const records = await recordsOf(key);
    expect(records).toEqual([
      recordBy('secret.create', 'create', ada),
      recordBy('secret.read', 'read', bob),
      recordBy('secret.update', 'update', bob),
      recordBy('secret.update', 'update', ada),
      recordBy('secret.update', 'update', ada),
      recordBy('secret.delete', 'delete', ada),
    ]);
    expect(new Set(records.map(({ ref_id: id }) => id)).size).toBe(1);
  });

  it('that cannot be written lets no value out and no change happen', async () => {
    const key = await made(ada.client, { value: 'unwritten' });
    await allRows(
      test.database,
      'ALTER TABLE audit_log ADD CONSTRAINT audit_log_full CHECK (action NOT LIKE $$secret.%$$) NOT VALID',
    );
    try {
      const read = await ada.client.get(`/secrets/${key}`);
      expect(read.status).toBe(503);
      expect(read.text).not.toContain('unwritten');
      expect((await ada.client.patch(`/secrets/${key}`, { value: 'changed' })).status).toBeGreaterThanOrEqual(500);
      expect((await ada.client.delete(`/secrets/${key}`)).status).toBeGreaterThanOrEqual(500);
      expect((await ada.client.get('/secrets/share/export', { query: { key } })).status).toBe(503);
    } finally {
      await allRows(test.database, 'ALTER TABLE audit_log DROP CONSTRAINT audit_log_full');
    }
    expect((await ada.client.get(`/secrets/${key}`)).body.value).toBe('unwritten');
  });

  it('and the service log hold no value', async () => {
    const value = 'canary-8f14e45fceea167a';
    const key = await made(ada.client, { value, provider_options: { value } });
    expectStatus(await ada.client.get(`/secrets/${key}`), 200);
    expectError(await ada.client.put(`/secrets/${key}`, { value }), 409, 'conflict_error');
    expectError(await ada.client.put(`/secrets/${name()}`, { value, schema: { maxLength: 1 } }), 409, 'conflict_error');
    expectError(
      await ada.client.patch(`/secrets/${key}`, { value, visibility: 'private' }),
      400,
      'illegal_action_error',
    );
    expect(test.log.lines.join('\n')).not.toContain(value);
    const [found] = await allRows<{ rows: number }>(
      test.database,
      'SELECT count(*)::int AS rows FROM audit_log WHERE audit_log::text LIKE $1',
      [`%${value}%`],
    );
    expect(found?.rows).toBe(0);
  });
});
