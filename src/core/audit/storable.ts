/** Longest text of one cell, in characters; names have 256 at most, what is longer was sent to be a nuisance. */
const MAX_TEXT = 1024;
/** Longest JSON of one cell, in characters. */
const MAX_JSON = 16_384;
const MAX_DEPTH = 8;

const REPLACEMENT = '\uFFFD';

/**
 * A text that every column takes: without NUL and lone surrogates, which PostgreSQL refuses, and not longer than allowed.
 * Records are written for others who wait on the same statement, so no request may make it fail.
 */
export function storableText(text: string, maxLength = MAX_TEXT): string {
  const short = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  const wellFormed = short.isWellFormed() ? short : short.toWellFormed();
  return wellFormed.includes('\0') ? wellFormed.replaceAll('\0', REPLACEMENT) : wellFormed;
}

/** JSON that a `jsonb` column takes, made of plain values; null when there is nothing in it. */
export function storableJson(value: object | undefined): object | null {
  if (value === undefined) return null;
  const plain = storableValue(value, MAX_DEPTH);
  if (typeof plain !== 'object' || plain === null || Object.keys(plain).length === 0) return null;
  return JSON.stringify(plain).length > MAX_JSON ? { truncated: true } : plain;
}

function storableValue(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return storableText(value);
    case 'number':
      return Number.isFinite(value) ? value : null;
    case 'boolean':
      return value;
    case 'bigint':
      return String(value);
    case 'object':
      return value === null ? null : storableObject(value, depth);
    default:
      return undefined; // functions and symbols say nothing
  }
}

function storableObject(value: object, depth: number): unknown {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (depth === 0) return '…';
  if (Array.isArray(value)) return value.map((item: unknown) => storableValue(item, depth - 1) ?? null);
  const entries: [string, unknown][] = [];
  for (const [key, item] of Object.entries(value)) {
    const plain = storableValue(item, depth - 1);
    if (plain !== undefined) entries.push([storableText(key), plain]);
  }
  return Object.fromEntries(entries);
}
