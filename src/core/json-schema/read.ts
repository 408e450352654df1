import { isJsonObject } from './json-value.js';
import { SchemaError } from './schema-error.js';
import type { KeywordPlace, SchemaNode } from './schema-node.js';

/* Readers of keyword values: each answers it in its type, or says where the schema is wrong. */

export function numberAt(value: unknown, { place }: KeywordPlace): number {
  if (typeof value !== 'number') throw new SchemaError(place, 'is not a number');
  return value;
}

export function countAt(value: unknown, { place }: KeywordPlace): number {
  if (!Number.isInteger(value) || (value as number) < 0)
    throw new SchemaError(place, 'is not a whole number of 0 or more');
  return value as number;
}

export function namesAt(value: unknown, { place }: KeywordPlace): readonly string[] {
  if (!Array.isArray(value) || !value.every((name) => typeof name === 'string')) {
    throw new SchemaError(place, 'is not a list of names');
  }
  return value;
}

export function nodesAt(value: unknown, at: KeywordPlace): readonly SchemaNode[] {
  if (!Array.isArray(value) || value.length === 0) throw new SchemaError(at.place, 'is not a list of schemas');
  return value.map((item, index) => at.node(item, String(index)));
}

export function nodeMapAt(value: unknown, at: KeywordPlace): ReadonlyMap<string, SchemaNode> {
  return new Map(entriesAt(value, at).map(([name, schema]) => [name, at.node(schema, name)]));
}

export function entriesAt(value: unknown, { place }: KeywordPlace): readonly (readonly [string, unknown])[] {
  if (!isJsonObject(value)) throw new SchemaError(place, 'is not a dictionary');
  return Object.entries(value);
}
