import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createTestApp, type TestApp } from '../support/app.js';
import { uploadForm } from '../support/blueprints.js';
import type { Answer } from '../support/client.js';
import { EventReader } from '../support/event-stream.js';
import { expectError, expectStatus } from '../support/expect-error.js';
import { ManagerProcess, newDataDir } from '../support/manager-process.js';
import { eventually } from '../support/runner-world.js';
import { allRows, tableNames } from '../support/superuser.js';

/*
 * What the orchestrator is for, from beginning to end: the shop of examples/, whose scripts really run and write down in a
 * ledger that they did. One story, told in order.
 */

const run = promisify(execFile);
const SHOP = join(import.meta.dirname, '../../examples/shop');
const SECRET = `swordfish-${randomBytes(12).toString('hex')}`;

let test: TestApp;
let folder: string;
let target: string;
let stream: EventReader;
const told: string[] = [];

beforeAll(async () => {
  test = await createTestApp();
  folder = await mkdtemp(join(tmpdir(), 'holdfast-shop-'));
  target = await mkdtemp(join(tmpdir(), 'holdfast-target-'));
  // Scripts run as somebody who owns nothing.
  await chmod(target, 0o777);
});
afterAll(async () => {
  stream?.close();
  await test?.close();
  for (const each of [folder, target]) await rm(each, { recursive: true, force: true });
});

const ok = async (answer: Promise<Answer>, status: number): Promise<Answer> => expectStatus(await answer, status);

async function archiveOf(path: string, name: string): Promise<Buffer> {
  const file = join(folder, `${name}.tar.gz`);
  await run('tar', ['-czf', file, '-C', join(path, '..'), path.slice(path.lastIndexOf('/') + 1)]);
  return readFile(file);
}

interface Ended {
  readonly id: string;
  readonly status: string;
  readonly error: string | null;
}

async function executed(workflow: string, body: object = {}): Promise<Ended> {
  const started = await ok(
    test.admin.post('/executions', { deployment_id: 'shop', workflow_id: workflow, ...body }),
    201,
  );
  return endOf(started.body.id);
}

function endOf(id: string): Promise<Ended> {
  return eventually(async () => {
    const { body } = await ok(test.admin.get(`/executions/${id}`), 200);
    return ['terminated', 'failed', 'cancelled'].includes(body.status) ? body : null;
  });
}

/** What the scripts wrote since the last look: verb and node, without the random part of the instance. */
let read = 0;
async function ledger(): Promise<string[]> {
  const lines = (await readFile(join(target, 'ledger'), 'utf8')).trimEnd().split('\n');
  const fresh = lines.slice(read);
  read = lines.length;
  return fresh.map((line) => line.replaceAll(/_[a-z0-9]{6}\b/g, ''));
}

interface Instance {
  readonly id: string;
  readonly node_id: string;
  readonly state: string;
}

async function instances(node?: string): Promise<readonly Instance[]> {
  const query = node === undefined ? '' : `&node_id=${node}`;
  return (await ok(test.admin.get(`/node-instances?deployment_id=shop${query}`), 200)).body.items;
}

/** Each before the other, as often as they occur. */
function expectOrder(lines: readonly string[], ...pairs: readonly (readonly [string, string])[]): void {
  for (const [first, then] of pairs) {
    expect([first, then, lines.lastIndexOf(first) < lines.indexOf(then), lines.includes(first)]).toEqual([
      first,
      then,
      true,
      true,
    ]);
  }
}

describe('the orchestrator', () => {
  it('takes a blueprint with scripts, and says which secret it needs', async () => {
    await ok(uploadForm(test.admin, 'shop', {}, await archiveOf(SHOP, 'shop')), 201);
    const { body } = await ok(test.admin.get('/blueprints/shop'), 200);
    expect(new Set(body.requirements.secrets)).toEqual(new Set(['shop_database_password']));
    const refused = await test.admin.put('/deployments/shop', { blueprint_id: 'shop', inputs: { target } });
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('shop_database_password')]);
  });

  it('makes a deployment of it', async () => {
    await ok(test.admin.put('/secrets/shop_database_password', { value: SECRET }), 200);
    const missing = await test.admin.put('/deployments/shop', { blueprint_id: 'shop' });
    expectError(missing, 400, 'missing_required_deployment_input_error');
    const made = await ok(test.admin.put('/deployments/shop', { blueprint_id: 'shop', inputs: { target } }), 201);
    expect(made.body).toMatchObject({ id: 'shop', installation_status: 'inactive' });
    expect((await instances()).map(({ node_id: node, state }) => `${node} ${state}`).toSorted()).toEqual([
      'database uninitialized',
      'database_machine uninitialized',
      'machine uninitialized',
      'machine uninitialized',
      'shop uninitialized',
      'shop uninitialized',
    ]);
  });

  it('installs it in order, while its events are followed', async () => {
    stream = await EventReader.open(test, test.admin, 'deployment_id=shop');
    const follow = async (): Promise<void> => {
      while (!told.some((text) => text === `'install' workflow execution succeeded`)) {
        told.push(...(await stream.messages(1)));
      }
    };
    const [ended] = await Promise.all([executed('install'), follow()]);
    expect(ended).toMatchObject({ status: 'terminated', error: '' });
    const lines = await ledger();
    expect(lines.toSorted()).toEqual(
      [
        ...['machine', 'machine', 'database_machine'].map((node) => `create ${node}`),
        ...['create', 'configure', 'start'].flatMap((verb) => [`${verb} database`, `${verb} shop`, `${verb} shop`]),
        'establish shop database',
        'establish shop database',
      ].toSorted(),
    );
    expectOrder(
      lines,
      ['create database_machine', 'create database'],
      ['create database', 'configure database'],
      ['configure database', 'start database'],
      ['start database', 'create shop'],
      ['create machine', 'create shop'],
    );
    expect(told).toEqual(
      expect.arrayContaining([`Starting 'install' workflow execution`, expect.stringContaining('the password is ***')]),
    );
    expect((await instances()).every(({ state }) => state === 'started')).toBe(true);
    const { body } = await ok(test.admin.get('/deployments/shop'), 200);
    expect(body).toMatchObject({
      installation_status: 'active',
      deployment_status: 'good',
      latest_execution_status: 'completed',
    });
  });

  it('hands the secret to the script, and keeps it nowhere else', async () => {
    const files = await readdir(target);
    const [file = ''] = files.filter((name) => name.endsWith('.password'));
    expect(await readFile(join(target, file), 'utf8')).toBe(SECRET);
    for (const table of await tableNames(test.database)) {
      const rows = await allRows<{ row: string }>(test.database, `SELECT t::text AS row FROM "${table}" t`);
      const holds = rows.filter(({ row }) => row.includes(SECRET) || row.includes(Buffer.from(SECRET).toString('hex')));
      expect([table, holds]).toEqual([table, []]);
    }
    expect(test.log.lines.filter((line) => line.includes(SECRET))).toEqual([]);
    expect(told.filter((text) => text.includes(SECRET))).toEqual([]);
  });

  it('answers outputs and capabilities from what the scripts left', async () => {
    const [database] = await instances('database');
    expect((await ok(test.admin.get('/deployments/shop/outputs'), 200)).body.outputs).toEqual({
      database_file: join(target, `${database?.id}.service`),
    });
    expect((await ok(test.admin.get('/deployments/shop/capabilities'), 200)).body.capabilities).toEqual({
      database_port: 5432,
    });
  });

  it('scales the group out and in again', async () => {
    const out = await executed('scale', { parameters: { scalable_entity_name: 'front', delta: 1 } });
    expect(out).toMatchObject({ status: 'terminated', error: '' });
    expect(await instances('shop')).toHaveLength(3);
    const lines = await ledger();
    expect(lines.filter((line) => line.endsWith(' shop') || line.startsWith('establish'))).toEqual([
      'create shop',
      'configure shop',
      'start shop',
      'establish shop database',
    ]);
    const back = await executed('scale', { parameters: { scalable_entity_name: 'front', delta: -1 } });
    expect(back).toMatchObject({ status: 'terminated', error: '' });
    expect(await instances('shop')).toHaveLength(2);
    const removed = await ledger();
    expect(removed).toEqual(['stop shop', 'unlink shop database', 'delete shop', 'delete machine']);
  });

  it('heals what is broken', async () => {
    const [broken] = await instances('shop');
    const file = join(target, `${broken?.id}.service`);
    await writeFile(file, 'broken\n');
    expect(await executed('check_status')).toMatchObject({ status: 'failed' });
    const { body } = await ok(test.admin.get('/deployments/shop'), 200);
    expect(body.unavailable_instances).toBe(1);
    expect(await executed('heal')).toMatchObject({ status: 'terminated', error: '' });
    expect(await readFile(file, 'utf8')).toContain('live');
    expect(await executed('check_status')).toMatchObject({ status: 'terminated' });
    const lines = await ledger();
    expectOrder(lines, ['stop shop', 'delete shop'], ['delete shop', 'create shop']);
    expect(lines.filter((line) => line.endsWith('database_machine'))).toEqual([]);
  });

  it('updates it to the next version of the blueprint', async () => {
    const next = join(folder, 'shop-2');
    await cp(SHOP, next, { recursive: true });
    const text = await readFile(join(next, 'blueprint.yaml'), 'utf8');
    await writeFile(
      join(next, 'blueprint.yaml'),
      text.replace(
        '  machine:\n    type: shop.Machine\n',
        '  cache:\n    type: shop.Service\n\n  machine:\n    type: shop.Machine\n',
      ),
    );
    await ok(uploadForm(test.admin, 'shop-2', {}, await archiveOf(next, 'shop-2')), 201);
    const { body } = await ok(
      test.admin.post('/deployment-updates/shop/update/initiate', {
        blueprint_id: 'shop-2',
        inputs: { greeting: 'Come in' },
      }),
      200,
    );
    expect(await endOf(body.execution_id)).toMatchObject({ status: 'terminated', error: '' });
    expect((await ok(test.admin.get(`/deployment-updates/${body.id}`), 200)).body.state).toBe('successful');
    expect((await ok(test.admin.get('/deployments/shop'), 200)).body).toMatchObject({
      blueprint_id: 'shop-2',
      inputs: { target, greeting: 'Come in' },
    });
    expect((await instances('cache')).map(({ state }) => state)).toEqual(['started']);
    expect(await ledger()).toEqual(expect.arrayContaining(['create cache', 'start cache']));
    const [shop] = await instances('shop');
    expect(await readFile(join(target, `${shop?.id}.service`), 'utf8')).toContain('Come in');
  });

  it('uninstalls it in the opposite order, and deletes it', async () => {
    const inUse = await test.admin.delete('/deployments/shop');
    expectError(inUse, 400, 'dependent_exists_error');
    expect(await executed('uninstall')).toMatchObject({ status: 'terminated', error: '' });
    const lines = await ledger();
    expectOrder(
      lines,
      ['stop shop', 'stop database'],
      ['delete shop', 'delete database'],
      ['delete database', 'delete database_machine'],
    );
    expect((await readdir(target)).filter((name) => !name.endsWith('.password'))).toEqual(['ledger']);
    await ok(test.admin.delete('/deployments/shop'), 204);
    await eventually(async () => ((await test.admin.get('/deployments/shop')).status === 404 ? true : null));
    expect(await instances()).toEqual([]);
    await ok(test.admin.delete('/blueprints/shop'), 204);
    await ok(test.admin.delete('/blueprints/shop-2'), 204);
  });
});

describe('the script of the README', () => {
  it('takes the shop through its life on a manager that listens', async () => {
    const dataDir = await newDataDir();
    const manager = await ManagerProcess.start(dataDir);
    try {
      const { stdout } = await run('bash', [join(SHOP, '../shop.sh')], {
        env: {
          PATH: process.env['PATH'] ?? '',
          HOLDFAST_URL: manager.url,
          HOLDFAST_CA: manager.greeting('CA file'),
          ADMIN_PASSWORD_FILE: join(dataDir, 'admin-password'),
        },
        timeout: 150_000,
      });
      expect(stdout.trimEnd()).toMatch(/delete database_machine_[a-z0-9]{6}$/);
    } finally {
      await manager.stop();
      await rm(dataDir, { recursive: true, force: true });
    }
  }, 240_000);
});
