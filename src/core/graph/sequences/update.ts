import type { Targets } from '../workflows.js';
import { installGraph, relinkGraph, uninstallGraph } from '../workflows.js';
import type { Course, Setting } from './course.js';
import { stop, texts } from './course.js';
import { Refused } from './given.js';
import type { Parameters, UpdateChanges } from './phase.js';
import { updateOrReinstall } from './update-existing.js';

/** orchestration §11 */
export function* update(setting: Setting): Course {
  const { given } = setting;
  const id = given.requiredText('update_id');
  const preview = given.flag('preview', false);
  const prepared = yield stop('update-prepare', (name) => {
    refuseUnknown(setting);
    return { kind: 'update-prepare', name, update: id };
  });
  if (prepared === null || preview) {
    return null;
  }
  const changes = readChanges(prepared.data);
  yield stop('update-perform', (name) => ({ kind: 'update-perform', name, update: id }));
  const custom = given.text('workflow_id');
  let clean: readonly string[] = [];
  if (custom !== null) {
    const parameters = { ...customParameters(changes), update_id: id };
    yield stop('workflow', (name) => ({ kind: 'workflow', name, workflow: custom, parameters }));
  } else if (given.flag('install_first', false)) {
    yield* bringIn(setting, changes);
    yield* takeOut(setting, changes);
    clean = yield* updateOrReinstall(setting, changes);
  } else {
    yield* takeOut(setting, changes);
    clean = yield* updateOrReinstall(setting, changes);
    yield* bringIn(setting, changes);
  }
  yield stop('update-finish', (name) => ({ kind: 'update-finish', name, update: id, clean }));
  return null;
}

/** Nothing was changed yet: the last moment to say no. */
function refuseUnknown({ given, world: { topology } }: Setting): void {
  const unknown = given.texts('reinstall_list').filter((id) => topology.instance(id) === undefined);
  if (unknown.length > 0) {
    throw new Refused(`There are no such node instances to reinstall: ${unknown.join(', ')}`);
  }
}

function* takeOut(setting: Setting, { removed, removed_related: related, reduced }: UpdateChanges): Course<void> {
  const { given, world } = setting;
  if (given.flag('skip_uninstall', false)) {
    return;
  }
  const lost = withoutTargets(reduced, removed);
  yield setting.graph('unlink-uninstall', () => (isEmpty(lost) ? null : relinkGraph(world.topology, 'unlink', lost)));
  yield setting.graph('uninstall', () =>
    removed.length === 0
      ? null
      : uninstallGraph(
          world.topology,
          { ...setting.scope(removed), related: setting.scope(related).instances },
          { ignoreFailure: given.flag('ignore_failure', false) },
        ),
  );
}

function* bringIn(setting: Setting, { added, added_related: related, extended }: UpdateChanges): Course<void> {
  const { given, world } = setting;
  if (given.flag('skip_install', false)) {
    return;
  }
  const gained = withoutTargets(extended, added);
  yield setting.graph('install', () =>
    added.length === 0
      ? null
      : installGraph(world.topology, { ...setting.scope(added), related: setting.scope(related).instances }),
  );
  yield setting.graph('establish-install', () =>
    isEmpty(gained) ? null : relinkGraph(world.topology, 'establish', gained),
  );
}

/** Relationships to what comes or goes are made and undone together with that. */
function withoutTargets(targets: Targets, ids: readonly string[]): Targets {
  const moving = new Set(ids);
  const left = Object.entries(targets).map(([id, each]) => [id, each.filter((one) => !moving.has(one))] as const);
  return Object.fromEntries(left.filter(([, each]) => each.length > 0));
}

function isEmpty(targets: Targets): boolean {
  return Object.keys(targets).length === 0;
}

/** What a workflow of one's own is told of the update. */
function customParameters(changes: UpdateChanges): Parameters {
  return {
    added_instance_ids: changes.added,
    added_target_instances_ids: changes.added_related,
    removed_instance_ids: changes.removed,
    remove_target_instance_ids: changes.removed_related,
    extended_instance_ids: Object.keys(changes.extended),
    extend_target_instance_ids: [...new Set(Object.values(changes.extended).flat())],
    reduced_instance_ids: Object.keys(changes.reduced),
    reduce_target_instance_ids: [...new Set(Object.values(changes.reduced).flat())],
    modified_entity_ids: changes.changed,
  };
}

function readChanges(data: unknown): UpdateChanges {
  if (typeof data !== 'object' || data === null) {
    throw new Refused('The plan of the update is not there');
  }
  const found = data as Partial<UpdateChanges>;
  return {
    added: texts(found.added),
    added_related: texts(found.added_related),
    removed: texts(found.removed),
    removed_related: texts(found.removed_related),
    extended: found.extended ?? {},
    reduced: found.reduced ?? {},
    changed: texts(found.changed),
  };
}
