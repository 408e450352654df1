import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../support/app.js';
import { deployed } from '../support/deployments.js';
import { expectError } from '../support/expect-error.js';
import type { TestTenant } from '../support/world.js';

let world: TestApp;
let tenant: TestTenant;
beforeAll(async () => {
  world = await createTestApp();
  tenant = await world.world.tenant();
});
afterAll(async () => {
  await world.close();
});

const TWO = `
inputs: {name: {default: x}}
node_templates:
  base: {type: cloudify.nodes.Root}
  top:
    type: cloudify.nodes.WebServer
    properties: {port: {get_attribute: [base, port]}}
    relationships: [{type: cloudify.relationships.connected_to, target: base}]
`;

async function instanceOf(deployment: string, node: string): Promise<{ readonly id: string }> {
  const answer = await world.admin.get(`/node-instances?deployment_id=${deployment}&node_id=${node}`);
  return answer.body.items[0];
}

describe('a node instance', () => {
  it('is changed at the version that was read, or by force', async () => {
    const deployment = await deployed(world.admin, TWO);
    const { id } = await instanceOf(deployment, 'base');
    const path = `/node-instances/${id}`;
    const changed = await world.admin.patch(path, {
      version: 1,
      state: 'started',
      runtime_properties: { b: 1, a: { deep: [1.5, 'x'] } },
    });
    expect(changed.body).toMatchObject({
      id,
      version: 2,
      state: 'started',
      deployment_id: deployment,
      node_id: 'base',
    });
    expect(Object.keys(changed.body.runtime_properties)).toEqual(['b', 'a']);
    const stale = await world.admin.patch(path, { version: 1, state: 'stopped' });
    expectError(stale, 409, 'conflict_error');
    expect(stale.body.message).toBe('Node instance update conflict [current version=2, update version=1]');
    expect((await world.admin.patch(`${path}?force=true`, { version: 0, state: 'stopped' })).body).toMatchObject({
      version: 3,
      state: 'stopped',
    });
    // What is as it was is no change.
    expect((await world.admin.patch(path, { version: 3, state: 'stopped' })).body).toMatchObject({ version: 3 });
    expect((await world.admin.patch(path, { version: 3 })).body).toMatchObject({ version: 3 });
  });

  it('is changed once by those who read the same version', async () => {
    const { id } = await instanceOf(await deployed(world.admin, TWO), 'base');
    const answers = await Promise.all(
      [1, 2, 3, 4].map((n) => world.admin.patch(`/node-instances/${id}`, { version: 1, runtime_properties: { n } })),
    );
    expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(['200', '409', '409', '409']);
  });

  it('refuses a bad body without a traceback', async () => {
    const { id } = await instanceOf(await deployed(world.admin, TWO), 'base');
    for (const body of [
      {},
      { version: '1' },
      { version: -1 },
      { version: 1, state: 5 },
      { version: 1, runtime_properties: [] },
      { version: 1, relationships: {} },
    ]) {
      const answer = await world.admin.patch(`/node-instances/${id}`, body);
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({ error_code: 'bad_parameters_error' });
      expect(answer.body).not.toHaveProperty('server_traceback');
    }
    expectError(
      await world.admin.patch(`/node-instances/${id}`, { version: 1, relationships: [] }),
      403,
      'only_deployment_update',
    );
    expectError(await world.admin.patch('/node-instances/nobody', { version: 1 }), 404, 'not_found_error');
    expectError(await world.admin.delete(`/node-instances/${id}`), 403, 'only_deployment_update');
  });

  it('tells by its system properties how it is, and its deployment counts that', async () => {
    const deployment = await deployed(world.admin, TWO);
    const { id } = await instanceOf(deployment, 'base');
    const set = async (version: number, properties: object): Promise<void> => {
      const answer = await world.admin.patch(`/node-instances/${id}`, { version, system_properties: properties });
      expect(answer.status).toBe(200);
    };
    const counted = async (): Promise<object> => {
      const { body } = await world.admin.get(`/deployments/${deployment}`);
      return { drifted: body.drifted_instances, unavailable: body.unavailable_instances };
    };
    await set(1, { status: { ok: false }, configuration_drift: { ok: true, result: { port: 1 } } });
    expect(await counted()).toEqual({ drifted: 1, unavailable: 1 });
    expect((await world.admin.get(`/node-instances/${id}`)).body).toMatchObject({
      has_configuration_drift: true,
      is_status_check_ok: false,
    });
    const [node] = (await world.admin.get(`/nodes?deployment_id=${deployment}&id=base`)).body.items;
    expect(node).toMatchObject({ drifted_instances: 1, unavailable_instances: 1 });
    await set(2, {
      status: { ok: true },
      source_relationships_configuration_drift: { other: { ok: true, result: [] } },
    });
    expect(await counted()).toEqual({ drifted: 0, unavailable: 0 });
    await set(3, { target_relationships_configuration_drift: { other: { ok: true, result: 'moved' } } });
    expect(await counted()).toEqual({ drifted: 1, unavailable: 0 });
  });
});

describe('functions', () => {
  it('are evaluated in nodes and instances where that is asked for', async () => {
    const deployment = await deployed(world.admin, TWO);
    const base = await instanceOf(deployment, 'base');
    const top = await instanceOf(deployment, 'top');
    await world.admin.patch(`/node-instances/${base.id}`, { version: 1, runtime_properties: { port: 8080 } });
    await world.admin.patch(`/node-instances/${top.id}`, {
      version: 1,
      runtime_properties: { seen: { get_attribute: ['base', 'port'] } },
    });
    const query = `deployment_id=${deployment}&id=top&_include=properties`;
    const plain = await world.admin.get(`/nodes?${query}`);
    expect(plain.body.items).toMatchObject([{ properties: { port: { get_attribute: ['base', 'port'] } } }]);
    const evaluated = await world.admin.get(`/nodes?${query}&_evaluate_functions=True&_instance_context=${top.id}`);
    expect(evaluated.body.items).toMatchObject([{ properties: { port: 8080 } }]);
    expect(Object.keys(evaluated.body.items[0])).toEqual(['properties']);
    expect((await world.admin.get(`/node-instances/${top.id}?_evaluate_functions=True`)).body).toMatchObject({
      runtime_properties: { seen: 8080 },
    });
  });
});

describe('bulk creation', () => {
  const NODE = {
    id: 'more',
    type: 't',
    type_hierarchy: ['t'],
    capabilities: { scalable: { properties: { default_instances: 3 } } },
  };

  it('adds nodes and instances, renames what is taken, and counts on', async () => {
    const deployment = await deployed(world.admin, TWO);
    const base = await instanceOf(deployment, 'base');
    const added = await world.admin.post('/nodes', { deployment_id: deployment, nodes: [NODE] });
    expect([added.status, added.text]).toEqual([201, 'null']);
    expect((await world.admin.post('/nodes', { deployment_id: deployment, nodes: [] })).status).toBe(204);
    expectError(await world.admin.post('/nodes', { deployment_id: deployment, nodes: [NODE] }), 409, 'conflict_error');
    const instances = await world.admin.post('/node-instances', {
      deployment_id: deployment,
      node_instances: [
        { id: base.id, node_id: 'base', host_id: base.id, relationships: [] },
        { id: 'more_1', node_id: 'more', relationships: [{ type: 'r', target_name: 'base', target_id: base.id }] },
      ],
    });
    expect([instances.status, instances.text]).toEqual([201, 'null']);
    const listed = (await world.admin.get(`/node-instances?deployment_id=${deployment}&node_id=base`)).body.items;
    const renamed = listed.find(({ id }: { id: string }) => id !== base.id);
    expect(renamed).toMatchObject({ index: 2, host_id: renamed.id });
    expect((await world.admin.get('/node-instances/more_1')).body.relationships[0].target_id).toBe(renamed.id);
    expectError(
      await world.admin.post('/node-instances', {
        deployment_id: deployment,
        node_instances: [{ id: 'q', node_id: 'no' }],
      }),
      400,
      'bad_parameters_error',
    );
  });

  it('is not for those who may only look', async () => {
    const [owner, viewer] = [await tenant.member('user'), await tenant.member('viewer')];
    const deployment = await deployed(owner.client, TWO);
    expectError(
      await viewer.client.post('/nodes', { deployment_id: deployment, nodes: [NODE] }),
      403,
      'forbidden_error',
    );
    expectError(
      await viewer.client.post('/node-instances', { deployment_id: deployment, node_instances: [] }),
      403,
      'forbidden_error',
    );
    expectError(await owner.client.patch(`/nodes/${deployment}/base`, {}), 403, 'only_deployment_update');
    expectError(await owner.client.delete(`/nodes/${deployment}/base`), 403, 'only_deployment_update');
  });
});
