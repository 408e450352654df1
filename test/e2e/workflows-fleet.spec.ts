import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Fleet } from '../support/fleet.js';
import type { WireAnswer } from '../support/manager-process.js';
import { allRows, asSuperuser } from '../support/superuser.js';

/* Two processes that answer and two that work, on one database: nothing is run twice, and limits are kept. */

const EXECUTIONS = 100;
const MOST = 10;
const START_MS = 120_000;
const RUN_MS = 240_000;

let fleet: Fleet;
beforeAll(async () => {
  fleet = await Fleet.open();
  const limit = { method: 'PUT', body: { value: MOST } };
  await fleet.expect(200, fleet.ask('/config/max_concurrent_workflows', limit));
  await Promise.all([fleet.startApi(), fleet.startWorker(), fleet.startWorker()]);
  await fleet.upload(
    'pair',
    `
node_types:
  step:
    derived_from: cloudify.nodes.Root
    properties: {name: {type: string}}
    interfaces:
      cloudify.interfaces.lifecycle:
        create: ${fleet.step('create', { delay: 0.1 })}
        start: ${fleet.step('start')}
node_templates:
  only: {type: step, properties: {name: only}}
`,
  );
}, START_MS);
afterAll(() => fleet.close(), START_MS);

const ORDER = ['begin only create 0', 'end only create', 'begin only start 0', 'end only start'];
const numbered = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${prefix}${n}`);

const shown = ({ status, body }: WireAnswer): string => (status === 201 ? '201' : `${status} ${body.error_code}`);

/** Through both in turn. */
function deployed(names: readonly string[]): Promise<unknown> {
  return Promise.all(names.map((name, place) => fleet.deploy('pair', name, place % 2)));
}

/** The most that had a place at the same time, and how many workers held them, as the database saw it. */
async function watched(work: () => Promise<void>): Promise<{ readonly most: number; readonly workers: number }> {
  return asSuperuser(fleet.database, async (client) => {
    let most = 0;
    const over = new AbortController();
    const workers = new Set<string>();
    const done = work().finally(() => over.abort());
    // Rejects below; until then it must not count as unhandled.
    done.catch(() => undefined);
    while (!over.signal.aborted) {
      const { rows } = await client.query<{ owner: string | null }>(
        `SELECT lease_owner::text AS owner FROM execution WHERE engine = 'graph'
            AND status IN ('pending', 'started', 'cancelling', 'force_cancelling', 'kill_cancelling')`,
      );
      most = Math.max(most, rows.length);
      for (const { owner } of rows) if (owner !== null) workers.add(owner);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await done;
    return { most, workers: workers.size };
  });
}

it(
  `runs ${EXECUTIONS} executions at once, none twice, and no more than ${MOST} at the same time`,
  async () => {
    const names = numbered('d', EXECUTIONS);
    await deployed(names);
    const seen = await watched(async () => {
      const ids = await Promise.all(names.map((name, place) => fleet.run(name, 'install', {}, place % 2)));
      const ends = await Promise.all(ids.map((id) => fleet.ended(id, RUN_MS)));
      expect(ends.map(({ status, error }) => [status, error])).toEqual(ids.map(() => ['terminated', '']));
    });
    expect(seen).toEqual({ most: MOST, workers: 2 });
    const wrong = [];
    for (const name of names) {
      const lines = await fleet.ledger(name);
      if (lines.join() !== ORDER.join()) wrong.push([name, lines]);
    }
    expect(wrong).toEqual([]);
    const [begun] = await allRows<{ times: string }>(
      fleet.database,
      `SELECT count(*)::text AS times FROM event e JOIN execution x ON x.storage_id = e.execution_storage_id
        WHERE x.engine = 'graph' AND e.event_type = 'workflow_started'`,
    );
    expect(begun?.times).toBe(String(EXECUTIONS));
  },
  RUN_MS,
);

it(
  'starts one of two that come for a deployment at the same time, and refuses the other',
  async () => {
    const names = numbered('twice', 6);
    await deployed(names);
    const answers = await Promise.all(
      names.map((name) => Promise.all([fleet.begin(name, 'install', {}, 0), fleet.begin(name, 'install', {}, 1)])),
    );
    for (const pair of answers)
      expect(pair.map(shown).toSorted()).toEqual(['201', '400 existing_running_execution_error']);
    for (const pair of answers) {
      const id = pair.find(({ status }) => status === 201)?.body.id as string;
      expect(await fleet.ended(id)).toMatchObject({ status: 'terminated' });
    }
    for (const name of names) expect(await fleet.ledger(name)).toEqual(ORDER);
  },
  RUN_MS,
);

it(
  'runs two that queue for a deployment one after the other',
  async () => {
    const names = numbered('queue', 4);
    await deployed(names);
    const queue = { queue: true, parameters: { operation: 'cloudify.interfaces.lifecycle.create' } };
    const both = (name: string): Promise<string[]> =>
      Promise.all([0, 1].map((place) => fleet.run(name, 'execute_operation', queue, place)));
    const pairs = await Promise.all(names.map(both));
    for (const pair of pairs) {
      const ends = await Promise.all(pair.map((id) => fleet.ended(id)));
      expect(ends.map(({ status }) => status)).toEqual(['terminated', 'terminated']);
      const [first, second] = ends.toSorted((a, b) => String(a.started_at).localeCompare(String(b.started_at)));
      expect(Date.parse(second?.started_at ?? '')).toBeGreaterThanOrEqual(Date.parse(first?.ended_at ?? ''));
    }
    const once = ORDER.slice(0, 2);
    for (const name of names) expect(await fleet.ledger(name)).toEqual([...once, ...once]);
  },
  RUN_MS,
);
