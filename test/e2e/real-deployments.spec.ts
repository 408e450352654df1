import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { plainFilesIn } from '../../src/platform/files/plain-files.js';
import { folderOf } from '../blueprints/real-blueprints.js';
import { createTestApp, type TestApp } from '../support/app.js';
import { zip } from '../support/archive-builder.js';
import { uploadForm } from '../support/blueprints.js';
import { deploy } from '../support/deployments.js';

/* Deployments of blueprints as users write them. */

let world: TestApp;
beforeAll(async () => {
  world = await createTestApp();
});
afterAll(() => world.close());

type Plan = {
  readonly nodes: readonly { readonly id: string }[];
  readonly requirements: { readonly secrets: readonly (string | readonly string[])[] };
};

describe('a real blueprint', () => {
  it.each(['two-tier-application', 'nested-scaling-groups', 'sharded-database'])('%s is deployed', async (name) => {
    const folder = folderOf(name);
    const files = await plainFilesIn(folder);
    const archive = zip(files.map((path) => ({ name: `bp/${path}`, content: readFileSync(join(folder, path)) })));
    const uploaded = await uploadForm(world.admin, name, {}, archive);
    expect(uploaded.status).toBe(201);
    const { nodes, requirements } = uploaded.body.plan as Plan;
    for (const secret of requirements.secrets) {
      await world.admin.put(`/secrets/${typeof secret === 'string' ? secret : secret[0]}`, { value: '10.0.0.9' });
    }
    const answer = await deploy(world.admin, name, name, { skip_plugins_validation: true });
    expect({ status: answer.status, message: answer.body.message }).toEqual({ status: 201, message: undefined });
    const stored = await world.admin.get(`/nodes?deployment_id=${name}`);
    expect(stored.body.items.map(({ id }: { id: string }) => id)).toEqual(nodes.map(({ id }) => id));
    const instances = (await world.admin.get(`/node-instances?deployment_id=${name}`)).body.items;
    for (const node of stored.body.items) {
      const own = instances.filter(({ node_id: of }: { node_id: string }) => of === node.id);
      expect(own).toHaveLength(node.actual_number_of_instances);
      expect(own.map(({ index }: { index: number }) => index)).toEqual(own.map((_: unknown, at: number) => at + 1));
    }
    const ids = new Set(instances.map(({ id }: { id: string }) => id));
    for (const { relationships } of instances) {
      for (const { target_id: target } of relationships) expect(ids.has(target)).toBe(true);
    }
  });
});
