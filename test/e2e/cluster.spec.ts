import pg from 'pg';
import { createTestApp, type TestApp } from '../support/app.js';
import type { Client } from '../support/client.js';
import { expectCodeless, expectError, expectQueryError, expectStatus } from '../support/expect-error.js';

const WIRE_DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const ONE = { pagination: { total: 1, size: 1000, offset: 0 }, filtered: null };

let holdfast: TestApp;
let admin: Client;
let stranger: Client;
let nobody: Client;
let viewer: Client;

beforeAll(async () => {
  holdfast = await createTestApp();
  ({ admin, stranger } = holdfast);
  nobody = (await holdfast.world.user()).client;
  viewer = (await (await holdfast.world.tenant()).member('viewer')).client;
});
afterAll(() => holdfast.close());

describe('the nodes of a single machine', () => {
  it('are one manager, one broker and one database under one address', async () => {
    const [managers, brokers, databases] = await Promise.all(
      ['/managers', '/brokers', '/db-nodes'].map(async (path) => expectStatus(await admin.get(path), 200).body),
    );
    expect([managers.metadata, brokers.metadata, databases.metadata]).toEqual([ONE, ONE, ONE]);
    expect([managers.items.length, brokers.items.length, databases.items.length]).toEqual([1, 1, 1]);
    expect(brokers.items[0].host).toBe(managers.items[0].private_ip);
    expect(databases.items[0].host).toBe(managers.items[0].private_ip);
  });

  it('show the manager', async () => {
    const [manager] = (await viewer.get('/managers')).body.items;
    expect(manager).toMatchObject({
      id: 1,
      hostname: 'manager-1',
      private_ip: '127.0.0.1',
      public_ip: '127.0.0.1',
      version: '7.1.0',
      edition: 'premium',
      fs_sync_node_id: null,
      networks: { default: '127.0.0.1' },
      status_report_frequency: 0,
    });
    expect(manager.last_seen).toMatch(WIRE_DATE);
    expect(manager.ca_cert_content).toContain('BEGIN CERTIFICATE');
    expect(Object.keys(manager).toSorted()).toEqual(
      [
        'ca_cert_content',
        'distribution',
        'distro_release',
        'edition',
        'fs_sync_node_id',
        'hostname',
        'id',
        'last_seen',
        'networks',
        'private_ip',
        'public_ip',
        'status_report_frequency',
        'version',
      ].toSorted(),
    );
  });

  it('show a broker that does not listen, and so has no credentials for anybody', async () => {
    expect((await admin.get('/brokers')).body.items).toEqual([
      {
        name: 'manager-1',
        host: '127.0.0.1',
        management_host: '127.0.0.1',
        username: null,
        password: null,
        ca_cert_content: '',
        port: 0,
        params: null,
        networks: { default: '127.0.0.1' },
        is_external: false,
      },
    ]);
  });

  it('show the database', async () => {
    expect((await nobody.get('/db-nodes')).body.items).toEqual([
      { name: 'manager-1', host: '127.0.0.1', is_external: false },
    ]);
  });

  it.each([
    ['/managers?hostname=manager-1', 1],
    ['/managers?hostname=manager-2', 0],
    ['/managers?hostname=manager-2&hostname=manager-1', 1],
    ['/brokers?is_external=true', 0],
    ['/db-nodes?host=127.0.0.1', 1],
  ])('are selected by %s', async (path, total) => {
    const { body } = expectStatus(await admin.get(path), 200);
    expect([body.items.length, body.metadata.pagination.total]).toEqual([total, total]);
  });

  it('are lists like all others', async () => {
    expect((await admin.get('/managers?_include=hostname,id&_sort=-hostname&_size=5&_offset=0')).body).toEqual({
      items: [{ id: 1, hostname: 'manager-1' }],
      metadata: { pagination: { total: 1, size: 5, offset: 0 }, filtered: null },
    });
    expect((await admin.get('/managers?_offset=1')).body.items).toEqual([]);
    expectError(await admin.get('/managers?_include=nothing'), 400, 'no_such_include_field_error');
    expectError(await admin.get('/managers?colour=red'), 400, 'bad_parameters_error');
    expectError(await admin.get('/brokers?password=a'), 400, 'bad_parameters_error');
    expectQueryError(await admin.get('/managers?_size=-1'));
    expectQueryError(await admin.get('/db-nodes?_sort=colour'));
  });

  it.each(['/managers', '/brokers', '/db-nodes'])('are closed to strangers: %s', async (path) => {
    expectError(await stranger.get(path), 401, 'unauthorized_error');
    expectError(await admin.get(path, { tenant: 'no_such_tenant' }), 403, 'forbidden_error');
  });

  it('hide the managers from accounts without a role in a tenant', async () => {
    expectError(await nobody.get('/managers'), 403, 'forbidden_error');
    expectStatus(await nobody.get('/brokers'), 200);
  });

  it.each([
    ['POST', '/managers'],
    ['PUT', '/managers/manager-1'],
    ['DELETE', '/managers/manager-1'],
    ['POST', '/brokers'],
    ['PUT', '/brokers/manager-1'],
    ['DELETE', '/brokers/manager-1'],
    ['POST', '/db-nodes'],
  ] as const)('are not managed here: %s %s', async (method, path) => {
    expectError(await admin.send(method, path), 405, 'method_not_allowed_error');
    expectError(await viewer.send(method, path), 403, 'forbidden_error');
    expectError(await stranger.send(method, path), 401, 'unauthorized_error');
  });
});

describe('where users come from', () => {
  it('is here alone, as anybody signed in may ask', async () => {
    const answer = expectStatus(await nobody.get('/idp'), 200);
    expect(answer.text).toBe('"local"');
    expect(expectStatus(await nobody.get('/ldap'), 200).text).toBe('"disabled"');
  });

  it('is nothing for strangers', async () => {
    expectError(await stranger.get('/idp'), 401, 'unauthorized_error');
    expectError(await stranger.get('/ldap'), 401, 'unauthorized_error');
  });
});

describe('the contact form of the community edition', () => {
  it('is not here', async () => {
    const answer = await admin.post('/contacts', { first_name: 'A', last_name: 'B', email: 'a@b', is_eula: true });
    expectError(answer, 404, 'community_only_error');
    expect(answer.body.message).toContain('not found');
  });

  it('is not even that for others', async () => {
    expectError(await viewer.post('/contacts', {}), 403, 'forbidden_error');
    expectError(await stranger.post('/contacts', {}), 401, 'unauthorized_error');
  });
});

describe('the provider context', () => {
  it('is there from the start', async () => {
    const { body } = expectStatus(await nobody.get('/provider/context'), 200);
    expect(body).toEqual({ id: 'CONTEXT', name: 'provider', context: { cloudify: {} } });
    expect((await nobody.get('/provider/context?_include=context')).body).toEqual({ context: { cloudify: {} } });
    expectError(await nobody.get('/provider/context?_include=secret'), 400, 'no_such_include_field_error');
    expectStatus(await nobody.get('/api/v2/provider/context'), 200);
  });

  it('is not created twice, by nobody', async () => {
    expectError(await admin.post('/provider/context', { name: 'other', context: {} }), 409, 'conflict_error');
    expectError(
      await nobody.post('/provider/context?update=false', { name: 'other', context: {} }),
      409,
      'conflict_error',
    );
  });

  it('is replaced by system administrators alone', async () => {
    const next = { name: 'other', context: { cloudify: { cloudify_agent: { user: 'ubuntu' } } } };
    expectError(await viewer.post('/provider/context?update=true', next), 403, 'forbidden_error');
    const answer = expectStatus(await admin.post('/provider/context?update=True', next), 200);
    expect(answer.body).toEqual({ status: 'ok' });
    expect((await nobody.get('/provider/context')).body).toEqual({ id: 'CONTEXT', ...next });
  });

  it('is created where there is none', async () => {
    const client = new pg.Client(holdfast.database.owner);
    await client.connect();
    await client.query('DELETE FROM provider_context');
    await client.end();
    expectError(await nobody.get('/provider/context'), 404, 'not_found_error');
    expectStatus(await nobody.post('/provider/context', { name: 'mine', context: { cloudify: {} } }), 201);
    expect((await nobody.get('/provider/context')).body.name).toBe('mine');
  });

  it.each([
    ['no name', { context: {} }],
    ['no context', { name: 'a' }],
    ['a context that is a text', { name: 'a', context: 'b' }],
    ['a name that is a number', { name: 1, context: {} }],
    ['a NUL', { name: 'a', context: { key: 'a\0b' } }],
    ['a NUL in a key', { name: 'a', context: { 'a\0': 1 } }],
  ])('refuses %s', async (_what, body) => {
    expectError(await admin.post('/provider/context?update=true', body), 400, 'bad_parameters_error');
  });

  it('refuses what is no JSON object, and an update that is neither true nor false', async () => {
    expectError(await admin.post('/provider/context', '[]'), 400, 'bad_parameters_error');
    expectCodeless(await admin.post('/provider/context', '{'), 400);
    const body = { name: 'a', context: {} };
    expectCodeless(await admin.post('/provider/context?update=perhaps', body), 400);
    expectError(
      await admin.post('/provider/context', body, { headers: { 'content-type': 'text/plain' } }),
      415,
      'unsupported_content_type_error',
    );
  });

  it('is closed to strangers', async () => {
    expectError(await stranger.get('/provider/context'), 401, 'unauthorized_error');
    expectError(await stranger.post('/provider/context', { name: 'a', context: {} }), 401, 'unauthorized_error');
  });
});

describe('paths that older servers had', () => {
  it('are unknown', async () => {
    for (const path of ['/ssl', '/cluster', '/managers/manager-1/x']) expectCodeless(await admin.get(path), 404);
    expectCodeless(await admin.get('/managers/manager-1'), 405);
  });
});
