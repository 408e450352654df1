import { Client } from 'pg';
import { text } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { ALL_MIGRATIONS } from '../../../src/migrations/all.js';
import { unfoldPlan } from '../../../src/core/dsl/folded-plan.js';
import { unpack } from '../../../src/modules/blueprints/plans/stored-plan.js';
import { revertLastMigration, runMigrations } from '../../../src/platform/database/migrate.js';
import { ensureAppRole, servingRoleName } from '../../../src/platform/database/roles.js';
import { createEmptyDatabase, maintain, type TestDatabase } from '../../support/database.js';
import { allRows, asSuperuser } from '../../support/superuser.js';

const silent = { info: () => undefined, warn: () => undefined };
const NAME = 'CreateBlueprintPlans1764000800000';
const before = ALL_MIGRATIONS.slice(
  0,
  ALL_MIGRATIONS.findIndex(({ name }) => name === NAME),
);

let database: TestDatabase;
beforeAll(async () => {
  database = await createEmptyDatabase();
  await ensureAppRole(database.owner, { password: 'p' });
  await runMigrations(database.owner, silent, before);
});
afterAll(async () => {
  await database.drop();
  await maintain([`DROP ROLE ${servingRoleName(database.name)}`]);
});

it('plans that were restored before move along, and back', async () => {
  await asSuperuser(database, async (client: Client) => {
    await client.query('SET session_replication_role = replica');
    await client.query(`
      INSERT INTO blueprint (id, tenant_id, creator_id, visibility, state, files_key, created_at, updated_at, plan)
      VALUES ('with', 1, 0, 'tenant', 'uploaded', gen_random_uuid(), now(), now(), '{"inputs": {"ä": 1}}'),
             ('without', 1, 0, 'tenant', 'uploaded', gen_random_uuid(), now(), now(), NULL)`);
  });
  await runMigrations(database.owner, silent, [...before, ALL_MIGRATIONS[before.length] ?? never()]);
  const rows = await allRows<{ id: string; folded: Buffer; bytes: string }>(
    database,
    `SELECT b.id, p.folded, p.wire_bytes::text AS bytes FROM blueprint_plan p JOIN blueprint b ON b.storage_id = p.blueprint_id`,
  );
  expect(rows).toMatchObject([{ id: 'with', bytes: '21' }]);
  const folded = rows[0]?.folded ?? Buffer.alloc(0);
  expect(folded.readUInt32BE(1)).toBe(22);
  expect(await text(Readable.from(unfoldPlan(unpack(folded))))).toBe('{"inputs": {"ä": 1}}');

  expect(await revertLastMigration(database.owner, silent)).toBe(NAME);
  expect(await allRows(database, 'SELECT id, plan FROM blueprint ORDER BY id')).toEqual([
    { id: 'with', plan: { inputs: { ä: 1 } } },
    { id: 'without', plan: null },
  ]);
});

function never(): never {
  throw new Error(`${NAME} is no migration any more.`);
}
