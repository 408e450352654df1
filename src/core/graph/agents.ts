import { GraphBuilder } from './graph-builder.js';
import type { Json, TaskGraph } from './task.js';
import { Tasks } from './tasks.js';
import type { WorkflowInstance, WorkflowTopology } from './topology.js';
import { withContained } from './diagnosis.js';

const AGENT = 'cloudify.interfaces.cloudify_agent.';
const MONITORING_AGENT = 'cloudify.interfaces.monitoring_agent.';

interface AgentSteps {
  readonly name: string;
  /** Inputs of the validation of present agents; null: not done. */
  readonly validate: Readonly<Record<string, Json>> | null;
  /** Inputs of the creation of new agents; null: not done. */
  readonly install: Readonly<Record<string, Json>> | null;
}

/** Checks the agents of all hosts, then makes new ones host by host side by side (orchestration §10). */
export function agentsGraph(
  topology: WorkflowTopology,
  hosts: readonly WorkflowInstance[],
  { name, validate, install }: AgentSteps,
): TaskGraph {
  const builder = new GraphBuilder();
  const whole = (step: string, after: readonly number[]): Tasks => {
    const place = builder.add({ name: step, action: { kind: 'subgraph', instance: null } }, after);
    return new Tasks(topology, false, place);
  };
  const before: number[] = [];
  if (validate !== null) {
    const tasks = whole('validate', before);
    for (const host of hosts) {
      builder.sequence([tasks.operation(host, `${AGENT}validate_amqp`, { kwargs: validate, override: true })]);
    }
    before.push(tasks.parent);
  }
  if (install !== null) {
    const tasks = whole('install', before);
    for (const host of hosts) {
      const contents = withContained(topology, new Set([host.id]));
      builder.sequence([
        [tasks.event(host, 'Installing new agent')],
        tasks.operation(host, `${AGENT}create_amqp`, { kwargs: install, override: true }),
        tasks.operation(host, `${AGENT}validate_amqp`, { kwargs: { current_amqp: true }, override: true }),
        tasks.operation(host, `${MONITORING_AGENT}install`),
        tasks.operation(host, `${MONITORING_AGENT}start`),
        contents.flatMap((each) => tasks.operation(each, 'cloudify.interfaces.monitoring.start')),
        [tasks.event(host, 'New agent installed')],
      ]);
    }
  }
  return builder.finish(name);
}
