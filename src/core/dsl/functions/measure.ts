import { dslError } from '../diagnostics.js';
import type { Dict, Value } from '../values.js';
import { isDict, isList } from '../values.js';
import type { FunctionName } from './call.js';
import { asCall } from './call.js';

/** What is known of a value without looking at it again; a part that is shared counts each time it is reached. */
export interface Measure {
  /** Function calls in it, itself included. */
  readonly calls: number;
  /** Those of them that ask for a secret or a capability. */
  readonly asking: number;
  /** Lists and dictionaries inside each other. */
  readonly depth: number;
  /** About how many characters its text would have. */
  readonly weight: number;
  /** Whether SELF, SOURCE or TARGET stands in it, so that a call in it may mean something else elsewhere. */
  readonly keywords: boolean;
}

/** Documents nest at most 200 deep; what inputs and functions make of them may nest a little deeper. */
const DEEPEST = 400;

const ASKING: ReadonlySet<FunctionName> = new Set(['get_secret', 'get_capability', 'get_environment_capability']);

const known = new WeakMap<object, Measure>();
const SCALAR: Measure = { calls: 0, asking: 0, depth: 0, weight: 8, keywords: false };

/**
 * Measures a value, each list and dictionary once in its life: values never change after they were made.
 * @throws DslError when it nests deeper than `DEEPEST`
 */
export function measure(value: Value, level = 0): Measure {
  if (isList(value) || isDict(value)) {
    let found = known.get(value);
    if (found === undefined) {
      found = isList(value) ? ofParts(value, level) : ofDict(value, level);
      known.set(value, found);
    }
    return found;
  }
  return typeof value === 'string' ? { ...SCALAR, weight: value.length + 2, keywords: isKeyword(value) } : SCALAR;
}

/** Whether any function stands in the value, at any depth. */
export function holdsCalls(value: Value): boolean {
  return (isList(value) || isDict(value)) && measure(value).calls > 0;
}

/** Whether a function that asks for a secret or a capability stands in the value, at any depth. */
export function holdsAskingCalls(value: Value): boolean {
  return (isList(value) || isDict(value)) && measure(value).asking > 0;
}

export function isKeyword(value: Value): value is 'SELF' | 'SOURCE' | 'TARGET' {
  return value === 'SELF' || value === 'SOURCE' || value === 'TARGET';
}

function ofDict(value: Dict, level: number): Measure {
  const parts = ofParts(value.values(), level);
  let { weight } = parts;
  for (const key of value.keys()) {
    weight += typeof key === 'string' ? key.length + 4 : 8;
  }
  const call = asCall(value);
  return {
    ...parts,
    weight,
    calls: parts.calls + (call === null ? 0 : 1),
    asking: parts.asking + (call !== null && ASKING.has(call.name) ? 1 : 0),
  };
}

function ofParts(items: Iterable<Value>, level: number): Measure {
  let calls = 0;
  let asking = 0;
  let depth = 0;
  let weight = 2;
  let keywords = false;
  for (const item of items) {
    if (typeof item === 'string') {
      weight += item.length + 4;
      keywords ||= isKeyword(item);
    } else if (typeof item === 'object' && item !== null) {
      const part = measure(item, level + 1);
      calls += part.calls;
      asking += part.asking;
      depth = Math.max(depth, part.depth);
      weight += part.weight;
      keywords ||= part.keywords;
    } else {
      weight += 8;
    }
  }
  if (depth >= DEEPEST || level > DEEPEST) {
    throw dslError({ code: null, message: `Values may nest at most ${String(DEEPEST)} deep` });
  }
  return { calls, asking, depth: depth + 1, weight, keywords };
}
