import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Fleet } from '../support/fleet.js';
import type { WireAnswer } from '../support/manager-process.js';
import { processesWith } from '../support/processes.js';

/* Cancel, kill and resume of real scripts, by people, with the processes of a manager (orchestration §3). */

const START_MS = 120_000;
const KILL_LIMIT_MS = 5_000;

/** Leaves processes behind in every way a script knows, and hangs. */
const LEAVES = `#!/bin/bash
trap "" TERM HUP INT
(exec -a "$MARK-background" sleep 600) &
setsid bash -c 'exec -a "$MARK-session" sleep 600' &
(setsid bash -c '(exec -a "$MARK-twice" sleep 600) & disown; exit 0' &)
while :; do bash -c 'trap "" TERM; exec -a "$MARK-stubborn" sleep 600'; done
`;

const PART = '#!/bin/bash\nctx instance runtime-properties deployment.id "$PART"\n';

let fleet: Fleet;
let mark: string;
let count = 0;

beforeAll(async () => {
  fleet = await Fleet.open();
  mark = `mark${randomBytes(8).toString('hex')}`;
  await fleet.startWorker();
  await fleet.upload('chain', chain());
  await fleet.upload('longer', `${chain()}  c: {type: step, properties: {name: c}}\n`);
  await fleet.upload('leaving', LEAVING(), { 'leaves.sh': LEAVES });
  await fleet.upload('whole', WHOLE(), { 'part.sh': PART });
}, START_MS);
afterAll(() => fleet.close(), START_MS);

/** b comes after a, and is tried twice. */
const chain = (): string => `
node_types:
  step:
    derived_from: cloudify.nodes.Root
    properties: {name: {type: string}}
    interfaces:
      cloudify.interfaces.lifecycle:
        create: ${fleet.step('create')}
        heal: ${fleet.step('heal')}
  retried:
    derived_from: step
    interfaces: {cloudify.interfaces.lifecycle: {create: ${fleet.step('create', { more: 'max_retries: 1, retry_interval: 0' })}}}
node_templates:
  a: {type: step, properties: {name: a}}
  b:
    type: retried
    properties: {name: b}
    relationships: [{type: cloudify.relationships.depends_on, target: a}]
`;

const LEAVING = (): string => `
node_templates:
  left:
    type: cloudify.nodes.Root
    interfaces:
      cloudify.interfaces.lifecycle:
        create: {implementation: leaves.sh, inputs: {MARK: ${mark}}}
`;

/** A deployment with another one for its part. */
const WHOLE = (): string => `
inputs: {part: {type: string}}
node_types:
  part:
    derived_from: cloudify.nodes.Component
    interfaces:
      cloudify.interfaces.lifecycle:
        create: {implementation: part.sh, inputs: {PART: {default: {get_input: part}}}}
        configure: ''
        start: ''
  step:
    derived_from: cloudify.nodes.Root
    properties: {name: {type: string}}
    interfaces: {cloudify.interfaces.lifecycle: {create: ${fleet.step('create')}}}
node_templates:
  part: {type: part}
  a: {type: step, properties: {name: a}, relationships: [{type: cloudify.relationships.depends_on, target: part}]}
`;

async function deployed(): Promise<string> {
  count += 1;
  const name = `d${count}`;
  await fleet.deploy('chain', name);
  return name;
}

/** An install whose step is under way, and goes on when it is allowed to. */
async function underWay(node = 'a'): Promise<{ readonly name: string; readonly id: string; readonly key: string }> {
  const name = await deployed();
  const key = `${name}.${node}.create`;
  await fleet.tell('hold', key);
  const id = await fleet.run(name);
  await fleet.written(name, `begin ${node} create 0`);
  return { name, id, key };
}

const shown = ({ status, body }: WireAnswer): unknown[] =>
  status === 200 ? [status, body.status] : [status, body.error_code];
const acted = async (id: string, action: string): Promise<unknown[]> => shown(await fleet.act(id, action));
const ILLEGAL = [400, 'illegal_action_error'];
const CONFLICT = [409, 'conflict_error'];
const ENDED = (workflow: string): object => ({
  status: 'failed',
  error: `The workflow '${workflow}' cannot be resumed`,
});
const WHOLE_RUN = ['begin a create 0', 'end a create', 'begin b create 0', 'end b create'];

describe('an execution that nobody has begun', () => {
  it(
    'is cancelled without a trace of its operations, whatever was asked meanwhile',
    async () => {
      const names = await Promise.all([deployed(), deployed(), deployed(), deployed()]);
      await fleet.stopWorkers();
      const ids = await Promise.all(names.map((name) => fleet.run(name)));
      const [cancelled = '', forced = '', killed = '', all = ''] = ids;
      expect(await acted(cancelled, 'resume')).toEqual(CONFLICT);
      expect(await acted(cancelled, 'requeue')).toEqual(ILLEGAL);
      expect(await acted(cancelled, 'cancel')).toEqual([200, 'cancelling']);
      expect(await acted(forced, 'force-cancel')).toEqual([200, 'force_cancelling']);
      expect(await acted(killed, 'kill')).toEqual([200, 'kill_cancelling']);
      const judged: [string, unknown[]][] = [
        ['cancel', [200, 'cancelling']],
        ['cancel', ILLEGAL],
        ['resume', CONFLICT],
        ['force-resume', CONFLICT],
        ['requeue', ILLEGAL],
        ['force-cancel', [200, 'force_cancelling']],
        ['cancel', ILLEGAL],
        ['force-cancel', ILLEGAL],
        ['resume', CONFLICT],
        ['kill', [200, 'kill_cancelling']],
        ['cancel', ILLEGAL],
        ['force-cancel', ILLEGAL],
        ['kill', [200, 'kill_cancelling']],
      ];
      for (const [action, expected] of judged) expect([action, await acted(all, action)]).toEqual([action, expected]);
      await fleet.startWorker();
      for (const id of ids) expect(await fleet.ended(id)).toMatchObject({ status: 'cancelled', error: '' });
      for (const name of names) expect(await fleet.ledger(name)).toEqual([]);
      expect(await acted(killed, 'resume')).toEqual([200, 'pending']);
      expect(await fleet.ended(killed)).toMatchObject({ status: 'terminated' });
      expect(await fleet.ledger(names[2])).toEqual(WHOLE_RUN);
    },
    START_MS,
  );

  it.each(['cancel', 'force-cancel', 'kill'])('is cancelled at once by %s while it waits', async (action) => {
    const { name, id, key } = await underWay();
    const queued = await fleet.run(name, 'install', { queue: true });
    expect((await fleet.execution(queued)).status).toBe('queued');
    expect(await acted(queued, 'resume')).toEqual(CONFLICT);
    expect(await acted(queued, 'requeue')).toEqual(ILLEGAL);
    const body = { deployment_id: name, workflow_id: 'install', force_status: 'scheduled' };
    const scheduled = (await fleet.expect(201, fleet.ask('/executions', { method: 'POST', body }))).body.id as string;
    for (const each of [queued, scheduled]) {
      expect(await acted(each, action)).toEqual([200, 'cancelled']);
      expect(await fleet.execution(each)).toMatchObject({ started_at: null, ended_at: expect.any(String) });
    }
    await fleet.allow('hold', key);
    expect(await fleet.ended(id)).toMatchObject({ status: 'terminated' });
    expect(await fleet.ledger(name)).toEqual(WHOLE_RUN);
    expect(await fleet.execution(queued)).toMatchObject({ status: 'cancelled' });
  });
});

describe('a cancelled execution', () => {
  it.each([
    ['cancel', 'cancelling'],
    ['force-cancel', 'force_cancelling'],
  ])('by %s leaves what is under way alone, and counts what it answers late', async (action, status) => {
    const { name, id, key } = await underWay();
    expect(await acted(id, action)).toEqual([200, status]);
    expect(await fleet.ended(id)).toMatchObject({ status: 'cancelled', error: '' });
    expect(await fleet.ledger(name)).toEqual(['begin a create 0']);
    await fleet.allow('hold', key);
    await fleet.written(name, 'end a create');
    expect(await acted(id, 'resume')).toEqual([200, 'pending']);
    expect(await fleet.ended(id)).toMatchObject({ status: 'terminated', error: '' });
    expect(await fleet.ledger(name)).toEqual(WHOLE_RUN);
  });

  it('is resumed while its operation is still under way, and waits for that one', async () => {
    const { name, id, key } = await underWay();
    await acted(id, 'cancel');
    await fleet.ended(id);
    expect(await acted(id, 'resume')).toEqual([200, 'pending']);
    await fleet.until('it goes on', async () => ((await fleet.execution(id)).status === 'started' ? true : null));
    // Once more, as for a worker that died: nothing is begun again.
    expect(await acted(id, 'resume')).toEqual([200, 'pending']);
    await fleet.until('it goes on', async () => ((await fleet.execution(id)).status === 'started' ? true : null));
    expect(await acted(id, 'force-resume')).toEqual(CONFLICT);
    expect(await acted(id, 'requeue')).toEqual(ILLEGAL);
    await fleet.allow('hold', key);
    expect(await fleet.ended(id)).toMatchObject({ status: 'terminated' });
    expect(await fleet.ledger(name)).toEqual(WHOLE_RUN);
  });

  it('goes back into the queue, and runs from where it stood', async () => {
    const { name, id, key } = await underWay('b');
    await acted(id, 'cancel');
    await fleet.ended(id);
    await fleet.allow('hold', key);
    expect(await acted(id, 'requeue')).toEqual([200, 'queued']);
    expect(await fleet.ended(id)).toMatchObject({ status: 'terminated' });
    expect(await fleet.ledger(name)).toEqual(WHOLE_RUN);
  });

  it('takes its components with it, and brings them back but for install', async () => {
    const { name: part, id: child, key } = await underWay();
    count += 1;
    const name = `d${count}`;
    await fleet.expect(
      201,
      fleet.ask(`/deployments/${name}`, { method: 'PUT', body: { blueprint_id: 'whole', inputs: { part } } }),
    );
    await fleet.tell('hold', `${name}.a.create`);
    const parent = await fleet.run(name);
    await fleet.written(name, 'begin a create 0');
    expect(await acted(parent, 'cancel')).toEqual([200, 'cancelling']);
    for (const id of [parent, child]) expect(await fleet.ended(id)).toMatchObject({ status: 'cancelled' });
    await Promise.all([fleet.allow('hold', key), fleet.allow('hold', `${name}.a.create`)]);
    expect(await acted(parent, 'resume')).toEqual([200, 'pending']);
    expect(await fleet.ended(parent)).toMatchObject({ status: 'terminated' });
    expect(await fleet.execution(child)).toMatchObject({ status: 'cancelled' });
  });
});

describe('a killed execution', () => {
  it('leaves no process of its operations behind, however they hide', async () => {
    count += 1;
    const name = `d${count}`;
    await fleet.deploy('leaving', name);
    const id = await fleet.run(name);
    const hidden = ['background', 'session', 'twice', 'stubborn'];
    await fleet.until('all processes are there', async () => {
      const found = await Promise.all(hidden.map((each) => processesWith(`${mark}-${each}`)));
      return found.every((each) => each.length > 0) ? true : null;
    });
    const begun = performance.now();
    expect(await acted(id, 'kill')).toEqual([200, 'kill_cancelling']);
    await fleet.until('they are gone', async () => ((await processesWith(`${mark}-`)).length === 0 ? true : null));
    expect(performance.now() - begun).toBeLessThan(KILL_LIMIT_MS);
    expect(await fleet.ended(id)).toMatchObject({ status: 'cancelled', error: '' });
    expect(await processesWith(`${mark}-`)).toEqual([]);
    expect(await acted(id, 'kill')).toEqual([200, 'cancelled']);
  });

  it.each(['resume', 'force-resume'])(
    'begins what was killed anew on %s, and nothing that had ended',
    async (action) => {
      const { name, id, key } = await underWay('b');
      await acted(id, 'kill');
      expect(await fleet.ended(id)).toMatchObject({ status: 'cancelled' });
      await fleet.allow('hold', key);
      expect(await acted(id, action)).toEqual([200, 'pending']);
      expect(await fleet.ended(id)).toMatchObject({ status: 'terminated' });
      expect(await fleet.ledger(name)).toEqual([...WHOLE_RUN.slice(0, 3), ...WHOLE_RUN.slice(2)]);
    },
  );
});

describe('a failed execution', () => {
  it.each(['resume', 'force-resume', 'requeue'])('does again on %s what failed, from its first try', async (action) => {
    const name = await deployed();
    const key = `${name}.b.create`;
    await fleet.tell('fail', key);
    const id = await fleet.run(name);
    const failed = await fleet.ended(id);
    expect(failed).toMatchObject({ status: 'failed', error: expect.stringContaining('exit_code: 3') });
    for (const refused of ['cancel', 'force-cancel']) expect(await acted(id, refused)).toEqual(ILLEGAL);
    const before = [...WHOLE_RUN.slice(0, 3), 'begin b create 1'];
    expect(await fleet.ledger(name)).toEqual(before);
    await fleet.allow('fail', key);
    const status = action === 'requeue' ? 'queued' : 'pending';
    expect(await acted(id, action)).toEqual([200, status]);
    expect(await fleet.ended(id)).toMatchObject({ status: 'terminated', error: '' });
    expect(await fleet.ledger(name)).toEqual([...before, 'begin b create 0', 'end b create']);
    for (const [refused, expected] of [
      ['cancel', ILLEGAL],
      ['force-cancel', ILLEGAL],
      ['resume', CONFLICT],
      ['force-resume', CONFLICT],
      ['requeue', ILLEGAL],
      ['kill', [200, 'terminated']],
    ] as const)
      expect([refused, await acted(id, refused)]).toEqual([refused, expected]);
  });
});

describe('an execution that cannot be resumed', () => {
  it('fails at once when it is a heal', async () => {
    const name = await deployed();
    await fleet.ended(await fleet.run(name));
    const found = await fleet.ask(`/node-instances?deployment_id=${name}&node_id=a&_include=id`);
    const key = `${name}.a.heal`;
    await fleet.tell('hold', key);
    const parameters = { node_instance_id: found.body.items[0].id as string };
    const id = await fleet.run(name, 'heal', { parameters });
    await fleet.written(name, 'begin a heal 0');
    await acted(id, 'cancel');
    expect(await fleet.ended(id)).toMatchObject({ status: 'cancelled' });
    await fleet.allow('hold', key);
    expect(await acted(id, 'resume')).toEqual([200, 'pending']);
    expect(await fleet.ended(id)).toMatchObject(ENDED('heal'));
    expect((await fleet.ledger(name)).filter((line) => line.startsWith('begin a heal'))).toHaveLength(1);
  });

  it('fails at once when it is an update', async () => {
    const name = await deployed();
    await fleet.ended(await fleet.run(name));
    const key = `${name}.c.create`;
    await fleet.tell('fail', key);
    const target = `/deployment-updates/${name}/update/initiate`;
    const begun = await fleet.ask(target, { method: 'POST', body: { blueprint_id: 'longer' } });
    const id = begun.body.execution_id as string;
    expect(await fleet.ended(id)).toMatchObject({ status: 'failed', error: expect.stringContaining('exit_code: 3') });
    await fleet.allow('fail', key);
    expect(await acted(id, 'resume')).toEqual([200, 'pending']);
    expect(await fleet.ended(id)).toMatchObject(ENDED('update'));
    expect(await fleet.ledger(name)).toEqual([...WHOLE_RUN, 'begin c create 0']);
  });
});
