import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, unique, type TestApp } from '../support/app.js';
import { expectError } from '../support/expect-error.js';
import { newExecution, type StoredExecution } from '../support/executions.js';
import type { Member, TestTenant } from '../support/world.js';

let test: TestApp;
let tenant: TestTenant;
let ada: Member;
let install: StoredExecution;

beforeAll(async () => {
  test = await createTestApp({ config: { role: 'api' } });
  tenant = await test.world.tenant();
  ada = await tenant.member('user');
  install = await newExecution(test, tenant, ada);
});
afterAll(() => test?.close());

const CONTEXT = { node_id: 'web_1', node_name: 'web', operation: { name: 'cloudify.interfaces.lifecycle.create' } };
const remote = (id: string, more: object = {}): object => ({
  id,
  name: 'script_runner.tasks.run',
  type: 'RemoteWorkflowTask',
  dependencies: [],
  parameters: { task_kwargs: { kwargs: { __cloudify_context: CONTEXT } }, ...more },
});

async function graphOf(operations: readonly object[], execution = install): Promise<string> {
  const answer = await ada.client.post('/tasks_graphs/tasks_graphs', {
    name: unique('graph'),
    execution_id: execution.id,
    operations,
  });
  expect(answer.status).toBe(201);
  return answer.body.id as string;
}

const counters = async ({ id }: StoredExecution): Promise<number[]> => {
  const { body } = await ada.client.get(`/executions/${id}?_include=total_operations,finished_operations`);
  return [body.total_operations, body.finished_operations] as number[];
};

describe('tasks graphs', () => {
  it('are stored with their operations, once by name', async () => {
    const execution = await newExecution(test, tenant, ada);
    const [first, second] = [unique('op'), unique('op')];
    const nop = { ...remote(unique('op')), type: 'NOPLocalWorkflowTask' };
    const body = {
      name: 'install',
      execution_id: execution.id,
      operations: [remote(first), { ...remote(second), dependencies: [first] }, nop],
    };
    const answer = await ada.client.post('/tasks_graphs/tasks_graphs', body);
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ name: 'install', execution_id: execution.id, tenant_name: tenant.name });
    expect(await counters(execution)).toEqual([2, 0]);
    const graph = answer.body.id as string;
    expect((await ada.client.get(`/tasks_graphs?execution_id=${execution.id}&name=install`)).body.items).toEqual([
      answer.body,
    ]);
    const listed = (await ada.client.get(`/operations?graph_id=${graph}`)).body.items as object[];
    expect(listed).toHaveLength(3);
    expect(listed[1]).toMatchObject({ id: second, state: 'pending', dependencies: [first], tasks_graph_id: graph });
    expect(
      (await ada.client.get(`/operations?execution_id=${execution.id}&skip_internal=true`)).body.items,
    ).toHaveLength(2);
    expect((await ada.client.patch(`/tasks_graphs/${graph}`, { state: 'done' })).status).toBe(200);
    expectError(await ada.client.post('/tasks_graphs/tasks_graphs', body), 409, 'conflict_error');
  });

  it('refuse what is wrong or absent', async () => {
    expectError(await ada.client.get('/tasks_graphs'), 400, 'bad_parameters_error');
    expectError(await ada.client.get('/operations'), 400, 'bad_parameters_error');
    expectError(await ada.client.get('/operations?graph_id=a&execution_id=b'), 400, 'bad_parameters_error');
    const body = { name: 'x', execution_id: install.id };
    expectError(await ada.client.post('/tasks_graphs/x', { ...body, execution_id: 'no' }), 404, 'not_found_error');
    for (const operations of [
      [7],
      [{ id: 'x' }],
      [{ ...remote('x'), parameters: [] }],
      [{ ...remote('x'), state: 'odd' }],
    ])
      expectError(await ada.client.post('/tasks_graphs/x', { ...body, operations }), 400, 'bad_parameters_error');
    expectError(await ada.client.patch('/tasks_graphs/no', { state: 'x' }), 404, 'not_found_error');
  });
});

describe('operations', () => {
  it('are stored one by one, and counted', async () => {
    const execution = await newExecution(test, tenant, ada);
    const graph = await graphOf([], execution);
    const id = unique('op');
    const { id: _id, ...body } = remote(id) as { id: string };
    const answer = await ada.client.put(`/operations/${id}`, { ...body, graph_id: graph });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ id, state: 'pending', tasks_graph_id: graph });
    expect(await counters(execution)).toEqual([1, 0]);
    expectError(await ada.client.put(`/operations/${id}`, { ...body, graph_id: graph }), 409, 'conflict_error');
    expectError(await ada.client.put('/operations/x', { ...body, graph_id: 'no' }), 404, 'not_found_error');
    expectError(await ada.client.put('/operations/x', { graph_id: graph }), 400, 'bad_parameters_error');
    expect((await ada.client.delete(`/operations/${id}`)).status).toBe(200);
    expectError(await ada.client.get(`/operations/${id}`), 404, 'not_found_error');
  });

  it('tell their story in events, and count once', async () => {
    const execution = await newExecution(test, tenant, ada);
    const id = unique('op');
    await graphOf([remote(id, { current_retries: 1, total_retries: 60 })], execution);
    const patch = async (body: object): Promise<void> => {
      const answer = await ada.client.patch(`/operations/${id}`, body);
      expect([answer.status, answer.body]).toEqual([200, {}]);
    };
    await patch({ state: 'sending' });
    await patch({ state: 'sent' });
    await patch({ state: 'started', result: null, exception: null, manager_name: 'm', agent_name: 'agent' });
    await patch({ state: 'response-sent', agent_name: null });
    await patch({ state: 'succeeded', result: 'done' });
    await patch({ state: 'succeeded', result: 'done' });
    expect(await counters(execution)).toEqual([1, 1]);
    expect((await ada.client.get(`/operations/${id}`)).body).toMatchObject({ state: 'succeeded', agent_name: 'agent' });
    const { items } = (await ada.client.get(`/events?execution_id=${execution.id}`)).body as { items: object[] };
    expect(items.map((item) => ('message' in item ? item.message : ''))).toEqual([
      "Sending task 'script_runner.tasks.run' [retry 1/60]",
      "Task started 'script_runner.tasks.run' [retry 1/60]",
      "Task succeeded 'script_runner.tasks.run' - done [retry 1/60]",
    ]);
    expect(items[2]).toMatchObject({
      event_type: 'task_succeeded',
      node_name: 'web',
      node_instance_id: 'web_1',
      operation: 'cloudify.interfaces.lifecycle.create',
    });
  });

  it('tell why they failed, also those that are quiet otherwise', async () => {
    const execution = await newExecution(test, tenant, ada);
    const id = unique('op');
    await graphOf([remote(id, { send_task_events: false })], execution);
    await ada.client.patch(`/operations/${id}`, { state: 'started' });
    const causes = [{ message: 'boom', type: 'E', traceback: '' }];
    await ada.client.patch(`/operations/${id}`, { state: 'failed', exception: 'boom', exception_causes: causes });
    expect((await ada.client.get(`/events?execution_id=${execution.id}`)).body.items).toEqual([
      expect.objectContaining({
        event_type: 'task_failed',
        message: "Task failed 'script_runner.tasks.run' -> boom",
        error_causes: causes,
      }),
    ]);
  });

  it('write the events of nodes that workflows send', async () => {
    const execution = await newExecution(test, tenant, ada);
    const id = unique('op');
    const parameters = { task_kwargs: { node_instance_id: 'web_1', event: 'Creating node instance' } };
    await graphOf([{ ...remote(id), type: 'SendNodeEventTask', parameters }], execution);
    await ada.client.patch(`/operations/${id}`, { state: 'succeeded' });
    expect((await ada.client.get(`/events?execution_id=${execution.id}`)).body.items).toEqual([
      expect.objectContaining({
        event_type: 'workflow_node_event',
        message: 'Creating node instance',
        node_instance_id: 'web_1',
      }),
    ]);
  });

  it('refuse what is wrong, absent or another tenant’s', async () => {
    const id = unique('op');
    await graphOf([remote(id)]);
    expectError(await ada.client.patch(`/operations/${id}`, { state: 'odd' }), 400, 'bad_parameters_error');
    expectError(await ada.client.patch('/operations/no', { state: 'started' }), 404, 'not_found_error');
    expectError(await ada.client.delete('/operations/no'), 404, 'not_found_error');
    const bob = await (await test.world.tenant()).member('user');
    expectError(await bob.client.get(`/operations/${id}`), 404, 'not_found_error');
    expectError(await bob.client.patch(`/operations/${id}`, { state: 'started' }), 404, 'not_found_error');
    expectError(await bob.client.delete(`/operations/${id}`), 404, 'not_found_error');
    const stored = { action: 'update-stored', deployment_id: 'd', node_id: 'n', operation: 'o' };
    expectError(await ada.client.post('/operations', stored), 404, 'not_found_error');
    expectError(await ada.client.post('/operations', { ...stored, action: 'x' }), 400, 'unknown_action');
    expectError(
      await ada.client.post('/operations', { ...stored, key: 'x', rel_index: 0 }),
      400,
      'bad_parameters_error',
    );
  });
});
