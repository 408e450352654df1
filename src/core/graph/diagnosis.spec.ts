import { workflowInstance, workflowTopology } from '../../../test/support/workflow-world.js';
import { diagnose, healTargets } from './diagnosis.js';
import type { WorkflowInstance } from './topology.js';

const CONTAINED = 'cloudify.relationships.contained_in';
const SHAPES = [
  { name: 'vm' },
  { name: 'app', operations: ['heal'], links: [{ to: 'vm', type: CONTAINED }] },
  { name: 'part', links: [{ to: 'app', type: CONTAINED }] },
  { name: 'client', operations: ['heal'], links: [{ to: 'app' }] },
];
const INSTANCES: readonly WorkflowInstance[] = [
  workflowInstance('vm_1'),
  { ...workflowInstance('app_1', ['vm_1']), host_id: 'vm_1' },
  { ...workflowInstance('part_1', ['app_1']), host_id: 'vm_1' },
  workflowInstance('client_1', ['app_1']),
];
const topology = workflowTopology(SHAPES, INSTANCES);
const ids = (instances: readonly WorkflowInstance[]): readonly string[] => instances.map(({ id }) => id);
const bad = (...names: readonly string[]): ReadonlyMap<string, { ok: boolean; hasTask: boolean }> =>
  new Map(names.map((name) => [name, { ok: false, hasTask: true }]));

it('is about all instances, or about the host of one with all that it contains', () => {
  expect(ids(healTargets(topology, null))).toHaveLength(4);
  expect(ids(healTargets(topology, 'part_1'))).toEqual(['vm_1', 'app_1', 'part_1']);
  expect(ids(healTargets(topology, 'client_1'))).toEqual(['client_1']);
});

it('heals what can be healed, and reinstalls other broken ones with what they contain', () => {
  const healed = diagnose(topology, INSTANCES, bad('app_1', 'client_1'), false);
  expect([ids(healed.heal), ids(healed.reinstall)]).toEqual([['app_1', 'client_1'], []]);
  const reinstalled = diagnose(topology, INSTANCES, bad('vm_1', 'app_1', 'client_1'), false);
  expect([ids(reinstalled.heal), ids(reinstalled.reinstall)]).toEqual([['client_1'], ['vm_1', 'app_1', 'part_1']]);
});

it('takes what was never checked for broken only where one instance was asked for', () => {
  expect(ids(diagnose(topology, INSTANCES, new Map(), false).reinstall)).toEqual([]);
  expect(ids(diagnose(topology, healTargets(topology, 'client_1'), new Map(), true).heal)).toEqual(['client_1']);
  const well = new Map([['client_1', { ok: true, hasTask: true }]]);
  expect(ids(diagnose(topology, healTargets(topology, 'client_1'), well, true).heal)).toEqual([]);
});
