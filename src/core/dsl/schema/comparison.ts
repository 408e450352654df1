import type { Dict, Key, Value } from '../values.js';
import { Bytes, DateValue, isDict, isList, isNumeric, numberOf } from '../values.js';

/** Python's `==`: `1`, `1.0` and `True` are equal, lists and dictionaries are compared by what they hold (dsl.md §18.2). */
export function areEqual(one: Value, other: Value): boolean {
  const [left, right] = [numeric(one), numeric(other)];
  if (left !== undefined || right !== undefined) {
    return left !== undefined && right !== undefined && compareNumbers(left, right) === 0;
  }
  if (isList(one)) {
    return isList(other) && one.length === other.length && one.every((item, at) => areEqual(item, other[at] ?? null));
  }
  if (isDict(one)) {
    return isDict(other) && areEqualDicts(one, other);
  }
  if (one instanceof DateValue) {
    return other instanceof DateValue && one.iso === other.iso;
  }
  return one instanceof Bytes ? other instanceof Bytes && one.hex === other.hex : one === other;
}

function areEqualDicts(one: Dict, other: Dict): boolean {
  if (one.size !== other.size) {
    return false;
  }
  const others = new Map([...other].map(([key, value]) => [identityOf(key), value]));
  for (const [key, value] of one) {
    const found = others.get(identityOf(key));
    if (found === undefined || !areEqual(value, found)) {
      return false;
    }
  }
  return true;
}

/** Keys that Python takes for the same give the same. */
function identityOf(key: Key): unknown {
  const number = numeric(key);
  if (number !== undefined) {
    return typeof number === 'bigint' && BigInt(Number(number)) === number ? Number(number) : number;
  }
  return key instanceof DateValue ? `date ${key.iso}` : key instanceof Bytes ? `bytes ${key.hex}` : text(key);
}

function text(key: Key): unknown {
  return typeof key === 'string' ? `text ${key}` : key;
}

/** Negative, zero or positive, NaN where neither is less; undefined where Python cannot compare. */
export function compare(one: Value, other: Value): number | undefined {
  const [left, right] = [numeric(one), numeric(other)];
  return left === undefined || right === undefined ? undefined : compareNumbers(left, right);
}

function compareNumbers(one: number | bigint, other: number | bigint): number {
  return one < other ? -1 : one > other ? 1 : one >= other ? 0 : NaN;
}

/** In Python booleans are numbers. */
function numeric(value: Value): number | bigint | undefined {
  if (typeof value === 'boolean') {
    return value ? 1 : 0;
  }
  return typeof value === 'bigint' ? value : isNumeric(value) ? numberOf(value) : undefined;
}

/** Python's `len`; undefined for what has none. */
export function lengthOf(value: Value): number | undefined {
  if (typeof value === 'string') {
    return countCharacters(value);
  }
  if (value instanceof Bytes) {
    return value.hex.length / 2;
  }
  return isList(value) ? value.length : isDict(value) ? value.size : undefined;
}

/** Characters beyond the sixteen-bit plane are two units in JavaScript, one character in Python. */
function countCharacters(value: string): number {
  let count = 0;
  for (let at = 0; at < value.length; count += 1) {
    at += (value.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  }
  return count;
}
