import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, unique, type TestApp } from '../support/app.js';
import type { Answer } from '../support/client.js';
import { expectError } from '../support/expect-error.js';
import { allRows } from '../support/superuser.js';
import { FIRST, SECOND, UpdatedDeployments } from '../support/updated-deployments.js';

/* What updates are asked with, what previews answer, and who sees the records. */

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

describe('a preview', () => {
  it('answers the plan with what it would make, and changes nothing', async () => {
    const ledger = unique('ledger');
    const id = await world.deployed(ledger, FIRST);
    const second = `${SECOND}
deployment_settings:
  default_schedules:
    nightly: {workflow: custom, since: '2035-01-01 00:00', recurrence: 1 day, count: 3}
`;
    const state = async (): Promise<unknown[]> => [
      (await test.admin.get(`/deployments/${id}`)).body,
      await world.instances(id),
      [...(await world.nodes(id))],
    ];
    const [deployment, ...rest] = await state();
    const answer = await world.initiate(id, {
      blueprint_id: await world.uploaded(ledger, second),
      inputs: { port: 1 },
      preview: 'true',
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      state: 'successful',
      deployment_plan: { inputs: { port: 1 }, description: 'The second one' },
      recursive_dependencies: [],
      schedules_to_create: [
        { id: 'nightly', workflow: 'custom', since: '2035-01-01T00:00:00.000Z', until: null, count: 3 },
      ],
      schedules_to_delete: [],
      labels_to_create: [{ key: 'stage', value: 'two' }],
      modified_entity_ids: { node: ['nodes:cache', 'nodes:db'] },
    });
    expect(answer.body.deployment_update_node_instances.added_and_related[0]).toMatchObject({
      node_id: 'cache',
      modification: 'added',
    });
    const latest = { latest_execution: expect.anything(), latest_execution_workflow_id: 'update' };
    const [now, ...others] = await state();
    expect(now).toMatchObject({
      ...(deployment as object),
      ...latest,
      workflows: expect.anything(),
      updated_at: expect.anything(),
      deployment_status: expect.anything(),
    });
    expect(others).toEqual(rest);
    const rows = await allRows(
      test.database,
      'SELECT FROM deployment_update_batch b JOIN deployment_update u ON u.storage_id = b.update_id WHERE u.id = $1',
      [answer.body.id],
    );
    expect(rows).toEqual([]);
  });
});

describe('what is asked for', () => {
  it('is judged before there is a record', async () => {
    const id = await world.deployed(unique('ledger'), FIRST);
    expectRefusal(await world.initiate(id, { inputs: [] }), 400, 'bad_parameters_error', 'inputs');
    expectRefusal(await world.initiate(id, { reinstall_list: {} }), 400, 'bad_parameters_error', 'reinstall_list');
    expectRefusal(await world.initiate(id, { preview: 'perhaps' }), 400, 'bad_parameters_error', 'preview');
    expectRefusal(await world.initiate(id, { blueprint_id: 'none' }), 404, 'not_found_error', 'none');
    expectError(await world.initiate(unique('none'), {}), 404, 'not_found_error');
    const { body } = await test.admin.get(`/deployment-updates?deployment_id=${id}`);
    expect([body.items, body.metadata.pagination.total]).toEqual([[], 0]);
  });

  it('fails with all that is wrong with inputs, in the code of each for a preview', async () => {
    const ledger = unique('ledger');
    const id = await world.deployed(ledger, FIRST);
    const strict = await world.uploaded(
      ledger,
      'inputs: {must: {}, number: {type: integer, default: 1}}\nnode_templates: {one: {type: step}}',
    );
    const { record, execution } = await world.updated(id, { blueprint_id: strict });
    expect([record.state, execution['error']]).toEqual(['failed', expect.stringContaining('must')]);
    expectError(
      await world.initiate(id, { blueprint_id: strict, preview: true }),
      400,
      'missing_required_deployment_input_error',
    );
    expectError(
      await world.initiate(id, { blueprint_id: strict, preview: true, inputs: { must: 1, number: 'x' } }),
      400,
      'constraint_error',
    );
    const corrected = await world.initiate(id, {
      blueprint_id: strict,
      preview: true,
      inputs: { must: 1, number: '7' },
      auto_correct_types: true,
    });
    expect(corrected.body.deployment_plan.inputs).toEqual({ must: 1, number: 7 });
  });

  it('needs force where others depend on the deployment, and tells of them', async () => {
    const ledger = unique('ledger');
    const shared = await world.deployed(ledger, `${FIRST}\ncapabilities: {port: {value: 1}}`);
    const user = await world.deployed(
      ledger,
      `node_templates: {one: {type: step, properties: {port: {get_capability: [${shared}, port]}}}}`,
    );
    expectRefusal(await world.initiate(shared, {}), 400, 'dependent_exists_error', user);
    const preview = await world.initiate(shared, { preview: true, force: true });
    expect(preview.body.recursive_dependencies).toEqual([
      { deployment: user, dependency_type: 'deployment', dependent_node: null, tenant: 'default_tenant' },
    ]);
    const free = await world.uploaded(ledger, 'node_templates: {one: {type: step}}');
    expect((await world.updated(user, { blueprint_id: free })).record.state).toBe('successful');
    expect((await world.updated(shared, {})).record.state).toBe('successful');
  });

  it('keeps secrets out of every record', async () => {
    const ledger = unique('ledger');
    const key = unique('secret');
    const value = 'a value that nobody may see 4711';
    await test.admin.put(`/secrets/${key}`, { value });
    const blueprint = await world.uploaded(
      ledger,
      `inputs: {password: {default: {get_secret: ${key}}}}
node_templates: {one: {type: updatable, properties: {note: {get_input: password}}}}`,
    );
    const id = await world.installed(ledger, 'node_templates: {one: {type: updatable}}');
    const { record } = await world.updated(id, { blueprint_id: blueprint });
    expect(record.state).toBe('successful');
    expect(JSON.stringify(record.deployment_plan.inputs)).toContain('get_secret');
    const rows = await allRows<{ text: string }>(
      test.database,
      `SELECT row_to_json(u)::text AS text FROM deployment_update u UNION ALL SELECT row_to_json(n)::text FROM node n
       UNION ALL SELECT row_to_json(d)::text FROM deployment d UNION ALL SELECT row_to_json(e)::text FROM event e`,
    );
    expect(rows.filter(({ text }) => text.includes(value))).toEqual([]);
  });
});

describe('the records of updates', () => {
  it('are seen by whoever sees the deployment, and by nobody else', async () => {
    const tenant = await test.world.tenant();
    const [ada, bob, eve] = [await tenant.member(), await tenant.member(), await tenant.member('viewer')];
    const blueprint = await world.uploaded(unique('ledger'), FIRST, ada.client);
    const id = unique('dep');
    const made = await ada.client.put(`/deployments/${id}`, { blueprint_id: blueprint, visibility: 'private' });
    expect(made.status).toBe(201);
    const begun = await world.initiate(id, { preview: true }, ada.client);
    expect(begun.status).toBe(200);
    const update = `/deployment-updates/${String(begun.body.id)}`;
    expect((await ada.client.get(update)).status).toBe(200);
    for (const client of [bob.client, eve.client, test.admin]) {
      expectError(await client.get(update), 404, 'not_found_error');
      expect((await client.get(`/deployment-updates?deployment_id=${id}`)).body.items).toEqual([]);
    }
    expectRefusal(await world.initiate(id, {}, bob.client), 404, 'not_found_error', id);
    expectError(await bob.client.post(`${update}/update/finalize`, {}), 404, 'not_found_error');
    expectError(await bob.client.patch(update, { state: 'failed' }), 404, 'not_found_error');
    expectError(await world.initiate(id, {}, eve.client), 403, 'forbidden_error');
  });

  it('are written by executions alone, and restored by lists', async () => {
    const id = await world.deployed(unique('ledger'), FIRST);
    const [execution] = (await test.admin.get(`/executions?deployment_id=${id}`)).body.items;
    const name = unique('update');
    const body = { deployment_id: id, inputs: { port: 5 }, old_blueprint_id: 'older', state: 'successful' };
    expectError(await test.admin.put(`/deployment-updates/${name}`, body), 403, 'forbidden_error');
    const put = await test.admin.put(`/deployment-updates/${name}`, { ...body, execution_id: execution.id });
    expect(put.status).toBe(200);
    expect(put.body).toMatchObject({
      id: name,
      state: 'successful',
      execution_id: execution.id,
      old_blueprint_id: 'older',
      new_inputs: { port: 5, size: 1, gone: 1 },
    });
    const again = await test.admin.put(`/deployment-updates/${name}`, { ...body, execution_id: execution.id });
    expectError(again, 409, 'conflict_error');
    const patched = await test.admin.patch(`/deployment-updates/${name}`, {
      state: 'failed',
      plan: { a: 1 },
      nodes: {},
    });
    expect(patched.body).toMatchObject({ state: 'failed', deployment_plan: { a: 1 }, deployment_update_nodes: {} });
    expectError(await test.admin.patch(`/deployment-updates/${name}`, { state: 'odd' }), 400, 'bad_parameters_error');
    expect((await test.admin.post('/deployment-updates', { deployment_updates: [] })).status).toBe(204);
    const two = [unique('update'), unique('update')].map((each) => ({
      ...body,
      id: each,
      execution_id: execution.id,
      created_at: '2020-01-02T03:04:05.000Z',
    }));
    expect((await test.admin.post('/deployment-updates', { deployment_updates: two })).status).toBe(201);
    const broken = [{ ...two[0], id: unique('update') }, { id: 'x' }];
    expectError(
      await test.admin.post('/deployment-updates', { deployment_updates: broken }),
      400,
      'bad_parameters_error',
    );
    const { body: list } = await test.admin.get(
      `/deployment-updates?deployment_id=${id}&_include=id,created_at&_sort=created_at`,
    );
    expect(list.items.slice(0, 2)).toEqual(
      two.map((each) => ({ id: each.id, created_at: '2020-01-02T03:04:05.000Z' })),
    );
    expect(list.metadata.pagination.total).toBe(3);
    expect((await test.admin.post(`/deployment-updates/${name}/update/finalize`, {})).body.id).toBe(name);
  });
});
