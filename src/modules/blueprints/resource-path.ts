import { isFileKey } from '../../platform/files/file-key.js';

/** A path below `/resources/` that can mean something of a blueprint. */
export interface ResourcePath {
  readonly area: 'blueprints' | 'uploaded-blueprints';
  readonly tenantName: string;
  readonly blueprintId: string;
  /** Below the blueprint's folder; empty for the folder itself. */
  readonly path: string;
  /** It ends with `/`: a folder is meant. */
  readonly isFolder: boolean;
}

/**
 * Reads the path of a request as it came over the wire. Each part is decoded by itself and must then still be one plain
 * name: what climbs, is empty, or hides a separator or NUL in its encoding is no path of ours.
 * @param url with or without a query
 * @returns null for every path that cannot exist
 */
export function readResourcePath(url: string): ResourcePath | null {
  const [path = ''] = url.split(/[?#]/, 1);
  const match = /^\/resources\/(blueprints|uploaded-blueprints)\/(.*)$/.exec(path);
  if (!match) return null;
  const [, area, rest = ''] = match;
  const isFolder = rest.endsWith('/');
  const parts = (isFolder ? rest.slice(0, -1) : rest).split('/').map(decoded);
  if (!parts.every((part) => part !== null)) return null;
  const [tenantName, blueprintId, ...below] = parts;
  if (tenantName === undefined || blueprintId === undefined) return null;
  if (below.length === 0 && !isFolder) return null;
  return {
    area: area === 'blueprints' ? 'blueprints' : 'uploaded-blueprints',
    tenantName,
    blueprintId,
    path: below.join('/'),
    isFolder,
  };
}

function decoded(part: string): string | null {
  try {
    const name = decodeURIComponent(part);
    return isFileKey(name) && !name.includes('/') ? name : null;
  } catch {
    return null;
  }
}
