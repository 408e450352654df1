import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { hostname } from 'node:os';
import { gzipSync } from 'node:zlib';
import pg from 'pg';
import { FileStore } from '../../src/platform/files/file-store.js';
import {
  absolute,
  bomb,
  bzip2Bomb,
  climbing,
  goodBlueprint,
  tar,
  truncated,
  withDevice,
  withHardLink,
  withSymlink,
  zip,
} from '../support/archive-builder.js';
import { createTestApp, unique, type TestApp } from '../support/app.js';
import { blueprintForm, blueprintOf, HEAD, storedFiles, uploadForm, uploadRaw } from '../support/blueprints.js';
import { expectCodeless, expectError } from '../support/expect-error.js';
import type { TestTenant } from '../support/world.js';

let world: TestApp;
let tenant: TestTenant;
let server: Server;
let origin: string;
const served = new Map<string, Buffer>();

beforeAll(async () => {
  server = createServer((request, response) => {
    const file = served.get(request.url ?? '');
    response.statusCode = file ? 200 : 404;
    response.end(file);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  world = await createTestApp({
    config: { outboundHttpHosts: ['127.0.0.1'], outboundAllowedHosts: ['127.0.0.1'], maxUploadMib: 1 },
  });
  tenant = await world.world.tenant();
});
afterAll(async () => {
  server.close();
  await world.close();
});

const blueprints = async (): Promise<string[]> =>
  (await world.admin.get('/blueprints?_include=id')).body.items.map((item: { id: string }) => item.id);

describe('the ways to upload', () => {
  it.each(['zip', 'tar', 'tar.gz', 'tar.bz2'] as const)(
    'takes a %s in a form and gives the same bytes back',
    async (kind) => {
      const id = unique('bp');
      const archive = goodBlueprint(kind);
      const answer = await uploadForm(world.admin, id, { visibility: 'tenant' }, archive);
      expect(answer.status).toBe(201);
      expect(answer.body).toMatchObject({
        id,
        state: 'uploaded',
        main_file_name: 'blueprint.yaml',
        description: 'Says hello.',
        visibility: 'tenant',
        private_resource: false,
        resource_availability: 'tenant',
        tenant_name: 'default_tenant',
        created_by: 'admin',
        error: null,
        plan: { description: 'Says hello.', inputs: { name: { type: 'string', default: 'world' } } },
        requirements: { parent_capabilities: [], secrets: [] },
        labels: [],
        upload_execution: {
          workflow_id: 'upload_blueprint',
          status: 'terminated',
          status_display: 'completed',
          parameters: { blueprint_id: id, url: null, labels: [] },
        },
      });

      const download = await world.admin.get(`/blueprints/${id}/archive`, { headers: { 'accept-encoding': 'gzip' } });
      expect(download.status).toBe(200);
      expect(download.headers).toMatchObject({
        'content-type': 'application/octet-stream',
        'content-disposition': `attachment; filename="${id}.${kind}"`,
        'content-length': String(archive.length),
        'cache-control': 'no-cache',
      });
      expect(download.headers['content-encoding']).toBeUndefined();
      expect(download.raw.equals(archive)).toBe(true);
    },
  );

  it('takes a raw body, whatever its content type says', async () => {
    for (const type of ['application/json', 'application/zip', 'text/plain']) {
      const id = unique('bp');
      const answer = await uploadRaw(world.admin, id, goodBlueprint(), {
        headers: { 'content-type': type },
        query: { visibility: 'private', labels: '[{"key": "a", "value": ["x", "y"]}]', async_upload: 'False' },
      });
      expect(answer.status).toBe(201);
      expect(answer.body).toMatchObject({ id, visibility: 'private', private_resource: true, state: 'uploaded' });
      expect(answer.body.labels).toMatchObject([
        { key: 'a', value: 'x', created_by: 'admin' },
        { key: 'a', value: 'y' },
      ]);
    }
  });

  it('takes a chunked body', async () => {
    const id = unique('bp');
    const archive = goodBlueprint();
    const response = await world.app.inject({
      method: 'PUT',
      url: `/api/v3.1/blueprints/${id}`,
      headers: {
        'authentication-token': world.admin.identity.token ?? '',
        tenant: 'default_tenant',
        'content-type': 'application/json',
        'transfer-encoding': 'chunked',
      },
      payload: Readable.from([archive.subarray(0, 100), archive.subarray(100), Buffer.alloc(0)]),
    });
    expect(response.statusCode).toBe(201);
  });

  it('fetches from a URL, named in a form, in the query, or beside an empty form', async () => {
    served.set('/good.zip', goodBlueprint('zip'));
    const url = `${origin}/good.zip`;
    const byForm = await uploadForm(world.admin, unique('bp'), { blueprint_archive_url: url }, null);
    expect(byForm.body).toMatchObject({ state: 'uploaded', upload_execution: { parameters: { url } } });
    const byQuery = await world.admin.put(`/blueprints/${unique('bp')}`, undefined, {
      query: { blueprint_archive_url: url },
    });
    expect([byQuery.status, byQuery.body.state]).toEqual([201, 'uploaded']);
    const emptyForm = await world.admin.put(`/blueprints/${unique('bp')}`, blueprintForm(null, null), {
      headers: { 'content-type': 'multipart/form-data; boundary=hfboundary7391' },
      query: { blueprint_archive_url: url, visibility: 'private' },
    });
    expect(emptyForm.body).toMatchObject({ state: 'uploaded', visibility: 'private' });
    const bare = await world.admin.put(`/blueprints/${unique('bp')}`, '', {
      headers: { 'content-type': 'multipart/form-data' },
      query: { blueprint_archive_url: url },
    });
    expect(bare.status).toBe(201);
    const download = await world.admin.get(`/blueprints/${byForm.body.id}/archive`);
    expect(download.headers['content-disposition']).toContain('.zip');
  });

  it('answers an asynchronous upload at once, and the execution can be followed', async () => {
    const id = unique('bp');
    const answer = await uploadForm(world.admin, id, { async_upload: true });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ state: 'uploading', upload_execution: { status: 'pending' } });
    expect((await ended(id)).state).toBe('uploaded');
    const execution = await world.admin.get(`/executions/${answer.body.upload_execution.id}`);
    expect(execution.body).toMatchObject({ status: 'terminated', error: '' });
  });

  it('takes the main file that is named, encoded once more', async () => {
    const archive = blueprintOf({ 'blueprint.yaml': 'nonsense: 1\n', 'sub/my app.yaml': `${HEAD}description: mine\n` });
    const params = { application_file_name: encodeURIComponent('sub/my app.yaml') };
    const answer = await uploadForm(world.admin, unique('bp'), params, archive);
    expect(answer.body).toMatchObject({ main_file_name: 'sub/my app.yaml', description: 'mine' });
    const raw = await uploadRaw(world.admin, unique('bp'), archive, { query: params });
    expect(raw.body.main_file_name).toBe('sub/my app.yaml');
  });

  it('stores without processing for a restore, with its fields', async () => {
    const owner = await tenant.member('user');
    const params = {
      skip_execution: true,
      state: 'uploaded',
      created_at: '2020-01-02T03:04:05.678Z',
      created_by: owner.username.toUpperCase(),
      requirements: { secrets: ['a'] },
      labels: [{ env: 'x' }],
    };
    const answer = await uploadForm(tenant.asAdmin, unique('bp'), params);
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({
      state: 'uploaded',
      created_at: '2020-01-02T03:04:05.678Z',
      created_by: owner.username,
      requirements: { secrets: ['a'] },
      upload_execution: null,
      labels: [{ key: 'env', value: 'x', created_at: '2020-01-02T03:04:05.678Z' }],
    });
  });
});

/** The blueprint once it has ended. */
async function ended(id: string): Promise<Record<string, unknown>> {
  for (;;) {
    const { body } = await world.admin.get(`/blueprints/${id}`);
    if (body.upload_execution === null || body.upload_execution.ended_at !== null) return body;
  }
}

describe('an upload that fails', () => {
  const FAILURES: readonly [string, () => Buffer, string, string][] = [
    ['a climbing path', () => climbing('tar.gz'), 'failed_extracting', 'climbs out'],
    ['a climbing path in a zip', () => climbing('zip'), 'failed_extracting', 'climbs out'],
    ['an absolute path', () => absolute('tar'), 'failed_extracting', 'absolute path'],
    ['a symbolic link', () => withSymlink('zip'), 'failed_extracting', 'link'],
    ['a hard link', () => withHardLink('tar.gz'), 'failed_extracting', 'link'],
    ['a device', () => withDevice('tar.gz'), 'failed_extracting', ''],
    ['a pipe', () => withDevice('tar', '6'), 'failed_extracting', ''],
    ['a bomb', () => bomb('tar.gz', 64), 'failed_extracting', ''],
    ['a bzip2 bomb', () => bzip2Bomb(), 'failed_extracting', ''],
    ['a truncated tar.gz', () => truncated('tar.gz'), 'failed_extracting', ''],
    ['a truncated zip', () => truncated('zip'), 'failed_extracting', ''],
    [
      'two folders',
      () =>
        zip([
          { name: 'a/x', content: '1' },
          { name: 'b/y', content: '2' },
        ]),
      'failed_extracting',
      'exactly 1 directory',
    ],
    [
      'a file beside the folder',
      () =>
        tar([
          { name: 'a/x', content: '1' },
          { name: 'y', content: '2' },
        ]),
      'failed_extracting',
      'exactly 1 directory',
    ],
    ['gzip without a tar', () => gzipSync('hello'), 'failed_extracting', ''],
    ['no YAML', () => blueprintOf({ 'README.md': 'x' }), 'failed_parsing', 'no YAML'],
    ['several YAMLs', () => blueprintOf({ 'a.yaml': HEAD, 'b.yaml': HEAD }), 'failed_parsing', 'several'],
    ['broken YAML', () => blueprintOf({ 'blueprint.yaml': 'a: [\n' }), 'invalid', 'Invalid blueprint - illegal YAML'],
    [
      'no version',
      () => blueprintOf({ 'blueprint.yaml': 'a: 1\n' }),
      'invalid',
      `'tosca_definitions_version' is missing`,
    ],
    [
      'an unknown version',
      () => blueprintOf({ 'blueprint.yaml': 'tosca_definitions_version: cloudify_dsl_9\n' }),
      'invalid',
      'cloudify_dsl_9',
    ],
    ['a foreign tag', () => blueprintOf({ 'blueprint.yaml': `${HEAD}a: !!python/none x\n` }), 'invalid', 'python/none'],
  ];

  it.each(FAILURES)('names %s, keeps the failed blueprint, and leaves no file', async (_what, archive, state, text) => {
    const before = await storedFiles(world.dataDir);
    const id = unique('bad');
    const answer = await uploadForm(world.admin, id, {}, archive());
    expectError(answer, 400, 'invalid_blueprint_error');
    expect(answer.body.message).toContain(text);

    const { body } = await world.admin.get(`/blueprints/${id}`);
    expect(body).toMatchObject({
      state,
      error: answer.body.message,
      upload_execution: { status: 'failed', error: answer.body.message },
    });
    expect(await storedFiles(world.dataDir)).toEqual(before);
    expectError(await world.admin.get(`/blueprints/${id}/archive`), 404, 'not_found_error');
    const { body: events } = await world.admin.get(
      `/events?execution_id=${body.upload_execution.id}&event_type=workflow_failed`,
    );
    expect(events.items).toHaveLength(1);
    expect((await world.admin.delete(`/blueprints/${id}`)).status).toBe(204);
  });

  it('is replaced by the next upload of its id', async () => {
    const id = unique('bp');
    await uploadForm(world.admin, id, { labels: [{ old: '1' }] }, blueprintOf({ 'blueprint.yaml': 'a: 1\n' }));
    const answer = await uploadForm(world.admin, id, {});
    expect(answer.body).toMatchObject({ state: 'uploaded', error: null, labels: [] });
    expectError(await uploadForm(world.admin, id, {}), 409, 'conflict_error');
  });

  it('tells of a URL that cannot be fetched, may not be, or holds something else', async () => {
    served.set('/page.html', Buffer.from('<html>'));
    for (const [url, state] of [
      [`${origin}/absent.zip`, 'failed_uploading'],
      ['https://localhost/x.zip', 'failed_uploading'],
      ['http://[::1]/x.zip', 'failed_uploading'],
      ['ftp://example.com/x.zip', 'failed_uploading'],
      [`${origin}/page.html`, 'failed_extracting'],
    ] as const) {
      const id = unique('bad');
      expectError(
        await uploadForm(world.admin, id, { blueprint_archive_url: url }, null),
        400,
        'invalid_blueprint_error',
      );
      expect((await world.admin.get(`/blueprints/${id}`)).body.state).toBe(state);
    }
  });
});

describe('an upload that is refused', () => {
  it.each([
    ['an unknown visibility', { visibility: 'everyone' }],
    ['two words for visibility', { visibility: 'tenant', private_resource: false }],
    ['labels of another shape', { labels: { a: 'b' } }],
    ['a reserved label', { labels: [{ 'csys-mine': 'x' }] }],
    ['the same label twice', { labels: [{ a: 'x' }, { key: 'A', value: 'x' }] }],
    ['a boolean that is none', { async_upload: 'maybe' }],
    ['a file name that climbs', { application_file_name: '..%2F..%2Fetc%2Fpasswd' }],
    ['an absolute file name', { application_file_name: '/etc/passwd' }],
    ['a file name with NUL', { application_file_name: 'a%00b' }],
    ['a file name that is not encoded properly', { application_file_name: '%zz' }],
    ['a file name that is no text', { application_file_name: 1 }],
    ['both URL and archive', { blueprint_archive_url: 'https://example.com/x.zip' }],
    ['a URL of another scheme', { blueprint_archive_url: 'file:///etc/passwd' }],
    ['a URL with a password', { blueprint_archive_url: 'https://a:b@example.com/x.zip' }],
    ['an unknown state', { state: 'done' }],
    ['a date that is none', { created_at: 'yesterday' }],
    ['an owner who does not exist', { created_by: 'nobody' }],
    ['requirements that are no dictionary', { requirements: [] }],
  ])('with 400 for %s; nothing is made', async (_what, params) => {
    const before = await storedFiles(world.dataDir);
    const id = unique('bad');
    expectError(await uploadForm(world.admin, id, params), 400, 'bad_parameters_error');
    expectError(await world.admin.get(`/blueprints/${id}`), 404, 'not_found_error');
    expect(await storedFiles(world.dataDir)).toEqual(before);
  });

  it('with 400 for an unrecognised archive, none at all, and params that are no JSON object', async () => {
    const before = await storedFiles(world.dataDir);
    const put = (body?: string | Buffer, type = 'application/json'): ReturnType<typeof world.admin.put> =>
      world.admin.put(`/blueprints/${unique('bad')}`, body, { headers: { 'content-type': type } });
    expectError(await put('this is no archive'), 400, 'bad_parameters_error');
    expectError(await put(), 400, 'bad_parameters_error');
    expectError(await put(''), 400, 'bad_parameters_error');
    const form = 'multipart/form-data; boundary=hfboundary7391';
    expectError(await put(blueprintForm([], goodBlueprint()), form), 400, 'bad_parameters_error');
    expectError(await put(blueprintForm({}, null), form), 400, 'bad_parameters_error');
    expectError(await put('--other\r\n', form), 400, 'bad_parameters_error');
    expect(await storedFiles(world.dataDir)).toEqual(before);
  });

  it.each(['1bp', '-bp', 'b p', 'bü', 'x'.repeat(257)])('with 400 for the id %s', async (id) => {
    expectError(await uploadForm(world.admin, encodeURIComponent(id)), 400, 'bad_parameters_error');
  });

  it('with 413 beyond the largest upload, in a form or raw', async () => {
    const before = await storedFiles(world.dataDir);
    const large = Buffer.alloc(1024 * 1024 + 1);
    expectCodeless(await uploadForm(world.admin, unique('bad'), {}, large), 413);
    expectCodeless(await uploadRaw(world.admin, unique('bad'), large), 413);
    expect(await storedFiles(world.dataDir)).toEqual(before);
  });

  it('with 403 for restore-only fields and global visibility without the right', async () => {
    const member = (await tenant.member('user')).client;
    for (const params of [
      { visibility: 'global' },
      { created_at: '2020-01-01T00:00:00Z' },
      { created_by: 'admin' },
      { state: 'uploaded', skip_execution: true },
    ]) {
      const id = unique('bad');
      expectError(await uploadForm(member, id, params), 403, 'forbidden_error');
      expectError(await member.get(`/blueprints/${id}`), 404, 'not_found_error');
    }
    expectError(await uploadForm((await tenant.member('viewer')).client, unique('bad')), 403, 'forbidden_error');
  });

  it('with 409 for an id that the tenant has, that is hidden there, or global anywhere', async () => {
    const [ada, bob] = [await tenant.member('user'), await tenant.member('user')];
    const id = unique('bp');
    await uploadForm(ada.client, id, { visibility: 'private' });
    expectError(await uploadForm(bob.client, id), 409, 'conflict_error');
    expectError(await uploadForm(tenant.asAdmin, id), 409, 'conflict_error');
    expect((await uploadForm(world.admin, id)).status).toBe(201);

    const shared = unique('bp');
    await uploadForm(world.admin, shared, { visibility: 'global' });
    expectError(await uploadForm(bob.client, shared), 409, 'conflict_error');
    expectError(await uploadForm(tenant.asAdmin, id, { visibility: 'global' }), 409, 'conflict_error');
    const elsewhere = unique('bp');
    await uploadForm(bob.client, elsewhere);
    expectError(await uploadForm(world.admin, elsewhere, { visibility: 'global' }), 409, 'conflict_error');
  });

  it('does not replace a failed blueprint that the caller cannot see', async () => {
    const [ada, bob] = [await tenant.member('user'), await tenant.member('user')];
    const id = unique('bp');
    await uploadForm(ada.client, id, { visibility: 'private' }, blueprintOf({ 'blueprint.yaml': 'a: 1\n' }));
    expectError(await uploadForm(bob.client, id), 409, 'conflict_error');
    expect((await ada.client.get(`/blueprints/${id}`)).body.state).toBe('invalid');
  });
});

describe('uploads of one id at the same time', () => {
  it('one wins, the others conflict, and only its files stay', async () => {
    const before = await storedFiles(world.dataDir);
    const id = unique('bp');
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => uploadForm(world.admin, id, { async_upload: true })),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409, 409, 409, 409]);
    await ended(id);
    expect((await world.admin.delete(`/blueprints/${id}`)).status).toBe(204);
    expect(await storedFiles(world.dataDir)).toEqual(before);
    expect(await blueprints()).not.toContain(id);
  });
});

describe('an upload that is interrupted', () => {
  it('between file and row leaves nothing behind, and what another process works on is spared', async () => {
    const first = await createTestApp();
    const app = new pg.Client(first.database.app);
    await app.connect();
    const files = first.app.get(FileStore);
    const note = async (holder: string, age: string): Promise<string> => {
      const key = `blueprints/${randomUUID()}`;
      await app.query(`INSERT INTO pending_file VALUES ($1, $2, now() - $3::interval)`, [key, holder, age]);
      await files.putStream(`${key}/archive`, Readable.from([Buffer.from('x')]), { maxBytes: 1 });
      return `files/${key}/archive`;
    };
    await note(`${hostname()}.${process.pid}`, '0 s'); // an earlier process with our number
    await note(`${hostname()}.999999999`, '0 s'); // a process that is no more
    await note('elsewhere.1', '2 days');
    const live = [await note(`${hostname()}.${process.ppid}`, '0 s'), await note('elsewhere.1', '1 min')];
    await app.end();
    await first.app.close();
    const second = await createTestApp({ from: first });
    try {
      const archives = (await storedFiles(second.dataDir)).filter((path) => path.endsWith('/archive'));
      expect(archives).toEqual(live.toSorted());
    } finally {
      await second.close();
    }
  });

  it('too often is given up, and the blueprint says so', async () => {
    const first = await createTestApp();
    const id = unique('bp');
    await uploadForm(first.admin, id, { async_upload: true });
    await first.app.close();
    const owner = new pg.Client(first.database.owner);
    await owner.connect();
    // As if three workers had been lost over it.
    await owner.query(
      `UPDATE execution SET status = 'started', attempts = 3, lease_owner = NULL, lease_until = NULL, ended_at = NULL`,
    );
    await owner.query('ALTER TABLE blueprint NO FORCE ROW LEVEL SECURITY');
    await owner.query(`UPDATE blueprint SET state = 'extracting'`);
    await owner.query('ALTER TABLE blueprint FORCE ROW LEVEL SECURITY');
    await owner.end();
    const second = await createTestApp({ from: first });
    try {
      let body = (await second.admin.get(`/blueprints/${id}`)).body;
      while (body.upload_execution.ended_at === null) body = (await second.admin.get(`/blueprints/${id}`)).body;
      expect(body).toMatchObject({
        state: 'failed_extracting',
        error: expect.stringContaining('given up'),
        upload_execution: { status: 'failed' },
      });
      expect((await second.admin.delete(`/blueprints/${id}`)).status).toBe(204);
    } finally {
      await second.close();
    }
  });

  it('is finished at the next start, and what has no row is removed', async () => {
    const first = await createTestApp();
    const id = unique('bp');
    await uploadForm(first.admin, id, { async_upload: true });
    await first.app.close();
    const second = await createTestApp({ from: first });
    try {
      let body = (await second.admin.get(`/blueprints/${id}`)).body;
      while (body.state !== 'uploaded') body = (await second.admin.get(`/blueprints/${id}`)).body;
      expect(body.error).toBeNull();
      expect((await second.admin.get(`/resources/blueprints/default_tenant/${id}/blueprint.yaml`)).status).toBe(200);
    } finally {
      await second.close();
    }
  });
});
