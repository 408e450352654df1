import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { systemTenantCtx } from '../../src/platform/context/ctx.js';
import { UnitOfWork } from '../../src/platform/database/unit-of-work.js';
import { ExecutionTokens } from '../../src/platform/executions/execution-tokens.js';
import type { Client } from '../support/client.js';
import { createTestApp, unique, type TestApp } from '../support/app.js';
import { expectError } from '../support/expect-error.js';
import { newExecution, newExecutionGroup, type StoredExecution } from '../support/executions.js';
import { allRows } from '../support/superuser.js';
import type { Member, TestTenant } from '../support/world.js';

/** What an execution may call back with its own token (rule EX, security-design §1 row 6). */
let test: TestApp;
let tenant: TestTenant;
let viewer: Member;
let own: StoredExecution;
let other: StoredExecution;
let client: Client;

beforeAll(async () => {
  test = await createTestApp({ config: { role: 'api' } });
  tenant = await test.world.tenant();
  viewer = await tenant.member('viewer'); // holds neither event_create nor any right to write
  [own, other] = [await newExecution(test, tenant, viewer), await newExecution(test, tenant, viewer)];
  const [row] = await allRows<{ id: number }>(test.database, 'SELECT id FROM tenant WHERE name = $1', [tenant.name]);
  const ctx = systemTenantCtx('test', { id: row?.id ?? -1, name: tenant.name });
  const tokens = test.app.get(ExecutionTokens, { strict: false });
  const token = await test.app
    .get(UnitOfWork, { strict: false })
    .run(ctx, (inner) => tokens.mint(inner, own.storageId));
  client = test.stranger.as({ token });
});
afterAll(() => test?.close());

const LOGS = [{ message: { text: 'said' } }];

it('reports about itself, without a permission, a tenant or its own name', async () => {
  expect((await client.post('/events', { logs: LOGS })).status).toBe(201);
  expect((await client.post('/events', { logs: LOGS, execution_id: own.id }, { tenant: tenant.name })).status).toBe(
    201,
  );
  expect((await viewer.client.get(`/events?execution_id=${own.id}`)).body.items).toHaveLength(2);
});

it('writes nothing about another execution, a group or another tenant', async () => {
  const group = await newExecutionGroup(test, tenant, viewer);
  expectError(await client.post('/events', { logs: LOGS, execution_id: other.id }), 403, 'forbidden_error');
  expectError(await client.post('/events', { logs: LOGS, execution_group_id: group }), 403, 'forbidden_error');
  const foreign = await test.world.tenant();
  expectError(await client.post('/events', { logs: LOGS }, { tenant: foreign.name }), 403, 'forbidden_error');
});

const graphOf = async (execution: StoredExecution): Promise<string> => {
  const id = unique('op');
  const operations = [{ id, name: 'x', type: 'RemoteWorkflowTask', dependencies: [], parameters: {} }];
  const body = { name: 'install', execution_id: execution.id, operations };
  expect((await tenant.asAdmin.post('/tasks_graphs/tasks_graphs', body)).status).toBe(201);
  return id;
};

it('reports its own operations and no others', async () => {
  const [mine, theirs] = [await graphOf(own), await graphOf(other)];
  expect((await client.patch(`/operations/${mine}`, { state: 'started' })).body).toEqual({});
  expectError(await client.patch(`/operations/${theirs}`, { state: 'started' }), 403, 'forbidden_error');
  expectError(await viewer.client.post('/events', { logs: LOGS, execution_id: own.id }), 403, 'forbidden_error');
});
