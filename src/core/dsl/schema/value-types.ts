import type { At } from '../diagnostics.js';
import { asCall } from '../functions/call.js';
import type { Value } from '../values.js';
import { isDict, isInteger, isList, isNumeric } from '../values.js';
import { compilesInPython } from '../regex/python-pattern.js';
import type { Reading } from './reading.js';

/** Types whose values are names of things that the manager knows (dsl.md §7.1): only a look-up can judge them. */
const OBJECT_TYPES = [
  'blueprint_id',
  'deployment_id',
  'capability_value',
  'scaling_group',
  'node_id',
  'node_type',
  'node_instance',
  'secret_key',
  'operation_name',
] as const;
export type ObjectType = (typeof OBJECT_TYPES)[number];

export const PRIMITIVE_TYPES: ReadonlySet<string> = new Set([
  'string',
  'integer',
  'float',
  'boolean',
  'list',
  'dict',
  'regex',
  'textarea',
  ...OBJECT_TYPES,
]);

/** A type that needs no declaration (dsl.md §7.1). */
export function isPrimitive(name: string): boolean {
  return PRIMITIVE_TYPES.has(name);
}

export function isObjectType(name: string | undefined): name is ObjectType {
  return name !== undefined && (OBJECT_TYPES as readonly string[]).includes(name);
}

/** Error 102 when the version of the main blueprint does not know the primitive type. */
export function gateType(reading: Reading, name: string, at: At): boolean {
  return (
    !isObjectType(name) || reading.gate(name, name === 'operation_name' ? 'cloudify_dsl_1_5' : 'cloudify_dsl_1_4', at)
  );
}

/** Whether a value is one of a primitive type; functions are never judged (dsl.md §7.1). */
export function fits(value: Value, type: string): boolean {
  if (asCall(value) !== null) {
    return true;
  }
  switch (type) {
    case 'integer':
      return isInteger(value);
    case 'float':
      return isNumeric(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'list':
      return isList(value);
    case 'dict':
      return isDict(value);
    case 'regex':
      return typeof value === 'string' && compilesInPython(value);
    default:
      return true;
  }
}
