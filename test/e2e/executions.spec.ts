import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, unique, type TestApp } from '../support/app.js';
import { blueprintOf, HEAD, uploadForm } from '../support/blueprints.js';
import { expectError, expectQueryError } from '../support/expect-error.js';
import type { Member, TestTenant } from '../support/world.js';

let world: TestApp;
let tenant: TestTenant;
let ada: Member;
let good: string;
let bad: string;

beforeAll(async () => {
  world = await createTestApp();
  tenant = await world.world.tenant();
  ada = await tenant.member('user');
  good = await executionOf('uploaded', HEAD);
  bad = await executionOf('invalid', 'a: 1\n');
});
afterAll(async () => {
  await world.close();
});

async function executionOf(state: string, main: string): Promise<string> {
  const id = unique('bp');
  await uploadForm(ada.client, id, {}, blueprintOf({ 'blueprint.yaml': main }));
  const { body } = await ada.client.get(`/blueprints/${id}`);
  expect(body.state).toBe(state);
  return body.upload_execution.id as string;
}

describe('executions of uploads', () => {
  it('are shown one by one', async () => {
    const { status, body } = await ada.client.get(`/executions/${good}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: good,
      workflow_id: 'upload_blueprint',
      status: 'terminated',
      status_display: 'completed',
      error: '',
      created_by: ada.username,
      tenant_name: tenant.name,
      is_system_workflow: false,
      total_operations: 0,
      deployment_id: null,
    });
    expect(JSON.stringify(body)).not.toMatch(/token|lease/i);
    expect((await ada.client.get(`/executions/${bad}?_include=status,error`)).body).toEqual({
      status: 'failed',
      error: expect.stringContaining('Invalid blueprint'),
    });
    expectError(await ada.client.get('/executions/never'), 404, 'not_found_error');
    expectError(await ada.client.get(`/executions/${good}?_include=token`), 400, 'no_such_include_field_error');
  });

  it('are listed, sorted and filtered', async () => {
    const list = async (query: string): Promise<string[]> =>
      (await ada.client.get(`/executions?${query}`)).body.items.map((item: { id: string }) => item.id);
    expect(await list('')).toEqual([good, bad]);
    expect(await list('_sort=-created_at')).toEqual([bad, good]);
    expect(await list('status=failed')).toEqual([bad]);
    expect(await list(`id=${good}&workflow_id=upload_blueprint&_include_system_workflows=True`)).toEqual([good]);
    expect(await list('deployment_id=x')).toEqual([]);
    expectError(await ada.client.get('/executions?colour=x'), 400, 'bad_parameters_error');
    expectQueryError(await ada.client.get('/executions?_sort=colour'));
    expectError(await ada.client.get('/executions?_include_system_workflows=perhaps'), 400, 'bad_parameters_error');
  });

  it('belong to their tenant', async () => {
    const bob = await (await world.world.tenant()).member('manager');
    expectError(await bob.client.get(`/executions/${good}`), 404, 'not_found_error');
    expect((await bob.client.get('/executions?_all_tenants=true')).body.items).toEqual([]);
    expect((await bob.client.get('/events')).body.items).toEqual([]);
    const all = await world.admin.get('/executions?_all_tenants=true&_include=id');
    expect(all.body.items).toEqual(expect.arrayContaining([{ id: good }, { id: bad }]));
  });
});

type Event = {
  type: string;
  event_type?: string;
  level?: string;
  message: string;
  timestamp: string;
  _storage_id: number;
};

const events = async (query: string): Promise<Event[]> => (await ada.client.get(`/events?${query}`)).body.items;

describe('GET /events', () => {
  it('tells the story of an upload in order', async () => {
    const { body } = await ada.client.get(`/events?execution_id=${bad}`);
    expect(body.metadata).toEqual({ pagination: { total: body.items.length, size: 10_000, offset: 0 } });
    const [first, ...rest] = body.items;
    expect(first).toEqual({
      _storage_id: expect.any(Number),
      timestamp: expect.stringMatching(/Z$/),
      reported_timestamp: expect.stringMatching(/Z$/),
      type: 'cloudify_event',
      event_type: 'workflow_started',
      message: "Starting 'upload_blueprint' workflow execution",
      execution_id: bad,
      workflow_id: 'upload_blueprint',
      blueprint_id: null,
      deployment_id: null,
      deployment_display_name: null,
      execution_group_id: null,
      node_instance_id: null,
      node_name: null,
      operation: null,
      source_id: null,
      target_id: null,
      manager_name: null,
      agent_name: null,
      error_causes: null,
    });
    expect(rest.at(-1)).toMatchObject({
      event_type: 'workflow_failed',
      message: expect.stringContaining('tosca_definitions_version'),
    });
    const logs = rest.filter((event: Event) => event.type === 'cloudify_log');
    expect(logs.map((event: Event) => event.level)).toEqual(['info', 'info', 'error']);
    expect(logs[0]).toHaveProperty('logger');
    expect(logs[0]).not.toHaveProperty('event_type');
  });

  it('filters by type, level, event type, message and operation', async () => {
    expect(new Set((await events('type=cloudify_log')).map(({ type }) => type))).toEqual(new Set(['cloudify_log']));
    expect((await events('level=error')).map(({ level }) => level)).toEqual(['error']);
    expect((await events('event_type=workflow_started')).map(({ event_type: type }) => type)).toEqual([
      'workflow_started',
      'workflow_started',
    ]);
    expect(await events('message=%25parsing%25&message.text=Pars%25')).toHaveLength(2);
    expect(await events('message=parsing')).toEqual([]);
    expect(await events('operation=%25')).toEqual([]);
    expect(await events('level=error&event_type=workflow_failed')).toEqual([]);
    expect(await events('deployment_id=x')).toEqual([]);
  });

  it('sorts, turns round and pages without overlap', async () => {
    const up = (await events('_sort=@timestamp')).map((event) => event['_storage_id']);
    const down = (await events('_sort=-@timestamp')).map((event) => event['_storage_id']);
    expect(down).toEqual(up.toReversed());
    const paged = [...(await events('_size=3')), ...(await events('_size=1000&_offset=3'))].map(
      (event) => event['_storage_id'],
    );
    expect(paged).toEqual(up);
  });

  it('takes a range: from inclusive, to exclusive', async () => {
    const all = await events('');
    const from = all[2]?.timestamp ?? '';
    const inside = (await events(`_range=@timestamp,${from},`)).map((event) => event['_storage_id']);
    expect(inside).toEqual(all.filter((event) => event.timestamp >= from).map((event) => event['_storage_id']));
    const before = (await events(`_range=timestamp,,${from}`)).map((event) => event['_storage_id']);
    expect(before).toEqual(all.filter((event) => event.timestamp < from).map((event) => event['_storage_id']));
  });

  it.each([
    '_range=timestamp,a',
    '_range=timestamp,,',
    '_range=colour,2020-01-01,',
    '_range=timestamp,then,',
    '_sort=colour',
    '_size=x',
  ])('refuses %s', async (query) => {
    expectQueryError(await ada.client.get(`/events?${query}`));
  });

  it.each(['colour=x', 'type=gossip'])('refuses the filter %s', async (query) => {
    expectError(await ada.client.get(`/events?${query}`), 400, 'bad_parameters_error');
  });
});
