import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, unique, type TestApp } from '../support/app.js';
import { expectError } from '../support/expect-error.js';
import { newDeployment } from '../support/executions.js';
import { allRows } from '../support/superuser.js';
import type { Member, TestTenant } from '../support/world.js';

/** Nobody runs what waits here: there is no worker. */
let test: TestApp;
let tenant: TestTenant;
let ada: Member;

beforeAll(async () => {
  test = await createTestApp({ config: { role: 'api' } });
  tenant = await test.world.tenant();
  ada = await tenant.member('user');
});
afterAll(() => test?.close());

async function groupOf(size: number, workflows?: readonly object[]): Promise<string> {
  const id = unique('group');
  expect((await ada.client.put(`/deployment-groups/${id}`, {})).status).toBe(200);
  for (let place = 0; place < size; place += 1)
    await newDeployment(test, tenant, ada, { groupId: id, ...(workflows === undefined ? {} : { workflows }) });
  return id;
}

const setAll = (group: string, statuses: readonly string[]): Promise<unknown> =>
  allRows(
    test.database,
    `UPDATE execution e SET status = ($2::text[])[o.place] FROM (
       SELECT x.storage_id, row_number() OVER (ORDER BY x.storage_id) AS place FROM execution x
         JOIN execution_group g ON g.storage_id = x.execution_group_id WHERE g.id = $1) o
      WHERE e.storage_id = o.storage_id RETURNING 1`,
    [group, statuses],
  );

async function started(deploymentGroup: string, more: object = {}): Promise<string> {
  const body = { deployment_group_id: deploymentGroup, workflow_id: 'install', ...more };
  const answer = await ada.client.post('/execution-groups', body);
  expect(answer.status).toBe(200);
  return answer.body.id as string;
}

describe('execution groups', () => {
  it('queue an execution for each deployment, and tell which lack the workflow', async () => {
    const group = await groupOf(2);
    await newDeployment(test, tenant, ada, { groupId: group, workflows: [] });
    const deployments = (await ada.client.get(`/deployment-groups/${group}`)).body.deployment_ids as string[];
    const answer = await ada.client.post('/execution-groups', {
      deployment_group_id: group,
      workflow_id: 'install',
      default_parameters: { a: 1, b: 1 },
      parameters: Object.fromEntries(deployments.map((id) => [id, { b: 2 }])),
      force: 'true',
      concurrency: 2,
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      workflow_id: 'install',
      deployment_group_id: group,
      concurrency: 2,
      status: 'queued',
      created_by: ada.username,
    });
    expect(answer.body.execution_ids).toHaveLength(2);
    const executions = await ada.client.get(`/executions?_group_id=${answer.body.id as string}`);
    expect(executions.body.items).toHaveLength(2);
    for (const execution of executions.body.items as object[])
      expect(execution).toMatchObject({ status: 'queued', parameters: { a: 1, b: 2 }, workflow_id: 'install' });
    const log = await ada.client.get(`/events?execution_group_id=${answer.body.id as string}&type=cloudify_log`);
    expect(log.body.items).toEqual([
      expect.objectContaining({ level: 'warning', message: expect.stringContaining('it has no workflow install') }),
    ]);
    expect((await ada.client.get(`/execution-groups/${answer.body.id as string}`)).body).toEqual(answer.body);
  });

  it('start hundreds at once in a moment', async () => {
    const group = await groupOf(150);
    const began = performance.now();
    const id = await started(group, { concurrency: 0 });
    expect(performance.now() - began).toBeLessThan(10_000);
    expect((await ada.client.get(`/execution-groups/${id}`)).body.execution_ids).toHaveLength(150);
  }, 60_000);

  it.each<[readonly string[], string | null]>([
    [[], null],
    [['pending', 'pending'], 'pending'],
    [['pending', 'queued'], 'queued'],
    [['scheduled', 'queued'], 'queued'],
    [['started', 'queued'], 'started'],
    [['terminated', 'queued'], 'started'],
    [['terminated', 'cancelled'], 'terminated'],
    [['failed', 'cancelled'], 'failed'],
    [['cancelled', 'cancelled'], 'terminated'],
  ])('of executions at %j are %s', async (statuses, expected) => {
    const id = await started(await groupOf(statuses.length));
    await setAll(id, statuses);
    expect((await ada.client.get(`/execution-groups/${id}`)).body.status).toBe(expected);
    const [brief] = (await ada.client.get(`/execution-groups?id=${id}`)).body.items as object[];
    expect(brief).toMatchObject({ id, status: null, execution_ids: null });
    const [whole] = (await ada.client.get(`/execution-groups?id=${id}&_get_data=True`)).body.items as object[];
    expect(whole).toMatchObject({ id, status: expected, execution_ids: statuses.map(() => expect.any(String)) });
  });

  it('are cancelled: what waits at once, what runs by its worker', async () => {
    const id = await started(await groupOf(3));
    await setAll(id, ['queued', 'started', 'terminated']);
    const answer = await ada.client.post(`/execution-groups/${id}`, { action: 'cancel' });
    expect(answer.status).toBe(200);
    const { items } = (await ada.client.get(`/executions?_group_id=${id}&_sort=deployment_id`)).body as {
      items: { status: string }[];
    };
    expect(items.map(({ status }) => status).toSorted()).toEqual(['cancelled', 'cancelling', 'terminated']);
    expectError(await ada.client.post(`/execution-groups/${id}`, { action: 'requeue' }), 400, 'bad_parameters_error');
  });

  it('are changed: limits, and where deployments go', async () => {
    const [group, target] = [await groupOf(1), await groupOf(0)];
    const id = await started(group);
    const answer = await ada.client.patch(`/execution-groups/${id}`, {
      concurrency: 0,
      success_group_id: target,
      failure_group_id: target,
    });
    expect(answer.status).toBe(200);
    expect(answer.body.concurrency).toBe(0);
    for (const concurrency of [-1, 1.5, 'x'])
      expectError(await ada.client.patch(`/execution-groups/${id}`, { concurrency }), 400, 'bad_parameters_error');
    expectError(await ada.client.patch(`/execution-groups/${id}`, { success_group_id: 'no' }), 404, 'not_found_error');
  });

  it('refuse what is wrong, absent or another tenant’s', async () => {
    const group = await groupOf(1);
    const body = { deployment_group_id: group, workflow_id: 'install' };
    expectError(await ada.client.post('/execution-groups', { workflow_id: 'install' }), 400, 'bad_parameters_error');
    expectError(await ada.client.post('/execution-groups', { ...body, concurrency: -1 }), 400, 'bad_parameters_error');
    expectError(
      await ada.client.post('/execution-groups', { ...body, parameters: { d: 1 } }),
      400,
      'bad_parameters_error',
    );
    expectError(
      await ada.client.post('/execution-groups', { ...body, deployment_group_id: 'no' }),
      404,
      'not_found_error',
    );
    expectError(await ada.client.post('/execution-groups', { ...body, id: 'mine' }), 403, 'forbidden_error');
    const id = await started(group);
    const bob = await (await test.world.tenant()).member('user');
    expectError(await bob.client.get(`/execution-groups/${id}`), 404, 'not_found_error');
    expectError(await bob.client.post(`/execution-groups/${id}`, { action: 'kill' }), 404, 'not_found_error');
    expectError(await bob.client.patch(`/execution-groups/${id}`, { concurrency: 1 }), 404, 'not_found_error');
    expectError(await bob.client.post('/execution-groups', body), 404, 'not_found_error');
    const viewer = await tenant.member('viewer');
    expectError(await viewer.client.post('/execution-groups', body), 403, 'forbidden_error');
  });

  it('are restored by administrators, with the executions that were theirs', async () => {
    const old = await started(await groupOf(2));
    const { execution_ids: executions } = (await ada.client.get(`/execution-groups/${old}`)).body as {
      execution_ids: string[];
    };
    const id = unique('restored');
    const answer = await tenant.asAdmin.post('/execution-groups', {
      deployment_group_id: await groupOf(0),
      workflow_id: 'install',
      id,
      created_by: ada.username,
      created_at: '2020-01-01T00:00:00Z',
      associated_executions: executions.map((execution) => ({ execution_id: execution })),
    });
    expect(answer.body).toMatchObject({ id, created_by: ada.username, created_at: '2020-01-01T00:00:00.000Z' });
    expect(answer.body.execution_ids.toSorted()).toEqual(executions.toSorted());
  });
});
