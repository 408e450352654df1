import type { Reading } from '../schema/reading.js';
import type { FunctionHomes } from './places.js';

/** The parse-time checks of functions (dsl.md §14.3, §14.4), in the order of the walk; faults are unnumbered. */
export function checkFunctions(_reading: Reading, _plan: FunctionHomes): void {
  throw new Error('not yet');
}
