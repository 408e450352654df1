import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../support/app.js';
import type { Answer } from '../support/client.js';
import { uploaded } from '../support/deployments.js';
import { expectCodeless, expectError, expectStatus } from '../support/expect-error.js';
import { storeDeployment, type DeploymentSketch } from '../support/stored-deployments.js';
import { allRows } from '../support/superuser.js';
import type { Member, TestTenant } from '../support/world.js';

let world: TestApp;
let tenant: TestTenant;
let ada: Member;
let bob: Member;
let count = 0;

const fresh = (): string => `g${(count += 1)}`;

async function deployed(sketch: Partial<DeploymentSketch> = {}): Promise<string> {
  count += 1;
  return storeDeployment(world.database, { tenant: tenant.name, owner: ada.username, ...sketch, id: `d${count}` });
}

const put = (id: string, body: object = {}): Promise<Answer> => ada.client.put(`/deployment-groups/${id}`, body);
const patch = (id: string, body: object): Promise<Answer> => ada.client.patch(`/deployment-groups/${id}`, body);
const membersOf = (answer: Answer): string[] => expectStatus(answer, 200).body.deployment_ids.toSorted();

const byLabel = (key: string, value: string): object => ({ key, values: [value], operator: 'any_of', type: 'label' });

async function labelsOf(deployment: string): Promise<string[]> {
  const rows = await allRows<{ label: string }>(
    world.database,
    `SELECT l.key || '=' || l.value AS label FROM deployment_label l JOIN deployment d ON d.storage_id = l.deployment_id
      WHERE d.id = $1 ORDER BY 1`,
    [deployment],
  );
  return rows.map(({ label }) => label);
}

beforeAll(async () => {
  world = await createTestApp();
  tenant = await world.world.tenant();
  [ada, bob] = [await tenant.member('user'), await tenant.member('user')];
});
afterAll(() => world.close());

describe('PUT /deployment-groups/{id}', () => {
  it('makes a group as it was recorded, and lists it', async () => {
    const [id, one] = [fresh(), await deployed()];
    const { body } = expectStatus(await put(id, { deployment_ids: [one] }), 200);
    expect(body).toEqual({
      id,
      created_at: expect.any(String),
      visibility: 'tenant',
      description: null,
      default_inputs: null,
      creation_counter: 0,
      default_blueprint_id: null,
      tenant_name: tenant.name,
      created_by: ada.username,
      resource_availability: 'tenant',
      private_resource: false,
      deployment_ids: [one],
      labels: [],
    });
    expect((await ada.client.get(`/deployment-groups?_search=${id}`)).body.items).toEqual([body]);
    expect((await ada.client.get(`/deployment-groups/${id}?_include=deployment_ids`)).body).toEqual({
      deployment_ids: [one],
    });
  });

  it('changes the one that is there, and leaves what was not said', async () => {
    const [id, one] = [fresh(), await deployed()];
    await put(id, {
      deployment_ids: [one],
      description: 'first',
      default_inputs: { a: 1 },
      blueprint_id: 'stored_blueprint',
    });
    const { body } = expectStatus(await put(id, { description: 'second' }), 200);
    expect(body).toMatchObject({
      description: 'second',
      default_inputs: { a: 1 },
      default_blueprint_id: 'stored_blueprint',
      deployment_ids: [one],
    });
  });

  it('takes members by ids, filters and groups, which replace, and by rules, which add', async () => {
    const id = fresh();
    const [red, blue, plain] = [
      await deployed({ labels: [['colour', id]] }),
      await deployed({ labels: [['shade', id]] }),
      await deployed(),
    ];
    expect(membersOf(await put(id, { deployment_ids: [plain] }))).toEqual([plain]);
    const rules = [byLabel('colour', id)];
    expect(membersOf(await put(id, { filter_rules: rules }))).toEqual([plain, red].toSorted());
    await ada.client.put(`/filters/deployments/${id}`, { filter_rules: [byLabel('shade', id)] });
    expect(membersOf(await put(id, { filter_id: id }))).toEqual([blue]);
    const other = fresh();
    expect(membersOf(await put(other, { deployments_from_group: id, filter_rules: rules }))).toEqual(
      [blue, red].toSorted(),
    );
    expect(membersOf(await put(id, { deployment_ids: [] }))).toEqual([]);
  });

  it('copies its labels to members, and takes them away again', async () => {
    const [id, one, two] = [fresh(), await deployed({ labels: [['own', 'x']] }), await deployed()];
    await put(id, { deployment_ids: [one], labels: [{ env: 'prod' }, { key: 'team', value: ['a', 'b'] }] });
    expect(await labelsOf(one)).toEqual(['env=prod', 'own=x', 'team=a', 'team=b']);
    expect(membersOf(await patch(id, { add: { deployment_ids: [two] } }))).toHaveLength(2);
    expect(await labelsOf(two)).toEqual(['env=prod', 'team=a', 'team=b']);
    const { body } = expectStatus(await put(id, { labels: [{ env: 'prod' }, { env: 'test' }] }), 200);
    expect(body.labels.map(({ key, value }: Record<string, string>) => `${key}=${value}`)).toEqual([
      'env=prod',
      'env=test',
    ]);
    expect(await labelsOf(one)).toEqual(['env=prod', 'env=test', 'own=x']);
    const parent = await deployed();
    expectStatus(await put(id, { labels: [{ 'csys-obj-parent': parent }] }), 200);
    expect(await labelsOf(two)).toEqual([`csys-obj-parent=${parent}`]);
    expectError(await put(id, { labels: [{ 'csys-obj-parent': one }] }), 409, 'conflict_error');
    expectError(await put(id, { labels: [{ 'csys-obj-parent': 'none' }] }), 404, 'deployment_parent_not_found_error');
  });

  it('refuses what it does not know, and changes nothing', async () => {
    const [id, one] = [fresh(), await deployed()];
    expectError(await put('1st'), 400, 'bad_parameters_error');
    expectError(await put(id, { deployment_ids: [one, 'none'] }), 404, 'not_found_error');
    expectError(await put(id, { deployment_ids: 'd1' }), 400, 'bad_parameters_error');
    expectError(await put(id, { deployment_ids: [1] }), 400, 'bad_parameters_error');
    expectError(await put(id, { filter_id: 'none' }), 404, 'not_found_error');
    expectError(await put(id, { filter_rules: [{}] }), 400, 'invalid_filter_rule');
    expectError(await put(id, { deployments_from_group: 'none' }), 404, 'not_found_error');
    expectError(await put(id, { blueprint_id: 'none' }), 404, 'not_found_error');
    expectError(await put(id, { labels: ['x'] }), 400, 'bad_parameters_error');
    expectError(await put(id, { visibility: 'global' }), 403, 'forbidden_error');
    expectError(await put(id, { visibility: 'wide' }), 400, 'bad_parameters_error');
    expectError(await put(id, { created_at: '2026-01-01' }), 403, 'forbidden_error');
    expectError(await put(id, { created_by: bob.username }), 403, 'forbidden_error');
    expectError(await put(id, { creation_counter: 3 }), 403, 'forbidden_error');
    expectError(await put(id, { new_deployments: [{}] }), 409, 'conflict_error');
    expectError(await ada.client.get(`/deployment-groups/${id}`), 404, 'not_found_error');
    const viewer = await tenant.member('viewer');
    expectError(await viewer.client.put(`/deployment-groups/${id}`, {}), 403, 'forbidden_error');
  });
});

describe('PATCH /deployment-groups/{id}', () => {
  it('adds and removes', async () => {
    const [id, one, two, three] = [
      fresh(),
      await deployed(),
      await deployed(),
      await deployed({ labels: [['out', 'yes']] }),
    ];
    await put(id, { deployment_ids: [one, three] });
    const answer = await patch(id, {
      add: { deployment_ids: [two] },
      remove: { filter_rules: [byLabel('out', 'yes')] },
    });
    expect(membersOf(answer)).toEqual([one, two].toSorted());
    expectError(await patch(id, {}), 400, 'illegal_action_error');
    expectError(await patch(id, { add: 3 }), 400, 'bad_parameters_error');
    expectError(await patch(id, { add: { deployment_ids: ['none'] } }), 404, 'not_found_error');
    expectError(await patch('none', { add: {} }), 404, 'not_found_error');
  });
});

describe('who sees a group', () => {
  it('hides private groups, and private deployments in groups', async () => {
    const [id, shared] = [fresh(), fresh()];
    const [hidden, open] = [await deployed({ visibility: 'private' }), await deployed()];
    await put(id, { visibility: 'private' });
    expectError(await bob.client.get(`/deployment-groups/${id}`), 404, 'not_found_error');
    expectError(await bob.client.put(`/deployment-groups/${id}`, {}), 409, 'conflict_error');
    expectError(await bob.client.delete(`/deployment-groups/${id}`), 404, 'not_found_error');
    await put(shared, { deployment_ids: [hidden, open] });
    expect(membersOf(await bob.client.get(`/deployment-groups/${shared}`))).toEqual([open]);
    expectError(
      await bob.client.patch(`/deployment-groups/${shared}`, { add: { deployment_ids: [hidden] } }),
      404,
      'not_found_error',
    );
    expectError(await put(shared, { visibility: 'private' }), 400, 'illegal_action_error');
  });

  it('shows global ones to other tenants, which cannot change them', async () => {
    const id = fresh();
    expectStatus(await tenant.asAdmin.put(`/deployment-groups/${id}`, { visibility: 'global' }), 200);
    const eve = await (await world.world.tenant()).member('user');
    expectStatus(await eve.client.get(`/deployment-groups/${id}`), 200);
    expectError(await eve.client.put(`/deployment-groups/${id}`, {}), 409, 'conflict_error');
    expectError(await eve.client.patch(`/deployment-groups/${id}`, { add: {} }), 400, 'illegal_action_error');
    expectError(await eve.client.delete(`/deployment-groups/${id}`), 400, 'illegal_action_error');
  });
});

describe('DELETE /deployment-groups/{id}', () => {
  it('leaves the deployments, unless they are to go, too', async () => {
    const [id, one, two] = [fresh(), await deployed({ state: 'deleted', nodes: [{ id: 'n' }] }), await deployed()];
    await put(id, { deployment_ids: [one] });
    expectStatus(await ada.client.delete(`/deployment-groups/${id}`), 204);
    expectStatus(await ada.client.get(`/deployments/${one}`), 200);
    expectError(await ada.client.delete(`/deployment-groups/${id}`), 404, 'not_found_error');
    expectCodeless(await ada.client.delete(`/deployment-groups/${id}?force=perhaps`), 400);
    await put(id, { deployment_ids: [one, two] });
    const answer = expectStatus(await ada.client.delete(`/deployment-groups/${id}?delete_deployments=true`), 200);
    const rows = await allRows<{ workflow_id: string; name: string }>(
      world.database,
      `SELECT e.workflow_id, e.deployment_name AS name FROM execution e JOIN execution_group g ON g.storage_id = e.execution_group_id
        WHERE g.id = $1 ORDER BY 2`,
      [answer.body.execution_group_id],
    );
    expect(rows.map(({ workflow_id: workflow, name }) => [workflow, name])).toEqual(
      [one, two].toSorted().map((name) => ['delete_deployment_environment', name]),
    );
    expectError(await ada.client.get(`/deployment-groups/${id}`), 404, 'not_found_error');
  });

  it('is refused as a whole when a deployment cannot go', async () => {
    const [id, live, idle] = [fresh(), await deployed({ nodes: [{ id: 'n' }] }), await deployed()];
    await put(id, { deployment_ids: [idle, live] });
    const answer = await ada.client.delete(`/deployment-groups/${id}?delete_deployments=true`);
    expectError(answer, 400, 'dependent_exists_error');
    expect(membersOf(await ada.client.get(`/deployment-groups/${id}`))).toEqual([idle, live].toSorted());
    expect(await allRows(world.database, 'SELECT FROM execution WHERE deployment_name = $1', [idle])).toEqual([]);
  });
});

describe('new deployments of a group', () => {
  const BLUEPRINT = `
inputs:
  port: {default: 1}
  size: {default: 1}
node_templates:
  n: {type: cloudify.nodes.Root}
`;

  it('are made from its blueprint and inputs, named by templates, and join it with its labels', async () => {
    const id = fresh();
    const blueprint = await uploaded(ada.client, BLUEPRINT);
    const answer = await put(id, {
      blueprint_id: blueprint,
      default_inputs: { port: 80, size: 5 },
      labels: [{ env: 'prod' }],
      new_deployments: [
        { id: '{group_id}-{count}', inputs: { port: 81 }, labels: [{ own: 'x' }], display_name: 'Number {count}' },
        { id: '{group_id}-{count}' },
        {},
      ],
    });
    const ids: string[] = membersOf(answer);
    expect(ids).toContain(`${id}-1`);
    expect(ids).toContain(`${id}-2`);
    expect(ids).toHaveLength(3);
    expect(answer.body.creation_counter).toBe(3);
    const first = await ada.client.get(`/deployments/${id}-1`);
    expect(first.body).toMatchObject({ display_name: 'Number 1', blueprint_id: blueprint, deployment_groups: [id] });
    expect(await labelsOf(`${id}-1`)).toEqual(['env=prod', 'own=x']);
    const rows = await allRows<{ parameters: { inputs: unknown } }>(
      world.database,
      `SELECT e.parameters FROM execution e JOIN execution_group g ON g.storage_id = e.execution_group_id
         JOIN deployment_group d ON d.storage_id = g.deployment_group_id
        WHERE d.id = $1 AND e.workflow_id = 'create_deployment_environment' ORDER BY e.storage_id`,
      [id],
    );
    expect(rows.map(({ parameters }) => parameters.inputs)).toEqual([
      { port: 81, size: 5 },
      { port: 80, size: 5 },
      { port: 80, size: 5 },
    ]);
    expect(membersOf(await patch(id, { add: { new_deployments: [{ id: `${id}-last` }] } }))).toContain(`${id}-last`);
  });

  it('are refused without a variable part, with unknown placeholders, inputs and types', async () => {
    const id = fresh();
    await put(id, { blueprint_id: await uploaded(ada.client, BLUEPRINT) });
    const add = (...ones: unknown[]): Promise<Answer> => patch(id, { add: { new_deployments: ones } });
    expectError(await add({ id: `${id}-same` }, { id: `${id}-same` }), 409, 'conflict_error');
    expectError(await add({ id: '{nobody}' }), 400, 'bad_parameters_error');
    expectError(await add({ id: 'a b' }), 400, 'bad_parameters_error');
    expectError(await add({ inputs: { other: 1 } }), 400, 'unknown_deployment_input_error');
    expectError(await add({ labels: 3 }), 400, 'bad_parameters_error');
    expectError(await add('text'), 400, 'bad_parameters_error');
    expect(membersOf(await ada.client.get(`/deployment-groups/${id}`))).toEqual([]);
  });
});
