import { asCall } from '../functions/call.js';
import type { PropertySchema, PropertySchemas } from '../plan.js';
import type { Dict, Key, Value } from '../values.js';
import { isDict, isTruthy, keyText, kindOf } from '../values.js';
import { fits, isPrimitive } from './value-types.js';

/** The data types that a schema may name. */
export interface KnownTypes {
  has(name: string): boolean;
  /** The resolved properties of a declared data type. */
  schemas(name: string): PropertySchemas | undefined;
  /** Is told of every dictionary that is made: what templates multiply may be bounded (`Budget`). */
  spend?(entries: number): void;
}

/** Something that is wrong in a value; the path begins at the value. */
export interface ValueFault {
  /** 105, 106, 107, 219; null for a type whose name is empty. */
  readonly code: 105 | 106 | 107 | 219 | null;
  readonly path: readonly string[];
  readonly message: string;
}

export interface Completed<V extends Value = Value> {
  readonly value: V;
  readonly faults: readonly ValueFault[];
}

export const NOTHING_GIVEN: Dict = new Map<Key, Value>();
const NO_FAULTS: readonly ValueFault[] = [];
const EXTERNAL = 'use_external_resource';

/** Whether absent required keys are faults: not while types are read, since templates may still give them. */
export type Demand = 'all' | 'given';

type Memo = WeakMap<Dict, WeakMap<PropertySchemas, Completed<Dict>>>;
const memos: Readonly<Record<Demand, Memo>> = { all: new WeakMap(), given: new WeakMap() };

/**
 * A value as its type takes it: checked, and where the type is a data type completed with the defaults of that type,
 * beneath them those of `base`, a default that the value is laid over (dsl.md §7.3, §7.4).
 */
export function completeValue(
  value: Value,
  type: string | undefined,
  types: KnownTypes,
  demand: Demand,
  base?: Value,
): Completed {
  if (type === undefined || asCall(value) !== null) {
    return { value, faults: NO_FAULTS };
  }
  if (isPrimitive(type)) {
    return { value, faults: fits(value, type) ? NO_FAULTS : [misfit(value, type)] };
  }
  const schemas = types.schemas(type);
  if (schemas === undefined) {
    // A type of a cycle (error 100) is not resolved; no name at all passes when types are read, but no value has it.
    const faults = types.has(type) ? NO_FAULTS : [{ code: null, path: [], message: `Unknown type '${type}'` }];
    return { value, faults };
  }
  return isDict(value)
    ? completeDict(value, schemas, types, demand, isDict(base) && asCall(base) === null ? base : undefined)
    : { value, faults: [misfit(value, type)] };
}

function misfit(value: Value, type: string): ValueFault {
  return { code: 105, path: [], message: `a value of type '${type}' is expected, found a ${kindOf(value)}` };
}

/**
 * A mapping as schemas take it: 106 for keys that they do not have, 107 for those that they demand. The same mapping
 * (an anchor's, or none at all) gives the same dictionary, whoever asks.
 */
export function completeDict(
  given: Dict,
  schemas: PropertySchemas,
  types: KnownTypes,
  demand: Demand,
  base?: Dict,
): Completed<Dict> {
  // A default laid over itself stays as it is: it was completed when its type was read.
  if (base !== undefined && base !== given) {
    return layered(given, schemas, types, demand, base);
  }
  const source = given.size === 0 ? NOTHING_GIVEN : given;
  const memo = memos[demand];
  let known = memo.get(source);
  if (known === undefined) {
    memo.set(source, (known = new WeakMap()));
  }
  let completed = known.get(schemas);
  if (completed === undefined) {
    known.set(schemas, (completed = layered(source, schemas, types, demand, undefined)));
  }
  return completed;
}

function layered(
  given: Dict,
  schemas: PropertySchemas,
  types: KnownTypes,
  demand: Demand,
  base: Dict | undefined,
): Completed<Dict> {
  const faults = undeclared(given, schemas);
  const result = new Map<Key, Value>();
  const missing: string[] = [];
  for (const [name, schema] of schemas) {
    const standard = base?.has(name) === true ? base.get(name) : schema.default;
    const written = given.has(name) ? given.get(name) : standard;
    if (written === undefined) {
      if (isRequired(schema)) {
        missing.push(name);
      }
      continue;
    }
    const completed = completeValue(written, schema.type, types, demand, standard);
    result.set(name, completed.value);
    for (const fault of completed.faults) {
      faults.push({ ...fault, path: [name, ...fault.path] });
    }
  }
  types.spend?.(result.size);
  const external = result.get(EXTERNAL);
  if (external !== undefined && asCall(external) !== null) {
    faults.push({ code: 219, path: [EXTERNAL], message: `a function is no value of ${EXTERNAL}` });
  }
  if (demand === 'all' && !isTruthy(external)) {
    for (const name of missing) {
      faults.push({ code: 107, path: [name], message: 'a value is required, none is given' });
    }
  }
  return { value: result, faults: faults.length === 0 ? NO_FAULTS : faults };
}

function undeclared(given: Dict, schemas: PropertySchemas): ValueFault[] {
  const faults: ValueFault[] = [];
  for (const key of given.keys()) {
    if (typeof key !== 'string' || !schemas.has(key)) {
      faults.push({ code: 106, path: [keyText(key)], message: 'no such property is declared' });
    }
  }
  return faults;
}

export function isRequired(schema: PropertySchema): boolean {
  return schema.required !== false;
}
