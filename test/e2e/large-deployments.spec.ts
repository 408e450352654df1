import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createTestApp, unique, type TestApp } from '../support/app.js';
import { uploaded } from '../support/deployments.js';

const NODES = 10_000;

let world: TestApp;
beforeAll(async () => {
  world = await createTestApp();
});
afterAll(() => world.close());

it(`makes a deployment of ${NODES} nodes while others are answered`, async () => {
  const nodes = Array.from({ length: NODES }, (_, n) => `  n${n}: {type: cloudify.nodes.Root}\n`).join('');
  const blueprint = await uploaded(world.admin, `node_templates:\n${nodes}`);
  const id = unique('dep');
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const start = performance.now();
  const created = world.admin.put(`/deployments/${id}`, { blueprint_id: blueprint });
  let slowestMs = 0;
  const done = new AbortController();
  void created.finally(() => done.abort());
  while (!done.signal.aborted) {
    const asked = performance.now();
    expect((await world.admin.get('/deployments?_size=1&_include=id')).status).toBe(200);
    slowestMs = Math.max(slowestMs, performance.now() - asked);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const answer = await created;
  const seconds = (performance.now() - start) / 1000;
  delay.disable();
  expect({ status: answer.status, body: answer.body?.message }).toEqual({ status: 201, body: undefined });
  const listed = await world.admin.get(`/node-instances?deployment_id=${id}&_size=1`);
  expect(listed.body.metadata.pagination.total).toBe(NODES);
  if (process.env['HOLDFAST_FIGURES'] === '1') {
    process.stderr.write(
      `${NODES} nodes: ${seconds.toFixed(1)} s, slowest answer ${slowestMs.toFixed(0)} ms, loop max ${(delay.max / 1e6).toFixed(0)} ms, p99 ${(delay.percentile(99) / 1e6).toFixed(0)} ms\n`,
    );
  }
  expect(seconds).toBeLessThan(90); // half a minute on a machine of its own
  expect(slowestMs).toBeLessThan(3_000);
}, 170_000);
