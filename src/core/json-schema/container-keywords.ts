import { canonicalJson, isJsonObject, type JsonObject } from './json-value.js';
import { countAt, entriesAt, namesAt, nodeMapAt, nodesAt } from './read.js';
import { SchemaError } from './schema-error.js';
import type { Check, KeywordParser, SchemaNode } from './schema-node.js';
import type { LinearPattern } from '../text/linear-pattern.js';

/* Keywords that look into lists and dictionaries; other values pass. */

const forLists =
  (check: (list: readonly unknown[], run: Parameters<Check>[1]) => string | null): Check =>
  (value, run) =>
    Array.isArray(value) ? check(value, run) : null;

const forDicts =
  (check: (dict: JsonObject, run: Parameters<Check>[1]) => string | null): Check =>
  (value, run) =>
    isJsonObject(value) ? check(value, run) : null;

/** Every item from `start` on must satisfy the schema. */
const eachFrom = (start: number, node: SchemaNode): Check =>
  forLists((list, run) => {
    for (let index = start; index < list.length; index += 1) {
      const place = node.failure(list[index], run);
      if (place !== null) return place;
    }
    return null;
  });

/** The first items must satisfy one schema each. */
const tuple = (nodes: readonly SchemaNode[]): Check =>
  forLists((list, run) => {
    for (const [index, node] of nodes.entries()) {
      const place = index < list.length ? node.failure(list[index], run) : null;
      if (place !== null) return place;
    }
    return null;
  });

const lengthOfList = (list: unknown): number => (Array.isArray(list) ? list.length : 0);

/** As a list it is what newer drafts call `prefixItems`; otherwise it judges what `prefixItems` left. */
const items: KeywordParser = (value, at) =>
  Array.isArray(value) ? tuple(nodesAt(value, at)) : eachFrom(lengthOfList(at.schema['prefixItems']), at.node(value));

const additionalItems: KeywordParser = (value, at) => {
  const node = at.node(value);
  return Array.isArray(at.schema['items']) ? eachFrom(lengthOfList(at.schema['items']), node) : null;
};

const contains: KeywordParser = (value, at) => {
  const node = at.node(value);
  const fewest = at.schema['minContains'] === undefined ? 1 : countAt(at.schema['minContains'], at);
  const most = at.schema['maxContains'] === undefined ? Infinity : countAt(at.schema['maxContains'], at);
  return forLists((list, run) => {
    let found = 0;
    for (const item of list) if (node.accepts(item, run)) found += 1;
    return found >= fewest && found <= most ? null : at.place;
  });
};

const uniqueItems: KeywordParser = (value, { place }) => {
  if (typeof value !== 'boolean') throw new SchemaError(place, 'is neither true nor false');
  if (!value) return null;
  return forLists((list, run) => {
    const seen = new Set(list.map((item) => canonicalJson(item, run.step)));
    return seen.size === list.length ? null : place;
  });
};

/** A keyword that counts items or keys. */
const counting =
  (what: 'items' | 'keys', holds: (count: number, limit: number) => boolean): KeywordParser =>
  (value, at) => {
    const limit = countAt(value, at);
    const judge = (count: number): string | null => (holds(count, limit) ? null : at.place);
    return what === 'items'
      ? forLists((list) => judge(list.length))
      : forDicts((dict) => judge(Object.keys(dict).length));
  };

const hasAll = (dict: JsonObject, names: readonly string[]): boolean =>
  names.every((name) => Object.hasOwn(dict, name));

const required: KeywordParser = (value, at) => {
  const names = namesAt(value, at);
  return forDicts((dict) => (hasAll(dict, names) ? null : at.place));
};

const properties: KeywordParser = (value, at) => {
  const nodes = nodeMapAt(value, at);
  return forDicts((dict, run) => {
    for (const [name, node] of nodes) {
      const place = Object.hasOwn(dict, name) ? node.failure(dict[name], run) : null;
      if (place !== null) return place;
    }
    return null;
  });
};

const patternProperties: KeywordParser = (value, at) => {
  const nodes = [...nodeMapAt(value, at)].map(([pattern, node]) => ({ pattern: at.pattern(pattern), node }));
  return forDicts((dict, run) => {
    for (const name of Object.keys(dict)) {
      for (const { pattern, node } of nodes) {
        run.step();
        const place = run.test(pattern, name) ? node.failure(dict[name], run) : null;
        if (place !== null) return place;
      }
    }
    return null;
  });
};

/** Judges the keys that neither `properties` nor `patternProperties` beside it name. */
const additionalProperties: KeywordParser = (value, at) => {
  const node = at.node(value);
  const known = isJsonObject(at.schema['properties']) ? at.schema['properties'] : {};
  const patterns: readonly LinearPattern[] = isJsonObject(at.schema['patternProperties'])
    ? Object.keys(at.schema['patternProperties']).map((pattern) => at.pattern(pattern))
    : [];
  return forDicts((dict, run) => {
    for (const name of Object.keys(dict)) {
      run.step();
      if (Object.hasOwn(known, name) || patterns.some((pattern) => run.test(pattern, name))) continue;
      const place = node.failure(dict[name], run);
      if (place !== null) return place;
    }
    return null;
  });
};

const propertyNames: KeywordParser = (value, at) => {
  const node = at.node(value);
  return forDicts((dict, run) => {
    for (const name of Object.keys(dict)) {
      const place = node.failure(name, run);
      if (place !== null) return place;
    }
    return null;
  });
};

/** Where the key is there, these other keys must be, too. */
const dependentRequired: KeywordParser = (value, at) => {
  const rules = entriesAt(value, at).map(([name, names]) => [name, namesAt(names, at)] as const);
  return forDicts((dict) =>
    rules.every(([name, names]) => !Object.hasOwn(dict, name) || hasAll(dict, names)) ? null : at.place,
  );
};

/** Where the key is there, the whole dictionary must satisfy this, too. */
const dependentSchemas: KeywordParser = (value, at) => {
  const nodes = nodeMapAt(value, at);
  return forDicts((dict, run) => {
    for (const [name, node] of nodes) {
      const place = Object.hasOwn(dict, name) ? node.failure(dict, run) : null;
      if (place !== null) return place;
    }
    return null;
  });
};

/** The older keyword for both of them. */
const dependencies: KeywordParser = (value, at) => {
  const [lists, schemas] = [true, false].map((wanted) =>
    Object.fromEntries(entriesAt(value, at).filter(([, rule]) => Array.isArray(rule) === wanted)),
  );
  const checks = [dependentRequired(lists, at), dependentSchemas(schemas, at)];
  return (instance, run) => checks[0]?.(instance, run) ?? checks[1]?.(instance, run) ?? null;
};

export const CONTAINER_KEYWORDS: Readonly<Record<string, KeywordParser>> = {
  items,
  prefixItems: (value, at) => tuple(nodesAt(value, at)),
  additionalItems,
  contains,
  maxItems: counting('items', (count, limit) => count <= limit),
  minItems: counting('items', (count, limit) => count >= limit),
  uniqueItems,
  maxProperties: counting('keys', (count, limit) => count <= limit),
  minProperties: counting('keys', (count, limit) => count >= limit),
  required,
  properties,
  patternProperties,
  additionalProperties,
  propertyNames,
  dependentRequired,
  dependentSchemas,
  dependencies,
};
