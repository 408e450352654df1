/**
 * A value of the language, as Python's safe YAML loader would have made it (dsl.md §2). Values are never changed
 * after they were made, so they may be shared freely.
 */
export type Value = Scalar | readonly Value[] | Dict;
export type Scalar = null | boolean | number | bigint | string | Float | DateValue | Bytes;

/** Keys of free-form dictionaries may be any scalar; structured mappings allow text only. */
export type Key = Scalar;
export type Dict = ReadonlyMap<Key, Value>;

/**
 * A float whose value is a whole number (`1.0`), which JavaScript alone could not tell from the integer `1`.
 * Every other float (`1.5`, infinities, NaN) is a plain number that is not an integer.
 */
export class Float {
  constructor(readonly value: number) {}
}

/** A date or timestamp; `iso` is what Python's `isoformat` prints. */
export class DateValue {
  constructor(readonly iso: string) {}
}

/** The bytes of a `!!binary`, in hexadecimal. */
export class Bytes {
  constructor(readonly hex: string) {}
}

/** The value of a float literal. */
export function floatValue(value: number): number | Float {
  return Number.isInteger(value) ? new Float(value) : value;
}

/** An integer: a small one as a number, one that a double would round as a bigint. */
export function integerValue(value: bigint): number | bigint {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

export function isDict(value: Value | undefined): value is Dict {
  return value instanceof Map;
}

export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

/** Booleans are no integers, `1.0` is none either. */
export function isInteger(value: Value | undefined): value is number | bigint {
  return typeof value === 'bigint' || Number.isInteger(value);
}

/** Integers and floats, not booleans. */
export function isNumeric(value: Value | undefined): value is number | bigint | Float {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof Float;
}

/** The size of a number; a large integer may lose its last digits. */
export function numberOf(value: number | bigint | Float): number {
  return typeof value === 'number' ? value : typeof value === 'bigint' ? Number(value) : value.value;
}

/** Python's truth: empty text, zero, empty lists and dictionaries, null and false are "not given" (dsl.md §18.13). */
export function isTruthy(value: Value | undefined): boolean {
  if (value === undefined || value === null || value === false || value === '' || value === 0 || value === 0n) {
    return false;
  }
  if (value instanceof Float) {
    return value.value !== 0;
  }
  return isList(value) ? value.length > 0 : isDict(value) ? value.size > 0 : true;
}

/** The name of a value's kind, for messages: `Expected 'T' type but found 'U' type`. */
export function kindOf(value: Value): string {
  if (value === null) {
    return 'null';
  }
  if (typeof value === 'boolean') {
    return 'boolean';
  }
  if (typeof value === 'string') {
    return 'string';
  }
  if (isInteger(value)) {
    return 'integer';
  }
  if (isNumeric(value)) {
    return 'float';
  }
  return isList(value) ? 'list' : isDict(value) ? 'dict' : value instanceof DateValue ? 'date' : 'binary';
}

/** The text under which a key is shown and written in JSON: text as it is, `true`, `null`, `1`, `1.0`. */
export function keyText(key: Key): string {
  if (typeof key === 'string') {
    return key;
  }
  if (key instanceof Float) {
    return key.value.toFixed(1);
  }
  return key instanceof DateValue ? key.iso : key instanceof Bytes ? key.hex : String(key);
}
