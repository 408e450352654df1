import { jsonPieces } from '../../../core/dsl/plan-codec.js';
import { keyText, isDict, isList, Bytes, DateValue, Float, type Dict, type Value } from '../../../core/dsl/values.js';
import type { Json } from '../../../core/graph/task.js';

/** A value as operations get it: dates and bytes are text, numbers are JavaScript's. */
export function plainJson(value: Value): Json {
  if (isList(value)) return value.map(plainJson);
  if (isDict(value)) return plainRecord(value);
  if (value instanceof Float) return value.value;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof DateValue || value instanceof Bytes)
    return JSON.parse([...jsonPieces(value)].join('')) as string;
  return value;
}

export function plainRecord(dict: Dict): Readonly<Record<string, Json>> {
  return Object.fromEntries([...dict].map(([key, value]) => [keyText(key), plainJson(value)]));
}
