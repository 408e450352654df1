import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { allRows, asSuperuser } from '../../support/superuser.js';

/** Every change that can give or take rights; what is remembered of rights counts for one access version (ADR 0004). */
const CHANGES = [
  `INSERT INTO role (id, name, type) VALUES (901, 'other', 'tenant_role')`,
  `UPDATE role SET name = 'another' WHERE id = 901`,
  `INSERT INTO role_permission (role_id, permission) VALUES (901, 'secret_get')`,
  `UPDATE role_permission SET permission = 'secret_list' WHERE role_id = 901`,
  `DELETE FROM role_permission WHERE role_id = 901`,
  `INSERT INTO tenant (id, name, rabbitmq_username, rabbitmq_vhost) VALUES (7, 'blue', 'b', 'b')`,
  `UPDATE tenant SET name = 'green' WHERE id = 7`,
  `INSERT INTO user_account (id, username, username_key, role_id) VALUES (7, 'ada', 'ada', 900)`,
  `UPDATE user_account SET role_id = 901 WHERE id = 7`,
  `UPDATE user_account SET is_active = false WHERE id = 7`,
  `UPDATE user_account SET username = 'Ada' WHERE id = 7`,
  `INSERT INTO user_group (id, name, name_key, role_id) VALUES (7, 'team', 'team', 900)`,
  `UPDATE user_group SET role_id = 901 WHERE id = 7`,
  `INSERT INTO group_member (group_id, user_id) VALUES (7, 7)`,
  `INSERT INTO tenant_user (tenant_id, user_id, role_id) VALUES (7, 7, 901)`,
  `UPDATE tenant_user SET role_id = 900 WHERE tenant_id = 7`,
  `INSERT INTO tenant_group (tenant_id, group_id, role_id) VALUES (7, 7, 901)`,
  `UPDATE tenant_group SET role_id = 900 WHERE tenant_id = 7`,
  `DELETE FROM tenant_group WHERE tenant_id = 7`,
  `DELETE FROM tenant_user WHERE tenant_id = 7`,
  `DELETE FROM group_member WHERE group_id = 7`,
  `DELETE FROM user_group WHERE id = 7`,
  `DELETE FROM user_account WHERE id = 7`,
  `DELETE FROM tenant WHERE id = 7`,
  `DELETE FROM role WHERE id = 901`,
];

/** What every login and every use of a token writes: rights stay as they are, and so does what is remembered of them. */
const USES = [
  `UPDATE user_account SET last_login_at = now() WHERE id = 8`,
  `UPDATE user_account SET token_epoch = token_epoch + 1 WHERE id = 8`,
];

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await run(`INSERT INTO role (id, name, type) VALUES (900, 'someone', 'system_role')`);
  await run(`INSERT INTO user_account (id, username, username_key, role_id) VALUES (8, 'bob', 'bob', 900)`);
});
afterAll(() => database?.drop());

const run = (statement: string): Promise<unknown> => asSuperuser(database, (client) => client.query(statement));
const version = async (): Promise<number> => {
  const [row] = await allRows<{ version: string }>(
    database,
    'SELECT access_version::text AS version FROM system_state',
  );
  return Number(row?.version);
};

it.each(CHANGES)('rises with %s', async (change) => {
  const before = await version();
  await run(change);
  expect(await version()).toBeGreaterThan(before);
});

it.each(USES)('stays with %s', async (use) => {
  const before = await version();
  await run(use);
  expect(await version()).toBe(before);
});

it('knows every table that rights are read from', async () => {
  const tables = await allRows<{ name: string }>(
    database,
    `SELECT DISTINCT c.relname AS name FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
       JOIN pg_proc p ON p.oid = t.tgfoid WHERE p.proname = 'bump_access_version' ORDER BY 1`,
  );
  const changed = new Set(CHANGES.map((change) => /(?:INTO|UPDATE|FROM) (\w+)/.exec(change)?.[1]));
  expect(new Set(tables.map(({ name }) => name))).toEqual(changed);
});
