import { fits, isPrimitive } from '../schema/value-types.js';
import type { Value } from '../values.js';
import { isList } from '../values.js';
import { asPath, isName, isPart } from './arguments.js';
import { asCall } from './call.js';
import type { Frame, FunctionDefinition, ReadyCall } from './definition.js';
import { fail, shown } from './definition.js';
import type { Part } from './descend.js';
import { MISSING, NO_INDEX, follow, newest, partOf } from './descend.js';
import { measure } from './measure.js';
import { preview } from './run.js';
import type { Steps } from './steps.js';
import { answered } from './steps.js';

/** `get_input`: a name, or `[name, part…]` (dsl.md §14.2). */
export const GET_INPUT: FunctionDefinition = {
  name: 'get_input',
  evaluated: 'creation',

  argument(argument) {
    const [name, ...parts] = asPath(argument);
    return isName(name) && parts.every((part) => isPart(part))
      ? null
      : `expected the name of an input, a function, or [name, part…], not ${preview(argument)}`;
  },

  check(argument, place) {
    const [name] = asPath(argument);
    return typeof name !== 'string' || place.hasInput(name) ? null : `there is no input ${preview(name)}`;
  },

  *evaluate(call, frame) {
    const [name = null, ...path] = asPath(call.argument);
    refuseUnresolved([name, ...path], call, frame);
    const input = typeof name === 'string' ? yield* answered(frame.store.input(name)) : undefined;
    if (typeof name !== 'string' || input === undefined) {
      return fail(call, frame, `there is no input ${shown(name, call, frame)}`);
    }
    const where = inputFrame(name, input, frame);
    const found = yield* descend(input, path, where);
    if (found === MISSING || found === NO_INDEX) {
      const fault = found === NO_INDEX ? 'is no index of a list' : 'does not exist';
      return fail(call, frame, `${shown(path, call, frame)} of input ${shown(name, call, frame)} ${fault}`);
    }
    if (typeof call.type === 'string' && isPrimitive(call.type) && !fits(found, call.type)) {
      return fail(call, frame, `input ${shown(name, call, frame)} is not of type ${call.type}`);
    }
    return { value: found, frame: where };
  },
};

/**
 * At creation an input's value is evaluated in place, so that the deployment keeps it evaluated; not when keywords
 * stand in it, since these mean something else to the next reader.
 */
function inputFrame(name: string, input: Value, frame: Frame): Frame {
  const { states } = frame.run;
  if (states === undefined) {
    return frame;
  }
  return { ...frame, copies: measure(input).keywords ? null : states.inputStates(name) };
}

function* descend(input: Value, path: readonly Value[], frame: Frame): Steps<Part> {
  if (!frame.run.creation) {
    return yield* follow(input, path, frame);
  }
  let found: Part = newest(input, frame.copies);
  for (const part of path) {
    found = partOf(found, part);
    if (found === MISSING || found === NO_INDEX) {
      return found;
    }
    found = newest(found, frame.copies);
  }
  return found;
}

/** @throws FunctionFailure when an argument is still a function at creation (dsl.md §14.5) */
export function refuseUnresolved(args: readonly Value[], call: ReadyCall, frame: Frame): void {
  const unresolved = frame.run.creation ? args.find((argument) => asCall(argument) !== null) : undefined;
  if (unresolved !== undefined) {
    fail(call, frame, `found an unresolved argument: ${preview(unresolved)}`);
  }
}

/** A list argument, or nothing. */
export function listArgument(call: ReadyCall): readonly Value[] {
  return isList(call.argument) ? call.argument : [];
}
