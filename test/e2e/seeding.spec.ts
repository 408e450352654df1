import { Client as DatabaseClient } from 'pg';
import { BadParametersError } from '../../src/core/errors/app-error.js';
import { SeedService } from '../../src/modules/groups/seed.service.js';
import { ADMIN_PASSWORD, createTestApp, signedIn, type TestApp } from '../support/app.js';

let holdfast: TestApp;
let database: DatabaseClient;
let seeder: SeedService;

beforeAll(async () => {
  holdfast = await createTestApp();
  seeder = holdfast.app.get(SeedService, { strict: false });
  database = new DatabaseClient(holdfast.database.owner);
  await database.connect();
});
afterAll(async () => {
  await database.end();
  await holdfast.close();
});

const COUNTS = `SELECT (SELECT count(*)::int FROM role) AS roles, (SELECT count(*)::int FROM role_permission) AS grants,
  (SELECT count(*)::int FROM seeded_permission) AS permissions, (SELECT count(*)::int FROM tenant) AS tenants,
  (SELECT count(*)::int FROM user_account) AS users, (SELECT count(*)::int FROM tenant_user) AS members`;

const counts = async (): Promise<Record<string, number>> => (await database.query(COUNTS)).rows[0];

/** As the migrations left it. */
const empty = (): Promise<unknown> =>
  database.query(`TRUNCATE deployment_filter; DELETE FROM tenant_user; DELETE FROM user_account; DELETE FROM tenant;
    DELETE FROM role_permission; DELETE FROM role; DELETE FROM seeded_permission`);

describe('seeding an empty database', () => {
  it('makes one installation, however many replicas start at once', async () => {
    const before = await counts();
    expect(before).toMatchObject({ roles: 6, tenants: 1, users: 1, members: 1 });
    await empty();
    const starts = await Promise.all([1, 2, 3].map(() => seeder.seed({ adminPassword: ADMIN_PASSWORD })));
    expect(starts.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(await counts()).toEqual(before);
    const { rows } = await database.query('SELECT id, username FROM user_account');
    expect(rows).toEqual([{ id: 0, username: 'admin' }]);
    expect((await database.query('SELECT id, name FROM tenant')).rows).toEqual([{ id: 0, name: 'default_tenant' }]);
  });

  it('makes no administrator with a password against the rules, and goes on at the next start', async () => {
    await empty();
    await expect(seeder.seed({ adminPassword: 'short' })).rejects.toBeInstanceOf(BadParametersError);
    expect(await counts()).toMatchObject({ users: 0, members: 0, tenants: 1, roles: 6 });
    expect(await seeder.seed({ adminPassword: () => Promise.resolve(ADMIN_PASSWORD) })).toEqual({ isNew: true });
    const admin = await signedIn(holdfast.stranger, 'admin', ADMIN_PASSWORD);
    expect((await admin.get('/user')).body).toMatchObject({ username: 'admin', role: 'sys_admin', tenants: 1 });
  });

  it('gives a role that is new what the file says of it, and the others nothing twice', async () => {
    const before = await counts();
    await database.query(`DELETE FROM role WHERE name = 'operations'`);
    await database.query(
      `DELETE FROM role_permission USING role o WHERE o.id = role_id AND o.name = 'viewer' AND permission = 'secret_get'`,
    );
    await seeder.seed({ adminPassword: ADMIN_PASSWORD });
    expect(await counts()).toEqual({ ...before, grants: (before['grants'] ?? 0) - 1 });
  });
});
