import { diagnose, withContained } from '../diagnosis.js';
import type { Json } from '../task.js';
import type { WorkflowInstance } from '../topology.js';
import { implemented } from '../topology.js';
import type { Drift } from '../workflows.js';
import { checkDriftGraph, checkStatusGraph, healGraph, updateGraph } from '../workflows.js';
import type { Course, Setting } from './course.js';
import { texts } from './course.js';
import { notHealed } from './heal.js';
import type { UpdateChanges } from './phase.js';
import { reinstalled } from './reinstall.js';

const LIFECYCLE = 'cloudify.interfaces.lifecycle.';
const UPDATES = ['update', 'update_config', 'update_apply'];

/** What is to be done with instances that stay; plain JSON, so that it can be left to later phases. */
interface Todo {
  readonly [key: string]: Json;
  /** Asked for by the user, with all that is contained. */
  readonly asked: readonly string[];
  /** Found to be necessary. */
  readonly reinstall: readonly string[];
  /** By id of an instance to update: whether itself drifted, and the targets of relationships that did. */
  readonly update: Readonly<Record<string, { readonly own: boolean; readonly targets: readonly string[] }>>;
}

/**
 * Instances that are started and stay are brought up to date, or made anew where that cannot be (orchestration §11).
 * @returns those that were
 */
export function* updateOrReinstall(setting: Setting, changes: UpdateChanges): Course<readonly string[]> {
  const { given, world } = setting;
  const { topology, executionId, health } = world;
  const skipsHeal = given.flag('skip_heal', false);
  const all = staying(setting, changes);
  yield setting.graph(
    'update_check_drift',
    () => {
      const asked = new Set(askedFor(setting, all));
      const instances = all.filter(({ id }) => !asked.has(id));
      return given.flag('skip_drift_check', false) || instances.length === 0
        ? null
        : checkDriftGraph(topology, { instances }, { prefix: 'update_' });
    },
    { tolerant: true },
  );

  // From here on what was decided goes along in the data of the phases; it is decided once, at the first of them.
  let todo: Todo | null = null;
  const decided = (): Todo => (todo ??= assess(setting, all, changes));
  const listed = (): readonly WorkflowInstance[] => all.filter(({ id }) => Object.hasOwn(decided().update, id));
  const checked = yield setting.graph(
    'check_status',
    () => (skipsHeal || listed().length === 0 ? null : checkStatusGraph(topology, { instances: listed() })),
    { tolerant: true, data: decided },
  );
  todo = readTodo(checked?.data) ?? todo;

  let healable: readonly WorkflowInstance[] = [];
  const healing = yield setting.graph(
    'heal',
    () => {
      if (skipsHeal) {
        return null;
      }
      const found = diagnose(topology, listed(), health, false);
      healable = found.heal;
      todo = withReinstall(setting, decided(), found.reinstall);
      return healable.length === 0 ? null : healGraph(topology, { instances: healable });
    },
    { tolerant: true, data: () => ({ ...decided(), heal: healable.map(({ id }) => id) }) },
  );
  todo = readTodo(healing?.data) ?? todo;

  const updating = yield setting.graph(
    'update',
    () => {
      if (healing !== null) {
        const failed = new Set(notHealed(setting, healing.data));
        todo = withReinstall(
          setting,
          decided(),
          all.filter(({ id }) => failed.has(id)),
        );
      }
      return listed().length === 0 ? null : updateGraph(topology, { instances: listed() }, driftOf(decided()));
    },
    { tolerant: true, data: decided },
  );
  todo = readTodo(updating?.data) ?? todo;

  const again = yield* reinstalled(
    setting,
    () => {
      const failed = all.filter(({ id }) => updating !== null && health.get(id)?.updateFailed === executionId);
      const { asked, reinstall } = withReinstall(setting, decided(), failed);
      const wanted = new Set(given.flag('skip_reinstall', false) ? asked : [...asked, ...reinstall]);
      return all.filter(({ id }) => wanted.has(id)).map(({ id }) => id);
    },
    given.flag('ignore_failure', false),
  );
  const updated = updating === null ? [] : Object.keys(readTodo(updating.data)?.update ?? {});
  const good = updated.filter((id) => health.get(id)?.updateFailed !== executionId);
  return [...new Set([...good, ...again])];
}

function staying({ world: { topology } }: Setting, { added, removed }: UpdateChanges): readonly WorkflowInstance[] {
  const moving = new Set([...added, ...removed]);
  return topology.instances.filter(({ id, state }) => state === 'started' && !moving.has(id));
}

function askedFor({ given, world }: Setting, all: readonly WorkflowInstance[]): readonly string[] {
  const known = new Set(all.map(({ id }) => id));
  const wanted = withContained(world.topology, new Set(given.texts('reinstall_list').filter((id) => known.has(id))));
  return wanted.map(({ id }) => id).filter((id) => known.has(id));
}

function assess(setting: Setting, all: readonly WorkflowInstance[], changes: UpdateChanges): Todo {
  const { given, world } = setting;
  const asked = new Set(askedFor(setting, all));
  const changed = new Set(changes.changed);
  const forces = given.flag('force_reinstall', false);
  const reinstall: WorkflowInstance[] = [];
  const update: Record<string, { own: boolean; targets: readonly string[] }> = {};
  for (const instance of all.filter(({ id }) => !asked.has(id))) {
    const { own, targets, failed } = driftIn(setting, instance, changed.has(instance.id));
    const { operations } = world.topology.node(instance);
    const canUpdate = UPDATES.some((name) => implemented(operations, LIFECYCLE + name) !== null);
    if (failed || (own && !canUpdate) || (forces && (own || targets.length > 0))) {
      reinstall.push(instance);
    } else if (own || targets.length > 0) {
      update[instance.id] = { own, targets };
    }
  }
  return withReinstall(setting, { asked: [...asked], reinstall: [], update }, reinstall);
}

/** What is noted of an instance and its relationships; `failed`: a check could not be made. */
function driftIn(
  { given, world: { topology, health } }: Setting,
  instance: WorkflowInstance,
  isChanged: boolean,
): { readonly own: boolean; readonly targets: readonly string[]; readonly failed: boolean } {
  const skipsCheck = given.flag('skip_drift_check', false);
  const checks = implemented(topology.node(instance).operations, `${LIFECYCLE}check_drift`) !== null;
  const own = health.get(instance.id);
  const related = topology.links(instance).map(({ target: { id } }) => {
    const sides = [own?.sourceDrift.get(id), health.get(id)?.targetDrift.get(instance.id)];
    return {
      id,
      drifted: sides.some((side) => side?.drifted === true),
      failed: sides.some((side) => side?.ok === false),
    };
  });
  return {
    // Nobody can tell whether a change took place where no check is made.
    own: own?.drift?.drifted === true || (isChanged && (skipsCheck || !checks)),
    targets: related.filter(({ drifted }) => drifted).map(({ id }) => id),
    failed: !skipsCheck && (own?.drift?.ok === false || related.some(({ failed }) => failed)),
  };
}

/** Those to reinstall take everything contained with them, which then needs no update. */
function withReinstall(setting: Setting, todo: Todo, more: readonly WorkflowInstance[]): Todo {
  const ids = new Set([...todo.reinstall, ...more.map(({ id }) => id)]);
  const reinstall = withContained(setting.world.topology, ids).map(({ id }) => id);
  const again = new Set([...todo.asked, ...reinstall]);
  const update = Object.fromEntries(Object.entries(todo.update).filter(([id]) => !again.has(id)));
  return { asked: todo.asked, reinstall, update };
}

function driftOf({ update }: Todo): Drift {
  return new Map(Object.entries(update));
}

function readTodo(data: unknown): Todo | null {
  if (typeof data !== 'object' || data === null) {
    return null;
  }
  const { asked, reinstall, update } = data as Partial<Todo>;
  return { asked: texts(asked), reinstall: texts(reinstall), update: update ?? {} };
}
