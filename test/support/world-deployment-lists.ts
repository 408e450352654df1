import type { Answer, Client } from './client.js';
import type { ModelDeployment, ModelExecution } from './world-model.js';
import { someTenant, type Maker, type Scene } from './world-scene.js';
import { sortedTexts } from './world-secrets.js';

/* Every way in which deployments, what is in them and what runs on them are shown together (rest-api §1.5, §3). */

export const NODES = ['lower', 'upper'];
export const WORKFLOW = 'check_status';

interface WideList {
  readonly method: 'get' | 'post';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly permission: string;
  /** What `_all_tenants` selects tenants by, where that is another one. */
  readonly reach?: string;
  /** Marked **AT** (rest-api §1.5). */
  readonly isAnyTenants: boolean;
  readonly of: 'deployments' | 'nodes' | 'executions' | 'events';
  /** Of the deployment with this id alone. */
  readonly only?: string;
  /** A summary: how many there are of each tenant. */
  readonly isSummary?: boolean;
}

const by = (permission: string, more: Partial<WideList> = {}): Omit<WideList, 'path' | 'of'> => ({
  method: 'get',
  permission,
  isAnyTenants: true,
  ...more,
});
const searched = { method: 'post' } as const;
const counted = { query: { _target_field: 'tenant_name' }, isSummary: true };
const ofOne = { ...searched, query: { deployment_id: 'd1' }, only: 'd1' };
const OURS = { workflow_id: WORKFLOW };

const LISTS: readonly WideList[] = [
  { path: '/deployments', of: 'deployments', ...by('deployment_list') },
  { path: '/searches/deployments', of: 'deployments', ...by('deployment_list', searched) },
  { path: '/summary/deployments', of: 'deployments', ...by('deployment_list', counted) },
  { path: '/nodes', of: 'nodes', ...by('node_list') },
  { path: '/searches/nodes', of: 'nodes', ...by('node_list', ofOne) },
  { path: '/searches/node-types', of: 'nodes', ...by('node_list', ofOne) },
  { path: '/summary/nodes', of: 'nodes', ...by('node_list', counted) },
  { path: '/node-instances', of: 'nodes', ...by('node_instance_list') },
  {
    path: '/searches/node-instances',
    of: 'nodes',
    ...by('node_list', { ...searched, reach: 'node_instance_list' }),
  },
  { path: '/summary/node_instances', of: 'nodes', ...by('node_instance_list', counted) },
  { path: '/executions', of: 'executions', ...by('execution_list', { query: OURS }) },
  {
    path: '/summary/executions',
    of: 'executions',
    ...by('execution_list', { ...counted, query: { ...counted.query, ...OURS } }),
  },
  { path: '/events', of: 'events', ...by('event_list', { isAnyTenants: false, query: { level: 'critical' } }) },
];

export const listOfDeployments: Maker = (scene) => {
  const { random, model, session } = scene;
  const list = random.pick(LISTS);
  const wide = random.chance(0.4);
  const tenant = wide && random.chance(0.5) ? null : someTenant(scene);
  const { method, path, permission, isAnyTenants } = list;
  const query = { ...list.query, ...(wide ? { _all_tenants: 'true' } : {}) };
  const shut =
    wide && isAnyTenants
      ? model.doorOfAnyTenant(session, tenant, permission)
      : model.door(session, tenant, permission, !wide);
  return {
    text: `${method} ${path} in ${tenant}${wide ? ' of all tenants' : ''}`,
    send: (client) => ask(client, list, tenant, query),
    status: shut ?? 200,
    seen: expectedOf(scene, list, tenant, wide),
    read: (answer) => shownBy(list, answer),
  };
};

function ask(
  client: Client,
  { method, path }: WideList,
  tenant: string | null,
  query: Record<string, string>,
): Promise<Answer> {
  const options = { tenant, query };
  return method === 'get' ? client.get(path, options) : client.post(path, { filter_rules: [] }, options);
}

/** What the list shows to this user, as texts in order. */
function expectedOf(
  { model, session }: Pick<Scene, 'model' | 'session'>,
  list: WideList,
  tenant: string | null,
  wide: boolean,
): string[] {
  const reach = { wide, permission: list.reach ?? list.permission };
  const executions = (): ModelExecution[] => model.listed(model.allExecutions(), session.user, tenant, reach);
  const deployments = (): ModelDeployment[] =>
    model
      .listed(model.allDeployments(), session.user, tenant, reach)
      .filter(({ key }) => list.only === undefined || key === list.only);
  const rows = (): string[][] => {
    switch (list.of) {
      case 'deployments':
        return deployments().map(({ tenant: home, key, visibility }) => [home, key, visibility]);
      case 'nodes':
        return deployments().flatMap(({ tenant: home, key, visibility }) =>
          NODES.map((node) => [home, key, visibility, node]),
        );
      case 'executions':
        return executions().map(({ tenant: home, key, visibility }) => [home, key, visibility]);
      case 'events':
        return executions().flatMap(({ messages, key }) => messages.map((message) => [key, message]));
    }
  };
  if (list.isSummary !== true) return sortedTexts(rows());
  const counts = new Map<string, number>();
  for (const [home = ''] of rows()) counts.set(home, (counts.get(home) ?? 0) + 1);
  return sortedTexts([...counts]);
}

type Shown = Readonly<Record<string, unknown>>;

function shownBy({ of, path, isSummary }: WideList, { body }: Answer): string[] {
  const items = body.items as Shown[];
  if (isSummary === true) {
    const count = Object.keys(items[0] ?? {}).find((key) => key !== 'tenant_name') ?? '';
    return sortedTexts(items.map((item) => [item['tenant_name'], item[count]]));
  }
  const node = path.endsWith('node-instances') ? 'node_id' : 'id';
  const fields = {
    deployments: ['tenant_name', 'id', 'visibility'],
    nodes: ['tenant_name', 'deployment_id', 'visibility', node],
    executions: ['tenant_name', 'id', 'visibility'],
    events: ['execution_id', 'message'],
  }[of];
  return sortedTexts(items.map((item) => fields.map((field) => item[field])));
}

/** The stream with all that there is: what is missing would be waited for, what is too much came along. */
export const followEvents: Maker = (scene) => {
  const { random, model, session } = scene;
  const wide = random.chance(0.4);
  const tenant = wide && random.chance(0.5) ? null : someTenant(scene);
  const list: WideList = {
    method: 'get',
    path: '/events',
    permission: 'event_list',
    isAnyTenants: false,
    of: 'events',
  };
  const shut = model.door(session, tenant, list.permission, !wide);
  const seen = expectedOf(scene, list, tenant, wide);
  const query = { level: 'critical', _history: 'true', ...(wide ? { _all_tenants: 'true' } : {}) };
  return {
    text: `GET /events/stream in ${tenant}${wide ? ' of all tenants' : ''}`,
    send: (client) =>
      client.follow('/events/stream', (text) => text.endsWith('\n\n') && dataOf(text).length >= seen.length, {
        tenant,
        query,
      }),
    status: shut ?? 200,
    seen,
    read: ({ text }) => sortedTexts(dataOf(text).map((item) => [item['execution_id'], item['message']])),
  };
};

function dataOf(text: string): Shown[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => JSON.parse(line.slice('data: '.length)) as Shown);
}

/** Everything a user should see of all this in a tenant, and what they do. */
export async function lookRound(
  scene: Pick<Scene, 'model' | 'session'>,
  client: Client,
  tenant: string,
): Promise<object[]> {
  const differences: object[] = [];
  for (const list of LISTS) {
    const answer = await ask(client, list, tenant, { ...list.query });
    const shut = scene.model.door(scene.session, tenant, list.permission, true);
    const expected = shut ?? expectedOf(scene, list, tenant, false);
    const actual = answer.status === 200 ? shownBy(list, answer) : answer.status;
    if (JSON.stringify(actual) !== JSON.stringify(expected))
      differences.push({ user: scene.session.user.name, tenant, path: list.path, expected, actual });
  }
  return differences;
}
