import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../support/app.js';
import type { Answer } from '../support/client.js';
import { expectError, expectStatus } from '../support/expect-error.js';
import { storeDeployment, type DeploymentSketch } from '../support/stored-deployments.js';
import { allRows } from '../support/superuser.js';
import type { Member, TestTenant } from '../support/world.js';

let world: TestApp;
let tenant: TestTenant;
let ada: Member;
let bob: Member;
let count = 0;

const WEB: Pick<DeploymentSketch, 'nodes'> = {
  nodes: [
    { id: 'vm', host: 'vm', count: 2 },
    { id: 'app', host: 'vm', in: 'vm', links: [{ to: 'db' }] },
    { id: 'db' },
    { id: 'lb', links: [{ to: 'app' }] },
  ],
};

async function deployed(sketch: Partial<DeploymentSketch> = WEB): Promise<string> {
  count += 1;
  const id = `dep${String(count).padStart(3, '0')}`;
  return storeDeployment(world.database, { tenant: tenant.name, owner: ada.username, ...sketch, id });
}

const start = (deployment: string, nodes: unknown, more: object = {}): Promise<Answer> =>
  ada.client.post('/deployment-modifications', { deployment_id: deployment, nodes, ...more });

const end = (id: string, how: 'finish' | 'rollback'): Promise<Answer> =>
  ada.client.post(`/deployment-modifications/${id}/${how}`);

interface StoredInstance {
  readonly id: string;
  readonly node: string;
  readonly index: number;
  readonly state: string;
  readonly version: number;
  readonly targets: string;
}

const instances = (deployment: string): Promise<StoredInstance[]> =>
  allRows<StoredInstance>(
    world.database,
    `SELECT i.id, n.id AS node, i.index, i.state, i.version,
            (SELECT string_agg(x->>'target_name', ',') FROM json_array_elements(i.relationships) x) AS targets
       FROM node_instance i JOIN node n ON n.storage_id = i.node_id JOIN deployment d ON d.storage_id = i.deployment_id
      WHERE d.id = $1 ORDER BY n.id, i.index`,
    [deployment],
  );

const numbers = async (deployment: string, node: string): Promise<unknown> => {
  const [row] = await allRows(
    world.database,
    `SELECT n.number_of_instances AS current, n.planned_number_of_instances AS planned
       FROM node n JOIN deployment d ON d.storage_id = n.deployment_id WHERE d.id = $1 AND n.id = $2`,
    [deployment, node],
  );
  return row;
};

const groupOf = (current: number, planned: number): object => ({
  g: {
    members: ['a'],
    properties: { min_instances: 1, default_instances: 1, current_instances: current, planned_instances: planned },
  },
});

const facts = ({ id, node, index, state, targets }: StoredInstance): unknown => [id, node, index, state, targets];

beforeAll(async () => {
  world = await createTestApp();
  tenant = await world.world.tenant();
  [ada, bob] = [await tenant.member('user'), await tenant.member('user')];
});
afterAll(() => world.close());

describe('POST /deployment-modifications', () => {
  it('makes the new instances, and keeps what there was before', async () => {
    const deployment = await deployed();
    const before = await instances(deployment);
    const answer = expectStatus(await start(deployment, { vm: { instances: 3 } }, { context: { why: 1 } }), 201);
    expect(answer.body).toMatchObject({
      deployment_id: deployment,
      status: 'started',
      ended_at: null,
      context: { why: 1 },
      modified_nodes: { vm: { instances: 3 } },
      visibility: 'tenant',
      created_by: ada.username,
    });
    const lists = answer.body.node_instances;
    expect(lists.before_modification.map(({ id }: { id: string }) => id).toSorted()).toEqual(
      before.map(({ id }) => id).toSorted(),
    );
    const added = lists.added_and_related.filter((one: { modification?: string }) => one.modification === 'added');
    expect(added.map((one: { node_id: string }) => one.node_id).toSorted()).toEqual(['app', 'vm']);
    const after = await instances(deployment);
    expect(after.filter(({ node }) => node === 'vm').map(({ index, state }) => [index, state])).toEqual([
      [1, 'started'],
      [2, 'started'],
      [3, 'uninitialized'],
    ]);
    expect(after.find(({ node }) => node === 'lb')).toMatchObject({ targets: 'app,app,app', version: 2 });
    expect(await numbers(deployment, 'vm')).toEqual({ current: 2, planned: 3 });
  });

  it('adds relationships to what is there in the order of the node', async () => {
    const deployment = await deployed({
      nodes: [{ id: 'a' }, { id: 'b' }, { id: 'c', links: [{ to: 'a' }, { to: 'b' }] }],
    });
    expectStatus(await start(deployment, { a: { instances: 2 } }), 201);
    expect((await instances(deployment)).find(({ node }) => node === 'c')?.targets).toBe('a,a,b');
  });

  it('scales a group', async () => {
    const deployment = await deployed({
      nodes: [{ id: 'a' }, { id: 'b', in: 'a' }],
      groups: { g: { members: ['a'] } },
    });
    const { body } = expectStatus(await start(deployment, { g: { instances: 2 } }), 201);
    expect((await instances(deployment)).map(({ node }) => node)).toEqual(['a', 'a', 'b', 'b']);
    const groups = async (): Promise<unknown> =>
      (
        await allRows<{ g: unknown }>(
          world.database,
          `SELECT scaling_groups::text AS g FROM deployment WHERE id = $1`,
          [deployment],
        )
      )[0]?.g;
    expect(JSON.parse(String(await groups()))).toEqual(groupOf(1, 2));
    expectStatus(await end(body.id, 'finish'), 200);
    expect(JSON.parse(String(await groups()))).toEqual(groupOf(2, 2));
  });

  it('refuses a second one while one is open, also when both come at once', async () => {
    const deployment = await deployed();
    const answers = await Promise.all([
      start(deployment, { db: { instances: 2 } }),
      start(deployment, { db: { instances: 3 } }),
    ]);
    expect(answers.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([201, 400]);
    expectError(await start(deployment, {}), 400, 'existing_started_deployment_modification_error');
  });

  it.each([
    ['a number that is none', { db: { instances: 'two' } }],
    ['a negative number', { db: { instances: -1 } }],
    ['no number', { db: {} }],
    ['no dictionary', { db: 3 }],
    ['hints that are no ids', { db: { instances: 1, removed_ids_include_hint: [1] } }],
    ['more than anybody can have', { db: { instances: 999_999 } }],
  ])('refuses %s, and changes nothing', async (_what, nodes) => {
    const deployment = await deployed();
    const before = await instances(deployment);
    expectError(await start(deployment, nodes), 400, 'bad_parameters_error');
    expect(await instances(deployment)).toEqual(before);
  });

  it('does not find deployments and nodes that are not there', async () => {
    expectError(await start('nowhere', {}), 404, 'not_found_error');
    expectError(await start(await deployed(), { nobody: { instances: 1 } }), 404, 'not_found_error');
    expectError(await ada.client.post('/deployment-modifications', {}), 400, 'bad_parameters_error');
  });
});

describe('finish', () => {
  it('removes what was to go, and the relationships that led there', async () => {
    const deployment = await deployed();
    const { body } = await start(deployment, { vm: { instances: 1 } });
    expect(await instances(deployment)).toHaveLength(6);
    const answer = expectStatus(await end(body.id, 'finish'), 200);
    expect(answer.body).toMatchObject({ id: body.id, status: 'finished', ended_at: expect.any(String) });
    const after = await instances(deployment);
    expect(after.map(({ node, targets }) => [node, targets])).toEqual([
      ['app', 'vm,db'],
      ['db', null],
      ['lb', 'app'],
      ['vm', null],
    ]);
    expect(await numbers(deployment, 'vm')).toEqual({ current: 1, planned: 1 });
  });

  it('removes those first that were hinted at', async () => {
    const deployment = await deployed({ nodes: [{ id: 'a', count: 3 }] });
    const [, second] = await instances(deployment);
    const { body } = await start(deployment, { a: { instances: 2, removed_ids_include_hint: [second?.id] } });
    await end(body.id, 'finish');
    expect((await instances(deployment)).map(({ index }) => index)).toEqual([1, 3]);
  });

  it('ends once', async () => {
    const { body } = await start(await deployed(), {});
    expectStatus(await end(body.id, 'finish'), 200);
    expectError(await end(body.id, 'finish'), 400, 'deployment_modification_already_ended_error');
    expectError(await end(body.id, 'rollback'), 400, 'deployment_modification_already_ended_error');
    expectError(await end('none', 'finish'), 404, 'not_found_error');
  });
});

describe('rollback', () => {
  it('brings instances back as they were: new ones go, removed and changed ones return', async () => {
    const deployment = await deployed();
    const before = await instances(deployment);
    const { body } = await start(deployment, { vm: { instances: 3 }, db: { instances: 0 } });
    await allRows(
      world.database,
      `WITH gone AS (DELETE FROM node_instance i USING deployment d, node n
          WHERE d.storage_id = i.deployment_id AND n.storage_id = i.node_id AND d.id = $1 AND n.id = 'db')
       UPDATE node_instance i SET state = 'deleted', version = version + 1, runtime_properties = '{}'
         FROM deployment d, node n
        WHERE d.storage_id = i.deployment_id AND n.storage_id = i.node_id AND d.id = $1 AND n.id = 'vm'`,
      [deployment],
    );
    const answer = expectStatus(await end(body.id, 'rollback'), 200);
    expect(answer.body.status).toBe('rolledback');
    expect(answer.body.node_instances.before_rollback).toHaveLength(7);
    const after = await instances(deployment);
    expect(after.map(facts)).toEqual(before.map(facts));
    expect(after.find(({ node }) => node === 'lb')?.version).toBe(3);
    const properties = await allRows<{ p: object; id: string }>(
      world.database,
      `SELECT i.id, i.runtime_properties AS p FROM node_instance i JOIN deployment d ON d.storage_id = i.deployment_id WHERE d.id = $1`,
      [deployment],
    );
    expect(properties.every(({ id, p }) => JSON.stringify(p) === JSON.stringify({ made: id }))).toBe(true);
    expect(await numbers(deployment, 'vm')).toEqual({ current: 2, planned: 2 });
    expectStatus(await start(deployment, {}), 201);
  });
});

describe('who sees and changes them', () => {
  it('hides those of private deployments', async () => {
    const deployment = await deployed({ ...WEB, visibility: 'private' });
    const { body } = expectStatus(await start(deployment, {}), 201);
    expectError(await bob.client.get(`/deployment-modifications/${body.id}`), 404, 'not_found_error');
    expectError(await bob.client.post(`/deployment-modifications/${body.id}/finish`), 404, 'not_found_error');
    expectError(
      await bob.client.post('/deployment-modifications', { deployment_id: deployment }),
      404,
      'not_found_error',
    );
    const listed = expectStatus(await bob.client.get('/deployment-modifications?_get_all_results=true'), 200);
    expect(listed.body.items.map(({ id }: { id: string }) => id)).not.toContain(body.id);
  });

  it('leaves global deployments of other tenants alone', async () => {
    const deployment = await deployed({ ...WEB, visibility: 'global' });
    const { body } = expectStatus(await start(deployment, {}), 201);
    const eve = await (await world.world.tenant()).member('user');
    expectStatus(await eve.client.get(`/deployment-modifications/${body.id}`), 200);
    expectError(await eve.client.post(`/deployment-modifications/${body.id}/finish`), 400, 'illegal_action_error');
    expectError(
      await eve.client.post('/deployment-modifications', { deployment_id: deployment }),
      400,
      'illegal_action_error',
    );
  });

  it('asks for the right to change', async () => {
    const viewer = await tenant.member('viewer');
    expectError(await viewer.client.post('/deployment-modifications', { deployment_id: 'x' }), 403, 'forbidden_error');
  });

  it('records what happened', async () => {
    const { body } = await start(await deployed(), { db: { instances: 2 } });
    await end(body.id, 'finish');
    const records = await allRows<{ action: string; details: { added?: number } }>(
      world.database,
      `SELECT action, details FROM audit_log WHERE ref_identifier->>'id' = $1 ORDER BY 1`,
      [body.id],
    );
    expect(records.map(({ action }) => action)).toEqual([
      'deployment_modification.create',
      'deployment_modification.finish',
    ]);
  });
});

describe('GET /deployment-modifications', () => {
  it('filters by deployment, and shows one with what was asked for', async () => {
    const deployment = await deployed();
    const { body } = await start(deployment, {});
    const list = expectStatus(
      await ada.client.get(`/deployment-modifications?deployment_id=${deployment}&_include=id,status`),
      200,
    );
    expect(list.body.items).toEqual([{ id: body.id, status: 'started' }]);
    expect(list.body.metadata.pagination.total).toBe(1);
    const one = expectStatus(await ada.client.get(`/deployment-modifications/${body.id}?_include=modified_nodes`), 200);
    expect(one.body).toEqual({ modified_nodes: {} });
  });
});
