import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { ExecutionQueueRepository } from '../../src/modules/executions/queue/execution-queue.repository.js';
import { systemCtx, systemTenantCtx } from '../../src/platform/context/ctx.js';
import { createAppDataSource } from '../../src/platform/database/data-source.js';
import { execute } from '../../src/platform/database/tx.js';
import { UnitOfWork } from '../../src/platform/database/unit-of-work.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { allRows, asSuperuser } from '../support/superuser.js';

const [BLUE, GREEN] = [
  { id: 1, name: 'blue' },
  { id: 2, name: 'green' },
];

let database: TestDatabase;
let dataSource: DataSource;
let unitOfWork: UnitOfWork;
const queue = new ExecutionQueueRepository();

beforeAll(async () => {
  database = await createTestDatabase();
  await asSuperuser(database, (client) =>
    client.query(`
      INSERT INTO role (id, name, type) OVERRIDING SYSTEM VALUE VALUES (900, 'someone', 'system_role');
      INSERT INTO user_account (id, username, username_key, role_id) VALUES (0, 'admin', 'admin', 900);
      INSERT INTO tenant (id, name, rabbitmq_username, rabbitmq_vhost) VALUES (1, 'blue', 'b', 'b'), (2, 'green', 'g', 'g');
      INSERT INTO system_state DEFAULT VALUES ON CONFLICT DO NOTHING;
      INSERT INTO blueprint (storage_id, id, tenant_id, creator_id, visibility, state, files_key, created_at, updated_at)
        OVERRIDING SYSTEM VALUE VALUES (1, 'bp', 1, 0, 'tenant', 'uploaded', gen_random_uuid(), now(), now());`),
  );
  dataSource = createAppDataSource({
    connection: database.app,
    entities: [],
    poolSize: 10,
    log: { info: () => undefined, warn: () => undefined },
  });
  await dataSource.initialize();
  unitOfWork = new UnitOfWork(dataSource);
});
beforeEach(() =>
  sql(`DELETE FROM execution; DELETE FROM execution_group; DELETE FROM deployment;
       UPDATE system_state SET maintenance_status = 'deactivated'`),
);
afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

const sql = (text: string): Promise<unknown> => asSuperuser(database, (client) => client.query(text));

interface Row {
  readonly status?: string;
  readonly tenant?: number;
  /** A deployment of its own unless said. */
  readonly deployment?: string;
  readonly group?: number;
  readonly system?: boolean;
  readonly forced?: boolean;
  readonly engine?: string;
}

let second = 0;

async function execution(id: string, row: Row = {}): Promise<void> {
  second += 1;
  const tenant = row.tenant ?? BLUE.id;
  const name = row.deployment ?? `dep-${id}`;
  await asSuperuser(database, async (client) => {
    await client.query(
      `INSERT INTO deployment (id, tenant_id, creator_id, visibility, display_name, blueprint_id, files_key, created_at, updated_at)
       VALUES ($1, $2, 0, 'tenant', $1, 1, gen_random_uuid(), now(), now()) ON CONFLICT DO NOTHING`,
      [name, tenant],
    );
    await client.query(
      `INSERT INTO execution (id, tenant_id, creator_id, visibility, workflow_id, status, engine, deployment_id,
         execution_group_id, is_system_workflow, is_forced, created_at)
       SELECT $1, $2, 0, 'tenant', 'install', $3, $4, d.storage_id, $5, $6, $7, '2026-01-01T00:00:00Z'::timestamptz + make_interval(secs => $8)
         FROM deployment d WHERE d.tenant_id = $2 AND d.id = $9`,
      [
        id,
        tenant,
        row.status ?? 'queued',
        row.engine ?? 'graph',
        row.group ?? null,
        row.system ?? false,
        row.forced ?? false,
        second,
        name,
      ],
    );
  });
}

async function group(concurrency: number): Promise<number> {
  const [row] = await allRows<{ id: string }>(
    database,
    `INSERT INTO execution_group (id, tenant_id, creator_id, visibility, workflow_id, concurrency, created_at)
     VALUES ($1, 1, 0, 'tenant', 'install', $2, now()) RETURNING storage_id AS id`,
    [randomUUID(), concurrency],
  );
  return Number(row?.id);
}

async function promote({ most = 20, batch = 5, leaseMs = 60_000, promoter = randomUUID() } = {}): Promise<string[]> {
  const promoted = await unitOfWork.run(systemCtx('test'), (ctx) =>
    queue.promote(ctx, promoter, { leaseMs, most, batch }),
  );
  return promoted.map(({ id }) => id).toSorted();
}

describe('the queue of workflows', () => {
  it('lets the oldest go first, of whatever tenant, a batch at a time', async () => {
    await execution('a');
    await execution('b', { tenant: GREEN.id });
    await execution('c');
    expect(await promote({ batch: 2 })).toEqual(['a', 'b']);
    expect(await promote({ batch: 2 })).toEqual(['c']);
    expect(await promote()).toEqual([]);
  });

  it('keeps the limit, those that are leaving counted', async () => {
    await execution('runs', { status: 'started' });
    await execution('pends', { status: 'pending' });
    for (const id of ['a', 'b', 'c']) await execution(id);
    expect(await promote({ most: 3 })).toEqual(['a']);
    expect(await promote({ most: 3 })).toEqual([]);
    expect(await promote({ most: 4 })).toEqual(['b']);
  });

  it('gives a place again when whoever judged it was lost', async () => {
    await execution('a');
    expect(await promote({ leaseMs: 0 })).toEqual(['a']);
    expect(await promote()).toEqual(['a']);
  });

  it('runs one of a deployment at a time, in their order, but for those that were forced', async () => {
    await execution('runs', { status: 'cancelling', deployment: 'busy' });
    await execution('waits', { deployment: 'busy' });
    await execution('first', { deployment: 'free' });
    await execution('second', { deployment: 'free' });
    await execution('forced', { deployment: 'busy', forced: true });
    expect(await promote()).toEqual(['first', 'forced']);
  });

  it.each([
    [0, []],
    [1, []],
    [2, ['a']],
    [3, ['a', 'b']],
  ])('keeps a group at its concurrency: %i', async (concurrency, expected) => {
    const id = await group(concurrency);
    await execution('runs', { status: 'started', group: id });
    for (const one of ['a', 'b']) await execution(one, { group: id });
    expect(await promote()).toEqual(expected);
  });

  it('does not let what cannot run take the place of what can', async () => {
    const paused = await group(0);
    for (let n = 0; n < 8; n += 1) await execution(`paused-${n}`, { group: paused });
    await execution('free');
    expect(await promote({ batch: 2 })).toEqual(['free']);
  });

  it('lets one that concerns the whole system run alone', async () => {
    await execution('runs', { status: 'started' });
    await execution('a');
    await execution('snapshot', { system: true, engine: 'system' });
    expect(await promote()).toEqual([]);
    await sql(`UPDATE execution SET status = 'terminated' WHERE id = 'runs'`);
    expect(await promote()).toEqual(['snapshot']);
    expect(await promote()).toEqual([]);
    await sql(`UPDATE execution SET status = 'terminated', lease_until = NULL WHERE id = 'snapshot'`);
    expect(await promote()).toEqual(['a']);
  });

  it('leaves alone what was restored from elsewhere', async () => {
    await execution('record', { engine: 'none' });
    expect(await promote()).toEqual([]);
  });

  it.each(['activating', 'activated'])('stands still while maintenance mode is %s', async (status) => {
    await execution('a');
    await sql(`UPDATE system_state SET maintenance_status = '${status}'`);
    expect(await promote()).toEqual([]);
  });

  it('gives each place away once, however many ask at the same time', async () => {
    const id = await group(4);
    for (let n = 0; n < 30; n += 1) {
      await execution(`e-${String(n).padStart(2, '0')}`, {
        tenant: n % 3 === 0 ? GREEN.id : BLUE.id,
        ...(n % 3 === 1 ? { group: id } : {}),
      });
    }
    const batches = await Promise.all(Array.from({ length: 8 }, () => promote({ most: 14 })));
    const all = batches.flat();
    expect(all).toHaveLength(14);
    expect(new Set(all).size).toBe(14);
    expect(all.filter((one) => Number(one.slice(2)) % 3 === 1)).toHaveLength(4);

    // As places become free, everything runs in the end: nothing is lost, nothing runs twice.
    const ran = new Set(all);
    for (let round = 0; round < 10; round += 1) {
      await sql(`UPDATE execution SET status = 'terminated', lease_until = NULL WHERE lease_until IS NOT NULL`);
      for (const one of (await Promise.all([promote({ most: 14 }), promote({ most: 14 })])).flat()) {
        expect(ran.has(one)).toBe(false);
        ran.add(one);
      }
    }
    expect(ran.size).toBe(30);
  });
});

const facts = (deployment: string | null, itself: string | null = null) =>
  unitOfWork.run(systemTenantCtx('test', BLUE), (ctx) => queue.facts(ctx, deployment, itself));
const idOf = async (table: string, id: string): Promise<string> =>
  (await allRows<{ id: string }>(database, `SELECT storage_id AS id FROM ${table} WHERE id = $1`, [id]))[0]?.id ?? '';

describe('the facts by which a start is judged', () => {
  it('look over all tenants, and at the deployment without the execution itself', async () => {
    await execution('a', { status: 'started', deployment: 'one' });
    await execution('b', { status: 'started', tenant: GREEN.id });
    await execution('upload', { status: 'started', engine: 'system' });
    await execution('q', { deployment: 'two' });
    const [one, two] = [await idOf('deployment', 'one'), await idOf('deployment', 'two')];
    expect(await facts(one)).toEqual({
      systemWide: false,
      active: 2,
      deploymentActive: true,
      deploymentQueued: false,
    });
    expect(await facts(one, await idOf('execution', 'a'))).toMatchObject({ active: 1, deploymentActive: false });
    expect(await facts(two)).toMatchObject({ deploymentActive: false, deploymentQueued: true });
    await execution('snapshot', { status: 'queued', system: true, engine: 'system' });
    expect((await facts(null)).systemWide).toBe(true);
  });

  it('are asked by one at a time: who comes second sees what the first one wrote', async () => {
    await execution('seed', { status: 'terminated', deployment: 'one' });
    const one = await idOf('deployment', 'one');
    const entered = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const first = unitOfWork.run(systemTenantCtx('test', BLUE), async (ctx) => {
      const seen = await queue.facts(ctx, one, null);
      entered.resolve();
      await goOn.promise;
      await execute(
        ctx,
        `INSERT INTO execution (id, tenant_id, creator_id, visibility, workflow_id, status, engine, deployment_id)
         VALUES ('late', 1, 0, 'tenant', 'install', 'pending', 'graph', $1)`,
        [one],
      );
      return seen;
    });
    await entered.promise;
    const next = facts(one);
    goOn.resolve();
    expect([(await first).deploymentActive, (await next).deploymentActive]).toEqual([false, true]);
  });
});
