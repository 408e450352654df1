import {
  checkDriftGraph,
  checkStatusGraph,
  executeOperationGraph,
  installGraph,
  rollbackGraph,
  uninstallGraph,
} from '../workflows.js';
import type { Course, Setting } from './course.js';
import { stop } from './course.js';
import { reinstalled } from './reinstall.js';
import type { BuiltInWorkflow, Parameters } from './phase.js';

const LIFECYCLE = 'cloudify.interfaces.lifecycle.';

/** Workflows that go their way without looking at what they find (orchestration §9). */
export const lifecycleCourses = {
  install,
  uninstall,
  reinstall,
  start: (setting) => operation(setting, 'start', 'operation_parms'),
  stop: (setting) => operation(setting, 'stop', 'operation_parms'),
  pull: (setting) => operation(setting, 'pull', 'operation_parms'),
  restart,
  execute_operation: executeOperation,
  check_status: checkStatus,
  check_drift: checkDrift,
  rollback,
} as const satisfies Partial<Record<BuiltInWorkflow, (setting: Setting) => Course>>;

function* install(setting: Setting): Course {
  yield setting.graph('install', () => installGraph(setting.world.topology, setting.selected()));
  return null;
}

function* uninstall(setting: Setting): Course {
  const { given, world } = setting;
  const ignoreFailure = given.flag('ignore_failure', false);
  if (given.flag('recursive', false)) {
    // How the children fare is not looked at (orchestration §9.3).
    const { workflow } = setting;
    const parameters: Parameters = { ...given.all, recursive: true };
    yield { ...stop('children', (name) => ({ kind: 'children', name, workflow, parameters })), tolerant: true };
  }
  yield setting.graph('uninstall', () => uninstallGraph(world.topology, setting.selected(), { ignoreFailure }));
  return null;
}

function* reinstall(setting: Setting): Course {
  const ignoreFailure = setting.given.flag('ignore_failure', false);
  yield* reinstalled(setting, () => setting.selected().instances.map(({ id }) => id), ignoreFailure);
  return null;
}

function* operation(setting: Setting, name: 'start' | 'stop' | 'pull', parameters: string): Course {
  const { given } = setting;
  const options = {
    kwargs: given.dictionary(parameters),
    override: true,
    byDependencyOrder: given.flag('run_by_dependency_order', true),
  };
  const full = LIFECYCLE + name;
  yield setting.graph(`execute_operation_${full}`, () =>
    executeOperationGraph(setting.world.topology, setting.selected(), full, options),
  );
  return null;
}

function* restart(setting: Setting): Course {
  yield* operation(setting, 'stop', 'stop_parms');
  return yield* operation(setting, 'start', 'start_parms');
}

function* executeOperation(setting: Setting): Course {
  const { given } = setting;
  const name = given.requiredText('operation');
  const options = {
    kwargs: given.dictionary('operation_kwargs'),
    override: given.has('allow_kwargs_override') ? given.flag('allow_kwargs_override', false) : null,
    byDependencyOrder: given.flag('run_by_dependency_order', false),
  };
  yield setting.graph(`execute_operation_${name}`, () =>
    executeOperationGraph(setting.world.topology, setting.selected(), name, options),
  );
  return null;
}

function* checkStatus(setting: Setting): Course {
  const byOrder = setting.given.flag('run_by_dependency_order', false);
  yield setting.graph('check_status', () => checkStatusGraph(setting.world.topology, setting.selected(), byOrder));
  return null;
}

function* checkDrift(setting: Setting): Course {
  const byDependencyOrder = setting.given.flag('run_by_dependency_order', true);
  yield setting.graph('check_drift', () =>
    checkDriftGraph(setting.world.topology, setting.selected(), { byDependencyOrder }),
  );
  return null;
}

function* rollback(setting: Setting): Course {
  const { given, world } = setting;
  yield setting.graph('rollback', () => rollbackGraph(world.topology, setting.selected()));
  if (given.flag('full_rollback', false)) {
    const all = world.topology.instances;
    yield setting.graph('uninstall', () => uninstallGraph(world.topology, { instances: all }));
  }
  return null;
}
