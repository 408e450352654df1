import { canonicalJson, isJsonObject, isMultipleOf } from './json-value.js';
import { countAt, numberAt } from './read.js';
import { SchemaError } from './schema-error.js';
import type { Check, KeywordParser, KeywordPlace } from './schema-node.js';

/* Keywords that look at a value itself: its type, and the size of texts and numbers. */

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  null: (value) => value === null,
  boolean: (value) => typeof value === 'boolean',
  object: isJsonObject,
  array: Array.isArray,
  number: (value) => typeof value === 'number',
  integer: Number.isInteger,
  string: (value) => typeof value === 'string',
};

const ignoreCost = (): void => undefined; // of the schema itself, whose size is bounded

function typeOf(name: unknown, { place }: KeywordPlace): (value: unknown) => boolean {
  const type = typeof name === 'string' && Object.hasOwn(TYPES, name) ? TYPES[name] : undefined;
  if (!type) throw new SchemaError(place, `is none of ${Object.keys(TYPES).join(', ')}`);
  return type;
}

const type: KeywordParser = (value, at) => {
  const names: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (names.length === 0) throw new SchemaError(at.place, 'is an empty list');
  const types = names.map((name) => typeOf(name, at));
  return (instance) => (types.some((accepts) => accepts(instance)) ? null : at.place);
};

const anyOfThese = (values: readonly unknown[], place: string): Check => {
  const allowed = new Set(values.map((value) => canonicalJson(value, ignoreCost)));
  return (instance, run) => (allowed.has(canonicalJson(instance, run.step)) ? null : place);
};

const enumeration: KeywordParser = (value, { place }) => {
  if (!Array.isArray(value)) throw new SchemaError(place, 'is not a list');
  return anyOfThese(value, place);
};

const constant: KeywordParser = (value, { place }) => anyOfThese([value], place);

/** A keyword that compares numbers and lets everything else pass. */
const comparing =
  (holds: (value: number, limit: number) => boolean): KeywordParser =>
  (value, at) => {
    const limit = numberAt(value, at);
    return (instance) => (typeof instance !== 'number' || holds(instance, limit) ? null : at.place);
  };

const multipleOf: KeywordParser = (value, at) => {
  const divisor = numberAt(value, at);
  if (divisor <= 0) throw new SchemaError(at.place, 'is not greater than 0');
  return (instance) => (typeof instance !== 'number' || isMultipleOf(instance, divisor) ? null : at.place);
};

/** A keyword that counts the characters (not the UTF-16 units) of texts. */
const measuring =
  (holds: (length: number, limit: number) => boolean): KeywordParser =>
  (value, at) => {
    const limit = countAt(value, at);
    return (instance) => (typeof instance !== 'string' || holds(lengthOf(instance), limit) ? null : at.place);
  };

function lengthOf(text: string): number {
  let length = 0;
  for (let index = 0; index < text.length; index += 1) {
    if ((text.codePointAt(index) ?? 0) > 0xff_ff) index += 1;
    length += 1;
  }
  return length;
}

const pattern: KeywordParser = (value, at) => {
  if (typeof value !== 'string') throw new SchemaError(at.place, 'is not a text');
  const compiled = at.pattern(value);
  return (instance, run) => (typeof instance !== 'string' || run.test(compiled, instance) ? null : at.place);
};

export const VALUE_KEYWORDS: Readonly<Record<string, KeywordParser>> = {
  type,
  enum: enumeration,
  const: constant,
  multipleOf,
  maximum: comparing((value, limit) => value <= limit),
  exclusiveMaximum: comparing((value, limit) => value < limit),
  minimum: comparing((value, limit) => value >= limit),
  exclusiveMinimum: comparing((value, limit) => value > limit),
  maxLength: measuring((length, limit) => length <= limit),
  minLength: measuring((length, limit) => length >= limit),
  pattern,
};
