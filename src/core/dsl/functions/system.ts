import { isList } from '../values.js';
import type { FunctionDefinition, Outcome } from './definition.js';
import { fail } from './definition.js';
import { listArgument } from './get-input.js';
import { preview } from './run.js';
import type { Steps } from './steps.js';
import { answered } from './steps.js';

/** Entity → properties that may be asked for (dsl.md §14.2). */
const SYSTEM: ReadonlyMap<unknown, readonly unknown[]> = new Map([
  ['tenant', ['name']],
  ['deployment', ['id', 'name', 'blueprint', 'owner']],
]);

/** `get_sys`: `[entity, property]`. */
export const GET_SYS: FunctionDefinition = {
  name: 'get_sys',
  evaluated: 'run time',

  argument(argument) {
    const [entity, property, ...more] = isList(argument) ? argument : [];
    return SYSTEM.get(entity)?.includes(property) === true && more.length === 0
      ? null
      : `expected [tenant, name] or [deployment, id | name | blueprint | owner], not ${preview(argument)}`;
  },

  *evaluate(call, frame): Steps<Outcome> {
    const [entity, property] = listArgument(call);
    const value = yield* answered(frame.store.system(entity as string, property as string));
    return value === undefined
      ? fail(call, frame, `${entity as string} ${property as string} is not known`)
      : { value, frame, final: true };
  },
};

/** `get_consumers`: deployments that depend on this one, as `ids`, `names` or their `count`. */
export const GET_CONSUMERS: FunctionDefinition = {
  name: 'get_consumers',
  evaluated: 'run time',

  argument(argument) {
    return argument === 'ids' || argument === 'names' || argument === 'count'
      ? null
      : `expected ids, names or count, not ${preview(argument)}`;
  },

  *evaluate(call, frame): Steps<Outcome> {
    const consumers = yield* answered(frame.store.consumers());
    const answers = { ids: [...consumers.keys()], names: [...consumers.values()], count: consumers.size };
    return { value: answers[call.argument as keyof typeof answers], frame, final: true };
  },
};
