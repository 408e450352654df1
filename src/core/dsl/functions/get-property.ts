import type { Value } from '../values.js';
import { wrongPath } from './arguments.js';
import { asCall } from './call.js';
import type { FunctionDefinition } from './definition.js';
import { fail, shown } from './definition.js';
import type { Part } from './descend.js';
import { MISSING, NO_INDEX, follow, followInPlan, newest, partOf } from './descend.js';
import { listArgument, refuseUnresolved } from './get-input.js';
import type { NodeInSight } from './keywords.js';
import { nodeInSight, wrongNode } from './keywords.js';
import { isKeyword } from './measure.js';
import { preview } from './run.js';
import type { Steps } from './steps.js';

/** `get_property`: `[node, part, part…]` (dsl.md §14.2). */
export const GET_PROPERTY: FunctionDefinition = {
  name: 'get_property',
  evaluated: 'creation',

  argument(argument) {
    return wrongPath(argument, 2, '[node, property, part…]');
  },

  check(argument, place) {
    const [node = null, ...path] = argument as readonly Value[];
    if ([node, ...path].some((part) => asCall(part) !== null)) {
      return null;
    }
    const complaint = wrongNode(node, place);
    if (complaint !== null) {
      return complaint;
    }
    const name = isKeyword(node) ? place.keywords.get(node) : node;
    const properties = place.properties(name as string) ?? new Map();
    const [first = null, ...rest] = path;
    const found = partOf(properties, first);
    return complain(typeof found === 'symbol' ? found : followInPlan(found, rest), preview(argument));
  },

  *evaluate(call, frame) {
    const [name = null, ...path] = listArgument(call);
    refuseUnresolved([name, ...path], call, frame);
    const sight = yield* nodeInSight(name, call, frame);
    const found = yield* descend(sight, path);
    if (found === MISSING || found === NO_INDEX) {
      return fail(call, frame, complain(found, shown(call.argument, call, frame)) ?? '');
    }
    return { value: found, frame: { ...sight.frame, copies: null } };
  },
};

function complain(found: Part, argument: string): string | null {
  return found === NO_INDEX
    ? `${argument} asks a list for something else than an index`
    : found === MISSING
      ? `the node has no property ${argument}`
      : null;
}

/** The dictionary of all properties is no function, even if the only property has a function's name. */
function* descend({ node, frame }: NodeInSight, path: readonly Value[]): Steps<Part> {
  const states = frame.run.states?.nodeStates(node.id) ?? null;
  const [first = null, ...rest] = path;
  const found = partOf(newest(node.properties, states), first);
  if (typeof found === 'symbol') {
    return found;
  }
  return frame.run.creation ? followInPlan(found, rest, states) : yield* follow(found, rest, frame);
}
