import pg from 'pg';
import { createApplication } from '../../src/bootstrap/application.js';
import { ALL_ENTITIES } from '../../src/bootstrap/entities.js';
import { createAppDataSource } from '../../src/platform/database/data-source.js';
import { ADMIN_PASSWORD, createTestApp, type TestApp } from '../support/app.js';
import { Client, type Answer } from '../support/client.js';
import { expectCodeless, expectError, expectStatus } from '../support/expect-error.js';
import { testServer } from '../support/test-server.js';
import { MEMBER_PASSWORD } from '../support/world.js';

const WIRE_DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const BYPASS = { headers: { 'X-BYPASS-MAINTENANCE': 'True' } };
const OFF = {
  status: 'deactivated',
  activated_at: '',
  activation_requested_at: '',
  remaining_executions: null,
  requested_by: '',
};
const EXECUTION = '7b7b3a2e-0000-4000-8000-000000000001';

let holdfast: TestApp;
let admin: Client;
let stranger: Client;
let member: Client;
let nobody: Client;
let nobodyName: string;

beforeAll(async () => {
  holdfast = await createTestApp();
  ({ admin, stranger } = holdfast);
  member = (await (await holdfast.world.tenant()).member('user')).client;
  const user = await holdfast.world.user();
  nobody = user.client;
  nobodyName = user.username;
});
afterEach(async () => {
  await endExecution();
  await admin.post('/maintenance/deactivate');
});
afterAll(() => holdfast.close());

/** As the server's superuser, whom row-level security does not bind: an execution that a worker elsewhere has taken. */
async function query(statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ ...testServer().superuser, database: holdfast.database.name });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

async function beginExecution(): Promise<void> {
  await query(
    `INSERT INTO execution (id, tenant_id, creator_id, visibility, workflow_id, status, started_at, lease_owner, lease_until)
     VALUES ('${EXECUTION}', 0, 0, 'private', 'upload_blueprint', 'started', now(), gen_random_uuid(), now() + interval '1 hour')`,
  );
}

async function endExecution(): Promise<void> {
  await query(`UPDATE execution SET status = 'terminated', ended_at = now() WHERE id = '${EXECUTION}'`);
  await query(`DELETE FROM execution WHERE id = '${EXECUTION}'`);
}

function expectGate(answer: Answer, code: 'maintenance_mode_active' | 'entering_maintenance_mode'): void {
  expect({ status: answer.status, code: answer.body?.error_code }).toEqual({ status: 503, code });
  expect(typeof answer.body.server_traceback).toBe('string');
  expect(typeof answer.body.message).toBe('string');
}

async function status(client = admin): Promise<string> {
  return expectStatus(await client.get('/maintenance'), 200).body.status;
}

describe('asking for maintenance mode', () => {
  it('is off in a new installation, as everybody signed in may see', async () => {
    expect(expectStatus(await nobody.get('/maintenance'), 200).body).toEqual(OFF);
    expectStatus(await nobody.get('/api/v2.1/maintenance'), 200);
    expectCodeless(await nobody.get('/api/v2/maintenance'), 404);
  });

  it('turns it on at once while nothing runs', async () => {
    const { body } = expectStatus(await admin.post('/maintenance/activate'), 200);
    expect(body).toMatchObject({ status: 'activated', requested_by: 'admin', remaining_executions: null });
    expect(body.activated_at).toMatch(WIRE_DATE);
    expect(body.activation_requested_at).toMatch(WIRE_DATE);
    expect((await nobody.get('/maintenance')).body).toEqual(body);
  });

  it('answers 304 without a body when it is so already', async () => {
    const off = await admin.post('/maintenance/deactivate');
    expect({ status: off.status, text: off.text }).toEqual({ status: 304, text: '' });
    await admin.post('/maintenance/activate');
    const on = await admin.post('/maintenance/activate');
    expect({ status: on.status, text: on.text }).toEqual({ status: 304, text: '' });
    expect(expectStatus(await admin.post('/maintenance/deactivate'), 200).body).toEqual(OFF);
  });

  it.each(['restart', 'ACTIVATE', 'activate%20', '..%2Factivate'])('knows no other action: %s', async (action) => {
    expectError(await admin.post(`/maintenance/${action}`), 400, 'bad_parameters_error');
    expect(await status()).toBe('deactivated');
  });

  it('is for holders of the permission alone', async () => {
    for (const action of ['activate', 'deactivate', 'other']) {
      expectError(await nobody.post(`/maintenance/${action}`), 403, 'forbidden_error');
      expectError(await member.post(`/maintenance/${action}`), 403, 'forbidden_error');
      expectError(await stranger.post(`/maintenance/${action}`), 401, 'unauthorized_error');
    }
    expectError(await stranger.get('/maintenance'), 401, 'unauthorized_error');
    expectError(
      await admin.post('/maintenance/activate', undefined, { tenant: 'no_such_tenant' }),
      403,
      'forbidden_error',
    );
    expectCodeless(await admin.get('/maintenance/activate'), 405);
    expect(await status()).toBe('deactivated');
  });

  it('is done once by many who ask at the same time', async () => {
    const on = await Promise.all(Array.from({ length: 12 }, () => admin.post('/maintenance/activate')));
    expect(on.filter((answer) => answer.status === 200)).toHaveLength(1);
    expect(on.filter((answer) => answer.status === 304)).toHaveLength(11);
    const off = await Promise.all(Array.from({ length: 12 }, () => admin.post('/maintenance/deactivate')));
    expect(off.filter((answer) => answer.status === 200)).toHaveLength(1);
    expect(await status()).toBe('deactivated');
  });

  it('is recorded, each step', async () => {
    const [{ last } = { last: 0 }] = await query('SELECT coalesce(max(id), 0) AS last FROM audit_log');
    await admin.post('/maintenance/activate');
    await admin.post('/maintenance/deactivate');
    const records = await query(
      `SELECT action, auth_method, details->>'before' AS before, details->>'after' AS after FROM audit_log
        WHERE ref_table = 'maintenance_mode' AND id > ${String(last)} ORDER BY id`,
    );
    expect(records).toEqual([
      { action: 'maintenance.activate', auth_method: 'token', before: 'deactivated', after: 'activating' },
      { action: 'maintenance.activated', auth_method: 'system', before: 'activating', after: 'activated' },
      { action: 'maintenance.deactivate', auth_method: 'token', before: 'activated', after: 'deactivated' },
    ]);
  });

  it('survives a restart', async () => {
    const { body } = await admin.post('/maintenance/activate');
    const next = await restarted();
    try {
      const same = next.as(admin.identity);
      expect((await same.get('/maintenance')).body).toEqual(body);
      expectGate(await same.get('/users'), 'maintenance_mode_active');
      expectStatus(await same.post('/maintenance/deactivate'), 200);
    } finally {
      await next.close();
    }
    expectStatus(await admin.get('/users'), 200);
  });
});

/** Another process on the same database and data folder. Nobody signs in to it: while the mode is on nobody could. */
async function restarted(): Promise<{ as(identity: Client['identity']): Client; close(): Promise<void> }> {
  const { config, database, log, clock } = holdfast;
  const dataSource = createAppDataSource({
    connection: database.app,
    entities: ALL_ENTITIES,
    poolSize: 4,
    log: log.log,
  });
  await dataSource.initialize();
  const identity = {
    hostname: 'manager-1',
    privateAddress: '127.0.0.1',
    publicAddress: '127.0.0.1',
    caCertificatePem: '',
  };
  const app = await createApplication({ config, dataSource, log: log.log, clock, identity });
  const client = new Client(app);
  return { as: (who) => client.as(who), close: () => app.close() };
}

describe('while it is on', () => {
  beforeEach(async () => {
    expectStatus(await admin.post('/maintenance/activate'), 200);
  });

  it.each([
    '/brokers',
    '/managers',
    '/db-nodes',
    '/config',
    '/config/default_page_size',
    '/status',
    '/license',
    '/maintenance',
    '/cluster-status',
  ])('serves %s', async (path) => {
    expectStatus(await admin.get(path), 200);
  });

  it.each(['/version', '/api/version', '/ok', '/%6F%6b', '/api/v3/version', '/snapshot-status'])(
    'serves %s to anybody',
    async (path) => {
      expectStatus(await stranger.get(path), 200);
    },
  );

  it.each([
    '/users',
    '/user',
    '/tenants',
    '/permissions',
    '/tokens',
    '/license-check',
    '/idp',
    '/ldap',
    '/provider/context',
    '/audit',
  ])('refuses %s, before anybody is asked who they are', async (path) => {
    expectGate(await admin.get(path), 'maintenance_mode_active');
    expectGate(await stranger.get(path), 'maintenance_mode_active');
  });

  it('refuses changes, and changes nothing', async () => {
    expectGate(await admin.post('/tenants/never_made', {}), 'maintenance_mode_active');
    expectGate(await admin.put('/users', 'not even JSON'), 'maintenance_mode_active');
    expectStatus(await admin.get('/tenants?name=never_made', BYPASS), 200);
    expect((await admin.get('/tenants?name=never_made', BYPASS)).body.items).toEqual([]);
  });

  it('answers unknown paths and methods first', async () => {
    expectCodeless(await stranger.get('/no-such-thing'), 404);
    expectCodeless(await stranger.delete('/tenants'), 405);
  });

  it('counts no failed login for a request that it refuses', async () => {
    const guess = stranger.as({ basic: { username: nobodyName, password: 'wrong wrong wrong' } });
    for (let attempt = 0; attempt < 8; attempt += 1) expectGate(await guess.get('/user'), 'maintenance_mode_active');
    await admin.post('/maintenance/deactivate');
    const right = stranger.as({ basic: { username: nobodyName, password: MEMBER_PASSWORD } });
    expectStatus(await right.get('/user'), 200);
  });

  it.each(['True', 'true', '1', 'yes', 'anything'])('lets the permission pass with the header %s', async (value) => {
    expectStatus(await admin.get('/users', { headers: { 'x-bypass-maintenance': value } }), 200);
  });

  it.each(['', 'false', 'False', '0', 'no'])('does not take %j for the header', async (value) => {
    expectGate(await admin.get('/users', { headers: { 'x-bypass-maintenance': value } }), 'maintenance_mode_active');
  });

  it('lets an administrator sign in through the header, as the web UI does', async () => {
    const basic = stranger.as({ basic: { username: 'admin', password: ADMIN_PASSWORD } });
    expectGate(await basic.post('/tokens', {}), 'maintenance_mode_active');
    expectStatus(await basic.post('/tokens', {}, BYPASS), 200);
  });

  it('turns back others with the header, and says who nobody is', async () => {
    expectGate(await member.get('/tenants', BYPASS), 'maintenance_mode_active');
    expectGate(await nobody.get('/user', BYPASS), 'maintenance_mode_active');
    expectError(await stranger.get('/user', BYPASS), 401, 'unauthorized_error');
    const wrong = stranger.as({ basic: { username: nobodyName, password: 'wrong wrong wrong' } });
    expectError(await wrong.get('/user', BYPASS), 401, 'unauthorized_error');
  });

  it('follows the matrix: who gets the permission passes, who loses it does not', async () => {
    await admin.put('/permissions/default/maintenance_mode_set', undefined, BYPASS);
    expectStatus(await nobody.get('/user', BYPASS), 200);
    await admin.delete('/permissions/default/maintenance_mode_set', undefined, BYPASS);
    expectGate(await nobody.get('/user', BYPASS), 'maintenance_mode_active');
  });
});

describe('while it waits for what runs', () => {
  let activation: Answer;

  beforeEach(async () => {
    await beginExecution();
    activation = expectStatus(await admin.post('/maintenance/activate'), 200);
  });

  it('says so, and what it waits for in one flat list', () => {
    expect(activation.body).toMatchObject({
      status: 'activating',
      activated_at: '',
      requested_by: 'admin',
      remaining_executions: [
        { id: EXECUTION, status: 'started', deployment_id: null, workflow_id: 'upload_blueprint' },
      ],
    });
  });

  it('serves everything that starts no work', async () => {
    expectStatus(await admin.get('/users'), 200);
    expectStatus(await nobody.get('/user'), 200);
    expectStatus(await admin.get('/executions'), 200);
    const name = holdfast.world.name('tenant');
    expectStatus(await admin.post(`/tenants/${name}`, {}), 201);
  });

  it('tells those who may switch it what still runs, and nobody else', async () => {
    expect((await admin.get('/maintenance')).body.remaining_executions).toHaveLength(1);
    expect((await member.get('/maintenance')).body).toMatchObject({ status: 'activating', remaining_executions: null });
  });

  it('is on with the first request after the last execution, whoever sends it', async () => {
    await endExecution();
    expectGate(await member.get('/user'), 'maintenance_mode_active');
    const { body } = await member.get('/maintenance');
    expect(body).toMatchObject({ status: 'activated', requested_by: 'admin' });
    expect(body.activated_at).toMatch(WIRE_DATE);
  });

  it('is not finished by a request that the header lets through', async () => {
    await endExecution();
    expectStatus(await admin.get('/users', BYPASS), 200);
    const [row] = await query('SELECT maintenance_status FROM system_state');
    expect(row).toEqual({ maintenance_status: 'activating' });
  });

  it('can be called off', async () => {
    expect((await admin.post('/maintenance/activate')).status).toBe(304);
    expect(expectStatus(await admin.post('/maintenance/deactivate'), 200).body).toEqual(OFF);
    expectStatus(await member.get('/user'), 200);
  });
});
