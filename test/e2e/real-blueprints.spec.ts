import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { plainFilesIn } from '../../src/platform/files/plain-files.js';
import { planJson } from '../../src/core/dsl/plan-codec.js';
import { BLUEPRINT_NAMES, folderOf, parseReal } from '../blueprints/real-blueprints.js';
import { createTestApp, unique, type TestApp } from '../support/app.js';
import { zip } from '../support/archive-builder.js';
import { blueprintForm, blueprintOf, uploadForm } from '../support/blueprints.js';
import { largeBlueprint, machinesBlueprint, typicalBlueprint } from '../support/generated-blueprints.js';
import { pluginZip, uploadPlugin } from '../support/plugins.js';

/* Blueprints as users write them, and large ones, through the manager: what comes out is what the language says. */

const ROOT = join(import.meta.dirname, '../blueprints');

let world: TestApp;

beforeAll(async () => {
  world = await createTestApp();
  for (const name of readdirSync(join(ROOT, 'plugins')).toSorted()) await installPlugin(name);
  // In the order in which they import each other.
  for (const id of ['base-network', 'base-stack']) await upload(id, await archiveOf(join(ROOT, 'catalogue', id)));
});
afterAll(() => world.close());

async function installPlugin(name: string): Promise<void> {
  const folder = join(ROOT, 'plugins', name);
  const yamls = Object.fromEntries(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
  const [version] = Object.values(yamls).flatMap((text) => /package_version: '([^']+)'/.exec(text)?.[1] ?? []);
  const facts = { name: `cloudify-${name}-plugin`, version: version ?? '1.0.0' };
  const answer = await uploadPlugin(world.admin, pluginZip(facts, yamls));
  if (answer.status !== 201) throw new Error(answer.text);
}

async function archiveOf(folder: string): Promise<Buffer> {
  const files = await plainFilesIn(folder);
  return zip(files.map((path) => ({ name: `bp/${path}`, content: readFileSync(join(folder, path)) })));
}

async function upload(id: string, archive: Buffer): Promise<Record<string, unknown>> {
  const answer = await uploadForm(world.admin, id, {}, archive);
  if (answer.status !== 201) throw new Error(answer.text);
  return answer.body as Record<string, unknown>;
}

/** What depends on the day of its parsing is left out. */
function timeless(plan: unknown): unknown {
  const { deployment_settings: _settings, ...rest } = plan as Record<string, unknown>;
  return rest;
}

describe('a real blueprint', () => {
  it.each(BLUEPRINT_NAMES)('%s is uploaded, shown, listed, validated and downloaded', async (name) => {
    const [id, archive] = [`real-${name}`, await archiveOf(folderOf(name))];
    const uploaded = await upload(id, archive);
    const { plan } = await parseReal(name);
    if (plan === null) throw new Error('The language refuses it.');
    const expected = JSON.parse([...planJson(plan)].join('')) as { readonly requirements: unknown };
    expect(timeless(uploaded['plan'])).toEqual(timeless(expected));
    const shown = (await world.admin.get(`/blueprints/${id}`)).body;
    expect(shown.plan).toEqual(uploaded['plan']);
    expect([shown.state, shown.requirements]).toEqual(['uploaded', expected.requirements]);

    const list = await world.admin.get(`/blueprints?id=${id}&_include=id,plan,requirements`);
    expect(list.body.items).toEqual([{ id, plan: shown.plan, requirements: shown.requirements }]);
    const download = await world.admin.get(`/blueprints/${id}/archive`);
    expect(download.raw.equals(archive)).toBe(true);

    const validation = await world.admin.put(`/blueprints/${unique('v')}/validate`, blueprintForm({}, archive), {
      headers: { 'content-type': 'multipart/form-data; boundary=hfboundary7391' },
    });
    expect(validation.status).toBe(201);
    let execution = validation.body.upload_execution;
    while (execution.ended_at === null) execution = (await world.admin.get(`/executions/${execution.id}`)).body;
    expect(execution).toMatchObject({ status: 'terminated', error: '' });
  });

  it('of the catalogue stays while another needs it', async () => {
    expect((await world.admin.delete('/blueprints/base-network')).status).toBe(405);
    expect((await world.admin.delete('/blueprints/base-stack')).status).toBe(405);
  });
});

describe('a generated blueprint', () => {
  it.each([
    ['typical', typicalBlueprint(), 50],
    ['of 10,000 nodes', largeBlueprint(10_000), 10_000],
    ['of 2,000 machines', machinesBlueprint(2_000), 2_000],
  ])('%s is uploaded, shown and listed', async (_what, files, nodes) => {
    const id = unique('large');
    const uploaded = await upload(id, blueprintOf(Object.fromEntries(files)));
    const { plan } = (await world.admin.get(`/blueprints/${id}`)).body as { plan: { nodes: unknown[] } };
    expect(plan.nodes.length).toBeGreaterThanOrEqual(nodes * 0.9);
    expect(uploaded['plan']).toEqual(plan);
    const list = await world.admin.get(`/blueprints?id=${id}`);
    expect(list.body.items).toMatchObject([{ id, plan: null, state: 'uploaded' }]);
  });
});
