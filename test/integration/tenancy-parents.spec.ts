import { Client } from 'pg';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { RowMaker, type RowFacts } from '../support/owned-rows.js';
import { asSuperuser } from '../support/superuser.js';

/*
 * Foreign keys look past row-level security. Whatever a row may refer to, the serving role must not hang it on a row of
 * another tenant. References are found in the catalogue, so that a new one is tested the day it is made.
 */

const HOME = 11;
const FOREIGN = 12;
const USER = 101;

interface Reference {
  readonly child: string;
  readonly column: string;
  readonly parent: string;
  /** What it names the parent by. */
  readonly key: string;
}

/**
 * What another tenant's row may be named by, since nothing follows from it: the old blueprint of an update is the one that
 * the deployment had, which may be somebody's private one. This list only shrinks.
 */
const MAY_BE_HIDDEN = ['deployment_update.old_blueprint_id'];

let database: TestDatabase;
let app: Client;
let references: Reference[];
const makers = new Map<string, RowMaker>();
type Made = Readonly<Record<string, string>>;
/** Table → tenant → its row. */
const rows = new Map<string, Map<number, Made>>();

beforeAll(async () => {
  database = await createTestDatabase();
  await asSuperuser(database, async (client) => {
    references = (
      await client.query<Reference>(
        `SELECT c.relname AS child, a.attname AS "column", p.relname AS parent, k.attname AS key
           FROM pg_constraint f
           JOIN pg_class c ON c.oid = f.conrelid JOIN pg_class p ON p.oid = f.confrelid
           JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = f.conkey[array_length(f.conkey, 1)]
           JOIN pg_attribute k ON k.attrelid = p.oid AND k.attnum = f.confkey[array_length(f.confkey, 1)]
          WHERE f.contype = 'f' AND c.relrowsecurity AND p.relrowsecurity AND a.attname <> 'tenant_id' ORDER BY 1, 2`,
      )
    ).rows;
    const tables = [...new Set(references.flatMap(({ child, parent }) => [child, parent]))];
    for (const table of ['tenant', 'user_account', ...tables]) makers.set(table, await RowMaker.of(client, table));
    await client.query('SET session_replication_role = replica'); // the tenants' own tables are beside the point
    for (const id of [HOME, FOREIGN]) await insert(client, 'tenant', { id });
    await insert(client, 'user_account', { id: USER });
    for (const tenant of [HOME, FOREIGN]) {
      for (const table of tables) await grow(client, table, tenant, []);
      for (const { child, column, parent, key } of references) {
        const { storage_id: place } = rowOf(child, tenant);
        if (place === undefined) continue;
        const text = `UPDATE ${child} SET ${column} = $1 WHERE storage_id = $2`;
        await client.query(text, [rowOf(parent, tenant)[key], place]); // where there was a circle
      }
    }
  });
  app = new Client(database.app);
  await app.connect();
});

afterAll(async () => {
  await app?.end();
  await database?.drop();
});

function maker(table: string): RowMaker {
  const found = makers.get(table);
  if (!found) throw new Error(`No maker of rows for ${table}`);
  return found;
}

async function insert(client: Client, table: string, facts: RowFacts): Promise<Made> {
  const { text, values } = maker(table).insert(facts);
  const { rows: made } = await client.query<Record<string, string>>(`${text} RETURNING *`, values);
  return made[0] ?? {};
}

function rowOf(table: string, tenant: number): Made {
  return rows.get(table)?.get(tenant) ?? {};
}

/** A row of this tenant, after those that it hangs on. A circle is left open where it may be. */
async function grow(client: Client, table: string, tenant: number, path: readonly string[]): Promise<void> {
  const known = rows.get(table) ?? new Map<number, Made>();
  rows.set(table, known);
  if (known.has(tenant) || path.includes(table)) return;
  for (const { child, parent } of references) if (child === table) await grow(client, parent, tenant, [...path, table]);
  known.set(tenant, await insert(client, table, factsOf(table, tenant)));
}

/** What a row of this tenant says of its place, each reference to a row of the same tenant. */
function factsOf(table: string, tenant: number): RowFacts {
  const facts: Record<string, string | number> = {};
  const { columns } = maker(table);
  if (columns.has('tenant_id')) facts['tenant_id'] = tenant;
  if (columns.has('creator_id')) facts['creator_id'] = USER;
  if (columns.has('user_id')) facts['user_id'] = USER;
  if (columns.has('visibility')) facts['visibility'] = 'tenant';
  if (table === 'deployment_modification') facts['status'] = 'finished'; // of those that go on there is but one
  for (const { child, column, parent, key } of references) {
    const own = rowOf(parent, tenant)[key];
    if (child === table && own !== undefined) facts[column] = own;
  }
  return facts;
}

/** A statement of the serving role in the home tenant, undone. Answers the SQL state, or how many rows. */
async function attempt(text: string, values: readonly unknown[]): Promise<string | number> {
  await app.query('BEGIN');
  try {
    await app.query(
      `SELECT set_config('holdfast.tenant', '${HOME}', true), set_config('holdfast.tenants', '{${HOME}}', true),
              set_config('holdfast.administered', '{${HOME}}', true), set_config('holdfast.user', '${USER}', true)`,
    );
    return (await app.query(text, [...values])).rowCount ?? 0;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return String(error.code);
  } finally {
    await app.query('ROLLBACK');
  }
}

/** No such row, as far as the key or the policy can see. */
const REFUSED = ['23503', '42501'];
/** Past the wall, and then met by a row that is there: only one may hang there. */
const TAKEN = '23505';

it('refuses a row that hangs on one of another tenant, and takes it on one of the own', async () => {
  expect(references.length).toBeGreaterThan(30);
  const wrong: object[] = [];
  for (const { child, column, parent, key } of references) {
    if (MAY_BE_HIDDEN.includes(`${child}.${column}`)) continue;
    const own = factsOf(child, HOME);
    const taken = maker(child).insert(own);
    const control = await attempt(taken.text, taken.values);
    if (control !== 1 && control !== TAKEN) wrong.push({ child, column, control });
    const foreign = rowOf(parent, FOREIGN)[key] ?? '';
    const { text, values } = maker(child).insert({ ...own, [column]: foreign });
    const outcome = await attempt(text, values);
    if (!REFUSED.includes(String(outcome))) wrong.push({ child, column, parent, insert: outcome });
  }
  expect(wrong).toEqual([]);
});

it('refuses to carry a row over to one of another tenant', async () => {
  const wrong: object[] = [];
  for (const { child, column, parent, key } of references) {
    if (MAY_BE_HIDDEN.includes(`${child}.${column}`)) continue;
    const outcome = await attempt(`UPDATE ${child} SET ${column} = $1`, [rowOf(parent, FOREIGN)[key]]);
    if (outcome !== 0 && !REFUSED.includes(String(outcome))) wrong.push({ child, column, parent, update: outcome });
  }
  expect(wrong).toEqual([]);
});

describe('functions that look over the wall', () => {
  it('are these; whoever makes another says here why it may', async () => {
    const names = await asSuperuser(database, async (client) => {
      const { rows: found } = await client.query<{ name: string }>(
        `SELECT p.proname AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
          WHERE p.prosecdef AND n.nspname = 'public' AND p.proname NOT LIKE '%_ids_taken' ORDER BY 1`,
      );
      return found.map(({ name }) => name);
    });
    // Of one tenant, which the settings of the transaction say.
    const ofTenant = ['deployment_dependents', 'deployments_depending_on', 'share_visibility'];
    // Of the whole installation: queues, which hand out numbers and who is to do the work; what grows old; rights.
    const ofAll = [
      'audit_remove',
      'bump_access_version',
      'due_schedules',
      'event_news',
      'event_surplus',
      'execution_behind_token',
      'execution_queue_facts',
      'held_executions',
      'promote_executions',
      'remove_old_events',
      'take_execution',
      'unfinished_executions',
    ];
    expect(names).toEqual([...ofTenant, ...ofAll].toSorted());
  });

  it('tell nothing of another tenant’s deployments', async () => {
    const [own, foreign] = [rowOf('deployment', HOME)['storage_id'], rowOf('deployment', FOREIGN)['storage_id']];
    const asked = async (text: string, values: readonly unknown[]): Promise<unknown[]> => {
      await app.query('BEGIN');
      try {
        await app.query(
          `SELECT set_config('holdfast.tenant', '${HOME}', true), set_config('holdfast.tenants', '{${HOME}}', true)`,
        );
        return (await app.query<Record<string, unknown>>(text, [...values])).rows;
      } finally {
        await app.query('ROLLBACK');
      }
    };
    const depending = 'SELECT * FROM deployments_depending_on($1, ARRAY[$1]::bigint[])';
    expect([(await asked(depending, [own])).length, (await asked(depending, [foreign])).length]).toEqual([1, 0]);
    await asSuperuser(database, (client) =>
      client.query(
        `UPDATE inter_deployment_dependency SET target_deployment_id = source_deployment_id, source_deployment_id = NULL,
           external_source = '{"deployment": "theirs", "tenant": "theirs"}'`,
      ),
    );
    const dependents = 'SELECT * FROM deployment_dependents($1, true)';
    expect([(await asked(dependents, [own])).length, (await asked(dependents, [foreign])).length]).toEqual([1, 0]);
    await asSuperuser(database, (client) => client.query(`UPDATE execution SET status = 'started', ended_at = NULL`));
    const facts = 'SELECT deployment_active FROM execution_queue_facts($1, NULL)';
    expect([await asked(facts, [own]), await asked(facts, [foreign])]).toEqual([
      [{ deployment_active: true }],
      [{ deployment_active: false }],
    ]);
  });

  it('share the visibility of the tenant’s own deployments alone', async () => {
    for (const [tenant, wide] of [
      [HOME, 'global'],
      [FOREIGN, 'tenant'],
    ] as const) {
      const deployment = rowOf('deployment', tenant)['storage_id'];
      await asSuperuser(database, (client) =>
        client.query(`UPDATE deployment SET visibility = 'global' WHERE storage_id = $1`, [deployment]),
      );
      await app.query('BEGIN');
      await app.query(`SELECT set_config('holdfast.tenant', '${HOME}', true)`);
      await app.query('SELECT share_visibility($1)', [deployment]);
      await app.query('COMMIT');
      for (const table of ['node', 'node_instance', 'execution', 'tasks_graph', 'operation', 'event']) {
        const visibility = await asSuperuser(database, async (client) => {
          const found = await client.query<{ visibility: string }>(
            `SELECT visibility FROM ${table} WHERE tenant_id = $1`,
            [tenant],
          );
          return found.rows[0]?.visibility;
        });
        expect([tenant, table, visibility]).toEqual([tenant, table, wide]);
      }
    }
  });
});
