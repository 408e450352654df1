import type { IdSource } from '../instances/topology.js';
import type { DeploymentPlan, Plan } from '../plan.js';
import type { ValueCatalogue } from '../schema/value-catalogue.js';
import type { Dict } from '../values.js';

export interface DeploymentRequest {
  readonly inputs: Dict;
  /** Whether a secret of that name exists; null: there is no store of secrets at all. */
  readonly secrets: ((name: string) => boolean) | null;
  /** True: functions are left for run time (dsl.md §15). */
  readonly runtimeOnly: boolean;
  /** dsl.md §8.1 step 2 */
  readonly autoCorrectTypes: boolean;
  readonly ids: IdSource;
  readonly catalogue?: ValueCatalogue;
}

/**
 * What a plan becomes with given inputs (dsl.md §15, plan.md §2).
 * @throws DslError refused inputs, functions that cannot be evaluated, all unknown secrets at once, and what
 * `expandInstances` refuses
 */
export function planDeployment(_plan: Plan, _request: DeploymentRequest): DeploymentPlan {
  throw new Error('not yet');
}

/** The secrets that a plan's functions name literally (dsl.md §15): each must exist. Sorted, without repetitions. */
export function namedSecrets(_plan: Pick<Plan, 'nodes'>): readonly string[] {
  throw new Error('not yet');
}
