import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { INSTALLATION_STATES } from '../../src/core/plugins/installation-state.js';
import { Authenticator } from '../../src/platform/access/authenticator.js';
import { AgentNames } from '../../src/platform/agents/agent-names.js';
import { createTestApp, unique, type TestApp } from '../support/app.js';
import type { Answer, Client } from '../support/client.js';
import { expectError, expectStatus } from '../support/expect-error.js';
import { pluginZip, uploadPlugin } from '../support/plugins.js';
import { allRows, asSuperuser } from '../support/superuser.js';
import type { TestTenant } from '../support/world.js';

/* Where plugins are installed, or shall be (rest-api §3.12, agent-protocol §15). */

const MANAGER = 'manager-1'; // the one that GET /managers shows
const AGENTS = new Set(['agent-1', 'agent-2']);

let world: TestApp;
let tenant: TestTenant;
let agents: { mockRestore(): void };
beforeAll(async () => {
  world = await createTestApp();
  tenant = await world.world.tenant();
  id = await plugin(tenant.asAdmin);
  runsExecutions();
  agents = jest
    .spyOn(world.app.get(AgentNames, { strict: false }), 'known')
    .mockImplementation((_ctx, names) => Promise.resolve(new Set(names.filter((name) => AGENTS.has(name)))));
});
afterAll(() => world?.close());

/** One plugin for all that leave it where it is; an upload takes a second. */
let id: string;
beforeEach(async () => {
  await asSuperuser(world.database, (client) => client.query('DELETE FROM plugin_state'));
});

/** Requests with an `Execution-Token` are those of a running execution, in the tenant whose number the token is. */
function runsExecutions(): void {
  const authenticator = world.app.get(Authenticator, { strict: false });
  const look = authenticator.look.bind(authenticator);
  jest.spyOn(authenticator, 'look').mockImplementation(async (credentials) => {
    const glimpse = await look({ ...credentials, executionToken: undefined });
    const { executionToken } = credentials;
    if (executionToken === undefined) return glimpse;
    const execution = { id: 'running', tenantId: Number(executionToken) };
    return { state: glimpse.state, authenticate: async () => ({ ...(await glimpse.authenticate()), execution }) };
  });
}

async function plugin(client: Client, query: Readonly<Record<string, string>> = {}): Promise<string> {
  const name = unique('p').replaceAll('_', '-');
  const answer = await uploadPlugin(client, pluginZip({ name }), query);
  expectStatus(answer, 201);
  return answer.body.id as string;
}

const on = (state: string, place: object, error: string | null = null): object => ({
  manager: null,
  agent: null,
  state,
  error,
  ...place,
});

async function statesOf(client: Client = tenant.asAdmin, of: string = id): Promise<unknown> {
  return (await client.get(`/plugins/${of}`)).body.installation_state;
}

const stored = async (of: string = id): Promise<readonly { kind: string; name: string; state: string }[]> =>
  allRows(
    world.database,
    `SELECT s.kind, s.name, s.state FROM plugin_state s JOIN plugin p ON p.storage_id = s.plugin_id
      WHERE p.id = $1 ORDER BY 1, 2`,
    [of],
  );

interface Recorded {
  readonly ref_table: string;
  readonly ref_identifier: Readonly<Record<string, unknown>>;
  readonly operation: string;
}

/** What the audit log holds of the states of this plugin, oldest first. */
async function records(): Promise<readonly Recorded[]> {
  const rows = await allRows<{ id: string }>(
    world.database,
    'SELECT s.storage_id::text AS id FROM plugin_state s JOIN plugin p ON p.storage_id = s.plugin_id WHERE p.id = $1',
    [id],
  );
  const ids = new Set(rows.map((row) => Number(row.id)));
  const { items } = (await world.admin.get('/audit?_size=100&ref_table=plugins_states&order_by=created_at')).body;
  return (items as Recorded[]).filter(({ ref_identifier }) => ids.has(ref_identifier['storage_id'] as number));
}

function install(body: object, client: Client = tenant.asAdmin): Promise<Answer> {
  return client.post(`/plugins/${id}`, { action: 'install', ...body });
}

function put(body: object, client: Client = tenant.asAdmin): Promise<Answer> {
  return client.put(`/plugins/${id}`, body);
}

/** What a request of a running execution of the tenant carries. @param header the tenant that it names itself */
async function asExecution(
  of: string,
  header: string | null,
): Promise<{ tenant: string | null; headers: Record<string, string> }> {
  const [row] = await allRows<{ id: number }>(world.database, 'SELECT id FROM tenant WHERE name = $1', [of]);
  return { tenant: header, headers: { 'execution-token': String(row?.id) } };
}

describe('POST /plugins/{id}', () => {
  it('notes the wish for each manager and agent that is named, and answers the plugin', async () => {
    const user = (await tenant.member('user')).client;
    const answer = await install({ managers: [MANAGER, MANAGER], agents: ['agent-2', 'agent-1'] }, user);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      id,
      installation_state: [
        on('pending-install', { manager: MANAGER }),
        on('pending-install', { agent: 'agent-1' }),
        on('pending-install', { agent: 'agent-2' }),
      ],
    });
    expect((await tenant.asAdmin.get(`/plugins/${id}`)).body).toEqual(answer.body);
    expect((await tenant.asAdmin.get(`/plugins?id=${id}`)).body.items).toEqual([answer.body]);
    const narrow = await tenant.asAdmin.post(`/plugins/${id}?_include=id`, { action: 'install' });
    expect(narrow.body).toEqual({ id });
  });

  it('starts again what failed', async () => {
    await tenant.asAdmin.put(`/plugins/${id}`, { manager: MANAGER, state: 'error', error: 'no space' });
    expect((await install({ managers: [MANAGER] })).body.installation_state).toEqual([
      on('pending-install', { manager: MANAGER }),
    ]);
  });

  it.each([{}, { managers: [], agents: [] }, { managers: null, agents: null }])(
    'changes nothing where nothing is named: %j',
    async (body) => {
      const answer = await install(body);
      expect([answer.status, answer.body.installation_state]).toEqual([200, []]);
    },
  );

  it('records each state that it changed, and none that it did not', async () => {
    await install({ managers: [MANAGER], agents: ['agent-1'] });
    await install({ managers: [MANAGER], agents: ['agent-1'] });
    const found = await records();
    expect(found.map(({ operation }) => operation)).toEqual(['create', 'create']);
    expect(Object.keys(found[0]?.ref_identifier ?? {})).toEqual(['storage_id']);
  });

  it.each([
    ['another one', 'uninstall'],
    ['none', ''],
    ['other case', 'INSTALL'],
    ['a long one', 'x'.repeat(100_000)],
  ])('knows no action but install: %s', async (_what, action) => {
    const answer = await tenant.asAdmin.post(`/plugins/${id}`, { action });
    expectError(answer, 400, 'unknown_action');
    expect(answer.body.message.length).toBeLessThan(300);
  });

  it.each([
    {},
    { action: null },
    { action: 'install', managers: MANAGER },
    { action: 'install', agents: {} },
    { action: 'install', managers: [1] },
    { action: 'install', agents: [null] },
    { action: 'install', agents: [['agent-1']] },
  ])('refuses %j', async (body) => {
    expectError(await tenant.asAdmin.post(`/plugins/${id}`, body), 400, 'bad_parameters_error');
  });

  it.each([
    { managers: ['nobody'] },
    { agents: ['nobody'] },
    { agents: [MANAGER] },
    { managers: ['agent-1'] },
    { managers: [''] },
    { managers: [MANAGER.toUpperCase()] },
    { managers: [MANAGER, 'n'.repeat(100_000)], agents: ['agent-1'] },
    { agents: ['nul\0', 'agent-1'] },
    { managers: ['half \ud800'] },
  ])('knows no manager or agent of a strange name, and then notes nothing (%#)', async (body) => {
    const answer = await install(body);
    expectError(answer, 404, 'not_found_error');
    expect(answer.body.message).toMatch(/^Requested `(Manager|Agent)` with ID `.{0,120}` was not found$/);
    expect(await stored()).toEqual([]);
  });

  it('asks for JSON, the permission and the tenant', async () => {
    const text = await tenant.asAdmin.post(`/plugins/${id}`, '{}', { headers: { 'content-type': 'text/plain' } });
    expectError(text, 415, 'unsupported_content_type_error');
    const viewer = (await tenant.member('viewer')).client;
    expectError(await install({}, viewer), 403, 'forbidden_error');
    expectError(await tenant.asAdmin.post('/plugins/none', { action: 'install' }), 404, 'not_found_error');
  });
});

describe('PUT /plugins/{id}', () => {
  it.each([...INSTALLATION_STATES])('notes `%s`', async (state) => {
    const answer = await put({ state, manager: MANAGER, agent: null });
    expect([answer.status, answer.body.id]).toEqual([200, id]);
    expect(answer.body.installation_state).toEqual([on(state, { manager: MANAGER })]);
    expect(await statesOf()).toEqual(answer.body.installation_state);
  });

  it('keeps one state for each place, and an error only while it is said', async () => {
    await put({ state: 'installing', agent: 'agent-1', manager: '' });
    await put({ state: 'error', agent: 'agent-1', error: 'no wheel' });
    await put({ state: 'installed', manager: MANAGER });
    expect(await statesOf()).toEqual([
      on('installed', { manager: MANAGER }),
      on('error', { agent: 'agent-1' }, 'no wheel'),
    ]);
    await put({ state: 'installed', agent: 'agent-1' });
    expect(await statesOf()).toEqual([on('installed', { manager: MANAGER }), on('installed', { agent: 'agent-1' })]);
  });

  it('keeps the beginning of a long error, without what cannot be stored', async () => {
    const answer = await put({ state: 'error', manager: MANAGER, error: `a\0b${'😀'.repeat(100_000)}` });
    expect(answer.status).toBe(200);
    const kept = answer.body.installation_state[0].error as string;
    expect(kept).toHaveLength(4_096);
    expect(kept.startsWith('a\u{FFFD}b😀')).toBe(true);
    expect(kept.isWellFormed()).toBe(true);
  });

  it.each([
    {},
    { state: null, manager: MANAGER },
    { state: 1, manager: MANAGER },
    { state: '', manager: MANAGER },
    { state: 'Installed', manager: MANAGER },
    { state: 'x'.repeat(100_000), manager: MANAGER },
    { state: 'toString', manager: MANAGER },
    { state: 'installed', manager: [MANAGER] },
    { state: 'installed', agent: 7 },
    { state: 'error', manager: MANAGER, error: { text: 'x' } },
  ])('refuses a body that is not as it should be (%#)', async (body) => {
    expectError(await put(body), 400, 'bad_parameters_error');
    expect(await stored()).toEqual([]);
  });

  it.each([{}, { agent: null, manager: null }, { agent: '', manager: '' }, { agent: 'agent-1', manager: MANAGER }])(
    'wants exactly one of agent and manager, not %j',
    async (places) => {
      expectError(await put({ state: 'installed', ...places }), 409, 'conflict_error');
      expect(await stored()).toEqual([]);
    },
  );

  it.each([{ agent: 'nobody' }, { manager: 'nobody' }, { manager: 'n'.repeat(100_000) }, { agent: 'nul\0' }])(
    'knows no manager or agent of a strange name (%#)',
    async (place) => {
      expectError(await put({ state: 'installed', ...place }), 404, 'not_found_error');
      expect(await stored()).toEqual([]);
    },
  );

  it('asks for JSON, the permission and a plugin', async () => {
    const body = { state: 'installed', manager: MANAGER };
    expectError(await put(body, (await tenant.member('viewer')).client), 403, 'forbidden_error');
    expectError(await put(body, (await tenant.member('operations')).client), 403, 'forbidden_error');
    expect((await put(body, (await tenant.member('user')).client)).status).toBe(200);
    expectError(await tenant.asAdmin.put('/plugins/none', body), 404, 'not_found_error');
    const text = await tenant.asAdmin.put(`/plugins/${id}`, '{}', { headers: { 'content-type': 'text/plain' } });
    expectError(text, 415, 'unsupported_content_type_error');
  });

  it('records a change, and nothing where what is said was known', async () => {
    for (const state of ['installing', 'installing', 'installed', 'installed']) await put({ state, manager: MANAGER });
    expect((await records()).map(({ operation }) => operation)).toEqual(['create', 'update']);
  });

  it('lets two say something at the same time: both are answered, one is kept', async () => {
    const states = ['installing', 'installed'] as const;
    for (let round = 0; round < 5; round += 1) {
      const answers = await Promise.all(
        states.flatMap((state) => [
          put({ state, manager: MANAGER }),
          put({ state, agent: 'agent-1' }),
          tenant.asAdmin.post(`/plugins/${id}`, {
            action: 'install',
            managers: [MANAGER],
            agents: ['agent-2', 'agent-1'],
          }),
        ]),
      );
      expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
    }
    expect((await stored()).map(({ kind, name }) => [kind, name])).toEqual([
      ['agent', 'agent-1'],
      ['agent', 'agent-2'],
      ['manager', MANAGER],
    ]);
  });

  it('either is in time, or finds no plugin, while the plugin is deleted', async () => {
    const of = await plugin(tenant.asAdmin);
    const body = { state: 'installed', manager: MANAGER };
    const [gone, ...said] = await Promise.all([
      tenant.asAdmin.delete(`/plugins/${of}`, { force: true }),
      ...Array.from({ length: 4 }, () => tenant.asAdmin.put(`/plugins/${of}`, body)),
    ]);
    expect(gone?.status).toBe(204);
    for (const { status } of said) expect([200, 404]).toContain(status);
    expect(await stored(of)).toEqual([]);
  });
});

describe('an execution', () => {
  const body = { state: 'installed', manager: MANAGER };

  it('says states of its tenant’s plugins without the permission, its tenant being the default', async () => {
    const viewer = (await tenant.member('viewer')).client;
    for (const header of [tenant.name, null]) {
      const answer = await viewer.put(`/plugins/${id}`, body, await asExecution(tenant.name, header));
      expect([answer.status, answer.body.installation_state]).toEqual([200, [on('installed', { manager: MANAGER })]]);
    }
  });

  it('needs the permission for everything else', async () => {
    const viewer = (await tenant.member('viewer')).client;
    const extras = await asExecution(tenant.name, tenant.name);
    expectError(await viewer.post(`/plugins/${id}`, { action: 'install' }, extras), 403, 'forbidden_error');
    expectError(await viewer.patch(`/plugins/${id}`, { labels: {} }, extras), 403, 'forbidden_error');
  });

  it('reaches no other tenant, whatever its user may', async () => {
    const other = await world.world.tenant();
    const member = await tenant.member('user');
    await other.add(member, 'user');
    const named = await member.client.put(`/plugins/${id}`, body, await asExecution(other.name, tenant.name));
    expectError(named, 403, 'forbidden_error');
    const silent = await member.client.put(`/plugins/${id}`, body, await asExecution(other.name, null));
    expectError(silent, 404, 'not_found_error');
    expect(await stored()).toEqual([]);
  });

  it('finds no private plugin of somebody else', async () => {
    const hidden = await plugin(tenant.asAdmin, { visibility: 'private' });
    const viewer = (await tenant.member('viewer')).client;
    const answer = await viewer.put(`/plugins/${hidden}`, body, await asExecution(tenant.name, tenant.name));
    expectError(answer, 404, 'not_found_error');
    expect(await stored(hidden)).toEqual([]);
  });
});

describe('another tenant', () => {
  it('finds nothing of a plugin, in the words of one that does not exist', async () => {
    const other = (await (await world.world.tenant()).member('manager')).client;
    for (const answer of [
      await other.put(`/plugins/${id}`, { state: 'installed', manager: MANAGER }),
      await other.post(`/plugins/${id}`, { action: 'install', managers: ['nobody'] }),
    ]) {
      expectError(answer, 404, 'not_found_error');
      expect(answer.body.message).toBe(`Requested \`Plugin\` with ID \`${id}\` was not found`);
    }
  });

  it('reads what managers say of a global plugin, says nothing itself, and learns no names of agents', async () => {
    const wide = await plugin(tenant.asAdmin, { visibility: 'global' });
    const other = await world.world.tenant();
    await tenant.asAdmin.post(`/plugins/${wide}`, { action: 'install', managers: [MANAGER], agents: ['agent-1'] });
    const client = (await other.member('manager')).client;
    expect(await statesOf(client, wide)).toEqual([on('pending-install', { manager: MANAGER })]);
    expect(await statesOf((await tenant.member('viewer')).client, wide)).toHaveLength(2);
    for (const answer of [
      await client.put(`/plugins/${wide}`, { state: 'installed', manager: MANAGER }),
      await client.post(`/plugins/${wide}`, { action: 'install', managers: [MANAGER] }),
      await other.asAdmin.put(`/plugins/${wide}`, { state: 'installed', agent: 'agent-1' }),
    ])
      expectError(answer, 400, 'illegal_action_error');
    expect((await stored(wide)).map(({ state }) => state)).toEqual(['pending-install', 'pending-install']);
  });
});

it('removes the states with the plugin, forced or not', async () => {
  for (const force of [false, true]) {
    const of = await plugin(tenant.asAdmin);
    await tenant.asAdmin.put(`/plugins/${of}`, { state: 'installed', manager: MANAGER });
    expectStatus(await tenant.asAdmin.delete(`/plugins/${of}`, { force }), 204);
  }
  const left = await allRows(
    world.database,
    'SELECT 1 FROM plugin_state s WHERE NOT EXISTS (SELECT 1 FROM plugin p WHERE p.storage_id = s.plugin_id)',
  );
  expect(left).toEqual([]);
});

it('knows no agent as long as nothing makes any', async () => {
  agents.mockRestore();
  const answer = await tenant.asAdmin.put(`/plugins/${id}`, { state: 'installed', agent: 'agent-1' });
  expectError(answer, 404, 'not_found_error');
});
