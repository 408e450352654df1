import type { Plan } from '../plan.js';
import type { LookUp, ValueCatalogue } from '../schema/value-catalogue.js';
import type { Dict, Value } from '../values.js';

export interface InputOptions {
  /** Text that was given for an integer, float or boolean is converted (dsl.md §8.1 step 2). */
  readonly autoCorrectTypes: boolean;
  /** Without one every look-up of an object-based value fails. */
  readonly catalogue?: ValueCatalogue;
  /** Evaluates a constraint's argument that holds functions; `inputs` are the values before any completion. */
  readonly evaluate?: (argument: Value, inputs: Dict) => Value;
}

/**
 * The final inputs of a deployment (dsl.md §8.1).
 * @throws DslError missing or unknown inputs, violated constraints, 213, 214
 */
export function prepareInputs(plan: Pick<Plan, 'inputs' | 'data_types'>, given: Dict, options: InputOptions): Dict {
  throw new Error(`${String(plan)}${String(given)}${String(options)}`);
}

/** What a catalogue will be asked while these inputs are prepared. */
export function lookupsOf(plan: Pick<Plan, 'inputs' | 'data_types'>, given: Dict, options: InputOptions): LookUp[] {
  throw new Error(`${String(plan)}${String(given)}${String(options)}`);
}
