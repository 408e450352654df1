import { asCall } from '../functions/call.js';
import { fits } from '../schema/value-types.js';
import { pythonFloat, pythonInteger } from '../text/python-numbers.js';
import type { Value } from '../values.js';
import { floatValue, integerValue, isDict, isInteger, isList, isNumeric, numberOf } from '../values.js';

/**
 * A value of a parameter as its primitive type wants it (dsl.md §12); undefined where it cannot be converted.
 * @param itemType of a list
 */
export function convert(value: Value, type: string, itemType: string | null | undefined): Value | undefined {
  switch (type) {
    case 'integer':
      return toInteger(value);
    case 'float':
      return toFloat(value);
    case 'boolean':
      return toBoolean(value);
    case 'string':
      return typeof value === 'string' ? value : undefined;
    case 'list':
      return isList(value) ? toList(value, itemType) : undefined;
    case 'dict':
      return isDict(value) ? value : undefined;
    default:
      return fits(value, type) ? value : undefined;
  }
}

function toList(value: readonly Value[], itemType: string | null | undefined): Value | undefined {
  if (typeof itemType !== 'string') {
    return value;
  }
  const items: Value[] = [];
  for (const item of value) {
    const result = asCall(item) !== null ? item : convert(item, itemType, null);
    if (result === undefined) {
      return undefined;
    }
    items.push(result);
  }
  return items;
}

/** Python's `int`: floats lose what is behind the point. */
function toInteger(value: Value): Value | undefined {
  if (typeof value === 'string') {
    return pythonInteger(value);
  }
  if (typeof value === 'boolean') {
    return value ? 1 : 0;
  }
  if (!isNumeric(value) || isInteger(value)) {
    return isInteger(value) ? value : undefined;
  }
  const whole = Math.trunc(numberOf(value));
  return Number.isFinite(whole) ? integerValue(BigInt(whole)) : undefined;
}

function toFloat(value: Value): Value | undefined {
  if (typeof value === 'string') {
    return pythonFloat(value);
  }
  if (typeof value === 'boolean') {
    return floatValue(value ? 1 : 0);
  }
  return isNumeric(value) ? floatValue(numberOf(value)) : undefined;
}

function toBoolean(value: Value): Value | undefined {
  if (typeof value !== 'string') {
    return typeof value === 'boolean' ? value : undefined;
  }
  const word = value.toLowerCase();
  return word === 'true' ? true : word === 'false' ? false : undefined;
}
