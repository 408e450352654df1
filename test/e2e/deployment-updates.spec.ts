import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, unique, type TestApp } from '../support/app.js';
import type { Answer } from '../support/client.js';
import { uploaded } from '../support/deployments.js';
import { expectError } from '../support/expect-error.js';
import { FIRST, SECOND, UpdatedDeployments } from '../support/updated-deployments.js';

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

function expectRefusal(answer: Answer, status: number, code: string, text: string): void {
  expectError(answer, status, code);
  expect(answer.body.message).toContain(text);
}

const scaled = (extra: string): string => `
node_templates:
  one: {type: step}
  two: {type: step, relationships: [{type: linked, target: one}]}
${extra}
groups:
  crowd: {members: [one, two]}
policies:
  crowd_scaling: {type: cloudify.policies.scaling, targets: [crowd], properties: {default_instances: 1, max_instances: 5}}
`;
const grouped = (type: string, container: string, members: string): string => `
node_templates:
  one: {type: step}
  two: {type: ${type}}
  three: {type: step, relationships: [{type: cloudify.relationships.contained_in, target: ${container}}]}
groups:
  crowd: {members: [${members}]}
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

  it('takes nothing but the plan when nothing changed, and runs nothing', async () => {
    const ledger = unique('ledger');
    const id = await world.installed(ledger, FIRST);
    const ran = await world.ledger(ledger);
    const before = await world.instances(id);
    const { record } = await world.updated(id, {});
    expect(record).toMatchObject({ state: 'successful', steps: [], deployment_update_nodes: { add: [], remove: [] } });
    expect(await world.ledger(ledger)).toEqual(ran);
    expect(await world.instances(id)).toEqual(before);
  });

  it('reinstalls what cannot be updated, and lets a check say whether anything drifted', async () => {
    const ledger = unique('ledger');
    const check = (drift: string): string => `
    interfaces:
      cloudify.interfaces.lifecycle:
        check_drift: ${world.operation(ledger, 'check_drift', { DRIFT: drift })}`;
    const nodes = (note: string): string => `
node_templates:
  plain: {type: step, properties: {note: ${note}}}
  calm:
    type: updatable
    properties: {note: ${note}}${check('')}
  moved:
    type: updatable
    properties: {note: ${note}}${check('yes')}
`;
    const id = await world.installed(ledger, nodes('old'));
    const before = (await world.ledger(ledger)).length;
    const { record, execution } = await world.updated(id, { blueprint_id: await world.uploaded(ledger, nodes('new')) });
    expect([record.state, execution['error']]).toEqual(['successful', '']);
    const ran = await world.ledger(ledger, before);
    expect(ran.filter((line) => line.startsWith('plain')).slice(0, 4)).toEqual([
      'plain stop',
      'plain delete',
      'plain create',
      'plain start',
    ]);
    expect(ran.filter((line) => line.startsWith('calm'))).toEqual(['calm check_drift']);
    expect(ran.filter((line) => line.startsWith('moved'))).toEqual(['moved check_drift', 'moved update']);
    expect((await world.instances(id)).map(({ has_configuration_drift: drifted }) => drifted)).toEqual([
      false,
      false,
      false,
    ]);
    const after = (await world.ledger(ledger)).length;
    const third = await world.uploaded(ledger, nodes('third'));
    await world.updated(id, { blueprint_id: third, skip_drift_check: true, skip_reinstall: true });
    expect((await world.ledger(ledger, after)).toSorted()).toEqual(['calm update', 'moved update']);
  });

  it('keeps the number of instances that scaling made', async () => {
    const ledger = unique('ledger');
    const id = await world.installed(ledger, scaled(''));
    await world.ran(id, 'scale', { scalable_entity_name: 'crowd', delta: 2 });
    const before = await world.instances(id);
    expect(before).toHaveLength(6);
    const more = scaled('  more: {type: step, instances: {deploy: 2}}');
    const { record } = await world.updated(id, { blueprint_id: await world.uploaded(ledger, more) });
    expect(record.state).toBe('successful');
    const after = await world.instances(id);
    expect(after.map((each) => each.id)).toEqual(expect.arrayContaining(before.map((each) => each.id)));
    expect(after.filter((each) => each.node_id === 'more').map(({ index, state }) => [index, state])).toEqual(
      expect.arrayContaining([
        [1, 'started'],
        [2, 'started'],
      ]),
    );
    expect(after).toHaveLength(8);
    const { body } = await test.admin.get(`/deployments/${id}`);
    expect(body.scaling_groups.crowd.properties).toMatchObject({ current_instances: 3, planned_instances: 3 });
  });

  it('refuses what it cannot do before anything changed', async () => {
    const ledger = unique('ledger');
    const first = grouped('step', 'one', 'one');
    const id = await world.installed(ledger, first);
    const before = [(await test.admin.get(`/deployments/${id}`)).body.blueprint_id, await world.instances(id)];
    const ran = await world.ledger(ledger);
    for (const [second, named] of [
      [grouped('updatable', 'one', 'one'), 'modify node nodes:two:type'],
      [grouped('step', 'two', 'one'), 'modify node nodes:three:contained_in'],
      [grouped('step', 'one', 'one, two'), 'modify group groups:crowd'],
    ] as const) {
      const blueprint = await world.uploaded(ledger, second);
      const { record, execution } = await world.updated(id, { blueprint_id: blueprint });
      expect(record).toMatchObject({ state: 'failed', steps: [], deployment_plan: null });
      expect(execution).toMatchObject({ status: 'failed', error: expect.stringContaining(named) });
      const preview = await world.initiate(id, { blueprint_id: blueprint, preview: true });
      expectRefusal(preview, 400, 'unsupported_change_in_deployment_update', named);
    }
    expect([(await test.admin.get(`/deployments/${id}`)).body.blueprint_id, await world.instances(id)]).toEqual(before);
    expect(await world.ledger(ledger)).toEqual(ran);
  });

  it('takes out what is gone with the files of the blueprint that it was of', async () => {
    const ledger = unique('ledger');
    const id = await world.installed(ledger, FIRST);
    const ran = (await world.ledger(ledger)).length;
    const bare = await uploaded(test.admin, 'node_templates: {other: {type: cloudify.nodes.Root}}');
    expect((await world.updated(id, { blueprint_id: bare })).record.state).toBe('successful');
    expect((await world.ledger(ledger, ran)).toSorted()).toEqual(
      ['app stop', 'app delete', 'app>db unlink', 'db stop', 'db delete', 'host stop', 'host delete'].toSorted(),
    );
  });

  it('fails with an operation that fails, and can be done again', async () => {
    const ledger = unique('ledger');
    const nodes = (fail: string): string => `
node_templates:
  one: {type: step}
  two:
    type: step
    interfaces:
      cloudify.interfaces.lifecycle:
        create:
          implementation: step.sh
          max_retries: 0
          inputs: {process: {env: {STEP: create, FAIL: '${fail}', LEDGER: '${world.folder}/${ledger}'}}}
`;
    const id = await world.installed(ledger, 'node_templates: {one: {type: step}}');
    const bad = await world.uploaded(ledger, nodes('yes'));
    const { record, execution } = await world.updated(id, { blueprint_id: bad });
    expect([record.state, execution['status']]).toEqual(['failed', 'failed']);
    expect(execution['error']).toContain('lifecycle.create');
    expect((await test.admin.get(`/deployments/${id}`)).body).toMatchObject({
      blueprint_id: bad,
      deployment_status: 'requires_attention',
    });
    const back = await world.uploaded(ledger, 'node_templates: {one: {type: step}}');
    expect((await world.updated(id, { blueprint_id: back, ignore_failure: true })).record.state).toBe('successful');
    expect((await world.instances(id)).map((each) => each.node_id)).toEqual(['one']);
  });
});
