import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { EventRetention } from '../../src/modules/executions/events/event-retention.js';
import { createTestApp, type TestApp } from '../support/app.js';
import { expectError } from '../support/expect-error.js';
import { newExecution, newExecutionGroup, type StoredExecution } from '../support/executions.js';
import { allRows } from '../support/superuser.js';
import type { Member, TestTenant } from '../support/world.js';

let test: TestApp;
let tenant: TestTenant;
let ada: Member;
let install: StoredExecution;

beforeAll(async () => {
  test = await createTestApp();
  tenant = await test.world.tenant();
  ada = await tenant.member('user');
  install = await newExecution(test, tenant, ada);
});
afterAll(() => test?.close());

const event = (text: string, more: object = {}): object => ({
  event_type: 'plugin_event',
  message: { text },
  context: {},
  ...more,
});

async function listed(query: string, member = ada): Promise<Record<string, unknown>[]> {
  return (await member.client.get(`/events?${query}`)).body.items as Record<string, unknown>[];
}

describe('POST /events', () => {
  it('stores events and logs in the order they came, with what their context says', async () => {
    const answer = await ada.client.post('/events', {
      execution_id: install.id,
      agent_name: 'agent_1',
      manager_name: null,
      events: [
        {
          type: 'cloudify_event',
          event_type: 'task_failed',
          message: { text: 'Task failed', arguments: null },
          message_code: null,
          timestamp: '2026-05-01T10:00:00.123Z',
          context: {
            operation: 'cloudify.interfaces.lifecycle.create',
            node_id: 'web_1a2b3c',
            node_name: 'web',
            task_error_causes: [{ message: 'boom', type: 'RuntimeError', traceback: 'line 1' }],
          },
        },
      ],
      logs: [
        {
          type: 'cloudify_log',
          logger: 'ctx.x',
          level: 'INFO',
          message: { text: '<out> a\0b' },
          timestamp: '2026-05-01T10:00:00.124Z',
          context: { source_id: 's_1', target_id: 't_1' },
        },
      ],
    });
    expect(answer.status).toBe(201);
    expect(answer.text).toBe('null');
    const [first, second] = await listed(`execution_id=${install.id}`);
    expect(first).toMatchObject({
      type: 'cloudify_event',
      event_type: 'task_failed',
      message: 'Task failed',
      reported_timestamp: '2026-05-01T10:00:00.123Z',
      operation: 'cloudify.interfaces.lifecycle.create',
      node_instance_id: 'web_1a2b3c',
      node_name: 'web',
      error_causes: [{ message: 'boom', type: 'RuntimeError', traceback: 'line 1' }],
      agent_name: 'agent_1',
      manager_name: null,
      execution_id: install.id,
      workflow_id: 'install',
      deployment_id: install.deployment,
      deployment_display_name: install.displayName,
      blueprint_id: install.blueprint,
    });
    expect(first?.['timestamp']).not.toBe('2026-05-01T10:00:00.123Z');
    expect(second).toMatchObject({
      type: 'cloudify_log',
      logger: 'ctx.x',
      level: 'info',
      message: '<out> a<NUL>b',
      source_id: 's_1',
      target_id: 't_1',
      error_causes: null,
    });
  });

  it('answers 204 when there is nothing to store', async () => {
    const answer = await ada.client.post('/events', { execution_id: install.id, events: [], logs: null });
    expect(answer.status).toBe(204);
    expect(answer.text).toBe('');
  });

  it('writes for a group of executions, too', async () => {
    const group = await newExecutionGroup(test, tenant, ada);
    expect(
      (await ada.client.post('/events', { execution_group_id: group, events: [event('of the group')] })).status,
    ).toBe(201);
    expect(await listed(`execution_group_id=${group}`)).toEqual([
      expect.objectContaining({ message: 'of the group', execution_group_id: group, execution_id: null }),
    ]);
  });

  it('wants to know what they belong to', async () => {
    const events = [event('x')];
    expectError(await ada.client.post('/events', { events }), 409, 'conflict_error');
    expectError(
      await ada.client.post('/events', { events, execution_id: install.id, execution_group_id: 'g' }),
      409,
      'conflict_error',
    );
    expectError(await ada.client.post('/events', { events, execution_id: 'never' }), 404, 'not_found_error');
    expectError(await ada.client.post('/events', { events, execution_group_id: 'never' }), 404, 'not_found_error');
  });

  it.each([
    ['a record that is none', { events: ['text'] }],
    ['a record without a message', { events: [{ event_type: 'x' }] }],
    ['a message that is no text', { logs: [{ message: { text: 7 } }] }],
    ['a date that is none', { logs: [{ message: { text: 'x' }, timestamp: 'yesterday' }] }],
    ['a level that is no text', { logs: [{ message: { text: 'x' }, level: 5 }] }],
    ['a list that is none', { events: {} }],
  ])('refuses %s and stores nothing of the request', async (_name, body) => {
    const before = await listed('');
    const good = { logs: [{ message: { text: 'good' } }], ...body };
    expectError(await ada.client.post('/events', { execution_id: install.id, ...good }), 400, 'bad_parameters_error');
    expect(await listed('')).toHaveLength(before.length);
  });

  it('lets those alone set the time of ours who may set times', async () => {
    const restored = event('restored', {
      timestamp: '2020-01-01T00:00:01Z',
      reported_timestamp: '2020-01-01T00:00:00Z',
    });
    const body = { execution_id: install.id, events: [restored] };
    expectError(await ada.client.post('/events', body), 403, 'forbidden_error');
    expect((await tenant.asAdmin.post('/events', body)).status).toBe(201);
    expect(await listed('message=restored')).toEqual([
      expect.objectContaining({
        timestamp: '2020-01-01T00:00:01.000Z',
        reported_timestamp: '2020-01-01T00:00:00.000Z',
      }),
    ]);
  });

  it('writes into its own tenant alone, and hides what others have', async () => {
    const bob = await (await test.world.tenant()).member('user');
    const events = [event('foreign')];
    expectError(await bob.client.post('/events', { events, execution_id: install.id }), 404, 'not_found_error');
    await allRows(test.database, `UPDATE execution SET visibility = 'global' WHERE id = $1 RETURNING 1`, [install.id]);
    expectError(await bob.client.post('/events', { events, execution_id: install.id }), 404, 'not_found_error');
    await allRows(test.database, `UPDATE execution SET visibility = 'tenant' WHERE id = $1 RETURNING 1`, [install.id]);
    expectError(
      await (await tenant.member('viewer')).client.post('/events', { events, execution_id: install.id }),
      403,
      'forbidden_error',
    );
  });

  it('cuts what nobody would read to its end', async () => {
    await ada.client.post('/events', { execution_id: install.id, events: [event('x'.repeat(100_000))] });
    const [long] = await listed('message=xxx%25');
    expect(String(long?.['message'])).toMatch(/^x{65536}… \(100000 characters\)$/);
  });
});

describe('GET /events', () => {
  it('filters by the names that executions keep', async () => {
    const other = await newExecution(test, tenant, ada);
    await ada.client.post('/events', { execution_id: other.id, events: [event('other')] });
    for (const query of [
      `deployment_id=${other.deployment}`,
      `blueprint_id=${other.blueprint}`,
      `deployment_display_name=${other.displayName}`,
      `execution_id=${other.id}&execution_id=nothing`,
    ])
      expect((await listed(query)).map(({ message }) => message)).toEqual(['other']);
    expect(await listed(`deployment_id=${other.deployment}&execution_id=${install.id}`)).toEqual([]);
    expect(await listed(`node_id=web&node_instance_id=web_1a2b3c`)).toHaveLength(1);
  });
});

describe('DELETE /events', () => {
  it('removes the events of a deployment, its logs only where they are named, and says how many', async () => {
    const doomed = await newExecution(test, tenant, ada);
    const body = { execution_id: doomed.id, events: [event('1'), event('2')], logs: [{ message: { text: 'log' } }] };
    await ada.client.post('/events', body);
    const gone = await ada.client.delete(`/events?deployment_id=${doomed.deployment}&type=cloudify_event`);
    expect(gone.status).toBe(200);
    expect(gone.body.items).toEqual([2]);
    expect((await listed(`deployment_id=${doomed.deployment}`)).map(({ message }) => message)).toEqual(['log']);
    const all = `/events?deployment_id=${doomed.deployment}&type=cloudify_event&type=cloudify_log`;
    expect((await ada.client.delete(`${all}&_range=timestamp,,2020-01-01`)).body.items).toEqual([0]);
    expect((await ada.client.delete(all)).body.items).toEqual([1]);
    const records = await test.admin.get('/audit?order_by=created_at&desc=true&size=1');
    expect(records.body.items[0]).toMatchObject({ ref_table: 'events', operation: 'delete' });
  });

  it('writes them to a file first where that is wanted', async () => {
    const doomed = await newExecution(test, tenant, ada);
    await ada.client.post('/events', { execution_id: doomed.id, events: [event('kept in a file')] });
    const answer = await ada.client.delete(
      `/events?deployment_id=${doomed.deployment}&type=cloudify_event&store_before=true`,
    );
    expect(answer.body.items).toEqual([1]);
    const { FileStore } = await import('../../src/platform/files/file-store.js');
    const files = test.app.get(FileStore, { strict: false });
    const [file] = await files.list('removed-events');
    const opened = await files.openRead(`removed-events/${file?.path}`);
    const text = Buffer.concat((await opened?.stream.toArray()) as Buffer[]).toString();
    expect(JSON.parse(text)).toMatchObject({ message: 'kept in a file', type: 'cloudify_event' });
  });

  it.each(['type=cloudify_event', 'deployment_id=x', 'deployment_id=x&type=cloudify_log', 'deployment_id=x&type=odd'])(
    'refuses %s',
    async (query) => {
      expectError(await ada.client.delete(`/events?${query}`), 400, 'bad_parameters_error');
    },
  );

  it('removes nothing of another tenant', async () => {
    const before = await listed(`deployment_id=${install.deployment}`);
    const bob = await (await test.world.tenant()).member('user');
    const query = `deployment_id=${install.deployment}&type=cloudify_event&type=cloudify_log`;
    expect((await bob.client.delete(`/events?${query}`)).body.items).toEqual([0]);
    expect(await listed(`deployment_id=${install.deployment}`)).toEqual(before);
    expectError(await (await tenant.member('viewer')).client.delete(`/events?${query}`), 403, 'forbidden_error');
  });
});

describe('old events', () => {
  const DAY_MS = 86_400_000;

  it('go beyond an age and a number, of every tenant', async () => {
    const old = await newExecution(test, tenant, ada);
    const texts = Array.from({ length: 5 }, (_, index) => event(`old ${index}`));
    await ada.client.post('/events', { execution_id: old.id, events: texts });
    await allRows(test.database, `UPDATE event SET timestamp = $1 WHERE message IN ('old 0', 'old 1') RETURNING 1`, [
      new Date(test.clock.now().getTime() - 91 * DAY_MS),
    ]);
    const retention = test.app.get(EventRetention, { strict: false });
    expect(await retention.sweep()).toBeGreaterThanOrEqual(2);
    expect((await listed(`execution_id=${old.id}`)).map(({ message }) => message)).toEqual(['old 2', 'old 3', 'old 4']);

    await test.admin.put('/config/event_retention_count', { value: 2 });
    expect(await retention.sweep()).toBeGreaterThan(0);
    expect((await listed('')).map(({ message }) => message)).toEqual(['old 3', 'old 4']);

    await test.admin.put('/config/event_retention_count', { value: 0 });
    await test.admin.put('/config/event_retention_days', { value: 0 });
    expect(await retention.sweep()).toBe(0);
  });
});

it('keeps nothing of a request that names an execution by a random id', async () => {
  expectError(
    await ada.client.post('/events', { execution_id: randomUUID(), events: [event('x')] }),
    404,
    'not_found_error',
  );
});
