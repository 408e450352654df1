import { installGraph, rollbackGraph, uninstallGraph } from '../workflows.js';
import type { Course, Setting } from './course.js';
import { failureOf, stop } from './course.js';
import { Refused } from './given.js';
import type { FinishedPhase, OpenModification, World } from './phase.js';
import type { ScaleRequest } from './scale-request.js';
import { scaleRequest } from './scale-request.js';

/** orchestration §12 */
export function* scale(setting: Setting): Course {
  const { given, world } = setting;
  const ignoreFailure = given.flag('ignore_failure', false);
  const undoes = given.flag('rollback_if_failed', true);
  const aborts = given.flag('abort_started', false);
  if (given.integer('delta', 1) === 0) {
    given.requiredText('scalable_entity_name');
    return null;
  }
  if (aborts) {
    yield* abortStarted(setting, ignoreFailure);
  }
  let request: ScaleRequest | null = null;
  yield stop('modify', (name) => {
    // Judged by the numbers of before: once the modification began they are others.
    request = scaleRequest(given, world);
    return { kind: 'modify', name, nodes: { [request.entity]: request.wanted } };
  });
  const entity = given.requiredText('scalable_entity_name');
  const failed = yield* given.integer('delta', 1) > 0
    ? grow(setting, entity, undoes)
    : shrink(setting, entity, ignoreFailure, undoes);
  if (failed === null) {
    yield stop('finish-modification', (name) => ({
      kind: 'finish-modification',
      name,
      modification: opened(world).id,
    }));
    return null;
  }
  if (undoes) {
    yield stop('roll-back-modification', (name) => ({
      kind: 'roll-back-modification',
      name,
      modification: opened(world).id,
    }));
  }
  return failureOf(failed);
}

/** What earlier executions began and did not end: only one can be open. */
function* abortStarted(setting: Setting, ignoreFailure: boolean): Course<void> {
  const { topology, openModification: open } = setting.world;
  yield setting.graph('abort-uninstall', () =>
    open === null || open.added.length === 0
      ? null
      : uninstallGraph(topology, setting.scope(open.added), { ignoreFailure, prefix: 'abort-' }),
  );
  yield stop('abort-roll-back', (name) =>
    open === null ? null : { kind: 'roll-back-modification', name, modification: open.id },
  );
}

/** @returns the failure */
function* grow(setting: Setting, entity: string, undoes: boolean): Course<FinishedPhase | null> {
  const { world } = setting;
  const { topology } = world;
  const added = (): ReturnType<Setting['scope']> => {
    const { added: ids, addedRelated } = opened(world);
    return { ...setting.scope(ids), related: setting.scope(addedRelated).instances };
  };
  const installed = yield setting.graph(`${entity}_install`, () => installGraph(topology, added(), `${entity}_`), {
    tolerant: true,
  });
  if (installed?.outcome !== 'failed') {
    return null;
  }
  if (undoes) {
    yield setting.graph(`${entity}_rollback`, () => rollbackGraph(topology, added(), `${entity}_`), { tolerant: true });
    // The rollback leaves alone what was made; nothing would know of it once the modification is rolled back.
    yield setting.graph(
      `${entity}_uninstall`,
      () => uninstallGraph(topology, added(), { ignoreFailure: true, prefix: `${entity}_` }),
      { tolerant: true },
    );
  }
  return installed;
}

function* shrink(
  setting: Setting,
  entity: string,
  ignoreFailure: boolean,
  undoes: boolean,
): Course<FinishedPhase | null> {
  const { world } = setting;
  const uninstalled = yield setting.graph(
    `${entity}_uninstall`,
    () => {
      const { removed, removedRelated } = opened(world);
      const scope = { ...setting.scope(removed), related: setting.scope(removedRelated).instances };
      return uninstallGraph(world.topology, scope, { ignoreFailure, prefix: `${entity}_` });
    },
    { tolerant: undoes },
  );
  return uninstalled?.outcome === 'failed' ? uninstalled : null;
}

function opened({ openModification: open }: World): OpenModification {
  if (open === null) {
    throw new Refused('The deployment modification that this scaling began was ended by somebody else');
  }
  return open;
}
