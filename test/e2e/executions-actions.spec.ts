import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isEnd, type ExecutionStatus } from '../../src/core/executions/transitions.js';
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
  // Nothing runs here: states are reported by the tests themselves.
  test = await createTestApp({ config: { role: 'api' } });
  deployed = new DeployedWorld(test);
  tenant = await test.world.tenant();
  ada = await tenant.member('user');
});
afterAll(() => test.close());

interface Execution {
  readonly id: string;
  readonly deployment: string;
}

const report = (id: string, status: string, error?: string): Promise<Answer> =>
  ada.client.patch(`/executions/${id}`, { status, ...(error === undefined ? {} : { error }) });
const act = (id: string, action: string, by: Member = ada): Promise<Answer> =>
  by.client.post(`/executions/${id}`, { action });
const statusOf = async (id: string): Promise<string> => (await ada.client.get(`/executions/${id}`)).body.status;

/** An execution of a deployment of its own, in this status. */
async function execution(status = 'pending'): Promise<Execution> {
  const deployment = await deployed.deployment(ada);
  const { body } = await ada.client.post('/executions', { deployment_id: deployment, workflow_id: 'install' });
  if (status === 'queued' || status === 'scheduled')
    await allRows(test.database, 'UPDATE execution SET status = $2 WHERE id = $1', [body.id, status]);
  else if (status !== 'pending') {
    const answer = await report(body.id, status);
    if (answer.status !== 200) throw new Error(answer.text);
  }
  return { id: body.id, deployment };
}

describe('PATCH /executions/{id}', () => {
  it('notes times and errors, and moves the deployment along', async () => {
    const { id, deployment } = await execution();
    const started = (await report(id, 'started')).body;
    expect(started).toMatchObject({ status: 'started', started_at: expect.any(String), ended_at: null, error: '' });
    expect((await ada.client.get(`/deployments/${deployment}`)).body).toMatchObject({
      latest_execution: id,
      latest_execution_status: 'in_progress',
      deployment_status: 'in_progress',
    });
    const failed = (await report(id, 'failed', 'it broke')).body;
    expect(failed).toMatchObject({ status: 'failed', error: 'it broke', ended_at: expect.any(String) });
    expect((await ada.client.get(`/deployments/${deployment}`)).body).toMatchObject({
      latest_execution_status: 'failed',
      deployment_status: 'requires_attention',
    });
    const records = (await test.admin.get('/audit?_size=1000')).body.items ?? [];
    expect(JSON.stringify(records)).toContain(id);
  });

  it('judges a report by the status it finds', async () => {
    const { id } = await execution('started');
    expect((await report(id, 'started')).status).toBe(200);
    await act(id, 'cancel');
    for (const status of ['started', 'pending', 'terminated', 'kill_cancelling'])
      expectError(await report(id, status), 400, 'invalid_exception_status_update');
    expect((await report(id, 'cancelled')).body.status).toBe('cancelled');
    for (const status of ['started', 'terminated', 'failed'])
      expectError(await report(id, status), 400, 'invalid_exception_status_update');
    expect(await statusOf(id)).toBe('cancelled');
  });

  it('lets a killed one end as its worker says', async () => {
    const { id } = await execution('started');
    await act(id, 'kill');
    expect((await report(id, 'terminated')).body).toMatchObject({ status: 'terminated', status_display: 'completed' });
  });

  it('knows ten states, and rows of its own tenant', async () => {
    const { id } = await execution();
    expectError(await report(id, 'completed'), 400, 'bad_parameters_error');
    expectError(await report('never', 'started'), 404, 'not_found_error');
    const stranger = await (await test.world.tenant()).member('manager');
    expectError(await stranger.client.patch(`/executions/${id}`, { status: 'failed' }), 404, 'not_found_error');
    expect(await statusOf(id)).toBe('pending');
  });
});

describe('POST /executions/{id}', () => {
  it.each([
    ['cancel', 'pending', 'cancelling'],
    ['cancel', 'started', 'cancelling'],
    ['cancel', 'queued', 'cancelled'],
    ['cancel', 'scheduled', 'cancelled'],
    ['force-cancel', 'started', 'force_cancelling'],
    ['force-cancel', 'queued', 'cancelled'],
    ['kill', 'started', 'kill_cancelling'],
    ['kill', 'queued', 'cancelled'],
    ['kill', 'terminated', 'terminated'],
    ['resume', 'failed', 'pending'],
    ['resume', 'cancelled', 'pending'],
    ['resume', 'started', 'pending'],
    ['force-resume', 'failed', 'pending'],
    ['requeue', 'failed', 'queued'],
    ['requeue', 'cancelled', 'queued'],
  ])('%s takes a %s one to %s', async (action, from, to) => {
    const { id } = await execution(from);
    const { status, body } = await act(id, action);
    expect([status, body.status]).toEqual([200, to]);
    expect(body.ended_at !== null).toBe(isEnd(to as ExecutionStatus));
  });

  it.each([
    ['cancel', 'terminated', 400, 'illegal_action_error'],
    ['cancel', 'failed', 400, 'illegal_action_error'],
    ['cancel', 'cancelling', 400, 'illegal_action_error'],
    ['force-cancel', 'cancelled', 400, 'illegal_action_error'],
    ['resume', 'terminated', 409, 'conflict_error'],
    ['resume', 'pending', 409, 'conflict_error'],
    ['resume', 'queued', 409, 'conflict_error'],
    ['force-resume', 'started', 409, 'conflict_error'],
    ['requeue', 'terminated', 400, 'illegal_action_error'],
    ['requeue', 'started', 400, 'illegal_action_error'],
  ])('%s is refused for a %s one', async (action, from, status, code) => {
    const { id } = await execution(from === 'cancelling' ? 'started' : from);
    if (from === 'cancelling') await act(id, 'cancel');
    const before = await deployed.row(id);
    expectError(await act(id, action), status, code);
    expect(await deployed.row(id)).toEqual(before);
  });

  it('goes from cancel to force-cancel to kill', async () => {
    const { id } = await execution('started');
    const seen: string[] = [];
    for (const action of ['cancel', 'force-cancel', 'kill']) seen.push((await act(id, action)).body.status);
    expect(seen).toEqual(['cancelling', 'force_cancelling', 'kill_cancelling']);
  });

  it('raises the run of what is resumed, and takes it from whoever held it', async () => {
    const { id } = await execution('started');
    await allRows(
      test.database,
      `UPDATE execution SET lease_owner = gen_random_uuid(), lease_until = now() + interval '1 hour', attempts = 3 WHERE id = $1`,
      [id],
    );
    const { body } = await act(id, 'resume');
    expect(body).toMatchObject({ status: 'pending', resume: true, ended_at: null, error: '' });
    expect(await deployed.row(id)).toMatchObject({ run: 2, lease_owner: null, lease_until: null, attempts: 0 });
    await report(id, 'failed', 'again');
    expect((await act(id, 'force-resume')).body.error).toBe('');
    expect(await deployed.row(id)).toMatchObject({ run: 3, is_force_resumed: true, ended_at: null });
  });

  it('resumes nothing beside another execution of the deployment', async () => {
    const { id, deployment } = await execution('failed');
    await ada.client.post('/executions', { deployment_id: deployment, workflow_id: 'install' });
    expectError(await act(id, 'resume'), 400, 'existing_running_execution_error');
    expect((await act(id, 'requeue')).body.status).toBe('queued');
  });

  it('resumes nothing in maintenance mode', async () => {
    const { id } = await execution('failed');
    await allRows(test.database, `UPDATE system_state SET maintenance_status = 'activating'`);
    try {
      expect((await act(id, 'resume')).body.error_code).toMatch(/maintenance/);
    } finally {
      await allRows(test.database, `UPDATE system_state SET maintenance_status = 'deactivated'`);
    }
    expect(await statusOf(id)).toBe('failed');
  });

  it('refuses words that are no actions, and what it may not see', async () => {
    const { id } = await execution('started');
    for (const action of ['explode', '']) expectError(await act(id, action), 400, 'bad_parameters_error');
    expectError(await ada.client.post(`/executions/${id}`, {}), 400, 'bad_parameters_error');
    expectError(await act('never', 'cancel'), 404, 'not_found_error');
    expectError(await act(id, 'kill', await tenant.member('viewer')), 403, 'forbidden_error');
    const stranger = await (await test.world.tenant()).member('manager');
    expectError(await act(id, 'kill', stranger), 404, 'not_found_error');
    expect(await statusOf(id)).toBe('started');
  });

  it('cancels components with what has them, and resumes them but for install', async () => {
    const [parent, child] = [await execution('started'), await execution('started')];
    await allRows(
      test.database,
      `WITH made AS (
         INSERT INTO node (id, deployment_id, tenant_id, creator_id, visibility, position, type, type_hierarchy, properties, operations,
           relationships, number_of_instances, planned_number_of_instances, deploy_number_of_instances, min_number_of_instances, max_number_of_instances)
         SELECT 'part', storage_id, tenant_id, creator_id, visibility, 0, 'cloudify.nodes.Component', '{cloudify.nodes.Component}',
                '{}', '{}', '[]', 1, 1, 1, 0, -1 FROM deployment WHERE id = $1 RETURNING *)
       INSERT INTO node_instance (id, deployment_id, node_id, tenant_id, creator_id, visibility, index, state, runtime_properties)
       SELECT $3, deployment_id, storage_id, tenant_id, creator_id, visibility, 1, 'started', json_build_object('deployment', json_build_object('id', $2::text))
         FROM made`,
      [parent.deployment, child.deployment, unique('part')],
    );
    await act(parent.id, 'cancel');
    expect(await statusOf(child.id)).toBe('cancelling');
    for (const { id } of [parent, child]) await report(id, 'cancelled');
    await act(parent.id, 'resume');
    expect(await statusOf(child.id)).toBe('cancelled');
  });
});

describe('what was restored from elsewhere', () => {
  it('is cancelled at once, since nobody runs it', async () => {
    const deployment = await deployed.deployment(ada);
    const { body } = await tenant.asAdmin.post('/executions', {
      deployment_id: deployment,
      workflow_id: 'install',
      force_status: 'started',
    });
    expect((await act(body.id, 'cancel')).body.status).toBe('cancelled');
  });
});

async function deletion(parameters: object): Promise<Execution> {
  const deployment = await deployed.deployment(ada);
  const id = unique('deletion');
  await allRows(
    test.database,
    `INSERT INTO execution (id, tenant_id, creator_id, visibility, workflow_id, status, engine, deployment_id, deployment_name, parameters, created_at)
     SELECT $1, tenant_id, creator_id, visibility, 'delete_deployment_environment', 'started', 'none', storage_id, id, $3, now()
       FROM deployment WHERE id = $2`,
    [id, deployment, JSON.stringify(parameters)],
  );
  return { id, deployment };
}

describe('the end of a deletion', () => {
  it.each([
    ['terminated', {}, 404],
    ['failed', {}, 200],
    ['failed', { force: true }, 404],
    ['cancelled', { force: true }, 200],
  ])('%s with %j: the deployment answers %i', async (status, parameters, expected) => {
    const { id, deployment } = await deletion(parameters);
    expect((await report(id, status)).status).toBe(200);
    expect((await ada.client.get(`/deployments/${deployment}`)).status).toBe(expected);
    expect((await ada.client.get(`/executions/${id}`)).body).toMatchObject({ status, deployment_id: deployment });
  });
});

describe('DELETE /executions', () => {
  it('removes what has ended, and spares what made the deployment', async () => {
    const { id, deployment } = await execution('failed');
    const other = await execution('started');
    const remove = (query: string, body?: object): Promise<Answer> => ada.client.delete(`/executions?${query}`, body);
    const here = `deployment_id=${deployment}`;
    expectError(await remove(here, { keep_last: 0 }), 400, 'bad_parameters_error');
    expectError(await remove(here, { to_datetime: 'then' }), 400, 'bad_parameters_error');
    expectError(await remove(here, { keep_last: 1, to_datetime: '2030-01-01' }), 400, 'bad_parameters_error');
    expectError(await remove(`${here}&status=started`), 400, 'bad_parameters_error');
    expect((await remove(here, { keep_last: 5 })).body.items).toEqual([{ count: 0 }]);
    expect((await remove(here, { to_datetime: '2020-01-01' })).body.items).toEqual([{ count: 0 }]);
    const { status, body } = await remove(`${here}&status=failed`, { to_datetime: '2099-01-01' });
    expect([status, body.items]).toEqual([200, [{ count: 1 }]]);
    expectError(await ada.client.get(`/executions/${id}`), 404, 'not_found_error');
    expect((await remove(`deployment_id=${other.deployment}`)).body.items).toEqual([{ count: 0 }]);
    const left = (await ada.client.get(`/executions?${here}`)).body.items;
    expect(left.map((item: { workflow_id: string }) => item.workflow_id)).toEqual(['create_deployment_environment']);
  });
});

describe('lists and counts', () => {
  it('of executions of a deployment, of a group, of a status', async () => {
    const { id, deployment } = await execution('started');
    const group = unique('group');
    await allRows(
      test.database,
      `WITH made AS (INSERT INTO execution_group (id, tenant_id, creator_id, visibility, workflow_id, created_at)
         SELECT $1, tenant_id, creator_id, 'tenant', 'install', now() FROM execution WHERE id = $2 RETURNING storage_id)
       UPDATE execution SET execution_group_id = (SELECT storage_id FROM made) WHERE id = $2`,
      [group, id],
    );
    const ids = async (query: string): Promise<string[]> =>
      (await ada.client.get(`/executions?${query}`)).body.items.map((item: { id: string }) => item.id);
    expect(await ids(`_group_id=${group}`)).toEqual([id]);
    expect(await ids('_group_id=never')).toEqual([]);
    expect(await ids(`deployment_id=${deployment}&status=started`)).toEqual([id]);
    const { body } = await ada.client.get(
      `/summary/executions?deployment_id=${deployment}&_target_field=workflow_id&_sub_field=status`,
    );
    expect(body.items).toEqual(
      expect.arrayContaining([
        { workflow_id: 'install', executions: 1, 'by status': [{ status: 'started', executions: 1 }] },
      ]),
    );
    // An execution of a group that ends says so in the group's log.
    await report(id, 'terminated');
    const events = (await ada.client.get(`/events?execution_group_id=${group}`)).body.items;
    expect(events.map((event: { event_type: string }) => event.event_type)).toEqual(['execution_state_change']);
  });

  it('tell whether one could begin', async () => {
    const { id, deployment } = await execution();
    expect((await ada.client.get(`/executions/${id}/should-start`)).body).toBe(true);
    const queued = await ada.client.post('/executions', {
      deployment_id: deployment,
      workflow_id: 'install',
      queue: true,
    });
    expect((await ada.client.get(`/executions/${queued.body.id}/should-start`)).body).toBe(false);
    expectError(await ada.client.get('/executions/never/should-start'), 404, 'not_found_error');
  });
});
