import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unpack } from '../../src/platform/archives/unpack.js';
import { DEFAULT_ARCHIVE_LIMITS } from '../../src/platform/archives/archive-limits.js';
import { createTestApp, type TestApp } from '../support/app.js';
import { blueprintOf, HEAD, uploadForm } from '../support/blueprints.js';
import { expectCodeless, expectError } from '../support/expect-error.js';
import type { Member, TestTenant } from '../support/world.js';

let world: TestApp;
let tenant: TestTenant;
let ada: Member;
let base: string;
const FILES = {
  'blueprint.yaml': HEAD,
  'scripts/run.sh': 'echo',
  'page.html': '<script>alert(1)</script>',
  'größe "x".md': 'x',
};

beforeAll(async () => {
  world = await createTestApp();
  tenant = await world.world.tenant();
  ada = await tenant.member('user');
  await uploadForm(ada.client, 'hello', {}, blueprintOf(FILES));
  base = `/resources/blueprints/${tenant.name}/hello`;
});
afterAll(async () => {
  await world.close();
});

describe('GET /resources/blueprints', () => {
  it('serves a file as bytes to save, never as a page', async () => {
    const answer = await ada.client.get(`${base}/page.html`);
    expect(answer.status).toBe(200);
    expect(answer.text).toBe(FILES['page.html']);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment; filename="page.html"',
      'content-length': '25',
      'x-content-type-options': 'nosniff',
    });
  });

  it('makes a header of any name', async () => {
    const answer = await ada.client.get(`${base}/${encodeURIComponent('größe "x".md')}`);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-disposition']).toBe('attachment; filename="gr__e__x_.md"');
  });

  it('lists a folder with times, and packs it', async () => {
    const { status, body } = await ada.client.get(`${base}/`);
    expect(status).toBe(200);
    expect(Object.keys(body).toSorted()).toEqual(Object.keys(FILES).toSorted());
    expect(body['scripts/run.sh']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/);
    expect(Object.keys((await ada.client.get(`${base}/scripts/`)).body)).toEqual(['run.sh']);

    const packed = await ada.client.get(`${base}/?archive=True`);
    expect(packed.headers['content-disposition']).toBe('attachment; filename="hello.tar.gz"');
    expect(await unpacked(packed.raw)).toEqual({ ...FILES });
  });

  it('serves the archive as it was uploaded', async () => {
    const answer = await ada.client.get(`/resources/uploaded-blueprints/${tenant.name}/hello/hello.zip`);
    expect(answer.raw.equals(blueprintOf(FILES))).toBe(true);
    expectCodeless(await ada.client.get(`/resources/uploaded-blueprints/${tenant.name}/hello/hello.tar`), 404);
    expectCodeless(await ada.client.get(`/resources/uploaded-blueprints/${tenant.name}/hello/`), 404);
  });

  it.each([
    'absent.txt',
    'scripts',
    'nothing/',
    '%2e%2e/%2e%2e/etc/passwd',
    'scripts%2frun.sh',
    'x%00',
    '..%2f..%2farchive',
    'blueprint.yaml/',
  ])('answers 404 to %s', async (path) => {
    const answer = await ada.client.get(`${base}/${path}`);
    expectCodeless(answer, 404);
  });

  it('knows no other folders', async () => {
    for (const path of [
      '/resources/plugins/x',
      '/resources/',
      `/resources/blueprints/${tenant.name}/`,
      '/resources/blueprints/',
      '/resources/snapshots/a/b',
    ]) {
      expectCodeless(await ada.client.get(path), 404);
    }
  });

  it('takes no other method', async () => {
    expectCodeless(await ada.client.put(`${base}/x`, 'x'), 405);
    expectCodeless(await ada.client.delete(`${base}/blueprint.yaml`), 405);
    expectCodeless(await world.stranger.post(`${base}/x`), 405);
  });

  it('follows no link, even one that somebody put into the store', async () => {
    const root = join(world.dataDir, 'files', 'files', 'blueprints');
    const [key = ''] = await readdir(root);
    await symlink('/etc/passwd', join(root, key, 'files', 'link'));
    await symlink('/etc', join(root, key, 'files', 'folder'));
    expectCodeless(await ada.client.get(`${base}/link`), 404);
    expectCodeless(await ada.client.get(`${base}/folder/passwd`), 404);
    expectCodeless(await ada.client.get(`${base}/folder/`), 404);
    expect(Object.keys((await ada.client.get(`${base}/`)).body)).not.toContain('link');
  });
});

describe('who may read', () => {
  it('needs credentials', async () => {
    expectError(await world.stranger.get(`${base}/blueprint.yaml`), 401, 'unauthorized_error');
  });

  it('is a member of the tenant in the path, whatever the header says', async () => {
    const elsewhere = await world.world.tenant();
    const bob = await elsewhere.member('manager');
    const viewer = await tenant.member('viewer');
    expect((await ada.client.get(`${base}/blueprint.yaml`, { tenant: null })).status).toBe(200);
    expect((await viewer.client.get(`${base}/blueprint.yaml`)).status).toBe(200);
    expect((await world.admin.get(`${base}/blueprint.yaml`)).status).toBe(200);
    for (const path of [
      `${base}/blueprint.yaml`,
      `${base}/absent`,
      `/resources/blueprints/no_such_tenant/hello/blueprint.yaml`,
    ]) {
      const answer = await bob.client.get(path);
      expectError(answer, 403, 'forbidden_error');
      expect(answer.body.message).not.toContain('no_such_tenant');
    }
    expectError(await ada.client.get(`${base}/blueprint.yaml`, { tenant: 'no_such_tenant' }), 403, 'forbidden_error');
  });

  it('is everybody for a global blueprint, and again nobody once it is gone', async () => {
    const outsider = await world.world.user();
    await uploadForm(tenant.asAdmin, 'shared', { visibility: 'global' }, blueprintOf(FILES));
    const path = `/resources/blueprints/${tenant.name}/shared/blueprint.yaml`;
    expect((await outsider.client.get(path)).text).toBe(HEAD);
    await tenant.asAdmin.delete('/blueprints/shared');
    expectError(await outsider.client.get(path), 403, 'forbidden_error');
    expectCodeless(await ada.client.get(path), 404);
  });

  it('ends with the membership', async () => {
    const member = await tenant.member('user');
    expect((await member.client.get(`${base}/blueprint.yaml`)).status).toBe(200);
    await world.admin.delete('/tenants/users', { tenant_name: tenant.name, username: member.username });
    expectError(await member.client.get(`${base}/blueprint.yaml`, { tenant: null }), 403, 'forbidden_error');
  });
});

async function unpacked(archive: Buffer): Promise<Record<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-e2e-'));
  try {
    await writeFile(join(folder, 'archive'), archive);
    await mkdir(join(folder, 'out'));
    await unpack(join(folder, 'archive'), join(folder, 'out'), DEFAULT_ARCHIVE_LIMITS);
    const names = (await readdir(join(folder, 'out'), { recursive: true, withFileTypes: true })).filter((e) =>
      e.isFile(),
    );
    const files: Record<string, string> = {};
    for (const entry of names) {
      const path = join(entry.parentPath, entry.name);
      files[path.slice(join(folder, 'out').length + 1)] = await readFile(path, 'utf8');
    }
    return files;
  } finally {
    await rm(folder, { recursive: true });
  }
}
