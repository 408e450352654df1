import { pythonStr } from '../text/python-text.js';
import type { Key, Value } from '../values.js';
import { isDict, isList } from '../values.js';
import { asCall } from './call.js';
import type { Frame, FunctionDefinition } from './definition.js';
import { LEFT, fail } from './definition.js';
import { listArgument } from './get-input.js';
import { measure } from './measure.js';
import { preview } from './run.js';

/** `concat`: all items as text, joined (dsl.md §14.2). */
export const CONCAT: FunctionDefinition = {
  name: 'concat',
  evaluated: 'creation',
  since: 1,

  argument(argument) {
    return isList(argument) ? null : `expected a list, not ${preview(argument)}`;
  },

  evaluate(call, frame) {
    const items = listArgument(call);
    if (items.some((item) => asCall(item) !== null)) {
      return LEFT;
    }
    return { value: items.map((item) => textOf(item, frame)).join(''), frame };
  },
};

/** Escapes may make the text longer than it was measured to be, so it is counted again. */
function textOf(item: Value, frame: Frame): string {
  const { weight } = measure(item);
  frame.run.produce(weight, frame.path);
  const text = pythonStr(item);
  frame.run.produce(Math.max(0, text.length - weight), frame.path);
  return text;
}

/** `merge`: one dictionary of all, later entries win (dsl.md §14.2). */
export const MERGE: FunctionDefinition = {
  name: 'merge',
  evaluated: 'creation',
  since: 3,

  argument(argument) {
    return isList(argument) && argument.every((item) => isDict(item))
      ? null
      : `expected a list of dictionaries, not ${preview(argument)}`;
  },

  evaluate(call, frame) {
    const items = listArgument(call);
    if (items.some((item) => asCall(item) !== null)) {
      return LEFT;
    }
    const merged = new Map<Key, Value>();
    for (const item of items) {
      if (!isDict(item)) {
        return fail(call, frame, 'an item is no dictionary');
      }
      frame.run.produce(8 * item.size, frame.path);
      for (const [key, value] of item) {
        merged.set(key, value);
      }
    }
    return { value: merged, frame };
  },
};
