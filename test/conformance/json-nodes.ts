import type { NodeInstance, PlanNode } from '../../src/core/dsl/plan.js';
import type { Dict, Value } from '../../src/core/dsl/values.js';
import { dictOf, entriesOf, listOf } from './case-file.js';

/** What of a node's JSON is a dictionary that users fill, not a structure. */
const DICTIONARIES: ReadonlySet<string> = new Set(['properties', 'inputs', 'runtime_properties', 'inputs_types']);
/** Structures by a name that users chose; interfaces hold operations by name in turn. */
const BY_NAME: ReadonlySet<string> = new Set(['operations', 'source_operations', 'target_operations']);
const BY_TWO_NAMES: ReadonlySet<string> = new Set(['interfaces', 'source_interfaces', 'target_interfaces']);

/** A node as the language has it, from its JSON. */
export function planNodeOf(json: Value): PlanNode {
  const node = structure(dictOf(json)) as Partial<PlanNode>;
  return { relationships: [], properties: new Map(), ...node } as PlanNode;
}

export function nodeInstanceOf(json: Value): NodeInstance {
  return { relationships: [], ...(structure(dictOf(json)) as Partial<NodeInstance>) } as NodeInstance;
}

function structure(json: Dict): object {
  return Object.fromEntries([...entriesOf(json)].map(([key, value]) => [key, part(key, value)]));
}

function part(key: string, value: Value): unknown {
  if (key === 'capabilities') {
    const scalable = dictOf(dictOf(value).get('scalable')).get('properties');
    return { scalable: { properties: structure(dictOf(scalable)) } };
  }
  if (DICTIONARIES.has(key)) return value;
  if (BY_NAME.has(key)) return byName(value);
  if (BY_TWO_NAMES.has(key)) {
    return new Map([...entriesOf(value)].map(([name, operations]) => [name, byName(operations)]));
  }
  if (value instanceof Map) return structure(value);
  return Array.isArray(value) ? listOf(value).map((item) => part('', item)) : value;
}

function byName(value: Value): ReadonlyMap<string, object> {
  return new Map([...entriesOf(value)].map(([name, operation]) => [name, structure(dictOf(operation))]));
}
