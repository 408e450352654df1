import { printRule, routeRules } from '../../src/bootstrap/route-rules.js';
import { doorOf, holdsIn, readRule, type Door, type ModelCaller, type ModelRule } from '../support/access-model.js';
import { createTestApp, unique, type TestApp } from '../support/app.js';
import type { Answer, Client } from '../support/client.js';
import { digestOf, tableNames } from '../support/superuser.js';

/* Every route × every kind of caller × every way to name a tenant (rest-api §1.3 to §1.6). */

interface Caller extends ModelCaller {
  readonly client: Client;
}

interface Route {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly rule: ModelRule;
}

/** No name: creates are refused for it, and nothing is ever found under it. So a request that passes does no harm. */
const NOTHING = '0-nothing';
const HARMLESS_BODY = { expiration_date: 'no date', description: 7 };
const TENANT_CASES = ['own', 'other', 'none', 'unknown'] as const;
/** Written by what is allowed, as it should be: refusals, token use, presence of the process. */
const LIVELY_TABLES = /^(audit_|access_token|manager_process|tenant_key|system_state)/;

let test: TestApp;
let own: string;
let other: string;
let callers: Caller[];
let routes: Route[];

beforeAll(async () => {
  test = await createTestApp();
  const { world, admin, stranger } = test;
  const home = await world.tenant();
  own = home.name;
  other = (await world.tenant()).name;

  const bySystemGroup = await world.user();
  await join(await world.group('sys_admin'), bySystemGroup.username);
  const byTenantGroup = await world.user();
  const group = await world.group();
  await join(group, byTenantGroup.username);
  await test.admin.put('/tenants/user-groups', { tenant_name: own, group_name: group, role: 'user' });

  const inside = async (role: string): Promise<Caller> => ({
    label: role,
    systemRoles: ['default'],
    tenantRoles: { [own]: [role] },
    client: (await home.member(role)).client,
  });
  callers = [
    { label: 'stranger', systemRoles: null, tenantRoles: {}, client: stranger },
    { label: 'bootstrap admin', systemRoles: ['sys_admin'], isBootstrapAdmin: true, tenantRoles: {}, client: admin },
    { label: 'sys_admin', systemRoles: ['sys_admin'], tenantRoles: {}, client: (await world.user('sys_admin')).client },
    {
      label: 'sys_admin by group',
      systemRoles: ['default', 'sys_admin'],
      tenantRoles: {},
      client: bySystemGroup.client,
    },
    { label: 'default', systemRoles: ['default'], tenantRoles: {}, client: (await world.user()).client },
    ...(await Promise.all(['manager', 'user', 'operations', 'viewer'].map(inside))),
    {
      label: 'user by group',
      systemRoles: ['default'],
      tenantRoles: { [own]: ['user'] },
      client: byTenantGroup.client,
    },
  ];
  routes = routeRules(test.app).map(({ method, path, rule }) => ({
    method: method as Route['method'],
    path,
    rule: readRule(printRule(rule)),
  }));
});
afterAll(() => test?.close());

async function join(group: string, username: string): Promise<void> {
  const answer = await test.admin.put('/user-groups/users', { group_name: group, username });
  if (answer.status !== 200) throw new Error(answer.text);
}

/** The name that a request gives, or null. A path always names one: there, "none" stands for no header beside it. */
function tenantOf(kind: (typeof TENANT_CASES)[number], rule: ModelRule): string | null {
  const name = { own, other, none: null, unknown: 'no_such_tenant' }[kind];
  return rule.tenant === 'path' ? (name ?? own) : name;
}

async function knock(route: Route, caller: Caller, tenant: string | null, allTenants: boolean): Promise<Answer> {
  const { rule } = route;
  const path = route.path
    .replace(':tenant_name', rule.tenant === 'path' ? (tenant ?? '') : NOTHING)
    .replaceAll(/:[a-z_]+|\*\w*$/gi, NOTHING);
  const inHeader = rule.tenant !== 'path' && rule.tenant !== 'body';
  const body = { ...HARMLESS_BODY, ...(rule.tenant === 'body' && tenant !== null ? { tenant_name: tenant } : {}) };
  const answer = await caller.client.send(route.method, path, route.method === 'GET' ? undefined : body, {
    tenant: inHeader ? tenant : null,
    query: {
      ...(allTenants ? { _all_tenants: 'true' } : {}),
      // A stream would not end; these are refused, once the caller may ask at all.
      ...(path.endsWith('/audit/stream') ? { since: '2026-01-01', before: '2026-01-02' } : {}),
      ...(path.endsWith('/events/stream') ? { type: 'nonsense' } : {}),
    },
  });
  if (path.endsWith('/maintenance/activate') && answer.status === 200)
    await test.admin.post('/maintenance/deactivate', undefined, { headers: { 'x-bypass-maintenance': 'true' } });
  return answer;
}

/** What the door said, read off the answer alone. */
function seen(answer: Answer, expected: Door): number | string {
  if (answer.status >= 500) return `${answer.status} ${answer.text}`;
  if (answer.status === 401 || answer.status === 403) {
    const code = answer.status === 401 ? 'unauthorized_error' : 'forbidden_error';
    return answer.body?.error_code === code ? answer.status : `${answer.status} ${answer.text}`;
  }
  return expected === 400 && answer.status === 400 ? 400 : 'open';
}

/** Rules that a route has behind its door; what is sent to it is somebody else's account. */
function expectedAt(route: Route, caller: Caller, tenant: string | null, allTenants: boolean): Door {
  const door = doorOf(route.rule, caller, { tenant, allTenants }, new Set([own, other, 'default_tenant']));
  const isForeignAccount = route.method === 'POST' && route.path.endsWith('/users/:username');
  return door === 'open' && isForeignAccount && !holdsIn(caller, tenant, 'user_update') ? 403 : door;
}

async function differences(chosen: readonly Route[], allTenants: boolean): Promise<{ asked: number; wrong: object[] }> {
  let asked = 0;
  const wrong: object[] = [];
  const ask = async (route: Route, caller: Caller, kind: (typeof TENANT_CASES)[number]): Promise<void> => {
    const tenant = tenantOf(kind, route.rule);
    const expected = expectedAt(route, caller, tenant, allTenants);
    const actual = seen(await knock(route, caller, tenant, allTenants), expected);
    asked += 1;
    if (actual !== expected)
      wrong.push({ route: `${route.method} ${route.path}`, caller: caller.label, tenant: kind, expected, actual });
  };
  for (const route of chosen) {
    for (const kind of TENANT_CASES) {
      // All callers at once, except where one of them shuts the door for the others.
      if (!route.path.endsWith('/activate')) await Promise.all(callers.map((caller) => ask(route, caller, kind)));
      else for (const caller of callers) await ask(route, caller, kind);
    }
  }
  return { asked, wrong };
}

/** Some ten thousand requests, on a machine that may do other things besides. */
const PATIENCE_MS = 240_000;

describe('the matrix of routes, callers and tenants', () => {
  it(
    'lets in whom the matrix and the tables of the contract let in, and nobody else, and changes nothing',
    async () => {
      const tables = (await tableNames(test.database)).filter((name) => !LIVELY_TABLES.test(name));
      const before = await digestOf(test.database, tables);
      const { asked, wrong } = await differences(routes, false);
      expect(wrong).toEqual([]);
      expect(asked).toBe(routes.length * callers.length * TENANT_CASES.length);
      expect(await digestOf(test.database, tables)).toEqual(before);
    },
    PATIENCE_MS,
  );

  it(
    'counts the roles of any tenant with _all_tenants only where the contract says so',
    async () => {
      const wide = routes.filter(
        ({ method, rule }) => rule.allTenants !== null || (rule.tenant === 'required' && method === 'GET'),
      );
      expect(wide.length).toBeGreaterThan(0);
      expect((await differences(wide, true)).wrong).toEqual([]);
    },
    PATIENCE_MS,
  );

  it('is not impressed by other ways to write the header, or by a tenant in the query', async () => {
    const manager = callers.find(({ label }) => label === 'manager');
    const required = routes.find(({ method, rule }) => method === 'GET' && rule.tenant === 'required');
    if (!manager || !required) throw new Error('The matrix has lost its manager or its tenant routes.');
    const path = required.path.replaceAll(/:[a-z_]+/g, NOTHING);
    const ask = (headers: Record<string, string>, query = {}): Promise<Answer> =>
      manager.client.send('GET', path, undefined, { tenant: null, headers, query });
    expect((await ask({ tenant: own })).status).not.toBe(403);
    for (const name of [own.toUpperCase(), ` ${other} `, `${own}, ${other}`, `${own},${own}`, `${own}\u00a0`, '0', '*'])
      expect([name, (await ask({ tenant: name })).status]).toEqual([name, 403]);
    expect((await ask({}, { tenant: own })).status).toBe(403);
    expect((await ask({}, { Tenant: own })).status).toBe(403);
  });

  it('lets everybody change the password of their own account, and nobody the role', async () => {
    for (const { label, client } of callers) {
      if (label === 'stranger' || label === 'bootstrap admin') continue;
      const { username } = (await client.get('/user')).body as { username: string };
      const password = { password: `a new password for ${unique('me')}` };
      expect([label, (await client.post(`/users/${username.toUpperCase()}`, password)).status]).toEqual([label, 200]);
      const role = await client.post(`/users/${username}`, { role: 'default' });
      // Last in this list on purpose: an administrator may, and then is none.
      expect([label, role.status]).toEqual([label, label.startsWith('sys_admin') ? 200 : 403]);
    }
  });

  it('has an edit of the matrix felt by the next request', async () => {
    const viewer = callers.find(({ label }) => label === 'viewer');
    const path = '/user-groups';
    expect((await viewer?.client.get(path))?.status).toBe(403);
    expect((await test.admin.put('/permissions/viewer/user_group_list')).status).toBe(200);
    expect((await viewer?.client.get(path))?.status).toBe(200);
    expect((await viewer?.client.get(path, { tenant: null }))?.status).toBe(403);
    expect((await test.admin.delete('/permissions/viewer/user_group_list')).status).toBe(204);
    expect((await viewer?.client.get(path))?.status).toBe(403);
  });
});
