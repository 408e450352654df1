import type { Value } from '../values.js';
import { isInteger, isList } from '../values.js';
import { asPath, isName } from './arguments.js';
import { asCall } from './call.js';
import type { FunctionDefinition, Outcome } from './definition.js';
import { fail, shown } from './definition.js';
import { preview } from './run.js';
import type { Steps } from './steps.js';
import { answered } from './steps.js';

/** `get_label`: all values of the deployment's label, or `[key, index]` (dsl.md §14.2, §16). */
export const GET_LABEL: FunctionDefinition = {
  name: 'get_label',
  evaluated: 'run time',

  argument(argument) {
    const [key, index] = asPath(argument);
    const shaped = isList(argument)
      ? argument.length === 2 && (indexOf(index) !== null || asCall(index) !== null)
      : true;
    return shaped && isName(key) ? null : `expected the key of a label, or [key, index], not ${preview(argument)}`;
  },

  *evaluate(call, frame): Steps<Outcome> {
    const [key = null, index] = asPath(call.argument);
    const values = typeof key === 'string' ? yield* answered(frame.store.label(key)) : undefined;
    if (values === undefined) {
      return fail(call, frame, `the deployment has no label ${shown(key, call, frame)}`);
    }
    if (index === undefined) {
      return { value: values, frame, final: true };
    }
    const at = indexOf(index);
    const value = at === null ? undefined : values.at(at);
    return value === undefined
      ? fail(call, frame, `label ${shown(key, call, frame)} has no value ${shown(index, call, frame)}`)
      : { value, frame, final: true };
  },
};

/** An integer, or digits. */
function indexOf(value: Value | undefined): number | null {
  if (isInteger(value)) {
    return Number(value);
  }
  return typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : null;
}
