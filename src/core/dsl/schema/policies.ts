import type { PlanGroup, PlanPolicy, PolicyTriggerPlan, PolicyTypePlan } from '../plan.js';
import type { DataTypes } from './data-types.js';
import type { Fields, Reading } from './reading.js';

/** The section `policy_types` (dsl.md §13). */
export function readPolicyTypes(
  _reading: Reading,
  _sections: Fields,
  _types: DataTypes,
): ReadonlyMap<string, PolicyTypePlan> {
  throw new Error('not yet');
}

/** The section `policy_triggers` (dsl.md §13). */
export function readPolicyTriggers(
  _reading: Reading,
  _sections: Fields,
  _types: DataTypes,
): ReadonlyMap<string, PolicyTriggerPlan> {
  throw new Error('not yet');
}

/** The section `policies`: scaling policies and the groups that they scale (dsl.md §13). */
export function readPolicies(
  _reading: Reading,
  _sections: Fields,
  _groups: ReadonlyMap<string, PlanGroup>,
): ReadonlyMap<string, PlanPolicy> {
  throw new Error('not yet');
}
