/** The newest version; older prefixes are served by the same handlers (rest-api §1.1, §4). */
export const API_PREFIX = '/api/v3.1';

/** First path segments that exist before v3.1, with the version that brought them. All others are v3.1 only. */
const SINCE: Readonly<Record<string, number>> = {
  ...since(
    2,
    'blueprints',
    'deployments',
    'deployment-modifications',
    'executions',
    'nodes',
    'node-instances',
    'events',
    'provider',
    'evaluate',
    'version',
    'plugins',
    'snapshots',
  ),
  ...since(2.1, 'maintenance', 'deployment-updates'),
  ...since(3, 'users', 'user', 'user-groups', 'tenants', 'secrets', 'ldap', 'file-server-auth'),
};

function since(version: number, ...segments: string[]): Record<string, number> {
  return Object.fromEntries(segments.map((segment) => [segment, version]));
}

const OLDER = /^\/api\/v(2|2\.1|3)\/([^/?]+)/;

/** Maps `/api/v3/secrets` to `/api/v3.1/secrets` where that version had it; anything else stays as it is. */
export function toNewestVersion(url: string): string {
  const match = OLDER.exec(url);
  if (!match) return url;
  const [, version = '', segment = ''] = match;
  const introduced = Object.hasOwn(SINCE, segment) ? SINCE[segment] : undefined;
  return introduced !== undefined && Number(version) >= introduced
    ? `${API_PREFIX}${url.slice(`/api/v${version}`.length)}`
    : url;
}

/** The path below the version, without the query: `secrets/key`. Paths outside of the API keep their first segment. */
export function relativePath(url: string): string {
  const path = url.split('?', 1)[0] ?? '';
  const below = path.startsWith(`${API_PREFIX}/`) ? path.slice(API_PREFIX.length + 1) : path.replace(/^\/(api\/)?/, '');
  // The file server is not part of what maintenance mode gates; its access check is (rest-api §1.17).
  return below.startsWith('resources/') ? 'file-server-auth' : below;
}
