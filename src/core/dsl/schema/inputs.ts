import type { At } from '../diagnostics.js';
import type { InputSchemas } from '../plan.js';
import type { KnownTypes } from './property-schemas.js';
import type { Reading } from './reading.js';

/** Deployment inputs, operation inputs of node and relationship types, parameters of workflows. */
export type InputKind = 'input' | 'operation-input' | 'parameter';

/** Reads input schemas (dsl.md §8, §12); absent or null gives none. Written keys only, defaults completed. */
export function readInputSchemas(
  reading: Reading,
  at: At | undefined,
  types: KnownTypes,
  kind: InputKind,
): InputSchemas {
  throw new Error(`${String(reading)}${String(at)}${String(types)}${kind}`);
}

/**
 * Stage 5: every written default against constraints and `item_type` (dsl.md §8.3). Gives the schemas as the plan
 * stores them: without `error_message` where a default was checked.
 */
export function checkInputDefaults(
  reading: Reading,
  schemas: InputSchemas,
  at: At | undefined,
  types: KnownTypes,
): InputSchemas {
  throw new Error(`${String(reading)}${String(schemas)}${String(at)}${String(types)}`);
}
