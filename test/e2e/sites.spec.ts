import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../support/app.js';
import { expectError, expectStatus } from '../support/expect-error.js';
import { storeDeployment } from '../support/stored-deployments.js';
import { allRows } from '../support/superuser.js';
import type { Member, TestTenant } from '../support/world.js';

let world: TestApp;
let tenant: TestTenant;
let ada: Member;
let bob: Member;
let count = 0;

const fresh = (): string => `site${(count += 1)}`;

const put = (name: string, body: object): ReturnType<Member['client']['put']> => ada.client.put(`/sites/${name}`, body);

beforeAll(async () => {
  world = await createTestApp();
  tenant = await world.world.tenant();
  [ada, bob] = [await tenant.member('user'), await tenant.member('user')];
});
afterAll(() => world.close());

describe('PUT /sites/{name}', () => {
  it('makes a site as it was recorded, and lists it', async () => {
    const name = fresh();
    const { body } = expectStatus(await ada.client.put(`/sites/${name}`, { location: '34.8,32.0' }), 200);
    expect(body).toEqual({
      name,
      created_at: expect.any(String),
      visibility: 'tenant',
      tenant_name: tenant.name,
      created_by: ada.username,
      resource_availability: 'tenant',
      private_resource: false,
      latitude: 34.8,
      longitude: 32,
      location: '34.8, 32.0',
    });
    expect((await ada.client.get(`/sites?_search=${name}`)).body.items).toEqual([body]);
    expect((await ada.client.get(`/sites/${name}?_include=location`)).body).toEqual({ location: '34.8, 32.0' });
    const nowhere = expectStatus(await ada.client.put(`/sites/${fresh()}`, {}), 200);
    expect(nowhere.body).toMatchObject({ latitude: null, longitude: null, location: null });
  });

  it('refuses wrong names, places, visibilities and restore fields', async () => {
    expectError(await put('1st', {}), 400, 'bad_parameters_error');
    expectError(await put(fresh(), { location: '91,0' }), 400, 'bad_parameters_error');
    expectError(await put(fresh(), { location: 3 }), 400, 'bad_parameters_error');
    expectError(await put(fresh(), { visibility: 'wide' }), 400, 'bad_parameters_error');
    expectError(await put(fresh(), { visibility: 'global' }), 403, 'forbidden_error');
    expectError(await put(fresh(), { created_at: '2026-01-01' }), 403, 'forbidden_error');
    expectError(await put(fresh(), { created_by: bob.username }), 403, 'forbidden_error');
    const operator = await tenant.member('operations');
    expectError(await operator.client.put(`/sites/${fresh()}`, {}), 403, 'forbidden_error');
    const restored = await tenant.asAdmin.put(`/sites/${fresh()}`, {
      created_at: '2020-05-01T00:00:00Z',
      created_by: bob.username,
    });
    expect(restored.body).toMatchObject({ created_at: '2020-05-01T00:00:00.000Z', created_by: bob.username });
  });

  it('takes a name once, here and where one is global', async () => {
    const name = fresh();
    expectStatus(await tenant.asAdmin.put(`/sites/${name}`, { visibility: 'global' }), 200);
    expectError(await ada.client.put(`/sites/${name}`, {}), 409, 'conflict_error');
    const eve = await (await world.world.tenant()).member('user');
    expectError(await eve.client.put(`/sites/${name}`, {}), 409, 'conflict_error');
    expectStatus(await eve.client.get(`/sites/${name}`), 200);
    expectError(await eve.client.post(`/sites/${name}`, { location: '' }), 400, 'illegal_action_error');
    expectError(await eve.client.delete(`/sites/${name}`), 400, 'illegal_action_error');
  });
});

describe('POST /sites/{name}', () => {
  it('changes place, name and visibility', async () => {
    const [name, other] = [fresh(), fresh()];
    await ada.client.put(`/sites/${name}`, { location: '1,2', visibility: 'private' });
    const moved = await ada.client.post(`/sites/${name}`, { location: '', new_name: other, visibility: 'tenant' });
    expect(expectStatus(moved, 200).body).toMatchObject({ name: other, location: null, visibility: 'tenant' });
    expectError(await ada.client.get(`/sites/${name}`), 404, 'not_found_error');
    expectError(await ada.client.post(`/sites/${other}`, { visibility: 'private' }), 400, 'illegal_action_error');
    expectError(await ada.client.post(`/sites/${other}`, {}), 400, 'illegal_action_error');
    expectError(await ada.client.post(`/sites/${other}`, { new_name: '1' }), 400, 'bad_parameters_error');
    expectError(await ada.client.post('/sites/none', { location: '' }), 404, 'not_found_error');
    const taken = fresh();
    await ada.client.put(`/sites/${taken}`, {});
    expectError(await ada.client.post(`/sites/${other}`, { new_name: taken }), 409, 'conflict_error');
  });
});

describe('a private site', () => {
  it('looks absent to others', async () => {
    const name = fresh();
    await ada.client.put(`/sites/${name}`, { visibility: 'private' });
    const hidden = await bob.client.get(`/sites/${name}`);
    const absent = await bob.client.get('/sites/never-made');
    expectError(hidden, 404, 'not_found_error');
    expect(hidden.body.message.replace(name, 'never-made')).toBe(absent.body.message);
    expectError(await bob.client.delete(`/sites/${name}`), 404, 'not_found_error');
    expect((await bob.client.get(`/sites?_search=${name}`)).body.items).toEqual([]);
  });
});

describe('DELETE /sites/{name}', () => {
  it('leaves deployments that were there, and its record', async () => {
    const name = fresh();
    await ada.client.put(`/sites/${name}`, {});
    const id = await storeDeployment(world.database, { tenant: tenant.name, owner: ada.username, id: `on-${name}` });
    await allRows(
      world.database,
      'UPDATE deployment SET site_id = (SELECT storage_id FROM site WHERE name = $1) WHERE id = $2',
      [name, id],
    );
    expectStatus(await ada.client.delete(`/sites/${name}`), 204);
    expect(await allRows(world.database, 'SELECT site_id FROM deployment WHERE id = $1', [id])).toEqual([
      { site_id: null },
    ]);
    const records = await allRows<{ action: string }>(
      world.database,
      `SELECT action FROM audit_log WHERE ref_table = 'sites' AND ref_identifier->>'name' = $1 ORDER BY id`,
      [name],
    );
    expect(records.map(({ action }) => action)).toEqual(['site.create', 'site.delete']);
  });
});
