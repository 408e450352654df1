import type { Value } from '../values.js';
import { isDict, isInteger, isList } from '../values.js';
import { asCall } from './call.js';
import type { Frame } from './definition.js';
import type { Steps } from './steps.js';

/** No such key, an index out of range, or something that has no parts. */
export const MISSING = Symbol('missing');
/** A list was asked for something else than an index. */
export const NO_INDEX = Symbol('no index');
export type Part = Value | typeof MISSING | typeof NO_INDEX;

/** One part of a value; a negative index counts from the end, as in Python. */
export function partOf(value: Value, part: Value): Part {
  if (isList(value)) {
    if (!isInteger(part) && typeof part !== 'boolean') {
      return NO_INDEX;
    }
    const found = value.at(Number(part));
    return found === undefined ? MISSING : found;
  }
  if (!isDict(value) || isList(part) || isDict(part)) {
    return MISSING;
  }
  const found = value.get(part);
  return found === undefined ? MISSING : found;
}

/**
 * A path as it is followed in a plan, where functions on the way are not evaluated: a function with a further part
 * becomes the list of both (dsl.md §14.5). `states` are newer states of what is being evaluated in place.
 */
export function followInPlan(
  value: Value,
  path: readonly Value[],
  states: ReadonlyMap<object, Value> | null = null,
): Part {
  let found: Part = newest(value, states);
  for (const part of path) {
    found = asCall(found) === null ? partOf(found, part) : [found, part];
    if (found === MISSING || found === NO_INDEX) {
      return found;
    }
    found = newest(found, states);
  }
  return found;
}

/** The same at run time: a function on the way is evaluated and the path goes on in its result. */
export function* follow(value: Value, path: readonly Value[], frame: Frame): Steps<Part> {
  let found: Part = value;
  for (const part of path) {
    found = partOf(asCall(found) === null ? found : yield* frame.evaluate(found, frame), part);
    if (found === MISSING || found === NO_INDEX) {
      return found;
    }
  }
  return found;
}

export function newest(value: Value, states: ReadonlyMap<object, Value> | null): Value {
  if (states === null) {
    return value;
  }
  let state = value;
  for (;;) {
    const next = typeof state === 'object' && state !== null ? states.get(state) : undefined;
    if (next === undefined) {
      return state;
    }
    state = next;
  }
}
