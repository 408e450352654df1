import type { PluginPins } from '../parse-request.js';
import type { Specifier } from './pep440.js';
import { compareVersions, parseSpecifiers, parseVersion, satisfies } from './pep440.js';
import type { InstalledPlugin } from './resolver.js';

export const PLUGIN_SCHEME = 'plugin:';

/** What `plugin:NAME?version=SPEC&distribution=DIST` asks for. */
export interface PluginWish {
  readonly name: string;
  readonly specifiers: readonly Specifier[];
  readonly distribution: string | null;
  /** As the manager's settings prescribe: this very version, whatever is written. */
  readonly pinned: string | null;
}

/**
 * Reads a plugin import (dsl.md §5.3). A parameter without a value counts as not written.
 * @returns a message where it is malformed
 */
export function readPluginWish(resource: string, pins: PluginPins | undefined): PluginWish | string {
  const [address, query] = cut(resource.slice(PLUGIN_SCHEME.length), '?');
  const wish = { name: address, specifiers: [] as Specifier[], distribution: null as string | null };
  for (const [key, value] of parameters(query)) {
    if (key === 'version') {
      const specifiers = parseSpecifiers(value);
      if (specifiers === null) {
        return `'${value}' is no valid list of version specifiers`;
      }
      wish.specifiers.push(...specifiers);
    } else if (key === 'distribution') {
      wish.distribution = value;
    } else {
      return `'${key}' is no parameter of a plugin import; there are version and distribution`;
    }
  }
  const extra = pins?.constraints.get(address);
  const constraints = extra === undefined ? [] : parseSpecifiers(extra);
  if (constraints === null) {
    return `the manager's version constraint for plugin ${address} is malformed`;
  }
  const pinned = pins?.mappings.get(resource) ?? pins?.mappings.get(`${PLUGIN_SCHEME}${address}`) ?? null;
  return { ...wish, specifiers: [...wish.specifiers, ...constraints], pinned };
}

/**
 * The highest version that is wished for, or null. Pre-releases are taken if they are asked for or nothing else fits;
 * versions that are none by PEP 440 come last.
 */
export function choosePlugin(plugins: readonly InstalledPlugin[], wish: PluginWish): InstalledPlugin | null {
  const candidates = plugins.filter(
    (plugin) => plugin.name === wish.name && (wish.distribution === null || plugin.distribution === wish.distribution),
  );
  if (wish.pinned !== null) {
    return candidates.find((plugin) => plugin.version === wish.pinned) ?? null;
  }
  const released = candidates.filter((plugin) => satisfies(plugin.version, wish.specifiers));
  const fitting =
    released.length > 0 ? released : candidates.filter((plugin) => satisfies(plugin.version, wish.specifiers, true));
  return fitting.reduce<InstalledPlugin | null>(
    (best, plugin) => (best === null || isHigher(plugin.version, best.version) ? plugin : best),
    null,
  );
}

function isHigher(version: string, than: string): boolean {
  const [left, right] = [parseVersion(version), parseVersion(than)];
  return left !== null && (right === null || compareVersions(left, right) > 0);
}

function parameters(query: string): readonly (readonly [string, string])[] {
  return query
    .split('&')
    .map((pair) => cut(pair, '='))
    .map(([key, value]) => [decoded(key).trim(), decoded(value).trim()] as const)
    .filter(([, value]) => value !== '');
}

function cut(text: string, separator: string): readonly [string, string] {
  const end = text.indexOf(separator);
  return end === -1 ? [text, ''] : [text.slice(0, end), text.slice(end + 1)];
}

/** Escapes as in a URL; what is no valid one stands for itself. A plus stays: it belongs to local versions. */
function decoded(text: string): string {
  return text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes;
    }
  });
}
