import { createTestApp, signedIn, ADMIN_PASSWORD, type TestApp } from '../support/app.js';

let test: TestApp;
beforeAll(async () => {
  test = await createTestApp();
});
afterAll(() => test?.close());

describe('signing in', () => {
  it('answers the caller, by password and by token, without a tenant', async () => {
    const byPassword = await test.stranger.as({ basic: { username: 'admin', password: ADMIN_PASSWORD } }).get('/user');
    expect(byPassword.status).toBe(200);
    expect(byPassword.body).toMatchObject({ username: 'admin', role: 'sys_admin', group_system_roles: {}, tenants: 1 });
    const byToken = await (await signedIn(test.stranger, 'ADMIN', ADMIN_PASSWORD)).get('/user');
    expect(byToken.body).toMatchObject({ username: 'admin' });
  });
});
