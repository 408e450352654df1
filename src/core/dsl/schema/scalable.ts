import type { At } from '../diagnostics.js';
import type { ScalableProperties } from '../plan.js';
import type { Reading } from './reading.js';

/**
 * The instance numbers of a node's `capabilities.scalable` or of a scaling policy, completed (dsl.md §10). With
 * `deploy` (the old `instances.deploy`) the default, current and planned numbers are that.
 */
export function readScalable(_reading: Reading, _properties: At | undefined, _deploy?: number): ScalableProperties {
  throw new Error('not yet');
}
