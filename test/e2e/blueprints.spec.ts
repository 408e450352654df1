import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, unique, type TestApp } from '../support/app.js';
import { blueprintOf, HEAD, PNG, storedFiles, uploadForm } from '../support/blueprints.js';
import type { Client } from '../support/client.js';
import { expectCodeless, expectError, expectQueryError } from '../support/expect-error.js';
import type { Member, TestTenant } from '../support/world.js';

let world: TestApp;
beforeAll(async () => {
  world = await createTestApp();
});
afterAll(async () => {
  await world.close();
});

const ARCHIVE = blueprintOf({ 'blueprint.yaml': HEAD });

async function made(client: Client, params: object = {}): Promise<string> {
  const id = unique('bp');
  const answer = await uploadForm(client, id, params, ARCHIVE);
  if (answer.status !== 201) throw new Error(answer.text);
  return id;
}

const ids = async (client: Client, query = ''): Promise<string[]> =>
  (await client.get(`/blueprints?_include=id${query}`)).body.items.map((item: { id: string }) => item.id);

const labelsOf = async (client: Client, id: string): Promise<string[]> =>
  (await client.get(`/blueprints/${id}`)).body.labels.map(
    ({ key, value }: { key: string; value: string }) => `${key}:${value}`,
  );

describe('GET /blueprints', () => {
  let tenant: TestTenant;
  let member: Member;
  let names: string[];
  beforeAll(async () => {
    tenant = await world.world.tenant();
    member = await tenant.member('user');
    names = [];
    for (let index = 0; index < 3; index += 1) {
      names.push(await made(member.client, { skip_execution: true, labels: [{ n: String(index) }, { a: 'x' }] }));
    }
  });

  it('pages, sorts and projects', async () => {
    const { status, body } = await member.client.get(
      '/blueprints?_size=2&_offset=1&_sort=-created_at&_include=id,labels,state',
    );
    expect(status).toBe(200);
    expect(body.metadata).toEqual({ pagination: { total: 3, size: 2, offset: 1 }, filtered: null });
    expect(body.items.map((item: { id: string }) => item.id)).toEqual([names[1], names[0]]);
    expect(Object.keys(body.items[0]).toSorted()).toEqual(['id', 'labels', 'state']);
    expect(body.items[0].labels).toEqual([
      {
        key: 'a',
        value: 'x',
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        created_by: member.username,
      },
      { key: 'n', value: '1', created_at: expect.any(String), created_by: member.username },
    ]);
  });

  it('includes every field of the contract, one by one', async () => {
    const { body } = await member.client.get(`/blueprints?id=${names[0]}`);
    for (const field of Object.keys(body.items[0])) {
      const { body: one } = await member.client.get(`/blueprints?id=${names[0]}&_include=${field}`);
      expect(one.items).toEqual([{ [field]: body.items[0][field] }]);
    }
    expect(Object.keys(body.items[0]).toSorted()).toEqual(
      'created_at created_by description error error_traceback id is_hidden labels main_file_name plan private_resource requirements resource_availability state tenant_name updated_at upload_execution visibility'.split(
        ' ',
      ),
    );
  });

  it('carries the executions of a page', async () => {
    const id = await made(member.client);
    const { body } = await member.client.get(`/blueprints?id=${id}&_include=upload_execution`);
    expect(body.items).toEqual([{ upload_execution: expect.objectContaining({ status: 'terminated' }) }]);
    await member.client.delete(`/blueprints/${id}`);
  });

  it('searches and filters', async () => {
    expect(await ids(member.client, `&_search=${(names[0] ?? '').slice(3).toUpperCase()}`)).toEqual([names[0]]);
    expect(await ids(member.client, '&_search=%25')).toEqual([]);
    expect(await ids(member.client, `&id=${names[0]}&id=${names[2]}`)).toEqual([names[0], names[2]]);
    expect(await ids(member.client, '&state=uploaded')).toEqual([]);
    expect(await ids(member.client, '&state=uploading&visibility=tenant')).toHaveLength(3);
    expect(await ids(member.client, '&_get_all_results=true&_size=1')).toHaveLength(3);
  });

  it('refuses what it does not know', async () => {
    expectError(await member.client.get('/blueprints?_include=archive'), 400, 'no_such_include_field_error');
    expectError(await member.client.get('/blueprints?labels=x'), 400, 'bad_parameters_error');
    expectError(await member.client.get('/blueprints?colour=x'), 400, 'bad_parameters_error');
    expectQueryError(await member.client.get('/blueprints?_size=-1'));
    expectQueryError(await member.client.get('/blueprints?_sort=labels'));
    expectError(await member.client.get('/blueprints?_filter_id=nope'), 404, 'not_found_error');
    expectError(await member.client.get('/blueprints', { tenant: null }), 403, 'forbidden_error');
    expectError(await world.stranger.get('/blueprints'), 401, 'unauthorized_error');
  });
});

describe('a private blueprint', () => {
  it('is seen by its owner and administrators, and by nobody else by any route', async () => {
    const [tenant, elsewhere] = [await world.world.tenant(), await world.world.tenant()];
    const [ada, bob, manager] = [
      await tenant.member('user'),
      await tenant.member('user'),
      await tenant.member('manager'),
    ];
    const eve = await elsewhere.member('manager');
    const id = await made(ada.client, { visibility: 'private' });
    const execution = (await ada.client.get(`/blueprints/${id}`)).body.upload_execution.id as string;
    await ada.client.patch(`/blueprints/${id}/icon`, PNG);
    const routes = [
      `/blueprints/${id}`,
      `/blueprints/${id}/archive`,
      `/executions/${execution}`,
      `/resources/blueprints/${tenant.name}/${id}/blueprint.yaml`,
      `/resources/blueprints/${tenant.name}/${id}/icon.png`,
      `/resources/blueprints/${tenant.name}/${id}/`,
      `/resources/uploaded-blueprints/${tenant.name}/${id}/${id}.zip`,
    ];
    const counts = async (client: Client): Promise<number[]> => {
      const lists = [
        '/blueprints?',
        '/blueprints?_all_tenants=true&',
        '/blueprints?_size=0&',
        '/executions?',
        `/events?execution_id=${execution}&`,
      ];
      return Promise.all(lists.map(async (list) => (await client.get(list)).body.metadata.pagination.total as number));
    };
    for (const client of [ada.client, manager.client, tenant.asAdmin]) {
      for (const route of routes)
        expect({ route, status: (await client.get(route)).status }).toEqual({ route, status: 200 });
      expect((await counts(client)).every((count) => count > 0)).toBe(true);
    }
    for (const { client } of [bob, eve]) {
      for (const route of routes) {
        const hidden = await client.get(route);
        const absent = await client.get(route.replaceAll(id, 'never_made').replace(execution, 'never_made'));
        expect(hidden.status).toBe(client === eve.client && route.startsWith('/resources') ? 403 : 404);
        expect(hidden.body.message.replaceAll(id, 'x').replaceAll(execution, 'x')).toBe(
          absent.body.message.replaceAll('never_made', 'x'),
        );
      }
      expect(await counts(client)).toEqual([0, 0, 0, 0, 0]);
      for (const change of [
        client.delete(`/blueprints/${id}`),
        client.patch(`/blueprints/${id}`, { labels: [] }),
        client.patch(`/blueprints/${id}/set-visibility`, { visibility: 'tenant' }),
        client.patch(`/blueprints/${id}/icon`, PNG),
      ]) {
        expectError(await change, 404, 'not_found_error');
      }
    }
  });
});

describe('visibility', () => {
  it('only widens', async () => {
    const tenant = await world.world.tenant();
    const [ada, bob] = [await tenant.member('user'), await tenant.member('user')];
    const id = await made(ada.client, { visibility: 'private' });
    const set = (client: Client, visibility: unknown): ReturnType<Client['patch']> =>
      client.patch(`/blueprints/${id}/set-visibility`, { visibility });
    expectError(await set(ada.client, 'private'), 400, 'bad_parameters_error');
    expectError(await set(ada.client, 'public'), 400, 'bad_parameters_error');
    expectError(await set(ada.client, 1), 400, 'bad_parameters_error');
    expectError(await ada.client.patch(`/blueprints/${id}/set-visibility`, {}), 400, 'bad_parameters_error');
    expectError(await set(ada.client, 'global'), 403, 'forbidden_error');
    expect((await set(ada.client, 'tenant')).body).toMatchObject({ id, visibility: 'tenant' });
    expect((await bob.client.get(`/blueprints/${id}`)).status).toBe(200);
    expect((await set(tenant.asAdmin, 'global')).body).toMatchObject({ visibility: 'global' });
    expectError(await set(tenant.asAdmin, 'tenant'), 400, 'illegal_action_error');
    expectError(
      await tenant.asAdmin.patch(`/blueprints/${id}`, { visibility: 'private' }),
      400,
      'illegal_action_error',
    );
  });

  it('of a global blueprint lets other tenants read and change nothing', async () => {
    const [tenant, elsewhere] = [await world.world.tenant(), await world.world.tenant()];
    const eve = await elsewhere.member('user');
    const id = await made(tenant.asAdmin, { visibility: 'global' });
    const seen = await eve.client.get(`/blueprints/${id}`);
    expect(seen.body).toMatchObject({ tenant_name: tenant.name, visibility: 'global', upload_execution: null });
    expect(await ids(eve.client)).toContain(id);
    expect((await eve.client.get(`/blueprints/${id}/archive`)).status).toBe(200);
    expect((await eve.client.get(`/resources/blueprints/${tenant.name}/${id}/blueprint.yaml`)).status).toBe(200);
    for (const client of [eve.client, elsewhere.asAdmin]) {
      expectError(await client.delete(`/blueprints/${id}`), 400, 'illegal_action_error');
      expectError(await client.patch(`/blueprints/${id}`, { labels: [{ a: 'b' }] }), 400, 'illegal_action_error');
      expectError(
        await client.patch(`/blueprints/${id}/set-visibility`, { visibility: 'global' }),
        400,
        'illegal_action_error',
      );
      expectError(await client.patch(`/blueprints/${id}/icon`, PNG), 400, 'illegal_action_error');
    }
  });

  it('cannot become global where another tenant has the id', async () => {
    const [tenant, elsewhere] = [await world.world.tenant(), await world.world.tenant()];
    const id = await made(tenant.asAdmin);
    await uploadForm((await elsewhere.member('user')).client, id, { visibility: 'private' }, ARCHIVE);
    expectError(
      await tenant.asAdmin.patch(`/blueprints/${id}/set-visibility`, { visibility: 'global' }),
      409,
      'conflict_error',
    );
  });
});

describe('PATCH /blueprints/{id}', () => {
  it('replaces the labels; pairs that stay keep their date and author', async () => {
    const tenant = await world.world.tenant();
    const [ada, bob] = [await tenant.member('user'), await tenant.member('user')];
    const id = await made(ada.client, { labels: [{ env: ['a', 'b'] }] });
    const [before] = (await ada.client.get(`/blueprints/${id}`)).body.labels;
    world.clock.advance(60_000);
    const { body } = await bob.client.patch(`/blueprints/${id}`, {
      labels: [{ key: 'ENV', value: 'a' }, { team: 'x' }],
    });
    expect(body.labels).toEqual([
      before,
      { key: 'team', value: 'x', created_at: expect.any(String), created_by: bob.username },
    ]);
    expect(await labelsOf(ada.client, id)).toEqual(['env:a', 'team:x']);
    await bob.client.patch(`/blueprints/${id}`, { labels: [] });
    expect(await labelsOf(ada.client, id)).toEqual([]);
  });

  it('refuses labels of a blueprint that is not uploaded, and wrong bodies', async () => {
    const failed = unique('bp');
    await uploadForm(world.admin, failed, {}, blueprintOf({ 'blueprint.yaml': 'a: 1' }));
    expectError(await world.admin.patch(`/blueprints/${failed}`, { labels: [] }), 409, 'conflict_error');
    const id = await made(world.admin);
    const patch = (body: object): ReturnType<Client['patch']> => world.admin.patch(`/blueprints/${id}`, body);
    expectError(await patch({}), 400, 'illegal_action_error');
    for (const body of [
      { id: 'x' },
      { labels: [], colour: 'red' },
      { labels: { a: 'b' } },
      { labels: [{ 'csys-x': 'y' }] },
      { state: 'done' },
      { visibility: 'public' },
      { created_at: 'then' },
      { description: 1 },
      { requirements: 'x' },
      { plan: { a: 'x\0y' } },
      { creator: 'nobody' },
    ]) {
      expectError(await patch(body), 400, 'bad_parameters_error');
    }
    expectError(await patch({ upload_execution: 'nope' }), 404, 'not_found_error');
    expectError(await world.admin.patch('/blueprints/never_made', { labels: [] }), 404, 'not_found_error');
    expectError(
      await world.admin.patch(`/blueprints/${id}`, '{}', { headers: { 'content-type': 'text/plain' } }),
      415,
      'unsupported_content_type_error',
    );
    expectCodeless(await world.admin.patch(`/blueprints/${id}`, '{'), 400);
  });

  it('leaves to an uploader what does no harm, and the rest to whoever may restore', async () => {
    const tenant = await world.world.tenant();
    const ada = await tenant.member('user');
    const id = await made(ada.client);
    const { body } = await ada.client.patch(`/blueprints/${id}`, { description: 'mine' });
    expect(body.description).toBe('mine');
    for (const change of [
      { plan: {} },
      { state: 'invalid' },
      { error: 'x' },
      { main_file_name: 'x' },
      { requirements: {} },
      { upload_execution: 'x' },
      { created_at: '2020-01-01' },
      { creator: 'admin' },
    ]) {
      expectError(await ada.client.patch(`/blueprints/${id}`, change), 403, 'forbidden_error');
    }
    expect((await ada.client.get(`/blueprints/${id}`)).body.state).toBe('uploaded');
  });

  it('restores a blueprint that was stored without processing', async () => {
    const owner = await world.world.user();
    const id = await made(world.admin, { skip_execution: true });
    expect((await world.admin.get(`/resources/blueprints/default_tenant/${id}/blueprint.yaml`)).status).toBe(404);
    const change = {
      state: 'uploaded',
      plan: { inputs: {} },
      main_file_name: 'blueprint.yaml',
      creator: owner.username,
      created_at: '2020-01-01T00:00:00Z',
    };
    expect((await world.admin.patch(`/blueprints/${id}`, change)).body).toMatchObject({
      state: 'uploaded',
      plan: { inputs: {} },
      main_file_name: 'blueprint.yaml',
      created_by: owner.username,
      created_at: '2020-01-01T00:00:00.000Z',
    });
    expect((await world.admin.get(`/resources/blueprints/default_tenant/${id}/blueprint.yaml`)).status).toBe(200);
  });

  it('discards the files with a failed state', async () => {
    const before = await storedFiles(world.dataDir);
    const id = await made(world.admin);
    const change = { state: 'failed_parsing', error: 'bad' };
    expect((await world.admin.patch(`/blueprints/${id}`, change)).body).toMatchObject(change);
    expectError(await world.admin.get(`/blueprints/${id}/archive`), 404, 'not_found_error');
    expect(await storedFiles(world.dataDir)).toEqual(before);
    expectError(await world.admin.patch(`/blueprints/${id}`, { state: 'uploaded' }), 409, 'conflict_error');
  });
});

describe('DELETE /blueprints/{id}', () => {
  it('removes row, labels and files', async () => {
    const before = await storedFiles(world.dataDir);
    const id = await made(world.admin, { labels: [{ a: 'b' }] });
    expect((await world.admin.delete(`/blueprints/${id}?force=True`)).status).toBe(204);
    expectError(await world.admin.get(`/blueprints/${id}`), 404, 'not_found_error');
    expectError(await world.admin.delete(`/blueprints/${id}`), 404, 'not_found_error');
    expect(await storedFiles(world.dataDir)).toEqual(before);
  });

  it('refuses a force that is no boolean, and a viewer', async () => {
    const tenant = await world.world.tenant();
    const id = await made(tenant.asAdmin);
    expectCodeless(await tenant.asAdmin.delete(`/blueprints/${id}?force=perhaps`), 400);
    expectError(await (await tenant.member('viewer')).client.delete(`/blueprints/${id}`), 403, 'forbidden_error');
    expect((await tenant.asAdmin.get(`/blueprints/${id}`)).status).toBe(200);
  });

  it('refuses while the upload is at work', async () => {
    const id = unique('bp');
    const [, refused] = await Promise.all([
      uploadForm(world.admin, id, { async_upload: true }, ARCHIVE),
      (async () => {
        let answer = await world.admin.delete(`/blueprints/${id}`);
        while (answer.status === 404) answer = await world.admin.delete(`/blueprints/${id}`);
        return answer;
      })(),
    ]);
    expectError(refused, 400, 'invalid_blueprint_error');
    while ((await world.admin.get(`/blueprints/${id}?_include=state`)).body.state !== 'uploaded');
    while ((await world.admin.get(`/blueprints/${id}`)).body.upload_execution.ended_at === null);
  });
});

const iconOf = (id: string): ReturnType<Client['get']> =>
  world.admin.get(`/resources/blueprints/default_tenant/${id}/icon.png`);

describe('the icon', () => {
  it('is set, replaced and removed', async () => {
    const id = await made(world.admin);
    const before = await storedFiles(world.dataDir);
    expectCodeless(await iconOf(id), 404);
    for (let round = 0; round < 2; round += 1) {
      const set = await world.admin.patch(`/blueprints/${id}/icon`, PNG, { headers: { 'content-type': 'image/png' } });
      expect([set.status, set.body.id]).toEqual([200, id]);
      const icon = await iconOf(id);
      expect(icon.headers).toMatchObject({
        'content-type': 'image/png',
        'content-length': String(PNG.length),
        'x-content-type-options': 'nosniff',
      });
      expect(icon.raw.equals(PNG)).toBe(true);
      expect(await storedFiles(world.dataDir)).toHaveLength(before.length + 2);
    }
    expect((await world.admin.patch(`/blueprints/${id}/icon`, '')).status).toBe(200);
    expectCodeless(await iconOf(id), 404);
    expect((await world.admin.patch(`/blueprints/${id}/icon`)).status).toBe(200);
  });

  it('comes from the archive when that has one', async () => {
    const id = unique('bp');
    const { status } = await uploadForm(
      world.admin,
      id,
      {},
      blueprintOf({ 'blueprint.yaml': HEAD, 'icon.png': PNG as never }),
    );
    expect(status).toBe(201);
    expect((await iconOf(id)).raw.equals(PNG)).toBe(true);
    await world.admin.patch(`/blueprints/${id}/icon`);
    expectCodeless(await iconOf(id), 404);
  });

  it('must be a PNG of at most 1 MiB', async () => {
    const id = await made(world.admin);
    const set = (body: string | Buffer): ReturnType<Client['patch']> =>
      world.admin.patch(`/blueprints/${id}/icon`, body);
    expectError(await set('<svg onload="alert(1)"/>'), 400, 'bad_parameters_error');
    expectError(await set(PNG.subarray(0, 20)), 400, 'bad_parameters_error');
    expectError(
      await set(Buffer.concat([PNG.subarray(0, 12), Buffer.from('JUNK'), PNG.subarray(16)])),
      400,
      'bad_parameters_error',
    );
    expectCodeless(await set(Buffer.concat([PNG, Buffer.alloc(1024 * 1024)])), 413);
    expectCodeless(await iconOf(id), 404);
    expectError(await world.admin.patch('/blueprints/never_made/icon', PNG), 404, 'not_found_error');
  });
});

describe('the audit log', () => {
  it('tells of every change, with labels before and after', async () => {
    const id = await made(world.admin, { labels: [{ a: 'b' }] });
    await world.admin.patch(`/blueprints/${id}`, { labels: [{ c: 'd' }] });
    await world.admin.delete(`/blueprints/${id}`);
    const { body } = await world.admin.get('/audit?size=500&order_by=created_at&desc=true');
    const mine = (body.items as { ref_table: string; operation: string; ref_identifier: { id?: string } }[])
      .filter(({ ref_identifier: ref }) => ref?.id === id)
      .map(({ ref_table: table, operation }) => `${table} ${operation}`);
    expect(mine).toEqual(
      expect.arrayContaining([
        'blueprints create',
        'blueprints_labels create',
        'blueprints_labels update',
        'blueprints delete',
      ]),
    );
  });
});
