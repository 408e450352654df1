import { randomInt } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Diagnostic } from '../../src/core/dsl/diagnostics.js';
import { DslError } from '../../src/core/dsl/diagnostics.js';
import { planDeployment } from '../../src/core/dsl/deployment/plan-deployment.js';
import type { Opened } from '../../src/core/dsl/imports/resolver.js';
import type { ImportRule, ParseOptions } from '../../src/core/dsl/parse.js';
import { parseBlueprint } from '../../src/core/dsl/parse.js';
import type { DeploymentPlan, Plan } from '../../src/core/dsl/plan.js';
import type { Dict, Key, Value } from '../../src/core/dsl/values.js';
import type { DslVersion } from '../../src/core/dsl/versions.js';
import { versionSuffix } from '../../src/core/dsl/versions.js';
import type { FolderBlueprint, FolderPlugin } from '../../src/platform/language/folder-resolver.js';
import { FolderResolver } from '../../src/platform/language/folder-resolver.js';
import { SourceFolder } from '../../src/platform/language/source-folder.js';
import type { CaseFile } from './case-file.js';
import { dictOf, entriesOf, textOf } from './case-file.js';

/** What stands in `OUT/NNNN.json`. */
export type Outcome =
  | { readonly ok: true; readonly plan: Plan; readonly deployment_plan?: DeploymentPlan }
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: Pick<Diagnostic, 'code' | 'message'>; readonly plan?: Plan };

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Six random characters, as ids of instances end. */
export function randomId(): string {
  return Array.from({ length: 6 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
}

/** `parse` and `deploy`. */
export async function runBlueprintCase(given: CaseFile, sources: ParseOptions['sources']): Promise<Outcome> {
  const resolver = resolverFor(given);
  const { plan, errors } = await parseBlueprint(
    {
      mainFile: given.text('blueprint'),
      validateVersions: given.flag('validate_version', true),
      hasFile: resolver.hasFile,
      rules: given.list('rules').flatMap((rule) => [...entriesOf(rule)].map(ruleOf(given))),
    },
    resolver,
    { ...(sources === undefined ? {} : { sources }), clock: { now: Date.now(), timeZone: 'UTC' } },
  );
  if (plan === null) {
    const [error] = errors;
    if (error === undefined) throw new Error('parsing failed without an error');
    return { ok: false, error: failure(error) };
  }
  return given.text('kind') === 'parse' ? { ok: true, plan } : deploy(given, plan);
}

export function failure({ code, message }: Diagnostic): Pick<Diagnostic, 'code' | 'message'> {
  return { code, message };
}

function deploy(given: CaseFile, plan: Plan): Outcome {
  try {
    const deployment = planDeployment(plan, {
      inputs: given.dict('inputs'),
      secrets: secretsOf(given),
      runtimeOnly: given.flag('runtime_only_evaluation', false),
      autoCorrectTypes: given.flag('auto_correct_types', false),
      ids: randomId,
    });
    return { ok: true, plan, deployment_plan: deployment };
  } catch (error) {
    if (!(error instanceof DslError)) throw error;
    return { ok: false, error: failure(error.diagnostics[0]), plan };
  }
}

function secretsOf(given: CaseFile): ((name: string) => boolean) | null {
  if (given.flag('no_secret_support', false)) return null;
  if (!given.has('secrets')) return () => true;
  const names = new Set<Value>(given.list('secrets'));
  return (name) => names.has(name);
}

function ruleOf(given: CaseFile): (entry: readonly [string, Value]) => ImportRule {
  const resolved = (text: string): string => text.replaceAll('$CASE', given.folder);
  return ([prefix, replacement]) => ({
    prefix: resolved(prefix),
    replacement: resolved(textOf(replacement, `${given.id}: a rule's replacement`)),
  });
}

function resolverFor(given: CaseFile): FolderResolver {
  const folder = new SourceFolder(given.folder);
  return new FolderResolver(given.folder, {
    blueprints: new Map([...entriesOf(given.get('blueprints'))].map(blueprintOf(given))),
    plugins: given.list('plugins').map((plugin) => pluginOf(dictOf(plugin), folder)),
    openUrl: (url) => openUrl(url, given.folder),
  });
}

function blueprintOf(given: CaseFile): (entry: readonly [string, Value]) => [string, FolderBlueprint] {
  return ([id, file]) => {
    const mainFile = textOf(file, `${given.id}: a blueprint's main file`);
    return [id, { folder: join(given.folder, dirname(mainFile)), mainFile: basename(mainFile) }];
  };
}

function pluginOf(plugin: Dict, folder: SourceFolder): FolderPlugin {
  const yaml = plugin.get('yaml') ?? null;
  return {
    installed: {
      name: textOf(plugin.get('name'), 'a plugin'),
      version: textOf(plugin.get('version'), 'a plugin'),
      distribution: null,
      labels: storedOf(plugin, 'labels'),
      blueprintLabels: storedOf(plugin, 'blueprint_labels'),
      resourceTags: storedOf(plugin, 'resource_tags'),
    },
    open: (version) => folder.open(textOf(yamlFor(yaml, version), 'a plugin')),
  };
}

/** The file of that version, else the default one, else the only one. */
function yamlFor(yaml: Value, version: DslVersion): Value | undefined {
  if (typeof yaml === 'string') return yaml;
  const files = dictOf(yaml);
  const [only] = files.values();
  return files.get(versionSuffix(version)) ?? files.get('default') ?? (files.size === 1 ? only : undefined);
}

function storedOf(plugin: Dict, key: Key): Dict | null {
  const value = plugin.get(key);
  return value === undefined || value === null ? null : dictOf(value);
}

/** There is no network; rules may lead to files of the case. */
function openUrl(url: string, folder: string): Opened {
  const root = realpathSync(folder);
  const path = url.startsWith('file://') ? fileURLToPath(url) : url;
  return path.startsWith(`${folder}/`) || path.startsWith(`${root}/`)
    ? new SourceFolder(root).open(relative(path.startsWith(`${root}/`) ? root : folder, path))
    : { kind: 'absent', reason: 'there is no network here' };
}
