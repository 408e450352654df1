import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../support/app.js';
import type { Answer } from '../support/client.js';
import { expectError, expectQueryError, expectStatus } from '../support/expect-error.js';
import { storeDeployment, type DeploymentSketch } from '../support/stored-deployments.js';
import { allRows } from '../support/superuser.js';
import type { Member, TestTenant } from '../support/world.js';

let world: TestApp;
let tenant: TestTenant;
let ada: Member;
let bob: Member;

const rule = (key: string, operator: string, values: readonly string[] = [], type = 'label'): object => ({
  key,
  operator,
  values,
  type,
});
const attribute = (key: string, operator: string, values: readonly string[] = []): object =>
  rule(key, operator, values, 'attribute');

const workflow = (name: string, rules: object | null = null): Record<string, unknown> => ({
  name,
  plugin: 'p',
  operation: `o.${name}`,
  parameters: { x: { default: 1 } },
  is_cascading: false,
  availability_rules: rules,
});

const deployed = (id: string, sketch: Partial<DeploymentSketch> = {}): Promise<string> =>
  storeDeployment(world.database, { tenant: tenant.name, owner: ada.username, ...sketch, id });

const search = (body: object, query = '', who = ada): Promise<Answer> =>
  who.client.post(`/searches/deployments?_include=id&_sort=id${query}`, body);

const idsIn = (answer: Answer): string[] => expectStatus(answer, 200).body.items.map(({ id }: { id: string }) => id);

const labelTexts = async (who: Member, path = ''): Promise<unknown> =>
  expectStatus(await who.client.get(`/labels/deployments${path}`), 200).body.items;
const workflowsIn = (answer: Answer): [string, boolean][] =>
  expectStatus(answer, 200).body.items.map((one: { name: string; is_available: boolean }) => [
    one.name,
    one.is_available,
  ]);
const findWorkflows = (body: object, query = ''): Promise<Answer> =>
  ada.client.post(`/searches/workflows${query}`, body);
const summary = (query: string): Promise<Answer> => ada.client.get(`/summary/deployments?${query}`);
const setSite = (id: string, body: object): Promise<Answer> => ada.client.post(`/deployments/${id}/set-site`, body);
const namesIn = (answer: Answer): string[] =>
  expectStatus(answer, 200).body.items.map((one: { id?: string; name?: string }) => one.id ?? one.name);
const searchIn = (path: string, body: object = {}): Promise<Answer> => ada.client.post(`/searches/${path}`, body);
const countIn = (path: string): Promise<Answer> => ada.client.get(`/summary/${path}`);

beforeAll(async () => {
  world = await createTestApp();
  tenant = await world.world.tenant();
  [ada, bob] = [await tenant.member('user'), await tenant.member('user')];
  const started = { node_instances_active: ['all', 'partial'] };
  await deployed('alpha', {
    labels: [
      ['env', 'prod'],
      ['team', 'a'],
      ['team', 'b'],
    ],
    blueprint: 'bp1',
    isActive: true,
    nodes: [
      { id: 'n', count: 2 },
      { id: 'm', in: 'n' },
    ],
    groups: { g: { members: ['m'] } },
    workflows: [workflow('install'), workflow('heal', started)],
  });
  await deployed('beta', {
    labels: [['env', 'test']],
    blueprint: 'bp2',
    workflows: [workflow('install'), workflow('custom', started)],
    state: 'deleted',
    nodes: [{ id: 'n' }],
  });
  await deployed('gamma', {
    owner: bob.username,
    visibility: 'private',
    labels: [
      ['env', 'prod'],
      ['hidden', 'x'],
    ],
    workflows: [workflow('secret')],
  });
  await ada.client.put('/sites/berlin', { location: '52.5,13.4' });
});
afterAll(() => world.close());

describe('POST /searches/deployments', () => {
  it('judges labels and attributes', async () => {
    const found = async (...rules: object[]): Promise<string[]> => idsIn(await search({ filter_rules: rules }));
    expect(await found(rule('env', 'any_of', ['prod']))).toEqual(['alpha']);
    expect(await found(rule('team', 'is_null'))).toEqual(['beta']);
    expect(await found(attribute('blueprint_id', 'any_of', ['bp2']))).toEqual(['beta']);
    expect(await found(attribute('installation_status', 'any_of', ['active']))).toEqual(['alpha']);
    expect(
      await found(attribute('display_name', 'contains', ['a']), attribute('created_by', 'any_of', [ada.username])),
    ).toEqual(['alpha', 'beta']);
    expect(await found(attribute('schedules', 'is_not_empty'))).toEqual([]);
    expect(await found(attribute('site_name', 'is_not_empty'))).toEqual([]);
    expectError(await search({ filter_rules: [attribute('schedules', 'any_of', ['x'])] }), 400, 'invalid_filter_rule');
    expectError(await search({ filter_rules: [attribute('state', 'any_of', ['x'])] }), 400, 'invalid_filter_rule');
  });

  it('tells how many the rules left out, of those that may be seen', async () => {
    const { body } = await search({ filter_rules: [rule('env', 'any_of', ['prod'])] });
    expect(body.metadata).toEqual({ pagination: { total: 1, size: 1000, offset: 0 }, filtered: 1 });
  });

  it('takes constraints instead', async () => {
    expect(idsIn(await search({ constraints: { labels: [{ env: 'prod' }] } }))).toEqual(['alpha']);
    expect(idsIn(await search({ constraints: { valid_values: ['beta', 'gamma'] } }))).toEqual(['beta']);
    expect(idsIn(await search({ constraints: { name_pattern: { starts_with: 'al' } } }))).toEqual(['alpha']);
    expect(idsIn(await search({ constraints: { tenants: ['other'] } }))).toEqual([]);
    expectError(await search({ constraints: {}, filter_rules: [] }), 400, 'bad_parameters_error');
    expectError(await search({ constraints: { nothing: 1 } }), 400, 'bad_parameters_error');
    expectError(await search({ constraints: { filter_id: 'none' } }), 404, 'not_found_error');
  });

  it('searches both names, and shows private ones to their owner', async () => {
    expect(idsIn(await search({}, '&_search=alp&_search_name=bet'))).toEqual(['alpha', 'beta']);
    expect(idsIn(await search({}, '', bob))).toEqual(['alpha', 'beta', 'gamma']);
  });
});

describe('filters of deployments', () => {
  const PATH = '/filters/deployments';

  it('are stored, used by searches and lists of workflows, changed and deleted', async () => {
    const rules = [rule('env', 'any_of', ['prod'])];
    const { body } = expectStatus(await ada.client.put(`${PATH}/mine`, { filter_rules: rules }), 200);
    expect(body).toMatchObject({ id: 'mine', value: rules, labels_filter_rules: rules, is_system_filter: false });
    expect(idsIn(await search({}, '&_filter_id=mine'))).toEqual(['alpha']);
    expect(idsIn(await search({ constraints: { filter_id: 'mine' } }))).toEqual(['alpha']);
    expect(idsIn(await ada.client.get('/deployments?_filter_id=mine'))).toEqual(['alpha']);
    const changed = await ada.client.patch(`${PATH}/mine`, { filter_rules: [attribute('id', 'any_of', ['beta'])] });
    expect(expectStatus(changed, 200).body.value).toHaveLength(2);
    expectStatus(await ada.client.delete(`${PATH}/mine`), 204);
    expectError(await ada.client.get(`${PATH}/mine`), 404, 'not_found_error');
    expectError(await ada.client.put(`${PATH}/csys-x`, { filter_rules: [] }), 400, 'bad_parameters_error');
  });

  it('come with those of the system, which nobody changes', async () => {
    const { body } = expectStatus(await ada.client.get(`${PATH}?_size=100`), 200);
    const system = body.items.filter((one: { is_system_filter: boolean }) => one.is_system_filter);
    expect(system).toHaveLength(22);
    expect(system.every((one: object) => JSON.stringify(one).includes('"visibility":"global"'))).toBe(true);
    expectError(await ada.client.delete(`${PATH}/csys-environment-filter`), 400, 'illegal_action_error');
    expectError(
      await world.admin.patch(`${PATH}/csys-service-filter`, { filter_rules: [] }),
      400,
      'illegal_action_error',
    );
    expect(idsIn(await search({}, '&_filter_id=csys-service-filter'))).toEqual(['alpha', 'beta']);
    expect(idsIn(await search({}, '&_filter_id=csys-environment-filter'))).toEqual([]);
  });
});

describe('labels of deployments', () => {
  it('are listed by key and value, as far as they may be seen', async () => {
    expect(await labelTexts(ada)).toEqual(['env', 'team']);
    expect(await labelTexts(bob)).toEqual(['env', 'hidden', 'team']);
    expect(await labelTexts(ada, '?_search=EN')).toEqual(['env']);
    expect(await labelTexts(ada, '/ENV')).toEqual(['prod', 'test']);
    expect(await labelTexts(ada, '/hidden')).toEqual([]);
    expect(await labelTexts(ada, '?_reserved=true')).toContain('csys-obj-type');
    const page = expectStatus(await ada.client.get('/labels/deployments/team?_size=1&_offset=1'), 200);
    expect(page.body).toEqual({
      items: ['b'],
      metadata: { pagination: { total: 2, size: 1, offset: 1 }, filtered: null },
    });
    expectError(await ada.client.get('/labels/deployments/1x'), 400, 'bad_parameters_error');
  });
});

describe('workflows', () => {
  it('are those of the matching deployments, each once, with what may be started', async () => {
    const all = await ada.client.get('/workflows');
    expect(workflowsIn(all)).toEqual([
      ['install', true],
      ['heal', true],
      ['custom', false],
    ]);
    expect(all.body.metadata).toEqual({ pagination: { total: 3, size: 3, offset: 0 } });
    expect(all.body.items[0]).toEqual({ ...workflow('install'), is_available: true });
    expect(workflowsIn(await ada.client.get('/workflows?id=beta'))).toEqual([
      ['install', true],
      ['custom', false],
    ]);
    expect(workflowsIn(await ada.client.get('/workflows?_search=alp'))).toEqual([
      ['install', true],
      ['heal', true],
    ]);
    expect(workflowsIn(await ada.client.get('/workflows?id=gamma'))).toEqual([]);
    expectError(await ada.client.get('/workflows?_filter_id=none'), 404, 'not_found_error');
    expectError(await ada.client.get('/workflows?colour=red'), 400, 'bad_parameters_error');
  });

  it('are searched, and narrowed to those that all have', async () => {
    expect(workflowsIn(await findWorkflows({}, '?_common_only=true'))).toEqual([['install', true]]);
    expect(workflowsIn(await findWorkflows({ filter_rules: [rule('env', 'any_of', ['test'])] }))).toEqual([
      ['install', true],
      ['custom', false],
    ]);
    expectError(await findWorkflows({ filter_rules: 1 }), 400, 'bad_parameters_error');
  });
});

describe('GET /summary/deployments', () => {
  it('counts by a field, and by a second one within', async () => {
    expect(expectStatus(await summary('_target_field=blueprint_id&_sub_field=visibility'), 200).body).toEqual({
      items: [
        { blueprint_id: 'bp1', deployments: 1, 'by visibility': [{ visibility: 'tenant', deployments: 1 }] },
        { blueprint_id: 'bp2', deployments: 1, 'by visibility': [{ visibility: 'tenant', deployments: 1 }] },
      ],
      metadata: { pagination: { total: 2, size: 1000, offset: 0 } },
    });
    expect((await summary('_target_field=site_name')).body.items).toEqual([{ site_name: null, deployments: 2 }]);
    expectQueryError(await summary('_target_field=description'));
    expectQueryError(await summary(''));
  });
});

describe('what is in deployments', () => {
  it('is searched by rules and constraints: nodes, types and instances', async () => {
    expect(namesIn(await searchIn('nodes?deployment_id=alpha'))).toEqual(['n', 'm']);
    expect(namesIn(await searchIn('nodes', { constraints: { deployment_id: 'alpha', valid_values: ['m'] } }))).toEqual([
      'm',
    ]);
    const rules = (...list: object[]): Promise<Answer> => searchIn('nodes?deployment_id=alpha', { filter_rules: list });
    expect(namesIn(await rules(attribute('id', 'any_of', ['n'])))).toEqual(['n']);
    expect(namesIn(await rules(attribute('operation_name', 'contains', ['start'])))).toEqual(['n', 'm']);
    expect(namesIn(await rules(attribute('operation_name', 'not_any_of', ['start'])))).toEqual([]);
    expect(namesIn(await rules(attribute('operation_name', 'any_of', ['nothing'])))).toEqual([]);
    const specs = { deployment_id: 'alpha', operation_name_specs: { equals_to: 'start' } };
    expect(namesIn(await searchIn('nodes', { constraints: specs }))).toEqual(['n', 'm']);
    const types = { deployment_id: 'alpha', valid_values: ['cloudify.nodes.Root'] };
    expect(namesIn(await searchIn('node-types', { constraints: types }))).toEqual(['n', 'm']);
    expect(namesIn(await searchIn('node-types?deployment_id=alpha&_search=compute'))).toEqual([]);
    expect(namesIn(await searchIn('node-instances?node_id=m&deployment_id=alpha'))).toHaveLength(2);
    const starting = { deployment_id: 'alpha', name_pattern: { starts_with: 'm_' } };
    expect(namesIn(await searchIn('node-instances', { constraints: starting }))).toHaveLength(2);
    expect(namesIn(await searchIn('nodes?deployment_id=gamma'))).toEqual([]);
  });

  it('is searched in one deployment, named once, and has no labels', async () => {
    expectError(await searchIn('nodes'), 400, 'bad_parameters_error');
    const both = { constraints: { deployment_id: 'alpha' } };
    expectError(await searchIn('nodes?deployment_id=alpha', both), 400, 'bad_parameters_error');
    expectError(await searchIn('nodes?deployment_id=alpha&blueprint_id=bp1'), 400, 'bad_parameters_error');
    expectError(await searchIn('node-instances', { constraints: {} }), 400, 'bad_parameters_error');
    expectError(await searchIn('nodes', { constraints: {}, filter_rules: [] }), 400, 'bad_parameters_error');
    expectError(
      await searchIn('nodes?deployment_id=alpha', { filter_rules: [rule('a', 'is_null')] }),
      400,
      'invalid_filter_rule',
    );
    expectError(
      await searchIn('nodes', { constraints: { deployment_id: 'alpha', labels: [{ a: 'b' }] } }),
      400,
      'bad_parameters_error',
    );
    expectError(await searchIn('nodes', { constraints: { deployment_id: 3 } }), 400, 'bad_parameters_error');
    expectError(await searchIn('nodes?blueprint_id=bp1'), 405, 'method_not_allowed_error');
  });

  it('holds scaling groups', async () => {
    const { body } = expectStatus(await searchIn('scaling-groups?deployment_id=alpha'), 200);
    expect(body.items).toEqual([{ deployment_id: 'alpha', name: 'g', members: ['m'], properties: expect.any(Object) }]);
    expect(namesIn(await searchIn('scaling-groups?deployment_id=alpha&_search=G'))).toEqual([]);
    expect(
      namesIn(await searchIn('scaling-groups', { constraints: { deployment_id: 'alpha', valid_values: ['g'] } })),
    ).toEqual(['g']);
    expectError(await searchIn('scaling-groups'), 400, 'bad_parameters_error');
  });

  it('is counted', async () => {
    expect(expectStatus(await countIn('nodes?_target_field=deployment_id'), 200).body.items).toEqual([
      { deployment_id: 'alpha', nodes: 2 },
      { deployment_id: 'beta', nodes: 1 },
    ]);
    expect(expectStatus(await countIn('node_instances?_target_field=state&_sub_field=index'), 200).body.items).toEqual([
      {
        state: 'started',
        node_instances: 4,
        'by index': [
          { index: 1, node_instances: 2 },
          { index: 2, node_instances: 2 },
        ],
      },
      { state: 'deleted', node_instances: 1, 'by index': [{ index: 1, node_instances: 1 }] },
    ]);
    expectQueryError(await countIn('nodes?_target_field=type'));
  });
});

describe('POST /deployments/{id}/set-site', () => {
  it('puts a deployment on a site, and takes it away', async () => {
    expect(expectStatus(await setSite('alpha', { site_name: 'berlin' }), 200).body).toMatchObject({
      id: 'alpha',
      site_name: 'berlin',
    });
    expect(idsIn(await search({ filter_rules: [attribute('site_name', 'any_of', ['berlin'])] }))).toEqual(['alpha']);
    expect(expectStatus(await setSite('alpha', { detach_site: true }), 200).body.site_name).toBeNull();
    const records = await allRows(
      world.database,
      `SELECT FROM audit_log WHERE action = 'deployment.set_site' AND outcome = 'success'`,
    );
    expect(records).toHaveLength(2);
  });

  it('refuses both, neither, unknown ones, and sites that are narrower', async () => {
    expectError(await setSite('alpha', {}), 400, 'bad_parameters_error');
    expectError(await setSite('alpha', { site_name: 'berlin', detach_site: true }), 400, 'bad_parameters_error');
    expectError(await setSite('alpha', { detach_site: false }), 400, 'bad_parameters_error');
    expectError(await setSite('alpha', { site_name: 'atlantis' }), 404, 'not_found_error');
    expectError(await setSite('gamma', { detach_site: true }), 404, 'not_found_error');
    await ada.client.put('/sites/home', { visibility: 'private' });
    expectError(await setSite('alpha', { site_name: 'home' }), 400, 'illegal_action_error');
  });
});
