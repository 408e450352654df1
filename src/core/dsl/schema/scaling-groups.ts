import type { PlanGroup, PlanPolicy, ScalingGroup } from '../plan.js';
import type { Fields, Reading } from './reading.js';

/**
 * The groups that scaling policies name, their nested members removed (dsl.md §13).
 * @param containedIn every node template → the one that it is contained in, or null
 */
export function scalingGroups(
  _reading: Reading,
  _sections: Fields,
  _groups: ReadonlyMap<string, PlanGroup>,
  _policies: ReadonlyMap<string, PlanPolicy>,
  _containedIn: ReadonlyMap<string, string | null>,
): ReadonlyMap<string, ScalingGroup> {
  throw new Error('not yet');
}
