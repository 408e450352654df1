import fc from 'fast-check';
import { Client } from 'pg';
import { canSee, VISIBILITIES, type OwnedRow } from '../../src/core/access/visibility.js';
import { systemCtx, type ReachCtx } from '../../src/platform/context/ctx.js';
import { rowSecuritySettings } from '../../src/platform/database/unit-of-work.js';
import { Parameters as SqlParameters, visibleSql } from '../../src/platform/listing/list-query.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { RowMaker, type RowFacts } from '../support/owned-rows.js';
import { allRows, asSuperuser } from '../support/superuser.js';

/*
 * The second wall alone: statements of the serving role without any predicate, as if every repository had lost its own.
 * The tables are found in the catalogue, so that a new one is tested the day it is made.
 */

const TENANTS = [11, 12, 13];
const USERS = [101, 102, 103];
const SEED = 20_260_101;
const RUNS = 40;

/** Seen and written with their blueprint. */
const OF_BLUEPRINTS = ['blueprint_label', 'blueprint_plan'];

/** Seen and written with another row, by the table and the column that says which. */
const WITH_OWNER = [
  ['deployment_label', 'deployment'],
  ['deployment_group_label', 'deployment_group'],
  ['deployment_group_member', 'deployment_group'],
] as const;

/** Reached through another row only, and never listed: of the tenants of the request, whoever is asking there. */
const OF_TENANTS = ['deployment_update_batch', 'execution_token', 'tasks_graph_chunk'];

interface Asking {
  readonly tenant: number | null;
  readonly tenants: readonly number[];
  readonly administered: readonly number[];
  readonly user: number;
}

interface Row extends OwnedRow {
  readonly place: string;
}

let database: TestDatabase;
let app: Client;
let owned: string[];
/** Tables with policies of another kind. */
let others: string[];
const makers = new Map<string, RowMaker>();

beforeAll(async () => {
  database = await createTestDatabase();
  const tables = await allRows<{ name: string; columns: string[] }>(
    database,
    `SELECT c.relname AS name, array_agg(a.attname::text) AS columns
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      WHERE n.nspname = 'public' AND c.relrowsecurity GROUP BY 1 ORDER BY 1`,
  );
  owned = tables.filter(({ columns }) => isOwned(columns)).map(({ name }) => name);
  others = tables.filter(({ columns }) => !isOwned(columns)).map(({ name }) => name);

  await asSuperuser(database, async (client) => {
    await client.query('SET session_replication_role = replica'); // no triggers, no foreign keys
    await dropForeignKeys(client);
    for (const table of [
      ...owned,
      ...WITH_OWNER.map(([of]) => of),
      'tenant',
      'user_account',
      ...OF_BLUEPRINTS,
      ...OF_TENANTS,
      'blueprint_import',
      'blueprint_plugin',
      'plugin_state',
      'tenant_key',
    ])
      makers.set(table, await RowMaker.of(client, table));
    for (const id of TENANTS) await put(client, 'tenant', { id });
    for (const id of USERS) await put(client, 'user_account', { id });
    for (const table of owned)
      for (const tenant_id of TENANTS)
        for (const creator_id of USERS)
          for (const visibility of VISIBILITIES) await put(client, table, { tenant_id, creator_id, visibility });
    const { rows } = await client.query<{ storage_id: string }>('SELECT storage_id FROM blueprint');
    for (const { storage_id } of rows)
      for (const table of OF_BLUEPRINTS) await put(client, table, { blueprint_id: storage_id });
    for (const [table, owner] of WITH_OWNER) {
      const found = await client.query<{ storage_id: string }>(`SELECT storage_id FROM ${owner}`);
      for (const { storage_id } of found.rows) await put(client, table, { [`${owner}_id`]: storage_id });
    }
    for (const table of OF_TENANTS)
      for (const tenant_id of TENANTS) await put(client, table, factsOf(table, tenant_id));
    await putImports(client);
    await putUses(client);
    await putStates(client);
    for (const tenant_id of [...TENANTS, null]) await put(client, 'tenant_key', { tenant_id, state: 'current' });
  });
  app = new Client(database.app);
  await app.connect();
});

afterAll(async () => {
  await app?.end();
  await database?.drop();
});

const isOwned = (columns: readonly string[]): boolean =>
  ['tenant_id', 'creator_id', 'visibility'].every((name) => columns.includes(name));

/** What else a row must point to is beside the point: tenants and accounts are enough. */
async function dropForeignKeys(client: Client): Promise<void> {
  const { rows } = await client.query<{ text: string }>(
    `SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', c.conrelid::regclass, c.conname) AS text FROM pg_constraint c
      WHERE c.contype = 'f' AND c.confrelid::regclass::text NOT IN ('tenant', 'user_account')
        AND c.conrelid::regclass::text = ANY ($1)`,
    [[...owned, ...WITH_OWNER.map(([of]) => of), ...OF_TENANTS]],
  );
  for (const { text } of rows) await client.query(text);
  // What a row may hang on has a test of its own.
  for (const table of [...owned, ...WITH_OWNER.map(([of]) => of), 'blueprint_import', 'blueprint_plugin'])
    await client.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
}

async function put(client: Client, table: string, facts: RowFacts): Promise<void> {
  const { text, values } = maker(table).insert(facts);
  await client.query(text, values);
}

function factsOf(table: string, tenant_id: number): RowFacts {
  return table === 'execution_token' ? { tenant_id, user_id: 101 } : { tenant_id };
}

/** Each blueprint imports one of another tenant. */
async function putImports(client: Client): Promise<void> {
  const { rows } = await client.query<{ storage_id: string }>('SELECT storage_id FROM blueprint ORDER BY 1');
  for (const [index, { storage_id }] of rows.entries()) {
    const imported_id = rows[(index + rows.length / TENANTS.length) % rows.length]?.storage_id ?? null;
    await put(client, 'blueprint_import', { importer_id: storage_id, imported_id });
  }
}

/** Each blueprint uses a plugin of another tenant. */
async function putUses(client: Client): Promise<void> {
  const { rows: blueprints } = await client.query<{ storage_id: string }>(
    'SELECT storage_id FROM blueprint ORDER BY 1',
  );
  const { rows: plugins } = await client.query<{ storage_id: string }>('SELECT storage_id FROM plugin ORDER BY 1');
  for (const [index, { storage_id }] of blueprints.entries()) {
    const plugin_id = plugins[(index + plugins.length / TENANTS.length) % plugins.length]?.storage_id ?? null;
    await put(client, 'blueprint_plugin', { blueprint_id: storage_id, plugin_id });
  }
}

/** Each plugin has a state on a manager and one on an agent. */
async function putStates(client: Client): Promise<void> {
  const { rows } = await client.query<{ storage_id: string }>('SELECT storage_id FROM plugin');
  for (const { storage_id } of rows)
    for (const kind of ['manager', 'agent']) await put(client, 'plugin_state', { plugin_id: storage_id, kind });
}

function maker(table: string): RowMaker {
  const found = makers.get(table);
  if (!found) throw new Error(`No maker of rows for ${table}`);
  return found;
}

/** A transaction of the serving role, told who asks as the application tells it, and undone. */
async function asking<T>(who: Asking | null, work: () => Promise<T>): Promise<T> {
  await app.query('BEGIN');
  try {
    if (who) {
      await app.query(
        `SELECT set_config('holdfast.tenant', $1, true), set_config('holdfast.tenants', $2, true),
                set_config('holdfast.administered', $3, true), set_config('holdfast.user', $4, true)`,
        rowSecuritySettings(ctxOf(who)),
      );
    }
    return await work();
  } finally {
    await app.query('ROLLBACK');
  }
}

function ctxOf({ tenant, tenants, administered, user }: Asking): ReachCtx {
  const ctx = systemCtx('test');
  return {
    ...ctx,
    actor: { ...ctx.actor, userId: user },
    tenantId: tenant,
    tenantName: tenant === null ? null : `tenant_${tenant}`,
    reach: { tenantIds: tenants, administeredTenantIds: administered },
  };
}

const ROW = `ctid::text AS place, tenant_id AS "tenantId", creator_id AS "ownerId", visibility`;

const placesOf = (rows: readonly Pick<Row, 'place'>[]): string[] => rows.map(({ place }) => place).toSorted();

function isVisible(who: Asking, row: OwnedRow): boolean {
  return canSee(who.user, { tenantIds: who.tenants, administeredTenantIds: who.administered }, row);
}

/** Writing never leaves the tenant of the request, and global makes no difference (security-design §5). */
function isWritable(who: Asking, row: OwnedRow): boolean {
  if (row.tenantId !== who.tenant) return false;
  return row.visibility !== 'private' || row.ownerId === who.user || who.administered.includes(row.tenantId);
}

/** Runs a statement that may be refused; the transaction goes on. Answers the SQL state, or the number of rows. */
async function attempt(text: string, values: readonly unknown[] = []): Promise<string | number> {
  await app.query('SAVEPOINT attempt');
  try {
    const { rowCount } = await app.query(text, [...values]);
    return rowCount ?? 0;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return String(error.code);
  } finally {
    await app.query('ROLLBACK TO SAVEPOINT attempt');
  }
}

const REFUSED = '42501';
/** Past the wall, and then met by a row that is there. */
const TAKEN = '23505';

const anAsking: fc.Arbitrary<Asking> = fc.oneof(
  // A request inside one tenant, as its administrator or not.
  fc
    .record({ tenant: fc.constantFrom(...TENANTS), user: fc.constantFrom(...USERS), isAdmin: fc.boolean() })
    .map(({ tenant, user, isAdmin }) => ({ tenant, tenants: [tenant], administered: isAdmin ? [tenant] : [], user })),
  // A list over several, with a header or without.
  fc
    .record({
      tenant: fc.constantFrom(null, ...TENANTS),
      tenants: fc.subarray(TENANTS),
      wish: fc.subarray(TENANTS),
      user: fc.constantFrom(...USERS),
    })
    .map(({ wish, ...who }) => ({ ...who, administered: wish.filter((id) => who.tenants.includes(id)) })),
);

const forEachAsking = (work: (who: Asking) => Promise<void>, runs = RUNS): Promise<void> =>
  fc.assert(fc.asyncProperty(anAsking, work), { seed: SEED, numRuns: runs });

describe('what may be seen', () => {
  it('is the same by canSee, by the predicate of the repositories, and by row-level security alone', async () => {
    for (const table of owned) {
      const all = await allRows<Row>(database, `SELECT ${ROW} FROM ${table}`);
      expect(all).toHaveLength(TENANTS.length * USERS.length * VISIBILITIES.length);
      await asSuperuser(database, (superuser) =>
        forEachAsking(async (who) => {
          const expected = placesOf(all.filter((row) => isVisible(who, row)));
          const byWall = await asking(who, () => app.query<Row>(`SELECT ${ROW} FROM ${table}`));
          expect({ table, who, seen: placesOf(byWall.rows) }).toEqual({ table, who, seen: expected });
          const parameters = new SqlParameters();
          const predicate = visibleSql(ctxOf(who), parameters);
          const { rows } = await superuser.query<Row>(
            `SELECT r.ctid::text AS place FROM ${table} r WHERE ${predicate}`,
            parameters.values,
          );
          expect(placesOf(rows)).toEqual(expected);
        }),
      );
    }
  });

  it('is nothing where nobody said who asks, or said it in a way that cannot be read', async () => {
    for (const table of [...owned, ...others]) {
      const bare = await asking(null, () => app.query(`SELECT 1 FROM ${table}`));
      expect({ table, rows: bare.rowCount }).toEqual({ table, rows: 0 });
      for (const nonsense of ['', '11', '{11', "{11}' OR true --", '{*}']) {
        const seen = await asking(null, async () => {
          await app.query(`SELECT set_config('holdfast.tenants', $1, true)`, [nonsense]);
          return attempt(`SELECT 1 FROM ${table}`);
        });
        expect([table, nonsense, seen]).toEqual([table, nonsense, nonsense === '' ? 0 : '22P02']);
      }
    }
  });

  it('ends with the transaction: the next one on the same connection starts from nothing', async () => {
    const who = { tenant: 11, tenants: [11, 12, 13], administered: [11, 12, 13], user: 101 };
    const table = owned[0] ?? '';
    expect((await asking(who, () => app.query(`SELECT 1 FROM ${table}`))).rowCount).toBeGreaterThan(0);
    expect((await asking(null, () => app.query(`SELECT 1 FROM ${table}`))).rowCount).toBe(0);
    expect((await app.query(`SELECT 1 FROM ${table}`)).rowCount).toBe(0);
  });
});

describe('what may be written', () => {
  // What is imported cannot be deleted, whoever asks.
  beforeAll(() =>
    asSuperuser(database, (client) => client.query('DELETE FROM blueprint_import; DELETE FROM blueprint_plugin')),
  );
  afterAll(() =>
    asSuperuser(database, async (client) => {
      await putImports(client);
      await putUses(client);
    }),
  );

  it('is touched by an UPDATE or DELETE of everything: own rows alone, global ones of others never', async () => {
    for (const table of owned) {
      const all = await allRows<Row>(database, `SELECT ${ROW} FROM ${table}`);
      await forEachAsking(async (who) => {
        const writable = all.filter((row) => isWritable(who, row));
        // A statement that reads nothing of a row is not asked whether it may.
        const [updated, removed] = [writable.filter((row) => isVisible(who, row)).length, writable.length];
        const [blindUpdate, update, remove] = await asking(who, async () => [
          await attempt(`UPDATE ${table} SET visibility = 'tenant' WHERE false`),
          await attempt(`UPDATE ${table} SET visibility = visibility`),
          await attempt(`DELETE FROM ${table}`),
        ]);
        expect({ table, who, blindUpdate, update, remove }).toEqual({
          table,
          who,
          blindUpdate: 0,
          update: updated,
          remove: removed,
        });
      });
      expect(await allRows(database, `SELECT ${ROW} FROM ${table}`)).toEqual(all);
    }
  });

  it('is planted in the own tenant alone, private rows in the own name alone', async () => {
    for (const table of owned) {
      await forEachAsking(async (who) => {
        await asking(who, async () => {
          for (const tenantId of TENANTS)
            for (const visibility of VISIBILITIES) {
              const row = { tenantId, ownerId: who.user === 103 ? 101 : 103, visibility };
              const { text, values } = maker(table).insert({
                tenant_id: tenantId,
                creator_id: row.ownerId,
                visibility,
              });
              const outcome = await attempt(text, values);
              expect({ table, who, row, outcome }).toEqual({
                table,
                who,
                row,
                outcome: isWritable(who, row) ? 1 : REFUSED,
              });
            }
        });
      }, 15);
    }
  });

  it('is never carried into another tenant, nor made somebody else’s secret', async () => {
    const who = { tenant: 11, tenants: [11], administered: [], user: 101 };
    for (const table of owned) {
      await asking(who, async () => {
        for (const change of ['tenant_id = 12', `tenant_id = 12, visibility = 'global'`])
          expect([table, change, await attempt(`UPDATE ${table} SET ${change}`)]).toEqual([table, change, REFUSED]);
        const giveAway = `UPDATE ${table} SET visibility = 'private', creator_id = 102 WHERE visibility = 'tenant'`;
        expect([table, await attempt(giveAway)]).toEqual([table, REFUSED]);
      });
    }
  });

  it('is nothing where nobody said who asks', async () => {
    for (const table of owned) {
      await asking(null, async () => {
        expect([table, await attempt(`UPDATE ${table} SET visibility = 'global'`)]).toEqual([table, 0]);
        expect([table, await attempt(`DELETE FROM ${table}`)]).toEqual([table, 0]);
        for (const visibility of VISIBILITIES) {
          const { text, values } = maker(table).insert({ tenant_id: 11, creator_id: 101, visibility });
          expect([table, await attempt(text, values)]).toEqual([table, REFUSED]);
        }
      });
    }
  });
});

describe('tables whose tenant stands elsewhere', () => {
  it('are these; whoever makes another writes its test here', () => {
    expect(others).toEqual([
      'blueprint_import',
      'blueprint_label',
      'blueprint_plan',
      'blueprint_plugin',
      'deployment_group_label',
      'deployment_group_member',
      'deployment_label',
      ...OF_TENANTS.slice(0, 2),
      'plugin_state',
      ...OF_TENANTS.slice(2),
      'tenant_key',
    ]);
  });

  it.each(WITH_OWNER)('%s is seen with its %s, and written with one that the tenant owns', async (table, owner) => {
    const rows = await allRows<Row & { id: string }>(database, `SELECT storage_id AS id, ${ROW} FROM ${owner}`);
    await forEachAsking(async (who) => {
      await asking(who, async () => {
        const visible = rows.filter((row) => isVisible(who, row));
        const mine = visible.filter((row) => row.tenantId === who.tenant);
        expect(await attempt(`SELECT 1 FROM ${table}`)).toBe(visible.length);
        expect(await attempt(`UPDATE ${table} SET ${owner}_id = ${owner}_id`)).toBe(mine.length);
        expect(await attempt(`DELETE FROM ${table}`)).toBe(mine.length);
        for (const row of rows.filter((_, index) => index % 4 === 0)) {
          const author = table === 'deployment_group_member' ? {} : { creator_id: 101 };
          const { text, values } = maker(table).insert({ [`${owner}_id`]: row.id, ...author });
          expect([who, row, await attempt(text, values)]).toEqual([who, row, mine.includes(row) ? 1 : REFUSED]);
        }
      });
    });
  });

  it.each(OF_TENANTS)('%s is seen within the tenants of the request, and written in its own', async (table) => {
    await forEachAsking(async (who) => {
      await asking(who, async () => {
        expect([who, await attempt(`SELECT 1 FROM ${table}`)]).toEqual([who, who.tenants.length]);
        const mine = who.tenant !== null && who.tenants.includes(who.tenant) ? 1 : 0;
        expect([who, await attempt(`UPDATE ${table} SET tenant_id = tenant_id`)]).toEqual([who, mine]);
        expect([who, await attempt(`DELETE FROM ${table}`)]).toEqual([who, who.tenant === null ? 0 : 1]);
        for (const tenant_id of TENANTS) {
          const { text, values } = maker(table).insert(factsOf(table, tenant_id));
          expect([who, await attempt(text, values)]).toEqual([who, tenant_id === who.tenant ? 1 : REFUSED]);
          const moved = who.tenant === null ? 0 : tenant_id === who.tenant ? 1 : REFUSED; // reads nothing of the row
          expect([who, await attempt(`UPDATE ${table} SET tenant_id = ${tenant_id}`)]).toEqual([who, moved]);
        }
      });
    });
  });

  it.each(OF_BLUEPRINTS)('%s is seen with its blueprint, and written with one that the tenant owns', async (table) => {
    const blueprints = await allRows<Row & { id: string }>(database, `SELECT storage_id AS id, ${ROW} FROM blueprint`);
    await forEachAsking(async (who) => {
      await asking(who, async () => {
        const visible = blueprints.filter((row) => isVisible(who, row));
        const mine = visible.filter((row) => isWritable(who, row));
        expect(await attempt(`SELECT 1 FROM ${table}`)).toBe(visible.length);
        expect(await attempt(`UPDATE ${table} SET blueprint_id = blueprint_id`)).toBe(mine.length);
        expect(await attempt(`DELETE FROM ${table}`)).toBe(mine.length);
        for (const blueprint of blueprints.filter((_, index) => index % 4 === 0)) {
          const author = table === 'blueprint_label' ? { creator_id: 101 } : {};
          const { text, values } = maker(table).insert({ blueprint_id: blueprint.id, ...author });
          expect([who, blueprint, await attempt(text, values)]).toEqual([
            who,
            blueprint,
            mine.includes(blueprint) ? (table === 'blueprint_plan' ? TAKEN : 1) : REFUSED,
          ]);
        }
      });
    });
  });

  it('imports are seen from both sides, made by the importer’s tenant, and ended by either', async () => {
    const blueprints = await allRows<Row & { id: string }>(database, `SELECT storage_id AS id, ${ROW} FROM blueprint`);
    const imports = await allRows<{ importer_id: string; imported_id: string }>(
      database,
      'SELECT importer_id, imported_id FROM blueprint_import',
    );
    const byId = new Map(blueprints.map((row) => [row.id, row]));
    await forEachAsking(async (who) => {
      const [sees, owns] = [isVisible, isWritable].map((judge) => (id: string): boolean => {
        const row = byId.get(id);
        return row !== undefined && isVisible(who, row) && judge(who, row);
      }) as [(id: string) => boolean, (id: string) => boolean];
      const seen = imports.filter(({ importer_id, imported_id }) => sees(importer_id) || sees(imported_id));
      const ended = imports.filter(({ importer_id, imported_id }) => owns(importer_id) || owns(imported_id));
      await asking(who, async () => {
        expect([who, await attempt('SELECT 1 FROM blueprint_import')]).toEqual([who, seen.length]);
        expect([who, await attempt('DELETE FROM blueprint_import')]).toEqual([who, ended.length]);
        for (const { id } of blueprints.filter((_, index) => index % 4 === 0)) {
          const { text, values } = maker('blueprint_import').insert({ importer_id: id, imported_id: id });
          expect([who, id, await attempt(text, values)]).toEqual([who, id, owns(id) ? 1 : REFUSED]);
        }
      });
    });
  });

  it('uses of plugins are seen from both sides, made by the blueprint’s tenant, and ended by either', async () => {
    const blueprints = await allRows<Row & { id: string }>(database, `SELECT storage_id AS id, ${ROW} FROM blueprint`);
    const plugins = await allRows<Row & { id: string }>(database, `SELECT storage_id AS id, ${ROW} FROM plugin`);
    const uses = await allRows<{ blueprint_id: string; plugin_id: string }>(
      database,
      'SELECT blueprint_id, plugin_id FROM blueprint_plugin',
    );
    const [blueprint, plugin] = [blueprints, plugins].map((rows) => new Map(rows.map((row) => [row.id, row])));
    const among = (judge: (row: Row | undefined) => boolean): number =>
      uses.filter((use) => judge(blueprint?.get(use.blueprint_id)) || judge(plugin?.get(use.plugin_id))).length;
    await forEachAsking(async (who) => {
      const sees = (row: Row | undefined): boolean => row !== undefined && isVisible(who, row);
      const owns = (row: Row | undefined): boolean => row !== undefined && sees(row) && row.tenantId === who.tenant;
      await asking(who, async () => {
        expect([who, await attempt('SELECT 1 FROM blueprint_plugin')]).toEqual([who, among(sees)]);
        expect([who, await attempt('DELETE FROM blueprint_plugin')]).toEqual([who, among(owns)]);
        const plugin_id = plugins[0]?.id ?? null;
        for (const row of blueprints.filter((_, index) => index % 4 === 1)) {
          const { text, values } = maker('blueprint_plugin').insert({ blueprint_id: row.id, plugin_id });
          expect([who, row, await attempt(text, values)]).toEqual([who, row, owns(row) ? 1 : REFUSED]);
        }
      });
    });
  });

  it('states of plugins are seen with the plugin, those of agents in its tenant’s reach alone, and written by it', async () => {
    const plugins = await allRows<Row & { id: string }>(database, `SELECT storage_id AS id, ${ROW} FROM plugin`);
    await forEachAsking(async (who) => {
      const seen = plugins.filter((row) => isVisible(who, row));
      const near = seen.filter(({ tenantId }) => who.tenants.includes(tenantId));
      const mine = seen.filter((row) => isWritable(who, row));
      const nearAndMine = near.filter((row) => isWritable(who, row));
      await asking(who, async () => {
        expect([who, await attempt('SELECT 1 FROM plugin_state')]).toEqual([who, seen.length + near.length]);
        const changed = mine.length + nearAndMine.length; // it reads what it writes, so both policies count
        expect([who, await attempt('UPDATE plugin_state SET state = state')]).toEqual([who, changed]);
        expect([who, await attempt('DELETE FROM plugin_state')]).toEqual([who, 2 * mine.length]);
        for (const row of plugins.filter((_, index) => index % 4 === 2)) {
          const { text, values } = maker('plugin_state').insert({ plugin_id: row.id, kind: 'agent' });
          expect([who, row, await attempt(text, values)]).toEqual([who, row, mine.includes(row) ? 1 : REFUSED]);
        }
      });
    });
  });

  it('keys are those of the reach and the installation’s, and deleted by their own tenant alone', async () => {
    await forEachAsking(async (who) => {
      await asking(who, async () => {
        expect([who, await attempt('SELECT 1 FROM tenant_key')]).toEqual([who, who.tenants.length + 1]);
        expect([who, await attempt('DELETE FROM tenant_key')]).toEqual([who, who.tenant === null ? 0 : 1]);
        expect(await attempt('UPDATE tenant_key SET tenant_id = 11')).toBe(REFUSED);
        for (const tenant_id of TENANTS) {
          const { text, values } = maker('tenant_key').insert({ tenant_id, state: 'retiring' });
          expect([who, await attempt(text, values)]).toEqual([who, tenant_id === who.tenant ? 1 : REFUSED]);
        }
      });
    });
  });
});
