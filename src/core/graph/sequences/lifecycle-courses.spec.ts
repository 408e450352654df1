import { services } from '../../../../test/support/services-world.js';
import type { SequencePlayer } from '../../../../test/support/sequence-player.js';
import type { BuiltInWorkflow, Parameters } from './phase.js';

function played(
  workflow: BuiltInWorkflow,
  state: string,
  parameters: Parameters = {},
  fails: readonly string[] = [],
): SequencePlayer {
  const player = services(state);
  player.answers = ({ instance, operation }) =>
    fails.some((each) => `${instance} ${operation}`.endsWith(each))
      ? { kind: 'non-recoverable', cause: `${instance} broke` }
      : { kind: 'success', value: null };
  player.ended = player.run(workflow, parameters);
  return player;
}
const relationship = (id: string, name: string): readonly string[] =>
  ['source', 'target'].map((side) => `${id} relationship_lifecycle.${name} ${side} of db_1`);
const both = (lines: (number: string) => readonly string[]): readonly string[] => [...lines('1'), ...lines('2')];
const states = (player: SequencePlayer): readonly string[] => player.instances.map(({ state }) => state);

const APP_INSTALL = [
  'app_1 = initializing',
  'app_1 = creating',
  'app_1 lifecycle.create',
  'app_1 = created',
  'app_1 = configuring',
  'app_1 lifecycle.configure',
  'app_1 = configured',
  'app_1 = starting',
  'app_1 lifecycle.start',
  ...relationship('app_1', 'establish'),
  'app_1 = started',
];
const APP_UNINSTALL = [
  'app_1 = stopping',
  'app_1 lifecycle.stop',
  'app_1 = stopped',
  ...relationship('app_1', 'unlink'),
  'app_1 = deleting',
  'app_1 lifecycle.delete',
  'app_1 = deleted',
];
const UNINSTALL = [
  ...both((n) => [`app_${n} = stopping`, `app_${n} lifecycle.stop`]),
  ...both((n) => [`app_${n} = stopped`, ...relationship(`app_${n}`, 'unlink')]),
  ...both((n) => [`app_${n} = deleting`, `app_${n} lifecycle.delete`]),
  'app_1 = deleted',
  'host_1 = stopping',
  'host_1 lifecycle.stop',
  'app_2 = deleted',
  'host_2 = stopping',
  'host_2 lifecycle.stop',
  ...['stopping', 'stopped', 'deleting'].map((state) => `db_1 = ${state}`),
  'db_1 lifecycle.delete',
  ...both((n) => [`host_${n} = stopped`, `host_${n} = deleting`, `host_${n} lifecycle.delete`]),
  'db_1 = deleted',
  'host_1 = deleted',
  'host_2 = deleted',
];

describe('install', () => {
  it('brings up hosts and what is connected to first, all instances side by side', () => {
    expect(played('install', 'uninitialized').lines()).toEqual([
      '# install',
      ...both((n) => [`host_${n} = initializing`, `host_${n} = creating`, `host_${n} lifecycle.create`]),
      'db_1 = initializing',
      'db_1 = creating',
      'db_1 lifecycle.create',
      ...both((n) => [`host_${n} = created`, `host_${n} = starting`, `host_${n} lifecycle.start`]),
      'db_1 = created',
      'db_1 = started',
      ...both((n) =>
        [`host_${n} = started`, ...['initializing', 'creating'].map((state) => `app_${n} = ${state}`)].concat(
          `app_${n} lifecycle.create`,
        ),
      ),
      ...both((n) => [`app_${n} = created`, `app_${n} = configuring`, `app_${n} lifecycle.configure`]),
      ...both((n) => [`app_${n} = configured`, `app_${n} = starting`, `app_${n} lifecycle.start`]),
      ...both((n) => relationship(`app_${n}`, 'establish')),
      'app_1 = started',
      'app_2 = started',
    ]);
  });

  it('fails with the first failure, and leaves what depends on it as it was', () => {
    const player = played('install', 'uninitialized', {}, ['db_1 cloudify.interfaces.lifecycle.create']);
    expect(player.ended).toEqual({ kind: 'end', outcome: 'failed', error: 'db_1 broke' });
    expect(states(player)).toEqual(['uninitialized', 'uninitialized', 'started', 'started', 'creating']);
  });
});

describe('uninstall', () => {
  it('takes down what is contained and what connects first', () => {
    const player = played('uninstall', 'started');
    expect(player.lines()).toEqual(['# uninstall', ...UNINSTALL]);
    expect(states(player)).toEqual(Array(5).fill('deleted'));
  });

  it('begins with the services below when it is recursive, and does not mind how they fare', () => {
    const player = services();
    player.perform = () => new Error('one of them failed');
    expect(player.run('uninstall', { recursive: true, ignore_failure: true }).outcome).toBe('succeeded');
    expect(player.phases[0]).toEqual({
      kind: 'children',
      name: 'children',
      workflow: 'uninstall',
      parameters: { recursive: true, ignore_failure: true },
    });
    expect(player.lines()).toEqual(['# children', '# uninstall', ...UNINSTALL]);
  });

  it('ignores failures only when told to', () => {
    const fails = ['lifecycle.stop', 'unlink', 'lifecycle.delete'];
    expect(played('uninstall', 'started', { ignore_failure: 'true' }, fails).ended?.outcome).toBe('succeeded');
    expect(states(played('uninstall', 'started', { ignore_failure: true }, fails))).toEqual(Array(5).fill('deleted'));
    expect(played('uninstall', 'started', {}, fails).ended?.outcome).toBe('failed');
  });
});

describe('reinstall', () => {
  it('uninstalls, then installs by the states of then', () => {
    expect(played('reinstall', 'started', { node_instance_ids: ['app_1'] }).lines()).toEqual([
      '# reinstall-uninstall',
      ...APP_UNINSTALL,
      '# reinstall-install',
      ...APP_INSTALL,
    ]);
  });

  it('does not install again what could not be uninstalled', () => {
    const player = played('reinstall', 'started', { node_ids: ['app'] }, ['app_2 cloudify.interfaces.lifecycle.stop']);
    expect([player.ended?.outcome, player.lines('#')]).toEqual(['failed', ['# reinstall-uninstall']]);
  });
});

describe('workflows that run one operation', () => {
  it.each(['start', 'stop', 'pull'] as const)('%s goes from targets to sources and leaves states alone', (name) => {
    const player = played(name, 'started', { operation_parms: { speed: 1 } });
    const ids = ['host_1', 'host_2', 'app_1', 'app_2'];
    expect(player.lines()).toEqual([
      `# execute_operation_cloudify.interfaces.lifecycle.${name}`,
      ...ids.map((id) => `${id} lifecycle.${name}`),
    ]);
    expect(states(player)).toEqual(Array(5).fill('started'));
    const actions = player.actions().map(({ kwargs, override }) => ({ kwargs, override }));
    expect(actions).toEqual(ids.map(() => ({ kwargs: { speed: 1 }, override: true })));
  });

  it('restart stops all, then starts all', () => {
    const ids = ['host_1', 'host_2', 'app_1', 'app_2'];
    const player = played('restart', 'started', { stop_parms: { now: true } });
    expect(player.lines()).toEqual(
      ['stop', 'start'].flatMap((name) => [
        `# execute_operation_cloudify.interfaces.lifecycle.${name}`,
        ...ids.map((id) => `${id} lifecycle.${name}`),
      ]),
    );
    expect(player.actions()[0]?.kwargs).toEqual({ now: true });
    expect(player.actions().at(-1)?.kwargs).toEqual({});
  });

  it('execute_operation passes over instances that have not the operation', () => {
    const parameters = { operation: 'cloudify.interfaces.lifecycle.configure', operation_kwargs: { a: 1 } };
    const player = played('execute_operation', 'started', parameters);
    expect(player.lines()).toEqual([
      '# execute_operation_cloudify.interfaces.lifecycle.configure',
      'app_1 lifecycle.configure',
      'app_2 lifecycle.configure',
    ]);
    expect(player.actions()[0]).toMatchObject({ kwargs: { a: 1 }, override: null });
    const denied = played('execute_operation', 'started', { ...parameters, allow_kwargs_override: false });
    expect(denied.actions()[0]?.override).toBe(false);
  });

  it('execute_operation follows dependencies only when told to', () => {
    const operation = 'cloudify.interfaces.lifecycle.create';
    const free = ['app_1', 'app_2', 'host_1', 'host_2', 'db_1'];
    expect(played('execute_operation', 'started', { operation }).lines('')).toEqual([
      `# execute_operation_${operation}`,
      ...free.map((id) => `${id} lifecycle.create`),
    ]);
    const ordered = ['host_1', 'host_2', 'db_1', 'app_1', 'app_2'];
    expect(played('execute_operation', 'started', { operation, run_by_dependency_order: true }).lines()).toEqual([
      `# execute_operation_${operation}`,
      ...ordered.map((id) => `${id} lifecycle.create`),
    ]);
  });
});

describe('checks', () => {
  it('check_status asks all, keeps every answer, and fails in the end', () => {
    const player = played('check_status', 'started', {}, ['app_1 cloudify.interfaces.validation.check_status']);
    expect(player.lines()).toEqual([
      '# check_status',
      ...['app_1', 'app_2', 'db_1'].map((id) => `${id} validation.check_status`),
    ]);
    expect(player.ended).toEqual({ kind: 'end', outcome: 'failed', error: 'app_1 broke' });
    expect(['app_1', 'app_2', 'host_1'].map((id) => player.world.health.get(id)?.ok)).toEqual([false, true, undefined]);
  });

  it('check_drift asks instances, then both sides of their relationships, and keeps every answer', () => {
    const player = services();
    player.answers = ({ relationship: side }) => ({ kind: 'success', value: side === undefined ? null : { port: 1 } });
    expect(player.run('check_drift').outcome).toBe('succeeded');
    expect(player.lines()).toEqual([
      '# check_drift',
      'app_1 lifecycle.check_drift',
      'app_2 lifecycle.check_drift',
      ...both((n) => relationship(`app_${n}`, 'check_drift')),
    ]);
    const { health } = player.world;
    expect(health.get('app_1')?.drift).toEqual({ ok: true, drifted: false });
    expect(health.get('app_1')?.sourceDrift.get('db_1')).toEqual({ ok: true, drifted: true });
    expect(health.get('db_1')?.targetDrift.get('app_2')).toEqual({ ok: true, drifted: true });
  });
});

describe('rollback', () => {
  it('undoes what was half made and ignores failures', () => {
    const player = played('rollback', 'starting', {}, ['lifecycle.stop']);
    expect(player.ended?.outcome).toBe('succeeded');
    expect(player.lines('app_1')).toEqual(['app_1 = stopping', 'app_1 lifecycle.stop', 'app_1 = configured']);
    expect(player.lines('#')).toEqual(['# rollback']);
    expect(states(played('rollback', 'created'))).toEqual(Array(5).fill('created'));
  });

  it('uninstalls everything afterwards when it is a full one, by the states of then', () => {
    const player = played('rollback', 'starting', { full_rollback: true, node_ids: ['app'] });
    expect(player.lines('#')).toEqual(['# rollback', '# uninstall']);
    expect(player.lines('app_1')).toEqual([
      'app_1 = stopping',
      'app_1 lifecycle.stop',
      'app_1 = configured',
      ...APP_UNINSTALL.slice(2),
    ]);
    expect(states(player)).toEqual(Array(5).fill('deleted'));
  });
});
