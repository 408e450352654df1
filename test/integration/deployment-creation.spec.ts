import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CreateWorkflow } from '../../src/modules/deployments/creation/create-workflow.js';
import { DeploymentCreationRepository } from '../../src/modules/deployments/creation/deployment-creation.repository.js';
import { systemTenantCtx, type TenantCtx } from '../../src/platform/context/ctx.js';
import { execute, queryRows } from '../../src/platform/database/tx.js';
import { UnitOfWork } from '../../src/platform/database/unit-of-work.js';
import type { RunningExecution } from '../../src/platform/executions/system-executions.js';
import { createTestApp, unique, type TestApp } from '../support/app.js';
import { deploy, uploaded } from '../support/deployments.js';

/* Whoever makes a deployment may be lost at any moment: nothing of it is there then, or all. */

const NODES = 1_200;
const ctx: TenantCtx = systemTenantCtx('test', { id: 0, name: 'default_tenant' });

let world: TestApp;
let unitOfWork: UnitOfWork;
let workflow: CreateWorkflow;
beforeAll(async () => {
  // Nobody works here: the executions are run by the test.
  world = await createTestApp({ config: { role: 'all' } });
  unitOfWork = world.app.get(UnitOfWork, { strict: false });
  workflow = world.app.get(CreateWorkflow, { strict: false });
});
afterAll(() => world.close());

const inTx = <T>(work: (ctx: TenantCtx) => Promise<T>): Promise<T> => unitOfWork.run(ctx, work);

async function counts(id: string): Promise<readonly number[]> {
  const [row] = await inTx((ctx) =>
    queryRows<{ n: number; i: number; d: number }>(
      ctx,
      `SELECT (SELECT count(*)::int FROM node n WHERE n.deployment_id = d.storage_id) AS n,
              (SELECT count(*)::int FROM node_instance i WHERE i.deployment_id = d.storage_id) AS i,
              (d.workflows IS NOT NULL)::int AS d FROM deployment d WHERE d.id = $1`,
      [id],
    ),
  );
  return [row?.n ?? -1, row?.i ?? -1, row?.d ?? -1];
}

function running(executionId: string, signal = new AbortController().signal): RunningExecution {
  return { id: executionId, parameters: { inputs: {} }, earlierAttempts: 0, signal, log: async () => undefined };
}

describe('making a deployment', () => {
  it('leaves nothing behind when its worker is lost on the way, and is done once by those that follow', async () => {
    const nodes = Array.from({ length: NODES }, (_, n) => `  n${n}: {type: cloudify.nodes.Root}\n`).join('');
    const blueprint = await uploaded(world.admin, `node_templates:\n${nodes}`);
    const id = unique('dep');
    const made = await deploy(world.admin, blueprint, id);
    expect(made.status).toBe(201);
    // As it was before its creation began.
    await inTx(async (ctx) => {
      await execute(ctx, 'DELETE FROM node WHERE deployment_id = (SELECT storage_id FROM deployment WHERE id = $1)', [
        id,
      ]);
      await execute(ctx, 'UPDATE deployment SET workflows = NULL, inputs = NULL WHERE id = $1', [id]);
    });
    expect(await counts(id)).toEqual([0, 0, 0]);
    const executionId = made.body.create_execution as string;

    const rows = world.app.get(DeploymentCreationRepository, { strict: false });
    for (const method of ['insertNodes', 'insertInstances', 'insertDependencies', 'joinGroups'] as const) {
      const lost = new AbortController();
      const original = rows[method].bind(rows) as (...args: unknown[]) => Promise<unknown>;
      Object.defineProperty(rows, method, {
        configurable: true,
        value: async (...args: unknown[]) => {
          await original(...args);
          lost.abort(new Error('The lease was lost.'));
          throw new Error('The worker is gone.');
        },
      });
      await expect(workflow.run(ctx, running(executionId, lost.signal))).rejects.toThrow('The lease was lost.');
      Reflect.deleteProperty(rows, method);
      expect({ method, counts: await counts(id) }).toEqual({ method, counts: [0, 0, 0] });
    }

    const outcomes = await Promise.all([1, 2].map(() => workflow.run(ctx, running(executionId))));
    expect(outcomes).toEqual([{ kind: 'terminated' }, { kind: 'terminated' }]);
    expect(await counts(id)).toEqual([NODES, NODES, 1]);
    expect(await workflow.run(ctx, running(executionId))).toEqual({ kind: 'terminated' });
    expect(await counts(id)).toEqual([NODES, NODES, 1]);
  }, 120_000);
});
