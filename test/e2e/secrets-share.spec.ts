import { createTestApp, type TestApp } from '../support/app.js';
import type { Answer, Client } from '../support/client.js';
import { expectCodeless, expectError, expectStatus } from '../support/expect-error.js';
import { allRows } from '../support/superuser.js';
import type { Member, TestTenant } from '../support/world.js';

let test: TestApp;
let tenant: TestTenant;
let ada: Member;
let bob: Member;

beforeAll(async () => {
  test = await createTestApp();
  tenant = await test.world.tenant();
  ada = await tenant.member('user');
  bob = await tenant.member('user');
});
afterAll(() => test.close());

const name = (): string => test.world.name('key');
const EXPORT = '/secrets/share/export';
const IMPORT = '/secrets/share/import';

async function made(client: Client, body: object = {}, key = name()): Promise<string> {
  expectStatus(await client.put(`/secrets/${key}`, { value: 'hunter2', ...body }), 200);
  return key;
}

async function exported(client: Client, query: Record<string, string> = {}): Promise<Record<string, unknown>[]> {
  return expectStatus(await client.get(EXPORT, { query }), 200).body;
}

function imported(client: Client, list: readonly unknown[], more: object = {}): Promise<Answer> {
  return client.post(IMPORT, { secrets_list: list, override_collisions: false, ...more });
}

interface Entry {
  readonly key: string;
  readonly [field: string]: unknown;
}

const entry = (more: object = {}): Entry => {
  const common = { value: 'imported', visibility: 'tenant', is_hidden_value: false, encrypted: false };
  return { key: name(), tenant_name: tenant.name, ...common, ...more };
};

const nothingWrong = { colliding_secrets: {}, secrets_errors: {} };

describe('GET /secrets/share/export', () => {
  it('gives a bare list with the fields of the contract', async () => {
    const key = await made(ada.client, { visibility: 'private' });
    const answer = expectStatus(await ada.client.get(EXPORT, { query: { _search: key } }), 200);
    expect(answer.body).toEqual([
      {
        key,
        value: 'hunter2',
        visibility: 'private',
        tenant_name: tenant.name,
        is_hidden_value: false,
        encrypted: false,
        provider: null,
        provider_options: null,
      },
    ]);
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('adds owner and dates for any text in _include_metadata, and narrows by _include, whatever it names', async () => {
    const key = await made(ada.client);
    const date = expect.stringMatching(/Z$/);
    const [whole] = await exported(ada.client, { _search: key, _include_metadata: 'no' });
    expect(whole).toMatchObject({ creator: ada.username, created_at: date, updated_at: date });
    expect(await exported(ada.client, { _search: key, _include: 'key,nonsense,creator' })).toEqual([{ key }]);
    expect(await exported(ada.client, { _search: key, _include: 'key,creator', _include_metadata: '1' })).toEqual([
      { key, creator: ada.username },
    ]);
    expect(await exported(ada.client, { _search: key, _include_metadata: '' })).toEqual([
      expect.not.objectContaining({ creator: ada.username }),
    ]);
  });

  it('leaves out what is hidden from the caller, private or of other tenants', async () => {
    const prefix = name();
    await made(ada.client, {}, `${prefix}_open`);
    await made(ada.client, { is_hidden_value: true }, `${prefix}_hidden`);
    await made(ada.client, { visibility: 'private' }, `${prefix}_private`);
    await made(test.admin, {}, `${prefix}_elsewhere`);
    await made(test.admin, { visibility: 'global', is_hidden_value: true }, `${prefix}_global_hidden`);
    await made(test.admin, { visibility: 'global' }, `${prefix}_global`);
    const keys = async (client: Client, more: Record<string, string> = {}): Promise<unknown[]> =>
      (await exported(client, { _search: prefix, ...more })).map(({ key }) => String(key).slice(prefix.length + 1));
    expect(await keys(bob.client)).toEqual(['open', 'global']);
    expect(await keys(ada.client)).toEqual(['open', 'hidden', 'private', 'global']);
    expect(await keys(tenant.asAdmin)).toEqual(['open', 'hidden', 'private', 'global_hidden', 'global']);
    expect(await keys(tenant.asAdmin, { visibility: 'private' })).toEqual(['private']);
    expect(await keys(test.admin, { _all_tenants: 'true' })).toEqual([
      'open',
      'hidden',
      'private',
      'elsewhere',
      'global_hidden',
      'global',
    ]);
  });

  it('gives the value of a secret with a schema as its JSON text', async () => {
    const key = await made(ada.client, { value: { a: [1] }, schema: { type: 'object' } });
    const [secret] = await exported(ada.client, { _search: key });
    expect(secret).toMatchObject({ value: '{"a":[1]}' });
    expect(secret).not.toHaveProperty('schema');
  });

  it('reaches with _all_tenants those tenants only where the caller may export', async () => {
    const [one, two, three] = [await test.world.tenant(), await test.world.tenant(), await test.world.tenant()];
    const member = await one.member('user');
    await two.add(member, 'user');
    await three.add(member, 'viewer');
    const prefix = name();
    for (const each of [one, two, three]) await made(each.asAdmin, {}, `${prefix}_${each.name}`);
    const found = await exported(member.client, { _search: prefix, _all_tenants: 'true' });
    expect(found.map(({ tenant_name: where }) => where)).toEqual([one.name, two.name]);
  });

  it('refuses filters that are none, an empty passphrase, and those who may not', async () => {
    expectError(await ada.client.get(`${EXPORT}?value=x`), 400, 'bad_parameters_error');
    expectError(await ada.client.get(`${EXPORT}?nonsense=x`), 400, 'bad_parameters_error');
    expectError(await ada.client.get(`${EXPORT}?_passphrase=`), 400, 'bad_parameters_error');
    expectError(await (await tenant.member('viewer')).client.get(EXPORT), 403, 'forbidden_error');
    expectError(await ada.client.get(EXPORT, { tenant: null }), 403, 'forbidden_error');
    expectError(await test.stranger.get(EXPORT), 401, 'unauthorized_error');
  });

  it('puts each exported secret on record', async () => {
    const prefix = name();
    for (const suffix of ['a', 'b']) await made(ada.client, {}, `${prefix}_${suffix}`);
    await exported(bob.client, { _search: prefix });
    await exported(bob.client, { _search: prefix, _include: 'key' });
    const rows = await allRows(
      test.database,
      `SELECT ref_identifier->>'id' AS key, creator_name FROM audit_log WHERE action = 'secret.export'
          AND ref_identifier->>'id' LIKE $1 ORDER BY 1`,
      [`${prefix}%`],
    );
    expect(rows).toEqual(['a', 'b'].map((suffix) => ({ key: `${prefix}_${suffix}`, creator_name: bob.username })));
  });

  it('is encrypted with a passphrase, which appears nowhere', async () => {
    const passphrase = 'a canary: tr0ub4dor&3';
    const key = await made(ada.client, { provider_options: { path: 'kv' } });
    const [secret] = await exported(ada.client, { _search: key, _passphrase: passphrase });
    expect(secret).toMatchObject({ key, encrypted: true, visibility: 'tenant' });
    expect(JSON.stringify(secret)).not.toMatch(/hunter2|kv"/);
    expect(test.log.lines.join('\n')).not.toMatch(/tr0ub4dor/);
  });

  it('breaks down loudly over a value that does not open', async () => {
    const own = await test.world.tenant();
    await made(own.asAdmin, {}, 'good');
    await made(own.asAdmin, {}, 'bent');
    await allRows(
      test.database,
      `UPDATE secret SET value_sealed = set_byte(value_sealed, 80, get_byte(value_sealed, 80) # 1)
        WHERE key = 'bent' AND tenant_id = (SELECT id FROM tenant WHERE name = $1)`,
      [own.name],
    );
    expectError(await own.asAdmin.get(EXPORT), 500, 'invalid_fernet_token_format_error');
  });
});

describe('POST /secrets/share/import', () => {
  it('brings back what an export gave, with and without passphrase', async () => {
    for (const passphrase of [undefined, 'correct horse', 'Größe 🔑']) {
      const target = await test.world.tenant();
      const prefix = name();
      await made(ada.client, { value: 'Größe \u0000 🔑' }, `${prefix}_a`);
      await made(ada.client, { is_hidden_value: true, provider_options: { path: ['kv'] } }, `${prefix}_b`);
      await made(ada.client, { visibility: 'private', value: { a: 1 }, schema: { type: 'object' } }, `${prefix}_c`);
      const list = await exported(ada.client, { _search: prefix, ...(passphrase ? { _passphrase: passphrase } : {}) });
      const answer = await imported(target.asAdmin, list, {
        tenant_map: { [tenant.name]: target.name },
        ...(passphrase ? { passphrase } : {}),
      });
      expect({ status: answer.status, body: answer.body }).toEqual({ status: 200, body: nothingWrong });
      const get = async (suffix: string): Promise<unknown> =>
        (await target.asAdmin.get(`/secrets/${prefix}_${suffix}`)).body;
      const common = { tenant_name: target.name, created_by: 'admin', schema: null };
      expect(await get('a')).toMatchObject({ ...common, value: 'Größe \u0000 🔑', visibility: 'tenant' });
      expect(await get('b')).toMatchObject({
        ...common,
        value: 'hunter2',
        is_hidden_value: true,
        provider_options: { path: ['kv'] },
      });
      expect(await get('c')).toMatchObject({ ...common, value: '{"a":1}', visibility: 'private' });
    }
  });

  it('reads what the original exported', async () => {
    // Made apart from this code, for the passphrase "correct horse".
    const value =
      'gAAAAABlU_EAAAECAwQFBgcICQoLDA0ODzT5jwcR2ypghgir8ah0_I2tvoAzkvPma29wpWXKnOrzapwXuJmRDA5JAf205v4r8zndnXH01rjnDgaavUHnViU=';
    const secret = entry({ value, encrypted: 'True' });
    expect((await imported(ada.client, [secret], { passphrase: 'correct horse' })).body).toEqual(nothingWrong);
    expect((await ada.client.get(`/secrets/${secret.key}`)).body.value).toBe('hunter2 from the original');
  });

  it('takes entries one by one, and names every fault of each', async () => {
    const good = entry();
    const sealed = (await exported(ada.client, { _search: await made(ada.client), _passphrase: 'right one' }))[0]?.[
      'value'
    ];
    const list: readonly (readonly [unknown, object])[] = [
      [entry({ value: '' }), { 'missing secret fields': ['value'] }],
      [entry({ value: null, tenant_name: ' ' }), { 'missing secret fields': ['value', 'tenant_name'] }],
      [{}, { 'missing secret fields': ['key', 'value', 'tenant_name', 'visibility', 'is_hidden_value', 'encrypted'] }],
      ['no dict', { 'missing secret fields': expect.arrayContaining(['key']) }],
      [entry({ is_hidden_value: 'perhaps' }), { is_hidden_value: expect.any(String) }],
      [entry({ visibility: 'public' }), { visibility: expect.any(String) }],
      [entry({ visibility: 'global' }), { visibility: expect.any(String) }],
      [entry({ tenant_name: 'no_such_tenant' }), { tenant_name: expect.any(String) }],
      [entry({ tenant_name: 'default_tenant' }), { tenant_name: expect.any(String) }],
      [entry({ encrypted: 'perhaps' }), { encrypted: expect.any(String) }],
      [entry({ encrypted: true, value: sealed }), { encrypted: expect.any(String) }],
      [entry({ encrypted: true, value: 'no token at all' }), { encrypted: expect.any(String) }],
      [entry({ created_at: '2026-01-01T00:00:00.000Z' }), { timestamp: expect.any(String) }],
      [entry({ creator: 'admin' }), { creator: expect.any(String) }],
      [entry({ provider: 'vault', value: null, encrypted: null }), { provider: expect.any(String) }],
      [entry({ key: '1st' }), { key: expect.any(String) }],
      [entry({ key: 7 }), { key: expect.any(String) }],
      [entry({ value: 7 }), { value: expect.any(String) }],
      [entry({ value: '\ud800' }), { value: expect.any(String) }],
      [entry({ provider_options: [1] }), { provider_options: expect.any(String) }],
      [entry({ key: 'a b', visibility: 'x' }), { key: expect.any(String), visibility: expect.any(String) }],
    ];
    const answer = await imported(ada.client, [...list.map(([sent]) => sent), good], { passphrase: 'a wrong one' });
    expect(expectStatus(answer, 200).body).toEqual({
      colliding_secrets: {},
      secrets_errors: Object.fromEntries(list.map(([, fault], index) => [String(index), fault])),
    });
    expect((await ada.client.get(`/secrets/${good.key}`)).body.value).toBe('imported');
  });

  it('asks for the passphrase of an encrypted entry', async () => {
    const answer = await imported(ada.client, [entry({ encrypted: true })]);
    expect(answer.body.secrets_errors).toEqual({ '0': { 'No passphrase': expect.any(String) } });
  });

  it('restores owner and dates for those who may', async () => {
    const dates = { created_at: '2024-02-29T10:00:00.125Z', updated_at: '2025-01-01 00:00:00+01:00' };
    const list = [
      entry({ ...dates, creator: bob.username.toUpperCase() }),
      entry({ creator: 'nobody_at_all' }),
      entry({ created_at: 'yesterday' }),
      entry({ creator: 7 }),
    ];
    const answer = await imported(test.admin, list);
    expect(answer.body.secrets_errors).toEqual({
      '1': { creator_valid: expect.any(String) },
      '2': { timestamp: expect.any(String) },
      '3': { creator_valid: expect.any(String) },
    });
    expect((await bob.client.get(`/secrets/${list[0]?.key ?? ''}`)).body).toMatchObject({
      created_at: '2024-02-29T10:00:00.125Z',
      updated_at: '2024-12-31T23:00:00.000Z',
      created_by: bob.username,
    });
  });

  it('reports collisions, and overrides value, hidden flag and visibility when asked to', async () => {
    const [one, two] = [await made(ada.client), await made(ada.client, { visibility: 'private' })];
    const list = [entry({ key: one, is_hidden_value: true, visibility: 'private' }), entry({ key: two }), entry()];
    const first = await imported(ada.client, list);
    expect(first.body).toEqual({ colliding_secrets: { [tenant.name]: [one, two] }, secrets_errors: {} });
    expect((await ada.client.get(`/secrets/${one}`)).body.value).toBe('hunter2');
    const second = await imported(ada.client, list.slice(0, 2), { override_collisions: true });
    expect(second.body).toEqual({ colliding_secrets: { [tenant.name]: [one, two] }, secrets_errors: {} });
    expect((await ada.client.get(`/secrets/${one}`)).body).toMatchObject({
      value: 'imported',
      is_hidden_value: true,
      visibility: 'private',
    });
    expect((await ada.client.get(`/secrets/${two}`)).body).toMatchObject({
      value: 'imported',
      is_hidden_value: false,
      visibility: 'tenant',
    });
  });

  it('overrides nothing that is hidden from the caller, private to others, or global elsewhere', async () => {
    const hidden = await made(ada.client, { is_hidden_value: true });
    const secret = await made(ada.client, { visibility: 'private' });
    const open = await made(ada.client);
    const other = await made(ada.client);
    const global = await made(test.admin, { visibility: 'global' });
    const typed = await made(ada.client, { value: [1], schema: { type: 'array' } });
    const answer = await imported(
      bob.client,
      [
        entry({ key: hidden }),
        entry({ key: secret }),
        entry({ key: open, is_hidden_value: true }),
        entry({ key: other, visibility: 'private' }),
        entry({ key: global }),
        entry({ key: typed, value: 'no JSON' }),
        entry({ key: typed, value: '{}' }),
        entry({ key: typed, value: ' [2] ' }),
      ],
      { override_collisions: true },
    );
    expect(answer.body).toEqual({
      colliding_secrets: { [tenant.name]: [hidden, secret, open, other, global, typed] },
      secrets_errors: {
        '0': { is_hidden_value: expect.any(String) },
        '1': { key: expect.any(String) },
        '2': { is_hidden_value: expect.any(String) },
        '3': { visibility: expect.any(String) },
        '4': { visibility: expect.any(String) },
        '5': { value: expect.any(String) },
        '6': { value: expect.any(String) },
      },
    });
    for (const key of [hidden, secret, open, other]) {
      expect((await ada.client.get(`/secrets/${key}`)).body).toMatchObject({
        value: 'hunter2',
        created_by: ada.username,
      });
    }
    expect((await ada.client.get(`/secrets/${typed}`)).body).toMatchObject({ value: [2], schema: { type: 'array' } });
  });

  it('lets the second of two equal keys meet the first', async () => {
    const key = name();
    const pair = [entry({ key, value: 'first' }), entry({ key, value: 'second' })];
    const kept = await imported(ada.client, pair);
    expect(kept.body).toEqual({ colliding_secrets: { [tenant.name]: [key] }, secrets_errors: {} });
    expect((await ada.client.get(`/secrets/${key}`)).body.value).toBe('first');
    expectStatus(await ada.client.delete(`/secrets/${key}`), 204);
    await imported(ada.client, pair, { override_collisions: true });
    expect((await ada.client.get(`/secrets/${key}`)).body.value).toBe('second');
  });

  it('makes a key global that nobody else has', async () => {
    const [free, taken] = [name(), await made(ada.client)];
    const elsewhere = await test.world.tenant();
    const list = [free, taken].map((key) => entry({ key, tenant_name: elsewhere.name, visibility: 'global' }));
    const answer = await imported(test.admin, list);
    expect(answer.body).toEqual({ colliding_secrets: {}, secrets_errors: { '1': { visibility: expect.any(String) } } });
    expect((await bob.client.get(`/secrets/${free}`)).body).toMatchObject({
      value: 'imported',
      tenant_name: elsewhere.name,
    });
  });

  it('judges the right to create in each destination', async () => {
    const [mine, viewed] = [await test.world.tenant(), await test.world.tenant()];
    const member = await mine.member('user');
    await viewed.add(member, 'viewer');
    const list = [mine, viewed, tenant].map(({ name: where }) => entry({ tenant_name: where }));
    const answer = await imported(member.client, list);
    expect(Object.keys(answer.body.secrets_errors)).toEqual(['1', '2']);
    expect(answer.body.secrets_errors['1']).toEqual(answer.body.secrets_errors['2']);
  });

  it.each<[string, object]>([
    ['no list', { override_collisions: true }],
    ['a list that is none', { secrets_list: {}, override_collisions: true }],
    ['no flag', { secrets_list: [] }],
    ['a flag that is none', { secrets_list: [], override_collisions: 'true' }],
    ['a map that is none', { secrets_list: [], override_collisions: true, tenant_map: [] }],
    ['a map to nowhere', { secrets_list: [], override_collisions: true, tenant_map: { a: 'no_such_tenant' } }],
    ['a map to a number', { secrets_list: [], override_collisions: true, tenant_map: { a: 0 } }],
    ['a passphrase that is no text', { secrets_list: [], override_collisions: true, passphrase: 1 }],
  ])('refuses %s', async (_what, body) => {
    expectError(await ada.client.post(IMPORT, body), 400, 'bad_parameters_error');
  });

  it('refuses those who may not, what is no JSON, and what is larger than an import', async () => {
    expectError(await (await tenant.member('viewer')).client.post(IMPORT, {}), 403, 'forbidden_error');
    expectError(await ada.client.post(IMPORT, {}, { tenant: null }), 403, 'forbidden_error');
    expectError(await test.stranger.post(IMPORT, {}), 401, 'unauthorized_error');
    expectCodeless(await ada.client.post(IMPORT, '{'), 400);
    expectCodeless(await ada.client.post(IMPORT, Buffer.alloc(16 * 1024 * 1024 + 1, 0x20)), 413);
    expectError(
      await ada.client.post(IMPORT, '{}', { headers: { 'content-type': 'text/plain' } }),
      415,
      'unsupported_content_type_error',
    );
  });

  it('needs no tenant for those whose rights are everywhere', async () => {
    const secret = entry();
    expect(
      (await test.admin.post(IMPORT, { secrets_list: [secret], override_collisions: false }, { tenant: null })).body,
    ).toEqual(nothingWrong);
    expectStatus(await bob.client.get(`/secrets/${secret.key}`), 200);
  });

  it('takes keys that objects have by nature for tenants that do not exist', async () => {
    const body = `{"secrets_list": [${JSON.stringify(entry({ tenant_name: '__proto__' }))}], "override_collisions": false, "tenant_map": {"__proto__": "${tenant.name}"}}`;
    const answer = await ada.client.post(IMPORT, body);
    expect(answer.body).toEqual(nothingWrong);
  });

  it('carries what fills an export of more than one batch, once each under parallel imports', async () => {
    const target = await test.world.tenant();
    const list = Array.from({ length: 1_200 }, (_, n) =>
      entry({ key: `bulk_${n}`, tenant_name: target.name, value: `value ${n}`, is_hidden_value: n % 2 === 0 }),
    );
    const answers = await Promise.all([1, 2, 3].map(() => imported(target.asAdmin, list)));
    const collisions = answers.map(({ body }) => Number(body.colliding_secrets[target.name]?.length ?? 0));
    expect(collisions.toSorted((left, right) => left - right)).toEqual([0, 1_200, 1_200]);
    const back = await exported(target.asAdmin, { _passphrase: 'for the road', tenant_name: target.name });
    expect(back.map(({ key }) => key)).toEqual(list.map(({ key }) => key));
    const again = await test.world.tenant();
    const map = { tenant_map: { [target.name]: again.name }, passphrase: 'for the road' };
    expect((await imported(again.asAdmin, back, map)).body).toEqual(nothingWrong);
    expect((await again.asAdmin.get('/secrets/bulk_1199')).body).toMatchObject({
      value: 'value 1199',
      is_hidden_value: false,
    });
    const [records] = await allRows<{ count: number }>(
      test.database,
      `SELECT count(*)::int AS count FROM audit_log WHERE action = 'secret.import' AND operation = 'create' AND tenant_name = $1`,
      [target.name],
    );
    expect(records?.count).toBe(1_200);
  });
});
