import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { UpdateSteps, type UpdateStep } from '../../src/modules/executions/running/update-steps.port.js';
import { systemTenantCtx } from '../../src/platform/context/ctx.js';
import { createTestApp, unique, type TestApp } from '../support/app.js';
import { expectError } from '../support/expect-error.js';
import { allRows } from '../support/superuser.js';
import { FIRST, SECOND, UpdatedDeployments } from '../support/updated-deployments.js';

/* The steps of an update, asked again as after a crash. */

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

describe('the steps of an update', () => {
  it('do nothing twice, whenever they are asked again', async () => {
    const ledger = unique('ledger');
    const id = await world.installed(ledger, FIRST);
    const second = await world.uploaded(ledger, SECOND);
    const { items } = (await test.admin.get(`/executions?deployment_id=${id}&workflow_id=install`)).body;
    const name = unique('update');
    const body = { deployment_id: id, blueprint_id: second, inputs: { port: 7 }, execution_id: items[0].id };
    expect((await test.admin.put(`/deployment-updates/${name}`, body)).status).toBe(200);
    const [row] = await allRows<{ deployment: string; execution: string }>(
      test.database,
      'SELECT deployment_id::text AS deployment, execution_id::text AS execution FROM deployment_update WHERE id = $1',
      [name],
    );
    const step: UpdateStep = {
      deploymentStorageId: row?.deployment ?? '',
      update: name,
      executionId: items[0].id,
      executionStorageId: row?.execution ?? '',
    };
    const ctx = systemTenantCtx('test', { id: 0, name: 'default_tenant' });
    const steps = test.app.get(UpdateSteps, { strict: false });
    await expect(steps.perform(ctx, step)).rejects.toThrow('was not prepared');
    const changes = await steps.prepare(ctx, step);
    expect(await steps.prepare(ctx, step)).toEqual(changes);
    expectError(await test.admin.patch(`/deployment-updates/${name}`, { plan: {} }), 409, 'conflict_error');
    const other = { ...step, executionStorageId: '999999' };
    await expect(steps.perform(ctx, other)).rejects.toThrow('not one of this execution');

    await steps.perform(ctx, step);
    const during = await world.instances(id);
    await steps.perform(ctx, step);
    expect(await world.instances(id)).toEqual(during);
    expect(during.map((each) => each.node_id)).toEqual(expect.arrayContaining(['db', 'cache']));
    const targets = (each: (typeof during)[number]): string[] =>
      each.relationships.map(({ target_name: target }: { target_name: string }) => target);
    expect(during.filter((each) => each.node_id === 'app').map(targets)).toEqual([['host', 'cache', 'db']]);

    await steps.finish(ctx, step, []);
    const after = await world.instances(id);
    await steps.finish(ctx, step, []);
    expect(await world.instances(id)).toEqual(after);
    expect(after.filter((each) => each.node_id === 'app').map(targets)).toEqual([['host', 'cache']]);
    expect(await world.instanceNodes(id)).toEqual(['app', 'cache', 'host']);
    expect((await test.admin.get(`/deployment-updates/${name}`)).body.state).toBe('successful');
    const kept =
      'SELECT FROM deployment_update_batch b JOIN deployment_update u ON u.storage_id = b.update_id WHERE u.id = $1';
    expect(await allRows(test.database, kept, [name])).toEqual([]);
  });

  it('do not write a plan that was made for another deployment than there is by then', async () => {
    const id = await world.deployed(unique('ledger'), FIRST);
    const second = await world.uploaded(unique('ledger'), SECOND);
    const [execution] = (await test.admin.get(`/executions?deployment_id=${id}`)).body.items;
    const name = unique('update');
    const body = { deployment_id: id, blueprint_id: second, execution_id: execution.id };
    expect((await test.admin.put(`/deployment-updates/${name}`, body)).status).toBe(200);
    const [row] = await allRows<{ deployment: string; execution: string }>(
      test.database,
      'SELECT deployment_id::text AS deployment, execution_id::text AS execution FROM deployment_update WHERE id = $1',
      [name],
    );
    const step: UpdateStep = {
      deploymentStorageId: row?.deployment ?? '',
      update: name,
      executionId: execution.id,
      executionStorageId: row?.execution ?? '',
    };
    const ctx = systemTenantCtx('test', { id: 0, name: 'default_tenant' });
    const steps = test.app.get(UpdateSteps, { strict: false });
    await steps.prepare(ctx, step);
    const started = await test.admin.post('/deployment-modifications', {
      deployment_id: id,
      nodes: { host: { instances: 2 } },
    });
    expect(started.status).toBe(201);
    await expect(steps.perform(ctx, step)).rejects.toThrow('changed since its update was planned');
    expect((await test.admin.get(`/deployments/${id}`)).body.description).toBe('The first one');
  });

  it('are asked again after each was done and nobody knew, and the update ends as if nothing had been', async () => {
    const ledger = unique('ledger');
    const id = await world.installed(ledger, FIRST);
    const ran = (await world.ledger(ledger)).length;
    const steps = test.app.get(UpdateSteps, { strict: false });
    const lost: string[] = [];
    for (const name of ['prepare', 'perform', 'finish'] as const) {
      const original = steps[name].bind(steps) as (...given: readonly unknown[]) => Promise<unknown>;
      Object.assign(steps, {
        [name]: async (...given: readonly unknown[]) => {
          const result = await original(...given);
          if (lost.includes(name)) return result;
          lost.push(name);
          throw new Error('The connection was terminated');
        },
      });
    }
    const second = await world.uploaded(ledger, SECOND);
    const { record, execution } = await world.updated(id, { blueprint_id: second, inputs: { port: 9000 } });
    for (const name of lost) Reflect.deleteProperty(steps, name);
    expect([lost, record.state, execution['status']]).toEqual([
      ['prepare', 'perform', 'finish'],
      'successful',
      'terminated',
    ]);
    expect(await world.ledger(ledger, ran)).toEqual([
      'app>db unlink',
      'db stop',
      'db delete',
      'app update',
      'cache create',
      'cache start',
      'app>cache establish',
    ]);
    expect(await world.instanceNodes(id)).toEqual(['app', 'cache', 'host']);
  });
});
