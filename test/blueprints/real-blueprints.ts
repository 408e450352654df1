import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { planDeployment } from '../../src/core/dsl/deployment/plan-deployment.js';
import type { ImportResolver } from '../../src/core/dsl/imports/resolver.js';
import type { ParseOutcome } from '../../src/core/dsl/parse.js';
import { parseBlueprint } from '../../src/core/dsl/parse.js';
import type { DeploymentPlan, Plan } from '../../src/core/dsl/plan.js';
import { isDict, type Dict } from '../../src/core/dsl/values.js';
import type { Node } from '../../src/core/dsl/yaml/tree.js';
import { valueOf } from '../../src/core/dsl/yaml/tree.js';
import { loadYaml } from '../../src/core/dsl/yaml/load.js';
import { FolderResolver } from '../../src/platform/language/folder-resolver.js';
import { pluginFromPath } from '../../src/platform/language/plugin-files.js';

/**
 * Blueprints as users write them, in `cases/NAME`: `blueprint.yaml` and what it needs, `inputs.yaml`, and the plan in few
 * words, `plan.yaml`. They may import the plugins and the blueprints that lie beside them.
 */
const FOLDER = import.meta.dirname;
const CASES = join(FOLDER, 'cases');
const MAIN_FILE = 'blueprint.yaml';
/** What "today" is in schedules. */
const CLOCK = { now: Date.UTC(2030, 0, 1, 12), timeZone: 'UTC' };

export const BLUEPRINT_NAMES: readonly string[] = readdirSync(CASES).toSorted();

const plugins = readdirSync(join(FOLDER, 'plugins'))
  .toSorted()
  .map((name) => pluginFromPath(`cloudify-${name}-plugin`, null, join(FOLDER, 'plugins', name)));

const blueprints = new Map(
  readdirSync(join(FOLDER, 'catalogue')).map((id) => [
    id,
    { folder: join(FOLDER, 'catalogue', id), mainFile: MAIN_FILE },
  ]),
);

const sources = new Map<string, Node | null>();

export function folderOf(name: string): string {
  return join(CASES, name);
}

export function resolverFor(name: string): FolderResolver {
  return new FolderResolver(folderOf(name), { plugins, blueprints });
}

/** @param resolver another than the folder's own, which opens the same */
export function parseReal(name: string, resolver?: ImportResolver): Promise<ParseOutcome> {
  const files = resolverFor(name);
  return parseBlueprint(
    { mainFile: MAIN_FILE, validateVersions: true, hasFile: files.hasFile, rules: [] },
    resolver ?? files,
    { sources, clock: CLOCK },
  );
}

/** Node instances get the ids 000000, 000001, … */
export function deployReal(name: string, plan: Plan): DeploymentPlan {
  let count = 0;
  return planDeployment(plan, {
    inputs: inputsOf(name),
    secrets: () => true,
    runtimeOnly: false,
    autoCorrectTypes: false,
    ids: () => (count++).toString(36).padStart(6, '0'),
  });
}

function inputsOf(name: string): Dict {
  const file = join(folderOf(name), 'inputs.yaml');
  const root = existsSync(file) ? loadYaml(readFileSync(file, 'utf8'), file) : null;
  const value = root === null ? null : valueOf(root);
  return isDict(value) ? value : new Map();
}
