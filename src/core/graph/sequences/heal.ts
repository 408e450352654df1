import { diagnose, healTargets, withContained } from '../diagnosis.js';
import type { WorkflowInstance } from '../topology.js';
import { checkStatusGraph, healGraph } from '../workflows.js';
import type { Course, Setting } from './course.js';
import { texts } from './course.js';
import { Refused } from './given.js';
import { reinstalled } from './reinstall.js';

const idsOf = (instances: readonly WorkflowInstance[]): readonly string[] => instances.map(({ id }) => id);

/** orchestration §10 `heal` */
export function* heal(setting: Setting): Course {
  const { given, world } = setting;
  const { topology, health } = world;
  const wanted = given.text('node_instance_id');
  const ignoreFailure = given.flag('ignore_failure', true);
  const mayReinstall = given.flag('allow_reinstall', true);
  const checks = given.flag('check_status', true);
  if (wanted !== null && topology.instance(wanted) === undefined) {
    throw new Refused(`There is no node instance '${wanted}'`);
  }
  const targets = healTargets(topology, wanted);
  if (given.flag('force_reinstall', false)) {
    yield* reinstalled(setting, () => idsOf(targets), ignoreFailure);
    return null;
  }
  if (checks) {
    yield setting.graph('check_status', () => checkStatusGraph(topology, { instances: targets }), { tolerant: true });
  }
  const allowed = (ids: readonly string[]): readonly string[] => {
    if (ids.length > 0 && !mayReinstall) {
      throw new Refused(`Node instances must be reinstalled, which is not allowed: ${ids.join(', ')}`);
    }
    return ids;
  };
  const found = diagnose(topology, targets, health, wanted !== null);
  const healed = yield setting.graph(
    'heal',
    () => {
      allowed(idsOf(found.reinstall));
      return found.heal.length === 0 ? null : healGraph(topology, { instances: found.heal });
    },
    { tolerant: true, data: () => ({ heal: idsOf(found.heal), reinstall: idsOf(found.reinstall) }) },
  );
  yield* reinstalled(
    setting,
    () => allowed(healed === null ? idsOf(found.reinstall) : notHealed(setting, healed.data)),
    ignoreFailure,
  );
  return null;
}

/** What was to be reinstalled anyhow, and what failed to heal with all that it contains. */
export function notHealed(setting: Setting, data: unknown): readonly string[] {
  const { topology, health, executionId } = setting.world;
  const { heal: tried, reinstall } = data as Readonly<Record<'heal' | 'reinstall', readonly string[]>>;
  const failed = texts(tried).filter((id) => health.get(id)?.healFailed === executionId);
  return idsOf(withContained(topology, new Set([...texts(reinstall), ...failed])));
}
