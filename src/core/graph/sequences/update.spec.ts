import type { SequencePlayer } from '../../../../test/support/sequence-player.js';
import { EXECUTION } from '../../../../test/support/sequence-player.js';
import { SERVICES, serviceInstances, services } from '../../../../test/support/services-world.js';
import { workflowInstance } from '../../../../test/support/workflow-world.js';
import type { Parameters, UpdateChanges } from './phase.js';

const NOTHING: UpdateChanges = {
  added: [],
  added_related: [],
  removed: [],
  removed_related: [],
  extended: {},
  reduced: {},
  changed: [],
};
const UPDATES = ['preupdate', 'update', 'postupdate'];
/** The database can be checked, updated and healed; applications can be checked only. */
const SHAPES = SERVICES.map((shape) =>
  shape.name === 'db' ? { ...shape, operations: [...(shape.operations ?? []), 'check_drift', ...UPDATES] } : shape,
);

interface Found {
  /** Instances whose own check finds drift, and relationships as `SOURCE TARGET`. */
  readonly drifted?: readonly string[];
  /** `INSTANCE OPERATION` with the last word of the operation. */
  readonly broken?: readonly string[];
}

function updated(changes: Partial<UpdateChanges>, parameters: Parameters = {}, found: Found = {}): SequencePlayer {
  const player = services('started', SHAPES);
  player.instances = [...serviceInstances('started')];
  player.answers = ({ instance, operation, relationship }) => {
    const name = operation.split('.').at(-1) ?? '';
    const subject = relationship === undefined ? instance : `${instance} ${relationship.target}`;
    if (found.broken?.includes(`${instance} ${name}`) === true) {
      return { kind: 'non-recoverable', cause: `${instance} ${name} broke` };
    }
    return { kind: 'success', value: name === 'check_drift' && (found.drifted ?? []).includes(subject) };
  };
  const all: UpdateChanges = Object.assign({ ...NOTHING }, changes);
  player.perform = (phase) => {
    if (phase.kind === 'update-perform') {
      changes.added?.forEach((id) => player.instances.push(workflowInstance(id, ['db_1'])));
    }
    return phase.kind === 'update-prepare' ? all : null;
  };
  player.ended = player.run('update', { update_id: 'dep-1', ...parameters });
  return player;
}
const link = (id: string, name: string): readonly string[] =>
  ['source', 'target'].map((side) => `${id} relationship_lifecycle.${name} ${side} of db_1`);
const phases = (player: SequencePlayer): readonly string[] => player.lines('# ').map((line) => line.slice(2));
const cleaned = (player: SequencePlayer): unknown => player.phases.find(({ kind }) => kind === 'update-finish');
const around = (...inner: readonly string[]): readonly string[] => [
  'update-prepare',
  'update-perform',
  ...inner,
  'update-finish',
];
const REINSTALL = ['reinstall-uninstall', 'reinstall-install'];

describe('the frame of an update', () => {
  it('prepares, performs, looks for drift, finishes', () => {
    const player = updated({});
    expect(phases(player)).toEqual(around('update_check_drift'));
    expect(player.ended).toEqual({ kind: 'end', outcome: 'succeeded' });
    expect(player.phases[0]).toEqual({ kind: 'update-prepare', name: 'update-prepare', update: 'dep-1' });
  });

  it('only prepares for a preview', () => {
    expect(phases(updated({ changed: ['db_1'] }, { preview: true }))).toEqual(['update-prepare']);
  });

  it('stops when it cannot be prepared, or names what is not there', () => {
    const player = services('started', SHAPES);
    player.perform = () => new Error('changes that an update cannot make');
    expect(player.run('update', { update_id: 'u' })).toMatchObject({ error: 'changes that an update cannot make' });
    expect(updated({}, { reinstall_list: ['no'] }).ended).toMatchObject({
      error: 'There are no such node instances to reinstall: no',
    });
    expect(updated({}, { update_id: null }).ended).toMatchObject({ error: "The parameter 'update_id' is required" });
  });

  it('runs a workflow of one’s own in place of its own operations', () => {
    const player = updated({ added: ['app_3'], extended: { app_1: ['db_1'] } }, { workflow_id: 'mine' });
    expect(phases(player)).toEqual(around('workflow'));
    expect(player.phases[2]).toMatchObject({
      workflow: 'mine',
      parameters: {
        update_id: 'dep-1',
        added_instance_ids: ['app_3'],
        extended_instance_ids: ['app_1'],
        extend_target_instance_ids: ['db_1'],
      },
    });
  });
});

describe('what comes and goes', () => {
  const changes = {
    added: ['app_3'],
    added_related: ['db_1'],
    removed: ['app_2'],
    removed_related: ['db_1', 'host_2'],
    extended: { app_1: ['db_1', 'app_3'] },
    reduced: { app_1: ['db_1'] },
  };

  it('is unlinked, uninstalled, installed and linked, in this order', () => {
    const player = updated(changes, { skip_drift_check: true });
    expect(player.lines()).toEqual([
      '# update-prepare',
      '# update-perform',
      '# unlink-uninstall',
      ...link('app_1', 'unlink'),
      '# uninstall',
      'app_2 = stopping',
      'app_2 lifecycle.stop',
      'app_2 = stopped',
      ...link('app_2', 'unlink'),
      'app_2 = deleting',
      'app_2 lifecycle.delete',
      'app_2 = deleted',
      '# install',
      'app_3 = initializing',
      'app_3 = creating',
      'app_3 lifecycle.create',
      'app_3 = created',
      'app_3 = configuring',
      'app_3 lifecycle.configure',
      'app_3 = configured',
      'app_3 = starting',
      'app_3 lifecycle.start',
      ...link('app_3', 'establish'),
      'app_3 = started',
      '# establish-install',
      ...link('app_1', 'establish'),
      '# update-finish',
    ]);
  });

  it('is installed first when asked for, or left alone', () => {
    expect(phases(updated(changes, { install_first: true, skip_drift_check: true }))).toEqual(
      around('install', 'establish-install', 'unlink-uninstall', 'uninstall'),
    );
    const skipping = { skip_install: true, skip_uninstall: true, skip_drift_check: true };
    expect(phases(updated(changes, skipping))).toEqual(around());
  });

  it('does not fail for what cannot be uninstalled when failures are ignored', () => {
    const broken = ['app_2 stop'];
    expect(updated(changes, {}, { broken }).ended).toMatchObject({ error: 'app_2 stop broke' });
    expect(updated(changes, { ignore_failure: true }, { broken }).ended?.outcome).toBe('succeeded');
  });
});

describe('what stays', () => {
  it('is updated where it drifted and can be', () => {
    const player = updated({}, {}, { drifted: ['db_1'] });
    expect(phases(player)).toEqual(around('update_check_drift', 'check_status', 'update'));
    expect(player.lines('db_1')).toEqual([
      'db_1 lifecycle.check_drift',
      'db_1 validation.check_status',
      ...UPDATES.map((name) => `db_1 lifecycle.${name}`),
    ]);
    expect(cleaned(player)).toMatchObject({ clean: ['db_1'] });
  });

  it('updates only relationships where only these drifted', () => {
    const player = updated({}, {}, { drifted: ['app_1 db_1'] });
    expect(player.lines('app_1 relationship').slice(2)).toEqual(
      ['source', 'target'].map((side) => `app_1 relationship_lifecycle.update ${side} of db_1`),
    );
    expect(phases(player)).toEqual(around('update_check_drift', 'check_status', 'update'));
  });

  it('is reinstalled where it drifted and cannot be updated, or cannot be checked', () => {
    const player = updated({}, {}, { drifted: ['app_1'], broken: ['app_2 check_drift'] });
    expect(phases(player)).toEqual(around('update_check_drift', ...REINSTALL));
    expect(cleaned(player)).toMatchObject({ clean: ['app_1', 'app_2'] });
    expect(player.ended?.outcome).toBe('succeeded');
  });

  it('counts as drifted when it changed and has no check, or none is made', () => {
    const player = updated({ changed: ['host_1', 'db_1'] });
    expect(phases(player)).toEqual(around('update_check_drift', ...REINSTALL));
    expect(cleaned(player)).toMatchObject({ clean: ['app_1', 'host_1'] });
    const skipping = updated({ changed: ['db_1'] }, { skip_drift_check: true });
    expect(phases(skipping)).toEqual(around('check_status', 'update'));
  });

  it('is reinstalled when its update fails', () => {
    const player = updated({}, {}, { drifted: ['db_1'], broken: ['db_1 update'] });
    expect(phases(player)).toEqual(around('update_check_drift', 'check_status', 'update', ...REINSTALL));
    expect(player.world.health.get('db_1')?.updateFailed).toBe(EXECUTION);
    expect(cleaned(player)).toMatchObject({ clean: ['db_1'] });
  });

  it('is healed before, and reinstalled when that fails', () => {
    const sick = { drifted: ['db_1'], broken: ['db_1 check_status'] };
    expect(phases(updated({}, {}, sick))).toEqual(around('update_check_drift', 'check_status', 'heal', 'update'));
    expect(phases(updated({}, { skip_heal: true }, sick))).toEqual(around('update_check_drift', 'update'));
    const hopeless = { ...sick, broken: [...sick.broken, 'db_1 heal'] };
    expect(phases(updated({}, {}, hopeless))).toEqual(
      around('update_check_drift', 'check_status', 'heal', ...REINSTALL),
    );
  });

  it('is reinstalled rather than updated when forced, and only what is listed when told to skip the rest', () => {
    const drift = { drifted: ['db_1', 'app_1'] };
    const forced = updated({}, { force_reinstall: true }, drift);
    expect(phases(forced)).toEqual(around('update_check_drift', ...REINSTALL));
    expect(cleaned(forced)).toMatchObject({ clean: ['app_1', 'db_1'] });
    const listed = updated({}, { skip_reinstall: true, reinstall_list: ['host_2'] }, drift);
    expect(phases(listed)).toEqual(around('update_check_drift', 'check_status', 'update', ...REINSTALL));
    expect(cleaned(listed)).toMatchObject({ clean: ['db_1', 'app_2', 'host_2'] });
  });

  it('is left alone where it is not started, or goes anyhow', () => {
    const player = updated({ removed: ['app_1'], changed: ['app_1'] }, { reinstall_list: ['app_1'] });
    expect(phases(player)).toEqual(around('uninstall', 'update_check_drift'));
  });
});
