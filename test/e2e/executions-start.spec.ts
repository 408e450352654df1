import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, unique, type TestApp } from '../support/app.js';
import type { Answer } from '../support/client.js';
import { DeployedWorld } from '../support/deployed.js';
import { expectError } from '../support/expect-error.js';
import { allRows } from '../support/superuser.js';
import type { Member, TestTenant } from '../support/world.js';

let test: TestApp;
let tenant: TestTenant;
let ada: Member;
let deployed: DeployedWorld;

beforeAll(async () => {
  // Nothing runs here: what a start leaves behind is the subject.
  test = await createTestApp({ config: { role: 'api' } });
  deployed = new DeployedWorld(test);
  tenant = await test.world.tenant();
  ada = await tenant.member('user');
});
afterAll(() => test.close());

const start = (deployment: string, body: object = {}, by: Member = ada): Promise<Answer> =>
  by.client.post('/executions', { deployment_id: deployment, workflow_id: 'install', ...body });

const setMaintenance = (status: string): Promise<unknown> =>
  allRows(test.database, 'UPDATE system_state SET maintenance_status = $1', [status]);

describe('POST /executions', () => {
  it('writes a pending execution and shows it', async () => {
    const deployment = await deployed.deployment(ada);
    const { status, body } = await start(deployment, { parameters: null, force: 'False', wait_after_fail: 30 });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      workflow_id: 'install',
      status: 'pending',
      status_display: 'pending',
      deployment_id: deployment,
      deployment_display_name: deployment,
      blueprint_id: expect.any(String),
      parameters: {},
      created_by: ada.username,
      tenant_name: tenant.name,
      is_system_workflow: false,
      is_dry_run: false,
      resume: false,
      error: null,
      started_at: null,
      ended_at: null,
      total_operations: 0,
    });
    expect(JSON.stringify(body)).not.toMatch(/token|lease/i);
    expect(await deployed.row(body.id)).toMatchObject({
      engine: 'graph',
      mapping: 'test.install',
      wait_after_fail: 30,
    });
    expect((await ada.client.get(`/executions?deployment_id=${deployment}&workflow_id=install`)).body.items).toEqual([
      body,
    ]);
  });

  it('knows neither hidden deployments nor ones of other tenants', async () => {
    const owner = await tenant.member('user');
    const hidden = await deployed.deployment(owner, { visibility: 'private' });
    expectError(await start(hidden), 404, 'not_found_error');
    expectError(await start('never'), 404, 'not_found_error');
    const stranger = await (await test.world.tenant()).member('manager');
    expectError(await start(await deployed.deployment(ada), {}, stranger), 404, 'not_found_error');
  });

  it('asks for execute_global_workflow where a global deployment belongs to another tenant', async () => {
    const global = await deployed.deployment(ada, { visibility: 'global' });
    const other = await test.world.tenant();
    expectError(await start(global, {}, await other.member('user')), 403, 'forbidden_error');
    const manager = await other.member('manager');
    const { status, body } = await start(global, {}, manager);
    expect(status).toBe(201);
    // It runs where the deployment is, and is seen from both.
    expect(body).toMatchObject({ tenant_name: tenant.name, created_by: manager.username, visibility: 'global' });
    expect((await ada.client.get(`/executions/${body.id}`)).status).toBe(200);
  });

  it.each([
    ['pending', 'deployment_environment_creation_pending_error'],
    ['started', 'deployment_environment_creation_in_progress_error'],
    ['failed', 'deployment_creation_error'],
    ['cancelled', 'deployment_creation_error'],
  ])('wants the environment made: %s', async (environment, code) => {
    expectError(await start(await deployed.deployment(ada, { environment })), 400, code);
  });

  it('says why the environment could not be made: the last line of it', async () => {
    const { body } = await start(await deployed.deployment(ada, { environment: 'failed' }));
    expect(body.message).toContain('no such plugin');
    expect(body.message).not.toContain('Traceback');
  });

  it('does not mind when nobody remembers how the environment was made', async () => {
    expect((await start(await deployed.deployment(ada, { environment: null }))).status).toBe(201);
  });

  it('refuses workflows that are not declared', async () => {
    const deployment = await deployed.deployment(ada);
    for (const workflow of ['explode', 'create_deployment_environment', 'upload_blueprint', ''])
      expectError(await start(deployment, { workflow_id: workflow }), 400, 'nonexistent_workflow_error');
  });

  it.each([
    [{ deployment_id: 5 }],
    [{ workflow_id: null }],
    [{ parameters: [] }],
    [{ force: 'perhaps' }],
    [{ wait_after_fail: -1 }],
    [{ wait_after_fail: 'long' }],
    [{ scheduled_time: 'soon' }],
    [{ scheduled_time: '2020-01-01' }],
  ])('refuses %j', async (body) => {
    expectError(await start(await deployed.deployment(ada), body), 400, 'bad_parameters_error');
  });
});

describe('the parameters of an execution', () => {
  const workflows = [
    {
      name: 'install',
      parameters: {
        size: { type: 'integer', constraints: [{ in_range: [1, 3] }] },
        name: { type: 'string', default: 'x' },
        loud: { type: 'boolean', default: false },
        node: { type: 'node_id', required: false },
      },
    },
  ];

  it('are filled, converted and checked', async () => {
    const deployment = await deployed.deployment(ada, { workflows, states: ['started'] });
    const { body } = await start(deployment, { parameters: { size: '2', loud: 'true', node: 'vm' } });
    expect(body.parameters).toEqual({ size: 2, name: 'x', loud: true, node: 'vm' });
  });

  it.each([
    ['a missing one', {}, /size/],
    ['one of another type', { size: 'many' }, /size/],
    ['one that breaks a constraint', { size: 9 }, /size/],
    ['an undeclared one', { size: 1, colour: 'red' }, /colour/],
    ['a node that is not there', { size: 1, node: 'nowhere' }, /node/],
  ])('with %s are refused', async (_what, parameters, named) => {
    const deployment = await deployed.deployment(ada, { workflows, states: ['started'] });
    const answer = await start(deployment, { parameters });
    expectError(answer, 400, 'illegal_execution_parameters_error');
    expect(answer.body.message).toMatch(named);
    expect((await ada.client.get(`/executions?deployment_id=${deployment}&workflow_id=install`)).body.items).toEqual(
      [],
    );
  });

  it('are refused with all faults named at once', async () => {
    const deployment = await deployed.deployment(ada, { workflows });
    const { body } = await start(deployment, { parameters: { loud: 'often', colour: 'red', shape: 1 } });
    for (const name of ['size', 'loud', 'colour', 'shape']) expect(body.message).toContain(name);
  });

  it('may hold others where that is allowed', async () => {
    const deployment = await deployed.deployment(ada, { workflows });
    const body = { parameters: { size: 1, colour: 'red' }, allow_custom_parameters: 'true' };
    expect((await start(deployment, body)).body.parameters).toMatchObject({ colour: 'red' });
  });
});

describe('the availability of a workflow', () => {
  const workflows = [{ name: 'install', availability_rules: { available: true, node_instances_active: ['none'] } }];

  it('looks at the instances, unless it is forced', async () => {
    const deployment = await deployed.deployment(ada, { workflows, states: ['started', 'deleted'] });
    expectError(await start(deployment), 400, 'unavailable_workflow_error');
    expect((await start(deployment, { force: true })).status).toBe(201);
  });

  it('is judged by rules that mean something', async () => {
    const odd = [{ name: 'install', availability_rules: { node_instances_active: ['most'] } }];
    const deployment = await deployed.deployment(ada, { workflows: odd, states: ['started'] });
    expectError(await start(deployment), 400, 'invalid_workflow_availability_rule_error');
  });
});

describe('deployments that others depend on', () => {
  it('keep what they give, unless it is forced', async () => {
    const workflows = [{ name: 'stop' }, { name: 'install' }];
    const [target, source] = [await deployed.deployment(ada, { workflows }), await deployed.deployment(ada)];
    await allRows(
      test.database,
      `INSERT INTO inter_deployment_dependency (id, tenant_id, creator_id, visibility, dependency_creator, source_deployment_id, target_deployment_id, created_at)
       SELECT $1, t.tenant_id, t.creator_id, 'tenant', 'sharedresource.x', s.storage_id, t.storage_id, now()
         FROM deployment t, deployment s WHERE t.id = $2 AND s.id = $3`,
      [unique('idd'), target, source],
    );
    const answer = await start(target, { workflow_id: 'stop' });
    expectError(answer, 400, 'dependent_exists_error');
    expect(answer.body.message).toContain(source);
    const forced = await start(target, { workflow_id: 'stop', force: true });
    expect(forced.status).toBe(201);
    const { body } = await ada.client.get(`/events?execution_id=${forced.body.id}&level=warning`);
    expect(body.items[0].message).toContain(source);
  });
});

describe('several executions of a deployment', () => {
  it('are refused, queued or forced', async () => {
    const deployment = await deployed.deployment(ada);
    expect((await start(deployment)).body.status).toBe('pending');
    expectError(await start(deployment), 400, 'existing_running_execution_error');
    expect((await start(deployment, { queue: true })).body.status).toBe('queued');
    expect((await start(deployment, { force: true })).body.status).toBe('pending');
  });

  it('that are started at once: one wins', async () => {
    const deployment = await deployed.deployment(ada);
    const answers = await Promise.all(Array.from({ length: 6 }, () => start(deployment)));
    expect(answers.map(({ status }) => status === 201).filter(Boolean)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status === 400))
      expectError(answer, 400, 'existing_running_execution_error');
  });
});

describe('maintenance mode', () => {
  it('lets no execution slip in, but for whoever may pass', async () => {
    const deployment = await deployed.deployment(ada);
    await setMaintenance('activating');
    try {
      expect((await start(deployment)).body.error_code).toBe('entering_maintenance_mode');
      const bypass = await tenant.asAdmin.post(
        '/executions',
        { deployment_id: deployment, workflow_id: 'install' },
        { headers: { 'x-bypass-maintenance': 'True' } },
      );
      expect(bypass.status).toBe(201);
    } finally {
      await setMaintenance('deactivated');
    }
  });
});

describe('a scheduled start', () => {
  it('becomes a schedule of one occurrence', async () => {
    const deployment = await deployed.deployment(ada);
    const { status, body } = await start(deployment, { scheduled_time: '204001022330+0100', dry_run: true });
    expect(status).toBe(201);
    expect(body).toMatchObject({ id: null, status: 'scheduled', scheduled_for: '2040-01-02T22:30:00.000Z' });
    const [row] = await allRows<Record<string, unknown>>(
      test.database,
      `SELECT s.* FROM execution_schedule s JOIN deployment d ON d.storage_id = s.deployment_id WHERE d.id = $1`,
      [deployment],
    );
    expect(row).toMatchObject({
      workflow_id: 'install',
      rule: { count: 1 },
      enabled: true,
      execution_arguments: { is_dry_run: true, force: false, wait_after_fail: 600 },
    });
  });
});

describe('what only a restore may say', () => {
  it.each([{ id: 'mine' }, { force_status: 'failed' }, { error: 'x' }, { is_system_workflow: true }])(
    'is refused to others: %j',
    async (body) => {
      expectError(await start(await deployed.deployment(ada), body), 403, 'forbidden_error');
    },
  );

  it('is written as it is said, and runs nothing', async () => {
    const deployment = await deployed.deployment(ada);
    const id = unique('restored');
    const { status, body } = await tenant.asAdmin.post('/executions', {
      deployment_id: deployment,
      workflow_id: 'never_declared',
      id,
      force_status: 'failed',
      error: 'long ago',
      created_by: ada.username,
      created_at: '2020-01-01T00:00:00.000Z',
      started_at: '2020-01-01T00:01:00.000Z',
      ended_at: '2020-01-01T00:02:00.000Z',
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      id,
      status: 'failed',
      error: 'long ago',
      created_by: ada.username,
      created_at: '2020-01-01T00:00:00.000Z',
      ended_at: '2020-01-01T00:02:00.000Z',
    });
    expect(await deployed.row(id)).toMatchObject({ engine: 'none' });
    const without = { deployment_id: '', workflow_id: 'x', force_status: 'terminated' };
    expect((await tenant.asAdmin.post('/executions', without)).body.deployment_id).toBeNull();
    expectError(
      await tenant.asAdmin.post('/executions', { ...without, force_status: 'completed' }),
      400,
      'bad_parameters_error',
    );
    expectError(
      await tenant.asAdmin.post('/executions', { ...without, id, force_status: 'failed' }),
      409,
      'conflict_error',
    );
  });
});
