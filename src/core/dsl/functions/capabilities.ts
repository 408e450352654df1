import type { Value } from '../values.js';
import { isList } from '../values.js';
import { asPath, isPart, wrongPath } from './arguments.js';
import type { Frame, FunctionDefinition, Outcome, ReadyCall } from './definition.js';
import { fail, shown } from './definition.js';
import { follow } from './descend.js';
import { listArgument } from './get-input.js';
import { preview } from './run.js';
import type { Steps } from './steps.js';
import { answered } from './steps.js';

/** The label that names the environment a deployment lives in (dsl.md §14.2). */
const PARENT_LABEL = 'csys-obj-parent';

/** `get_capability`: `[deployment id, capability, part…]` (dsl.md §14.2, §16). */
export const GET_CAPABILITY: FunctionDefinition = {
  name: 'get_capability',
  evaluated: 'run time',
  argument: (argument) => wrongPath(argument, 2, '[deployment id, capability, part…]'),

  *evaluate(call, frame): Steps<Outcome> {
    const [deployment = null, name = null, ...path] = listArgument(call);
    return yield* capability(deployment, name, path, call, frame);
  },
};

/** `get_environment_capability`: the same of the deployment that this one's parent label names. */
export const GET_ENVIRONMENT_CAPABILITY: FunctionDefinition = {
  name: 'get_environment_capability',
  evaluated: 'run time',

  argument(argument) {
    if (isList(argument)) {
      return wrongPath(argument, 2, '[capability, part…]');
    }
    return typeof argument === 'string' ? null : `expected the name of a capability, not ${preview(argument)}`;
  },

  *evaluate(call, frame): Steps<Outcome> {
    const [parent] = (yield* answered(frame.store.label(PARENT_LABEL))) ?? [];
    if (parent === undefined) {
      return fail(call, frame, `the deployment has no label ${PARENT_LABEL}`);
    }
    const [name = null, ...path] = asPath(call.argument);
    return yield* capability(parent, name, path, call, frame);
  },
};

/** `get_group_capability`: `[group, capability or [capabilities], part…]`, of all deployments of a group. */
export const GET_GROUP_CAPABILITY: FunctionDefinition = {
  name: 'get_group_capability',
  evaluated: 'run time',

  argument(argument) {
    const [group, names, ...path] = isList(argument) ? argument : [];
    const named = isList(names) ? names.length > 0 && names.every((name) => isPart(name)) : isPart(names);
    return isPart(group) && named && path.every((part) => isPart(part))
      ? null
      : `expected [group, capability or [capabilities], part…], not ${preview(argument)}`;
  },

  *evaluate(call, frame): Steps<Outcome> {
    const value = yield* answered(frame.store.groupCapability(listArgument(call)));
    frame.run.conceal();
    return value === undefined
      ? fail(call, frame, `there is no ${shown(call.argument, call, frame)}`)
      : { value, frame: { ...frame, written: false } };
  },
};

function* capability(
  deployment: Value,
  name: Value,
  path: readonly Value[],
  call: ReadyCall,
  frame: Frame,
): Steps<Outcome> {
  const known = typeof deployment === 'string' && typeof name === 'string';
  const found = known ? yield* answered(frame.store.capability(deployment, name)) : undefined;
  frame.run.conceal();
  if (found === undefined) {
    const which = `${shown(deployment, call, frame)} has no capability ${shown(name, call, frame)}`;
    return fail(call, frame, `deployment ${which}`);
  }
  const where = found.store === undefined ? { ...frame, written: false } : deploymentFrame(found.store, frame);
  const value = yield* follow(found.value, path, where);
  return typeof value === 'symbol'
    ? fail(call, frame, `the capability has no ${shown(path, call, frame)}`)
    : { value, frame: where };
}

/** Another deployment's definitions are evaluated there, where nobody in particular asks. */
function deploymentFrame(store: Frame['store'], frame: Frame): Frame {
  return { ...frame, store, keywords: new Map(), asking: {}, hint: null, written: false };
}
