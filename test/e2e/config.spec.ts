import pg from 'pg';
import { createTestApp, type TestApp } from '../support/app.js';
import type { Answer, Client } from '../support/client.js';
import { expectCodeless, expectError, expectStatus } from '../support/expect-error.js';
import type { TestTenant } from '../support/world.js';

const MASK = '********';
const WIRE_DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const ENTRY_FIELDS = ['name', 'value', 'schema', 'is_editable', 'admin_only', 'updated_at', 'scope', 'updater_name'];
const ADMIN_ONLY = ['ldap_password', 'ldap_username', 'log_fetch_password', 'log_fetch_username'];
const NOT_EDITABLE = [
  'api_service_log_path',
  'file_server_root',
  'file_server_url',
  'insecure_endpoints_disabled',
  'maintenance_folder',
  'public_ip',
  'rest_service_log_path',
];

interface Entry {
  readonly name: string;
  readonly scope: string;
  readonly value: unknown;
  readonly admin_only: boolean;
  readonly is_editable: boolean;
}

let holdfast: TestApp;
let admin: Client;
let stranger: Client;
let tenant: TestTenant;
let manager: Client;
let user: Client;
let viewer: Client;

beforeAll(async () => {
  holdfast = await createTestApp();
  ({ admin, stranger } = holdfast);
  tenant = await holdfast.world.tenant();
  manager = (await tenant.member('manager')).client;
  user = (await tenant.member('user')).client;
  viewer = (await tenant.member('viewer')).client;
});
afterAll(() => holdfast.close());

async function valueOf(name: string, client = admin): Promise<unknown> {
  return expectStatus(await client.get(`/config/${name}`), 200).body.value;
}

async function rows<Row extends object>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client(holdfast.database.owner);
  await client.connect();
  try {
    return (await client.query<Row>(sql, parameters)).rows;
  } finally {
    await client.end();
  }
}

/** What a refused change must leave as it was. */
async function unchanged(name: string, change: () => Promise<Answer>): Promise<Answer> {
  const before = await admin.get(`/config/${name}`);
  const answer = await change();
  const after = await admin.get(`/config/${name}`);
  expect(after.body).toEqual(before.body);
  return answer;
}

describe('reading the configuration', () => {
  it('gives everybody all entries, roles and permissions', async () => {
    const { body } = expectStatus(await viewer.get('/config'), 200);
    expect(Object.keys(body)).toEqual(['metadata', 'items', 'authorization']);
    expect(body.metadata).toEqual({});
    for (const entry of body.items) expect(Object.keys(entry)).toEqual(ENTRY_FIELDS);
    const items = body.items as Entry[];
    expect(items.filter((item) => item.admin_only).map(({ name }) => name)).toEqual(ADMIN_ONLY);
    expect(items.filter((item) => !item.is_editable).map(({ name }) => name)).toEqual(NOT_EDITABLE);
    expect(new Set(items.map(({ scope }) => scope))).toEqual(new Set(['agent', 'mgmtworker', 'rest', 'workflow']));
  });

  it('has the defaults of a new installation', async () => {
    const { body } = await viewer.get('/config');
    const values = Object.fromEntries(
      (body.items as Entry[]).map(({ scope, name, value }) => [`${scope}.${name}`, value]),
    );
    expect(values).toMatchObject({
      'rest.default_page_size': 1000,
      'rest.failed_logins_before_account_lock': 4,
      'rest.account_lock_period': 15,
      'rest.rest_service_log_level': 'INFO',
      'rest.public_ip': '127.0.0.1',
      'rest.file_server_url': 'https://127.0.0.1:53333/resources',
      'rest.insecure_endpoints_disabled': true,
      'rest.ldap_timeout': 5,
      'mgmtworker.max_workers': 5,
      'agent.broker_port': 5671,
      'workflow.task_retries': 60,
    });
  });

  it('gives the web UI roles with types and every permission, also one that no role holds', async () => {
    await admin.delete('/permissions/sys_admin/stage_configure');
    const { authorization } = (await viewer.get('/config')).body;
    expect(authorization.roles.map((role: { name: string; type: string }) => [role.name, role.type])).toEqual(
      expect.arrayContaining([
        ['sys_admin', 'system_role'],
        ['default', 'system_role'],
        ['manager', 'tenant_role'],
      ]),
    );
    for (const role of authorization.roles) {
      expect(Object.keys(role)).toEqual(['id', 'name', 'type', 'description']);
      expect(role.description).not.toBe('');
    }
    expect(authorization.permissions.stage_configure).toEqual([]);
    expect(authorization.permissions.widget_custom_admin).toEqual(['sys_admin', 'manager']);
    expect(authorization.permissions.manager_config_put).toEqual(['sys_admin', 'manager']);
  });

  it('shows a change of the matrix at once', async () => {
    await admin.put('/permissions/viewer/widget_tenants');
    const { body } = await viewer.get('/config', { query: { scope: 'authorization' } });
    expect(body.authorization.permissions.widget_tenants).toEqual(['sys_admin', 'viewer']);
  });

  it.each([
    ['rest', 'rest', false],
    ['agent', 'agent', false],
    ['no-such-scope', null, false],
    ['authorization', null, true],
  ])('narrows to the scope %s', async (scope, held, hasAuthorization) => {
    const { body } = expectStatus(await viewer.get('/config', { query: { scope } }), 200);
    const scopes = new Set((body.items as Entry[]).map((item) => item.scope));
    expect(scopes).toEqual(new Set(held === null ? [] : [held]));
    expect('authorization' in body).toBe(hasAuthorization);
  });

  it('takes an empty scope for none', async () => {
    const { body } = await viewer.get('/config?scope=');
    expect(body.items.length).toBeGreaterThan(50);
    expect(body).toHaveProperty('authorization');
  });

  it('needs no tenant, but one that exists if any', async () => {
    expectStatus(await user.get('/config', { tenant: null }), 200);
    expectError(await user.get('/config', { tenant: 'no_such_tenant' }), 403, 'forbidden_error');
  });

  it('is closed to strangers', async () => {
    expectError(await stranger.get('/config'), 401, 'unauthorized_error');
    expectError(await stranger.get('/config/default_page_size'), 401, 'unauthorized_error');
  });

  it('is closed to roles that lost the permission', async () => {
    const other = (await tenant.member('operations')).client;
    await admin.delete('/permissions/operations/manager_config_get');
    await admin.delete('/permissions/default/manager_config_get');
    expectError(await other.get('/config'), 403, 'forbidden_error');
    expectError(await other.get('/config/default_page_size'), 403, 'forbidden_error');
    await admin.put('/permissions/operations/manager_config_get');
    await admin.put('/permissions/default/manager_config_get');
    expectStatus(await other.get('/config'), 200);
  });

  it('belongs to the newest version of the API', async () => {
    expectCodeless(await admin.get('/api/v3/config'), 404);
    expectCodeless(await admin.post('/config', {}), 405);
  });

  it('keeps the settings of the audit log out', async () => {
    expect(JSON.stringify((await admin.get('/config')).body.items)).not.toMatch(/audit_log|audit_file/);
    expectError(await admin.get('/config/audit_log_file'), 404, 'not_found_error');
    expectError(await admin.put('/config/audit_log_level', { value: 'CRITICAL', force: true }), 404, 'not_found_error');
  });
});

describe('reading one entry', () => {
  it('finds it by name, and by scope and name', async () => {
    const byName = expectStatus(await viewer.get('/config/task_retries'), 200);
    expect(byName.body).toEqual({
      name: 'task_retries',
      value: 60,
      schema: { type: 'integer', minimum: -1, maximum: 2147483647 },
      is_editable: true,
      admin_only: false,
      updated_at: null,
      scope: 'workflow',
      updater_name: null,
    });
    expect((await viewer.get('/config/workflow.task_retries')).body).toEqual(byName.body);
  });

  it('asks which one is meant when several scopes have the name', async () => {
    expectError(await viewer.get('/config/max_workers'), 409, 'ambiguous_name');
    expect((await viewer.get('/config/agent.max_workers')).body).toMatchObject({ scope: 'agent', value: 5 });
  });

  it.each([
    'no_such_setting',
    'agent.task_retries',
    'rest.',
    '.task_retries',
    'a.b.task_retries',
    "x'; DROP TABLE config_entry; --",
  ])('does not find %s', async (name) => {
    const answer = await viewer.get(`/config/${encodeURIComponent(name)}`);
    expectError(answer, 404, 'not_found_error');
    expect(answer.body.message).toContain('not found');
  });

  it('refuses a name that the database cannot even compare', async () => {
    expectError(await viewer.get('/config/a%00b'), 400, 'bad_parameters_error');
  });

  it('narrows to the fields asked for', async () => {
    expect((await viewer.get('/config/task_retries?_include=name,value')).body).toEqual({
      name: 'task_retries',
      value: 60,
    });
    expectError(await viewer.get('/config/task_retries?_include=value_sealed'), 400, 'no_such_include_field_error');
  });
});

describe('changing an entry', () => {
  it('answers the entry, with who changed it and when', async () => {
    const answer = expectStatus(await admin.put('/config/min_available_memory_mb', { value: 256 }), 200);
    expect(answer.body).toMatchObject({ name: 'min_available_memory_mb', value: 256, updater_name: 'admin' });
    expect(answer.body.updated_at).toMatch(WIRE_DATE);
    expect((await viewer.get('/config/min_available_memory_mb')).body).toEqual(answer.body);
  });

  it('takes effect with the next request', async () => {
    await admin.put('/config/default_page_size', { value: 1 });
    expect((await admin.get('/users')).body.metadata.pagination.size).toBe(1);
    await admin.put('/config/default_page_size', { value: 1000 });
    expect((await admin.get('/users')).body.metadata.pagination.size).toBe(1000);
  });

  it('is felt by a replica with its next request', async () => {
    const replica = await createTestApp({ from: holdfast });
    try {
      await admin.put('/config/default_page_size', { value: 7 });
      expect((await replica.admin.get('/users')).body.metadata.pagination.size).toBe(7);
    } finally {
      await replica.app.close();
      await admin.put('/config/default_page_size', { value: 1000 });
    }
  });

  it('survives a restart, while what nobody set follows the deployment', async () => {
    await admin.put('/config/monitoring_timeout', { value: 9 });
    await admin.put('/config/log_fetch_password', { value: 'kept over the restart' });
    const next = await createTestApp({ from: holdfast, config: { logLevel: 'warn', internalPort: 54_321 } });
    try {
      expect(await valueOf('monitoring_timeout', next.admin)).toBe(9);
      expect(await valueOf('log_fetch_password', next.admin)).toBe('kept over the restart');
      expect(await valueOf('rest_service_log_level', next.admin)).toBe('WARNING');
      expect(await valueOf('file_server_url', next.admin)).toBe('https://127.0.0.1:54321/resources');
    } finally {
      await next.app.close();
    }
  });

  it('is for managers of a tenant as well, in their tenant', async () => {
    expectStatus(await manager.put('/config/max_concurrent_workflows', { value: 21 }), 200);
    expectError(
      await manager.put('/config/max_concurrent_workflows', { value: 22 }, { tenant: null }),
      403,
      'forbidden_error',
    );
    expect(await valueOf('max_concurrent_workflows')).toBe(21);
  });

  it.each([
    ['task_retries', '-1', -1],
    ['min_available_memory_mb', ' 12 ', 12],
    ['ldap_timeout', '2.5', 2.5],
    ['ldap_is_active_directory', 'True', true],
    ['ldap_is_active_directory', null, null],
    ['prometheus_url', '5', '5'],
  ])('%s reads %j as %j', async (name, value, stored) => {
    expect(expectStatus(await admin.put(`/config/${name}`, { value }), 200).body.value).toBe(stored);
    expect(await valueOf(name)).toBe(stored);
  });

  it('lets go what the body holds beyond value and force', async () => {
    const { body } = await admin.put('/config/prometheus_url', {
      value: 'http://p',
      admin_only: true,
      updater_name: 'x',
      scope: 'y',
    });
    expect(body).toMatchObject({ value: 'http://p', admin_only: false, updater_name: 'admin', scope: 'rest' });
  });

  it.each([
    ['too small', 'failed_logins_before_account_lock', 0],
    ['too small', 'account_lock_period', -2],
    ['so large that no statement could hold it', 'default_page_size', 1e308],
    ['a fraction', 'default_page_size', 1.5],
    ['a text that spells no number', 'default_page_size', 'many'],
    ['a boolean', 'default_page_size', true],
    ['null', 'default_page_size', null],
    ['not among the levels', 'rest_service_log_level', 'LOUD'],
    ['a dict', 'prometheus_url', { url: 'x' }],
    ['no directory', 'ldap_server', 'http://directory'],
    ['no time at all', 'ldap_timeout', 0],
    ['a store that there is not', 'file_server_type', 's3'],
    ['very long', 'prometheus_url', 'x'.repeat(5_000)],
  ])('refuses a value that is %s: %s', async (_why, name, value) => {
    const answer = await unchanged(name, () => admin.put(`/config/${name}`, { value }));
    expectError(answer, 409, 'conflict_error');
  });

  it.each([
    ['no value', '{}', 400],
    ['a value that was left out', '{"force": true}', 400],
    ['a force that is a text', '{"value": 1, "force": "true"}', 400],
    ['a list', '[1]', 400],
    ['a NUL', '{"value": "a\\u0000b"}', 400],
    ['half of a surrogate pair', '{"value": "\\ud800"}', 400],
  ])('refuses a body with %s', async (_what, body, status) => {
    const answer = await unchanged('prometheus_url', () => admin.put('/config/prometheus_url', body));
    expectError(answer, status, 'bad_parameters_error');
  });

  it('refuses what is no JSON, too much JSON, or another type', async () => {
    expectCodeless(await admin.put('/config/prometheus_url', '{"value": '), 400);
    expectCodeless(await admin.put('/config/prometheus_url', Buffer.from([0x22, 0xff, 0x22])), 400);
    expectCodeless(await admin.put('/config/prometheus_url', { value: 'x'.repeat(1_100_000) }), 413);
    const asText = { headers: { 'content-type': 'text/plain' } };
    expectError(
      await admin.put('/config/prometheus_url', { value: 'x' }, asText),
      415,
      'unsupported_content_type_error',
    );
  });

  it('names what it cannot find or tell apart, after the body', async () => {
    expectError(await admin.put('/config/no_such_setting', { value: 1 }), 404, 'not_found_error');
    expectError(await admin.put('/config/max_workers', { value: 1 }), 409, 'ambiguous_name');
    expectError(await admin.put('/config/no_such_setting', {}), 400, 'bad_parameters_error');
  });

  it.each([
    ['a stranger', () => stranger, 401, 'unauthorized_error'],
    ['a user', () => user, 403, 'forbidden_error'],
    ['a viewer', () => viewer, 403, 'forbidden_error'],
  ])('is not for %s', async (_who, client, status, code) => {
    const answer = await unchanged('default_page_size', () => client().put('/config/default_page_size', { value: 5 }));
    expectError(answer, status, code);
  });

  it('stores each of many changes at the same time whole, or says that it did not', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => admin.put('/config/blueprint_folder_max_files', { value: 100 + index })),
    );
    const [{ version } = { version: 0 }] = await rows<{ version: number }>(
      `SELECT value_version AS version FROM config_entry WHERE name = 'blueprint_folder_max_files'`,
    );
    const stored = answers.filter(({ status }) => status === 200);
    for (const answer of answers.filter(({ status }) => status !== 200)) expectError(answer, 409, 'storage_error');
    expect(stored.length).toBe(version - 1);
    expect(stored.length).toBeGreaterThan(0);
  });

  it('outlives the account of whoever made it', async () => {
    const member = await tenant.member('manager');
    expect((await member.client.put('/config/prometheus_url', { value: 'http://left' })).body.updater_name).toBe(
      member.username,
    );
    await admin.delete('/tenants/users', { username: member.username, tenant_name: tenant.name });
    expectStatus(await admin.delete(`/users/${member.username}`), 204);
    expect((await admin.get('/config/prometheus_url')).body).toMatchObject({
      value: 'http://left',
      updater_name: null,
    });
  });
});

describe('entries that are not editable', () => {
  it('change only by force, and then no longer follow the deployment', async () => {
    const refused = await unchanged('public_ip', () => admin.put('/config/public_ip', { value: '192.0.2.9' }));
    expectError(refused, 409, 'conflict_error');
    expectError(await admin.put('/config/public_ip', { value: '192.0.2.9', force: false }), 409, 'conflict_error');
    expect(
      expectStatus(await admin.put('/config/public_ip', { value: '192.0.2.9', force: true }), 200).body.value,
    ).toBe('192.0.2.9');
    expect(await valueOf('public_ip', viewer)).toBe('192.0.2.9');
  });

  it('still have to fit their schema', async () => {
    expectError(await admin.put('/config/public_ip', { value: 5, force: true }), 409, 'conflict_error');
  });

  it('are no tenant manager’s: other tenants’ agents would follow', async () => {
    const answer = await unchanged('file_server_url', () =>
      manager.put('/config/file_server_url', { value: 'https://attacker.example', force: true }),
    );
    expectError(answer, 401, 'unauthorized_error');
  });
});

describe('what only a system administrator may change', () => {
  it.each([
    ['ldap_password', 'x'],
    ['log_fetch_username', 'x'],
    ['ldap_server', 'ldap://attacker.example'],
    ['ldap_user_filter', '(uid=*)'],
    ['failed_logins_before_account_lock', 1000],
    ['account_lock_period', -1],
    ['s3_server_url', 'https://attacker.example'],
  ])('%s is refused to the manager of a tenant', async (name, value) => {
    const answer = await unchanged(name, () => manager.put(`/config/${name}`, { value }));
    expectError(answer, 401, 'unauthorized_error');
    expect(answer.body.message).toMatch(/^User unauthorized/);
  });

  it('is open to holders of the role, not to the first administrator alone', async () => {
    const other = (await holdfast.world.user('sys_admin')).client;
    expectStatus(await other.put('/config/account_lock_period', { value: 16 }), 200);
    expectStatus(await other.put('/config/ldap_username', { value: 'cn=reader' }), 200);
    expect(await valueOf('ldap_username', other)).toBe('cn=reader');
  });
});

describe('entries for administrators', () => {
  const SECRET = 'correct horse battery staple 4711';

  it('are masked for everybody else, set or not', async () => {
    expect(await valueOf('ldap_password', viewer)).toBe(MASK);
    expect(await valueOf('ldap_password')).toBeNull();
    const answer = expectStatus(await admin.put('/config/ldap_password', { value: SECRET }), 200);
    expect(answer.body).toMatchObject({ value: SECRET, admin_only: true });
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(await valueOf('ldap_password', viewer)).toBe(MASK);
    expect(await valueOf('ldap_password', manager)).toBe(MASK);
    expect((await manager.get('/config')).text).not.toContain(SECRET);
    expect((await manager.get('/config')).headers['cache-control']).toBeUndefined();
  });

  it('are shown to system administrators, who leave a record of it, and are kept by no cache', async () => {
    const [before] = await rows<{ count: string }>(
      `SELECT count(*) FROM audit_log WHERE action = 'config.read_secret'`,
    );
    const answer = await admin.get('/config');
    expect(answer.headers['cache-control']).toBe('no-store');
    const shown = (answer.body.items as Entry[]).find(({ name }) => name === 'ldap_password');
    expect(shown?.value).toBe(SECRET);
    const [after] = await rows<{ count: string }>(`SELECT count(*) FROM audit_log WHERE action = 'config.read_secret'`);
    expect(Number(after?.count)).toBe(Number(before?.count) + 1);
  });

  it('lie sealed in the database, and in no log or record at all', async () => {
    const stored = await rows<{ text: string }>(
      `SELECT c::text AS text FROM config_entry c UNION ALL SELECT a::text FROM audit_log a`,
    );
    expect(
      stored.filter(({ text }) => text.includes(SECRET) || text.includes(Buffer.from(SECRET).toString('hex'))),
    ).toEqual([]);
    expect(holdfast.log.lines.filter((line) => line.includes(SECRET))).toEqual([]);
  });

  it('do not open in another row, and spoil no other entry', async () => {
    await admin.put('/config/log_fetch_username', { value: 'fetcher' });
    await rows(
      `UPDATE config_entry t SET value_sealed = s.value_sealed, value_version = s.value_version
         FROM config_entry s WHERE t.name = 'log_fetch_username' AND s.name = 'ldap_password'`,
    );
    expectStatusAndCode(await admin.get('/config/log_fetch_username'), 500, 'invalid_fernet_token_format_error');
    const { body } = expectStatus(await admin.get('/config'), 200);
    const values = new Map((body.items as Entry[]).map(({ name, value }) => [name, value]));
    expect(values.get('log_fetch_username')).toBe(MASK);
    expect(values.get('ldap_password')).toBe(SECRET);
    expectStatus(await admin.put('/config/log_fetch_username', { value: null }), 200);
    expect(await valueOf('log_fetch_username')).toBeNull();
  });

  it('never tell the value that did not fit', async () => {
    const answer = await admin.put('/config/ldap_password', { value: [SECRET] });
    expectError(answer, 409, 'conflict_error');
    expect(answer.text).not.toContain(SECRET);
  });
});

describe('the record of a change', () => {
  it('says who, what, before and after, but of secrets only that they changed', async () => {
    await admin.put('/config/monitoring_timeout', { value: 11 });
    await admin.put('/config/log_fetch_password', { value: 'nobody may read this' });
    const records = await rows<{ name: string; creator_name: string; operation: string; details: unknown }>(
      `SELECT ref_identifier->>'name' AS name, creator_name, operation, details FROM audit_log
        WHERE action = 'config.update' AND outcome = 'success' ORDER BY id DESC LIMIT 2`,
    );
    expect(records).toEqual([
      {
        name: 'rest.log_fetch_password',
        creator_name: 'admin',
        operation: 'update',
        details: { before: MASK, after: MASK },
      },
      {
        name: 'rest.monitoring_timeout',
        creator_name: 'admin',
        operation: 'update',
        details: { before: 9, after: 11 },
      },
    ]);
  });

  it('is kept of refusals too', async () => {
    await manager.put('/config/ldap_server', { value: 'ldap://attacker.example' });
    const [record] = await rows<{ outcome: string; details: { code: string } }>(
      `SELECT outcome, details FROM audit_log WHERE action = 'config.update' ORDER BY id DESC LIMIT 1`,
    );
    expect(record).toMatchObject({ outcome: 'denied', details: { code: 'unauthorized_error' } });
  });
});

describe('the level of the service log', () => {
  it('follows the setting at once', async () => {
    await admin.put('/config/rest_service_log_level', { value: 'ERROR' });
    const quiet = holdfast.log.lines.length;
    await viewer.get('/status');
    expect(holdfast.log.lines.length).toBe(quiet);
    await admin.put('/config/rest_service_log_level', { value: 'DEBUG' });
    await viewer.get('/status');
    expect(holdfast.log.lines.length).toBeGreaterThan(quiet);
  });
});

function expectStatusAndCode(answer: Answer, status: number, code: string): void {
  expect({ status: answer.status, code: answer.body?.error_code }).toEqual({ status, code });
}
