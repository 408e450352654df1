import { BadParametersError, CodelessError } from '../errors/app-error.js';

/** A parsed query string: each key has one text, or several when it was repeated. */
export type QueryValues = Readonly<Record<string, string | readonly string[] | undefined>>;

/** All values of a key, in the order they came. */
export function valuesOf(query: QueryValues, key: string): readonly string[] {
  const raw = Object.hasOwn(query, key) ? query[key] : undefined;
  if (raw === undefined) return [];
  return typeof raw === 'string' ? [raw] : raw;
}

/** The value of a key; where it is repeated the first counts (rest-api §1.11). */
export function firstOf(query: QueryValues, key: string): string | undefined {
  return valuesOf(query, key)[0];
}

/** **bool~** of rest-api §1.8: true or false in any casing. @throws BadParametersError for anything else. */
export function looseBoolean(query: QueryValues, key: string, fallback = false): boolean {
  const value = firstOf(query, key);
  if (value === undefined) return fallback;
  const read = readLooseBoolean(value);
  if (read === undefined) throw new BadParametersError(`\`${key}\` must be true or false, got \`${printable(value)}\``);
  return read;
}

/** True, false or their texts in any casing; undefined for everything else. */
export function readLooseBoolean(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string') return undefined;
  const text = value.toLowerCase();
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

const FLAGS: Readonly<Record<string, boolean>> = {
  true: true,
  '1': true,
  on: true,
  false: false,
  '0': false,
  '': false,
};

/** **bool** of rest-api §1.8, for query parameters read one by one. @throws CodelessError 400 `{message: {key: reason}}`. */
export function flag(query: QueryValues, key: string, fallback = false): boolean {
  const value = firstOf(query, key);
  if (value === undefined) return fallback;
  const read = Object.hasOwn(FLAGS, value.toLowerCase()) ? FLAGS[value.toLowerCase()] : undefined;
  if (read === undefined) throw new CodelessError(400, { [key]: `Invalid boolean value: ${printable(value)}` });
  return read;
}

/** Shortens and escapes a caller's text for a message. */
export function printable(text: string): string {
  const escaped = JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
  return escaped.slice(1, -1);
}
