import { DslError } from '../dsl/diagnostics.js';
import { Float, isDict, isList, type Dict, type Value } from '../dsl/values.js';
import { loadYaml } from '../dsl/yaml/load.js';
import { valueOf } from '../dsl/yaml/tree.js';
import { BadParametersError } from '../errors/app-error.js';
import { PluginFault } from './plugin-fault.js';
import {
  readPluginLabels,
  readResourceTags,
  type LabelSection,
  type PluginLabels,
  type ResourceTags,
} from './plugin-labels.js';

/** What a plugin's YAML says to the manager itself (dsl.md §5.3). Null: it does not say. */
export interface PluginYamlFacts {
  readonly labels: PluginLabels | null;
  readonly blueprintLabels: PluginLabels | null;
  readonly resourceTags: ResourceTags | null;
}

/** YAML of users: 5 MiB a file (security-design §8). */
export const MAX_YAML_BYTES = 5 * 1024 * 1024;

/**
 * Reads one YAML of a plugin, with the limits of the language.
 * @param file how messages name it
 * @throws PluginFault
 */
export function readPluginYaml(text: string, file: string): PluginYamlFacts {
  const document = dictOf(text, file);
  try {
    return {
      labels: labelsIn(document, 'labels', file),
      blueprintLabels: labelsIn(document, 'blueprint_labels', file),
      resourceTags: tagsIn(document, file),
    };
  } catch (error) {
    if (error instanceof BadParametersError) throw new PluginFault(`${file}: ${error.message}`);
    throw error;
  }
}

/** What the files say together; where several say it, the first counts. */
export function mergeFacts(facts: readonly PluginYamlFacts[]): PluginYamlFacts {
  return {
    labels: facts.find(({ labels }) => labels !== null)?.labels ?? null,
    blueprintLabels: facts.find(({ blueprintLabels }) => blueprintLabels !== null)?.blueprintLabels ?? null,
    resourceTags: facts.find(({ resourceTags }) => resourceTags !== null)?.resourceTags ?? null,
  };
}

/** The `METADATA` of a caravan: the path of each wagon → the paths of its YAMLs. @throws PluginFault */
export function readCaravanMetadata(text: string, file: string): ReadonlyMap<string, readonly string[]> {
  const wagons = new Map<string, readonly string[]>();
  for (const [wagon, yamls] of dictOf(text, file)) {
    const paths = isList(yamls) ? yamls : yamls === null ? [] : [yamls];
    if (typeof wagon !== 'string' || !paths.every((path) => typeof path === 'string')) {
      throw new PluginFault(`${file} must map the path of each wagon to the path of its YAML`);
    }
    wagons.set(wagon, paths);
  }
  if (wagons.size === 0) throw new PluginFault(`${file} names no wagon`);
  return wagons;
}

function dictOf(text: string, file: string): Dict {
  let value: Value;
  try {
    const root = loadYaml(text, file);
    value = root === null ? null : valueOf(root);
  } catch (error) {
    if (!(error instanceof DslError)) throw error;
    const [{ line, column }] = error.diagnostics;
    throw new PluginFault(`${file}${line === null ? '' : `, line ${line}, column ${column ?? 1}`}: ${error.message}`);
  }
  if (!isDict(value)) throw new PluginFault(`${file} must be a YAML mapping`);
  return value;
}

/** `KEY: {values: […]}` (dsl.md §13). */
function labelsIn(document: Dict, section: LabelSection, file: string): PluginLabels | null {
  const written = document.get(section) ?? null;
  if (written === null) return null;
  if (!isDict(written)) throw new PluginFault(`${file}: \`${section}\` must be a mapping`);
  const labels: [string, unknown][] = [];
  for (const [key, spec] of written) {
    const values = isDict(spec) ? spec.get('values') : undefined;
    if (typeof key !== 'string' || !isList(values)) {
      throw new PluginFault(`${file}: each label in \`${section}\` must be of the form KEY: {values: [VALUE, …]}`);
    }
    labels.push([key, values.map((value) => toJson(value, file))]);
  }
  return readPluginLabels(section, Object.fromEntries(labels));
}

function tagsIn(document: Dict, file: string): ResourceTags | null {
  const written = document.get('resource_tags') ?? null;
  if (written === null) return null;
  if (!isDict(written)) throw new PluginFault(`${file}: \`resource_tags\` must be a mapping`);
  return readResourceTags(toJson(written, file) as Readonly<Record<string, unknown>>); // of a mapping comes an object
}

/** Labels and tags are stored as JSON. */
function toJson(value: Value, file: string): unknown {
  if (isList(value)) return value.map((item) => toJson(item, file));
  if (isDict(value)) {
    return Object.fromEntries(
      [...value].map(([key, item]) => {
        if (typeof key !== 'string') throw new PluginFault(`${file}: keys in labels and tags must be texts`);
        return [key, toJson(item, file)];
      }),
    );
  }
  if (value instanceof Float) return value.value;
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new PluginFault(`${file}: labels and tags hold texts, numbers, true and false only`);
}
