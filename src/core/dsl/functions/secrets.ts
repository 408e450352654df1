import { readJson } from '../json-values.js';
import type { Value } from '../values.js';
import { isList } from '../values.js';
import { isName, wrongPath } from './arguments.js';
import type { Frame, FunctionDefinition, Outcome, ReadyCall } from './definition.js';
import { fail, shown } from './definition.js';
import { asPath } from './arguments.js';
import { partOf } from './descend.js';
import { preview } from './run.js';
import type { Steps } from './steps.js';
import { answered } from './steps.js';

/**
 * `get_secret`: a name, or `[name, part, …]` into a secret that is JSON (dsl.md §14.2, §16). What a secret holds is
 * data: functions in it are not evaluated.
 */
export const GET_SECRET: FunctionDefinition = {
  name: 'get_secret',
  evaluated: 'run time',

  argument(argument) {
    if (isList(argument)) {
      return wrongPath(argument, 2, '[secret, part…]');
    }
    return isName(argument) ? null : `expected the name of a secret, not ${preview(argument)}`;
  },

  *evaluate(call, frame): Steps<Outcome> {
    const [name = null, ...path] = asPath(call.argument);
    const secret = typeof name === 'string' ? yield* answered(frame.store.secret(name)) : undefined;
    if (secret === undefined) {
      return fail(call, frame, `the secret ${shown(name, call, frame)} does not exist`, 'secret');
    }
    frame.run.conceal();
    const value = path.length === 0 ? secret : descend(parsed(secret, call, frame), path, call, frame);
    return { value, frame, final: true };
  },
};

function parsed(secret: Value, call: ReadyCall, frame: Frame): Value {
  if (typeof secret !== 'string') {
    return secret;
  }
  try {
    return readJson(secret);
  } catch (error) {
    if (!(error instanceof SyntaxError)) {
      throw error;
    }
  }
  return fail(call, frame, 'the secret is not JSON');
}

function descend(secret: Value, path: readonly Value[], call: ReadyCall, frame: Frame): Value {
  let found = secret;
  for (const part of path) {
    const next = partOf(found, part);
    if (typeof next === 'symbol') {
      return fail(call, frame, `the secret has no ${shown(path, call, frame)}`);
    }
    found = next;
  }
  return found;
}
