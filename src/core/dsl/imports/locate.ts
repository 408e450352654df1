import type { DslVersion } from '../versions.js';
import { versionSuffix } from '../versions.js';
import type { ImportRules } from './import-rules.js';
import { urlCandidates } from './import-rules.js';
import type { Location } from './resolver.js';

/** A place to look in, or one that is not looked in at all, with the reason. */
export type Candidate = { readonly location: Location } | { readonly refused: string; readonly shown: string };

const URL_SCHEME = /^(?:https?|ftp|file):/i;

/**
 * Where a resource may lie that is neither a plugin nor a blueprint, in the order of trying (dsl.md §5.1): a URL
 * after what the rules make of it; a path beside the importing file, then beneath the manager's resources, there
 * with the main blueprint's version in its name first.
 */
export function candidatesFor(
  resource: string,
  importer: Location,
  version: DslVersion,
  rules: ImportRules,
): readonly Candidate[] {
  if (URL_SCHEME.test(resource)) {
    return urlCandidates(resource, rules).map(atUrl);
  }
  const versioned = versionedName(resource, versionSuffix(version));
  const isWithin = pathWithin(resource) !== null;
  const resources = isWithin ? [inResources(versioned), inResources(resource)] : [outside(resource)];
  return [...besideImporter(resource, importer, rules), ...resources];
}

/** The normal form of a path inside a folder: null if it is the folder itself, climbs out, or no file can be so named. */
export function pathWithin(...parts: readonly string[]): string | null {
  const steps: string[] = [];
  for (const step of parts.join('/').split('/')) {
    if (step.includes('\0')) {
      return null;
    }
    if (step === '..') {
      if (steps.pop() === undefined) {
        return null;
      }
    } else if (step !== '' && step !== '.') {
      steps.push(step);
    }
  }
  return steps.length === 0 ? null : steps.join('/');
}

/** What tells locations apart. */
export function locationKey(location: Location): string {
  switch (location.kind) {
    case 'archive':
      return JSON.stringify(['archive', location.blueprint, location.path]);
    case 'url':
      return JSON.stringify(['url', location.url]);
    case 'resource':
      return JSON.stringify(['resource', location.path]);
    case 'plugin':
      return JSON.stringify(['plugin', location.plugin.id]);
  }
}

/** How a location is called in messages and as a file's name. */
export function locationName(location: Location): string {
  switch (location.kind) {
    case 'archive':
      return location.blueprint === null ? location.path : `blueprint:${location.blueprint}/${location.path}`;
    case 'url':
      return withoutPassword(location.url);
    case 'resource':
      return location.path;
    case 'plugin':
      return `plugin:${location.plugin.name}?version=${location.plugin.version}`;
  }
}

/** An import as messages may show it: a URL may carry a name and a password. */
export function withoutPassword(text: string): string {
  return text.replaceAll(/:\/\/[^/?#]*@/g, '://***@');
}

function besideImporter(resource: string, importer: Location, rules: ImportRules): readonly Candidate[] {
  switch (importer.kind) {
    case 'archive': {
      const path = pathWithin(folderOf(importer.path), resource);
      return [path === null ? outside(resource) : { location: { ...importer, path } }];
    }
    case 'resource':
      return [inResources(`${folderOf(importer.path)}${resource}`)];
    case 'url': {
      const url = `${folderOf(importer.url)}${resource}`;
      // Without `..`, or a file that imports itself by ever longer ways would never be known again.
      return URL.canParse(url) ? urlCandidates(new URL(url).href, rules).map(atUrl) : [];
    }
    case 'plugin':
      return []; // a plugin's YAML is stored alone
  }
}

function inResources(path: string): Candidate {
  const within = pathWithin(path);
  return within === null ? outside(path) : { location: { kind: 'resource', path: within } };
}

/** `types.yaml` → `types_1_4.yaml`. */
function versionedName(resource: string, suffix: string): string {
  const dot = resource.lastIndexOf('.');
  const stemEnd = dot > resource.lastIndexOf('/') + 1 ? dot : resource.length;
  return `${resource.slice(0, stemEnd)}_${suffix}${resource.slice(stemEnd)}`;
}

/** With its last slash. */
function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

function atUrl(url: string): Candidate {
  return { location: { kind: 'url', url } };
}

function outside(resource: string): Candidate {
  return { shown: resource, refused: 'it lies outside of the folder that imports are read from' };
}
