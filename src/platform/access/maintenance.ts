export type MaintenanceStatus = 'deactivated' | 'activating' | 'activated';

/** A port, given by modules/cluster: finishes an activation once no execution is unfinished (rest-api §1.17). */
export abstract class MaintenanceMode {
  /** Turns `activating` into `activated` when nothing runs any more; answers the state that then holds. */
  abstract settle(): Promise<MaintenanceStatus>;
}

/** First path segments that are served while maintenance mode is on. */
const EXEMPT_WHEN_ACTIVATED = new Set([
  'brokers',
  'managers',
  'db-nodes',
  'cluster',
  'config',
  'status',
  'version',
  'license',
  'maintenance',
  'cluster-status',
  'file-server-auth',
  'ok',
  'snapshots',
  'snapshot-status',
]);

const STARTS_WORK = [
  {
    methods: new Set(['POST', 'PUT', 'PATCH']),
    path: /^(snapshots\/[^/]+|executions|deployments\/[^/]+|deployment-modifications)$/,
  },
  { methods: null, path: /^snapshots\/[^/]+\/restore$/ },
];

/** Does this state stop the request? `path` is relative to the version: `secrets/key`. */
export function blocksInMaintenance(status: MaintenanceStatus, method: string, path: string): boolean {
  switch (status) {
    case 'deactivated':
      return false;
    case 'activated':
      return !EXEMPT_WHEN_ACTIVATED.has(path.split('/', 1)[0] ?? '');
    case 'activating':
      return STARTS_WORK.some((rule) => (rule.methods === null || rule.methods.has(method)) && rule.path.test(path));
  }
}
