import type { Scalar } from '../values.js';
import { DateValue, floatValue, integerValue } from '../values.js';
import { shortened } from './fault.js';

/** What a plain `<<` is: legal as a key only, where it merges. */
export const MERGE = Symbol('<<');
/** What a plain `=` is: text as a key, illegal as a value. */
export const DEFAULT_VALUE = Symbol('=');

/** Why a text cannot be of its kind: `2020-13-01`. Handed back rather than thrown, since a file may hold a million. */
export class Misfit {
  constructor(readonly message: string) {}
}

const WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ...forms('yes', true),
  ...forms('true', true),
  ...forms('on', true),
  ...forms('no', false),
  ...forms('false', false),
  ...forms('off', false),
  ...forms('null', null),
  ['~', null] as const,
  ['', null] as const,
]);

const INTEGER = /^[-+]?(?:0b[01_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+|[1-9][0-9_]*(?::[0-5]?[0-9])+)$/;
const FLOAT =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const DATE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;
const TIMESTAMP =
  /^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:(?:[Tt]|[ \t]+)([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]*))?(?:[ \t]*(Z|([-+])([0-9]{1,2})(?::([0-9]{2}))?))?)?$/;
/** A Python limit; beyond, printing and reading take more than linear time. */
const MAX_DIGITS = 4300;

/** The value of a plain scalar (dsl.md §2), by YAML 1.1 as Python's loader reads it. */
export function plainValue(text: string): Scalar | Misfit | typeof MERGE | typeof DEFAULT_VALUE {
  switch (text.charCodeAt(0)) {
    case 0x2b: // +
    case 0x2d: // -
    case 0x2e: // .
    case 0x30:
    case 0x31:
    case 0x32:
    case 0x33:
    case 0x34:
    case 0x35:
    case 0x36:
    case 0x37:
    case 0x38:
    case 0x39:
      return numberLike(text);
    case 0x3c: // <
      return text === '<<' ? MERGE : text;
    case 0x3d: // =
      return text === '=' ? DEFAULT_VALUE : text;
    default: {
      const word = text.length <= 5 ? WORDS.get(text) : undefined;
      return word === undefined ? text : word;
    }
  }
}

function numberLike(text: string): Scalar | Misfit {
  if (isShortDecimal(text)) {
    return Number(text);
  }
  if (FLOAT.test(text)) {
    return parseFloatText(text);
  }
  if (INTEGER.test(text)) {
    return parseInteger(text);
  }
  return DATE.test(text) || (TIMESTAMP.test(text) && text.includes(':')) ? parseTimestamp(text) : text;
}

/** What nearly every number is. */
function isShortDecimal(text: string): boolean {
  if (text.length > 15 || (text.length > 1 && text.charCodeAt(0) === 0x30)) {
    return false;
  }
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0x30 || code > 0x39) {
      return false;
    }
  }
  return true;
}

/** Of `2`, `0x1f`, `017`, `0b1`, `1_000`, `22:30`. */
export function parseInteger(written: string): number | bigint | Misfit {
  const text = written.replaceAll('_', '').trim();
  const negative = text.startsWith('-');
  const digits = text.startsWith('-') || text.startsWith('+') ? text.slice(1) : text;
  if (digits.length > MAX_DIGITS) {
    return new Misfit(`an integer has at most ${String(MAX_DIGITS)} digits`);
  }
  const size = magnitude(digits);
  if (size === undefined) {
    return new Misfit(`'${shortened(written)}' is not an integer`);
  }
  return typeof size === 'bigint' ? integerValue(negative ? -size : size) : negative && size !== 0 ? -size : size;
}

function magnitude(digits: string): number | bigint | undefined {
  if (/^(?:0|[1-9][0-9]*)$/.test(digits)) {
    return digits.length < 16 ? Number(digits) : BigInt(digits);
  }
  if (/^0[xb]/.test(digits)) {
    return /^0(?:x[0-9a-fA-F]+|b[01]+)$/.test(digits) ? BigInt(digits) : undefined;
  }
  if (digits.startsWith('0')) {
    const octal = /^0o?([0-7]+)$/.exec(digits)?.[1];
    return octal === undefined ? undefined : BigInt(`0o${octal}`);
  }
  const parts = digits.split(':');
  return parts.every((part) => /^[0-9]+$/.test(part))
    ? parts.reduce((sum, part) => sum * 60n + BigInt(part), 0n)
    : undefined;
}

/** Of `1.5`, `1`, `1.0e+3`, `1:30.5`, `.inf`. Whole numbers are marked as floats. */
export function parseFloatText(written: string): ReturnType<typeof floatValue> | Misfit {
  const text = written.replaceAll('_', '').trim().toLowerCase();
  const sign = text.startsWith('-') ? -1 : 1;
  const digits = text.startsWith('-') || text.startsWith('+') ? text.slice(1) : text;
  if (/^\.?inf(?:inity)?$/.test(digits)) {
    return sign * Infinity;
  }
  if (/^\.?nan$/.test(digits)) {
    return Number.NaN;
  }
  const parts = digits.split(':');
  if (!parts.every((part) => /^(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[-+]?[0-9]+)?$/.test(part))) {
    return new Misfit(`'${shortened(written)}' is not a float`);
  }
  return floatValue(sign * parts.reduce((sum, part) => sum * 60 + Number(part), 0));
}

export function parseBoolean(text: string): boolean | Misfit {
  const value = WORDS.get(text.toLowerCase());
  if (typeof value !== 'boolean') {
    return new Misfit(`'${shortened(text)}' is not a boolean`);
  }
  return value;
}

/** A date, or a moment as Python's `isoformat` prints it. */
export function parseTimestamp(text: string): DateValue | Misfit {
  const match = TIMESTAMP.exec(text);
  if (match === null) {
    return new Misfit(`'${shortened(text)}' is not a timestamp`);
  }
  const [, year = '', month = '', day = '', hour, minute = '', second = '', fraction = '', zone] = match;
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  if (!isDate(Number(year), Number(month), Number(day))) {
    return new Misfit(`'${text}' is no date that exists`);
  }
  if (hour === undefined) {
    return new DateValue(date);
  }
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) {
    return new Misfit(`'${text}' is no time that exists`);
  }
  const micros = fraction.slice(0, 6).padEnd(6, '0');
  const time = `${hour.padStart(2, '0')}:${minute}:${second}${micros === '000000' ? '' : `.${micros}`}`;
  const suffix = zone === undefined ? '' : zoneOf(match);
  if (suffix === undefined) {
    return new Misfit(`'${text}' has no time zone that exists`);
  }
  return new DateValue(`${date}T${time}${suffix}`);
}

function zoneOf(match: RegExpExecArray): string | undefined {
  const [sign, hours, minutes] = [match[9], Number(match[10] ?? 0), Number(match[11] ?? 0)];
  const total = hours * 60 + minutes;
  if (total >= 24 * 60) {
    return undefined;
  }
  const clock = `${String(Math.floor(total / 60)).padStart(2, '0')}:${String(total % 60).padStart(2, '0')}`;
  return `${sign === '-' && total > 0 ? '-' : '+'}${clock}`;
}

function isDate(year: number, month: number, day: number): boolean {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
  return year >= 1 && days !== undefined && day >= 1 && day <= days;
}

/** `yes`, `Yes` and `YES`; mixed forms such as `yEs` are text. */
function forms(word: string, value: boolean | null): (readonly [string, boolean | null])[] {
  const lower = word.toLowerCase();
  return [lower, `${lower.charAt(0).toUpperCase()}${lower.slice(1)}`, lower.toUpperCase()].map(
    (form) => [form, value] as const,
  );
}
