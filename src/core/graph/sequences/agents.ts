import { agentsGraph } from '../agents.js';
import type { WorkflowInstance } from '../topology.js';
import type { Course, Setting } from './course.js';
import { Refused } from './given.js';
import type { BuiltInWorkflow } from './phase.js';

const METHODS = ['remote', 'plugin', 'init_script', 'provided'];

/** orchestration §10 */
export const agentCourses = {
  install_new_agents: installNewAgents,
  validate_agents: validateAgents,
} as const satisfies Partial<Record<BuiltInWorkflow, (setting: Setting) => Course>>;

function* installNewAgents(setting: Setting): Course {
  const { given } = setting;
  const validates = given.flag('validate', true);
  const installs = given.flag('install', true);
  const script = given.text('install_script');
  const kwargs = {
    install_agent_timeout: given.integer('install_agent_timeout', 300),
    manager_ip: given.text('manager_ip') ?? '',
    manager_certificate: given.text('manager_certificate') ?? '',
    stop_old_agent: given.flag('stop_old_agent', false),
    ...(script === null ? {} : { install_script: script }),
  };
  yield setting.graph('install_agents', () =>
    agentsGraph(setting.world.topology, hosts(setting), {
      name: 'install_agents',
      validate: validates ? { current_amqp: false } : null,
      install: installs ? kwargs : null,
    }),
  );
  return null;
}

function* validateAgents(setting: Setting): Course {
  yield setting.graph('validate_agents', () =>
    agentsGraph(setting.world.topology, hosts(setting), {
      name: 'validate_agents',
      validate: { current_amqp: true },
      install: null,
    }),
  );
  return null;
}

/** @throws Refused when there is none, or one that is not started */
function hosts({ given, world: { topology } }: Setting): readonly WorkflowInstance[] {
  const selection = { node_ids: given.texts('node_ids'), node_instance_ids: given.texts('node_instance_ids') };
  const methods = given.has('install_methods') ? given.texts('install_methods') : METHODS;
  const found = topology
    .select(selection)
    .filter((each) => topology.isHost(each) && methods.includes(topology.installMethod(each)));
  if (found.length === 0) {
    throw new Refused(`There is no host with an agent installed by one of: ${methods.join(', ')}`);
  }
  const idle = found.filter(({ state }) => state !== 'started').map(({ id }) => id);
  if (idle.length > 0) {
    throw new Refused(`Agents need started hosts; these are not started: ${idle.join(', ')}`);
  }
  return found;
}
