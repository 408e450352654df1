import type { Dict, Value } from '../values.js';
import { isDict } from '../values.js';

/** The intrinsic functions of dsl.md §14.2. */
export const FUNCTION_NAMES = [
  'get_input',
  'get_property',
  'concat',
  'merge',
  'string_find',
  'string_replace',
  'string_split',
  'string_lower',
  'string_upper',
  'get_attribute',
  'get_attributes_list',
  'get_attributes_dict',
  'get_secret',
  'get_capability',
  'get_environment_capability',
  'get_group_capability',
  'get_label',
  'get_sys',
  'get_consumers',
] as const;
export type FunctionName = (typeof FUNCTION_NAMES)[number];

export interface FunctionCall {
  readonly name: FunctionName;
  readonly argument: Value;
  /** The sibling `type` (dsl.md §9.4), undefined where there is none. */
  readonly type: Value | undefined;
  /** The very dictionary. */
  readonly raw: Dict;
}

const NAMES: ReadonlySet<unknown> = new Set(FUNCTION_NAMES);

/**
 * The call that a value is, or null: a mapping with one entry whose key is a function's name, or with two of which
 * one is the key `type`; of two function names the later one counts (dsl.md §14.1).
 */
export function asCall(value: Value | undefined): FunctionCall | null {
  if (!isDict(value) || value.size === 0 || value.size > 2) {
    return null;
  }
  let call: FunctionCall | null = null;
  let foreign = false;
  for (const [key, argument] of value) {
    if (NAMES.has(key)) {
      call = { name: key as FunctionName, argument, type: value.get('type'), raw: value };
    } else if (key !== 'type') {
      foreign = true;
    }
  }
  return foreign ? null : call;
}

/** Whether any function stands in the value, at any depth. */
export function holdsCall(value: Value): boolean {
  if (Array.isArray(value)) {
    return value.some((item: Value) => holdsCall(item));
  }
  if (!isDict(value)) {
    return false;
  }
  if (asCall(value) !== null) {
    return true;
  }
  for (const item of value.values()) {
    if (holdsCall(item)) {
      return true;
    }
  }
  return false;
}
