import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, unique, type TestApp } from '../support/app.js';
import { UpdatedDeployments } from '../support/updated-deployments.js';

/* Updates of deployments by real blueprints, with real scripts. */

let test: TestApp;
let world: UpdatedDeployments;
beforeAll(async () => {
  test = await createTestApp();
  world = await UpdatedDeployments.create(test);
});
afterAll(async () => {
  await test.close();
  await world.close();
});

const FIRST = `
description: The first one
inputs:
  port: {default: 8080}
  size: {default: 1.0}
  gone: {default: 1}
node_templates:
  host: {type: step}
  db: {type: step}
  app:
    type: updatable
    properties: {port: {get_input: port}}
    relationships:
      - {type: cloudify.relationships.contained_in, target: host}
      - {type: linked, target: db}
outputs:
  port: {value: {get_input: port}}
`;
const SECOND = `
description: The second one
inputs:
  port: {default: 8080}
  size: {default: 1.0}
labels:
  stage: {values: [two]}
node_templates:
  host: {type: step}
  cache: {type: step}
  app:
    type: updatable
    properties: {port: {get_input: port}, note: new}
    relationships:
      - {type: cloudify.relationships.contained_in, target: host}
      - {type: linked, target: cache}
outputs:
  url: {value: {concat: ['http://', {get_input: port}]}}
workflows:
  custom: {mapping: default_workflows.cloudify.plugins.workflows.start}
`;

describe('an update', () => {
  it('takes out what is gone, brings in what is new, and updates what changed, in order', async () => {
    const ledger = unique('ledger');
    const id = await world.installed(ledger, FIRST, { inputs: { gone: 2 } });
    const before = await world.ledger(ledger);
    const [oldDb] = (await world.instances(id)).filter(({ node_id: node }) => node === 'db');
    const second = await world.uploaded(ledger, SECOND);
    const { record, execution } = await world.updated(id, { blueprint_id: second, inputs: { port: 9000 } });
    expect(execution).toMatchObject({ status: 'terminated', error: '', workflow_id: 'update' });
    expect(record).toMatchObject({
      deployment_id: id,
      state: 'successful',
      new_blueprint_id: second,
      old_inputs: { port: 8080, size: 1, gone: 2 },
      new_inputs: { port: 9000, size: 1, gone: 2 },
      deployment_update_nodes: { add: ['cache'], remove: ['db'] },
      recursive_dependencies: null,
      schedules_to_create: null,
      keep_old_deployment_dependencies: false,
    });
    const steps = record.steps.map((step: { action: string; entity_id: string[] }) =>
      [step.action, ...step.entity_id].join(' '),
    );
    expect(steps).toEqual(
      expect.arrayContaining([
        'modify description',
        'add outputs url',
        'add nodes cache',
        'remove nodes db',
        'modify nodes app properties port',
        'add workflows custom',
      ]),
    );
    expect((await world.ledger(ledger)).slice(before.length)).toEqual([
      'app>db unlink',
      'db stop',
      'db delete',
      'app update',
      'cache create',
      'cache start',
      'app>cache establish',
    ]);
    const { body: deployment, text } = await test.admin.get(`/deployments/${id}`);
    expect(deployment).toMatchObject({
      blueprint_id: second,
      description: 'The second one',
      inputs: { port: 9000, size: 1 },
      labels: [{ key: 'stage', value: 'two' }],
      outputs: { url: expect.anything() },
      deployment_status: 'good',
      installation_status: 'active',
    });
    expect(text).toContain('"size":1.0');
    expect(deployment.workflows.map(({ name }: { name: string }) => name)).toContain('custom');
    expect([...(await world.nodes(id)).keys()].toSorted()).toEqual(['app', 'cache', 'host']);
    expect((await world.nodes(id)).get('app')).toMatchObject({
      properties: { port: 9000, note: 'new' },
      relationships: [{ target_id: 'host' }, { target_id: 'cache' }],
    });
    const instances = await world.instances(id);
    expect(instances.map(({ node_id: node, state }) => [node, state])).toEqual([
      ['app', 'started'],
      ['cache', 'started'],
      ['host', 'started'],
    ]);
    expect(JSON.stringify(instances)).not.toContain(oldDb.id);
  });
});
