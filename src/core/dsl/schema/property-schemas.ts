import type { At } from '../diagnostics.js';
import type { PropertySchemas } from '../plan.js';
import type { Dict } from '../values.js';
import type { Reading } from './reading.js';

/** The data types that a schema may name. */
export interface KnownTypes {
  has(name: string): boolean;
  /** The resolved properties of a declared data type. */
  schemas(name: string): PropertySchemas | undefined;
}

export const NO_SCHEMAS: PropertySchemas = new Map();

/** Reads `properties` (or `parameters`) of a type; absent or null gives none (dsl.md §7.2). */
export function readPropertySchemas(reading: Reading, at: At | undefined, types: KnownTypes): PropertySchemas {
  throw new Error(`${String(reading)}${String(at)}${String(types)}`);
}

/** The schemas of a derived type: its own laid over its parent's (dsl.md §7.4). Shared when it has none of its own. */
export function inheritSchemas(parent: PropertySchemas, own: PropertySchemas, types: KnownTypes): PropertySchemas {
  throw new Error(`${String(parent)}${String(own)}${String(types)}`);
}

/**
 * What a node, relationship or policy makes of its type's properties (dsl.md §7.3, §7.4): 105, 106, 107, 219. One that
 * gives nothing shares the dictionary of defaults with all its like.
 */
export function completeProperties(
  reading: Reading,
  schemas: PropertySchemas,
  given: At | undefined,
  types: KnownTypes,
  subject: At,
): Dict {
  throw new Error(`${String(reading)}${String(schemas)}${String(given)}${String(types)}${String(subject)}`);
}
