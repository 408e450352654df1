import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, unique, type TestApp } from '../support/app.js';
import type { Answer, Client } from '../support/client.js';
import { deployed } from '../support/deployments.js';
import { expectError, expectStatus } from '../support/expect-error.js';
import { eventually } from '../support/runner-world.js';
import type { Member, TestTenant } from '../support/world.js';

/* What hangs on a deployment that one may not see looks as if it had never been, whichever way one asks for it. */

const NODE =
  'node_templates: {vm: {type: cloudify.nodes.Compute, properties: {agent_config: {install_method: none}}}}\n';

let test: TestApp;
let tenant: TestTenant;
let ada: Member;
let bob: Member;
let stranger: Member;

interface Hidden {
  readonly deployment: string;
  readonly execution: string;
  readonly instance: string;
  readonly schedule: string;
  readonly site: string;
}
let hidden: Hidden;
/** Names of the same form that nothing has. */
let absent: Hidden;

beforeAll(async () => {
  test = await createTestApp();
  tenant = await test.world.tenant();
  [ada, bob] = [await tenant.member('user'), await tenant.member('user')];
  stranger = await (await test.world.tenant()).member('manager');
  const deployment = await deployed(ada.client, NODE, { visibility: 'private' });
  const started = expectStatus(
    await ada.client.post('/executions', { deployment_id: deployment, workflow_id: 'install' }),
    201,
  );
  await eventually(async () => {
    const { body } = await ada.client.get(`/executions/${started.body.id}`);
    return ['terminated', 'failed'].includes(body.status) ? true : null;
  });
  const schedule = unique('schedule');
  const rule = { workflow_id: 'install', since: '2030-01-01T00:00:00.000Z', count: 1 };
  expectStatus(await ada.client.put(`/execution-schedules/${schedule}?deployment_id=${deployment}`, rule), 201);
  const site = unique('site');
  expectStatus(await ada.client.put(`/sites/${site}`, { visibility: 'private' }), 200);
  const instances = await ada.client.get('/node-instances', { query: { deployment_id: deployment } });
  hidden = { deployment, execution: started.body.id, instance: instances.body.items[0].id, schedule, site };
  absent = {
    deployment: unique('dep'),
    execution: '00000000-1111-4222-8333-444444444444',
    instance: 'vm_zzzzzz',
    schedule: unique('schedule'),
    site: unique('site'),
  };
}, 60_000);
afterAll(() => test?.close());

type Ask = (client: Client, of: Hidden) => Promise<Answer>;

const EVENT = { logs: [{ level: 'info', message: { text: 'not mine' } }] };
const ASKS: readonly (readonly [string, Ask])[] = [
  ['GET deployment', (client, of) => client.get(`/deployments/${of.deployment}`)],
  ['GET deployment with files', (client, of) => client.get(`/deployments/${of.deployment}?include_workdir=true`)],
  ['GET outputs', (client, of) => client.get(`/deployments/${of.deployment}/outputs`)],
  ['GET capabilities', (client, of) => client.get(`/deployments/${of.deployment}/capabilities`)],
  ['PATCH deployment', (client, of) => client.patch(`/deployments/${of.deployment}`, { display_name: 'mine' })],
  ['PATCH labels', (client, of) => client.patch(`/deployments/${of.deployment}`, { labels: [{ a: 'b' }] })],
  ['DELETE deployment', (client, of) => client.delete(`/deployments/${of.deployment}?force=true`)],
  ['widen', (client, of) => client.patch(`/deployments/${of.deployment}/set-visibility`, { visibility: 'tenant' })],
  ['set site', (client, of) => client.post(`/deployments/${of.deployment}/set-site`, { detach_site: true })],
  [
    'evaluate',
    (client, of) =>
      client.post('/evaluate/functions', {
        deployment_id: of.deployment,
        payload: { a: { get_attribute: ['vm', 'ip'] } },
        context: {},
      }),
  ],
  [
    'start',
    (client, of) => client.post('/executions', { deployment_id: of.deployment, workflow_id: 'uninstall', force: true }),
  ],
  [
    'start later',
    (client, of) =>
      client.post('/executions', {
        deployment_id: of.deployment,
        workflow_id: 'uninstall',
        scheduled_time: '2031-01-01T00:00:00.000Z',
      }),
  ],
  ['GET execution', (client, of) => client.get(`/executions/${of.execution}`)],
  ...['cancel', 'force-cancel', 'kill', 'resume', 'force-resume', 'requeue'].map((action) => {
    const ask: Ask = (client, of) => client.post(`/executions/${of.execution}`, { action });
    return [action, ask] as const;
  }),
  ['PATCH execution', (client, of) => client.patch(`/executions/${of.execution}`, { status: 'failed' })],
  ['should start', (client, of) => client.get(`/executions/${of.execution}/should-start`)],
  ['report events', (client, of) => client.post('/events', { execution_id: of.execution, ...EVENT })],
  ['list events', (client, of) => client.get(`/events?execution_id=${of.execution}`)],
  ['list events by deployment', (client, of) => client.get(`/events?deployment_id=${of.deployment}`)],
  [
    'remove events',
    (client, of) => client.delete(`/events?deployment_id=${of.deployment}&type=cloudify_event&type=cloudify_log`),
  ],
  ['operations', (client, of) => client.get(`/operations?execution_id=${of.execution}`)],
  ['tasks graphs', (client, of) => client.get(`/tasks_graphs?execution_id=${of.execution}`)],
  [
    'a tasks graph of mine',
    (client, of) => client.post('/tasks_graphs/1', { execution_id: of.execution, name: 'mine', operations: [] }),
  ],
  ['nodes', (client, of) => client.get(`/nodes?deployment_id=${of.deployment}`)],
  ['search nodes', (client, of) => client.post(`/searches/nodes?deployment_id=${of.deployment}`, {})],
  ['search groups', (client, of) => client.post(`/searches/scaling-groups?deployment_id=${of.deployment}`, {})],
  ['search instances', (client, of) => client.post(`/searches/node-instances?deployment_id=${of.deployment}`, {})],
  ['add nodes', (client, of) => client.post('/nodes', { deployment_id: of.deployment, nodes: [{ id: 'x' }] })],
  [
    'add instances',
    (client, of) =>
      client.post('/node-instances', { deployment_id: of.deployment, node_instances: [{ id: 'x_1', node_id: 'vm' }] }),
  ],
  ['GET instance', (client, of) => client.get(`/node-instances/${of.instance}`)],
  [
    'PATCH instance',
    (client, of) => client.patch(`/node-instances/${of.instance}?force=true`, { version: 9, state: 'deleted' }),
  ],
  [
    'an agent',
    (client, of) =>
      client.put('/agents/spy', { node_instance_id: of.instance, state: 'created', create_rabbitmq_user: false }),
  ],
  ['GET schedule', (client, of) => client.get(`/execution-schedules/${of.schedule}?deployment_id=${of.deployment}`)],
  [
    'PATCH schedule',
    (client, of) =>
      client.patch(`/execution-schedules/${of.schedule}?deployment_id=${of.deployment}`, { enabled: false }),
  ],
  [
    'DELETE schedule',
    (client, of) => client.delete(`/execution-schedules/${of.schedule}?deployment_id=${of.deployment}`),
  ],
  [
    'PUT schedule',
    (client, of) =>
      client.put(`/execution-schedules/another?deployment_id=${of.deployment}`, {
        workflow_id: 'uninstall',
        since: '2030-01-01T00:00:00.000Z',
        count: 1,
      }),
  ],
  [
    'modify',
    (client, of) =>
      client.post('/deployment-modifications', { deployment_id: of.deployment, nodes: { vm: { instances: 2 } } }),
  ],
  ['a group of it', (client, of) => client.put('/deployment-groups/spies', { deployment_ids: [of.deployment] })],
  [
    'depend on it',
    (client, of) =>
      client.put('/deployments/inter-deployment-dependencies', {
        dependency_creator: 'spy',
        source_deployment: of.deployment,
        target_deployment: of.deployment,
      }),
  ],
  ['what it depends on', (client, of) => client.get(`/deployments?_dependencies_of=${of.deployment}`)],
  ['GET site', (client, of) => client.get(`/sites/${of.site}`)],
  ['DELETE site', (client, of) => client.delete(`/sites/${of.site}`)],
  ['search its name', (client, of) => client.get(`/deployments?_search=${of.deployment}`)],
  [
    'filter by it',
    (client, of) =>
      client.post('/searches/deployments', {
        filter_rules: [{ type: 'attribute', key: 'display_name', operator: 'any_of', values: [of.deployment] }],
      }),
  ],
];

/** What an answer says, whichever of the two it was asked about. */
function said({ status, text }: Answer): [number, string] {
  let neutral = text;
  for (const names of [hidden, absent])
    for (const [kind, name] of Object.entries(names)) neutral = neutral.replaceAll(name as string, `‹${kind}›`);
  return [status, neutral];
}

describe.each([
  ['a private deployment, to a member of its tenant', () => bob.client],
  ['a deployment of another tenant, to its manager', () => stranger.client],
] as const)('%s,', (_, client) => {
  it.each(ASKS)('looks absent: %s', async (_name, ask) => {
    const [seen, none] = [await ask(client(), hidden), await ask(client(), absent)];
    expect(said(seen)).toEqual(said(none));
    expect(seen.status).toBeLessThan(500);
  });
});

it('is unchanged by all of that', async () => {
  const { body } = await ada.client.get(`/deployments/${hidden.deployment}`);
  expect(body).toMatchObject({ visibility: 'private', display_name: hidden.deployment, labels: [] });
  const events = await ada.client.get(`/events?execution_id=${hidden.execution}`);
  expect(events.body.items.length).toBeGreaterThan(0);
  expect(events.text).not.toContain('not mine');
  const instance = await ada.client.get(`/node-instances/${hidden.instance}`);
  expect(instance.body.state).toBe('started');
  const schedule = await ada.client.get(`/execution-schedules/${hidden.schedule}?deployment_id=${hidden.deployment}`);
  expect(schedule.body.enabled).toBe(true);
});

describe('a deployment of one’s own', () => {
  it('is given neither a hidden parent, nor a hidden site, nor a hidden execution', async () => {
    const own = await deployed(bob.client, NODE);
    for (const names of [hidden, absent]) {
      expectError(
        await bob.client.patch(`/deployments/${own}`, { labels: [{ 'csys-obj-parent': names.deployment }] }),
        404,
        'deployment_parent_not_found_error',
      );
      expectError(
        await bob.client.post(`/deployments/${own}/set-site`, { site_name: names.site }),
        404,
        'not_found_error',
      );
      expectError(
        await bob.client.patch(`/deployments/${own}`, { latest_execution: names.execution }),
        404,
        'not_found_error',
      );
      const { status, body } = await bob.client.post('/evaluate/functions', {
        deployment_id: own,
        payload: { a: { get_capability: [names.deployment, 'ip'] } },
        context: {},
      });
      expect([status, body.error_code]).toEqual([400, 'functions_evaluation_error']);
    }
    for (const key of ['csys-spy', 'csys-obj-owner'])
      expect((await bob.client.patch(`/deployments/${own}`, { labels: [{ [key]: 'x' }] })).status).toBe(400);
  });

  it('is widened with all that an administrator ran on it', async () => {
    const own = await deployed(ada.client, NODE, { visibility: 'private' });
    const admin = tenant.asAdmin;
    const { body } = expectStatus(await admin.post('/executions', { deployment_id: own, workflow_id: 'install' }), 201);
    await eventually(async () =>
      ['terminated', 'failed'].includes((await admin.get(`/executions/${body.id}`)).body.status) ? true : null,
    );
    expect((await bob.client.get(`/executions/${body.id}`)).status).toBe(404);
    expectStatus(await ada.client.patch(`/deployments/${own}/set-visibility`, { visibility: 'tenant' }), 200);
    expect((await bob.client.get(`/executions/${body.id}`)).status).toBe(200);
    expect((await bob.client.get(`/events?execution_id=${body.id}`)).body.items.length).toBeGreaterThan(0);
    expect((await bob.client.get(`/tasks_graphs?execution_id=${body.id}`)).body.items.length).toBeGreaterThan(0);
  });
});

describe('a global deployment of another tenant', () => {
  it('runs nothing for those who may not run workflows there', async () => {
    const shared = await deployed(tenant.asAdmin, NODE).then(async (id) => {
      const { body } = await tenant.asAdmin.get(`/deployments/${id}`);
      expectStatus(
        await tenant.asAdmin.patch(`/blueprints/${body.blueprint_id}/set-visibility`, { visibility: 'global' }),
        200,
      );
      expectStatus(await tenant.asAdmin.patch(`/deployments/${id}/set-visibility`, { visibility: 'global' }), 200);
      return id;
    });
    const elsewhere = await test.world.tenant();
    const eve = await elsewhere.member('user');
    expect((await eve.client.get(`/deployments/${shared}`)).status).toBe(200);
    const start = { deployment_id: shared, workflow_id: 'install' };
    expectError(await eve.client.post('/executions', start), 403, 'forbidden_error');
    expectError(
      await eve.client.post('/executions', { ...start, scheduled_time: '2031-01-01T00:00:00.000Z' }),
      403,
      'forbidden_error',
    );
    const rule = { workflow_id: 'install', since: '2030-01-01T00:00:00.000Z', count: 1 };
    expectError(await eve.client.put(`/execution-schedules/spy?deployment_id=${shared}`, rule), 403, 'forbidden_error');
    for (const change of [
      await eve.client.patch(`/deployments/${shared}`, { display_name: 'mine' }),
      await eve.client.delete(`/deployments/${shared}?force=true`),
      await eve.client.post(`/deployments/${shared}/set-site`, { detach_site: true }),
    ])
      expectError(change, 400, 'illegal_action_error');
    const [instance] = (await eve.client.get(`/node-instances?deployment_id=${shared}`)).body.items;
    const patched = await eve.client.patch(`/node-instances/${instance.id}`, { version: 1, state: 'deleted' });
    expect([400, 404]).toContain(patched.status);
    const group = unique('group');
    await eve.client.put(`/deployment-groups/${group}`, { deployment_ids: [shared] });
    await eve.client.post('/execution-groups', { deployment_group_id: group, workflow_id: 'install' });
    const { body } = await tenant.asAdmin.get(`/executions?deployment_id=${shared}`);
    expect(body.items.filter((item: { workflow_id: string }) => item.workflow_id === 'install')).toEqual([]);
  });
});
