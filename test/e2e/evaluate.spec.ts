import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../support/app.js';
import type { Client } from '../support/client.js';
import { deployed } from '../support/deployments.js';
import { expectError } from '../support/expect-error.js';
import type { TestTenant } from '../support/world.js';

let world: TestApp;
let tenant: TestTenant;
let deployment: string;
let other: string;
const ids: Record<string, string> = {};
beforeAll(async () => {
  world = await createTestApp();
  tenant = await world.world.tenant();
  other = await deployed(
    world.admin,
    `node_templates: {n: {type: cloudify.nodes.Root}}
capabilities: {url: {value: {concat: ['http://', {get_sys: [deployment, id]}]}}}
`,
  );
  deployment = await deployed(
    world.admin,
    `inputs: {port: {default: 80}}
labels: {zone: {values: [north]}}
node_templates:
  base: {type: cloudify.nodes.Root}
  app:
    type: cloudify.nodes.WebServer
    properties: {port: {get_input: port}}
    relationships: [{type: cloudify.relationships.connected_to, target: base}]
`,
    { labels: [{ 'csys-obj-parent': other }] },
  );
  const { body } = await world.admin.get(`/node-instances?deployment_id=${deployment}`);
  for (const { id, node_id: node } of body.items) ids[node] = id;
  await world.admin.patch(`/node-instances/${ids['base']}`, { version: 1, runtime_properties: { ip: ['10.0.0.1'] } });
  await world.admin.put('/secrets/token', { value: 'very secret' });
});
afterAll(async () => {
  await world.close();
});

async function evaluate(value: unknown, context: object = {}, client: Client = world.admin): Promise<unknown> {
  const answer = await client.post('/evaluate/functions', { deployment_id: deployment, payload: { value }, context });
  expect(answer.status).toBe(200);
  return answer.body.payload.value;
}

describe('evaluating functions', () => {
  it('knows every kind of thing that a deployment sees', async () => {
    expect(await evaluate({ get_input: 'port' })).toBe(80);
    expect(await evaluate({ get_property: ['app', 'port'] })).toBe(80);
    expect(await evaluate({ get_attribute: ['base', 'ip', 0] })).toBe('10.0.0.1');
    expect(await evaluate({ get_attribute: ['SELF', 'node_instance_id'] }, { self: ids['app'] })).toBe(ids['app']);
    expect(await evaluate({ get_attribute: ['TARGET', 'ip', 0] }, { source: ids['app'], target: ids['base'] })).toBe(
      '10.0.0.1',
    );
    expect(await evaluate({ get_attributes_list: ['base', 'ip'] })).toEqual([['10.0.0.1']]);
    expect(await evaluate({ get_capability: [other, 'url'] })).toBe(`http://${other}`);
    expect(await evaluate({ get_environment_capability: 'url' })).toBe(`http://${other}`);
    expect(await evaluate({ get_label: ['zone', 0] })).toBe('north');
    expect(await evaluate({ get_sys: ['tenant', 'name'] })).toBe('default_tenant');
    expect(await evaluate({ get_sys: ['deployment', 'owner'] })).toBe('admin');
    expect(await evaluate({ concat: ['a', { get_secret: 'token' }] })).toBe('avery secret');
  });

  it('records every secret that it read', async () => {
    await evaluate([{ get_secret: 'token' }, { get_secret: 'token' }]);
    const { body } = await world.admin.get('/audit?order_by=created_at&desc=true&size=20');
    expect(JSON.stringify(body)).not.toContain('very secret');
    expect(
      body.items.filter((item: { ref_identifier?: { id?: string } }) => item.ref_identifier?.id === 'token').length,
    ).toBeGreaterThan(0);
  });

  it('refuses what cannot be evaluated, and takes what may not be seen for absent', async () => {
    const refused = (payload: object, client: Client = world.admin, id = deployment): ReturnType<Client['post']> =>
      client.post('/evaluate/functions', { deployment_id: id, payload });
    expectError(await refused({ v: { get_attribute: ['nobody', 'x'] } }), 400, 'functions_evaluation_error');
    expectError(await refused({ v: { get_secret: 'nothing' } }), 400, 'functions_evaluation_error');
    expectError(await refused({ v: { get_capability: [other, 'nope'] } }), 400, 'functions_evaluation_error');
    expectError(await refused({ v: 1 }, world.admin, 'nobody'), 404, 'not_found_error');
    expectError(
      await world.admin.post('/evaluate/functions', { deployment_id: deployment, payload: [] }),
      400,
      'bad_parameters_error',
    );
    expectError(
      await world.admin.post('/evaluate/functions', { deployment_id: deployment, payload: {}, context: { self: 1 } }),
      400,
      'bad_parameters_error',
    );
    const [owner, reader] = [await tenant.member('user'), await tenant.member('user')];
    await owner.client.put('/secrets/hidden', { value: 'x', is_hidden_value: true });
    const own = await deployed(owner.client, 'node_templates: {n: {type: cloudify.nodes.Root}}\n');
    expect((await refused({ v: { get_secret: 'hidden' } }, owner.client, own)).status).toBe(200);
    expectError(await refused({ v: { get_secret: 'hidden' } }, reader.client, own), 400, 'functions_evaluation_error');
    expectError(
      await refused({ v: { get_capability: [other, 'url'] } }, owner.client, own),
      400,
      'functions_evaluation_error',
    );
  });
});
