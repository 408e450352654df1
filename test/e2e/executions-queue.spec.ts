import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../support/app.js';
import { DeployedWorld, type WorkflowOfTest } from '../support/deployed.js';
import { allRows } from '../support/superuser.js';
import type { Member } from '../support/world.js';

let api: TestApp;
let worker: TestApp | null = null;
let ada: Member;
let deployed: DeployedWorld;

beforeAll(async () => {
  api = await createTestApp({ config: { role: 'api' } });
  deployed = new DeployedWorld(api);
  ada = await (await api.world.tenant()).member('user');
});
afterAll(async () => {
  await worker?.app.close();
  await api.close();
});

const start = async (deployment: string, body: object = {}): Promise<string> =>
  (await ada.client.post('/executions', { deployment_id: deployment, workflow_id: 'install', ...body })).body.id;
const patch = (id: string, status: string): Promise<unknown> => ada.client.patch(`/executions/${id}`, { status });
const show = async (id: string): Promise<Record<string, unknown>> =>
  (await ada.client.get(`/executions/${id}`)).body as Record<string, unknown>;

/** Waits until the execution has left the queue. */
async function left(id: string): Promise<Record<string, unknown>> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const seen = await show(id);
    if (seen['status'] !== 'queued' || Date.now() > deadline) return seen;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

interface Blocked {
  readonly deployment: string;
  readonly first: string;
  readonly second: string;
}

async function blocked(workflow: WorkflowOfTest, states: readonly string[] = []): Promise<Blocked> {
  const deployment = await deployed.deployment(ada, { workflows: [workflow], states });
  const first = await start(deployment);
  const second = await start(deployment, { queue: true });
  expect((await show(second))['status']).toBe('queued');
  return { deployment, first, second };
}

describe('what waits in the queue', () => {
  it('runs once there is room, judged anew; what cannot start has failed, with the reason', async () => {
    const fine = await blocked({ name: 'install' });
    const unavailable = await blocked({ name: 'install', availability_rules: { node_instances_active: ['none'] } }, [
      'uninitialized',
    ]);
    const renamed = await blocked({ name: 'install' });
    const busy = await blocked({ name: 'install' });
    await allRows(api.database, `UPDATE node_instance SET state = 'started'`);
    await allRows(api.database, `UPDATE deployment SET workflows = '[]' WHERE id = $1`, [renamed.deployment]);
    for (const { first } of [fine, unavailable, renamed]) await patch(first, 'terminated');
    // Whoever is active keeps its deployment: this one is told apart from those that left.
    await allRows(api.database, `UPDATE execution SET engine = 'none' WHERE id = $1`, [busy.first]);

    worker = await createTestApp({ config: { role: 'worker' }, from: api });
    expect((await left(fine.second))['error'] ?? '').not.toContain('dequeueing');
    expect(await left(unavailable.second)).toMatchObject({
      status: 'failed',
      error: expect.stringMatching(/^Error dequeueing execution: Workflow not available/),
      ended_at: expect.any(String),
    });
    expect(await left(renamed.second)).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('does not exist in deployment'),
    });
    expect((await show(busy.second))['status']).toBe('queued');

    await patch(busy.first, 'cancelled');
    expect((await left(busy.second))['status']).not.toBe('queued');
  });
});
