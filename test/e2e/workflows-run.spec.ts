import { readFile, mkdtemp, rm, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTestApp, unique, type TestApp } from '../support/app.js';
import { blueprintOf, uploadForm } from '../support/blueprints.js';
import { eventually } from '../support/runner-world.js';

/* The main job with real scripts: install, scale and uninstall; the scripts write down in which order they ran. */

let test: TestApp;
let folder: string;
beforeAll(async () => {
  test = await createTestApp();
  folder = await mkdtemp(path.join(tmpdir(), 'holdfast-ledger-'));
  await chmod(folder, 0o777);
});
afterAll(async () => {
  await test.close();
  await rm(folder, { recursive: true, force: true });
});

const SCRIPT = `#!/bin/bash
echo "$(ctx instance id) $1$STEP" >> "$LEDGER"
ctx logger info "step $STEP"
`;

it('installs and uninstalls a blueprint with real scripts, in order', async () => {
  const ledger = path.join(folder, 'one');
  const blueprint = unique('bp');
  const operation = (step: string): string =>
    `{implementation: step.sh, inputs: {process: {default: {env: {STEP: ${step}, LEDGER: '${ledger}'}}}}}`;
  const main = `tosca_definitions_version: cloudify_dsl_1_4
imports: [cloudify/types/types.yaml]
node_types:
  step:
    derived_from: cloudify.nodes.Root
    interfaces:
      cloudify.interfaces.lifecycle:
        create: ${operation('create')}
        start: ${operation('start')}
        stop: ${operation('stop')}
        delete: ${operation('delete')}
node_templates:
  db: {type: step}
  web:
    type: step
    relationships: [{type: cloudify.relationships.depends_on, target: db}]
`;
  const uploaded = await uploadForm(
    test.admin,
    blueprint,
    {},
    blueprintOf({ 'blueprint.yaml': main, 'step.sh': SCRIPT }),
  );
  expect(uploaded.status).toBe(201);
  const deployment = unique('dep');
  const made = await test.admin.put(`/deployments/${deployment}`, { blueprint_id: blueprint });
  expect([made.status, made.text]).toEqual([201, expect.any(String)]);
  expect(await ran(deployment, 'install')).toMatchObject({ status: 'terminated', error: '' });
  expect(await lines(ledger)).toEqual(['db create', 'db start', 'web create', 'web start']);
  expect(await ran(deployment, 'uninstall')).toMatchObject({ status: 'terminated' });
  expect((await lines(ledger)).slice(4)).toEqual(['web stop', 'web delete', 'db stop', 'db delete']);
});

async function ran(deployment: string, workflow: string): Promise<Record<string, unknown>> {
  const started = await test.admin.post('/executions', { deployment_id: deployment, workflow_id: workflow });
  expect([started.status, started.text]).toEqual([201, expect.any(String)]);
  return eventually(async () => {
    const { body } = await test.admin.get(`/executions/${started.body.id}`);
    return ['terminated', 'failed', 'cancelled'].includes(body.status) ? body : null;
  });
}

async function lines(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/_\w+ /, ' '));
}
