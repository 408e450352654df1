import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { ConflictError } from '../../../src/core/errors/app-error.js';
import { systemTenantCtx, type TenantCtx } from '../../../src/platform/context/ctx.js';
import { createAppDataSource } from '../../../src/platform/database/data-source.js';
import { assertIdCanBeGlobal, assertIdIsFree, lockIds } from '../../../src/platform/database/global-ids.js';
import { execute, queryRows } from '../../../src/platform/database/tx.js';
import { UnitOfWork } from '../../../src/platform/database/unit-of-work.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { allRows, asSuperuser } from '../../support/superuser.js';

const IDS = { table: 'secret', idColumn: 'key', kind: 'Secret' };
const BLUE = { id: 1, name: 'blue' };
const GREEN = { id: 2, name: 'green' };

let database: TestDatabase;
let dataSource: DataSource;
let unitOfWork: UnitOfWork;

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
    poolSize: 4,
    log: { info: () => undefined, warn: () => undefined },
  });
  await dataSource.initialize();
  unitOfWork = new UnitOfWork(dataSource);
});
afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

const inTenant = (tenant: typeof BLUE): TenantCtx => systemTenantCtx('test', tenant);

async function plant(ctx: TenantCtx, key: string, visibility: string, tenantId = ctx.tenantId): Promise<number> {
  return execute(
    ctx,
    `INSERT INTO secret (id, tenant_id, creator_id, key, visibility, is_hidden_value, value_sealed, record_version,
       provider_options_version, created_at, updated_at) VALUES ($1, $2, 0, $3, $4, false, '\\x00', 1, 1, now(), now())`,
    [randomUUID(), tenantId, key, visibility],
  );
}

describe('ids that are taken', () => {
  it('are told as here, elsewhere and globally elsewhere, and no more', async () => {
    await unitOfWork.run(inTenant(BLUE), async (ctx) => {
      await plant(ctx, 'mine', 'private');
      await plant(ctx, 'worldwide', 'global');
    });
    const seen = (tenant: typeof BLUE): Promise<unknown> =>
      unitOfWork.run(inTenant(tenant), async (ctx) => [...(await lockIds(ctx, IDS, ['mine', 'worldwide', 'nobodys']))]);
    const nowhere = { here: false, elsewhere: false, globalElsewhere: false };
    expect(await seen(BLUE)).toEqual([
      ['mine', { ...nowhere, here: true }],
      ['worldwide', { ...nowhere, here: true }],
      ['nobodys', nowhere],
    ]);
    expect(await seen(GREEN)).toEqual([
      ['mine', { ...nowhere, elsewhere: true }],
      ['worldwide', { ...nowhere, elsewhere: true, globalElsewhere: true }],
      ['nobodys', nowhere],
    ]);
  });

  it('make creating and widening a conflict exactly where the contract says', async () => {
    const judged = (tenant: typeof BLUE, work: (ctx: TenantCtx) => Promise<void>): Promise<void> =>
      unitOfWork.run(inTenant(tenant), work);
    await expect(judged(BLUE, (ctx) => assertIdIsFree(ctx, IDS, 'mine', 'tenant'))).rejects.toThrow(ConflictError);
    await expect(judged(GREEN, (ctx) => assertIdIsFree(ctx, IDS, 'mine', 'tenant'))).resolves.toBeUndefined();
    await expect(judged(GREEN, (ctx) => assertIdIsFree(ctx, IDS, 'mine', 'global'))).rejects.toThrow(ConflictError);
    await expect(judged(GREEN, (ctx) => assertIdIsFree(ctx, IDS, 'worldwide', 'private'))).rejects.toThrow(
      ConflictError,
    );
    await expect(judged(GREEN, (ctx) => assertIdCanBeGlobal(ctx, IDS, 'mine'))).rejects.toThrow(ConflictError);
    await expect(judged(BLUE, (ctx) => assertIdCanBeGlobal(ctx, IDS, 'mine'))).resolves.toBeUndefined();
  });

  it('are judged one after the other, from tenants that ask at once', async () => {
    const won = await Promise.allSettled(
      Array.from({ length: 8 }, (_, n) =>
        unitOfWork.run(inTenant(n % 2 ? BLUE : GREEN), async (ctx) => {
          await assertIdIsFree(ctx, IDS, 'contested', 'global');
          await plant(ctx, 'contested', 'global');
        }),
      ),
    );
    expect(won.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await allRows(database, `SELECT FROM secret WHERE key = 'contested'`)).toHaveLength(1);
  });

  it('can be asked for by the ten thousand, with a bounded number of locks', async () => {
    const ids = Array.from({ length: 10_000 }, (_, n) => `id_${n}`);
    const [locks] = await unitOfWork.run(inTenant(BLUE), async (ctx) => {
      expect((await lockIds(ctx, IDS, ids)).size).toBe(10_000);
      return queryRows<{ held: number }>(
        ctx,
        `SELECT count(*)::int AS held FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()`,
      );
    });
    expect(locks?.held).toBeLessThanOrEqual(256);
  });

  it('are nobody’s to ask about but the serving role’s, and from within a tenant', async () => {
    const [grants] = await allRows<{ acl: string; config: string[] }>(
      database,
      `SELECT proacl::text AS acl, proconfig AS config FROM pg_proc WHERE proname = 'secret_ids_taken'`,
    );
    expect(grants?.acl).not.toMatch(/[{,]=X/); // the entry of PUBLIC has no name
    expect(grants?.acl).toContain('holdfast_app=X');
    expect(grants?.config).toEqual(['search_path=pg_catalog, public, pg_temp']);
    await expect(dataSource.query(`SELECT * FROM secret_ids_taken('{a}')`)).rejects.toThrow('within a tenant');
  });
});

const read = (tenant: number, user: number, administered: string): Promise<unknown[]> =>
  dataSource.query(`SELECT key_owner.id FROM secret_read($1, $2, $3, $4, 'mine') key_owner`, [
    tenant,
    `{${tenant}}`,
    administered,
    user,
  ]);

describe('the second wall around secrets', () => {
  it('shows nothing to whoever sets nothing', async () => {
    expect(await dataSource.query('SELECT * FROM secret')).toEqual([]);
    expect(await dataSource.query('UPDATE secret SET visibility = visibility RETURNING id')).toEqual([[], 0]);
  });

  it('lets no row be planted in another tenant, nor another tenant’s global row be changed', async () => {
    await expect(unitOfWork.run(inTenant(GREEN), (ctx) => plant(ctx, 'planted', 'tenant', BLUE.id))).rejects.toThrow(
      'row-level security',
    );
    await unitOfWork.run(inTenant(GREEN), async (ctx) => {
      expect(await queryRows(ctx, `SELECT key FROM secret WHERE tenant_id = 1`)).toEqual([{ key: 'worldwide' }]);
      expect(await execute(ctx, `UPDATE secret SET is_hidden_value = true WHERE key = 'worldwide'`)).toBe(0);
      expect(await execute(ctx, `DELETE FROM secret WHERE key = 'worldwide'`)).toBe(0);
    });
    await expect(
      unitOfWork.run(inTenant(BLUE), (ctx) => execute(ctx, `UPDATE secret SET tenant_id = 2 WHERE key = 'mine'`)),
    ).rejects.toThrow('row-level security');
  });

  it('stands for the hot path, too, and nothing of it stays on the connection', async () => {
    expect(await read(1, 0, '{}')).toHaveLength(1);
    expect(await read(1, 5, '{}')).toEqual([]);
    expect(await read(1, 5, '{1}')).toHaveLength(1);
    expect(await read(2, 0, '{2}')).toEqual([]);
    const settings = await Promise.all(
      Array.from({ length: 4 }, () => dataSource.query(`SELECT current_setting('holdfast.user', true) AS user`)),
    );
    for (const [row] of settings as { user: string | null }[][]) expect(row?.user ?? '').toBe('');
  });
});
