import type { Value } from '../values.js';
import { Bytes, DateValue, isDict, isList, isNumeric, numberOf } from '../values.js';

/**
 * A text that two values share exactly when Python's `==` holds between them: `1`, `1.0` and `True` are equal
 * (dsl.md §18.2), lists and dictionaries are compared by what they hold. Undefined for what holds a NaN, which equals
 * nothing.
 */
export function identityOf(value: Value): string | undefined {
  const number = numeric(value);
  if (number !== undefined) {
    return identityOfNumber(number);
  }
  if (isList(value)) {
    return joined('list', value.map(identityOf));
  }
  if (isDict(value)) {
    const entries = [...value].map(([key, item]) => joined('entry', [identityOf(key), identityOf(item)]));
    const known = entries.filter((entry) => entry !== undefined);
    return known.length < entries.length ? undefined : joined('dict', known.toSorted());
  }
  if (value instanceof DateValue) {
    return `date ${value.iso}`;
  }
  return value instanceof Bytes ? `bytes ${value.hex}` : `text ${JSON.stringify(value)}`;
}

function identityOfNumber(number: number | bigint): string | undefined {
  if (Number.isNaN(number)) {
    return undefined;
  }
  return typeof number === 'number' && Number.isInteger(number) ? String(BigInt(number)) : String(number);
}

function joined(kind: string, parts: readonly (string | undefined)[]): string | undefined {
  return parts.includes(undefined) ? undefined : `${kind}(${parts.join(',')})`;
}

/** Negative, zero or positive, NaN where neither is less; undefined where Python cannot compare. */
export function compare(one: Value, other: Value): number | undefined {
  const [left, right] = [numeric(one), numeric(other)];
  if (left === undefined || right === undefined) {
    return undefined;
  }
  return left < right ? -1 : left > right ? 1 : left >= right ? 0 : NaN;
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
