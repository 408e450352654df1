import type { Requirements } from '../plan.js';
import type { Value } from '../values.js';
import { isDict, isList } from '../values.js';
import { asPath } from './arguments.js';
import type { FunctionCall } from './call.js';
import { asCall } from './call.js';
import { holdsCalls } from './measure.js';
import type { FunctionHomes } from './places.js';
import { placesOf } from './places.js';

/** What the functions of a blueprint ask of the manager (plan.md §1), in the order of the walk, with repetitions. */
export function collectRequirements(plan: Omit<FunctionHomes, 'inputs'>): Requirements {
  const capabilities: (readonly Value[])[] = [];
  const secrets: Value[] = [];
  for (const call of callsOf(plan)) {
    if (call.name === 'get_environment_capability') {
      capabilities.push(asPath(call.argument));
    } else if (call.name === 'get_secret') {
      secrets.push(call.argument);
    }
  }
  return { parent_capabilities: capabilities, secrets };
}

/** All functions of a plan, outer before inner. */
export function* callsOf(plan: Omit<FunctionHomes, 'inputs'>): Generator<FunctionCall> {
  for (const place of placesOf(plan)) {
    for (const [, value] of place.entries) {
      yield* callsIn(value);
    }
  }
}

function* callsIn(value: Value): Generator<FunctionCall> {
  if (!holdsCalls(value)) {
    return;
  }
  const call = asCall(value);
  if (call !== null) {
    yield call;
  }
  for (const item of isList(value) || isDict(value) ? value.values() : []) {
    yield* callsIn(item);
  }
}
