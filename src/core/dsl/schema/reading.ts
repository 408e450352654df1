import type { At, Diagnostics, Fault } from '../diagnostics.js';
import type { FilePresence } from '../imports/resolver.js';
import type { DslVersion } from '../versions.js';
import { dslVersion } from '../versions.js';
import type { MappingNode, Node, SequenceNode } from '../yaml/tree.js';
import { valueOf } from '../yaml/tree.js';
import type { Dict, Value } from '../values.js';
import { isInteger, isNumeric, keyText, kindOf } from '../values.js';
import { Budget } from './budget.js';

export interface ReadingOptions {
  readonly version: DslVersion;
  /** False: "since version" gating is off (`validate_definitions_version`, blueprints of the catalogue). */
  readonly gating: boolean;
  readonly hasFile: FilePresence;
  readonly namespaces: ReadonlyMap<string, string>;
}

/** One reading of a merged document: what every section's reader needs. Readers report faults and go on. */
export class Reading implements ReadingOptions {
  readonly version: DslVersion;
  readonly gating: boolean;
  readonly hasFile: FilePresence;
  readonly namespaces: ReadonlyMap<string, string>;
  readonly budget = new Budget();

  constructor(
    options: ReadingOptions,
    readonly diagnostics: Diagnostics,
  ) {
    this.version = options.version;
    this.gating = options.gating;
    this.hasFile = options.hasFile;
    this.namespaces = options.namespaces;
  }

  report(code: Fault['code'], at: At, message: string): void {
    this.diagnostics.error({ code, at, message });
  }

  /** Error 102 when the main blueprint's version lacks the feature (dsl.md §4). True when it may be used. */
  gate(feature: string, since: `cloudify_dsl_1_${number}`, at: At): boolean {
    const needed = dslVersion(since)?.minor ?? 0;
    if (!this.gating || this.version.minor >= needed) {
      return true;
    }
    this.report(102, at, `${feature} not supported in version ${this.version.raw}, it was added in ${since}`);
    return false;
  }
}

/** Whether something was written: a null counts as absent wherever a structure is read. */
export function isAbsent(at: At | undefined): at is undefined {
  return at === undefined || (at.node.kind === 'scalar' && at.node.value === null);
}

/** The fields of a structured mapping; a field that is null is there for `has` and undefined for `get`. */
export class Fields {
  constructor(
    readonly at: At<MappingNode>,
    private readonly reading: Reading,
  ) {}

  /** Whether the key is written, null included. */
  has(key: string): boolean {
    return this.at.node.entries.has(key);
  }

  /** The field, or undefined when it is absent or null. */
  get(key: string): At | undefined {
    const at = this.raw(key);
    return isAbsent(at) ? undefined : at;
  }

  /** The field, null included. */
  raw(key: string): At | undefined {
    const entry = this.at.node.entries.get(key);
    return entry === undefined ? undefined : { node: entry.value, path: this.at.path.child(key) };
  }

  text(key: string): string | undefined {
    const at = this.get(key);
    return at === undefined ? undefined : textAt(this.reading, at);
  }

  /**
   * An integer. A boolean is one to Python, and the original lets it pass here (not as the value of a property of that
   * type): it stays what it is in the plan, and counts as 0 or 1.
   */
  integer(key: string): number | undefined {
    const at = this.get(key);
    const value = at && valueOf(at.node);
    if (typeof value === 'boolean') {
      return value as unknown as number;
    }
    if (at !== undefined && !isInteger(value)) {
      mistyped(this.reading, at, 'integer');
      return undefined;
    }
    return value === undefined ? undefined : Number(value);
  }

  /** An integer, with what `integer` says of booleans, or a float. */
  number(key: string): Value | undefined {
    const at = this.get(key);
    const value = at && valueOf(at.node);
    if (at !== undefined && !isNumeric(value) && typeof value !== 'boolean') {
      mistyped(this.reading, at, 'number');
      return undefined;
    }
    return value;
  }

  boolean(key: string): boolean | undefined {
    const at = this.get(key);
    const value = at && valueOf(at.node);
    if (at !== undefined && typeof value !== 'boolean') {
      mistyped(this.reading, at, 'boolean');
      return undefined;
    }
    return value as boolean | undefined;
  }

  list(key: string): At<SequenceNode> | undefined {
    const at = this.get(key);
    return at === undefined ? undefined : listAt(this.reading, at);
  }

  mapping(key: string): At<MappingNode> | undefined {
    const at = this.get(key);
    return at === undefined ? undefined : mappingAt(this.reading, at);
  }
}

/**
 * Reads a structured mapping strictly: error 1 for another kind of value, a key that is no text or not in `keys`, or
 * a required key that is absent or null. Undefined when the value is no mapping at all.
 */
export function fieldsOf(
  reading: Reading,
  at: At,
  keys: readonly string[],
  required: readonly string[] = [],
): Fields | undefined {
  const fields = openFields(reading, at, required);
  if (fields !== undefined) {
    checkKeys(reading, fields, keys);
  }
  return fields;
}

/** `fieldsOf` for those whose children may have other faults, which come first: `checkKeys` is left to the caller. */
export function openFields(reading: Reading, at: At, required: readonly string[] = []): Fields | undefined {
  const mapping = mappingAt(reading, at);
  if (mapping === undefined) {
    return undefined;
  }
  const fields = new Fields(mapping, reading);
  for (const key of required) {
    if (fields.get(key) === undefined) {
      const place = { node: at.node, path: at.path.child(key) };
      reading.report(1, place, `'${key}' key is required but it is currently missing`);
    }
  }
  return fields;
}

/** Error 1 for every key that is no text or not in `keys`. */
export function checkKeys(reading: Reading, { at }: Fields, keys: readonly string[]): void {
  for (const [key, entry] of at.node.entries) {
    if (!(keys as readonly unknown[]).includes(key)) {
      const shown = keyText(key);
      const place = { node: entry.key, path: at.path.child(shown) };
      reading.report(1, place, `'${shown}' is not in schema. Valid schema values: [${keys.join(', ')}]`);
    }
  }
}

/** The entries of a dictionary of named elements; error 1 for another kind of value and for names that are no text. */
export function entriesOf(reading: Reading, at: At | undefined): readonly (readonly [string, At])[] {
  if (isAbsent(at)) {
    return [];
  }
  const mapping = mappingAt(reading, at);
  const found: (readonly [string, At])[] = [];
  for (const [key, entry] of mapping?.node.entries ?? []) {
    if (typeof key === 'string') {
      found.push([key, { node: entry.value, path: at.path.child(key) }]);
    } else {
      const shown = keyText(key);
      reading.report(
        1,
        { node: entry.key, path: at.path.child(shown) },
        `Dict keys must be strings, found ${kindOf(key)}`,
      );
    }
  }
  return found;
}

/** The items of a list. */
export function itemsOf(at: At<SequenceNode>): readonly At[] {
  return at.node.items.map((node, index) => ({ node, path: at.path.child(index) }));
}

export function textAt(reading: Reading, at: At): string | undefined {
  const value = at.node.kind === 'scalar' ? at.node.value : undefined;
  if (typeof value !== 'string') {
    mistyped(reading, at, 'string');
    return undefined;
  }
  return value;
}

export function mappingAt(reading: Reading, at: At): At<MappingNode> | undefined {
  if (at.node.kind !== 'mapping') {
    mistyped(reading, at, 'dict');
    return undefined;
  }
  return at as At<MappingNode>;
}

export function listAt(reading: Reading, at: At): At<SequenceNode> | undefined {
  if (at.node.kind !== 'sequence') {
    mistyped(reading, at, 'list');
    return undefined;
  }
  return at as At<SequenceNode>;
}

/** The value of a node known to be a mapping. */
export function dictOf(at: At<MappingNode>): Dict {
  return valueOf(at.node) as Dict;
}

export function mistyped(reading: Reading, at: At, expected: string): void {
  reading.report(1, at, `Expected '${expected}' type but found '${kindOfNode(at.node)}' type`);
}

function kindOfNode(node: Node): string {
  return node.kind === 'mapping' ? 'dict' : node.kind === 'sequence' ? 'list' : kindOf(node.value);
}
