import type { Value } from '../values.js';
import { Bytes, DateValue, Float, isDict, isList } from '../values.js';

/** Whether two values are the same, order of keys aside. */
export function equalValues(a: Value, b: Value): boolean {
  if (a === b) {
    return true;
  }
  if (isList(a)) {
    return isList(b) && a.length === b.length && a.every((item, index) => equalValues(item, b[index] ?? null));
  }
  if (isDict(a)) {
    return isDict(b) && a.size === b.size && [...a].every(([key, item]) => equalEntry(item, b.get(key)));
  }
  return (
    (a instanceof Float && b instanceof Float && Object.is(a.value, b.value)) ||
    (a instanceof DateValue && b instanceof DateValue && a.iso === b.iso) ||
    (a instanceof Bytes && b instanceof Bytes && a.hex === b.hex)
  );
}

function equalEntry(a: Value, b: Value | undefined): boolean {
  return b !== undefined && equalValues(a, b);
}
