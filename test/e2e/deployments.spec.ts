import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, unique, type TestApp } from '../support/app.js';
import { uploadForm } from '../support/blueprints.js';
import { deploy, deployed, uploaded } from '../support/deployments.js';
import { expectError } from '../support/expect-error.js';
import type { TestTenant } from '../support/world.js';

let world: TestApp;
let tenant: TestTenant;
beforeAll(async () => {
  world = await createTestApp();
  tenant = await world.world.tenant();
});
afterAll(async () => {
  await world.close();
});

const WEB = `
description: One host, one app
inputs:
  port: {type: integer, default: 8080, constraints: [{in_range: [1, 65535]}]}
  size: {default: 1.0}
labels:
  env: {values: [prod]}
node_templates:
  host:
    type: cloudify.nodes.Compute
    properties: {agent_config: {install_method: none}}
  app:
    type: cloudify.nodes.WebServer
    properties: {port: {get_input: port}}
    instances: {deploy: 2}
    relationships: [{type: cloudify.relationships.contained_in, target: host}]
outputs:
  port: {value: {get_input: port}}
capabilities:
  endpoint: {value: {concat: ['http://h:', {get_input: port}]}}
`;
const EMPTY = 'node_templates: {n: {type: cloudify.nodes.Root}}\n';
const NEEDING = `
inputs: {a: {}, b: {type: integer}, c: {default: 1, constraints: [{less_than: 5}]}}
node_templates: {n: {type: cloudify.nodes.Root}}
`;

const idsOf = (answer: { readonly body: { readonly items: readonly { readonly id: string }[] } }): string[] =>
  answer.body.items.map(({ id }) => id);

async function ended(id: string): Promise<void> {
  for (;;) {
    const answer = await world.admin.get(`/deployments/${id}`);
    if (answer.status === 404) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('creating a deployment', () => {
  it('makes its nodes, instances, labels and workflows before it answers', async () => {
    const blueprint = await uploaded(world.admin, WEB);
    const id = unique('dep');
    const answer = await deploy(world.admin, blueprint, id, { inputs: { port: 9000 }, labels: [{ tier: 'web' }] });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({
      id,
      display_name: id,
      blueprint_id: blueprint,
      description: 'One host, one app',
      inputs: { port: 9000, size: 1 },
      visibility: 'tenant',
      created_by: 'admin',
      tenant_name: 'default_tenant',
      installation_status: 'inactive',
      deployment_status: 'requires_attention',
      labels: [
        { key: 'tier', value: 'web', created_by: 'admin' },
        { key: 'env', value: 'prod' },
      ],
      latest_execution_workflow_id: 'create_deployment_environment',
      latest_execution_status: 'completed',
      deployment_groups: [],
      environment_type: '',
      groups: {},
      workdir_zip: null,
    });
    expect(answer.text).toContain('"size":1.0');
    const install = answer.body.workflows.find(({ name }: { name: string }) => name === 'install');
    expect(install).toMatchObject({ plugin: 'default_workflows', is_cascading: false, is_available: true });
    const uninstall = answer.body.workflows.find(({ name }: { name: string }) => name === 'uninstall');
    expect(uninstall).toMatchObject({ is_available: false });

    const nodes = await world.admin.get(`/nodes?deployment_id=${id}`);
    expect(nodes.body.items).toMatchObject([
      { id: 'host', type: 'cloudify.nodes.Compute', actual_number_of_instances: 1, host_id: 'host' },
      { id: 'app', properties: { port: 9000 }, number_of_instances: 2, actual_number_of_instances: 2, host_id: 'host' },
    ]);
    const instances = await world.admin.get(`/node-instances?deployment_id=${id}&_sort=node_id`);
    expect(instances.body.items).toMatchObject([
      { node_id: 'app', index: 1, state: 'uninitialized', version: 1 },
      { node_id: 'app', index: 2 },
      { node_id: 'host', relationships: [], is_status_check_ok: false, has_configuration_drift: false },
    ]);
    const [app, , host] = instances.body.items;
    expect(app.id).toMatch(/^app_[a-z0-9]{6}$/);
    expect(app).toMatchObject({
      host_id: host.id,
      relationships: [{ type: 'cloudify.relationships.contained_in', target_name: 'host', target_id: host.id }],
    });
  });

  it('answers at once when it is asynchronous, and names what will be', async () => {
    const id = unique('dep');
    const answer = await deploy(world.admin, await uploaded(world.admin, WEB), id, {}, '?async_create=true');
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ id, inputs: null, description: null });
    expect(typeof answer.body.create_execution).toBe('string');
  });

  it('refuses inputs with the code of what is wrong, and leaves nothing', async () => {
    const blueprint = await uploaded(world.admin, NEEDING);
    const refusals: readonly [object, string, RegExp][] = [
      [{}, 'missing_required_deployment_input_error', /a.*b/],
      [{ a: 1, b: 2, nope: 3 }, 'unknown_deployment_input_error', /nope/],
      [{ a: 1, b: 2, c: 9 }, 'constraint_error', /of input c violates constraint/],
      [{ a: 1, b: 'x' }, 'constraint_error', /b/],
    ];
    for (const [inputs, code, text] of refusals) {
      for (const query of ['', '?async_create=true']) {
        const id = unique('dep');
        const answer = await deploy(world.admin, blueprint, id, { inputs }, query);
        expectError(answer, 400, code);
        expect(answer.body.message).toMatch(text);
        expectError(await world.admin.get(`/deployments/${id}`), 404, 'not_found_error');
      }
    }
    const all = await deploy(world.admin, blueprint, unique('dep'), { inputs: { nope: 3 } });
    expect(all.body.message).toMatch(/a.*b.*nope/);
  });

  it('names all missing secrets at once', async () => {
    const blueprint = await uploaded(
      world.admin,
      `inputs: {which: {default: third_missing}}
node_templates:
  n:
    type: cloudify.nodes.Compute
    properties: {agent_config: {user: {get_secret: first_missing}, key: {get_secret: [second_missing, part]}}}
outputs: {o: {value: {get_secret: {get_input: which}}}}
`,
    );
    const answer = await deploy(world.admin, blueprint, unique('dep'));
    expectError(answer, 400, 'unknown_deployment_secret_error');
    expect(answer.body.message).toMatch(/first_missing, second_missing, third_missing/);
    for (const key of ['first_missing', 'second_missing']) {
      await world.admin.put(`/secrets/${key}`, { value: '{"part": 1}' });
    }
    const fewer = await deploy(world.admin, blueprint, unique('dep'), { inputs: { which: 'first_missing' } });
    expect(fewer.status).toBe(201);
  });

  it('refuses bad requests with the contract code', async () => {
    const blueprint = await uploaded(world.admin, EMPTY);
    const bad = (body: object, id = unique('dep'), query = ''): ReturnType<typeof world.admin.put> =>
      world.admin.put(`/deployments/${id}${query}`, { blueprint_id: blueprint, ...body });
    expectError(await bad({ blueprint_id: 'nope' }), 404, 'not_found_error');
    expectError(await world.admin.put(`/deployments/${unique('dep')}`, {}), 400, 'bad_parameters_error');
    expectError(await bad({ inputs: [] }), 400, 'bad_parameters_error');
    expectError(await bad({ site_name: 'nowhere' }), 404, 'not_found_error');
    expectError(await bad({ labels: [{ 'csys-nope': 'x' }] }), 400, 'bad_parameters_error');
    expectError(await bad({ labels: [{ 'csys-obj-parent': 'nobody' }] }), 404, 'deployment_parent_not_found_error');
    expectError(await bad({ visibility: 'wide' }), 400, 'bad_parameters_error');
    expectError(await bad({ visibility: 'global' }), 403, 'forbidden_error');
    expectError(await bad({ display_name: 'x'.repeat(257) }), 400, 'bad_parameters_error');
    expectError(await bad({}, 'a%20b'), 400, 'bad_parameters_error');
    expectError(
      await bad({ workdir_zip: 'UEs=' }, unique('dep'), '?async_create=true'),
      400,
      'deployment_creation_error',
    );
    const failed = unique('bp');
    await uploadForm(world.admin, failed, {}, Buffer.from('PK\u{3}\u{4}nonsense'));
    expectError(await bad({ blueprint_id: failed }), 400, 'deployment_creation_error');
  });

  it('asks for the rights that a restore needs', async () => {
    const member = await tenant.member('user');
    const blueprint = await uploaded(member.client, EMPTY);
    for (const body of [
      { created_at: '2020-01-01T00:00:00Z' },
      { created_by: 'admin' },
      { workdir_zip: '' },
      { deployment_status: 'good' },
    ]) {
      expectError(await deploy(member.client, blueprint, unique('dep'), body), 403, 'forbidden_error');
    }
    const own = await uploaded(world.admin, EMPTY);
    const restored = await deploy(world.admin, own, unique('dep'), {
      created_at: '2020-01-01T00:00:00Z',
      created_by: member.username,
      workdir_zip: '',
      inputs: { a: 1 },
      workflows: { install: { plugin: 'p', operation: 'o' } },
      deployment_status: 'good',
      installation_status: 'active',
    });
    expect(restored.body).toMatchObject({
      created_at: '2020-01-01T00:00:00.000Z',
      created_by: member.username,
      inputs: { a: 1 },
      deployment_status: 'good',
      create_execution: null,
      workflows: [{ name: 'install', plugin: 'p', is_available: true }],
    });
  });

  it('lets one of several that ask for an id at once have it', async () => {
    const blueprint = await uploaded(world.admin, EMPTY);
    const id = unique('dep');
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => deploy(world.admin, blueprint, id, {}, '?async_create=true')),
    );
    expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(['201', '409', '409', '409']);
  });

  it('replaces a deployment whose creation failed, and no other', async () => {
    const id = unique('dep');
    const failing = await uploaded(
      world.admin,
      `${EMPTY}capabilities: {c: {value: {get_capability: [not_there, x]}}}\n`,
    );
    const failed = await deploy(world.admin, failing, id);
    expectError(failed, 400, 'deployment_creation_error');
    expect(failed.body.message).toContain('not_there');
    expect((await world.admin.get(`/deployments/${id}`)).body).toMatchObject({ latest_execution_status: 'failed' });
    const good = await uploaded(world.admin, EMPTY);
    expect((await deploy(world.admin, good, id)).status).toBe(201);
    expectError(await deploy(world.admin, good, id), 409, 'conflict_error');
  });

  it('takes display name, groups and schedules from the settings of the blueprint', async () => {
    const id = await deployed(
      world.admin,
      `${EMPTY}inputs: {who: {default: me}}
deployment_settings:
  display_name: {concat: ['App of ', {get_input: who}]}
  default_groups: [my_group]
  default_schedules: {nightly: {workflow: install, since: '+1 hours', recurrence: '1 day'}}
`,
    );
    expect((await world.admin.get(`/deployments/${id}`)).body).toMatchObject({
      display_name: 'App of me',
      deployment_groups: ['my_group'],
    });
  });

  it('keeps a deployment within its blueprint', async () => {
    const member = await tenant.member('user');
    const id = unique('bp');
    const { goodBlueprint } = await import('../support/archive-builder.js');
    await uploadForm(member.client, id, { visibility: 'private' }, goodBlueprint());
    expectError(await deploy(member.client, id, unique('dep'), { visibility: 'tenant' }), 400, 'illegal_action_error');
    const own = await deploy(member.client, id, unique('dep'));
    expect(own.body).toMatchObject({ visibility: 'private', private_resource: true });
    expectError(
      await member.client.patch(`/deployments/${own.body.id}/set-visibility`, { visibility: 'tenant' }),
      400,
      'illegal_action_error',
    );
  });
});

describe('who sees a deployment', () => {
  it('is its tenant, or its owner alone: hidden and absent are the same', async () => {
    const [owner, other] = [await tenant.member('user'), await tenant.member('user')];
    const blueprint = await uploaded(owner.client, EMPTY);
    const id = unique('dep');
    expect((await deploy(owner.client, blueprint, id, { visibility: 'private' })).status).toBe(201);
    const [instance] = (await owner.client.get(`/node-instances?deployment_id=${id}`)).body.items;
    for (const [method, path] of [
      ['get', `/deployments/${id}`],
      ['get', `/deployments/${id}/outputs`],
      ['delete', `/deployments/${id}`],
      ['get', `/node-instances/${instance.id}`],
    ] as const) {
      const hidden = await other.client[method](path);
      const absent = await other.client[method](path.replace(id, 'not-there').replace(instance.id, 'not-there'));
      expectError(hidden, 404, 'not_found_error');
      expect(hidden.body.message.replaceAll(id, 'X').replaceAll(instance.id, 'X')).toBe(
        absent.body.message.replaceAll('not-there', 'X'),
      );
    }
    for (const list of [`/deployments?id=${id}`, `/nodes?deployment_id=${id}`, `/node-instances?deployment_id=${id}`]) {
      const answer = await other.client.get(list);
      expect(answer.body).toMatchObject({ items: [], metadata: { pagination: { total: 0 } } });
    }
    expect((await owner.client.patch(`/deployments/${id}/set-visibility`, { visibility: 'tenant' })).status).toBe(200);
    expect((await other.client.get(`/node-instances/${instance.id}`)).status).toBe(200);
    expect(idsOf(await other.client.get(`/nodes?deployment_id=${id}`))).toEqual(['n']);
  });
});

describe('lists of deployments', () => {
  it('search, sort by labels, follow groups and dependencies', async () => {
    const [a, b] = [
      await deployed(world.admin, EMPTY, { labels: [{ rank: 'b' }], display_name: 'Alpha One' }),
      await deployed(world.admin, `${EMPTY}capabilities: {c: {value: 1}}\n`, { labels: [{ rank: 'a' }] }),
    ];
    expect(idsOf(await world.admin.get(`/deployments?_search=${b}&_search_name=alpha%20one`)).toSorted()).toEqual(
      [a, b].toSorted(),
    );
    expect(idsOf(await world.admin.get(`/deployments?id=${a}&id=${b}&_sort=label:rank`))).toEqual([b, a]);
    expect(idsOf(await world.admin.get(`/deployments?id=${a}&id=${b}&_sort=-label:rank`))).toEqual([a, b]);
    const user = await deployed(world.admin, `${EMPTY}outputs: {o: {value: {get_capability: [${b}, c]}}}\n`);
    expect(idsOf(await world.admin.get(`/deployments?_dependencies_of=${user}`))).toEqual([b]);
    expectError(await world.admin.get('/deployments?_dependencies_of=nobody'), 404, 'not_found_error');
    expectError(await world.admin.get('/deployments?_group_id=nobody'), 404, 'not_found_error');
    expect((await world.admin.get(`/deployments/${b}`)).body.labels).toContainEqual(
      expect.objectContaining({ key: 'csys-consumer-id', value: user }),
    );
    expectError(await world.admin.delete(`/deployments/${b}`), 400, 'dependent_exists_error');
    const included = await world.admin.get(`/deployments/${a}?_include=id,workflows`);
    expect(Object.keys(included.body).toSorted()).toEqual(['id', 'workflows']);
  });

  it('count children through the labels of parents', async () => {
    const parent = await deployed(world.admin, EMPTY, { labels: [{ 'csys-obj-type': 'environment' }] });
    const middle = await deployed(world.admin, EMPTY, {
      labels: [{ 'csys-obj-type': 'environment' }, { 'csys-obj-parent': parent }],
    });
    const leaf = await deployed(world.admin, EMPTY, { labels: [{ 'csys-obj-parent': middle }] });
    expect((await world.admin.get(`/deployments/${parent}`)).body).toMatchObject({
      sub_environments_count: 1,
      sub_services_count: 1,
      sub_services_status: 'requires_attention',
      has_sub_deployments: true,
    });
    expect((await world.admin.get(`/deployments/${parent}?all_sub_deployments=false`)).body).toMatchObject({
      sub_environments_count: 1,
      sub_services_count: 0,
      sub_services_status: null,
    });
    const circle = await world.admin.patch(`/deployments/${parent}`, { labels: [{ 'csys-obj-parent': leaf }] });
    expectError(circle, 409, 'conflict_error');
    expectError(await world.admin.delete(`/deployments/${parent}`), 400, 'dependent_exists_error');
    expect((await world.admin.patch(`/deployments/${leaf}`, { labels: [] })).status).toBe(200);
    expect((await world.admin.get(`/deployments/${parent}`)).body).toMatchObject({ sub_services_count: 0 });
    expect((await world.admin.delete(`/deployments/${parent}?recursive=true`)).status).toBe(204);
    await ended(parent);
    await ended(middle);
  });
});

describe('changing a deployment', () => {
  it('sets some attributes once, others freely', async () => {
    const id = await deployed(world.admin, EMPTY);
    const path = `/deployments/${id}`;
    expectError(await world.admin.patch(path, {}), 400, 'illegal_action_error');
    expectError(await world.admin.patch(path, { inputs: { a: 1 } }), 409, 'conflict_error');
    expectError(await world.admin.patch(path, { blueprint_id: 'x' }), 403, 'only_deployment_update');
    expectError(await world.admin.patch(path, { latest_execution: 'x' }), 404, 'not_found_error');
    expectError(await world.admin.patch(path, { labels: 'x' }), 400, 'bad_parameters_error');
    expect((await world.admin.patch(path, { description: 'now' })).body).toMatchObject({ description: 'now' });
    expectError(await world.admin.patch(path, { description: 'again' }), 409, 'conflict_error');
    const labelled = await world.admin.patch(path, { labels: [{ Env: 'x' }, { b: ['1', '2'] }], display_name: 'Name' });
    expect(labelled.body).toMatchObject({
      display_name: 'Name',
      labels: [
        { key: 'env', value: 'x' },
        { key: 'b', value: '1' },
        { key: 'b', value: '2' },
      ],
    });
    const member = await tenant.member('user');
    expectError(await member.client.patch(path, { description: 'x' }), 404, 'not_found_error');
  });
});

describe('deleting a deployment', () => {
  it('is refused for live instances, and forced', async () => {
    const id = await deployed(world.admin, EMPTY);
    const [instance] = (await world.admin.get(`/node-instances?deployment_id=${id}`)).body.items;
    await world.admin.patch(`/node-instances/${instance.id}`, { version: 1, state: 'started' });
    expectError(await world.admin.delete(`/deployments/${id}`), 400, 'dependent_exists_error');
    expect((await world.admin.delete(`/deployments/${id}?force=true`)).status).toBe(204);
    await ended(id);
    expectError(await world.admin.get(`/node-instances/${instance.id}`), 404, 'not_found_error');
    const executions = await world.admin.get(`/executions?deployment_id=${id}&_include_system_workflows=true`);
    expect(executions.body.items).toMatchObject([
      { workflow_id: 'delete_deployment_environment', status: 'terminated', deployment_id: id },
    ]);
  });
});

describe('outputs and capabilities', () => {
  it('are evaluated when they are asked for', async () => {
    const id = await deployed(world.admin, WEB, { inputs: { port: 9000 } });
    expect((await world.admin.get(`/deployments/${id}/outputs`)).body).toEqual({
      deployment_id: id,
      outputs: { port: 9000 },
    });
    expect((await world.admin.get(`/deployments/${id}/capabilities`)).body).toEqual({
      deployment_id: id,
      capabilities: { endpoint: 'http://h:9000' },
    });
    const wrong = await deployed(world.admin, `${EMPTY}capabilities: {c: {value: {get_label: [nope, 0]}}}\n`);
    expectError(
      await world.admin.get(`/deployments/${wrong}/capabilities`),
      400,
      'deployment_capabilities_evaluation_error',
    );
  });
});
