import { pythonStr } from '../text/python-text.js';
import type { Dict, Value } from '../values.js';
import { isList } from '../values.js';
import { isPart, wrongPath } from './arguments.js';
import { asCall } from './call.js';
import type { CheckedPlace, Frame, FunctionDefinition, Outcome, ReadyCall } from './definition.js';
import { fail, shown } from './definition.js';
import { MISSING, NO_INDEX, follow, partOf } from './descend.js';
import { listArgument } from './get-input.js';
import { wrongNode } from './keywords.js';
import { nodeMeant, resolveInstance } from './resolve-instance.js';
import { FunctionFailure, preview } from './run.js';
import type { Steps } from './steps.js';
import { answered } from './steps.js';
import type { EvaluationInstance } from './store.js';

/** `get_attribute`: `[node, part, …]`, a runtime property of one instance (dsl.md §14.2, §16). */
export const GET_ATTRIBUTE: FunctionDefinition = {
  name: 'get_attribute',
  evaluated: 'run time',
  argument: (argument) => wrongPath(argument, 2, '[node, attribute, part…]'),
  check: checkNode,

  *evaluate(call, frame): Steps<Outcome> {
    const [name = null, ...path] = listArgument(call);
    const instance = yield* orText(resolveInstance(name, call, frame), frame);
    if (typeof instance === 'string') {
      return { value: instance, frame, final: true };
    }
    const where = instanceFrame(instance, frame);
    return { value: yield* attribute(instance, path, call, where), frame: where };
  },
};

/** `get_attributes_list`: the same of all instances of a node. */
export const GET_ATTRIBUTES_LIST: FunctionDefinition = {
  name: 'get_attributes_list',
  evaluated: 'run time',
  argument: (argument) => wrongPath(argument, 2, '[node, attribute, part…]'),
  check: checkNode,

  *evaluate(call, frame): Steps<Outcome> {
    const [, ...path] = listArgument(call);
    const values: Value[] = [];
    for (const instance of yield* instancesMeant(call, frame)) {
      values.push(yield* evaluatedAttribute(instance, path, call, frame));
    }
    return { value: values, frame, final: true };
  },
};

/** `get_attributes_dict`: `[node, attribute or [attribute, part…], …]`, several of all instances of a node. */
export const GET_ATTRIBUTES_DICT: FunctionDefinition = {
  name: 'get_attributes_dict',
  evaluated: 'run time',

  argument(argument) {
    const [node, ...attributes] = isList(argument) ? argument : [];
    return isPart(node) &&
      attributes.length > 0 &&
      attributes.every(
        (item) => isPart(item) || (isList(item) && item.length > 0 && item.every((part) => isPart(part))),
      )
      ? null
      : `expected [node, attribute or [attribute, part…], …], not ${preview(argument)}`;
  },

  check: checkNode,

  *evaluate(call, frame): Steps<Outcome> {
    const [, ...attributes] = listArgument(call);
    const paths = new Map<string, readonly Value[]>();
    for (const item of attributes) {
      const path = isList(item) ? item : [item];
      const name = path.map((part) => pythonStr(part)).join('.');
      if (paths.has(name)) {
        return fail(call, frame, `attribute ${shown(name, call, frame)} is asked for twice`);
      }
      paths.set(name, path);
    }
    const found = new Map<string, Dict>();
    for (const instance of yield* instancesMeant(call, frame)) {
      const values = new Map<string, Value>();
      for (const [name, path] of paths) {
        values.set(name, yield* evaluatedAttribute(instance, path, call, frame));
      }
      found.set(instance.id, values);
    }
    return { value: found, frame, final: true };
  },
};

function checkNode(argument: Value, place: CheckedPlace): string | null {
  const [node = null] = argument as readonly Value[];
  return asCall(node) === null ? wrongNode(node, place) : null;
}

/** In outputs, what is wrong with the choice of an instance becomes the value (dsl.md §16 step 6). */
function* orText(steps: Steps<EvaluationInstance>, frame: Frame): Steps<EvaluationInstance | string> {
  try {
    return yield* steps;
  } catch (error) {
    if (frame.run.tolerant && error instanceof FunctionFailure && error.reason === 'instance') {
      return `<ERROR: ${error.detail}>`;
    }
    throw error;
  }
}

function* instancesMeant(call: ReadyCall, frame: Frame): Steps<readonly EvaluationInstance[]> {
  const [name = null] = listArgument(call);
  const node = yield* nodeMeant(name, call, frame);
  const instances = typeof node === 'string' ? yield* answered(frame.store.instancesOf(node)) : [];
  frame.run.spend(instances.length, frame.path);
  return instances;
}

/** What stands in an instance is evaluated in its name. */
function instanceFrame(instance: EvaluationInstance, frame: Frame): Frame {
  return {
    ...frame,
    keywords: new Map([['SELF', { kind: 'instance', instance: instance.id }]]),
    asking: { self: instance.id },
    hint: null,
    written: false,
  };
}

function* evaluatedAttribute(
  instance: EvaluationInstance,
  path: readonly Value[],
  call: ReadyCall,
  frame: Frame,
): Steps<Value> {
  const where = instanceFrame(instance, frame);
  return yield* frame.evaluate(yield* attribute(instance, path, call, where), where);
}

/** Runtime properties, then what every instance has, then the node's properties, then null (dsl.md §16). */
function* attribute(instance: EvaluationInstance, path: readonly Value[], call: ReadyCall, frame: Frame): Steps<Value> {
  frame.run.conceal();
  const own = yield* look(instance.runtime_properties, path, call, frame);
  if (own !== null) {
    return own;
  }
  const [first, ...rest] = path;
  const innate = rest.length > 0 ? null : first === 'node_instance_id' ? instance.id : null;
  const index = rest.length === 0 && first === 'node_instance_index' ? instance.index : null;
  const known = innate ?? index;
  if (known !== null) {
    return known;
  }
  const node = yield* answered(frame.store.node(instance.node_id));
  return node === undefined ? null : yield* look(node.properties, path, call, frame);
}

function* look(values: Dict, path: readonly Value[], call: ReadyCall, frame: Frame): Steps<Value> {
  const [first = null, ...rest] = path;
  const start = partOf(values, first);
  const found = typeof start === 'symbol' ? start : yield* follow(start, rest, frame);
  if (found === NO_INDEX) {
    return fail(call, frame, `${shown(call.argument, call, frame)} asks a list for something else than an index`);
  }
  return found === MISSING ? null : found;
}
