import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from '../../src/core/dsl/json-values.js';
import type { Dict, Value } from '../../src/core/dsl/values.js';
import { isDict, isList } from '../../src/core/dsl/values.js';

/** A folder of the corpus: `case.json` and the files that it names. Absent keys mean the default. */
export class CaseFile {
  private readonly fields: Dict;

  constructor(
    readonly id: string,
    readonly folder: string,
  ) {
    const value = readJson(readFileSync(join(folder, 'case.json'), 'utf8'));
    if (!isDict(value)) throw new Error(`${id}: case.json is no object`);
    this.fields = value;
  }

  /** The field, null where it is absent. */
  get(key: string): Value {
    return this.fields.get(key) ?? null;
  }

  has(key: string): boolean {
    return this.fields.has(key);
  }

  text(key: string): string {
    return textOf(this.get(key), `${this.id}: ${key}`);
  }

  flag(key: string, otherwise: boolean): boolean {
    const value = this.get(key);
    return typeof value === 'boolean' ? value : otherwise;
  }

  dict(key: string): Dict {
    return dictOf(this.get(key));
  }

  list(key: string): readonly Value[] {
    return listOf(this.get(key));
  }
}

export function textOf(value: Value | undefined, what: string): string {
  if (typeof value !== 'string') throw new Error(`${what} is no text`);
  return value;
}

/** Empty when it is absent or null. */
export function dictOf(value: Value | undefined): Dict {
  return isDict(value) ? value : new Map();
}

/** Empty when it is absent or null. */
export function listOf(value: Value | undefined): readonly Value[] {
  return isList(value) ? value : [];
}

/** The entries of a dictionary whose keys are text. */
export function* entriesOf(value: Value | undefined): Generator<readonly [string, Value]> {
  for (const [key, item] of dictOf(value)) yield [textOf(key, 'a key'), item];
}
