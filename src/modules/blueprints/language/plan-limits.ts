import type { Diagnostic } from '../../../core/dsl/diagnostics.js';

/** A plan as JSON, everything written out. The largest honest ones, of some thousand machines, have a quarter of it. */
export const MAX_PLAN_BYTES = 1024 ** 3;

/** A plan folded. One of 10,000 nodes has a sixth of it. */
export const MAX_FOLDED_BYTES = 32 * 1024 ** 2;

/**
 * What a plan needs of its deployment, as JSON: names of secrets, and capabilities. The record of a blueprint has it, so
 * lists hold a thousand of them.
 */
export const MAX_REQUIREMENTS_LENGTH = 256 * 1024;

export function planTooLarge(): Diagnostic {
  return tooLarge(
    `The blueprint’s plan is larger than ${MAX_PLAN_BYTES / 1024 ** 2} MiB, or ${MAX_FOLDED_BYTES / 1024 ** 2} MiB without what its nodes share`,
  );
}

export function requirementsTooLarge(): Diagnostic {
  return tooLarge(
    `What the blueprint requires, such as secrets, is longer than ${MAX_REQUIREMENTS_LENGTH / 1024} KiB when listed`,
  );
}

function tooLarge(message: string): Diagnostic {
  return {
    severity: 'error',
    code: null,
    class: 'general',
    message,
    file: null,
    line: null,
    column: null,
    path: '',
  };
}
