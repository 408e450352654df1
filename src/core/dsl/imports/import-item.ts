import { asCall } from '../functions/call.js';
import type { At, Diagnostics } from '../diagnostics.js';
import { Path } from '../diagnostics.js';
import { keyText, kindOf } from '../values.js';
import type { DslVersion } from '../versions.js';
import type { Entry, MappingNode, Node } from '../yaml/tree.js';
import { valueOf } from '../yaml/tree.js';
import { withoutPassword } from './locate.js';

/** One item of a list of imports, taken apart. */
export interface ImportItem {
  readonly at: At;
  /** As written, `ns--plugin:x?version=1.0`. */
  readonly text: string;
  readonly namespace: string | null;
  readonly resource: string;
  /** Property → entry; null where none were given. */
  readonly properties: ReadonlyMap<string, Entry> | null;
}

export interface ImportReading {
  readonly version: DslVersion;
  readonly gating: boolean;
  /** The main file's list is judged by its structure first (error 1), an imported file's only when it is followed. */
  readonly isMain: boolean;
  readonly diagnostics: Diagnostics;
}

export const NAMESPACE_SEPARATOR = '--';

/** The well-formed items of a document's imports; what is not (errors 1, 2, 102, 212, 220) is reported (dsl.md §5). */
export function readImports(root: MappingNode, reading: ImportReading): readonly ImportItem[] {
  const list = root.entries.get('imports')?.value;
  const path = Path.ROOT.child('imports');
  if (list === undefined || isNull(list)) {
    return [];
  }
  if (list.kind !== 'sequence') {
    const found = kindOf(valueOf(list));
    reading.diagnostics.error({
      code: 1,
      at: { node: list, path },
      message: `Expected 'list' type but found '${found}' type`,
    });
    return [];
  }
  const places = list.items.map((node, index) => ({ node, path: path.child(index) }));
  // What is in a list is judged before the list (dsl.md §1).
  const sound = reading.isMain ? places.filter((at) => !isMisshapen(at, reading.diagnostics)) : places;
  const seen = new Set<string>();
  const items: ImportItem[] = [];
  for (const at of sound) {
    const written = readWritten(at, reading);
    if (written === undefined) {
      continue;
    }
    if (seen.has(written.text)) {
      reading.diagnostics.error({
        code: 2,
        at,
        message: `'${withoutPassword(written.text)}' is imported twice in one list`,
      });
      continue;
    }
    seen.add(written.text);
    const parts = splitNamespace(written.text, at, reading.diagnostics);
    if (parts !== undefined) {
      items.push({ at, ...written, ...parts });
    }
  }
  return items;
}

/** Error 1 for an item that is neither text nor a mapping from texts to mappings; null is left to the reader. */
function isMisshapen(at: At, diagnostics: Diagnostics): boolean {
  const { node } = at;
  if (node.kind !== 'mapping') {
    const isSound = node.kind === 'scalar' && (node.value === null || typeof node.value === 'string');
    return !isSound && mistyped(at, diagnostics);
  }
  let misshapen = false;
  for (const [key, { key: written, value }] of node.entries) {
    const path = at.path.child(keyText(key));
    if (typeof key !== 'string') {
      const message = `Dict keys must be strings, found ${kindOf(key)}`;
      diagnostics.error({ code: 1, at: { node: written, path }, message });
      misshapen = true;
    } else if (value.kind !== 'mapping' && !isNull(value)) {
      misshapen = mistyped({ node: value, path }, diagnostics);
    }
  }
  return misshapen;
}

function mistyped(at: At, diagnostics: Diagnostics): true {
  const found = kindOf(valueOf(at.node));
  diagnostics.error({ code: 1, at, message: `Expected 'dict' type but found '${found}' type` });
  return true;
}

function readWritten(at: At, reading: ImportReading): Pick<ImportItem, 'text' | 'properties'> | undefined {
  const { node } = at;
  if (node.kind === 'scalar' && typeof node.value === 'string') {
    return { text: node.value, properties: null };
  }
  const [entry] = node.kind === 'mapping' ? node.entries.values() : [];
  const text = entry?.key.value;
  if (node.kind !== 'mapping' || node.entries.size !== 1 || entry === undefined || typeof text !== 'string') {
    const message = 'an import must be a string, or a mapping with one entry: the import string and its properties';
    reading.diagnostics.error({ code: 220, at, message });
    return undefined;
  }
  if (reading.gating && reading.version.minor < 5) {
    const message = `import properties not supported in version ${reading.version.raw}, it was added in cloudify_dsl_1_5`;
    reading.diagnostics.error({ code: 102, at, message });
  }
  const properties = readProperties({ node: entry.value, path: at.path.child(text) }, reading.diagnostics);
  return properties === undefined ? undefined : { text, properties };
}

/** Values are scalars, lists or functions. */
function readProperties(at: At, diagnostics: Diagnostics): ImportItem['properties'] | undefined {
  if (isNull(at.node)) {
    return null;
  }
  if (at.node.kind !== 'mapping') {
    mistyped(at, diagnostics);
    return undefined;
  }
  const properties = new Map<string, Entry>();
  let sound = true;
  for (const [key, entry] of at.node.entries) {
    const place = { node: entry.value, path: at.path.child(keyText(key)) };
    if (typeof key !== 'string') {
      diagnostics.error({ code: 1, at: place, message: `Dict keys must be strings, found ${kindOf(key)}` });
      sound = false;
    } else if (entry.value.kind === 'mapping' && asCall(valueOf(entry.value)) === null) {
      const message = `import property '${key}' must be a scalar, a list or a function`;
      diagnostics.error({ code: 220, at: place, message });
      sound = false;
    } else {
      properties.set(key, entry);
    }
  }
  return sound ? properties : undefined;
}

/** The split is at the last separator; nothing before it means no namespace (dsl.md §6). */
function splitNamespace(
  text: string,
  at: At,
  diagnostics: Diagnostics,
): Pick<ImportItem, 'namespace' | 'resource'> | undefined {
  const end = text.lastIndexOf(NAMESPACE_SEPARATOR);
  if (end <= 0) {
    return { namespace: null, resource: end === 0 ? text.slice(NAMESPACE_SEPARATOR.length) : text };
  }
  const namespace = text.slice(0, end);
  if (namespace.includes(NAMESPACE_SEPARATOR)) {
    const message = `Invalid namespace '${namespace}': a namespace may not contain '${NAMESPACE_SEPARATOR}'`;
    diagnostics.error({ code: 212, at, message });
    return undefined;
  }
  return { namespace, resource: text.slice(end + NAMESPACE_SEPARATOR.length) };
}

function isNull(node: Node): boolean {
  return node.kind === 'scalar' && node.value === null;
}
