import type { DslVersion } from '../versions.js';
import { versionSuffix } from '../versions.js';

const VERSIONED = /(?<!\d)(\d{1,9})_(\d{1,9})\.yaml$/;

/**
 * Which of a plugin's YAML files speaks a version of the language (dsl.md §5.3): the one named for it; else the one
 * named for the highest version below; else the first that is named for none. Null when none of these is there.
 */
export function choosePluginYaml(fileNames: readonly string[], version: DslVersion): string | null {
  const suffix = versionSuffix(version);
  let best: { readonly name: string; readonly rank: number } | null = null;
  let unversioned: string | null = null;
  for (const name of fileNames) {
    const found = VERSIONED.exec(name);
    if (found === null) {
      unversioned ??= name.endsWith('.yaml') ? name : null;
      continue;
    }
    const [, major, minor] = found;
    if (`${major ?? ''}_${minor ?? ''}` === suffix) {
      return name;
    }
    const rank = rankOf(Number(major), Number(minor));
    if (rank <= rankOf(version.major, version.minor) && rank > (best?.rank ?? -1)) {
      best = { name, rank };
    }
  }
  return best?.name ?? unversioned;
}

function rankOf(major: number, minor: number): number {
  return major * 1e6 + Math.min(minor, 999_999);
}
