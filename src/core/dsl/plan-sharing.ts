import type { Key, Value } from './values.js';
import { Bytes, DateValue, Float, keyText } from './values.js';

/** How often a list, dictionary or structure stands in a plan, and about how long its JSON is. */
interface Use {
  count: number;
  /** Characters of its JSON with everything written out, quotes and separators included. */
  readonly size: number;
}
/** Keys are those of interfaces in plan.ts. */
export type Structure = Readonly<Record<string, unknown>>;
export type Uses = ReadonlyMap<object, Use>;

/** A scalar's JSON; whole floats keep their `.0`, what has no number in JSON becomes null or too large a number. */
export function numberText(value: number | bigint | Float): string {
  if (value instanceof Float) {
    const text = Object.is(value.value, -0) ? '-0' : String(value.value);
    return text.includes('e') ? text : `${text}.0`;
  }
  if (typeof value === 'bigint' || Number.isFinite(value)) {
    return String(value);
  }
  return Number.isNaN(value) ? 'null' : value > 0 ? '1e999' : '-1e999';
}

/** Whether a value is a list, a dictionary or a structure: what can be shared. */
export function isComposite(value: unknown): value is object {
  return (
    typeof value === 'object' &&
    value !== null &&
    !(value instanceof Float || value instanceof DateValue || value instanceof Bytes)
  );
}

/**
 * The uses of everything below `root`, found by identity. What is used again is not walked again, so this costs what the
 * plan takes in memory, not what it is when written out.
 */
export function usesOf(root: object): Uses {
  const uses = new Map<object, Use>();
  const sizeOf = (value: unknown): number => {
    if (!isComposite(value)) {
      return scalarSize(value as Value);
    }
    const known = uses.get(value);
    if (known !== undefined) {
      known.count += 1;
      return known.size;
    }
    let size = 2;
    if (Array.isArray(value)) {
      for (const item of value as readonly unknown[]) {
        size += sizeOf(item) + 1;
      }
    } else if (value instanceof Map) {
      for (const [key, item] of value as ReadonlyMap<Key, unknown>) {
        size += sizeOf(item) + keyText(key).length + 4;
      }
    } else {
      const structure = value as Structure;
      for (const key in structure) {
        if (structure[key] !== undefined) {
          size += sizeOf(structure[key]) + key.length + 4;
        }
      }
    }
    uses.set(value, { count: 1, size });
    return size;
  };
  sizeOf(root);
  return uses;
}

/** What a list, dictionary or structure holds; keys of lists are null, absent keys of structures are left out. */
export function* partsOf(value: object): Generator<readonly [string | null, unknown]> {
  if (Array.isArray(value)) {
    for (const item of value as readonly unknown[]) {
      yield [null, item];
    }
  } else if (value instanceof Map) {
    for (const [key, item] of value as ReadonlyMap<Key, unknown>) {
      yield [keyText(key), item];
    }
  } else {
    for (const [key, item] of Object.entries(value)) {
      if (item !== undefined) {
        yield [key, item];
      }
    }
  }
}

function scalarSize(value: Value): number {
  if (typeof value === 'string') {
    return value.length + 2;
  }
  if (typeof value === 'number' || typeof value === 'bigint' || value instanceof Float) {
    return numberText(value).length;
  }
  return value instanceof DateValue ? value.iso.length + 15 : value instanceof Bytes ? value.hex.length + 16 : 5;
}
