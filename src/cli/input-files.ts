import { readFile } from 'node:fs/promises';
import { DslError } from '../core/dsl/diagnostics.js';
import { readJson } from '../core/dsl/json-values.js';
import { isDict, type Key, type Value } from '../core/dsl/values.js';
import { loadYaml } from '../core/dsl/yaml/load.js';
import { valueOf } from '../core/dsl/yaml/tree.js';
import { BadParametersError } from '../core/errors/app-error.js';

/** A mapping that a user keeps in a file, JSON or YAML; an empty file is an empty one. @throws BadParametersError */
export async function readInputs(file: string): Promise<ReadonlyMap<Key, Value>> {
  const text = await readFile(file, 'utf8');
  const value = valueIn(text, file);
  if (value === null) return new Map();
  if (!isDict(value)) throw new BadParametersError(`${file} is no mapping of names to values`);
  return value;
}

function valueIn(text: string, file: string): Value {
  try {
    return readJson(text);
  } catch {
    return yamlIn(text, file);
  }
}

function yamlIn(text: string, file: string): Value {
  try {
    const root = loadYaml(text, file);
    return root === null ? null : valueOf(root);
  } catch (error) {
    if (!(error instanceof DslError)) throw error;
    const [{ line, message }] = error.diagnostics;
    throw new BadParametersError(`${file}:${line ?? 1}: ${message}`, { cause: error });
  }
}
