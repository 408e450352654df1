import type { ServiceState } from './status.service.js';
import type { ClusterNodeView, ClusterStatusView, ManagerStatusView, NodeServiceView } from './status.dto.js';

/** What a node is called and where it is. */
export interface NodeIdentity {
  readonly hostname: string;
  readonly privateAddress: string;
  readonly publicAddress: string;
  readonly version: string;
}

export function managerStatus(services: readonly ServiceState[], isSummary: boolean): ManagerStatusView {
  return {
    status: services.every(({ isActive }) => isActive) ? 'OK' : 'Fail',
    services: isSummary
      ? {}
      : Object.fromEntries(
          services.map(({ name, isActive, isRemote }) => [
            name,
            { status: isActive ? 'Active' : 'Inactive', is_remote: isRemote, extra_info: {} },
          ]),
        ),
  };
}

/**
 * The same services by node. A single machine has one node of each kind; of the broker none, since the worker takes its
 * operations from the database (rest-api §3.19).
 */
export function clusterStatus(
  services: readonly ServiceState[],
  node: NodeIdentity,
  options: { readonly isSummary: boolean; readonly isDatabaseExternal: boolean },
): ClusterStatusView {
  const status = services.every(({ isActive }) => isActive) ? 'OK' : 'Fail';
  if (options.isSummary) return { status, services: {} };
  const [manager, db] = (['manager', 'db'] as const).map((kind) =>
    nodeView(
      services.filter((service) => service.node === kind),
      node,
    ),
  ) as [ClusterNodeView, ClusterNodeView];
  return {
    status,
    services: {
      manager: { status: manager.status, is_external: false, nodes: { [node.hostname]: manager } },
      db: { status: db.status, is_external: options.isDatabaseExternal, nodes: { [node.hostname]: db } },
      broker: { status: 'OK', is_external: false, nodes: {} },
    },
  };
}

function nodeView(services: readonly ServiceState[], node: NodeIdentity): ClusterNodeView {
  const inactive = services.filter(({ isActive }) => !isActive);
  return {
    status: inactive.length === 0 ? 'OK' : 'Fail',
    version: node.version,
    public_ip: node.publicAddress,
    private_ip: node.privateAddress,
    services: Object.fromEntries(services.map((service) => [service.name, serviceView(service)])),
    metrics: [],
    failures: inactive.map(({ name }) => `${name} is not running.`),
  };
}

/** Clients look below `systemd` for names and states, whatever watches over the process. */
function serviceView({ name, isActive }: ServiceState): NodeServiceView {
  const unit = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return {
    status: isActive ? 'Active' : 'Inactive',
    extra_info: {
      systemd: {
        instances: [{ Description: name, state: isActive ? 'running' : 'dead', Id: unit }],
        display_name: name,
        unit_id: unit,
      },
    },
  };
}
