/**
 * What an execution may call by its token (security-design §1 row 6): what workflows, operations and agents need, each
 * still judged by the rights of whoever started it. What is not named here is closed: tokens, users, groups, tenants,
 * permissions, configuration, keys, snapshots, audit. `*` is one part of a path.
 */
const ROUTES: Readonly<Record<string, readonly string[]>> = {
  GET: [
    'agents',
    'agents/*',
    'blueprints',
    'blueprints/*',
    'blueprints/*/archive',
    'brokers',
    'config',
    'config/*',
    'deployment-groups',
    'deployment-groups/*',
    'deployment-modifications',
    'deployment-modifications/*',
    'deployment-updates',
    'deployment-updates/*',
    'deployments',
    'deployments/*',
    'deployments/*/capabilities',
    'deployments/*/outputs',
    'events',
    'execution-groups',
    'execution-groups/*',
    'execution-schedules',
    'execution-schedules/*',
    'executions',
    'executions/*',
    'executions/*/should-start',
    'inter-deployment-dependencies',
    'inter-deployment-dependencies/*',
    'labels/deployments',
    'labels/deployments/*',
    'maintenance',
    'managers',
    'node-instances',
    'node-instances/*',
    'nodes',
    'operations',
    'operations/*',
    'plugins',
    'plugins/*',
    'plugins/*/archive',
    'plugins/*/yaml',
    'provider/context',
    'secrets',
    'secrets/*',
    'sites',
    'sites/*',
    'status',
    'tasks_graphs',
    'tasks_graphs/*',
    'tenants/*',
    'workflows',
    // The file server's paths; who may read which file is judged there.
    'file-server-auth',
  ],
  POST: [
    'agents',
    'deployment-modifications',
    'deployment-modifications/*/finish',
    'deployment-modifications/*/rollback',
    'deployment-updates/*/update/initiate',
    'deployment-updates/*/update/finalize',
    'deployments/*/set-site',
    'evaluate/functions',
    'events',
    'execution-groups',
    'execution-groups/*',
    'executions',
    'executions/*',
    'inter-deployment-dependencies',
    'node-instances',
    'nodes',
    'operations',
    'plugins',
    'searches/blueprints',
    'searches/capabilities',
    'searches/deployments',
    'searches/node-instances',
    'searches/node-types',
    'searches/nodes',
    'searches/scaling-groups',
    'searches/secrets',
    'searches/workflows',
    'tasks_graphs/*',
  ],
  PUT: [
    'agents/*',
    'blueprints/*',
    'blueprints/*/archive',
    'deployment-groups/*',
    'deployment-updates/*',
    'deployments/*',
    'execution-schedules/*',
    'inter-deployment-dependencies',
    'operations/*',
    'plugins/*',
    'secrets/*',
    'sites/*',
  ],
  PATCH: [
    'agents',
    'agents/*',
    'blueprints/*',
    'deployment-groups/*',
    'deployment-updates/*',
    'deployments/*',
    'execution-groups/*',
    'execution-schedules/*',
    'executions/*',
    'node-instances/*',
    'nodes/*/*',
    'operations/*',
    'secrets/*',
    'tasks_graphs/*',
  ],
  DELETE: [
    'agents/*',
    'blueprints/*',
    'deployment-groups/*',
    'deployments/*',
    'execution-schedules/*',
    'inter-deployment-dependencies',
    'node-instances/*',
    'nodes/*/*',
    'operations',
    'operations/*',
    'plugins/*',
    'secrets/*',
    'sites/*',
  ],
};

/** What begins work of its own: not for an execution that is being cancelled (agent-protocol §6). */
const BEGINS_WORK: ReadonlySet<string> = new Set([
  'POST executions',
  'POST execution-groups',
  'POST deployment-modifications',
  'POST deployment-updates/*/update/initiate',
  'PUT deployments/*',
  'PUT deployment-groups/*',
]);

const ALLOWED: ReadonlySet<string> = new Set(
  Object.entries(ROUTES).flatMap(([method, paths]) => paths.map((path) => `${method} ${path}`)),
);

/** @param path the route's pattern, relative to the version: `secrets/:key` */
export function mayBeCalledByExecution(method: string, path: string): boolean {
  return ALLOWED.has(routeKey(method, path));
}

export function beginsWork(method: string, path: string): boolean {
  return BEGINS_WORK.has(routeKey(method, path));
}

function routeKey(method: string, path: string): string {
  return `${method} ${path.replaceAll(/:[^/]+/g, '*')}`;
}
