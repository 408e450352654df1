import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../support/app.js';
import type { Answer } from '../support/client.js';
import { expectError, expectStatus } from '../support/expect-error.js';
import { storeDeployment } from '../support/stored-deployments.js';
import { allRows } from '../support/superuser.js';
import type { Member, TestTenant } from '../support/world.js';

let world: TestApp;
let tenant: TestTenant;
let ada: Member;
let bob: Member;
let hosts: string[];
let hidden: string;
let everybodys: string;

const put = (name: string, body: object = {}): Promise<Answer> =>
  ada.client.put(`/agents/${name}`, {
    node_instance_id: hosts[0],
    state: 'creating',
    create_rabbitmq_user: false,
    ...body,
  });

async function hostsOf(deployment: string): Promise<string[]> {
  const rows = await allRows<{ id: string }>(
    world.database,
    'SELECT i.id FROM node_instance i JOIN deployment d ON d.storage_id = i.deployment_id WHERE d.id = $1 ORDER BY 1',
    [deployment],
  );
  return rows.map(({ id }) => id);
}

beforeAll(async () => {
  world = await createTestApp();
  tenant = await world.world.tenant();
  [ada, bob] = [await tenant.member('user'), await tenant.member('user')];
  const sketch = { tenant: tenant.name, owner: ada.username, nodes: [{ id: 'vm', host: 'vm', count: 2 }] };
  hosts = await hostsOf(await storeDeployment(world.database, { ...sketch, id: 'dep-a' }));
  [hidden = ''] = await hostsOf(
    await storeDeployment(world.database, { ...sketch, id: 'dep-b', visibility: 'private' }),
  );
  [everybodys = ''] = await hostsOf(
    await storeDeployment(world.database, { ...sketch, id: 'dep-c', visibility: 'global' }),
  );
});
afterAll(() => world.close());

describe('PUT /agents/{name}', () => {
  it('registers an agent, and shows it', async () => {
    const { body } = expectStatus(
      await put('agent1', {
        ip: '10.0.0.1',
        install_method: 'remote',
        system: 'rhel core',
        version: '7.1',
        rabbitmq_exchange: 'agent1',
        rabbitmq_username: 'rabbit',
        rabbitmq_password: 'never-kept-anywhere',
      }),
      200,
    );
    expect(body).toMatchObject({
      id: 'agent1',
      name: 'agent1',
      host_id: hosts[0],
      node_instance_id: hosts[0],
      node_instance_ids: hosts[0],
      node: 'vm',
      node_id: 'vm',
      node_ids: 'vm',
      deployment: 'dep-a',
      deployment_id: 'dep-a',
      ip: '10.0.0.1',
      install_method: 'remote',
      install_methods: 'remote',
      system: 'rhel core',
      version: '7.1',
      state: 'creating',
      created_by: ada.username,
      visibility: 'tenant',
      rabbitmq_username: 'rabbit',
      rabbitmq_password: null,
    });
    expect(JSON.stringify(await allRows(world.database, 'SELECT * FROM agent'))).not.toContain('never-kept');
  });

  it('leaves one alone that is there already', async () => {
    await put('agent2');
    const again = expectStatus(await put('agent2', { state: 'failed' }), 200);
    expect(again.body).toEqual({});
    expect((await ada.client.get('/agents/agent2')).body.state).toBe('creating');
  });

  it('refuses what it does not know', async () => {
    expectError(await put('1agent'), 400, 'bad_parameters_error');
    expectError(await put('agent3', { state: 'bored' }), 400, 'bad_parameters_error');
    expectError(await put('agent3', { create_rabbitmq_user: 'yes' }), 400, 'bad_parameters_error');
    expectError(await put('agent3', { create_rabbitmq_user: undefined }), 400, 'bad_parameters_error');
    expectError(await put('agent3', { node_instance_id: 'nobody' }), 404, 'not_found_error');
    expectError(await put('agent3', { visibility: 'global' }), 400, 'illegal_action_error');
    const everywhere = { node_instance_id: everybodys, visibility: 'global' };
    expectError(await put('agent3', everywhere), 403, 'forbidden_error');
    expectError(await put('agent3', { created_at: '2026-01-01' }), 403, 'forbidden_error');
    expectError(await put('agent3', { system: 'a\u0000b' }), 400, 'bad_parameters_error');
    const viewer = await tenant.member('viewer');
    expectError(await viewer.client.put('/agents/agent3', {}), 403, 'forbidden_error');
  });
});

describe('GET /agents', () => {
  it('filters, and keeps credentials for those who ask for them', async () => {
    await put('agent4', { node_instance_id: hosts[1], state: 'started', rabbitmq_username: 'rabbit' });
    const query = `/agents?deployment_id=dep-a&node_instance_ids=${hosts[1]}&state=started`;
    const { items } = expectStatus(await ada.client.get(query), 200).body;
    expect(items.map(({ id, rabbitmq_username: user }: Record<string, unknown>) => [id, user])).toEqual([
      ['agent4', null],
    ]);
    expect(Object.keys(items[0])).not.toContain('node_ids');
    const full = await ada.client.get(`${query}&_get_data=true`);
    expect(full.body.items[0].rabbitmq_username).toBe('rabbit');
    expectError(await ada.client.get('/agents?rabbitmq_username=rabbit'), 400, 'bad_parameters_error');
  });

  it('hides agents of private deployments', async () => {
    await put('agent5', { node_instance_id: hidden });
    expectStatus(await ada.client.get('/agents/agent5'), 200);
    expectError(await bob.client.get('/agents/agent5'), 404, 'not_found_error');
    expectError(await bob.client.patch('/agents/agent5', { state: 'failed' }), 404, 'not_found_error');
    expect((await bob.client.get('/agents?_search=agent5')).body.items).toEqual([]);
    const body = { node_instance_id: hidden, state: 'created', create_rabbitmq_user: false };
    expectError(await bob.client.put('/agents/agent6', body), 404, 'not_found_error');
  });
});

describe('PATCH /agents/{name}', () => {
  it('changes what it may, and leaves its record', async () => {
    await put('agent7');
    const { body } = expectStatus(await ada.client.patch('/agents/agent7', { state: 'started', version: '7.2' }), 200);
    expect(body).toMatchObject({ state: 'started', version: '7.2' });
    expectError(await ada.client.patch('/agents/agent7', {}), 400, 'illegal_action_error');
    expectError(await ada.client.patch('/agents/agent7', { state: 'bored' }), 400, 'bad_parameters_error');
    expectError(await ada.client.patch('/agents/none', { state: 'started' }), 404, 'not_found_error');
    const records = await allRows<{ action: string }>(
      world.database,
      `SELECT action FROM audit_log WHERE ref_table = 'agents' AND ref_identifier->>'id' = 'agent7' AND outcome = 'success' ORDER BY id`,
    );
    expect(records.map(({ action }) => action)).toEqual(['agent.create', 'agent.update']);
  });

  it('leaves global ones of other tenants alone', async () => {
    const body = { node_instance_id: everybodys, state: 'created', create_rabbitmq_user: false };
    expectStatus(await tenant.asAdmin.put('/agents/agent8', body), 200);
    const eve = await (await world.world.tenant()).member('user');
    expectError(await eve.client.patch('/agents/agent8', { state: 'failed' }), 400, 'illegal_action_error');
  });
});

describe('PATCH /agents', () => {
  it('says that it cannot replace certificates', async () => {
    expectError(await tenant.asAdmin.patch('/agents', { bundle: true }), 405, 'method_not_allowed_error');
    expectError(await tenant.asAdmin.patch('/agents', {}), 400, 'bad_parameters_error');
    expectError(await ada.client.patch('/agents', { bundle: true }), 403, 'forbidden_error');
  });
});

describe('an agent', () => {
  it('goes with its node instance', async () => {
    await put('agent9', { node_instance_id: hosts[1] });
    await allRows(world.database, 'DELETE FROM node_instance WHERE id = $1', [hosts[1]]);
    expectError(await ada.client.get('/agents/agent9'), 404, 'not_found_error');
  });
});
