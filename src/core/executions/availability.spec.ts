import { unavailableReason, type DeploymentState } from './availability.js';

const state = (startedInstances: number, instances = 2): DeploymentState => ({
  instances,
  startedInstances,
  types: new Set(['cloudify.nodes.Root', 'cloudify.nodes.Compute']),
});
const isAvailable = (rules: Record<string, unknown> | null, of: DeploymentState): boolean =>
  unavailableReason('install', rules, of) === null;

describe('whether a workflow is available', () => {
  it.each([
    ['all', [false, false, true]],
    ['partial', [false, true, false]],
    ['none', [true, false, false]],
  ])('node_instances_active %s looks at how many are started', (activity, expected) => {
    const rules = { available: true, node_instances_active: [activity] };
    expect([0, 1, 2].map((started) => isAvailable(rules, state(started)))).toEqual(expected);
  });

  it('takes any of several, and no rule for no restriction', () => {
    expect(isAvailable({ node_instances_active: ['none', 'partial'] }, state(1))).toBe(true);
    expect(isAvailable({ node_instances_active: ['none', 'partial'] }, state(2))).toBe(false);
    for (const rules of [null, {}, { node_instances_active: [] }, { node_instances_active: null, available: null }])
      expect(isAvailable(rules, state(1))).toBe(true);
  });

  it('takes a deployment without instances for active and for inactive', () => {
    const activities = ['all', 'none', 'partial'];
    expect(activities.map((one) => isAvailable({ node_instances_active: [one] }, state(0, 0)))).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('wants a node of every type that is required', () => {
    expect(isAvailable({ node_types_required: ['cloudify.nodes.Compute'] }, state(0))).toBe(true);
    expect(unavailableReason('x', { node_types_required: ['cloudify.nodes.Compute', 'my.Type'] }, state(0))).toContain(
      'my.Type',
    );
  });

  it('can be switched off', () => {
    expect(isAvailable({ available: false }, state(0))).toBe(false);
  });

  it.each([
    { available: 'yes' },
    { node_instances_active: ['most'] },
    { node_instances_active: 'all' },
    { node_types_required: [1] },
  ])('refuses the rule %j', (rules) => {
    expect(() => unavailableReason('x', rules, state(0))).toThrow(
      expect.objectContaining({ code: 'invalid_workflow_availability_rule_error' }),
    );
  });
});
