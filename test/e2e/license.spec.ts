import pg from 'pg';
import { createTestApp, type TestApp } from '../support/app.js';
import type { Client } from '../support/client.js';
import { expectCodeless, expectError, expectStatus } from '../support/expect-error.js';

const LICENCE = {
  customer_id: 'holdfast',
  license_edition: 'Premium',
  cloudify_version: '7.1.0',
  expiration_date: null,
  trial: false,
  expired: false,
  capabilities: null,
};
const YAML = 'license:\n  customer_id: someone\n  expiration_date: 2020-01-01\nsignature: !!binary |\n  AAAA\n';

let holdfast: TestApp;
let admin: Client;
let stranger: Client;
let nobody: Client;

beforeAll(async () => {
  holdfast = await createTestApp();
  ({ admin, stranger } = holdfast);
  nobody = (await holdfast.world.user()).client;
});
afterAll(() => holdfast.close());

async function licence(): Promise<unknown> {
  return expectStatus(await nobody.get('/license'), 200).body;
}

describe('the licence', () => {
  it('is always there and never expires', async () => {
    expect(await licence()).toEqual({
      items: [LICENCE],
      metadata: { pagination: { total: 1, size: 1000, offset: 0 }, filtered: null },
    });
    expect(expectStatus(await nobody.get('/license-check'), 200).text).toBe('"OK"');
  });

  it('is a list like all others', async () => {
    expect((await nobody.get('/license?_include=trial&_size=1')).body.items).toEqual([{ trial: false }]);
    expect((await nobody.get('/license?expired=true')).body.items).toEqual([]);
    expectError(await nobody.get('/license?_include=key'), 400, 'no_such_include_field_error');
  });

  it('is closed to strangers', async () => {
    for (const path of ['/license', '/license-check']) {
      expectError(await stranger.get(path), 401, 'unauthorized_error');
      expectError(await nobody.get(path, { tenant: 'no_such_tenant' }), 403, 'forbidden_error');
    }
  });

  it.each([
    ['as the Python client sends it', { 'content-type': 'application/json' }],
    ['as the web UI sends it', { 'content-type': 'text/plain' }],
  ])('accepts an upload %s, and keeps nothing of it', async (_how, headers) => {
    expect(expectStatus(await admin.put('/license', YAML, { headers }), 200).body).toEqual(LICENCE);
    expect(await licence()).toMatchObject({ items: [LICENCE] });
  });

  it.each([
    ['nothing', ''],
    ['no mapping', 'hello'],
    ['broken YAML', 'a: [1'],
    ['no UTF-8', Buffer.from([0x61, 0x3a, 0x20, 0xff, 0xfe])],
    ['YAML nested without end', '['.repeat(60_000)],
  ])('refuses %s', async (_what, body) => {
    expectError(await admin.put('/license', body), 400, 'invalid_yaml_format');
  });

  it('refuses one that is far too large, and answers the next request', async () => {
    expectCodeless(await admin.put('/license', `a: ${'x'.repeat(70_000)}`), 413);
    expectStatus(await admin.put('/license', YAML), 200);
  });

  it('cannot be asked for again, and does not go away', async () => {
    expectError(await admin.post('/license', { customer_id: 'me' }), 409, 'conflict_error');
    expectError(await admin.post('/license', {}), 400, 'bad_parameters_error');
    expectError(await admin.post('/license', { customer_id: 5 }), 400, 'bad_parameters_error');
    expectError(
      await admin.post('/license', { customer_id: 'me' }, { headers: { 'content-type': 'text/plain' } }),
      415,
      'unsupported_content_type_error',
    );
    expect((await admin.delete('/license')).status).toBe(204);
    expect((await admin.delete('/license')).text).toBe('');
    expect(await licence()).toMatchObject({ items: [LICENCE] });
  });

  it.each(['PUT', 'POST', 'DELETE'] as const)('is changed by administrators alone: %s', async (method) => {
    expectError(await nobody.send(method, '/license', YAML), 403, 'forbidden_error');
    expectError(await stranger.send(method, '/license', YAML), 401, 'unauthorized_error');
  });

  it('leaves a record of who tried', async () => {
    const client = new pg.Client(holdfast.database.owner);
    await client.connect();
    const { rows } = await client.query<{ action: string; ref_table: string }>(
      `SELECT DISTINCT action, ref_table FROM audit_log WHERE action LIKE 'license.%' AND outcome = 'success' ORDER BY action`,
    );
    await client.end();
    expect(rows).toEqual([
      { action: 'license.delete', ref_table: 'licenses' },
      { action: 'license.upload', ref_table: 'licenses' },
    ]);
  });
});
