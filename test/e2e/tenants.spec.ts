import { DataSource } from 'typeorm';
import { createTestApp, type TestApp } from '../support/app.js';
import type { Answer, Client } from '../support/client.js';
import { expectCodeless, expectError, expectQueryError, expectStatus } from '../support/expect-error.js';

let holdfast: TestApp;
let admin: Client;

beforeAll(async () => {
  holdfast = await createTestApp();
  admin = holdfast.admin;
});
afterAll(() => holdfast.close());

const plainText = { headers: { 'content-type': 'text/plain' } };
const NO_CREDENTIALS = { rabbitmq_username: null, rabbitmq_password: null, rabbitmq_vhost: null };
const namesOf = (answer: Answer): string[] => answer.body.items.map((tenant: { name: string }) => tenant.name);

const brokerPasswordOf = async (name: string): Promise<string> =>
  (await admin.get(`/tenants/${name}`)).body.rabbitmq_password;

function withoutTenant(client: Client): Client {
  const { tenant: _tenant, ...identity } = client.identity;
  return holdfast.stranger.as(identity);
}

describe('GET /tenants', () => {
  it('shows the default tenant as the original does', async () => {
    const byName = { query: { name: 'default_tenant' } };
    const { body } = await withoutTenant(admin).get('/tenants', byName);
    expect(body).toEqual({
      items: [{ name: 'default_tenant', groups: 0, users: 1, user_roles: null, ...NO_CREDENTIALS }],
      metadata: { pagination: { total: 1, size: 1000, offset: 0 }, filtered: null },
    });
    const data = await admin.get('/tenants', { query: { name: 'default_tenant', _get_data: 'true' } });
    expect(data.body.items).toEqual([
      {
        name: 'default_tenant',
        groups: {},
        users: { admin: { 'tenant-role': 'user', roles: ['user'] } },
        user_roles: { direct: { admin: 'user' }, groups: {} },
        ...NO_CREDENTIALS,
      },
    ]);
  });

  it.each(['manager', 'user', 'operations', 'viewer'])(
    'shows a %s their own tenants alone, without a tenant header',
    async (role) => {
      const [mine, byGroup, foreign] = [
        await holdfast.world.tenant(),
        await holdfast.world.tenant(),
        await holdfast.world.tenant(),
      ];
      const member = await mine.member(role);
      const group_name = await holdfast.world.group();
      expectStatus(await admin.put('/user-groups/users', { username: member.username, group_name }), 200);
      expectStatus(
        await admin.put('/tenants/user-groups', { tenant_name: byGroup.name, group_name, role: 'viewer' }),
        200,
      );
      const caller = withoutTenant(member.client);
      expect(namesOf(await caller.get('/tenants?_get_all_results=true&_include=name'))).toEqual([
        mine.name,
        byGroup.name,
      ]);
      expect((await caller.get('/tenants')).body.metadata.pagination.total).toBe(2);
      expect(namesOf(await caller.get('/tenants', { query: { name: foreign.name } }))).toEqual([]);
      expect(namesOf(await admin.get('/tenants', { query: { name: foreign.name } }))).toEqual([foreign.name]);
    },
  );

  it('shows somebody without tenants an empty list', async () => {
    const ada = await holdfast.world.user();
    expect(namesOf(await ada.client.get('/tenants'))).toEqual([]);
  });

  it('pages, sorts, searches, and gives everything when asked', async () => {
    const prefix = holdfast.world.name('lister');
    for (const suffix of ['b', 'A', 'c']) await holdfast.world.tenant(`${prefix}.${suffix}`);
    const names = async (query: Record<string, string>): Promise<string[]> =>
      namesOf(expectStatus(await admin.get('/tenants', { query: { _search: prefix, ...query } }), 200)).map((name) =>
        name.slice(prefix.length + 1),
      );
    expect(await names({})).toEqual(['b', 'A', 'c']);
    expect(await names({ _size: '1', _offset: '1' })).toEqual(['A']);
    expect(await names({ _size: '1', _get_all_results: 'TRUE' })).toEqual(['b', 'A', 'c']);
    expect((await names({ _sort: '-name' }))[0]).toBe('c');
    expect(await names({ _search: `${prefix.toUpperCase()}.A` })).toEqual(['A']);
    const all = await admin.get('/tenants', { query: { _search: prefix, _size: '1', _get_all_results: 'true' } });
    expect(all.body.metadata.pagination).toEqual({ total: 3, size: 1, offset: 0 });
  });

  it('spells out users and groups with _get_data, members of groups too', async () => {
    const tenant = await holdfast.world.tenant();
    const [ada, bob] = [await tenant.member('manager'), await holdfast.world.user()];
    const group_name = await holdfast.world.group();
    for (const { username } of [ada, bob]) {
      expectStatus(await admin.put('/user-groups/users', { username, group_name }), 200);
    }
    expectStatus(
      await admin.put('/tenants/user-groups', { tenant_name: tenant.name, group_name, role: 'viewer' }),
      200,
    );
    const expected = {
      name: tenant.name,
      groups: { [group_name]: 'viewer' },
      users: {
        [ada.username]: { 'tenant-role': 'manager', roles: ['manager', 'viewer'] },
        [bob.username]: { 'tenant-role': null, roles: ['viewer'] },
      },
      user_roles: {
        direct: { [ada.username]: 'manager' },
        groups: { [group_name]: { role: 'viewer', users: [ada.username, bob.username].toSorted() } },
      },
    };
    const query = { name: tenant.name, _get_data: 'true' };
    expect((await admin.get('/tenants', { query })).body.items).toEqual([{ ...expected, ...NO_CREDENTIALS }]);
    expect((await admin.get(`/tenants/${tenant.name}?_get_data=true`)).body).toMatchObject(expected);
    expect((await admin.get(`/tenants/${tenant.name}`)).body).toMatchObject({ groups: 1, users: 2, user_roles: null });
  });

  it('needs tenant_list_get_data for _get_data', async () => {
    const member = await (await holdfast.world.tenant()).member('manager');
    expectError(await member.client.get('/tenants?_get_data=true'), 403, 'forbidden_error');
    expectError(await member.client.get('/tenants?_get_data=True&_size=x'), 403, 'forbidden_error');
    expect((await member.client.get('/tenants?_get_data=false')).status).toBe(200);
    expectError(await member.client.get('/tenants?_get_data=maybe'), 400, 'bad_parameters_error');
  });

  it('gives broker credentials only where they are named, to those who may see them in that tenant', async () => {
    const [mine, seen] = [await holdfast.world.tenant(), await holdfast.world.tenant()];
    const ada = await mine.member('user');
    await seen.add(ada, 'viewer');
    const query = { _include: 'name,rabbitmq_username,rabbitmq_password,rabbitmq_vhost' };
    const answer = await withoutTenant(ada.client).get('/tenants', { query });
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.body.items).toEqual([
      {
        name: mine.name,
        rabbitmq_username: `rabbitmq_user_${mine.name}`,
        rabbitmq_vhost: `rabbitmq_vhost_${mine.name}`,
        rabbitmq_password: expect.stringMatching(/^.{20,}$/),
      },
      { name: seen.name, ...NO_CREDENTIALS },
    ]);
    const [all] = (
      await withoutTenant(admin).get('/tenants', { query: { ...query, name: seen.name, _get_all_results: 'true' } })
    ).body.items;
    expect(all.rabbitmq_password).toEqual((await admin.get(`/tenants/${seen.name}`)).body.rabbitmq_password);
    expectError(await admin.get('/tenants?rabbitmq_password=a'), 400, 'bad_parameters_error');
    expectQueryError(await admin.get('/tenants?_sort=rabbitmq_password'));
  });

  it('refuses bad queries, the unpermitted and strangers', async () => {
    expectError(await admin.get('/tenants?_include=id'), 400, 'no_such_include_field_error');
    expectError(await admin.get('/tenants?users=1'), 400, 'bad_parameters_error');
    expectQueryError(await admin.get('/tenants?_size=many'));
    expectQueryError(await admin.get('/tenants?_sort=users'));
    expectError(await admin.get('/tenants', { tenant: 'no_such_tenant' }), 403, 'forbidden_error');
    expectError(await holdfast.stranger.get('/tenants'), 401, 'unauthorized_error');
    const ada = await holdfast.world.user();
    expectStatus(await admin.delete('/permissions/default/tenant_list'), 204);
    try {
      expectError(await ada.client.get('/tenants'), 403, 'forbidden_error');
    } finally {
      expectStatus(await admin.put('/permissions/default/tenant_list'), 200);
    }
  });
});

describe('POST /tenants/{tenant_name}', () => {
  it('creates a tenant with credentials of its own, and does not say them', async () => {
    const [first, second] = [holdfast.world.name('acme'), holdfast.world.name('acme')];
    const answer = await admin.post(`/tenants/${first}`, { rabbitmq_password: '' });
    expect([answer.status, answer.body]).toEqual([
      201,
      { name: first, groups: 0, users: 0, user_roles: null, ...NO_CREDENTIALS },
    ]);
    expectStatus(await admin.post(`/tenants/${second}`), 201);
    expect(await brokerPasswordOf(first)).not.toBe(await brokerPasswordOf(second));
  });

  it('takes the broker password, and stores it sealed', async () => {
    const name = holdfast.world.name('acme');
    expectStatus(await admin.post(`/tenants/${name}`, { rabbitmq_password: 'a Canary of the broker' }), 201);
    expect(await brokerPasswordOf(name)).toBe('a Canary of the broker');
    const [row] = await holdfast.app.get(DataSource).query('SELECT * FROM tenant WHERE name = $1', [name]);
    expect(JSON.stringify(row)).not.toContain('Canary');
    expect(Buffer.from(row.rabbitmq_password_sealed).toString('latin1')).not.toContain('Canary');
  });

  it('takes a body of any type when it is empty, and an empty form', async () => {
    expectStatus(await admin.post(`/tenants/${holdfast.world.name('acme')}`, '', plainText), 201);
    const form = { headers: { 'content-type': 'multipart/form-data; boundary=x' } };
    expectStatus(await admin.post(`/tenants/${holdfast.world.name('acme')}`, '--x--\r\n', form), 201);
  });

  it('tells tenants apart by case', async () => {
    const name = holdfast.world.name('acme');
    expectStatus(await admin.post(`/tenants/${name}`), 201);
    expectStatus(await admin.post(`/tenants/${name.toUpperCase()}`), 201);
    expectError(await admin.post(`/tenants/${name}`), 409, 'conflict_error');
    expectError(await admin.post('/tenants/default_tenant'), 409, 'conflict_error');
  });

  it('makes one tenant when ten ask for the same name at once', async () => {
    const name = holdfast.world.name('race');
    const answers = await Promise.all(Array.from({ length: 10 }, () => admin.post(`/tenants/${name}`)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(9);
  });

  it.each(['users', 'user-groups', '1st', '-acme', 'a%20b', 'a%2Fb', '%C3%A9', 'a%00b', 't'.repeat(257)])(
    'refuses the name %s',
    async (name) => {
      expectError(await admin.post(`/tenants/${name}`), 400, 'bad_parameters_error');
    },
  );

  it('refuses bad bodies, the unpermitted and strangers', async () => {
    const name = holdfast.world.name('acme');
    expectError(await admin.post(`/tenants/${name}`, { rabbitmq_password: 7 }), 400, 'bad_parameters_error');
    expectError(
      await admin.post(`/tenants/${name}`, { rabbitmq_password: 'x'.repeat(257) }),
      400,
      'bad_parameters_error',
    );
    expectCodeless(await admin.post(`/tenants/${name}`, '{'), 400);
    expectError(await (await holdfast.world.user()).client.post(`/tenants/${name}`), 403, 'forbidden_error');
    expectError(await holdfast.stranger.post(`/tenants/${name}`), 401, 'unauthorized_error');
    expect(namesOf(await admin.get('/tenants', { query: { name } }))).toEqual([]);
  });
});

describe('GET /tenants/{tenant_name}', () => {
  it('judges the permission in the tenant of the path', async () => {
    const [mine, foreign] = [await holdfast.world.tenant(), await holdfast.world.tenant()];
    for (const role of ['manager', 'user', 'operations']) {
      const { client } = await mine.member(role);
      const answer = await client.get(`/tenants/${mine.name}`);
      expect(answer.status).toBe(200);
      expect(answer.headers['cache-control']).toBe('no-store');
      expect(answer.body).toMatchObject({
        name: mine.name,
        rabbitmq_username: `rabbitmq_user_${mine.name}`,
        rabbitmq_vhost: `rabbitmq_vhost_${mine.name}`,
        rabbitmq_password: expect.any(String),
      });
      expectError(await client.get(`/tenants/${foreign.name}`), 403, 'forbidden_error');
    }
    const viewer = await mine.member('viewer');
    expectError(await viewer.client.get(`/tenants/${mine.name}`), 403, 'forbidden_error');
    expectError(await (await holdfast.world.user()).client.get(`/tenants/${mine.name}`), 403, 'forbidden_error');
  });

  it('hides the credentials from those who see the tenant without tenant_rabbitmq_credentials', async () => {
    const tenant = await holdfast.world.tenant();
    const viewer = await tenant.member('viewer');
    expectStatus(await admin.put('/permissions/viewer/tenant_get'), 200);
    try {
      expect((await viewer.client.get(`/tenants/${tenant.name}`)).body).toMatchObject({ users: 1, ...NO_CREDENTIALS });
    } finally {
      expectStatus(await admin.delete('/permissions/viewer/tenant_get'), 204);
    }
  });

  it('answers an unknown tenant with 403, and a wrong header not at all', async () => {
    expectError(await admin.get('/tenants/no_such_tenant'), 403, 'forbidden_error');
    expectError(await admin.get('/tenants/Default_Tenant'), 403, 'forbidden_error');
    expectError(await admin.get('/tenants/users'), 403, 'forbidden_error');
    expect((await admin.get('/tenants/default_tenant', { tenant: 'no_such_tenant' })).status).toBe(200);
    expectError(await holdfast.stranger.get('/tenants/default_tenant'), 401, 'unauthorized_error');
  });

  it('narrows to _include', async () => {
    expect((await admin.get('/tenants/default_tenant?_include=name,users')).body).toEqual({
      name: 'default_tenant',
      users: 1,
    });
    expectError(await admin.get('/tenants/default_tenant?_include=id'), 400, 'no_such_include_field_error');
  });
});

describe('DELETE /tenants/{tenant_name}', () => {
  it('takes associations along, felt at once', async () => {
    const tenant = await holdfast.world.tenant();
    const ada = await tenant.member();
    const group_name = await holdfast.world.group();
    expectStatus(await admin.put('/tenants/user-groups', { tenant_name: tenant.name, group_name, role: 'user' }), 200);
    expect((await ada.client.get('/user')).body.tenants).toBe(1);
    const answer = await admin.delete(`/tenants/${tenant.name}`);
    expect([answer.status, answer.text]).toEqual([204, '']);
    expectError(await ada.client.get('/user'), 403, 'forbidden_error');
    expect((await withoutTenant(ada.client).get('/user')).body.tenants).toBe(0);
    expectError(await admin.get(`/tenants/${tenant.name}`), 403, 'forbidden_error');
    expectError(await admin.delete(`/tenants/${tenant.name}`), 404, 'not_found_error');
    expect((await admin.get(`/user-groups/${group_name}`)).body.tenants).toBe(0);
  });

  it('refuses a tenant with a resource, a hidden and private one too, and keeps its keys', async () => {
    const tenant = await holdfast.world.tenant();
    const ada = await tenant.member();
    const secret = { value: 'kept', visibility: 'private', is_hidden_value: true };
    expectStatus(await ada.client.put('/secrets/only_ada_sees_it', secret), 200);
    expectError(await admin.delete(`/tenants/${tenant.name}`), 409, 'conflict_error');
    expect((await ada.client.get('/secrets/only_ada_sees_it')).body.value).toBe('kept');
    expectStatus(await ada.client.delete('/secrets/only_ada_sees_it'), 204);
    expectStatus(await admin.delete(`/tenants/${tenant.name}`), 204);
  });

  it('shreds the keys of the tenant', async () => {
    const tenant = await holdfast.world.tenant();
    const client = tenant.asAdmin;
    expectStatus(await client.put('/secrets/a', { value: 'x' }), 200);
    expectStatus(await client.delete('/secrets/a'), 204);
    expectStatus(await admin.delete(`/tenants/${tenant.name}`), 204);
    const again = await holdfast.world.tenant(tenant.name);
    expectStatus(await again.asAdmin.put('/secrets/a', { value: 'y' }), 200);
    expect((await again.asAdmin.get('/secrets/a')).body.value).toBe('y');
  });

  it('refuses the default tenant, the unpermitted and strangers', async () => {
    const member = await (await holdfast.world.tenant()).member('manager');
    expectError(await admin.delete('/tenants/default_tenant'), 400, 'illegal_action_error');
    expectError(await admin.delete('/tenants/no_such_tenant'), 404, 'not_found_error');
    expectError(await member.client.delete('/tenants/default_tenant'), 403, 'forbidden_error');
    expectError(await holdfast.stranger.delete('/tenants/default_tenant'), 401, 'unauthorized_error');
  });
});

describe.each([
  {
    path: '/tenants/users',
    key: 'username',
    listed: 'users',
    make: async () => (await holdfast.world.user()).username,
  },
  { path: '/tenants/user-groups', key: 'group_name', listed: 'groups', make: () => holdfast.world.group() },
])('$path', ({ path, key, listed, make }) => {
  const place = async (changes: object = {}) => {
    const [tenant, name] = [await holdfast.world.tenant(), await make()];
    return { tenant, name, body: { tenant_name: tenant.name, [key]: name, role: 'viewer', ...changes } };
  };
  const roleIn = async (tenantName: string, name: string): Promise<string | undefined> => {
    const { body } = await admin.get(`/tenants/${tenantName}?_get_data=true`);
    return key === 'username' ? body.user_roles.direct[name] : body.groups[name];
  };

  it('PUT associates, PATCH changes the role, DELETE takes it away', async () => {
    const { tenant, name, body } = await place();
    const added = await admin.put(path, body);
    expect(added.status).toBe(200);
    expect(added.body).toEqual({
      name: tenant.name,
      groups: 0,
      users: 0,
      user_roles: null,
      ...NO_CREDENTIALS,
      [listed]: 1,
    });
    expect(await roleIn(tenant.name, name)).toBe('viewer');

    const changed = await admin.patch(`${path}?_get_data=true`, { ...body, role: 'manager' });
    expect(changed.status).toBe(200);
    expect(Object.keys(changed.body[listed])).toEqual([name]);
    expect(await roleIn(tenant.name, name)).toBe('manager');

    const removed = await admin.delete(path, { tenant_name: tenant.name, [key]: name });
    expect([removed.status, removed.text]).toEqual([204, '']);
    expect(await roleIn(tenant.name, name)).toBeUndefined();
  });

  it('takes an empty role for user, and names in any casing', async () => {
    const { tenant, name, body } = await place();
    expectStatus(await admin.put(path, { ...body, role: '', [key]: name.toUpperCase() }), 200);
    expect(await roleIn(tenant.name, name)).toBe('user');
    expectStatus(await admin.patch(path, { ...body, [key]: name.toUpperCase() }), 200);
    expectStatus(await admin.patch(path, { ...body, role: '' }), 200);
    expect(await roleIn(tenant.name, name)).toBe('user');
    expectStatus(await admin.delete(path, { ...body, [key]: name.toUpperCase() }), 204);
  });

  it('refuses what is there already, and what is not', async () => {
    const { body } = await place();
    expectError(await admin.patch(path, body), 404, 'not_found_error');
    expectError(await admin.delete(path, body), 404, 'not_found_error');
    expectStatus(await admin.put(path, body), 200);
    expectError(await admin.put(path, body), 409, 'conflict_error');
    expectError(await admin.put(path, { ...body, role: 'user' }), 409, 'conflict_error');
  });

  it('makes one association when ten ask for it at once', async () => {
    const { body } = await place();
    const answers = await Promise.all(Array.from({ length: 10 }, () => admin.put(path, body)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(9);
  });

  it.each(['PUT', 'PATCH', 'DELETE'] as const)('%s refuses the unknown', async (method) => {
    const { body } = await place();
    expectError(await admin.send(method, path, { ...body, [key]: 'nobody_at_all' }), 404, 'not_found_error');
    expectError(await admin.send(method, path, { ...body, tenant_name: 'no_such_tenant' }), 403, 'forbidden_error');
  });

  it.each(['PUT', 'PATCH', 'DELETE'] as const)('%s refuses bad fields', async (method) => {
    const { body } = await place();
    const bad: object[] = [
      { [key]: undefined },
      { [key]: 4 },
      { [key]: null },
      { [key]: '' },
      { [key]: 'a b' },
      { [key]: '1a' },
    ];
    if (method !== 'DELETE')
      bad.push({ role: undefined }, { role: 4 }, { role: 'emperor' }, { role: 'sys_admin' }, { role: 'default' });
    for (const changes of bad) {
      expectError(await admin.send(method, path, { ...body, ...changes }), 400, 'bad_parameters_error');
    }
  });

  it.each(['PUT', 'PATCH', 'DELETE'] as const)(
    '%s judges type, text and tenant_name of the body before the permission',
    async (method) => {
      const ada = (await holdfast.world.user()).client;
      for (const caller of [admin, ada]) {
        expectError(await caller.send(method, path, '{}', plainText), 415, 'unsupported_content_type_error');
        expectCodeless(await caller.send(method, path, '{'), 400);
        expectError(await caller.send(method, path, []), 400, 'bad_parameters_error');
        for (const tenant_name of [undefined, null, 7, '']) {
          expectError(await caller.send(method, path, { tenant_name }), 400, 'bad_parameters_error');
        }
      }
      expectError(await ada.send(method, path, { tenant_name: 'default_tenant' }), 403, 'forbidden_error');
      expectError(await holdfast.stranger.send(method, path, '{}', plainText), 401, 'unauthorized_error');
    },
  );

  it.each(['PUT', 'PATCH', 'DELETE'] as const)('%s judges the permission in the tenant of the body', async (method) => {
    const { tenant, body } = await place();
    const manager = await tenant.member('manager');
    expectError(await manager.client.send(method, path, body), 403, 'forbidden_error');
    const permissions = ['add', 'update', 'remove'].map(
      (verb) => `tenant_${verb}_${key === 'username' ? 'user' : 'group'}`,
    );
    for (const permission of permissions) expectStatus(await admin.put(`/permissions/manager/${permission}`), 200);
    try {
      const other = await holdfast.world.tenant();
      expectError(
        await manager.client.send(method, path, { ...body, tenant_name: other.name }),
        403,
        'forbidden_error',
      );
      if (method !== 'PUT') expectStatus(await admin.put(path, body), 200);
      expect((await manager.client.send(method, path, body)).status).toBe(method === 'DELETE' ? 204 : 200);
    } finally {
      for (const permission of permissions) expectStatus(await admin.delete(`/permissions/manager/${permission}`), 204);
    }
  });
});

describe('memberships', () => {
  it('are felt by the next request', async () => {
    const tenant = await holdfast.world.tenant();
    const ada = await holdfast.world.user();
    const inside = ada.client.as({ tenant: tenant.name });
    const body = { tenant_name: tenant.name, username: ada.username };
    expectError(await inside.get(`/tenants/${tenant.name}`), 403, 'forbidden_error');
    expectStatus(await admin.put('/tenants/users', { ...body, role: 'user' }), 200);
    expect((await inside.get(`/tenants/${tenant.name}`)).status).toBe(200);
    expectStatus(await admin.patch('/tenants/users', { ...body, role: 'viewer' }), 200);
    expectError(await inside.get(`/tenants/${tenant.name}`), 403, 'forbidden_error');
    expectStatus(await admin.delete('/tenants/users', body), 204);
    expect((await ada.client.get('/user')).body.tenants).toBe(0);
  });

  it('leave what groups give when the direct one goes', async () => {
    const tenant = await holdfast.world.tenant();
    const ada = await tenant.member('manager');
    const group_name = await holdfast.world.group();
    expectStatus(await admin.put('/user-groups/users', { username: ada.username, group_name }), 200);
    expectStatus(await admin.put('/tenants/user-groups', { tenant_name: tenant.name, group_name, role: 'user' }), 200);
    expectStatus(await admin.delete('/tenants/users', { tenant_name: tenant.name, username: ada.username }), 204);
    const { body } = await ada.client.get('/user?_get_data=true');
    expect(body.tenants).toEqual({ [tenant.name]: { 'tenant-role': null, roles: ['user'] } });
    expect((await ada.client.get(`/tenants/${tenant.name}`)).status).toBe(200);
  });

  it('are in the audit log, with who did it to what', async () => {
    const tenant = await holdfast.world.tenant();
    const ada = await holdfast.world.user();
    const body = { tenant_name: tenant.name, username: ada.username, role: 'viewer' };
    const since = new Date(holdfast.clock.now().getTime() - 1).toISOString();
    expectStatus(await admin.put('/tenants/users', body), 200);
    expectStatus(await admin.patch('/tenants/users', { ...body, role: 'user' }), 200);
    expectStatus(await admin.delete('/tenants/users', body), 204);
    const { items } = (await admin.get('/audit', { query: { since, creator_name: 'admin' } })).body;
    const records = items.filter(
      (item: { ref_identifier?: { name?: string } }) => item.ref_identifier?.name === tenant.name,
    );
    expect(records).toHaveLength(3);
    for (const record of records) {
      expect(record).toMatchObject({ ref_table: 'tenants', operation: 'update', creator_name: 'admin' });
    }
  });
});
