import { createTestApp, type TestApp } from '../support/app.js';
import { uploadForm } from '../support/blueprints.js';

let test: TestApp;
beforeAll(async () => {
  test = await createTestApp();
});
afterAll(() => test?.close());

describe('the life of a tenant', () => {
  it('ends only when what was made in it is gone; what ran in it goes along', async () => {
    const tenant = await test.world.tenant();
    const uploaded = await uploadForm(tenant.asAdmin, 'app');
    expect(uploaded.body.state).toBe('uploaded');

    const refused = await test.admin.delete(`/tenants/${tenant.name}`);
    expect(refused.status).toBe(409);
    expect(refused.body.error_code).toBe('conflict_error');

    expect((await tenant.asAdmin.delete('/blueprints/app')).status).toBe(204);
    expect((await tenant.asAdmin.get('/executions')).body.metadata.pagination.total).toBe(1);
    expect((await test.admin.delete(`/tenants/${tenant.name}`)).status).toBe(204);
    expect((await tenant.asAdmin.get('/executions')).status).toBe(403);
  });
});
