import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, unique, type TestApp } from '../support/app.js';
import { uploadForm } from '../support/blueprints.js';
import type { Answer, Client } from '../support/client.js';
import { expectError, expectQueryError } from '../support/expect-error.js';
import type { Member, TestTenant } from '../support/world.js';

let world: TestApp;
let tenant: TestTenant;
let ada: Member;
let bob: Member;
let ids: string[];

/** Stored without processing: searches look at rows. */
async function stored(client: Client, id: string, params: object = {}): Promise<void> {
  const answer = await uploadForm(client, id, { skip_execution: true, ...params });
  if (answer.status !== 201) throw new Error(answer.text);
}

const rule = (key: string, operator: string, values: readonly string[] = [], type = 'label'): object => ({
  key,
  operator,
  values,
  type,
});

const search = (client: Client, body: object, query = '?_include=id'): Promise<Answer> =>
  client.post(`/searches/blueprints${query}`, body);

async function found(client: Client, body: object): Promise<string[]> {
  const { status, body: answer, text } = await search(client, body);
  if (status !== 200) throw new Error(text);
  return answer.items.map(({ id }: { id: string }) => id.slice(id.indexOf('-') + 1));
}

const byAttribute = (key: string, operator: string, values: readonly string[] = []): Promise<string[]> =>
  found(ada.client, { filter_rules: [rule(key, operator, values, 'attribute')] });

const constrained = (constraints: object): Promise<string[]> => found(ada.client, { constraints });

const summary = async (client: Client, query: string): Promise<unknown> =>
  (await client.get(`/summary/blueprints?${query}`)).body.items;

const put = (client: Client, id: string, body: object): Promise<Answer> =>
  client.put(`/filters/blueprints/${id}`, body);

beforeAll(async () => {
  world = await createTestApp();
  tenant = await world.world.tenant();
  [ada, bob] = [await tenant.member('user'), await tenant.member('user')];
  const prefix = unique('s').replaceAll('_', '');
  ids = ['Alpha', 'beta', 'gamma.x', 'hidden'].map((name) => `${prefix}-${name}`);
  const [alpha = '', beta = '', gamma = '', hidden = ''] = ids;
  await stored(ada.client, alpha, { labels: [{ env: 'prod' }, { team: ['a', 'b'] }] });
  await stored(ada.client, beta, { labels: [{ env: 'test' }] });
  await stored(bob.client, gamma);
  await stored(bob.client, hidden, { visibility: 'private', labels: [{ env: 'prod' }, { secret: 'x' }] });
});
afterAll(() => world.close());

describe('POST /searches/blueprints', () => {
  it.each([
    ['any of', rule('env', 'any_of', ['prod', 'none']), ['Alpha']],
    ['any of, whatever the case of the key', rule('ENV', 'any_of', ['prod']), ['Alpha']],
    ['not any of: some value lies outside', rule('env', 'not_any_of', ['prod']), ['beta']],
    ['not any of: a key with several values', rule('team', 'not_any_of', ['a']), ['Alpha']],
    ['is not', rule('env', 'is_not', ['prod']), ['beta', 'gamma.x']],
    ['is null', rule('env', 'is_null'), ['gamma.x']],
    ['is not null', rule('env', 'is_not_null'), ['Alpha', 'beta']],
  ])('judges labels: %s', async (_what, asked, expected) => {
    expect(await found(ada.client, { filter_rules: [asked] })).toEqual(expected);
  });

  it('judges attributes', async () => {
    expect(await byAttribute('created_by', 'any_of', [bob.username])).toEqual(['gamma.x']);
    expect(await byAttribute('created_by', 'not_any_of', [bob.username])).toEqual(['Alpha', 'beta']);
    expect(await byAttribute('id', 'contains', ['Alph', 'eta'])).toEqual(['Alpha', 'beta']);
    expect(await byAttribute('id', 'contains', ['alph'])).toEqual([]);
    expect(await byAttribute('id', 'not_contains', ['Alph', 'eta'])).toEqual(['gamma.x']);
    expect(await byAttribute('id', 'starts_with', [(ids[0] ?? '').slice(0, 5).toUpperCase()])).toHaveLength(3);
    expect(await byAttribute('id', 'ends_with', ['ALPHA', 'x'])).toEqual(['Alpha', 'gamma.x']);
    expect(await byAttribute('state', 'is_not_empty')).toHaveLength(3);
    expect(await byAttribute('state', 'any_of', ['uploaded'])).toEqual([]);
    expect(await byAttribute('tenant_name', 'any_of', [tenant.name])).toHaveLength(3);
  });

  it('wants all rules, and counts what they leave out among what is visible', async () => {
    const filter_rules = [rule('env', 'is_not_null'), rule('team', 'any_of', ['b'])];
    const { body } = await search(ada.client, { filter_rules });
    expect(body.metadata).toEqual({ pagination: { total: 1, size: 1000, offset: 0 }, filtered: 2 });
    expect((await search(ada.client, {})).body.metadata).toEqual({
      pagination: { total: 3, size: 1000, offset: 0 },
      filtered: 0,
    });
    const page = await search(
      ada.client,
      { filter_rules: [rule('env', 'is_not_null')] },
      '?_size=1&_offset=1&_sort=-id',
    );
    expect(page.body.items).toHaveLength(1);
    expect(page.body.metadata).toEqual({ pagination: { total: 2, size: 1, offset: 1 }, filtered: 1 });
  });

  it('finds no private blueprint of another, nor counts it', async () => {
    expect(await found(bob.client, { filter_rules: [rule('secret', 'is_not_null')] })).toEqual(['hidden']);
    const { body } = await search(ada.client, { filter_rules: [rule('secret', 'is_not_null')] });
    expect([body.items, body.metadata.filtered]).toEqual([[], 3]);
    const elsewhere = (await (await world.world.tenant()).member('manager')).client;
    expect(await found(elsewhere, { filter_rules: [rule('env', 'is_not_null')] })).toEqual([]);
    const wide = await search(elsewhere, { filter_rules: [rule('env', 'is_not_null')] }, '?_all_tenants=true');
    expect(wide.body.items).toEqual([]);
  });

  it('takes constraints instead', async () => {
    const [alpha = '', beta = ''] = ids;
    expect(await constrained({})).toHaveLength(3);
    expect(await constrained({ labels: [{ env: 'prod' }] })).toEqual(['Alpha']);
    expect(await constrained({ labels: [{ team: 'a' }, { team: 'b' }] })).toEqual(['Alpha']);
    expect(await constrained({ tenants: [tenant.name, 'other'] })).toHaveLength(3);
    expect(await constrained({ tenants: ['other'] })).toEqual([]);
    expect(await constrained({ valid_values: [alpha, beta, ids[3]] })).toEqual(['Alpha', 'beta']);
    expect(await constrained({ name_pattern: { contains: '.' } })).toEqual(['gamma.x']);
    expect(await constrained({ name_pattern: { starts_with: alpha.slice(0, 4), ends_with: 'a' } })).toEqual([
      'Alpha',
      'beta',
    ]);
    expect(await constrained({ name_pattern: { equals_to: beta } })).toEqual(['beta']);
    expect(await constrained({ name_pattern: { contains: '%' } })).toEqual([]);
  });

  it('refuses both, and what it does not know', async () => {
    const filter_rules = [rule('env', 'is_null')];
    expectError(await search(ada.client, { filter_rules, constraints: {} }), 400, 'bad_parameters_error');
    expectError(await search(ada.client, { constraints: {} }, '?_filter_id=x'), 400, 'bad_parameters_error');
    expectError(await search(ada.client, { constraints: { colour: 'red' } }), 400, 'bad_parameters_error');
    expectError(await search(ada.client, { constraints: { filter_id: 'none' } }), 404, 'not_found_error');
    expectError(await search(ada.client, {}, '?_filter_id=none'), 404, 'not_found_error');
    const wrong = await search(ada.client, { filter_rules: [rule('x', 'nope')] });
    expectError(wrong, 400, 'invalid_filter_rule');
    expect(wrong.body).toMatchObject({
      err_filter_rule: rule('x', 'nope'),
      err_reason:
        'The operator for filtering by labels must be one of any_of, not_any_of, is_null, is_not_null, is_not',
    });
    expectError(
      await ada.client.post('/searches/blueprints', '{}', { headers: { 'content-type': 'text/plain' } }),
      415,
      'unsupported_content_type_error',
    );
  });
});

describe('stored filters of blueprints', () => {
  const label = rule('env', 'any_of', ['prod']);
  const attribute = rule('id', 'contains', ['a'], 'attribute');

  it('are made, shown and used, in lists, searches and constraints', async () => {
    const id = unique('f');
    const made = await put(ada.client, id, { filter_rules: [label, attribute, label] });
    expect(made.status).toBe(200);
    expect(made.body).toEqual({
      id,
      created_at: expect.any(String),
      updated_at: expect.any(String),
      visibility: 'tenant',
      tenant_name: tenant.name,
      created_by: ada.username,
      resource_availability: 'tenant',
      private_resource: false,
      value: [label, attribute],
      labels_filter_rules: [label],
      attrs_filter_rules: [attribute],
      is_system_filter: false,
    });
    expect((await bob.client.get(`/filters/blueprints/${id}`)).body).toEqual(made.body);
    expect((await ada.client.get(`/filters/blueprints/${id}?_include=id,value`)).body).toEqual({
      id,
      value: [label, attribute],
    });
    const list = await ada.client.get(`/blueprints?_filter_id=${id}&_include=id`);
    expect(list.body.items).toEqual([{ id: ids[0] }]);
    expect(list.body.metadata.filtered).toBe(2);
    expect((await search(ada.client, {}, `?_filter_id=${id}&_include=id`)).body.items).toEqual([{ id: ids[0] }]);
    expect(await found(ada.client, { constraints: { filter_id: id } })).toEqual(['Alpha']);
    expect(
      (await search(ada.client, { filter_rules: [rule('team', 'is_null')] }, `?_filter_id=${id}`)).body.items,
    ).toEqual([]);
  });

  it('keep the rules of the type that was not sent', async () => {
    const id = unique('f');
    await put(ada.client, id, { filter_rules: [label, attribute] });
    const other = rule('team', 'is_null');
    const changed = await ada.client.patch(`/filters/blueprints/${id}`, { filter_rules: [other] });
    expect([changed.status, changed.body.value]).toEqual([200, [attribute, other]]);
    expectError(await ada.client.patch(`/filters/blueprints/${id}`, {}), 400, 'illegal_action_error');
    expectError(
      await ada.client.patch(`/filters/blueprints/${id}`, { filter_rules: [rule('x', 'nope')] }),
      400,
      'invalid_filter_rule',
    );
    expect((await ada.client.delete(`/filters/blueprints/${id}`)).status).toBe(204);
    expectError(await ada.client.get(`/filters/blueprints/${id}`), 404, 'not_found_error');
  });

  it('are listed and searched; equality filters are taken and not applied', async () => {
    const id = unique('find');
    await put(ada.client, id, { filter_rules: [label] });
    const list = await ada.client.get(`/filters/blueprints?_search=${id.toUpperCase()}&_sort=id&id=other`);
    expect(list.body.items.map((item: { id: string }) => item.id)).toEqual([id]);
    expect(list.body.metadata).toEqual({ pagination: { total: 1, size: 1000, offset: 0 }, filtered: null });
    expectError(await ada.client.get('/filters/blueprints?colour=red'), 400, 'bad_parameters_error');
  });

  it('are names that are free, of rules that are well-formed', async () => {
    const id = unique('f');
    for (const name of ['1f', 'csys-mine', 'CSYS-mine', 'a b'])
      expectError(await put(ada.client, encodeURIComponent(name), { filter_rules: [] }), 400, 'bad_parameters_error');
    for (const body of [{}, { filter_rules: null }, { filter_rules: {} }, { filter_rules: [], visibility: 'all' }])
      expectError(await put(ada.client, id, body), 400, 'bad_parameters_error');
    expectError(await put(ada.client, id, { filter_rules: [rule('x', 'is_null', ['y'])] }), 400, 'invalid_filter_rule');
    await put(ada.client, id, { filter_rules: [] });
    expectError(await put(bob.client, id, { filter_rules: [] }), 409, 'conflict_error');
    expectError(
      await put(ada.client, unique('f'), { filter_rules: [], created_at: '2020-01-01T00:00:00Z' }),
      403,
      'forbidden_error',
    );
    expectError(await put(ada.client, unique('f'), { filter_rules: [], created_by: 'admin' }), 403, 'forbidden_error');
    const restored = await put(world.admin, unique('f'), {
      filter_rules: [],
      created_at: '2020-01-01T00:00:00Z',
      created_by: ada.username,
    });
    expect(restored.body).toMatchObject({ created_at: '2020-01-01T00:00:00.000Z', created_by: ada.username });
  });

  it('are as visible as they say, and changed in their own tenant alone', async () => {
    const elsewhere = await world.world.tenant();
    const eve = (await elsewhere.member('user')).client;
    const [mine, everybodys] = [unique('f'), unique('f')];
    await put(ada.client, mine, { filter_rules: [label], visibility: 'private' });
    expectError(await put(ada.client, everybodys, { filter_rules: [], visibility: 'global' }), 403, 'forbidden_error');
    await put(world.admin, everybodys, { filter_rules: [label], visibility: 'global' });
    for (const client of [bob.client, eve]) {
      for (const answer of [
        client.get(`/filters/blueprints/${mine}`),
        client.patch(`/filters/blueprints/${mine}`, { filter_rules: [] }),
        client.delete(`/filters/blueprints/${mine}`),
        client.get(`/blueprints?_filter_id=${mine}`),
      ])
        expectError(await answer, 404, 'not_found_error');
      expect((await client.get(`/filters/blueprints/${everybodys}`)).status).toBe(200);
      expect((await client.get(`/blueprints?_filter_id=${everybodys}`)).status).toBe(200);
      expectError(await client.delete(`/filters/blueprints/${everybodys}`), 400, 'illegal_action_error');
      expectError(
        await client.patch(`/filters/blueprints/${everybodys}`, { filter_rules: [] }),
        400,
        'illegal_action_error',
      );
    }
    const widened = await ada.client.patch(`/filters/blueprints/${mine}`, { visibility: 'tenant' });
    expect(widened.body).toMatchObject({ visibility: 'tenant', value: [label] });
    expectError(
      await ada.client.patch(`/filters/blueprints/${mine}`, { visibility: 'private' }),
      400,
      'illegal_action_error',
    );
    const viewer = (await tenant.member('viewer')).client;
    expectError(await put(viewer, unique('f'), { filter_rules: [] }), 403, 'forbidden_error');
    expect((await viewer.get(`/filters/blueprints/${mine}`)).status).toBe(200);
  });

  it('leave their records', async () => {
    const id = unique('f');
    await put(world.admin, id, { filter_rules: [] });
    await world.admin.patch(`/filters/blueprints/${id}`, { filter_rules: [label] });
    await world.admin.delete(`/filters/blueprints/${id}`);
    const { body } = await world.admin.get('/audit?size=500&order_by=created_at&desc=true');
    const operations = body.items
      .filter((item: { ref_table: string; ref_identifier?: { id?: string } }) => item.ref_identifier?.id === id)
      .map((item: { ref_table: string; operation: string }) => `${item.ref_table} ${item.operation}`);
    expect(operations.toSorted()).toEqual([
      'blueprints_filters create',
      'blueprints_filters delete',
      'blueprints_filters update',
    ]);
  });
});

describe('the labels of blueprints', () => {
  it('are listed by key and by value, those of visible blueprints', async () => {
    const keys = await ada.client.get('/labels/blueprints');
    expect(keys.body).toEqual({
      items: ['env', 'team'],
      metadata: { pagination: { total: 2, size: 1000, offset: 0 }, filtered: null },
    });
    expect((await bob.client.get('/labels/blueprints')).body.items).toEqual(['env', 'secret', 'team']);
    expect((await ada.client.get('/labels/blueprints/ENV')).body.items).toEqual(['prod', 'test']);
    expect((await ada.client.get('/labels/blueprints/secret')).body.items).toEqual([]);
    const page = await ada.client.get('/labels/blueprints/team?_size=1&_offset=1');
    expect(page.body).toEqual({
      items: ['b'],
      metadata: { pagination: { total: 2, size: 1, offset: 1 }, filtered: null },
    });
    expect((await ada.client.get('/labels/blueprints?_search=EA')).body.items).toEqual(['team']);
    expect((await ada.client.get('/labels/blueprints?_search=%25')).body.items).toEqual([]);
    expect((await ada.client.get('/labels/blueprints?_size=0&_get_all_results=true')).body.items).toHaveLength(2);
  });

  it('name the reserved keys, and refuse keys that are no names', async () => {
    const { body } = await ada.client.get('/labels/blueprints?_reserved=true&_search=location');
    expect(body.items).toEqual(['csys-location-lat', 'csys-location-long', 'csys-location-name']);
    expectError(await ada.client.get('/labels/blueprints/a%20b'), 400, 'bad_parameters_error');
    expectError(await ada.client.get('/labels/blueprints?key=x'), 400, 'bad_parameters_error');
  });
});

describe('GET /summary/blueprints', () => {
  it('counts by a field, and within it by another', async () => {
    const { body } = await bob.client.get('/summary/blueprints?_target_field=visibility');
    expect(body).toEqual({
      items: [
        { visibility: 'tenant', blueprints: 3 },
        { visibility: 'private', blueprints: 1 },
      ],
      metadata: { pagination: { total: 2, size: 1000, offset: 0 } },
    });
    const nested = await bob.client.get('/summary/blueprints?_target_field=tenant_name&_sub_field=visibility');
    expect(nested.body.items).toEqual([
      {
        tenant_name: tenant.name,
        blueprints: 4,
        'by visibility': [
          { visibility: 'tenant', blueprints: 3 },
          { visibility: 'private', blueprints: 1 },
        ],
      },
    ]);
  });

  it('counts what is visible, filtered and paged', async () => {
    expect(await summary(ada.client, '_target_field=visibility')).toEqual([{ visibility: 'tenant', blueprints: 3 }]);
    expect(await summary(ada.client, `_target_field=visibility&created_by=${bob.username}`)).toEqual([
      { visibility: 'tenant', blueprints: 1 },
    ]);
    expect(await summary(bob.client, '_target_field=visibility&_size=1&_offset=1')).toEqual([
      { visibility: 'private', blueprints: 1 },
    ]);
    const elsewhere = (await (await world.world.tenant()).member('user')).client;
    expect(await summary(elsewhere, '_target_field=tenant_name')).toEqual([]);
    expect(await summary(world.admin, '_target_field=tenant_name&_all_tenants=true')).toEqual([
      { tenant_name: tenant.name, blueprints: 4 },
    ]);
  });

  it('refuses other fields', async () => {
    for (const query of ['', '?_target_field=', '?_target_field=id', '?_target_field=visibility&_sub_field=state'])
      expectQueryError(await ada.client.get(`/summary/blueprints${query}`));
  });
});
