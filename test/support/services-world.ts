import type { WorkflowInstance } from '../../src/core/graph/topology.js';
import { SequencePlayer } from './sequence-player.js';
import type { NodeShape } from './workflow-world.js';
import { workflowInstance } from './workflow-world.js';

const CONTAINED_IN = 'cloudify.relationships.contained_in';
const LIFECYCLE = ['create', 'configure', 'start', 'stop', 'delete', 'pull'];

/** Two hosts, each with an application in it; both applications connect to one database. */
export const SERVICES: readonly NodeShape[] = [
  { name: 'host', types: ['cloudify.nodes.Compute'], operations: ['create', 'start', 'stop', 'delete', 'pull'] },
  { name: 'db', operations: ['create', 'delete', 'cloudify.interfaces.validation.check_status', 'heal'] },
  {
    name: 'app',
    operations: [...LIFECYCLE, 'cloudify.interfaces.validation.check_status', 'check_drift'],
    links: [
      { to: 'host', type: CONTAINED_IN },
      { to: 'db', operations: ['establish', 'unlink', 'check_drift', 'update'] },
    ],
  },
];

export function serviceInstances(state: string): readonly WorkflowInstance[] {
  return [
    { ...workflowInstance('app_1', ['host_1', 'db_1'], state), host_id: 'host_1' },
    { ...workflowInstance('app_2', ['host_2', 'db_1'], state), host_id: 'host_2' },
    { ...workflowInstance('host_1', [], state), host_id: 'host_1' },
    { ...workflowInstance('host_2', [], state), host_id: 'host_2' },
    workflowInstance('db_1', [], state),
  ];
}

export function services(state = 'started', shapes: readonly NodeShape[] = SERVICES): SequencePlayer {
  return new SequencePlayer(shapes, serviceInstances(state));
}
