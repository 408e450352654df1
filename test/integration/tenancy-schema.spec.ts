import { APP_ROLE } from '../../src/platform/database/roles.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { allRows } from '../support/superuser.js';

/**
 * Tables that say which tenant without being a tenant's: who belongs where is read before a tenant is known, and the audit
 * log is append-only and shown to system administrators alone. This list only shrinks.
 */
const NOT_OWNED = ['audit_log', 'tenant_group', 'tenant_user'];

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.drop());

const PUBLIC_TABLES = `pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')`;

describe('the second wall, as the schema has it', () => {
  it('stands, enabled and forced, around every table with a tenant', async () => {
    const open = await allRows<{ name: string }>(
      database,
      `SELECT c.relname AS name FROM ${PUBLIC_TABLES} AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
          AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped)
        ORDER BY 1`,
    );
    expect(open.map(({ name }) => name)).toEqual(NOT_OWNED);
    const halfway = await allRows(
      database,
      `SELECT c.relname FROM ${PUBLIC_TABLES} AND c.relrowsecurity <> c.relforcerowsecurity`,
    );
    expect(halfway).toEqual([]);
  });

  it('has a policy of its own for reading and for each way to write', async () => {
    const policies = await allRows<{ name: string; commands: string[]; unequal: number; loose: number }>(
      database,
      `SELECT c.relname AS name, array_agg(p.cmd ORDER BY p.cmd) AS commands,
              count(*) FILTER (WHERE p.cmd = 'UPDATE' AND p.qual IS DISTINCT FROM p.with_check)::int AS unequal,
              count(*) FILTER (WHERE coalesce(p.qual, p.with_check) = 'true')::int AS loose
         FROM ${PUBLIC_TABLES.replace('WHERE', 'JOIN pg_policies p ON p.tablename = c.relname WHERE')}
          AND c.relrowsecurity AND p.roles = '{public}' GROUP BY 1`,
    );
    expect(policies.length).toBeGreaterThan(4);
    for (const { name, commands, unequal, loose } of policies)
      expect({ name, commands, unequal, loose }).toEqual({
        name,
        commands: ['DELETE', 'INSERT', 'SELECT', 'UPDATE'],
        unequal: 0,
        loose: 0,
      });
  });

  it('lets nobody but the owner look over it', async () => {
    const exceptions = await allRows<{ roles: string }>(
      database,
      `SELECT DISTINCT roles::text AS roles FROM pg_policies WHERE schemaname = 'public' AND roles <> '{public}'`,
    );
    expect(exceptions).toEqual([{ roles: `{${database.owner.user}}` }]);
  });
});

describe('the serving role', () => {
  it('owns nothing, is above nothing, and belongs to nobody who is', async () => {
    const roles = await allRows(
      database,
      `WITH RECURSIVE held AS (
         SELECT oid FROM pg_roles WHERE rolname = $1
         UNION SELECT m.roleid FROM pg_auth_members m JOIN held h ON h.oid = m.member
       )
       SELECT r.rolname AS name, r.rolsuper OR r.rolbypassrls OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication AS mighty,
              EXISTS (SELECT FROM pg_shdepend d WHERE d.refobjid = r.oid AND d.deptype = 'o') AS owns
         FROM held JOIN pg_roles r USING (oid) ORDER BY 1`,
      [database.app.user],
    );
    expect(roles).toEqual(
      [APP_ROLE, database.app.user].toSorted().map((name) => ({ name, mighty: false, owns: false })),
    );
  });

  it('can neither make things, nor empty, hook or reference a table', async () => {
    const [rights] = await allRows(
      database,
      `SELECT has_database_privilege($1, current_database(), 'CREATE') OR has_database_privilege($1, current_database(), 'TEMP')
                OR has_schema_privilege($1, 'public', 'CREATE') AS makes,
              (SELECT array_agg(c.relname) FROM ${PUBLIC_TABLES}
                  AND has_table_privilege($1, c.oid, 'TRUNCATE, REFERENCES, TRIGGER, MAINTAIN')) AS more`,
      [database.app.user],
    );
    expect(rights).toEqual({ makes: false, more: null });
  });

  it('only adds to the audit log, and reads it', async () => {
    const rows = await allRows(
      database,
      `SELECT c.relname AS name, has_table_privilege($1, c.oid, 'UPDATE, DELETE')
                OR has_any_column_privilege($1, c.oid, 'UPDATE') AS changes
         FROM ${PUBLIC_TABLES} AND c.relname IN ('audit_log', 'audit_chain', 'audit_checkpoint') ORDER BY 1`,
      [database.app.user],
    );
    expect(rows).toEqual(['audit_chain', 'audit_checkpoint', 'audit_log'].map((name) => ({ name, changes: false })));
  });
});

describe('functions that run as their owner', () => {
  it('look for names in pinned places only, temporary ones last, and are not for everybody', async () => {
    const functions = await allRows<{ name: string; path: string | null; everybody: boolean }>(
      database,
      `SELECT p.proname AS name, p.proconfig::text AS path, has_function_privilege('public', p.oid, 'EXECUTE') AS everybody
         FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.prosecdef AND n.nspname = 'public' ORDER BY 1`,
    );
    expect(functions.length).toBeGreaterThan(3);
    for (const { name, path, everybody } of functions)
      expect({ name, path, everybody }).toEqual({
        name,
        path: expect.stringMatching(/^\{"search_path=(pg_catalog, )?public, pg_temp"\}$/),
        everybody: false,
      });
  });
});
