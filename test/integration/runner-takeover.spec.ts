import type { WorkflowWorker } from '../../src/modules/executions/running/workflow-worker.js';
import { eventually, PlayedDispatch, RunnerWorld } from '../support/runner-world.js';
import { allRows } from '../support/superuser.js';
import { workflowInstance, type NodeShape } from '../support/workflow-world.js';

/* Several workers on one database, and workers that are lost. */

let world: RunnerWorld;
beforeEach(async () => {
  world = await RunnerWorld.create();
});
afterEach(() => world.close());

const NODES: readonly NodeShape[] = [{ name: 'a', operations: ['create', 'start'] }];
const SUCCESS = { kind: 'success', value: null } as const;
let number = 0;

/** One node with two operations. */
async function small(): Promise<{ readonly instance: string; readonly deployment: string }> {
  number += 1;
  const instance = `a_${number}`;
  return { instance, deployment: await world.deployment({ nodes: NODES, instances: [workflowInstance(instance)] }) };
}

/** A worker that dies without a word: it never hears of anything again, and whatever it wants to write is too late. */
function lose(worker: WorkflowWorker): void {
  const hidden = worker as unknown as { timer: NodeJS.Timeout; id: string; look: () => void };
  clearInterval(hidden.timer);
  hidden.look = () => undefined;
}

describe('a worker', () => {
  it('takes over what another one lost: what was under way runs again as such, what ended does not', async () => {
    const [lost, heir] = [new PlayedDispatch(), new PlayedDispatch()];
    const { instance, deployment } = await small();
    const execution = await world.execution(deployment);
    const first = world.startWorker(lost);
    (await lost.next(`${instance}.create`)).answer();
    const start = await lost.next(`${instance}.start`);
    await eventually(async () => ((await states(execution)).includes('start started') ? true : null));
    lose(first);
    await world.expireLease(execution);
    heir.decide = () => SUCCESS;
    world.startWorker(heir);
    expect(await world.until(execution, 'terminated', 'failed')).toMatchObject({ status: 'terminated', finished: 2 });
    expect(heir.ledger).toEqual([`${instance}.start (resumed)`]);
    // The lost one answers at last; nobody wants it any more.
    start.answer({ kind: 'non-recoverable', cause: 'too late' });
    expect((await world.events(execution)).filter((text) => text.includes('too late'))).toEqual([]);
    expect(await world.row(execution)).toMatchObject({ status: 'terminated' });
  });

  it('that is asked to stop lets operations end, and leaves the rest to others', async () => {
    const [leaving, heir] = [new PlayedDispatch(), new PlayedDispatch()];
    const { instance, deployment } = await small();
    const execution = await world.execution(deployment);
    const worker = world.startWorker(leaving);
    const create = await leaving.next(`${instance}.create`);
    const stopping = worker.onModuleDestroy();
    create.answer();
    await stopping;
    expect(await world.row(execution)).toMatchObject({ status: 'started', owner: null });
    expect(leaving.ledger).toEqual([`${instance}.create`]);
    heir.decide = () => SUCCESS;
    world.startWorker(heir);
    await world.until(execution, 'terminated');
    expect(heir.ledger).toEqual([`${instance}.start`]);
  });

  it('that is asked to stop ends what does not end by itself, and does not call that a result', async () => {
    const [leaving, heir] = [new PlayedDispatch(), new PlayedDispatch()];
    const { instance, deployment } = await small();
    const execution = await world.execution(deployment);
    const worker = world.startWorker(leaving);
    const create = await leaving.next(`${instance}.create`);
    await worker.onModuleDestroy();
    expect(create.signal.aborted).toBe(true);
    heir.decide = () => SUCCESS;
    world.startWorker(heir);
    expect(await world.until(execution, 'terminated', 'failed')).toMatchObject({ status: 'terminated' });
    expect(heir.ledger).toEqual([`${instance}.create (resumed)`, `${instance}.start`]);
  });

  it('brings to its end what was being cancelled when its worker was lost, so that it can be resumed', async () => {
    const [lost, heir] = [new PlayedDispatch(), new PlayedDispatch()];
    const { instance, deployment } = await small();
    const execution = await world.execution(deployment);
    const first = world.startWorker(lost);
    await lost.next(`${instance}.create`);
    await eventually(async () => ((await states(execution)).includes('create started') ? true : null));
    lose(first);
    await world.ask(execution, 'kill_cancelling');
    await world.expireLease(execution);
    world.startWorker(heir);
    await world.until(execution, 'cancelled');
    expect(heir.ledger).toEqual([]);
    heir.decide = () => SUCCESS;
    await world.resume(execution);
    await world.until(execution, 'terminated');
    expect(heir.ledger).toEqual([`${instance}.create (resumed)`, `${instance}.start`]);
  });

  it('gives up what lost its worker again and again without getting on', async () => {
    const { deployment } = await small();
    const execution = await world.execution(deployment);
    await allRows(world.database, 'UPDATE execution SET attempts = 10 WHERE storage_id = $1', [execution]);
    world.startWorker();
    expect(await world.until(execution, 'failed')).toMatchObject({ error: expect.stringContaining('given up') });
  });

  it('does not run what it lost the lease of any longer', async () => {
    const { instance, deployment } = await small();
    const execution = await world.execution(deployment);
    world.startWorker();
    const create = await world.dispatch.next(`${instance}.create`);
    await allRows(
      world.database,
      `UPDATE execution SET lease_owner = gen_random_uuid(), lease_until = now() + interval '1 hour' WHERE storage_id = $1`,
      [execution],
    );
    world.wake();
    await eventually(async () => Promise.resolve(create.signal.aborted ? true : null));
    expect(await world.row(execution)).toMatchObject({ status: 'started' });
    expect((await world.events(execution)).at(-1)).toContain('started');
  });
});

describe('two workers', () => {
  it('share 100 executions, none of which runs twice', async () => {
    const dispatches = [new PlayedDispatch(), new PlayedDispatch()];
    for (const dispatch of dispatches) dispatch.decide = () => SUCCESS;
    const made: Awaited<ReturnType<typeof small>>[] = [];
    for (let each = 0; each < 100; each += 1) {
      made.push(await small());
      await world.execution(made.at(-1)?.deployment ?? '');
    }
    for (const dispatch of dispatches) world.startWorker(dispatch);
    const ended = await eventually(async () => {
      const rows = await allRows<{ status: string; count: number }>(
        world.database,
        'SELECT status, count(*)::int AS count FROM execution GROUP BY 1',
      );
      return rows.every(({ status }) => ['terminated', 'failed'].includes(status)) ? rows : null;
    });
    expect(ended).toEqual([{ status: 'terminated', count: 100 }]);
    const ran = dispatches.flatMap(({ ledger }) => ledger);
    expect(ran.toSorted()).toEqual(
      made.flatMap(({ instance }) => [`${instance}.create`, `${instance}.start`]).toSorted(),
    );
    expect(dispatches.every(({ ledger }) => ledger.length > 0)).toBe(true);
  });
});

async function states(execution: string): Promise<string[]> {
  const rows = await allRows<{ text: string }>(
    world.database,
    `SELECT regexp_replace(o.name, '.*\\.', '') || ' ' || o.state AS text
       FROM operation o JOIN tasks_graph g ON g.storage_id = o.graph_id WHERE g.execution_id = $1`,
    [execution],
  );
  return rows.map(({ text }) => text);
}
