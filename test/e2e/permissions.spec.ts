import { Client as DatabaseClient } from 'pg';
import { SeedService } from '../../src/modules/groups/seed.service.js';
import { createTestApp, type TestApp } from '../support/app.js';
import type { Client } from '../support/client.js';
import { expectError, expectQueryError, expectStatus } from '../support/expect-error.js';

let holdfast: TestApp;
let admin: Client;

beforeAll(async () => {
  holdfast = await createTestApp();
  admin = holdfast.admin;
});
afterAll(() => holdfast.close());

/** A grant that no other test asks for. */
const fresh = (): string => holdfast.world.name('permission');

const permissionsOf = async (role: string): Promise<string[]> =>
  expectStatus(await admin.get(`/permissions/${role}?_size=5000`), 200).body.items.map(
    (item: { permission: string }) => item.permission,
  );

const seedAgain = (): Promise<{ readonly isNew: boolean }> =>
  holdfast.app
    .get(SeedService, { strict: false })
    .seed({ adminPassword: () => Promise.reject(new Error('not asked for')) });

describe('GET /permissions', () => {
  it('lists what the file seeded, in the list envelope', async () => {
    const { status, body } = await admin.get('/permissions', { query: { _size: '3', _offset: '1' } });
    expect(status).toBe(200);
    expect(body.items).toHaveLength(3);
    for (const item of body.items) expect(item).toEqual({ role: expect.any(String), permission: expect.any(String) });
    expect(body.metadata.pagination).toEqual({ total: expect.any(Number), size: 3, offset: 1 });
    expect(body.metadata.pagination.total).toBeGreaterThan(500);
  });

  it('lists a role', async () => {
    const viewer = await permissionsOf('viewer');
    expect(viewer).toContain('secret_get');
    expect(viewer).not.toContain('secret_create');
    const { body } = await admin.get('/permissions/viewer?_size=1');
    expect(body.items).toEqual([{ role: 'viewer', permission: viewer[0] }]);
    expect(body.metadata.pagination.total).toBe(viewer.length);
  });

  it('refuses an unknown role and bad paging', async () => {
    expectError(await admin.get('/permissions/emperor'), 404, 'not_found_error');
    expectError(await admin.get('/permissions/Viewer'), 404, 'not_found_error');
    expectQueryError(await admin.get('/permissions?_size=-1'));
    expectQueryError(await admin.get('/permissions/viewer?_offset=x'));
  });
});

describe('PUT and DELETE /permissions/{role}/{permission}', () => {
  it('grant and revoke, whatever the name', async () => {
    for (const permission of [fresh(), 'widget_of%20mine', 'constructor']) {
      const path = `/permissions/viewer/${permission}`;
      const granted = await admin.put(path);
      expect([granted.status, granted.body]).toEqual([
        200,
        { role: 'viewer', permission: decodeURIComponent(permission) },
      ]);
      expectError(await admin.put(path), 409, 'conflict_error');
      expect(await permissionsOf('viewer')).toContain(decodeURIComponent(permission));
      const revoked = await admin.delete(path);
      expect([revoked.status, revoked.text]).toEqual([204, '']);
      expectError(await admin.delete(path), 404, 'not_found_error');
    }
  });

  it('take effect on the next request', async () => {
    const ada = await holdfast.world.user();
    expectError(await ada.client.get('/users'), 403, 'forbidden_error');
    expectStatus(await admin.put('/permissions/default/user_list'), 200);
    expect((await ada.client.get('/users')).status).toBe(200);
    expectStatus(await admin.delete('/permissions/default/user_list'), 204);
    expectError(await ada.client.get('/users'), 403, 'forbidden_error');
  });

  it('ignore whatever body comes along', async () => {
    const path = `/permissions/viewer/${fresh()}`;
    expectStatus(await admin.put(path, 'no JSON at all', { headers: { 'content-type': 'application/json' } }), 200);
    expectStatus(await admin.delete(path, '{'), 204);
  });

  it('grant once when ten ask for it at once', async () => {
    const path = `/permissions/viewer/${fresh()}`;
    const answers = await Promise.all(Array.from({ length: 10 }, () => admin.put(path)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(9);
    const revoked = await Promise.all(Array.from({ length: 10 }, () => admin.delete(path)));
    expect(revoked.filter(({ status }) => status === 204)).toHaveLength(1);
  });

  it('update the time stamp of the role', async () => {
    const database = new DatabaseClient(holdfast.database.owner);
    await database.connect();
    try {
      const stamp = async (): Promise<string | null> =>
        (await database.query(`SELECT updated_at FROM role WHERE name = 'operations'`)).rows[0].updated_at;
      expect(await stamp()).toBeNull();
      const path = `/permissions/operations/${fresh()}`;
      expectStatus(await admin.put(path), 200);
      const granted = await stamp();
      expect(granted).not.toBeNull();
      holdfast.clock.advance(1_000);
      expectStatus(await admin.delete(path), 204);
      expect(await stamp()).not.toBe(granted);
    } finally {
      await database.end();
    }
  });

  it('refuse an unknown role, and names that cannot be stored', async () => {
    expectError(await admin.put(`/permissions/emperor/${fresh()}`), 404, 'not_found_error');
    expectError(await admin.delete('/permissions/emperor/secret_get'), 404, 'not_found_error');
    expectError(await admin.put(`/permissions/viewer/${'p'.repeat(257)}`), 400, 'bad_parameters_error');
    expectError(await admin.put('/permissions/viewer/a%00b'), 400, 'bad_parameters_error');
    expectError(await admin.delete(`/permissions/viewer/${'p'.repeat(257)}`), 404, 'not_found_error');
  });
});

describe('who may', () => {
  const routes = [
    ['GET', '/permissions'],
    ['GET', '/permissions/viewer'],
    ['PUT', '/permissions/viewer/blueprint_upload'],
    ['DELETE', '/permissions/viewer/secret_get'],
  ] as const;

  it.each(routes)('%s %s is for system administrators: 401 for others, not 403', async (method, path) => {
    const manager = await (await holdfast.world.tenant()).member('manager');
    const before = await permissionsOf('viewer');
    expectError(await manager.client.send(method, path), 401, 'unauthorized_error');
    expectError(await (await holdfast.world.user()).client.send(method, path), 401, 'unauthorized_error');
    expectError(await holdfast.stranger.send(method, path), 401, 'unauthorized_error');
    expect(await permissionsOf('viewer')).toEqual(before);
  });

  it('counts a system role that comes from a group', async () => {
    const [ada, group_name] = [await holdfast.world.user(), await holdfast.world.group('sys_admin')];
    expectStatus(await admin.put('/user-groups/users', { username: ada.username, group_name }), 200);
    expect((await ada.client.get('/permissions?_size=1')).status).toBe(200);
  });

  it('ignores the tenant header, an unknown one too', async () => {
    expect((await admin.get('/permissions?_size=1', { tenant: 'no_such_tenant' })).status).toBe(200);
  });
});

describe('a start on the same database', () => {
  it('keeps what was edited', async () => {
    expectStatus(await admin.delete('/permissions/viewer/secret_list'), 204);
    expectStatus(await admin.put('/permissions/viewer/secret_create'), 200);
    expect(await seedAgain()).toEqual({ isNew: false });
    const viewer = await permissionsOf('viewer');
    expect(viewer).not.toContain('secret_list');
    expect(viewer).toContain('secret_create');
  });

  it('seeds a permission that the database has not seen, once', async () => {
    const database = new DatabaseClient(holdfast.database.owner);
    await database.connect();
    try {
      // What a release that brings a new permission finds: a matrix without it, and no note that it was ever seeded.
      await database.query(`DELETE FROM role_permission WHERE permission = 'audit_log_inject'`);
      await database.query(`DELETE FROM seeded_permission WHERE name = 'audit_log_inject'`);
    } finally {
      await database.end();
    }
    expect(await permissionsOf('sys_admin')).not.toContain('audit_log_inject');
    await Promise.all([seedAgain(), seedAgain(), seedAgain()]);
    expect(await permissionsOf('sys_admin')).toContain('audit_log_inject');
    expectStatus(await admin.delete('/permissions/sys_admin/audit_log_inject'), 204);
    await seedAgain();
    expect(await permissionsOf('sys_admin')).not.toContain('audit_log_inject');
  });
});
