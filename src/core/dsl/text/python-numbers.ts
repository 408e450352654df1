import { floatValue, integerValue } from '../values.js';
import type { Float } from '../values.js';

const INTEGER = /^\s*([+-]?)(\d(?:_?\d)*)\s*$/;
const FLOAT = /^\s*([+-]?(?:\d(?:_?\d)*(?:\.(?:\d(?:_?\d)*)?)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d(?:_?\d)*)?)\s*$/;
const SPECIAL = /^\s*([+-]?)(inf|infinity|nan)\s*$/i;
/** Python converts no longer texts, for their conversion takes the square of their length. */
const MAX_DIGITS = 4_300;

/** Python's `int(text)`, or undefined where that fails. */
export function pythonInteger(text: string): number | bigint | undefined {
  const [, sign, digits] = INTEGER.exec(text) ?? [];
  if (digits === undefined || digits.length > MAX_DIGITS) {
    return undefined;
  }
  const value = BigInt(digits.replaceAll('_', ''));
  return integerValue(sign === '-' ? -value : value);
}

/** Python's `float(text)`, or undefined where that fails. */
export function pythonFloat(text: string): number | Float | undefined {
  const [, written] = FLOAT.exec(text) ?? [];
  if (written !== undefined) {
    return floatValue(Number(written.replaceAll('_', '')));
  }
  const [, sign, word] = SPECIAL.exec(text) ?? [];
  if (word === undefined) {
    return undefined;
  }
  return word.toLowerCase() === 'nan' ? NaN : sign === '-' ? -Infinity : Infinity;
}
