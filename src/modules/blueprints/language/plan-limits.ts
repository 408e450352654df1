import type { Diagnostic } from '../../../core/dsl/diagnostics.js';

/** A plan as JSON, everything written out. The largest honest ones, of some thousand machines, have a tenth of it. */
export const MAX_PLAN_BYTES = 1024 ** 3;

export function planTooLarge(): Diagnostic {
  return {
    severity: 'error',
    code: null,
    class: 'general',
    message: `The blueprint’s plan is larger than ${MAX_PLAN_BYTES / 1024 ** 2} MiB`,
    file: null,
    line: null,
    column: null,
    path: '',
  };
}
