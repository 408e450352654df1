import { installGraph, uninstallGraph } from '../workflows.js';
import type { Course, Setting } from './course.js';
import { texts } from './course.js';

/**
 * Uninstalls instances, then installs them by the states of then (orchestration §9.5).
 * @param chosen is asked only before the first phase; afterwards the choice stands, whatever the instances became
 */
export function* reinstalled(
  setting: Setting,
  chosen: () => readonly string[],
  ignoreFailure: boolean,
): Course<readonly string[]> {
  const { topology } = setting.world;
  let ids: readonly string[] = [];
  const removed = yield setting.graph(
    'reinstall-uninstall',
    () => {
      ids = chosen();
      return ids.length === 0
        ? null
        : uninstallGraph(topology, setting.scope(ids), { ignoreFailure, prefix: 'reinstall-' });
    },
    { data: () => ids },
  );
  const again = removed === null ? [] : texts(removed.data);
  yield setting.graph('reinstall-install', () =>
    again.length === 0 ? null : installGraph(topology, setting.scope(again), 'reinstall-'),
  );
  return again;
}
