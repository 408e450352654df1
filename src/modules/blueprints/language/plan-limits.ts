import type { Diagnostic } from '../../../core/dsl/diagnostics.js';

/** A plan as JSON, everything written out. The largest honest ones, of some thousand machines, have a quarter of it. */
export const MAX_PLAN_BYTES = 1024 ** 3;

/** A plan folded. One of 10,000 nodes has a sixth of it. */
export const MAX_FOLDED_BYTES = 32 * 1024 ** 2;

export function planTooLarge(): Diagnostic {
  return {
    severity: 'error',
    code: null,
    class: 'general',
    message: `The blueprint’s plan is larger than ${MAX_PLAN_BYTES / 1024 ** 2} MiB, or ${MAX_FOLDED_BYTES / 1024 ** 2} MiB without what its nodes share`,
    file: null,
    line: null,
    column: null,
    path: '',
  };
}
