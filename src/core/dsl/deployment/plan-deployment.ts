import { dslError } from '../diagnostics.js';
import { asPath } from '../functions/arguments.js';
import { askingCalls } from '../functions/requirements.js';
import { expandInstances } from '../instances/expand.js';
import type { IdSource } from '../instances/topology.js';
import type { DeploymentPlan, Plan } from '../plan.js';
import type { ValueCatalogue } from '../schema/value-catalogue.js';
import type { Dict } from '../values.js';
import type { EvaluatedParts } from './evaluate-plan.js';
import { evaluateArgument, evaluatePlan, markPlan } from './evaluate-plan.js';
import { prepareInputs } from './inputs.js';
import { interDeploymentFunctions } from './inter-deployment.js';

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
export function planDeployment(plan: Plan, request: DeploymentRequest): DeploymentPlan {
  const given = prepareInputs(plan, request.inputs, {
    autoCorrectTypes: request.autoCorrectTypes,
    evaluate: (argument, inputs) => evaluateArgument(argument, inputs, plan.nodes),
    ...(request.catalogue === undefined ? {} : { catalogue: request.catalogue }),
  });
  const { parts, inputs } = request.runtimeOnly ? { parts: markPlan(plan), inputs: given } : evaluatePlan(plan, given);
  requireSecrets(parts, request.secrets);
  const instances = expandInstances(parts, request.ids);
  return {
    ...plan,
    ...parts,
    inputs,
    node_instances: instances,
    inter_deployment_functions: interDeploymentFunctions(parts, instances),
  };
}

/** The secrets that a plan's functions name literally (dsl.md §15): each must exist. Sorted, without repetitions. */
function namedSecrets(parts: EvaluatedParts): readonly string[] {
  const names = new Set<string>();
  for (const call of askingCalls(parts)) {
    const [name] = call.name === 'get_secret' ? asPath(call.argument) : [];
    if (typeof name === 'string') {
      names.add(name);
    }
  }
  return [...names].toSorted();
}

function requireSecrets(parts: EvaluatedParts, exists: DeploymentRequest['secrets']): void {
  if (exists === null) {
    for (const call of askingCalls(parts)) {
      if (call.name === 'get_secret') {
        throw dslError({ code: null, message: 'get_secret is not supported without a store of secrets' });
      }
    }
    return;
  }
  const missing = namedSecrets(parts).filter((name) => !exists(name));
  if (missing.length > 0) {
    throw dslError({ code: null, message: `Required secrets: [${missing.join(', ')}] don't exist in this tenant` });
  }
}
