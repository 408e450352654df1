import { services } from '../../../../test/support/services-world.js';
import { builtInWorkflow, isResumable } from './built-in.js';
import { nextPhase, resumedPast } from './next-phase.js';
import type { BuiltInWorkflow, FinishedPhase, Parameters } from './phase.js';

const WORKFLOWS: readonly BuiltInWorkflow[] = [
  'install',
  'uninstall',
  'reinstall',
  'start',
  'stop',
  'restart',
  'execute_operation',
  'pull',
  'check_status',
  'check_drift',
  'heal',
  'scale',
  'rollback',
  'install_new_agents',
  'validate_agents',
  'update',
];
const finished = (name: string, outcome: FinishedPhase['outcome'] = 'succeeded'): FinishedPhase => ({
  name,
  outcome,
  data: null,
});

describe('the mapping of a workflow', () => {
  it.each(WORKFLOWS)('is known for %s', (name) => {
    const exceptions: Partial<Record<BuiltInWorkflow, string>> = {
      heal: 'cloudify.plugins.workflows.auto_heal_reinstall_node_subgraph',
      scale: 'cloudify.plugins.workflows.scale_entity',
      update: 'cloudify_system_workflows.deployment_update.workflow.update_deployment',
    };
    const operation = exceptions[name] ?? `cloudify.plugins.workflows.${name}`;
    expect(builtInWorkflow(operation)).toBe(name);
    expect(builtInWorkflow(name === 'update' ? operation : `default_workflows.${operation}`)).toBe(name);
    expect(isResumable(name)).toBe(name !== 'heal' && name !== 'update');
  });

  it.each(['install', 'cloudify.plugins.workflows.heal', 'cloudify.plugins.workflows.toString', 'p.w', ''])(
    'is not known for %j',
    (operation) => {
      expect(builtInWorkflow(operation)).toBeNull();
    },
  );
});

describe('parameters that cannot be', () => {
  it.each<[BuiltInWorkflow, Parameters, string]>([
    ['install', { node_ids: 7 }, "The parameter 'node_ids' must be a list of strings"],
    ['uninstall', { ignore_failure: [] }, "The parameter 'ignore_failure' must be a boolean"],
    ['start', { operation_parms: [] }, "The parameter 'operation_parms' must be a dictionary"],
    ['execute_operation', {}, "The parameter 'operation' is required"],
    ['execute_operation', { operation: 5 }, "The parameter 'operation' must be a string"],
    [
      'execute_operation',
      { operation: 'x', allow_kwargs_override: 2 },
      "The parameter 'allow_kwargs_override' must be a boolean",
    ],
    ['install_new_agents', { install_agent_timeout: {} }, "The parameter 'install_agent_timeout' must be an integer"],
  ])('end %s as failed: %j', (workflow, parameters, error) => {
    expect(nextPhase(workflow, parameters, services().world)).toEqual({ kind: 'end', outcome: 'failed', error });
  });

  it('are absent when they are null, and not inherited from objects', () => {
    expect(nextPhase('install', { node_ids: null }, services().world).kind).toBe('graph');
    expect(nextPhase('execute_operation', { toString: 'x', operation: 'constructor' }, services().world).kind).toBe(
      'graph',
    );
  });
});

it('gives the same answer as often as it is asked', () => {
  const player = services('uninitialized');
  expect(nextPhase('install', {}, player.world)).toEqual(nextPhase('install', {}, player.world));
});

it('goes on after each phase from what is stored alone', () => {
  const player = services();
  player.past = [finished('reinstall-uninstall')];
  const phase = nextPhase(
    'reinstall',
    {},
    { ...player.world, past: [{ ...finished('reinstall-uninstall'), data: ['app_1'] }] },
  );
  expect(phase).toMatchObject({ kind: 'graph', name: 'reinstall-install', resumable: true, tolerant: false });
});

describe('what stands of the past when an execution is resumed', () => {
  it('is all but the phase that failed last, which is taken up', () => {
    const past = [finished('reinstall-uninstall'), finished('reinstall-install', 'failed')];
    expect(resumedPast('reinstall', past)).toEqual({ past: past.slice(0, 1), again: 'reinstall-install' });
  });

  it('is all when it was stopped between phases, or nothing ended', () => {
    expect(resumedPast('reinstall', [])).toEqual({ past: [], again: null });
    const past = [finished('reinstall-uninstall')];
    expect(resumedPast('reinstall', past)).toEqual({ past, again: null });
  });
});
