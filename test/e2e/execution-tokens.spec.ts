import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemTenantCtx } from '../../src/platform/context/ctx.js';
import { UnitOfWork } from '../../src/platform/database/unit-of-work.js';
import { ExecutionTokens } from '../../src/platform/executions/execution-tokens.js';
import { createTestApp, unique, type TestApp } from '../support/app.js';
import type { Answer, Client } from '../support/client.js';
import { DeployedWorld } from '../support/deployed.js';
import { expectError } from '../support/expect-error.js';
import { allRows } from '../support/superuser.js';
import type { Member, TestTenant } from '../support/world.js';

let test: TestApp;
let tenant: TestTenant;
let ada: Member;
let deployed: DeployedWorld;

beforeAll(async () => {
  test = await createTestApp({ config: { role: 'api' } });
  deployed = new DeployedWorld(test);
  tenant = await test.world.tenant();
  ada = await tenant.member('user');
});
afterAll(() => test.close());

interface Running {
  readonly id: string;
  readonly token: string;
}

async function mint(id: string): Promise<string> {
  const row = await deployed.row(id);
  const [home] = await allRows<{ name: string }>(test.database, 'SELECT name FROM tenant WHERE id = $1', [
    row['tenant_id'],
  ]);
  const ctx = systemTenantCtx('test', { id: row['tenant_id'] as number, name: home?.name ?? '' });
  const tokens = test.app.get(ExecutionTokens, { strict: false });
  return test.app.get(UnitOfWork, { strict: false }).run(ctx, (ctx) => tokens.mint(ctx, String(row['storage_id'])));
}

async function running(by: Client = ada.client, owner = ada): Promise<Running> {
  const deployment = await deployed.deployment(owner);
  const { body } = await by.post('/executions', { deployment_id: deployment, workflow_id: 'install' });
  await by.patch(`/executions/${body.id}`, { status: 'started' });
  return { id: body.id, token: await mint(body.id) };
}

/** A worker, as the Python client makes one. */
function worker(token: string, of: string | null = tenant.name): Client {
  return new Proxy(test.stranger, {
    get: (target, name) => {
      if (name !== 'send' && !['get', 'put', 'post', 'patch', 'delete'].includes(String(name)))
        return Reflect.get(target, name) as unknown;
      const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<Answer>;
      return (path: string, ...rest: unknown[]) => {
        const isRead = name === 'get';
        const options = { headers: { 'execution-token': token, ...(of === null ? {} : { tenant: of }) } };
        return method.apply(target, isRead ? [path, options] : [path, rest[0], options]);
      };
    },
  });
}

const expectRefused = (answer: Answer): void => expectError(answer, 401, 'unauthorized_error');

describe('the token of an execution', () => {
  it('acts as whoever started it, in its tenant', async () => {
    const { id, token } = await running();
    expect(token).toMatch(/^[0-9a-f]{32}$/);
    const key = unique('key');
    expect((await worker(token).put(`/secrets/${key}`, { value: 'hunter2' })).status).toBe(200);
    expect((await ada.client.get(`/secrets/${key}`)).body).toMatchObject({ created_by: ada.username });
    expect((await worker(token).get(`/executions/${id}`)).body.status).toBe('started');
    // The same value as an access token, and without a tenant: it is nowhere else.
    expect((await test.stranger.as({ token }).get(`/executions/${id}`)).body.status).toBe('started');
    const records = await allRows<{ execution_id: string }>(
      test.database,
      `SELECT execution_id FROM audit_log WHERE action = 'secret.create' AND execution_id = $1`,
      [id],
    );
    expect(records).toHaveLength(1);
  });

  it('is in no table: what is stored neither is nor gives the token', async () => {
    const { id, token } = await running();
    const [row] = await allRows<{ all: string }>(
      test.database,
      `SELECT string_agg(k::text, ' ') AS all FROM execution_token k JOIN execution e ON e.storage_id = k.execution_id WHERE e.id = $1`,
      [id],
    );
    expect(row?.all).not.toContain(token);
    expect(JSON.stringify((await ada.client.get(`/executions/${id}`)).body)).not.toContain(token);
  });

  it('has rights in no other tenant, though its creator has', async () => {
    const other = await test.world.tenant();
    await other.add(ada, 'manager');
    const { token } = await running();
    for (const path of ['/secrets', '/executions', '/deployments'])
      expectError(await worker(token, other.name).get(path), 403, 'forbidden_error');
    const lists = await worker(token).get('/executions?_all_tenants=true');
    expect(new Set(lists.body.items.map((item: { tenant_name: string }) => item.tenant_name))).toEqual(
      new Set([tenant.name]),
    );
    expectError(await worker(token).get(`/tenants/${other.name}`), 403, 'forbidden_error');
  });

  it('has nothing of an administrator but what one may do in that tenant', async () => {
    const { token } = await running(tenant.asAdmin);
    const closed: readonly (readonly ['get' | 'put' | 'post' | 'delete', string, object?])[] = [
      ['post', '/tokens', {}],
      ['get', '/tokens'],
      ['get', '/users'],
      ['put', '/users', { username: unique('u'), password: 'correct Horse 7 battery' }],
      ['post', '/users/admin', { password: 'correct Horse 8 battery' }],
      ['post', `/tenants/${unique('t')}`, {}],
      ['put', '/tenants/users', { tenant_name: tenant.name, username: ada.username, role: 'manager' }],
      ['put', '/permissions/user/all_tenants', {}],
      ['put', '/config/rest.default_page_size', { value: 5 }],
      ['post', '/maintenance/activate', {}],
      ['get', '/audit'],
      ['get', '/secrets/share/export?_all_tenants=true'],
      ['delete', '/executions', {}],
    ];
    for (const [method, path, body] of closed) {
      const answer = await worker(token)[method](path, body);
      expect([path, answer.status, answer.body?.error_code]).toEqual([path, 403, 'forbidden_error']);
    }
    const restored = { deployment_id: '', workflow_id: 'x', force_status: 'failed' };
    expectError(await worker(token).post('/executions', restored), 403, 'forbidden_error');
  });

  it.each(['terminated', 'failed', 'cancelled'])('is over when the execution is %s', async (status) => {
    const { id, token } = await running();
    await ada.client.patch(`/executions/${id}`, { status });
    expectRefused(await worker(token).get('/secrets'));
    expectRefused(await test.stranger.as({ token, tenant: tenant.name }).get('/secrets'));
  });

  it('lives on while operations of a cancelled execution are still under way', async () => {
    const { id, token } = await running();
    await allRows(
      test.database,
      `WITH graph AS (INSERT INTO tasks_graph (id, execution_id, tenant_id, creator_id, visibility, name, created_at)
         SELECT gen_random_uuid()::text, storage_id, tenant_id, creator_id, visibility, 'g', now() FROM execution WHERE id = $1 RETURNING *)
       INSERT INTO operation (id, graph_id, tenant_id, creator_id, visibility, name, state, type, created_at)
       SELECT $2, storage_id, tenant_id, creator_id, visibility, 'o', 'started', 'RemoteWorkflowTask', now() FROM graph`,
      [id, unique('op')],
    );
    await ada.client.patch(`/executions/${id}`, { status: 'cancelled' });
    expect((await worker(token).get(`/executions/${id}`)).status).toBe(200);
    await allRows(test.database, `UPDATE operation SET state = 'succeeded'`);
    expectRefused(await worker(token).get(`/executions/${id}`));
  });

  it('is over when the execution is resumed or killed; a new one is not', async () => {
    const { id, token } = await running();
    await ada.client.patch(`/executions/${id}`, { status: 'failed' });
    await ada.client.post(`/executions/${id}`, { action: 'resume' });
    expectRefused(await worker(token).get('/secrets'));
    const second = await mint(id);
    expectRefused(await worker(token).get('/secrets'));
    expect((await worker(second).get('/secrets')).status).toBe(200);
    await ada.client.post(`/executions/${id}`, { action: 'kill' });
    expectRefused(await worker(second).get('/secrets'));
    expect((await worker(await mint(id)).get('/secrets')).status).toBe(200);
  });

  it('goes with the user: revoked with their tokens, useless without their membership', async () => {
    const bob = await tenant.member('user');
    const { token } = await running(bob.client, bob);
    expect((await worker(token).get('/secrets')).status).toBe(200);
    await test.admin.delete('/tenants/users', { tenant_name: tenant.name, username: bob.username });
    expectError(await worker(token).get('/secrets'), 403, 'forbidden_error');
    await test.admin.post(`/users/active/${bob.username}`, { action: 'deactivate' });
    expectRefused(await worker(token).get('/secrets'));
  });

  it('cannot be made by who writes to the database', async () => {
    const [victim, mine] = [await running(), await running()];
    const move = (set: string): Promise<unknown> =>
      allRows(
        test.database,
        `UPDATE execution_token k SET ${set} FROM execution e WHERE e.storage_id = k.execution_id AND e.id = $1`,
        [mine.id],
      );
    const [row] = await allRows<{ storage_id: string }>(
      test.database,
      'SELECT storage_id FROM execution WHERE id = $1',
      [victim.id],
    );
    await move(`execution_id = ${row?.storage_id}`);
    expectRefused(await worker(mine.token).get('/secrets'));
    const other = await running();
    await allRows(
      test.database,
      `UPDATE execution_token k SET user_id = 0 FROM execution e WHERE e.storage_id = k.execution_id AND e.id = $1`,
      [other.id],
    );
    await allRows(test.database, 'UPDATE execution SET creator_id = 0 WHERE id = $1', [other.id]);
    expectRefused(await worker(other.token).get('/secrets'));
  });

  it.each(['', 'x', 'f'.repeat(32), 'F'.repeat(32), `${'f'.repeat(32)}0`])('is not %j', async (noise) => {
    expectRefused(await worker(noise).get('/secrets'));
  });

  it('is no excuse for another credential: what it fails, the password beside it does not mend', async () => {
    const answer = await ada.client.get('/secrets', { headers: { 'execution-token': 'f'.repeat(32) } });
    expectRefused(answer);
  });

  it('starts nothing while the execution is being cancelled', async () => {
    const { id, token } = await running();
    const target = await deployed.deployment(ada);
    const body = { deployment_id: target, workflow_id: 'install' };
    await ada.client.post(`/executions/${id}`, { action: 'cancel' });
    expectError(await worker(token).post('/executions', body), 403, 'forbidden_while_cancelling');
    expectError(
      await worker(token).put(`/deployments/${unique('d')}`, { blueprint_id: 'x' }),
      403,
      'forbidden_while_cancelling',
    );
    const free = await running();
    expect((await worker(free.token).post('/executions', body)).status).toBe(201);
  });
});
