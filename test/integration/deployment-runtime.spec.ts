import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OperationAction } from '../../src/core/graph/task.js';
import { readJson } from '../../src/core/dsl/json-values.js';
import { DeploymentRuntime, type KeptResult } from '../../src/modules/deployments/running/deployment-runtime.port.js';
import { systemTenantCtx, type TenantCtx } from '../../src/platform/context/ctx.js';
import { queryRows } from '../../src/platform/database/tx.js';
import { UnitOfWork } from '../../src/platform/database/unit-of-work.js';
import { createTestApp, unique, type TestApp } from '../support/app.js';
import { deploy, uploaded } from '../support/deployments.js';

const BLUEPRINT = `
inputs: {port: {default: 80}}
node_templates:
  base:
    type: cloudify.nodes.Compute
    properties: {agent_config: {install_method: none, password: {get_secret: password}}}
    interfaces:
      cloudify.interfaces.lifecycle:
        create:
          implementation: scripts/create.sh
          inputs:
            port: {get_input: port}
            password: {get_secret: password}
            me: {get_attribute: [SELF, node_instance_id]}
  app:
    type: cloudify.nodes.WebServer
    relationships:
      - type: cloudify.relationships.connected_to
        target: base
        source_interfaces:
          cloudify.interfaces.relationship_lifecycle:
            establish:
              implementation: scripts/create.sh
              inputs: {ip: {get_attribute: [TARGET, ip]}}
`;
const AT = new Date('2026-11-22T10:00:00Z');

let world: TestApp;
let runtime: DeploymentRuntime;
let unitOfWork: UnitOfWork;
const ctx: TenantCtx = systemTenantCtx('test', { id: 0, name: 'default_tenant' });
const inTx = <T>(work: (ctx: TenantCtx) => Promise<T>): Promise<T> => unitOfWork.run(ctx, work);

let id: string;
let storageId: string;
let base: string;
let app: string;

beforeAll(async () => {
  world = await createTestApp();
  runtime = world.app.get(DeploymentRuntime, { strict: false });
  unitOfWork = world.app.get(UnitOfWork, { strict: false });
  await world.admin.put('/secrets/password', { value: 'open sesame' });
  id = unique('dep');
  const blueprint = await uploaded(world.admin, BLUEPRINT, {
    'scripts/create.sh': 'echo created',
    'a.txt': 'of the blueprint',
  });
  const answer = await deploy(world.admin, blueprint, id, { labels: [{ owner: 'me' }] });
  if (answer.status !== 201) throw new Error(answer.text);
  const [row] = await inTx((ctx) =>
    queryRows<{ storage_id: string }>(ctx, 'SELECT storage_id::text FROM deployment WHERE id = $1', [id]),
  );
  storageId = row?.storage_id ?? '';
  const { instances } = await inTx((ctx) => runtime.snapshot(ctx, storageId));
  base = instances.find(({ node_id: node }) => node === 'base')?.id ?? '';
  app = instances.find(({ node_id: node }) => node === 'app')?.id ?? '';
});
afterAll(() => world.close());

const instance = async (of: string): Promise<Record<string, unknown>> =>
  (await world.admin.get(`/node-instances/${of}`)).body;

describe('what executions see of a deployment', () => {
  it('is the deployment with its workflows, and nothing of one that is gone', async () => {
    expect(await inTx((ctx) => runtime.find(ctx, storageId))).toMatchObject({ id, creator: 'admin', resourceTags: {} });
    expect(await inTx((ctx) => runtime.find(ctx, '999999'))).toBeNull();
  });

  it('is what graphs are made of: operations that there is something to run of, without their inputs', async () => {
    const { nodes, instances, systemProperties } = await inTx((ctx) => runtime.snapshot(ctx, storageId));
    const node = nodes.find((one) => one.id === 'base');
    const create = node?.operations.get('cloudify.interfaces.lifecycle.create');
    expect(create).toMatchObject({ plugin: 'script', operation: 'script_runner.tasks.run', max_retries: null });
    expect(create?.inputs.size).toBe(0);
    expect(node?.operations.has('cloudify.interfaces.lifecycle.delete')).toBe(false);
    expect(nodes.find((one) => one.id === 'app')?.relationships[0]?.source_operations.size).toBeGreaterThan(0);
    expect(instances.map(({ state }) => state)).toEqual(['uninitialized', 'uninitialized']);
    expect(systemProperties.size).toBe(0);
  });
});

describe('an operation that is prepared', () => {
  const create: OperationAction = {
    kind: 'operation',
    instance: '',
    operation: 'cloudify.interfaces.lifecycle.create',
  };

  it('has its functions evaluated, and tells which secrets are in it', async () => {
    const prepared = await runtime.prepare(ctx, storageId, { ...create, instance: base });
    expect(prepared.inputs).toMatchObject({
      port: 80,
      password: 'open sesame',
      me: base,
      script_path: 'scripts/create.sh',
    });
    expect(prepared.secretValues).toEqual(['open sesame']);
    expect(prepared.subject).toMatchObject({
      kind: 'node-instance',
      instance: {
        id: base,
        nodeId: 'base',
        hostId: base,
        index: 1,
        properties: { agent_config: { password: 'open sesame' } },
      },
    });
    const { body } = await world.admin.get('/audit?order_by=created_at&desc=true&size=5');
    expect(JSON.stringify(body)).not.toContain('open sesame');
  });

  it('takes inputs of the workflow besides, in place of its own only where that is allowed', async () => {
    const given = { ...create, instance: base, kwargs: { port: 1, more: [1] } };
    await expect(runtime.prepare(ctx, storageId, given)).rejects.toThrow('port');
    const { inputs } = await runtime.prepare(ctx, storageId, { ...given, override: true });
    expect(inputs).toMatchObject({ port: 1, more: [1] });
  });

  it('may be of a relationship, and is told from what is not there', async () => {
    const host = runtime.hostOf(ctx, storageId);
    const { version } = await host.runtimeProperties(base);
    await host.saveRuntimeProperties(base, { version, properties: { ip: '10.0.0.1' } });
    const establish: OperationAction = {
      kind: 'operation',
      instance: app,
      operation: 'cloudify.interfaces.relationship_lifecycle.establish',
      relationship: { target: base, side: 'source' },
    };
    expect(await runtime.prepare(ctx, storageId, establish)).toMatchObject({
      inputs: { ip: '10.0.0.1' },
      subject: { kind: 'relationship-instance', side: 'source', source: { id: app }, target: { id: base } },
    });
    await expect(runtime.prepare(ctx, storageId, { ...create, instance: app, operation: 'no.such' })).rejects.toThrow(
      'no.such',
    );
    await expect(runtime.prepare(ctx, storageId, { ...create, instance: 'gone' })).rejects.toThrow('gone');
  });
});

describe('what an operation may do while it runs', () => {
  it('writes runtime properties at the version that it read', async () => {
    const host = runtime.hostOf(ctx, storageId);
    const { version } = await host.runtimeProperties(app);
    expect(await host.saveRuntimeProperties(app, { version, properties: { n: 1 } })).toBe(version + 1);
    await expect(host.saveRuntimeProperties(app, { version, properties: { n: 2 } })).rejects.toMatchObject({
      code: 'conflict_error',
    });
    expect(await host.runtimeProperties(app)).toEqual({ version: version + 1, properties: { n: 1 } });
  });

  it('sees other instances, but no secret in them', async () => {
    const found = await runtime.hostOf(ctx, storageId).instance(base);
    expect(found).toMatchObject({ id: base, typeHierarchy: expect.arrayContaining(['cloudify.nodes.Root']) });
    expect(JSON.stringify(found)).not.toContain('open sesame');
    expect(await runtime.hostOf(ctx, storageId).instance('nobody')).toBeNull();
  });

  it('reads its own files before those of the blueprint, and nothing else', async () => {
    const host = runtime.hostOf(ctx, storageId);
    const folder = await host.workFolder();
    const text = async (path: string): Promise<string | null> => {
      const stream = await host.resource(path);
      if (stream === null) return null;
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(Buffer.from(chunk));
      return Buffer.concat(chunks).toString();
    };
    expect(await text('a.txt')).toBe('of the blueprint');
    await writeFile(join(folder, 'a.txt'), 'of the deployment');
    expect(await text('a.txt')).toBe('of the deployment');
    expect(await text('scripts/create.sh')).toBe('echo created');
    await symlink('/etc/passwd', join(folder, 'link'));
    await mkdir(join(folder, 'sub'));
    await symlink('/etc', join(folder, 'sub', 'etc'));
    for (const path of [
      'link',
      'sub/etc/passwd',
      '../../../etc/passwd',
      '/etc/passwd',
      'a.txt/../a.txt',
      '',
      'none',
      'scripts',
    ]) {
      expect({ path, text: await text(path) }).toEqual({ path, text: null });
    }
  });
});

describe('states and results', () => {
  it('leave with `configured` and `started` what belongs to them', async () => {
    const before = Number((await instance(app))['version']);
    await inTx((ctx) =>
      runtime.setStates(ctx, storageId, [
        { instance: app, state: 'configured', at: AT },
        { instance: app, state: 'started', at: AT },
        { instance: 'gone', state: 'started', at: AT },
      ]),
    );
    const ok = { ok: true, result: null, task: null, timestamp: AT.toISOString() };
    expect(await instance(app)).toMatchObject({
      state: 'started',
      version: before + 1,
      system_properties: { configuration_drift: ok, status: ok, previous_status: null },
      is_status_check_ok: true,
    });
  });

  it('of checks are kept, counted, and gone when it is well again', async () => {
    const kept = (change: Partial<KeptResult>): KeptResult => ({
      instance: app,
      keeps: 'status',
      task: 'check',
      ok: false,
      result: null,
      executionId: 'e1',
      at: AT,
      ...change,
    });
    await inTx((ctx) =>
      runtime.keepResults(ctx, storageId, [
        kept({ result: 'down' }),
        kept({ keeps: 'drift', ok: true, result: { port: 1 } }),
        kept({ keeps: 'relationship-drift', ok: true, result: ['x'], relationship: { target: base, side: 'target' } }),
        kept({ keeps: 'heal' }),
      ]),
    );
    expect((await world.admin.get(`/deployments/${id}`)).body).toMatchObject({
      drifted_instances: 2,
      unavailable_instances: 1,
    });
    expect(await instance(app)).toMatchObject({
      has_configuration_drift: true,
      is_status_check_ok: false,
      system_properties: {
        status: { ok: false, result: 'down', task: 'check' },
        previous_status: { ok: true },
        heal_failed: 'e1',
      },
    });
    expect(await instance(base)).toMatchObject({
      has_configuration_drift: true,
      system_properties: { target_relationships_configuration_drift: { [app]: { result: ['x'] } } },
    });
    await inTx((ctx) =>
      runtime.keepResults(ctx, storageId, [
        kept({ keeps: 'heal', ok: true }),
        kept({ keeps: 'update', ok: true }),
        kept({ keeps: 'update', ok: true, instance: base }),
      ]),
    );
    const healed = await instance(app);
    expect(healed).toMatchObject({ has_configuration_drift: false, is_status_check_ok: true });
    expect(healed['system_properties']).not.toHaveProperty('heal_failed');
    expect((await world.admin.get(`/deployments/${id}`)).body).toMatchObject({
      drifted_instances: 0,
      unavailable_instances: 0,
    });
  });

  it('make the deployment what it is: in progress, then good when all is started', async () => {
    const [execution] = await inTx((ctx) =>
      queryRows<{ storage_id: string }>(ctx, 'SELECT storage_id::text FROM execution WHERE deployment_id = $1', [
        storageId,
      ]),
    );
    const storage = execution?.storage_id ?? '';
    await inTx((ctx) => runtime.executionStarted(ctx, storageId, storage));
    expect((await world.admin.get(`/deployments/${id}`)).body).toMatchObject({ deployment_status: 'in_progress' });
    await inTx((ctx) => runtime.setStates(ctx, storageId, [{ instance: base, state: 'started', at: AT }]));
    const end = { storageId: storage, workflowId: 'install', status: 'terminated' } as const;
    await inTx((ctx) => runtime.executionEnded(ctx, storageId, end));
    expect((await world.admin.get(`/deployments/${id}`)).body).toMatchObject({
      deployment_status: 'good',
      installation_status: 'active',
    });
  });
});

describe('parameters of workflows', () => {
  it('are evaluated but for secrets, whose calls stay', async () => {
    const value = readJson(
      JSON.stringify({
        a: { get_input: 'port' },
        b: { concat: ['x', { get_secret: 'password' }] },
        c: [{ get_label: ['owner', 0] }],
      }),
    );
    expect(await runtime.evaluate(ctx, storageId, value)).toEqual(
      new Map<string, unknown>([
        ['a', 80],
        ['b', new Map([['concat', ['x', new Map([['get_secret', 'password']])]]])],
        ['c', ['me']],
      ]),
    );
  });
});
