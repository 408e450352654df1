import type { SequencePlayer } from '../../../../test/support/sequence-player.js';
import { services } from '../../../../test/support/services-world.js';
import { workflowInstance } from '../../../../test/support/workflow-world.js';
import { nextPhase, resumedPast } from './next-phase.js';
import type { Parameters } from './phase.js';

const numbers = (
  instances: number,
  limits: { min?: number; max?: number } = {},
): Record<'instances' | 'min' | 'max', number> => ({
  instances,
  min: 0,
  max: -1,
  ...limits,
});

/** Modifications add or remove one application, as far as scaling is concerned. */
function world(): SequencePlayer {
  const player = services();
  player.groups = {
    nodes: new Map([
      ['app', numbers(2, { max: 4, min: 1 })],
      ['host', numbers(2)],
      ['db', numbers(1)],
    ]),
    scalingGroups: new Map([['pair', { ...numbers(2), members: ['host'] }]]),
  };
  player.perform = (phase) => {
    if (phase.kind === 'modify') {
      const grows = Object.values(phase.nodes).some(({ instances }) => instances > 2);
      const id = `modification-${String(player.phases.length)}`;
      const lists = { added: [], addedRelated: [], removed: [], removedRelated: [] };
      if (grows) {
        player.instances.push(workflowInstance('app_3', ['host_1', 'db_1']));
        player.openModification = { ...lists, id, added: ['app_3'], addedRelated: ['host_1', 'db_1'] };
      } else {
        player.openModification = { ...lists, id, removed: ['app_2'], removedRelated: ['host_2', 'db_1'] };
      }
      return id;
    }
    if (phase.kind === 'roll-back-modification') {
      player.instances = player.instances.filter(({ id }) => !(player.openModification?.added ?? []).includes(id));
    }
    player.openModification = null;
    return null;
  };
  return player;
}
function scaled(parameters: Parameters, broken: readonly string[] = []): SequencePlayer {
  const player = world();
  player.answers = ({ instance, operation }) =>
    broken.includes(`${instance} ${operation.split('.').at(-1) ?? ''}`)
      ? { kind: 'non-recoverable', cause: 'it broke' }
      : { kind: 'success', value: null };
  player.ended = player.run('scale', parameters);
  return player;
}
const APP = { scalable_entity_name: 'app' };
const refused = (parameters: Parameters): string => {
  const { ended } = scaled(parameters);
  return ended?.outcome === 'failed' ? ended.error : '';
};
const asked = (player: SequencePlayer): unknown => {
  const phase = player.phases.find(({ kind }) => kind === 'modify');
  return phase?.kind === 'modify' ? phase.nodes : null;
};

describe('scaling out', () => {
  it('installs what is new among what stays, and finishes the modification', () => {
    const player = scaled(APP);
    expect(player.lines()).toEqual([
      '# modify',
      '# app_install',
      'app_3 = initializing',
      'app_3 = creating',
      'app_3 lifecycle.create',
      'app_3 = created',
      'app_3 = configuring',
      'app_3 lifecycle.configure',
      'app_3 = configured',
      'app_3 = starting',
      'app_3 lifecycle.start',
      'app_3 relationship_lifecycle.establish source of db_1',
      'app_3 relationship_lifecycle.establish target of db_1',
      'app_3 = started',
      '# finish-modification',
    ]);
    expect(player.ended).toEqual({ kind: 'end', outcome: 'succeeded' });
    expect(asked(player)).toEqual({
      app: { instances: 3, removed_ids_include_hint: [], removed_ids_exclude_hint: [] },
    });
  });

  it('undoes all that was made when it fails, and ends with that failure', () => {
    const player = scaled(APP, ['app_3 start']);
    expect(player.lines('#')).toEqual([
      '# modify',
      '# app_install',
      '# app_rollback',
      '# app_uninstall',
      '# roll-back-modification',
    ]);
    expect(player.lines('app_3').slice(-8)).toEqual([
      'app_3 lifecycle.stop',
      'app_3 = configured',
      'app_3 = stopped',
      'app_3 relationship_lifecycle.unlink source of db_1',
      'app_3 relationship_lifecycle.unlink target of db_1',
      'app_3 = deleting',
      'app_3 lifecycle.delete',
      'app_3 = deleted',
    ]);
    expect(player.ended).toEqual({ kind: 'end', outcome: 'failed', error: 'it broke' });
    expect([player.openModification, player.instances.length]).toEqual([null, 5]);
  });

  it('leaves the modification open when nothing is to be undone, and goes on with it when it is resumed', () => {
    const player = scaled({ ...APP, rollback_if_failed: false }, ['app_3 start']);
    expect([player.ended?.outcome, player.lines('#')]).toEqual(['failed', ['# modify', '# app_install']]);
    const resumed = resumedPast('scale', player.past);
    expect(resumed.again).toBe('app_install');
    player.past = [...resumed.past, { name: 'app_install', outcome: 'succeeded', data: null }];
    player.run('scale', { ...APP, rollback_if_failed: false });
    expect(player.lines('#').slice(2)).toEqual(['# finish-modification']);
  });

  it('begins anew, under other names, when it is resumed after all was undone', () => {
    const player = scaled(APP, ['app_3 start']);
    const resumed = resumedPast('scale', player.past);
    expect(resumed.again).toBeNull();
    player.past = [...resumed.past];
    player.answers = () => ({ kind: 'success', value: null });
    player.log.splice(0);
    expect(player.run('scale', APP).outcome).toBe('succeeded');
    expect(player.lines('#')).toEqual(['# modify-2', '# app_install-2', '# finish-modification-2']);
  });

  it('ends earlier modifications first when told to', () => {
    const player = world();
    player.instances.push(workflowInstance('app_9', ['host_2', 'db_1'], 'started'));
    player.openModification = { id: 'old', added: ['app_9'], addedRelated: [], removed: [], removedRelated: [] };
    expect(player.run('scale', { ...APP, abort_started: true }).outcome).toBe('succeeded');
    expect(player.lines('#')).toEqual([
      '# abort-uninstall',
      '# abort-roll-back',
      '# modify',
      '# app_install',
      '# finish-modification',
    ]);
    expect(player.lines('app_9 =').at(-1)).toBe('app_9 = deleted');
  });

  it('says so when somebody else ended its modification', () => {
    const player = world();
    player.past = [{ name: 'modify', outcome: 'succeeded', data: 'm' }];
    expect(player.run('scale', APP)).toMatchObject({ outcome: 'failed' });
    player.past = [{ name: 'modify', outcome: 'failed', data: null, error: 'another one is open' }];
    expect(player.run('scale', APP)).toEqual({ kind: 'end', outcome: 'failed', error: 'another one is open' });
  });
});

describe('scaling in', () => {
  it('uninstalls what goes, and finishes the modification', () => {
    const player = scaled({ ...APP, delta: -1, include_instances: 'app_2', exclude_instances: ['app_1'] });
    expect(player.lines()).toEqual([
      '# modify',
      '# app_uninstall',
      'app_2 = stopping',
      'app_2 lifecycle.stop',
      'app_2 = stopped',
      'app_2 relationship_lifecycle.unlink source of db_1',
      'app_2 relationship_lifecycle.unlink target of db_1',
      'app_2 = deleting',
      'app_2 lifecycle.delete',
      'app_2 = deleted',
      '# finish-modification',
    ]);
    expect(asked(player)).toEqual({
      app: { instances: 1, removed_ids_include_hint: ['app_2'], removed_ids_exclude_hint: ['app_1'] },
    });
  });

  it('rolls the modification back when it fails, and ignores failures when told to', () => {
    const failed = scaled({ ...APP, delta: -1 }, ['app_2 stop']);
    expect([failed.ended?.outcome, failed.lines('#')]).toEqual([
      'failed',
      ['# modify', '# app_uninstall', '# roll-back-modification'],
    ]);
    const stubborn = scaled({ ...APP, delta: -1, ignore_failure: true }, ['app_2 stop']);
    expect(stubborn.ended?.outcome).toBe('succeeded');
    const kept = scaled({ ...APP, delta: -1, rollback_if_failed: false }, ['app_2 stop']);
    expect([kept.ended?.outcome, kept.openModification === null]).toEqual(['failed', false]);
  });
});

describe('what is asked for', () => {
  it('is nothing for a delta of 0', () => {
    const player = scaled({ ...APP, delta: 0 });
    expect([player.ended?.outcome, player.log]).toEqual(['succeeded', []]);
  });

  it('is the host of a node, or a group', () => {
    expect(asked(scaled({ ...APP, scale_compute: true }))).toHaveProperty('host.instances', 3);
    expect(asked(scaled({ scalable_entity_name: 'db', scale_compute: true, delta: '2' }))).toHaveProperty(
      'db.instances',
      3,
    );
    expect(asked(scaled({ scalable_entity_name: 'pair', delta: -1 }))).toHaveProperty('pair.instances', 1);
    const hinted = asked(scaled({ scalable_entity_name: 'pair', delta: -1, exclude_instances: 'host_1' }));
    expect(hinted).toHaveProperty('pair.removed_ids_exclude_hint', ['host_1']);
  });

  it.each([
    [{}, "The parameter 'scalable_entity_name' is required"],
    [{ scalable_entity_name: 'x' }, "There is no node and no scaling group 'x'"],
    [{ ...APP, delta: 1.5 }, "The parameter 'delta' must be an integer"],
    [{ ...APP, delta: 'many' }, "The parameter 'delta' must be an integer"],
    [{ ...APP, delta: 3 }, "'app' may have at most 4 instances, not 5"],
    [{ ...APP, delta: -2 }, "'app' must have at least 1 instances, not 0"],
    [{ ...APP, delta: -3 }, "'app' has 2 instances; its number cannot change by -3"],
    [{ ...APP, include_instances: ['app_1'] }, 'Instances can be included and excluded only when scaling in'],
    [
      { ...APP, delta: -1, scale_compute: true, exclude_instances: ['app_1'] },
      'Instances cannot be included and excluded together with scale_compute',
    ],
    [{ ...APP, delta: -1, include_instances: ['db_1', 'no'] }, "These are no instances of 'app': db_1, no"],
    [
      { ...APP, delta: -1, include_instances: ['app_1'], exclude_instances: ['app_1'] },
      'These instances are both included and excluded: app_1',
    ],
    [
      { ...APP, delta: -1, exclude_instances: ['app_1', 'app_2'] },
      "'app' has too few instances to remove 1 and keep the 2 excluded ones",
    ],
    [{ ...APP, delta: -1, include_instances: [1] }, "The parameter 'include_instances' must be a list of strings"],
    [{ ...APP, rollback_if_failed: 'maybe' }, "The parameter 'rollback_if_failed' must be a boolean"],
  ])('is refused before anything is changed: %j', (parameters, message) => {
    expect(refused(parameters)).toBe(message);
    expect(nextPhase('scale', parameters, world().world).kind).toBe('end');
  });
});
