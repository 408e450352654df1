import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { ExecutionsRepository } from '../../src/modules/executions/executions.repository.js';
import { systemCtx, systemTenantCtx } from '../../src/platform/context/ctx.js';
import { createAppDataSource } from '../../src/platform/database/data-source.js';
import { UnitOfWork } from '../../src/platform/database/unit-of-work.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { asSuperuser } from '../support/superuser.js';

const [BLUE, GREEN] = [
  { id: 1, name: 'blue' },
  { id: 2, name: 'green' },
];
const LEASE_MS = 60_000;

let database: TestDatabase;
let dataSource: DataSource;
let unitOfWork: UnitOfWork;
const repository = new ExecutionsRepository();

beforeAll(async () => {
  database = await createTestDatabase();
  await asSuperuser(database, (client) =>
    client.query(`
      INSERT INTO role (id, name, type) OVERRIDING SYSTEM VALUE VALUES (900, 'someone', 'system_role');
      INSERT INTO user_account (id, username, username_key, role_id) VALUES (0, 'admin', 'admin', 900);
      INSERT INTO tenant (id, name, rabbitmq_username, rabbitmq_vhost) VALUES (1, 'blue', 'b', 'b'), (2, 'green', 'g', 'g');`),
  );
  dataSource = createAppDataSource({
    connection: database.app,
    entities: [],
    poolSize: 6,
    log: { info: () => undefined, warn: () => undefined },
  });
  await dataSource.initialize();
  unitOfWork = new UnitOfWork(dataSource);
});
afterEach(() => asSuperuser(database, (client) => client.query('DELETE FROM execution')));
afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

async function queue(tenant: typeof BLUE, id: string, second: number, workflowId = 'upload_blueprint'): Promise<void> {
  await unitOfWork.run(systemTenantCtx('test', tenant), (ctx) =>
    repository.insert(ctx, {
      id,
      workflowId,
      parameters: {},
      visibility: 'tenant',
      createdAt: new Date(1_760_000_000_000 + second * 1000),
    }),
  );
}

async function take(worker: string, mostOfOne = 3): Promise<string | null> {
  const taken = await unitOfWork.run(systemCtx('test'), (ctx) =>
    repository.take(ctx, worker, LEASE_MS, { workflowIds: ['upload_blueprint'], mostOfOne }),
  );
  return taken?.id ?? null;
}

async function takenBy(worker: string, times: number, mostOfOne?: number): Promise<(string | null)[]> {
  const ids: (string | null)[] = [];
  for (let time = 0; time < times; time += 1) ids.push(await take(worker, mostOfOne));
  return ids;
}

describe('the queue of executions', () => {
  it('serves the tenant for which least is done, then the oldest', async () => {
    for (let n = 0; n < 4; n += 1) await queue(BLUE, `blue-${n}`, n);
    for (let n = 0; n < 2; n += 1) await queue(GREEN, `green-${n}`, 10 + n);
    expect(await takenBy(randomUUID(), 5)).toEqual(['blue-0', 'green-0', 'blue-1', 'green-1', 'blue-2']);
  });

  it('leaves a place for others, however much one tenant asks for', async () => {
    for (let n = 0; n < 5; n += 1) await queue(BLUE, `blue-${n}`, n);
    const worker = randomUUID();
    expect(await takenBy(worker, 4, 3)).toEqual(['blue-0', 'blue-1', 'blue-2', null]);
    await queue(GREEN, 'green-0', 10);
    expect(await take(worker, 3)).toBe('green-0');
    // Another worker has places of its own.
    expect(await take(randomUUID(), 3)).toBe('blue-3');
  });

  it('gives each to one of those who ask at once, and no workflow that nobody runs', async () => {
    for (let n = 0; n < 4; n += 1) await queue(n % 2 === 0 ? BLUE : GREEN, `e-${n}`, n);
    await queue(BLUE, 'other', 0, 'another_workflow');
    const taken = await Promise.all(Array.from({ length: 6 }, () => take(randomUUID())));
    expect(taken.filter((id) => id !== null).toSorted()).toEqual(['e-0', 'e-1', 'e-2', 'e-3']);
  });
});
