import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  DependenciesService,
  type Dependent,
  type DependencyQuestion,
} from '../../src/modules/deployments/dependencies/dependencies.service.js';
import { systemTenantCtx } from '../../src/platform/context/ctx.js';
import { UnitOfWork } from '../../src/platform/database/unit-of-work.js';
import { createTestApp, type TestApp } from '../support/app.js';
import type { Answer } from '../support/client.js';
import { expectError, expectStatus } from '../support/expect-error.js';
import { storeDeployment, type DeploymentSketch } from '../support/stored-deployments.js';
import { allRows } from '../support/superuser.js';
import type { Member, TestTenant } from '../support/world.js';

const PATH = '/deployments/inter-deployment-dependencies';

let world: TestApp;
let tenant: TestTenant;
let ada: Member;
let bob: Member;
let count = 0;

async function deployed(sketch: Partial<DeploymentSketch> = {}): Promise<string> {
  count += 1;
  return storeDeployment(world.database, { tenant: tenant.name, owner: ada.username, ...sketch, id: `d${count}` });
}

const put = (source: string, target: string | null, more: object = {}): Promise<Answer> =>
  ada.client.put(PATH, {
    dependency_creator: 'component.node_1',
    source_deployment: source,
    ...(target === null ? {} : { target_deployment: target }),
    ...more,
  });

async function consumers(id: string): Promise<string[]> {
  const rows = await allRows<{ value: string }>(
    world.database,
    `SELECT l.value FROM deployment_label l JOIN deployment d ON d.storage_id = l.deployment_id
      WHERE d.id = $1 AND l.key = 'csys-consumer-id' ORDER BY 1`,
    [id],
  );
  return rows.map(({ value }) => value);
}

const ofSource = async (id: string): Promise<{ id: string; target_deployment_id: string | null }[]> =>
  (await ada.client.get(`${PATH}?source_deployment_id=${id}`)).body.items;

/** As the owner of the tenant's work would ask. */
async function dependents(id: string, question: DependencyQuestion, who?: Member): Promise<readonly Dependent[]> {
  const [row] = await allRows<{ storage_id: string; tenant_id: number }>(
    world.database,
    'SELECT storage_id, tenant_id FROM deployment WHERE id = $1',
    [id],
  );
  const base = systemTenantCtx('test', { id: row?.tenant_id ?? -1, name: tenant.name });
  const [user] = await allRows<{ id: number }>(world.database, 'SELECT id FROM user_account WHERE username = $1', [
    who?.username ?? ada.username,
  ]);
  const ctx = {
    ...base,
    actor: { ...base.actor, userId: user?.id ?? -1 },
    reach: { tenantIds: [base.tenantId], administeredTenantIds: [] },
  };
  const service = world.app.get(DependenciesService, { strict: false });
  return world.app
    .get(UnitOfWork, { strict: false })
    .run(ctx, (ctx) => service.dependentsOf(ctx, row?.storage_id ?? '', question));
}

const UNINSTALL: DependencyQuestion = { purpose: 'workflow', workflowId: 'uninstall' };

beforeAll(async () => {
  world = await createTestApp();
  tenant = await world.world.tenant();
  [ada, bob] = [await tenant.member('user'), await tenant.member('user')];
});
afterAll(() => world.close());

describe('PUT /deployments/inter-deployment-dependencies', () => {
  it('makes a dependency, lists it, and labels the target with its consumer', async () => {
    const [source, target] = [await deployed(), await deployed()];
    const { body } = expectStatus(await put(source, target, { target_deployment_func: { get_input: 'x' } }), 200);
    expect(body).toMatchObject({
      dependency_creator: 'component.node_1',
      source_deployment_id: source,
      target_deployment_id: target,
      target_deployment_func: { get_input: 'x' },
      external_source: null,
      external_target: null,
      visibility: 'tenant',
      created_by: ada.username,
      tenant_name: tenant.name,
    });
    expect(await ofSource(source)).toEqual([body]);
    expect(await consumers(target)).toEqual([source]);
  });

  it('keeps one that is there already, with its new function', async () => {
    const [source, target] = [await deployed(), await deployed()];
    const first = await put(source, target);
    const second = expectStatus(await put(source, target, { target_deployment_func: { a: 1 } }), 200);
    expect(second.body).toEqual({ ...first.body, target_deployment_func: { a: 1 } });
    expect(await ofSource(source)).toHaveLength(1);
  });

  it('takes a side that is elsewhere, or known at run time only', async () => {
    const source = await deployed();
    expectStatus(await put(source, null, { target_deployment_func: { get_secret: 'x' } }), 200);
    expectStatus(await put(source, 'unknown', { target_deployment_func: { get_secret: 'y' } }), 200);
    expectStatus(await put(source, 'there', { external_target: { deployment: 'there', tenant: 't', host: 'h' } }), 200);
    const elsewhere = await put('over-there', source, { external_source: { deployment: 'over-there', tenant: 't' } });
    expect(expectStatus(elsewhere, 200).body).toMatchObject({
      source_deployment_id: null,
      target_deployment_id: source,
    });
  });

  it('refuses circles: of one, of two, of three, and when two close one at once', async () => {
    const [a, b, c] = [await deployed(), await deployed(), await deployed()];
    expectError(await put(a, a), 409, 'conflict_error');
    expectStatus(await put(a, b), 200);
    expectError(await put(b, a), 409, 'conflict_error');
    expectStatus(await put(b, c), 200);
    expectError(await put(c, a), 409, 'conflict_error');
    const [d, e] = [await deployed(), await deployed()];
    const statuses = (await Promise.all([put(d, e), put(e, d)])).map(({ status }) => status);
    expect(statuses.toSorted((x, y) => x - y)).toEqual([200, 409]);
  });

  it('refuses what it does not know and what is no dependency', async () => {
    const source = await deployed();
    expectError(await put('unknown', source), 404, 'not_found_error');
    expectError(await put(source, 'unknown'), 404, 'not_found_error');
    expectError(await put(source, null, { dependency_creator: 3 }), 400, 'bad_parameters_error');
    expectError(await put(source, null, { target_deployment_func: 'text' }), 400, 'bad_parameters_error');
    expectError(await put(source, null, { id: 'a b' }), 400, 'bad_parameters_error');
    expectError(await ada.client.put(PATH, { dependency_creator: 'x' }), 400, 'bad_parameters_error');
    expectError(await put(source, null, { visibility: 'wide' }), 400, 'bad_parameters_error');
    expectError(await put(source, null, { created_at: '2026-01-01' }), 403, 'forbidden_error');
    expectError(await put(source, null, { created_by: bob.username }), 403, 'forbidden_error');
    expectStatus(await put(source, null, { id: 'mine' }), 200);
    expectError(await put(source, await deployed(), { id: 'mine' }), 409, 'conflict_error');
  });

  it('hides deployments that may not be seen, and leaves those of other tenants alone', async () => {
    const [hidden, own] = [await deployed({ visibility: 'private' }), await deployed()];
    const asBob = (body: object): Promise<Answer> => bob.client.put(PATH, { dependency_creator: 'x', ...body });
    expectError(await asBob({ source_deployment: hidden, target_deployment: own }), 404, 'not_found_error');
    expectError(await asBob({ source_deployment: own, target_deployment: hidden }), 404, 'not_found_error');
    const everybodys = await deployed({ visibility: 'global' });
    const other = await world.world.tenant();
    const eve = await other.member('user');
    const hers = await storeDeployment(world.database, { tenant: other.name, owner: eve.username, id: 'hers' });
    expectStatus(
      await eve.client.put(PATH, { dependency_creator: 'x', source_deployment: hers, target_deployment: everybodys }),
      200,
    );
    expect(await consumers(everybodys)).toEqual([]);
    expectError(
      await eve.client.put(PATH, { dependency_creator: 'x', source_deployment: everybodys, target_deployment: hers }),
      400,
      'illegal_action_error',
    );
    expect(await dependents(everybodys, UNINSTALL)).toEqual([
      { deployment: null, tenant: null, type: 'deployment', node: null },
    ]);
  });
});

describe('many at once', () => {
  it('adds them, and replaces all of a deployment', async () => {
    const [source, one, two] = [await deployed(), await deployed(), await deployed()];
    const { body } = expectStatus(
      await ada.client.post(PATH, {
        source_deployment_id: source,
        inter_deployment_dependencies: [
          { dependency_creator: 'a', target_deployment: one },
          { dependency_creator: 'b', target_deployment_id: two },
        ],
      }),
      200,
    );
    expect(body.items.map(({ id }: { id: string }) => id)).toEqual((await ofSource(source)).map(({ id }) => id));
    expect(body.metadata.pagination).toEqual({ total: 2, size: 2, offset: 0 });
    const replaced = expectStatus(
      await ada.client.put(`/deployments/${source}/inter-deployment-dependencies`, {
        inter_deployment_dependencies: [{ dependency_creator: 'c', target_deployment: two }],
      }),
      200,
    );
    expect((await ofSource(source)).map(({ id }) => id)).toEqual([replaced.body.items[0].id]);
    expect([await consumers(one), await consumers(two)]).toEqual([[], [source]]);
  });

  it('writes none when one is wrong', async () => {
    const [source, target] = [await deployed(), await deployed()];
    const post = (items: unknown): Promise<Answer> =>
      ada.client.post(PATH, { source_deployment_id: source, inter_deployment_dependencies: items });
    const good = { dependency_creator: 'a', target_deployment: target };
    expectError(await post([good, { dependency_creator: 'b', target_deployment: 'unknown' }]), 404, 'not_found_error');
    expectError(await post([good, { target_deployment: target }]), 400, 'bad_parameters_error');
    expectError(await post([good, 'text']), 400, 'bad_parameters_error');
    expectError(await post(good), 400, 'bad_parameters_error');
    expectError(
      await post([good, { ...good, dependency_creator: 'b', target_deployment: source }]),
      409,
      'conflict_error',
    );
    expect(await ofSource(source)).toEqual([]);
  });
});

describe('DELETE /deployments/inter-deployment-dependencies', () => {
  it('removes it, and the label when nothing else stands for it', async () => {
    const [source, target] = [await deployed(), await deployed()];
    await put(source, target);
    await put(source, target, { dependency_creator: 'other' });
    const remove = (creator: string, more: object = {}): Promise<Answer> =>
      ada.client.delete(PATH, {
        dependency_creator: creator,
        source_deployment: source,
        target_deployment: target,
        is_component_deletion: false,
        ...more,
      });
    expectStatus(await remove('other'), 204);
    expect(await consumers(target)).toEqual([source]);
    expectStatus(await remove('component.node_1'), 204);
    expect(await consumers(target)).toEqual([]);
    expectError(await remove('component.node_1'), 404, 'not_found_error');
    expectError(await remove('x', { target_deployment: 'unknown' }), 404, 'not_found_error');
    expectError(await remove('x', { source_deployment: 'unknown' }), 404, 'not_found_error');
  });

  it('lets a component go whose deployment went before it', async () => {
    const [source, target] = [await deployed(), await deployed()];
    await put(source, target);
    const answer = await ada.client.delete(PATH, {
      dependency_creator: 'component.node_1',
      source_deployment: source,
      target_deployment: 'gone-by-now',
      is_component_deletion: true,
    });
    expectStatus(answer, 204);
    expect(await ofSource(source)).toEqual([]);
  });
});

describe('what depends on a deployment', () => {
  it('counts users of it, not owners of a component, and inactive readers of capabilities not for uninstall', async () => {
    const target = await deployed();
    const sources = {
      component: await deployed(),
      shared: await deployed(),
      active: await deployed({ isActive: true }),
      inactive: await deployed(),
    };
    await put(sources.component, target, { dependency_creator: 'component.comp_1' });
    await put(sources.shared, target, { dependency_creator: 'sharedresource.shared_1' });
    await put(sources.active, target, { dependency_creator: 'nodes.n.properties.p.get_capability' });
    await put(sources.inactive, target, { dependency_creator: 'outputs.o.value.get_capability' });
    const names = async (question: DependencyQuestion): Promise<string[]> =>
      (await dependents(target, question)).map(({ deployment }) => deployment ?? 'hidden');
    const { component, shared, active, inactive } = sources;
    expect(await names(UNINSTALL)).toEqual([shared, active].toSorted());
    expect(await names({ purpose: 'workflow', workflowId: 'stop' })).toEqual([shared, active, inactive].toSorted());
    expect(await names({ purpose: 'workflow', workflowId: 'install' })).toEqual([]);
    expect((await names({ purpose: 'delete' })).toSorted()).toEqual([component, shared, active, inactive].toSorted());
    expect((await dependents(target, UNINSTALL)).find(({ deployment }) => deployment === shared)).toEqual({
      deployment: shared,
      tenant: tenant.name,
      type: 'sharedresource',
      node: 'shared_1',
    });
  });

  it('looks through children where it is recursive, but not at what is among them', async () => {
    const parent = await deployed();
    const child = await deployed({ labels: [['csys-obj-parent', parent]] });
    const grandchild = await deployed({ labels: [['csys-obj-parent', child]] });
    const user = await deployed();
    await put(user, grandchild, { dependency_creator: 'x' });
    await put(child, grandchild, { dependency_creator: 'x' });
    expect(await dependents(parent, UNINSTALL)).toEqual([]);
    expect((await dependents(parent, { ...UNINSTALL, recursive: true })).map(({ deployment }) => deployment)).toEqual([
      user,
    ]);
    const children = await dependents(parent, { purpose: 'delete' });
    expect(children.map(({ type }) => type)).toEqual(['child', 'child']);
    expect(new Set(children.map(({ deployment }) => deployment))).toEqual(new Set([child, grandchild]));
  });

  it('counts those that the caller may not see, without their names', async () => {
    const target = await deployed();
    const hidden = await deployed({ visibility: 'private' });
    await put(hidden, target, { dependency_creator: 'x' });
    expect(await dependents(target, UNINSTALL, bob)).toEqual([
      { deployment: null, tenant: null, type: 'deployment', node: null },
    ]);
    const listed = await bob.client.get(`${PATH}?_get_all_results=true`);
    expect(JSON.stringify(listed.body)).not.toContain(`"${hidden}"`);
  });
});
