import { services } from '../../../../test/support/services-world.js';
import type { SequencePlayer } from '../../../../test/support/sequence-player.js';
import { EXECUTION } from '../../../../test/support/sequence-player.js';
import type { Parameters } from './phase.js';

/** @param broken operations that fail, as `INSTANCE OPERATION` with the last word of the operation */
function healed(parameters: Parameters, broken: readonly string[]): SequencePlayer {
  const player = services();
  player.answers = ({ instance, operation }) =>
    broken.includes(`${instance} ${operation.split('.').at(-1) ?? ''}`)
      ? { kind: 'non-recoverable', cause: 'broke' }
      : { kind: 'success', value: null };
  player.ended = player.run('heal', parameters);
  return player;
}
const short = (player: SequencePlayer): readonly string[] => player.lines().filter((line) => !line.includes(' = '));
const CHECKS = ['app_1', 'app_2', 'db_1'].map((id) => `${id} validation.check_status`);
const remade = (id: string): readonly string[] => [
  '# reinstall-uninstall',
  `${id} lifecycle.stop`,
  ...['source', 'target'].map((side) => `${id} relationship_lifecycle.unlink ${side} of db_1`),
  `${id} lifecycle.delete`,
  '# reinstall-install',
  ...['create', 'configure', 'start'].map((name) => `${id} lifecycle.${name}`),
  ...['source', 'target'].map((side) => `${id} relationship_lifecycle.establish ${side} of db_1`),
];

it('does nothing more where all are well', () => {
  const player = healed({}, []);
  expect([player.ended?.outcome, short(player)]).toEqual(['succeeded', ['# check_status', ...CHECKS]]);
});

it('heals what can heal itself, then reinstalls what cannot', () => {
  const player = healed({}, ['db_1 check_status', 'app_2 check_status']);
  expect(short(player)).toEqual(['# check_status', ...CHECKS, '# heal', 'db_1 lifecycle.heal', ...remade('app_2')]);
  expect(player.ended?.outcome).toBe('succeeded');
  expect(player.world.health.get('db_1')).toMatchObject({ ok: true, healFailed: null });
  expect(player.instances.every(({ state }) => state === 'started')).toBe(true);
});

it('reinstalls what failed to heal', () => {
  const player = healed({}, ['db_1 check_status', 'db_1 heal']);
  expect(player.lines('#')).toEqual(['# check_status', '# heal', '# reinstall-uninstall', '# reinstall-install']);
  // The applications that stay are unlinked from it and linked again.
  expect(player.lines('app_1 relationship').slice(0, 2)).toEqual([
    'app_1 relationship_lifecycle.unlink source of db_1',
    'app_1 relationship_lifecycle.unlink target of db_1',
  ]);
  expect(player.world.health.get('db_1')?.healFailed).toBe(EXECUTION);
});

it('takes what a broken host contains with it', () => {
  const player = services();
  player.note('host_1', { status: { ok: false, task: 'x' } });
  player.run('heal', { check_status: false });
  expect(player.lines('#')).toEqual(['# reinstall-uninstall', '# reinstall-install']);
  expect(player.lines('app_1 =').at(-1)).toBe('app_1 = started');
  expect(player.lines('app_2')).toEqual([]);
});

it('takes an instance that was never checked as broken when it was asked for it, with its host and all in that', () => {
  const player = healed({ node_instance_id: 'app_1', check_status: false }, []);
  expect(player.lines('host_1 lifecycle')).toEqual(
    ['stop', 'delete', 'create', 'start'].map((name) => `host_1 lifecycle.${name}`),
  );
  expect(player.lines('app_1 = started')).toHaveLength(1);
  expect(player.lines('app_2')).toEqual([]);
});

it('reinstalls at once when it is forced to', () => {
  expect(healed({ force_reinstall: true }, []).lines('#')).toEqual(['# reinstall-uninstall', '# reinstall-install']);
});

it('fails where a reinstall is needed and not allowed, before and after healing', () => {
  const before = healed({ allow_reinstall: false }, ['app_1 check_status', 'db_1 check_status']);
  expect(before.ended).toMatchObject({
    outcome: 'failed',
    error: 'Node instances must be reinstalled, which is not allowed: app_1',
  });
  expect(before.lines('#')).toEqual(['# check_status']);
  const after = healed({ allow_reinstall: false }, ['db_1 check_status', 'db_1 heal']);
  expect([after.ended?.outcome, after.lines('#')]).toEqual(['failed', ['# check_status', '# heal']]);
});

it('ignores failures of the uninstall unless told otherwise', () => {
  const broken = ['app_1 check_status', 'app_1 stop'];
  expect(healed({}, broken).ended?.outcome).toBe('succeeded');
  expect(healed({ ignore_failure: false }, broken).ended?.outcome).toBe('failed');
});

it('refuses an instance that there is not', () => {
  expect(healed({ node_instance_id: 'nobody' }, []).ended).toMatchObject({
    outcome: 'failed',
    error: "There is no node instance 'nobody'",
  });
});
