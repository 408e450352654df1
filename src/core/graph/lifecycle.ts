import type { Stage, Tasks } from './tasks.js';
import { LIFECYCLE, RELATIONSHIP } from './tasks.js';
import type { WorkflowInstance, WorkflowTopology } from './topology.js';

const AGENT = 'cloudify.interfaces.cloudify_agent.';
const MONITORING_AGENT = 'cloudify.interfaces.monitoring_agent.';
const MONITORING = 'cloudify.interfaces.monitoring.';
const VALIDATION = 'cloudify.interfaces.validation.';
const INSTALL_STATES = ['creating', 'created', 'configuring', 'configured', 'starting', 'started'];
const STOPPED = new Set(['stopped', 'deleting', 'deleted', 'uninitialized', 'configured']);

/** The stages of an instance's subgraph, in order (orchestration §9). */
export function installStages(topology: WorkflowTopology, tasks: Tasks, instance: WorkflowInstance): readonly Stage[] {
  const reached = INSTALL_STATES.indexOf(instance.state);
  const before = (state: string): boolean => reached < INSTALL_STATES.indexOf(state);
  const links = topology.links(instance);
  const step = (name: string, message: string): readonly Stage[] => announced(tasks, instance, name, message);
  const related = (name: string): readonly Stage[] => tasks.links(links, RELATIONSHIP + name);
  const around = (name: string, doing: string, ended: string | null, message: string): readonly Stage[] => {
    const operation = tasks.operation(instance, LIFECYCLE + name);
    return operation.length === 0
      ? [[tasks.event(instance, `${message}: nothing to do`)]]
      : [
          [tasks.state(instance, doing), tasks.event(instance, message)],
          operation,
          ...(ended === null ? [] : [[tasks.state(instance, ended), tasks.event(instance, `Node instance ${ended}`)]]),
        ];
  };
  const stages = [
    ...(before('creating')
      ? [
          ...step(`${VALIDATION}create`, 'Validating node instance before creation'),
          ...step(`${LIFECYCLE}precreate`, 'Precreating node instance'),
        ]
      : []),
    ...(before('created') ? around('create', 'creating', 'created', 'Creating node instance') : []),
    ...(before('configured')
      ? [...related('preconfigure'), ...around('configure', 'configuring', 'configured', 'Configuring node instance')]
      : []),
    ...(before('started')
      ? [
          ...related('postconfigure'),
          ...around('start', 'starting', null, 'Starting node instance'),
          ...hostStarted(topology, tasks, instance),
          ...step(`${LIFECYCLE}poststart`, 'Poststarting node instance'),
          tasks.operation(instance, `${MONITORING}start`),
          ...related('establish'),
        ]
      : []),
  ];
  const isIdle = !stages.flat().some(({ action }) => action.kind === 'operation');
  const end = [tasks.state(instance, 'started'), tasks.event(instance, 'Node instance started')];
  return isIdle ? [end] : [[tasks.state(instance, 'initializing')], ...stages, end];
}

function announced(tasks: Tasks, instance: WorkflowInstance, name: string, message: string): readonly Stage[] {
  const operation = tasks.operation(instance, name);
  return operation.length === 0
    ? [[tasks.event(instance, `${message}: nothing to do`)]]
    : [[tasks.event(instance, message)], operation];
}

function hostStarted(topology: WorkflowTopology, tasks: Tasks, instance: WorkflowInstance): readonly Stage[] {
  if (!topology.isHost(instance)) {
    return [];
  }
  const method = topology.installMethod(instance);
  const starts = method === 'plugin' || method === 'init_script';
  return [
    tasks.operation(instance, 'cloudify.interfaces.host.get_state', { untilTruthy: true }),
    method === 'none' ? [] : tasks.operation(instance, `${AGENT}create`),
    starts ? tasks.operation(instance, `${AGENT}start`) : [],
    tasks.operation(instance, `${MONITORING_AGENT}install`),
    tasks.operation(instance, `${MONITORING_AGENT}start`),
  ];
}

/** Steps 1–6 of an uninstall; empty in states in which nothing can run. */
function stopStages(topology: WorkflowTopology, tasks: Tasks, instance: WorkflowInstance): readonly Stage[] {
  if (STOPPED.has(instance.state)) {
    return [];
  }
  const stop = tasks.operation(instance, `${LIFECYCLE}stop`);
  return [
    [tasks.state(instance, 'stopping'), tasks.event(instance, 'Stopping node instance')],
    tasks.operation(instance, `${VALIDATION}delete`),
    tasks.operation(instance, `${MONITORING}stop`),
    tasks.operation(instance, `${LIFECYCLE}prestop`),
    ...hostStopping(topology, tasks, instance),
    stop.length === 0 ? [tasks.event(instance, 'Stopped node instance: nothing to do')] : stop,
  ];
}

export function hostStopping(topology: WorkflowTopology, tasks: Tasks, instance: WorkflowInstance): readonly Stage[] {
  if (!topology.isHost(instance)) {
    return [];
  }
  const method = topology.installMethod(instance);
  const agent = [
    tasks.operation(instance, AGENT + (method === 'remote' ? 'stop' : 'stop_amqp')),
    tasks.operation(instance, `${AGENT}delete`),
  ];
  return [
    tasks.operation(instance, `${MONITORING_AGENT}stop`),
    tasks.operation(instance, `${MONITORING_AGENT}uninstall`),
    ...(method === 'none' ? [] : agent),
  ];
}

function unlinkStages(topology: WorkflowTopology, tasks: Tasks, instance: WorkflowInstance): readonly Stage[] {
  return tasks.links(topology.links(instance), `${RELATIONSHIP}unlink`).toReversed();
}

export function uninstallStages(
  topology: WorkflowTopology,
  tasks: Tasks,
  instance: WorkflowInstance,
): readonly Stage[] {
  const { state } = instance;
  const isGone = state === 'deleted' || state === 'uninitialized';
  const remove = tasks.operation(instance, `${LIFECYCLE}delete`);
  return [
    ...stopStages(topology, tasks, instance),
    ['stopped', 'deleting', 'deleted'].includes(state) ? [] : [tasks.state(instance, 'stopped')],
    ...(isGone
      ? []
      : [
          ...unlinkStages(topology, tasks, instance),
          ...(remove.length === 0
            ? [[tasks.event(instance, 'Deleting node instance: nothing to do')]]
            : [[tasks.state(instance, 'deleting'), tasks.event(instance, 'Deleting node instance')], remove]),
          tasks.operation(instance, `${LIFECYCLE}postdelete`),
        ]),
    state === 'deleted' ? [] : [tasks.state(instance, 'deleted'), tasks.event(instance, 'Node instance deleted')],
  ];
}

/** What undoes a half-made instance (orchestration §9.5 `rollback`); empty in other states. */
export function rollbackStages(topology: WorkflowTopology, tasks: Tasks, instance: WorkflowInstance): readonly Stage[] {
  switch (instance.state) {
    case 'starting':
      return [...stopStages(topology, tasks, instance), [tasks.state(instance, 'configured')]];
    case 'creating':
    case 'configuring':
      return [
        ...unlinkStages(topology, tasks, instance),
        tasks.operation(instance, `${LIFECYCLE}delete`),
        tasks.operation(instance, `${LIFECYCLE}postdelete`),
        [tasks.state(instance, 'uninitialized')],
      ];
    default:
      return [];
  }
}
