import type { OutputDefinition } from '../plan.js';
import type { Fields, Reading } from './reading.js';

/** The section `outputs` or `capabilities` (dsl.md §13). A null entry is kept without a value. */
export function readOutputs(
  _reading: Reading,
  _sections: Fields,
  _section: 'outputs' | 'capabilities',
): ReadonlyMap<string, OutputDefinition> {
  throw new Error('not yet');
}
