import type { Requirements } from '../plan.js';
import type { FunctionHomes } from './places.js';

/** What the functions of a blueprint ask of the manager (plan.md §1), in the order of the walk, with repetitions. */
export function collectRequirements(_plan: FunctionHomes): Requirements {
  throw new Error('not yet');
}
