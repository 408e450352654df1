import type { Dict, Key, Value } from '../values.js';
import { isDict, isList, keyText } from '../values.js';
import { equalValues } from './equal.js';
import type { FunctionName } from './call.js';
import { asCall } from './call.js';
import type { Frame, Outcome, ReadyCall } from './definition.js';
import { LEFT, fail } from './definition.js';
import { holdsCalls } from './measure.js';
import type { Steps } from './steps.js';
import { FUNCTIONS } from './table.js';

/** How often a function may directly lead to the next: two that name each other would go on for ever. */
const LONGEST_CHAIN = 200;

/**
 * Evaluates all functions in a value (dsl.md §14.5). What holds none is given back as it is; a list or dictionary
 * without changes, too.
 * @throws FunctionFailure
 */
export function* evaluate(value: Value, frame: Frame): Steps<Value> {
  if (!holdsCalls(value)) {
    return value;
  }
  return asCall(value) === null ? yield* contents(value, frame) : yield* evaluateCall(value, frame);
}

/** Evaluates the items of a list or dictionary, a call's arguments too, but no call that it is itself. */
export function* contents(value: Value, frame: Frame): Steps<Value> {
  frame.run.enterValue(frame.path);
  try {
    if (isList(value)) {
      return yield* items(value, frame);
    }
    return isDict(value) ? yield* entries(value, frame) : value;
  } finally {
    frame.run.leaveValue();
  }
}

function* items(list: readonly Value[], frame: Frame): Steps<Value> {
  let copy: Value[] | null = null;
  for (const [index, item] of list.entries()) {
    const result = yield* part(item, index, frame);
    if (result !== item) {
      if (copy === null) {
        copy = [...list];
        frame.copies?.set(list, copy);
      }
      copy[index] = result;
    }
  }
  return copy ?? list;
}

function* entries(dict: Dict, frame: Frame): Steps<Value> {
  let copy: Map<Key, Value> | null = null;
  for (const [key, item] of dict) {
    const result = yield* part(item, keyText(key), frame);
    if (result !== item) {
      if (copy === null) {
        copy = new Map(dict);
        frame.copies?.set(dict, copy);
      }
      copy.set(key, result);
    }
  }
  return copy ?? dict;
}

function* part(item: Value, key: string | number, frame: Frame): Steps<Value> {
  if (!holdsCalls(item)) {
    return item;
  }
  return yield* evaluate(item, frame.written ? { ...frame, path: frame.path.child(key) } : frame);
}

function* evaluateCall(value: Value, frame: Frame): Steps<Value> {
  frame.run.enterCall(frame.path);
  try {
    return yield* followChain(value, frame);
  } finally {
    frame.run.leaveCall();
  }
}

/** A function's result may be a function again, which is evaluated where it was found (dsl.md §14.5 step 3). */
function* followChain(start: Value, frame: Frame): Steps<Value> {
  let value = start;
  let where = frame;
  for (let link = 0; ; link += 1) {
    if (!holdsCalls(value)) {
      return value;
    }
    const written = asCall(value);
    if (written === null) {
      return yield* contents(value, where);
    }
    if (link > 0) {
      where.run.spend(1, where.path);
    }
    if (link > LONGEST_CHAIN) {
      where.run.fail('recursion', `${written.name}: functions lead to each other without an end`, where.path);
    }
    const complaint = FUNCTIONS[written.name].argument(written.argument);
    if (complaint !== null) {
      return fail(written, where, where.written || !where.run.concealed ? complaint : 'its argument is malformed');
    }
    const literal = where.written && !holdsCalls(written.argument);
    const raw = (yield* contents(value, where)) as Dict;
    const call = { ...written, argument: raw.get(written.name) ?? null, raw, literal };
    const outcome = yield* apply(call, where);
    if (outcome === LEFT || isItself(outcome.value, raw)) {
      return left(call, where);
    }
    if (outcome.final === true) {
      return outcome.value;
    }
    value = outcome.value;
    where = outcome.frame.run.concealed ? { ...outcome.frame, written: false } : outcome.frame;
  }
}

function* apply(call: ReadyCall, frame: Frame): Steps<Outcome> {
  const definition = FUNCTIONS[call.name];
  if (frame.run.creation && definition.evaluated === 'run time') {
    return LEFT;
  }
  const outcome = definition.evaluate(call, frame);
  return typeof outcome === 'object' && 'next' in outcome ? yield* outcome : outcome;
}

/** A property that is `get_property` of itself. */
function isItself(value: Value, raw: Dict): boolean {
  return asCall(value) !== null && equalValues(value, raw);
}

const OF_NODES: ReadonlySet<FunctionName> = new Set([
  'get_property',
  'get_attribute',
  'get_attributes_list',
  'get_attributes_dict',
]);

/** The call that stays; one that was found in another node must go on to mean that node. */
function left(call: ReadyCall, frame: Frame): Value {
  const { argument } = call;
  if (frame.selfBecomes === null || !OF_NODES.has(call.name) || !isList(argument) || argument[0] !== 'SELF') {
    return call.raw;
  }
  return new Map(call.raw).set(call.name, [frame.selfBecomes, ...argument.slice(1)]);
}
