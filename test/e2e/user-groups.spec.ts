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

const create = (body: unknown): Promise<Answer> => admin.post('/user-groups', body);

describe('POST /user-groups', () => {
  it('creates a group with the role default', async () => {
    const name = holdfast.world.name('ops');
    const answer = await create({ group_name: name, unknown: 'ignored' });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({ name, ldap_dn: null, role: 'default', tenants: 0, users: 0 });
  });

  it('takes a role and a directory name', async () => {
    const name = holdfast.world.name('ops');
    const ldap_group_dn = `CN=${name},OU=Städte,DC=example`;
    expect((await create({ group_name: name, role: 'sys_admin', ldap_group_dn })).body).toMatchObject({
      role: 'sys_admin',
      ldap_dn: ldap_group_dn,
    });
    const empty = { group_name: holdfast.world.name('ops'), role: '', ldap_group_dn: '' };
    expect((await create(empty)).body).toMatchObject({ role: 'default', ldap_dn: null });
    expect(
      (await create({ ...empty, group_name: holdfast.world.name('ops'), role: null, ldap_group_dn: null })).status,
    ).toBe(201);
  });

  it('refuses a name or a directory name that is taken, in any casing', async () => {
    const name = holdfast.world.name('Taken');
    const dn = `CN=${name}`;
    expectStatus(await create({ group_name: name, ldap_group_dn: dn }), 201);
    expectError(await create({ group_name: name.toUpperCase() }), 409, 'conflict_error');
    const other = holdfast.world.name('other');
    expectError(await create({ group_name: other, ldap_group_dn: dn.toUpperCase() }), 409, 'conflict_error');
    expectError(await admin.get(`/user-groups/${other}`), 404, 'not_found_error');
  });

  it('makes one group when ten ask for the same name at once', async () => {
    const group_name = holdfast.world.name('race');
    const answers = await Promise.all(Array.from({ length: 10 }, () => create({ group_name })));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(9);
  });

  it.each([
    [{}],
    [{ group_name: null }],
    [{ group_name: 4 }],
    [{ group_name: '' }],
    [{ group_name: 'users' }],
    [{ group_name: 'Users' }],
    [{ group_name: '7ops' }],
    [{ group_name: 'a b' }],
    [{ group_name: 'g'.repeat(257) }],
    [{ group_name: 'fine', role: 'emperor' }],
    [{ group_name: 'fine', role: 'viewer' }],
    [{ group_name: 'fine', role: 5 }],
    [{ group_name: 'fine', ldap_group_dn: ['x'] }],
    [{ group_name: 'fine', ldap_group_dn: 'a\u0000b' }],
    [{ group_name: 'fine', ldap_group_dn: 'd'.repeat(5_000) }],
  ])('refuses %j and makes nothing', async (body) => {
    expectError(await create(body), 400, 'bad_parameters_error');
    expectError(await admin.get('/user-groups/fine'), 404, 'not_found_error');
  });

  it('refuses other bodies, the unpermitted and strangers, in that order from the outside in', async () => {
    const ada = await holdfast.world.user();
    expectError(await admin.post('/user-groups', '{}', plainText), 415, 'unsupported_content_type_error');
    expectCodeless(await admin.post('/user-groups', '{]'), 400);
    expectError(await admin.post('/user-groups', '"text"'), 400, 'bad_parameters_error');
    expectError(await ada.client.post('/user-groups', 'x', plainText), 403, 'forbidden_error');
    expectError(await holdfast.stranger.post('/user-groups', 'x', plainText), 401, 'unauthorized_error');
  });
});

describe('GET /user-groups', () => {
  it('lists with paging, sorting, search and filters', async () => {
    const prefix = holdfast.world.name('lister');
    for (const suffix of ['b', 'A']) {
      await admin.post('/user-groups', { group_name: `${prefix}.${suffix}`, ldap_group_dn: `CN=${prefix}.${suffix}` });
    }
    const names = async (query: Record<string, string>): Promise<string[]> => {
      const { body } = expectStatus(await admin.get('/user-groups', { query: { _search: prefix, ...query } }), 200);
      expect(body.metadata).toMatchObject({ filtered: null });
      return body.items.map((group: { name: string }) => group.name.slice(prefix.length + 1));
    };
    expect(await names({})).toEqual(['b', 'A']);
    expect(await names({ _sort: '-ldap_dn', _size: '1' })).toHaveLength(1);
    expect(await names({ _sort: 'name' })).toHaveLength(2);
    expect(await names({ name: `${prefix}.A` })).toEqual(['A']);
    expect(await names({ ldap_dn: `CN=${prefix}.b` })).toEqual(['b']);
    expect(await names({ _search: `${prefix.toUpperCase()}.a` })).toEqual(['A']);
  });

  it('counts, and names with _get_data', async () => {
    const tenant = await holdfast.world.tenant();
    const group_name = await holdfast.world.group();
    const members = [await holdfast.world.user(), await holdfast.world.user()];
    for (const { username } of members) {
      expectStatus(await admin.put('/user-groups/users', { username, group_name }), 200);
    }
    expectStatus(
      await admin.put('/tenants/user-groups', { tenant_name: tenant.name, group_name, role: 'viewer' }),
      200,
    );
    const listed = async (query: Record<string, string>) =>
      (await admin.get('/user-groups', { query: { name: group_name, ...query } })).body.items[0];
    const counts = { name: group_name, ldap_dn: null, role: 'default', tenants: 1, users: 2 };
    const data = {
      ...counts,
      tenants: { [tenant.name]: 'viewer' },
      users: members.map(({ username }) => username).toSorted(),
    };
    expect(await listed({})).toEqual(counts);
    expect(await listed({ _get_data: 'true' })).toEqual(data);
    expect(await listed({ _include: 'users,name' })).toEqual({ name: group_name, users: 2 });
    expect((await admin.get(`/user-groups/${group_name.toUpperCase()}`)).body).toEqual(counts);
    expect((await admin.get(`/user-groups/${group_name}`, { query: { _get_data: 'TRUE' } })).body).toEqual(data);
  });

  it('refuses bad queries, the unpermitted and strangers', async () => {
    const ada = await holdfast.world.user();
    expectError(await admin.get('/user-groups?_include=members'), 400, 'no_such_include_field_error');
    expectError(await admin.get('/user-groups?users=1'), 400, 'bad_parameters_error');
    expectError(await admin.get('/user-groups?_get_data=maybe'), 400, 'bad_parameters_error');
    expectQueryError(await admin.get('/user-groups?_sort=tenants'));
    expectQueryError(await admin.get('/user-groups?_offset=-2'));
    expectError(await ada.client.get('/user-groups'), 403, 'forbidden_error');
    expectError(await holdfast.stranger.get('/user-groups'), 401, 'unauthorized_error');
    expectError(await admin.get('/user-groups', { tenant: 'no_such_tenant' }), 403, 'forbidden_error');
  });
});

describe('GET /user-groups/{group_name}', () => {
  it('refuses the unknown, the unpermitted and strangers', async () => {
    const ada = await holdfast.world.user();
    expectError(await admin.get('/user-groups/no_such_group'), 404, 'not_found_error');
    expectError(await admin.get('/user-groups/users'), 404, 'not_found_error');
    expectError(await ada.client.get('/user-groups/no_such_group'), 403, 'forbidden_error');
    expectError(await holdfast.stranger.get('/user-groups/no_such_group'), 401, 'unauthorized_error');
  });
});

describe('POST /user-groups/{group_name}', () => {
  it('changes the role, and with it what members may do at once', async () => {
    const group_name = await holdfast.world.group();
    const ada = await holdfast.world.user();
    expectStatus(await admin.put('/user-groups/users', { username: ada.username, group_name }), 200);
    expectError(await ada.client.get('/users'), 403, 'forbidden_error');
    const answer = await admin.post(`/user-groups/${group_name.toUpperCase()}`, { role: 'sys_admin' });
    expect([answer.status, answer.body.role, answer.body.name]).toEqual([200, 'sys_admin', group_name]);
    expect((await ada.client.get('/users')).status).toBe(200);
    expect((await ada.client.get('/user')).body).toMatchObject({
      role: 'default',
      group_system_roles: { sys_admin: [group_name] },
    });
    expectStatus(await admin.post(`/user-groups/${group_name}`, { role: 'default' }), 200);
    expectError(await ada.client.get('/users'), 403, 'forbidden_error');
  });

  it.each([[{}], [{ role: '' }], [{ role: null }], [{ role: 3 }], [{ role: 'emperor' }], [{ role: 'manager' }]])(
    'refuses %j',
    async (body) => {
      const name = await holdfast.world.group();
      expectError(await admin.post(`/user-groups/${name}`, body), 400, 'bad_parameters_error');
      expect((await admin.get(`/user-groups/${name}`)).body.role).toBe('default');
    },
  );

  it('refuses the unknown, other bodies, the unpermitted and strangers', async () => {
    const ada = await holdfast.world.user();
    const name = await holdfast.world.group();
    expectError(await admin.post('/user-groups/no_such_group', { role: 'default' }), 404, 'not_found_error');
    expectError(await admin.post(`/user-groups/${name}`, '{}', plainText), 415, 'unsupported_content_type_error');
    expectError(await ada.client.post(`/user-groups/${name}`, { role: 'sys_admin' }), 403, 'forbidden_error');
    expectError(await holdfast.stranger.post(`/user-groups/${name}`, {}), 401, 'unauthorized_error');
  });
});

describe('DELETE /user-groups/{group_name}', () => {
  it('takes memberships and places in tenants along; users stay', async () => {
    const tenant = await holdfast.world.tenant();
    const group_name = await holdfast.world.group('sys_admin');
    const ada = await holdfast.world.user();
    expectStatus(await admin.put('/user-groups/users', { username: ada.username, group_name }), 200);
    expectStatus(await admin.put('/tenants/user-groups', { tenant_name: tenant.name, group_name, role: 'user' }), 200);
    expect((await ada.client.get('/user')).body).toMatchObject({ tenants: 1, groups: 1 });

    const answer = await admin.delete(`/user-groups/${group_name.toUpperCase()}`);
    expect([answer.status, answer.text]).toEqual([204, '']);
    expectError(await admin.get(`/user-groups/${group_name}`), 404, 'not_found_error');
    expect((await ada.client.get('/user')).body).toMatchObject({ tenants: 0, groups: 0, group_system_roles: {} });
    expectError(await ada.client.get('/users'), 403, 'forbidden_error');
    expect((await admin.get(`/tenants/${tenant.name}`)).body).toMatchObject({ groups: 0, users: 0 });
  });

  it('refuses the unknown, the unpermitted and strangers', async () => {
    const name = await holdfast.world.group();
    expectError(await admin.delete('/user-groups/no_such_group'), 404, 'not_found_error');
    expectError(await (await holdfast.world.user()).client.delete(`/user-groups/${name}`), 403, 'forbidden_error');
    expectError(await holdfast.stranger.delete(`/user-groups/${name}`), 401, 'unauthorized_error');
  });
});

describe('PUT and DELETE /user-groups/users', () => {
  it('add and remove a member, in any casing', async () => {
    const group_name = await holdfast.world.group();
    const { username } = await holdfast.world.user();
    const added = await admin.put('/user-groups/users', {
      username: username.toUpperCase(),
      group_name: group_name.toUpperCase(),
    });
    expect([added.status, added.body]).toEqual([
      200,
      { name: group_name, ldap_dn: null, role: 'default', tenants: 0, users: 1 },
    ]);
    const again = await admin.put('/user-groups/users', { username, group_name });
    expectError(again, 409, 'conflict_error');

    const removed = await admin.delete('/user-groups/users', { username, group_name: group_name.toUpperCase() });
    expect([removed.status, removed.text]).toEqual([204, '']);
    expectError(await admin.delete('/user-groups/users', { username, group_name }), 404, 'not_found_error');
  });

  it('answers the names with _get_data', async () => {
    const group_name = await holdfast.world.group();
    const { username } = await holdfast.world.user();
    const { body } = await admin.put('/user-groups/users?_get_data=true', { username, group_name });
    expect(body).toMatchObject({ tenants: {}, users: [username] });
  });

  it('make one membership when ten ask for it at once', async () => {
    const group_name = await holdfast.world.group();
    const { username } = await holdfast.world.user();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => admin.put('/user-groups/users', { username, group_name })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(9);
  });

  it.each(['PUT', 'DELETE'] as const)('%s refuses bad names and types', async (method) => {
    for (const body of [
      {},
      { username: 'admin' },
      { group_name: 'x' },
      { username: 1, group_name: 'x' },
      { username: 'admin', group_name: null },
      { username: '', group_name: 'x' },
      { username: 'ad min', group_name: 'x' },
      { username: 'admin', group_name: '%' },
    ]) {
      expectError(await admin.send(method, '/user-groups/users', body), 400, 'bad_parameters_error');
    }
  });

  it.each(['PUT', 'DELETE'] as const)(
    '%s refuses the unknown, other bodies, the unpermitted and strangers',
    async (method) => {
      const group_name = await holdfast.world.group();
      const ada = await holdfast.world.user();
      const path = '/user-groups/users';
      expectError(await admin.send(method, path, { username: 'nobody_at_all', group_name }), 404, 'not_found_error');
      expectError(
        await admin.send(method, path, { username: 'admin', group_name: 'no_such_group' }),
        404,
        'not_found_error',
      );
      expectError(await admin.send(method, path, '{}', plainText), 415, 'unsupported_content_type_error');
      expectCodeless(await admin.send(method, path, ''), 400);
      const own = { username: ada.username, group_name };
      expectError(await ada.client.send(method, path, own), 403, 'forbidden_error');
      expectError(await ada.client.send(method, path, 'x', plainText), 403, 'forbidden_error');
      expectError(await holdfast.stranger.send(method, path, own), 401, 'unauthorized_error');
    },
  );
});
