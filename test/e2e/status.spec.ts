import pg from 'pg';
import { createTestApp, type TestApp } from '../support/app.js';
import type { Client } from '../support/client.js';
import { maintain } from '../support/database.js';
import { expectCodeless, expectError, expectStatus } from '../support/expect-error.js';

const MANAGER_SERVICES = [
  'Webserver',
  'Manager Rest-Service',
  'Cloudify API',
  'Management Worker',
  'Cloudify Execution Scheduler',
];

let holdfast: TestApp;
let stranger: Client;
let member: Client;

beforeAll(async () => {
  holdfast = await createTestApp();
  ({ stranger } = holdfast);
  member = (await holdfast.world.user()).client;
});
afterAll(() => holdfast.close());

async function owner<T>(test: TestApp, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(test.database.owner);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

describe('the version', () => {
  it.each(['/version', '/api/version', '/api/v3/version', '/api/v2/version'])('is open at %s', async (path) => {
    const { body } = expectStatus(await stranger.get(path), 200);
    expect(Object.keys(body)).toEqual([
      'edition',
      'version',
      'build',
      'date',
      'commit',
      'distribution',
      'distro_release',
    ]);
    expect(body).toMatchObject({ edition: 'premium', version: '7.1.0' });
    expect(body.build).toMatch(/^\d+\.\d+\.\d+/);
  });

  it('does not look at credentials or tenants that are sent along', async () => {
    const wrong = stranger.as({
      basic: { username: 'admin', password: 'wrong wrong wrong' },
      token: 'no token',
      tenant: 'no_such',
    });
    expectStatus(await wrong.get('/version'), 200);
    expectStatus(await wrong.get('/api/version'), 200);
    expectStatus(await wrong.get('/ok'), 200);
  });

  it('has no trailing slash and no other methods', async () => {
    expectCodeless(await stranger.get('/version/'), 404);
    expectCodeless(await stranger.post('/version'), 405);
    expectCodeless(await stranger.delete('/api/version'), 405);
    expectCodeless(await stranger.get('/api/v3.1/api/version'), 404);
  });
});

describe('a restore', () => {
  it('is not under way, as anybody may ask', async () => {
    expect(expectStatus(await stranger.get('/snapshot-status'), 200).body).toEqual({ status: 'not-running' });
  });
});

describe('ok', () => {
  it('is a JSON text, for anybody', async () => {
    const answer = expectStatus(await stranger.get('/ok'), 200);
    expect(answer.text).toBe('"OK"');
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
  });

  it('fails while the database is gone, and is well again with it', async () => {
    const test = await createTestApp();
    try {
      await maintain([
        `ALTER DATABASE ${test.database.name} WITH ALLOW_CONNECTIONS false`,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${test.database.name}'`,
      ]);
      const down = await test.stranger.get('/ok');
      expect({ status: down.status, text: down.text }).toEqual({ status: 500, text: '"FAIL"' });
      await maintain([`ALTER DATABASE ${test.database.name} WITH ALLOW_CONNECTIONS true`]);
      expect((await test.stranger.get('/ok')).text).toBe('"OK"');
    } finally {
      await test.close();
    }
  });

  it('fails in time when the database does not answer, however many ask', async () => {
    const test = await createTestApp();
    try {
      await test.admin.put('/config/monitoring_timeout', { value: 1 });
      await owner(test, async (client) => {
        await client.query('BEGIN; LOCK TABLE manager_process IN ACCESS EXCLUSIVE MODE');
        const started = performance.now();
        const answers = await Promise.all(Array.from({ length: 40 }, () => test.stranger.get('/ok')));
        expect(new Set(answers.map(({ status, text }) => `${status} ${text}`))).toEqual(new Set(['500 "FAIL"']));
        expect(performance.now() - started).toBeLessThan(10_000);
        // One look for all: the pool is still there for others.
        expectStatus(await test.admin.get('/tenants'), 200);
        await client.query('ROLLBACK');
      });
    } finally {
      await test.close();
    }
  });
});

describe('the status', () => {
  it('lists what runs, and only parts that there are', async () => {
    const { body } = expectStatus(await member.get('/status'), 200);
    expect(body.status).toBe('OK');
    expect(Object.keys(body.services)).toEqual([...MANAGER_SERVICES, 'PostgreSQL']);
    for (const service of Object.values(body.services)) {
      expect(service).toEqual({ status: 'Active', is_remote: false, extra_info: {} });
    }
  });

  it.each(['true', 'True', '1', 'on'])('leaves the services out with summary=%s', async (summary) => {
    expect((await member.get('/status', { query: { summary } })).body).toEqual({ status: 'OK', services: {} });
  });

  it('refuses a summary that is neither true nor false', async () => {
    expectCodeless(await member.get('/status?summary=maybe'), 400);
    expectCodeless(await holdfast.admin.get('/cluster-status?summary=maybe'), 400);
  });

  it('tells a client with wrong credentials so', async () => {
    expectError(await stranger.get('/status'), 401, 'unauthorized_error');
    const wrong = stranger.as({ basic: { username: 'admin', password: 'wrong wrong wrong' } });
    expectError(await wrong.get('/status'), 401, 'unauthorized_error');
  });

  it('needs its permission, and a tenant that exists if any', async () => {
    await holdfast.admin.delete('/permissions/default/status_get');
    expectError(await member.get('/status'), 403, 'forbidden_error');
    await holdfast.admin.put('/permissions/default/status_get');
    expectError(await member.get('/status', { tenant: 'no_such_tenant' }), 403, 'forbidden_error');
  });
});

describe('the status of the cluster', () => {
  it('has one node for manager and database, and none of a broker', async () => {
    const { body } = expectStatus(await holdfast.admin.get('/cluster-status'), 200);
    expect(body.status).toBe('OK');
    expect(body.services.manager).toMatchObject({ status: 'OK', is_external: false });
    const node = body.services.manager.nodes['manager-1'];
    expect(node).toMatchObject({ status: 'OK', version: '7.1.0', private_ip: '127.0.0.1', metrics: [], failures: [] });
    expect(Object.keys(node.services)).toEqual(MANAGER_SERVICES);
    expect(Object.keys(body.services.db.nodes['manager-1'].services)).toEqual(['PostgreSQL']);
    expect(body.services.broker).toEqual({ status: 'OK', is_external: false, nodes: {} });
  });

  it('has a summary', async () => {
    expect((await holdfast.admin.get('/cluster-status?summary=true')).body).toEqual({ status: 'OK', services: {} });
  });

  it('is closed to strangers, and to accounts without a role in a tenant', async () => {
    expectError(await stranger.get('/cluster-status'), 401, 'unauthorized_error');
    expectError(await member.get('/cluster-status'), 403, 'forbidden_error');
  });
});

describe('a process that serves requests only', () => {
  let api: TestApp;
  beforeAll(async () => {
    api = await createTestApp({ config: { role: 'api' } });
  });
  afterAll(() => api.close());

  async function register(seenAt: string): Promise<void> {
    await owner(api, (client) =>
      client.query(
        `INSERT INTO manager_process (id, hostname, roles, seen_at)
         VALUES ('00000000-0000-4000-8000-000000000001', 'worker-1', '{worker,scheduler}', ${seenAt})
         ON CONFLICT (id) DO UPDATE SET seen_at = EXCLUDED.seen_at`,
      ),
    );
  }

  it('says that nobody works while nobody does', async () => {
    const { body } = await api.admin.get('/status');
    expect(body.status).toBe('Fail');
    expect(body.services['Management Worker']).toEqual({ status: 'Inactive', is_remote: true, extra_info: {} });
    expect(body.services['Manager Rest-Service'].status).toBe('Active');
    const summary = await api.admin.get('/cluster-status?summary=true');
    expect({ status: summary.status, body: summary.body }).toEqual({
      status: 500,
      body: { status: 'Fail', services: {} },
    });
    const full = expectStatus(await api.admin.get('/cluster-status'), 200);
    expect(full.body.services.manager.nodes['manager-1'].failures).toEqual([
      'Management Worker is not running.',
      'Cloudify Execution Scheduler is not running.',
    ]);
    expect((await api.stranger.get('/ok')).text).toBe('"OK"');
  });

  it('sees the worker of another process, and misses it when it falls silent', async () => {
    await register('now()');
    expect((await api.admin.get('/status')).body).toMatchObject({
      status: 'OK',
      services: { 'Management Worker': { status: 'Active', is_remote: true } },
    });
    expectStatus(await api.admin.get('/cluster-status?summary=true'), 200);
    await register(`now() - interval '1 minute'`);
    expect((await api.admin.get('/status')).body.status).toBe('Fail');
  });

  it('takes its name off the list when it stops', async () => {
    const other = await createTestApp({ from: api });
    const count = (): Promise<number> =>
      owner(api, async (client) => {
        const { rows } = await client.query<{ count: string }>(
          `SELECT count(*) FROM manager_process WHERE hostname = 'manager-1'`,
        );
        return Number(rows[0]?.count);
      });
    expect(await count()).toBe(2);
    await other.app.close();
    expect(await count()).toBe(1);
  });
});
