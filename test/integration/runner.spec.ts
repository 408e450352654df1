import { workflowInstance, type NodeShape } from '../support/workflow-world.js';
import { eventually, RunnerWorld, type Sketch } from '../support/runner-world.js';
import { allRows } from '../support/superuser.js';

/* One execution at a time: what it does, what it leaves, and how it ends. */

let world: RunnerWorld;
beforeAll(async () => {
  world = await RunnerWorld.create();
});
beforeEach(() => {
  world.dispatch.decide = null;
  world.dispatch.sent.length = 0;
  world.dispatch.ledger.length = 0;
  world.runtime.refuse = null;
  world.runtime.secrets = [];
  world.taskRetries = 0;
});
afterEach(() => world.stopWorkers());
afterAll(() => world.close());

let number = 0;
/** A web server on a database, with operations create and start. */
function pair(): Sketch & { readonly db: string; readonly web: string } {
  number += 1;
  const [db, web] = [`db_${number}`, `web_${number}`];
  const nodes: NodeShape[] = [
    { name: 'db', operations: ['create', 'start', 'stop'] },
    { name: 'web', operations: ['create', 'start', 'stop'], links: [{ to: 'db' }] },
  ];
  return { nodes, instances: [workflowInstance(db), workflowInstance(web, [db])], db, web };
}

describe('an execution', () => {
  it('installs what it is about in order, and leaves its traces', async () => {
    const sketch = pair();
    const deployment = await world.deployment(sketch);
    const execution = await world.execution(deployment);
    world.dispatch.decide = (sent) => {
      sent.started();
      return { kind: 'success', value: 'done' };
    };
    world.startWorker();
    expect(await world.until(execution, 'terminated', 'failed')).toMatchObject({
      status: 'terminated',
      error: '',
      total: 4,
      finished: 4,
      owner: null,
    });
    const { db, web } = sketch;
    expect(world.dispatch.ledger).toEqual([`${db}.create`, `${db}.start`, `${web}.create`, `${web}.start`]);
    expect(await world.states(deployment)).toEqual({ [db]: 'started', [web]: 'started' });
    const events = await world.events(execution);
    expect(events[0]).toBe("Starting 'install' workflow execution");
    expect(events.at(-1)).toBe("'install' workflow execution succeeded");
    expect(events).toEqual(
      expect.arrayContaining([
        "Sending task 'p.cloudify.interfaces.lifecycle.create'",
        "Task started 'p.cloudify.interfaces.lifecycle.create'",
        "Task succeeded 'p.cloudify.interfaces.lifecycle.create' - done",
        `Subgraph started 'install_${web}'`,
        `Subgraph succeeded 'install_${web}'`,
      ]),
    );
    const operations = await allRows<{ type: string; state: string; count: number }>(
      world.database,
      `SELECT o.type, o.state, count(*)::int AS count FROM operation o JOIN tasks_graph g ON g.storage_id = o.graph_id
        WHERE g.execution_id = $1 GROUP BY 1, 2 ORDER BY 1`,
      [execution],
    );
    expect(operations).toEqual([
      { type: 'RemoteWorkflowTask', state: 'succeeded', count: 4 },
      { type: 'SubgraphTask', state: 'succeeded', count: 2 },
    ]);
    expect(world.warnings).toEqual([]);
  });

  it('fails with the task, the node instance, the operation and the cause', async () => {
    const sketch = pair();
    const execution = await world.execution(await world.deployment(sketch));
    world.dispatch.decide = ({ name }) =>
      name === `${sketch.db}.start` ? { kind: 'non-recoverable', cause: 'no disk' } : { kind: 'success', value: null };
    world.startWorker();
    const { status, error } = await world.until(execution, 'terminated', 'failed');
    expect({ status, error }).toEqual({
      status: 'failed',
      error: expect.stringContaining(
        `node instance '${sketch.db}', operation 'cloudify.interfaces.lifecycle.start' -> no disk`,
      ),
    });
    const events = await world.events(execution);
    expect(events).toContain("Task failed 'p.cloudify.interfaces.lifecycle.start' -> no disk");
    expect(events.at(-1)).toBe(`'install' workflow execution failed: ${error}`);
    expect(world.dispatch.ledger).not.toContain(`${sketch.web}.create`);
  });

  it('retries as a new operation, and tells which try it is', async () => {
    const sketch = pair();
    world.taskRetries = 2;
    const execution = await world.execution(await world.deployment(sketch));
    const retries: number[] = [];
    world.dispatch.decide = ({ name, request }) => {
      if (name !== `${sketch.db}.create`) return { kind: 'success', value: null };
      retries.push(request.operation.retryNumber);
      return retries.length < 3 ? { kind: 'recoverable', cause: 'busy', after: 0 } : { kind: 'success', value: null };
    };
    world.startWorker();
    expect(await world.until(execution, 'terminated', 'failed')).toMatchObject({ status: 'terminated', total: 6 });
    expect(retries).toEqual([0, 1, 2]);
    expect(await world.events(execution)).toEqual(
      expect.arrayContaining([
        "Task failed 'p.cloudify.interfaces.lifecycle.create' -> busy [retry 1/2]",
        "Task succeeded 'p.cloudify.interfaces.lifecycle.create' [retry 2/2]",
      ]),
    );
  });

  it('gives a refused operation as failed, and hides secrets in what it tells', async () => {
    const sketch = pair();
    world.runtime.secrets = ['hunter2hunter2'];
    const execution = await world.execution(await world.deployment(sketch));
    world.dispatch.decide = async ({ host, name }) => {
      await host.log('info', 'script', 'the password is hunter2hunter2');
      return name.endsWith('.create')
        ? { kind: 'success', value: { given: 'hunter2hunter2' } }
        : { kind: 'non-recoverable', cause: 'hunter2hunter2 was refused' };
    };
    world.startWorker();
    await world.until(execution, 'failed');
    const rows = await allRows<{ text: string }>(
      world.database,
      `SELECT message AS text FROM event WHERE execution_storage_id = $1
       UNION ALL SELECT error FROM execution WHERE storage_id = $1
       UNION ALL SELECT c.content::text FROM tasks_graph_chunk c JOIN tasks_graph g ON g.storage_id = c.graph_id WHERE g.execution_id = $1
       UNION ALL SELECT g.progress::text FROM tasks_graph g WHERE g.execution_id = $1
       UNION ALL SELECT o.parameters::text FROM operation o JOIN tasks_graph g ON g.storage_id = o.graph_id WHERE g.execution_id = $1
       UNION ALL SELECT phases::text FROM execution WHERE storage_id = $1`,
      [execution],
    );
    const all = rows.map(({ text }) => text).join('\n');
    expect(all).toContain('the password is ********');
    expect(all).not.toContain('hunter2hunter2');
  });

  it('tells of an error however large and odd it is', async () => {
    const sketch = pair();
    const execution = await world.execution(await world.deployment(sketch));
    const cause = `\0 \ud800 ${'x"'.repeat(500_000)}`;
    world.dispatch.decide = () => ({ kind: 'non-recoverable', cause });
    world.startWorker();
    const { error } = await world.until(execution, 'failed');
    expect(error).toContain('<NUL> \ufffd xx'.replace('xx', 'x"x"'));
    const [event] = await allRows<{ size: number; causes: readonly { readonly message: string }[] }>(
      world.database,
      `SELECT length(message) AS size, error_causes AS causes FROM event
        WHERE execution_storage_id = $1 AND event_type = 'task_failed' AND operation IS NOT NULL`,
      [execution],
    );
    expect(event?.size).toBeLessThan(70_000);
    expect(event?.causes[0]?.message.slice(0, 10)).toBe('<NUL> \ufffd x"');
  });

  it('in a dry run sends nothing, writes no state and no graph, and says so', async () => {
    const sketch = pair();
    const deployment = await world.deployment(sketch);
    const execution = await world.execution(deployment, { dryRun: true });
    world.startWorker();
    await world.until(execution, 'terminated', 'failed');
    expect(world.dispatch.ledger).toEqual([]);
    expect(new Set(Object.values(await world.states(deployment)))).toEqual(new Set(['uninitialized']));
    expect(await allRows(world.database, 'SELECT 1 FROM tasks_graph WHERE execution_id = $1', [execution])).toEqual([]);
    const events = await world.events(execution);
    expect(events).toContain("Sending task 'p.cloudify.interfaces.lifecycle.create' (dry run)");
    expect(events.filter((text) => !text.endsWith(' (dry run)'))).toEqual([]);
  });

  it('of a workflow that is not built in fails, and says what is missing', async () => {
    const execution = await world.execution(await world.deployment(pair()), { workflow: 'mine', mapping: 'mine.run' });
    world.startWorker();
    expect(await world.until(execution, 'terminated', 'failed')).toMatchObject({
      status: 'failed',
      error: expect.stringContaining("runs 'mine.run', which is not built in"),
    });
  });

  it('keeps the lines of an operation in order, before its end', async () => {
    const sketch = pair();
    const execution = await world.execution(await world.deployment(sketch));
    world.dispatch.decide = async ({ host, name }) => {
      if (name === `${sketch.db}.create`)
        for (let line = 0; line < 5_000; line += 1) await host.log('info', 's', `line ${line}`);
      return { kind: 'success', value: null };
    };
    world.startWorker();
    await world.until(execution, 'terminated');
    const events = await world.events(execution);
    const lines = events.filter((text) => text.startsWith('line '));
    expect(lines).toEqual(Array.from({ length: 5_000 }, (_line, index) => `line ${index}`));
    const end = events.findIndex((text) => text.startsWith('Task succeeded'));
    expect(end).toBeGreaterThan(events.indexOf('line 4999'));
  });
});

describe('a cancelled execution', () => {
  it('launches nothing more, does not wait, and keeps what comes late for a resume', async () => {
    const sketch = pair();
    const execution = await world.execution(await world.deployment(sketch));
    world.startWorker();
    const create = await world.dispatch.next(`${sketch.db}.create`);
    await world.ask(execution, 'cancelling');
    expect(await world.until(execution, 'cancelled')).toMatchObject({ owner: null, tail: expect.any(String) });
    expect((await world.events(execution)).at(-1)).toBe("'install' workflow execution cancelled");
    expect(create.signal.aborted).toBe(false);
    create.answer({ kind: 'success', value: null });
    await eventually(async () => ((await world.row(execution)).tail === null ? true : null));
    await world.resume(execution);
    const start = await world.dispatch.next(`${sketch.db}.start`);
    expect(world.dispatch.ledger).toEqual([`${sketch.db}.create`, `${sketch.db}.start`]);
    world.dispatch.decide = () => ({ kind: 'success', value: null });
    start.answer();
    await world.until(execution, 'terminated');
    expect(await world.events(execution)).toContain("Resuming 'install' workflow execution");
  });

  it('that is resumed while an operation of it runs waits for that one', async () => {
    const sketch = pair();
    const execution = await world.execution(await world.deployment(sketch));
    world.startWorker();
    const create = await world.dispatch.next(`${sketch.db}.create`);
    await world.ask(execution, 'force_cancelling');
    await world.until(execution, 'cancelled');
    await world.resume(execution);
    await world.until(execution, 'started');
    world.dispatch.decide = () => ({ kind: 'success', value: null });
    create.answer();
    await world.until(execution, 'terminated');
    const { db, web } = sketch;
    expect(world.dispatch.ledger).toEqual([`${db}.create`, `${db}.start`, `${web}.create`, `${web}.start`]);
  });

  it('by a kill ends when its operations are gone, and a resume asks whether they may run again', async () => {
    const sketch = pair();
    const execution = await world.execution(await world.deployment(sketch));
    world.startWorker();
    const create = await world.dispatch.next(`${sketch.db}.create`);
    await world.ask(execution, 'kill_cancelling');
    await world.until(execution, 'cancelled');
    expect(create.signal.aborted).toBe(true);
    world.dispatch.decide = () => ({ kind: 'success', value: null });
    await world.resume(execution);
    await world.until(execution, 'terminated');
    expect(world.dispatch.ledger.slice(0, 2)).toEqual([`${sketch.db}.create`, `${sketch.db}.create (resumed)`]);
  });

  it('by a kill, then forced, begins its operation anew', async () => {
    const sketch = pair();
    const execution = await world.execution(await world.deployment(sketch));
    world.startWorker();
    await world.dispatch.next(`${sketch.db}.create`);
    await world.ask(execution, 'kill_cancelling');
    await world.until(execution, 'cancelled');
    world.dispatch.decide = () => ({ kind: 'success', value: null });
    await world.resume(execution, true);
    await world.until(execution, 'terminated');
    expect(world.dispatch.ledger.slice(0, 2)).toEqual([`${sketch.db}.create`, `${sketch.db}.create`]);
  });
});

describe('a failed execution', () => {
  it('that is resumed does again what failed, and nothing that succeeded', async () => {
    const sketch = pair();
    const { web } = sketch;
    const execution = await world.execution(await world.deployment(sketch));
    world.dispatch.decide = ({ name }) =>
      name === `${web}.create` ? { kind: 'non-recoverable', cause: 'no' } : { kind: 'success', value: null };
    world.startWorker();
    await world.until(execution, 'failed');
    world.dispatch.ledger.length = 0;
    world.dispatch.decide = () => ({ kind: 'success', value: null });
    await world.resume(execution);
    expect(await world.until(execution, 'terminated', 'failed')).toMatchObject({ status: 'terminated', error: '' });
    expect(world.dispatch.ledger).toEqual([`${web}.create`, `${web}.start`]);
  });

  it('of a workflow that cannot be resumed fails at once', async () => {
    const execution = await world.execution(await world.deployment(pair()), {
      workflow: 'heal',
      mapping: 'default_workflows.cloudify.plugins.workflows.auto_heal_reinstall_node_subgraph',
    });
    await world.ask(execution, 'cancelled');
    await world.resume(execution);
    world.startWorker();
    expect(await world.until(execution, 'failed')).toMatchObject({
      error: expect.stringContaining('cannot be resumed'),
    });
  });
});

describe('an execution of several steps', () => {
  it('counts the operations of all its graphs, and goes on from graph to graph', async () => {
    const sketch = pair();
    const { db, web } = sketch;
    const deployment = await world.deployment(sketch);
    world.dispatch.decide = () => ({ kind: 'success', value: null });
    world.startWorker();
    await world.until(await world.execution(deployment), 'terminated');
    world.dispatch.ledger.length = 0;
    const execution = await world.execution(deployment, { workflow: 'reinstall' });
    expect(await world.until(execution, 'terminated', 'failed')).toMatchObject({
      status: 'terminated',
      total: 6,
      finished: 6,
    });
    expect(world.dispatch.ledger).toEqual([
      `${web}.stop`,
      `${db}.stop`,
      `${db}.create`,
      `${db}.start`,
      `${web}.create`,
      `${web}.start`,
    ]);
    const graphs = await allRows<{ name: string }>(
      world.database,
      'SELECT name FROM tasks_graph WHERE execution_id = $1 ORDER BY storage_id',
      [execution],
    );
    expect(graphs.map(({ name }) => name)).toEqual(['reinstall-uninstall', 'reinstall-install']);
  });

  it('makes an instance anew whose installation is retried as a whole, by the state of now', async () => {
    const sketch = pair();
    const { db, web } = sketch;
    world.subgraphRetries = 1;
    const execution = await world.execution(await world.deployment(sketch));
    let failures = 0;
    world.dispatch.decide = ({ name }) => {
      if (name !== `${db}.start` || failures > 0) return { kind: 'success', value: null };
      failures += 1;
      return { kind: 'non-recoverable', cause: 'no' };
    };
    world.startWorker();
    expect(await world.until(execution, 'terminated', 'failed')).toMatchObject({ status: 'terminated' });
    world.subgraphRetries = 0;
    const again = [`${db}.create`, `${db}.start`, `${db}.stop`, `${db}.create`, `${db}.start`];
    expect(world.dispatch.ledger).toEqual([...again, `${web}.create`, `${web}.start`]);
    expect(await world.events(execution)).toContain('Retrying to install node instance');
    const rows = await allRows<{ state: string; count: number }>(
      world.database,
      `SELECT o.state, count(*)::int AS count FROM operation o JOIN tasks_graph g ON g.storage_id = o.graph_id
        WHERE g.execution_id = $1 AND o.type = 'RemoteWorkflowTask' GROUP BY 1 ORDER BY 1`,
      [execution],
    );
    expect(rows).toEqual([
      { state: 'failed', count: 1 },
      { state: 'succeeded', count: 6 },
    ]);
  });

  it('fails when the time after a failure is over, and keeps what still comes for a resume', async () => {
    number += 1;
    const [slow, broken] = [`slow_${number}`, `broken_${number}`];
    const nodes: NodeShape[] = [
      { name: 'slow', operations: ['create', 'start'] },
      { name: 'broken', operations: ['create'] },
    ];
    const deployment = await world.deployment({ nodes, instances: [workflowInstance(slow), workflowInstance(broken)] });
    const execution = await world.execution(deployment, { waitAfterFail: 1 });
    world.startWorker();
    const create = await world.dispatch.next(`${slow}.create`);
    (await world.dispatch.next(`${broken}.create`)).answer({ kind: 'non-recoverable', cause: 'no' });
    expect(await world.until(execution, 'failed')).toMatchObject({ tail: expect.any(String) });
    create.answer();
    await eventually(async () => ((await world.row(execution)).tail === null ? true : null));
    world.dispatch.ledger.length = 0;
    world.dispatch.decide = () => ({ kind: 'success', value: null });
    await world.resume(execution);
    await world.until(execution, 'terminated');
    expect(world.dispatch.ledger.toSorted()).toEqual([`${broken}.create`, `${slow}.start`]);
  });
});
