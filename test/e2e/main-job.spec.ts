import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Fault } from '../../src/core/audit/fault.js';
import { AuditVerifier } from '../../src/modules/audit/proof/audit-verifier.service.js';
import { AuditWorker } from '../../src/modules/audit/sealing/audit-worker.js';
import { ADMIN_PASSWORD, createTestApp, signedIn, type TestApp } from '../support/app.js';
import { PNG, uploadForm } from '../support/blueprints.js';
import type { Answer, Client } from '../support/client.js';
import { expectError, expectStatus } from '../support/expect-error.js';
import { ManagerProcess, newDataDir } from '../support/manager-process.js';

/* What Holdfast is for, from beginning to end, on real input: one story, told in order. */

const run = promisify(execFile);
const EXAMPLES = join(import.meta.dirname, '../../examples');
const PEOPLE = ['ada', 'bob', 'grace', 'vera', 'eve', 'root'] as const;
type Person = (typeof PEOPLE)[number];

let test: TestApp;
let folder: string;
let archive: Buffer;
let secret: string;
let admin: Client;
const client = {} as Record<Person, Client>;
const password = (person: Person): string => `the Passphrase of ${person} 71`;
let execution: string;

beforeAll(async () => {
  test = await createTestApp();
  folder = await mkdtemp(join(tmpdir(), 'holdfast-main-job-'));
  await run('tar', ['-czf', join(folder, 'web-site.tar.gz'), '-C', EXAMPLES, 'blueprint']);
  archive = await readFile(join(folder, 'web-site.tar.gz'));
  const file = join(folder, 'credentials.ini');
  await writeFile(file, `[database]\nuser = site\npassword = "${randomBytes(18).toString('base64')}"\n`);
  secret = await readFile(file, 'utf8');
});
afterAll(async () => {
  await test?.close();
  await rm(folder, { recursive: true, force: true });
});

const ok = async (answer: Promise<Answer>, status: number): Promise<Answer> => expectStatus(await answer, status);

/** Those who may see what is private in acme, in acme. */
const insiders = (): Client[] => [client.ada, client.grace, client.root, admin.as({ tenant: 'acme' })];

/** What an answer says, whichever of the two blueprints it was asked of. */
const withoutIds = ({ status, text }: Answer): unknown => [
  status,
  text.replaceAll(/web-site|web-nope/g, '…').replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '…'),
];

/** Hidden must look absent: what is asked of the private blueprint is answered as of one that never was. */
async function looksAbsent(ask: (id: string, execution: string) => Promise<Answer>): Promise<void> {
  const hidden = await ask('web-site', execution);
  const absent = await ask('web-nope', '00000000-0000-4000-8000-000000000000');
  expect(hidden.status).toBeGreaterThanOrEqual(400);
  expect(withoutIds(hidden)).toEqual(withoutIds(absent));
}

describe('the main job', () => {
  it('begins with the administrator, who makes two tenants, people and a group', async () => {
    admin = await signedIn(test.stranger, 'admin', ADMIN_PASSWORD);
    for (const tenant of ['acme', 'globex']) await ok(admin.post(`/tenants/${tenant}`), 201);
    for (const username of PEOPLE) {
      const role = username === 'root' ? 'sys_admin' : 'default';
      await ok(admin.put('/users', { username, password: password(username), role }), 201);
    }
    for (const [tenant_name, username, role] of [
      ['acme', 'ada', 'user'],
      ['acme', 'grace', 'manager'],
      ['acme', 'vera', 'viewer'],
      ['globex', 'eve', 'manager'],
    ])
      await ok(admin.put('/tenants/users', { tenant_name, username, role }), 200);
    await ok(admin.post('/user-groups', { group_name: 'developers' }), 201);
    await ok(admin.put('/user-groups/users', { group_name: 'developers', username: 'bob' }), 200);
    await ok(admin.put('/tenants/user-groups', { tenant_name: 'acme', group_name: 'developers', role: 'user' }), 200);
    for (const person of PEOPLE)
      client[person] = await signedIn(test.stranger, person, password(person), person === 'eve' ? 'globex' : 'acme');

    const bob = (await ok(client.bob.get('/user?_get_data=true'), 200)).body;
    expect(bob.tenants).toEqual({ acme: { 'tenant-role': null, roles: ['user'] } });
    expect(bob.tenant_roles).toEqual({ direct: {}, groups: { acme: { user: ['developers'] } } });
    const acme = (await ok(admin.get('/tenants/acme?_get_data=true'), 200)).body;
    expect(Object.keys(acme.users).toSorted()).toEqual(['ada', 'bob', 'grace', 'vera']);
  });

  it('keeps a secret that came from a file, whose value only its owner and administrators read', async () => {
    const stored = await ok(
      client.ada.put('/secrets/database_credentials', { value: secret, is_hidden_value: true }),
      200,
    );
    expect(stored.text).not.toContain('password = ');
    const readBy = async (reader: Client): Promise<unknown> =>
      (await ok(reader.get('/secrets/database_credentials'), 200)).body.value;
    for (const insider of insiders()) expect(await readBy(insider)).toBe(secret);
    for (const other of [client.bob, client.vera]) expect(await readBy(other)).toBe('');
    expectError(await client.eve.get('/secrets/database_credentials'), 404, 'not_found_error');
    expectError(await client.eve.get('/secrets/database_credentials', { tenant: 'acme' }), 403, 'forbidden_error');
    expectError(await client.vera.put('/secrets/mine', { value: 'x' }), 403, 'forbidden_error');
  });

  it('takes a real blueprint of several files as private', async () => {
    const params = { visibility: 'private', application_file_name: 'blueprint.yaml', labels: [{ team: 'web' }] };
    const { body } = await ok(uploadForm(client.ada, 'web-site', params, archive), 201);
    expect(body).toMatchObject({
      id: 'web-site',
      state: 'uploaded',
      visibility: 'private',
      created_by: 'ada',
      tenant_name: 'acme',
      private_resource: true,
    });
    execution = body.upload_execution.id;
    await ok(client.ada.patch('/blueprints/web-site/icon', PNG), 200);
    await ok(client.ada.patch('/blueprints/web-site', { labels: [{ team: 'web' }, { stage: 'draft' }] }), 200);
  });

  it('which its owner and administrators see by every route, with its files and its execution', async () => {
    const files = ['blueprint.yaml', 'types/web.yaml', 'scripts/start.sh', 'resources/index.html'];
    for (const insider of insiders()) {
      const shown = (await ok(insider.get('/blueprints/web-site'), 200)).body;
      expect(shown.labels.map(({ key, value }: Record<string, string>) => `${key}:${value}`)).toEqual(
        expect.arrayContaining(['team:web', 'stage:draft']),
      );
      const listed = (await ok(insider.get('/blueprints?_include=id'), 200)).body;
      expect(listed.items).toEqual([{ id: 'web-site' }]);
      expect((await ok(insider.get(`/executions/${execution}`), 200)).body).toMatchObject({
        status: 'terminated',
        workflow_id: 'upload_blueprint',
      });
      const executions = (await ok(insider.get('/executions?_include_system_workflows=true'), 200)).body;
      expect(executions.items.map(({ id }: { id: string }) => id)).toEqual([execution]);
      expect((await ok(insider.get('/blueprints/web-site/archive'), 200)).raw.equals(archive)).toBe(true);
      for (const file of files) {
        const served = await ok(insider.get(`/resources/blueprints/acme/web-site/${file}`), 200);
        expect(served.raw.equals(await readFile(join(EXAMPLES, 'blueprint', file)))).toBe(true);
      }
      expect((await ok(insider.get('/resources/blueprints/acme/web-site/icon.png'), 200)).raw.equals(PNG)).toBe(true);
      const paths = Object.keys((await ok(insider.get('/resources/blueprints/acme/web-site/'), 200)).body);
      expect(paths).toEqual(expect.arrayContaining(files));
    }
  });

  it.each(['bob', 'vera', 'eve'] as const)('and %s does not, by any route', async (person) => {
    const other = client[person];
    const tenant = person === 'eve' ? 'globex' : 'acme';
    await looksAbsent((id) => other.get(`/blueprints/${id}`));
    await looksAbsent((id) => other.get(`/blueprints/${id}?_include=id,labels`));
    await looksAbsent((id) => other.get(`/blueprints/${id}?_all_tenants=true`));
    await looksAbsent((id) => other.get(`/blueprints/${id}/archive`));
    await looksAbsent((_id, started) => other.get(`/executions/${started}`));
    await looksAbsent((id) => other.patch(`/blueprints/${id}`, { labels: [{ mine: 'now' }] }));
    await looksAbsent((id) => other.patch(`/blueprints/${id}/set-visibility`, { visibility: 'tenant' }));
    await looksAbsent((id) => other.patch(`/blueprints/${id}/icon`, PNG));
    await looksAbsent((id) => other.delete(`/blueprints/${id}`));
    await looksAbsent((id) => other.delete(`/blueprints/${id}?force=true`));
    for (const place of ['acme', tenant]) {
      for (const rest of ['', 'blueprint.yaml', 'scripts/start.sh', 'icon.png', 'nothing.txt'])
        await looksAbsent((id) => other.get(`/resources/blueprints/${place}/${id}/${rest}`));
      await looksAbsent((id) => other.get(`/resources/blueprints/${place}/${id}/?archive=true`));
      await looksAbsent((id) => other.get(`/resources/uploaded-blueprints/${place}/${id}/${id}.tar.gz`));
    }

    for (const path of [
      '/blueprints?',
      '/blueprints?id=web-site',
      '/blueprints?created_by=ada',
      '/blueprints?visibility=private',
      '/blueprints?_search=web',
      '/blueprints?_all_tenants=true',
      '/blueprints?_size=0',
      '/blueprints?_get_all_results=true',
      '/executions?_include_system_workflows=true',
      '/executions?_include_system_workflows=true&_all_tenants=true',
      `/executions?_include_system_workflows=true&id=${execution}`,
      '/events?',
      `/events?execution_id=${execution}`,
      '/events?blueprint_id=web-site',
      '/events?_all_tenants=true',
    ]) {
      const { body } = await ok(other.get(path), 200);
      expect([path, body.items, body.metadata.pagination.total]).toEqual([path, [], 0]);
    }
    const cluster = await other.get('/status');
    expect(cluster.text).not.toContain('web-site');
    expectError(await other.get('/audit?kind=all'), 403, 'forbidden_error');
  });

  it('nor does the manager of the other tenant in this one, nor a stranger', async () => {
    for (const path of ['/blueprints/web-site', '/blueprints', `/executions/${execution}`, '/events'])
      expectError(await client.eve.get(path, { tenant: 'acme' }), 403, 'forbidden_error');
    for (const path of [
      '/blueprints/web-site',
      `/executions/${execution}`,
      '/resources/blueprints/acme/web-site/blueprint.yaml',
      '/resources/blueprints/acme/web-site/icon.png',
    ])
      expectError(await test.stranger.get(path, { headers: { tenant: 'acme' } }), 401, 'unauthorized_error');
  });

  it('leaves the name free in the other tenant, and says no more than "taken" in its own', async () => {
    await ok(uploadForm(client.eve, 'web-site', { visibility: 'private' }, archive), 201);
    expect((await client.eve.get('/blueprints/web-site')).body.created_by).toBe('eve');
    const taken = await uploadForm(client.bob, 'web-site', {}, archive);
    expectError(taken, 409, 'conflict_error');
    expect(taken.text).not.toMatch(/ada|private/);
    expect((await client.ada.get('/blueprints/web-site')).body.created_by).toBe('ada');
  });

  it('has every step in the audit log, with who did it, and not what is secret', async () => {
    const { text, body } = await ok(admin.get('/audit?kind=all&size=0&order_by=created_at'), 200);
    const steps = (body.items as Record<string, unknown>[]).map(
      ({ action, creator_name, outcome, ref_identifier, details }) =>
        `${String(creator_name)} ${String(action)} ${String(outcome)} ${JSON.stringify([ref_identifier, details])}`,
    );
    const has = (...parts: string[]): void => {
      expect({ parts, found: steps.some((step) => parts.every((part) => step.includes(part))) }).toEqual({
        parts,
        found: true,
      });
    };
    for (const tenant of ['acme', 'globex']) has('admin tenant.create success', `"${tenant}"`);
    for (const person of PEOPLE) {
      has('admin user.create success', `"${person}"`);
      has(`${person} login.basic success`);
      has(`${person} token.create success`);
    }
    for (const person of ['ada', 'grace', 'vera', 'eve']) has('admin tenant.add_user success', `"${person}"`);
    has('admin group.create success', '"developers"');
    has('admin group.add_user success', '"bob"');
    has('admin tenant.add_group success', '"developers"');
    has('ada secret.create success', 'database_credentials');
    for (const reader of ['ada', 'grace', 'root', 'admin'])
      has(`${reader} secret.read success`, 'database_credentials');
    has('ada blueprint.upload success', 'web-site');
    has('eve blueprint.upload success', 'web-site');
    for (const person of ['vera', 'eve']) has(`${person} request.denied denied`);
    for (const hidden of [secret.trim(), secret.split('"')[1] ?? secret, ADMIN_PASSWORD, ...PEOPLE.map(password)])
      expect(text).not.toContain(JSON.stringify(hidden).slice(1, -1));
  });

  it('and the audit log proves that nobody changed it', async () => {
    await test.app.get(AuditWorker, { strict: false }).round();
    const faults: Fault[] = [];
    const report = await test.app
      .get(AuditVerifier, { strict: false })
      .verify({ onFault: (fault) => void faults.push(fault) });
    expect(faults).toEqual([]);
    expect(report.records).toBeGreaterThan(50);
  });
});

describe('the script of the first steps', () => {
  it('comes to its end against a manager that listens, and finds nothing amiss', async () => {
    const dataDir = await newDataDir();
    const manager = await ManagerProcess.start(dataDir);
    try {
      const { stdout } = await run('bash', [join(EXAMPLES, 'first-steps.sh')], {
        env: {
          PATH: process.env['PATH'] ?? '',
          HOLDFAST_URL: manager.url,
          HOLDFAST_CA: manager.greeting('CA file'),
          ADMIN_PASSWORD_FILE: join(dataDir, 'admin-password'),
          HOLDFAST_DATA: join(dataDir, 'nowhere'),
        },
        timeout: 120_000,
      });
      expect(stdout.trimEnd().endsWith('All as expected.')).toBe(true);
    } finally {
      await manager.stop();
      await rm(dataDir, { recursive: true, force: true });
    }
  }, 240_000);
});
