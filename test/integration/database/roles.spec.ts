import { Client } from 'pg';
import type { DatabaseConnection } from '../../../src/platform/database/database-connection.js';
import { parseDatabaseUrl } from '../../../src/platform/database/database-connection.js';
import { assertServerVersion, assertServingRoleIsHarmless } from '../../../src/platform/database/roles-check.js';
import { APP_ROLE, ensureAppRole, scramVerifier, servingRoleName } from '../../../src/platform/database/roles.js';
import { createTestDatabase, maintain, type TestDatabase } from '../../support/database.js';
import { testServer } from '../../support/test-server.js';

async function query<Row>(connection: DatabaseConnection, sql: string, parameters: unknown[] = []): Promise<Row[]> {
  const client = new Client(connection);
  await client.connect();
  try {
    return (await client.query(sql, parameters)).rows;
  } finally {
    await client.end();
  }
}

describe('the serving role', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
  });

  afterAll(async () => {
    await database.drop();
    await maintain([`DROP ROLE IF EXISTS ${servingRoleName(database.name)}`]);
  });

  it('is made once by replicas that start together, and each gets in', async () => {
    const roles = await Promise.all(
      Array.from({ length: 6 }, () => ensureAppRole(database.owner, { password: 'first-password' })),
    );
    expect(new Set(roles)).toEqual(new Set([servingRoleName(database.name)]));
    const serving = { ...database.owner, user: servingRoleName(database.name), password: 'first-password' };
    expect(await query(serving, 'SELECT current_user AS name')).toEqual([{ name: serving.user }]);
    expect(await query(serving, 'SELECT installation_id FROM system_state')).toHaveLength(1);
  });

  it('is made even when several installations on one server make theirs at the same time', async () => {
    const others = await Promise.all([createTestDatabase(), createTestDatabase(), createTestDatabase()]);
    const roles = await Promise.all(others.map((other) => ensureAppRole(other.owner, { password: 'x' })));
    expect(new Set(roles).size).toBe(3);
    await Promise.all(others.map((other) => other.drop()));
    await maintain(roles.map((role) => `DROP ROLE ${role}`));
  });

  it('stores the verifier that PostgreSQL itself would store for that password', async () => {
    await maintain(['DROP ROLE IF EXISTS hf_scram', `CREATE ROLE hf_scram LOGIN PASSWORD 'correct-horse'`]);
    const [theirs] = await query<{ rolpassword: string }>(
      testServer().superuser,
      'SELECT rolpassword FROM pg_authid WHERE rolname = $1',
      ['hf_scram'],
    );
    const salt = /^SCRAM-SHA-256\$4096:([^$]+)\$/.exec(theirs?.rolpassword ?? '')?.[1] ?? '';
    expect(scramVerifier('correct-horse', Buffer.from(salt, 'base64'))).toBe(theirs?.rolpassword);
    await maintain(['DROP ROLE hf_scram']);
  });

  it('cannot make temporary tables, tables or roles', async () => {
    const role = await ensureAppRole(database.owner, { password: 'p' });
    const serving = { ...database.owner, user: role };
    await expect(query(serving, 'CREATE TEMP TABLE system_state (id int)')).rejects.toMatchObject({ code: '42501' });
    await expect(query(serving, 'CREATE TABLE planted (id int)')).rejects.toMatchObject({ code: '42501' });
    await expect(query(serving, 'CREATE ROLE planted')).rejects.toMatchObject({ code: '42501' });
    await expect(query(serving, `SET ROLE ${database.owner.user}`)).rejects.toMatchObject({ code: '42501' });
  });

  it('passes the check when made by us, and the owner and the superuser do not', async () => {
    await expect(assertServingRoleIsHarmless(database.app)).resolves.toBeUndefined();
    await expect(assertServingRoleIsHarmless(database.owner)).rejects.toThrow(
      /holdfast_owner must not serve.*CREATEROLE/,
    );
    await expect(assertServingRoleIsHarmless({ ...database.owner, user: testServer().superuser.user })).rejects.toThrow(
      /is a superuser/,
    );
  });

  it.each([
    ['BYPASSRLS', 'ALTER ROLE hf_check BYPASSRLS', 'ALTER ROLE hf_check NOBYPASSRLS', /has BYPASSRLS/],
    ['REPLICATION', 'ALTER ROLE hf_check REPLICATION', 'ALTER ROLE hf_check NOREPLICATION', /has REPLICATION/],
    [
      'the owner as a role it may become',
      'GRANT holdfast_owner TO hf_check',
      'REVOKE holdfast_owner FROM hf_check',
      /owns the (database|relation) \S+ \(through its role holdfast_owner\)/,
    ],
    [
      'the right to read files',
      'GRANT pg_read_server_files TO hf_check',
      'REVOKE pg_read_server_files FROM hf_check',
      /member of pg_read_server_files/,
    ],
  ])('is refused with %s', async (_name, grant, revoke, message) => {
    await maintain([
      'DROP ROLE IF EXISTS hf_check',
      'CREATE ROLE hf_check LOGIN',
      `GRANT CONNECT ON DATABASE ${database.name} TO hf_check`,
    ]);
    const serving = { ...database.owner, user: 'hf_check' };
    await ensureAppRole(database.owner, { role: 'hf_check' });
    await expect(assertServingRoleIsHarmless(serving)).resolves.toBeUndefined();
    await maintain([grant]);
    await expect(assertServingRoleIsHarmless(serving)).rejects.toThrow(message);
    await maintain([revoke, `REVOKE ALL ON DATABASE ${database.name} FROM hf_check`, 'DROP ROLE hf_check']);
  });

  it('may be the operator’s own: it joins the group and nothing else about it changes', async () => {
    await maintain([`CREATE ROLE "hf Operator's" LOGIN`]);
    await ensureAppRole(database.owner, { role: `hf Operator's` });
    await ensureAppRole(database.owner, { role: `hf Operator's` });
    const [row] = await query<{ member: boolean; connect: boolean }>(
      database.owner,
      `SELECT pg_has_role($1, $2, 'USAGE') AS member, has_database_privilege($1, current_database(), 'CONNECT') AS connect`,
      [`hf Operator's`, APP_ROLE],
    );
    expect(row).toEqual({ member: true, connect: true });
    await maintain([`REVOKE ALL ON DATABASE ${database.name} FROM "hf Operator's"`, `DROP ROLE "hf Operator's"`]);
  });

  it('says what to do when the operator’s role is missing or the owner may not make roles', async () => {
    await expect(ensureAppRole(database.owner, { role: 'nobody_made_me' })).rejects.toThrow(
      'The role nobody_made_me of DATABASE_APP_URL does not exist',
    );
    await maintain(['CREATE ROLE hf_weak LOGIN', `GRANT CONNECT ON DATABASE ${database.name} TO hf_weak`]);
    await expect(ensureAppRole({ ...database.owner, user: 'hf_weak' }, { password: 'p' })).rejects.toThrow(
      /Give it CREATEROLE/,
    );
    await maintain([`REVOKE ALL ON DATABASE ${database.name} FROM hf_weak`, 'DROP ROLE hf_weak']);
  });

  it('accepts the version of this server', async () => {
    await expect(assertServerVersion(database.owner)).resolves.toBeUndefined();
  });

  it('is reached by the URL of the test support as well', async () => {
    expect(parseDatabaseUrl(database.appUrl)).toMatchObject({ host: database.app.host, user: database.app.user });
    expect(await query(parseDatabaseUrl(database.appUrl), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});
