import { Bytes, DateValue, Float } from '../../dsl/values.js';

/**
 * Whether two parts of plans are the same, order of keys aside. A structure may be an object or, as it comes from
 * where it is stored, a Map; in structures null is as good as absent.
 */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) {
    return true;
  }
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, at) => same(item, b[at]));
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return (a ?? null) === (b ?? null);
  }
  if (isScalar(a) || isScalar(b)) {
    return a.constructor === b.constructor && same({ ...a }, { ...b });
  }
  const strict = a instanceof Map && b instanceof Map;
  const [one, other] = [entriesOf(a, strict), entriesOf(b, strict)];
  return one.size === other.size && [...one].every(([key, item]) => other.has(key) && same(item, other.get(key)));
}

function isScalar(value: object): boolean {
  return value instanceof Float || value instanceof DateValue || value instanceof Bytes;
}

function entriesOf(value: object, keepsNulls: boolean): ReadonlyMap<unknown, unknown> {
  const all: ReadonlyMap<unknown, unknown> = value instanceof Map ? value : new Map(Object.entries(value));
  return keepsNulls ? all : new Map([...all].filter(([, item]) => item !== null && item !== undefined));
}
