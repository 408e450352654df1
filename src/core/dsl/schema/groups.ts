import type { PlanGroup, PolicyTriggerPlan, PolicyTypePlan } from '../plan.js';
import type { DataTypes } from './data-types.js';
import type { Fields, Reading } from './reading.js';

/** The section `groups`, with its monitoring policies completed (dsl.md §13). */
export function readGroups(
  _reading: Reading,
  _sections: Fields,
  _nodeNames: ReadonlySet<string>,
  _policyTypes: ReadonlyMap<string, PolicyTypePlan>,
  _triggers: ReadonlyMap<string, PolicyTriggerPlan>,
  _types: DataTypes,
): ReadonlyMap<string, PlanGroup> {
  throw new Error('not yet');
}
