import { dslError } from '../diagnostics.js';
import type { Requirements } from '../plan.js';
import type { Value } from '../values.js';
import { isDict, isList } from '../values.js';
import { asPath } from './arguments.js';
import type { FunctionCall } from './call.js';
import { asCall } from './call.js';
import { holdsAskingCalls } from './measure.js';
import type { FunctionHomes } from './places.js';
import { placesOf } from './places.js';

/** Many nodes of one type ask again and again, so that little text could make a very long list. */
const MOST = 200_000;

/**
 * What the functions of a blueprint ask of the manager (plan.md §1), in the order of the walk, with repetitions.
 * @throws DslError when there are too many
 */
export function collectRequirements(plan: Omit<FunctionHomes, 'inputs'>): Requirements {
  const capabilities: (readonly Value[])[] = [];
  const secrets: Value[] = [];
  for (const call of askingCalls(plan)) {
    if (capabilities.length + secrets.length > MOST) {
      throw dslError({ code: null, message: `Functions may ask for at most ${String(MOST)} secrets and capabilities` });
    }
    if (call.name === 'get_environment_capability') {
      capabilities.push(asPath(call.argument));
    } else if (call.name === 'get_secret') {
      secrets.push(call.argument);
    }
  }
  return { parent_capabilities: capabilities, secrets };
}

/** All functions of a plan that ask for a secret or a capability, outer before inner. */
export function* askingCalls(plan: Omit<FunctionHomes, 'inputs'>): Generator<FunctionCall> {
  for (const place of placesOf(plan)) {
    for (const [, value] of place.entries) {
      yield* askingCallsIn(value);
    }
  }
}

function* askingCallsIn(value: Value): Generator<FunctionCall> {
  if (!holdsAskingCalls(value)) {
    return;
  }
  const call = asCall(value);
  if (call !== null) {
    yield call;
  }
  for (const item of isList(value) || isDict(value) ? value.values() : []) {
    yield* askingCallsIn(item);
  }
}
