import type { Value } from '../values.js';
import { floatValue, integerValue } from '../values.js';

/** Deeper JSON is refused, since whoever walks a value walks it by recursion. */
const DEEPEST = 200;

/** The value of a JSON text, integers and floats kept apart; undefined when it is none, or nests too deep. */
export function valueOfJson(text: string): Value | undefined {
  if (nesting(text) > DEEPEST) {
    return undefined;
  }
  try {
    return JSON.parse(text, revive as (key: string, value: unknown) => unknown) as Value;
  } catch {
    return undefined;
  }
}

/** Called from the leaves up, so what stands in `value` is made already; a number's text tells `1.0` from `1`. */
function revive(_key: string, value: unknown, context: { readonly source?: string }): Value {
  if (typeof value === 'number') {
    const { source = '' } = context;
    return /^-?\d+$/.test(source) ? integerValue(BigInt(source)) : floatValue(value);
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? new Map(Object.entries(value as Readonly<Record<string, Value>>))
    : (value as Value);
}

/** How many brackets stand inside each other. */
function nesting(text: string): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charCodeAt(index);
    if (quoted) {
      index += character === BACKSLASH ? 1 : 0;
      quoted = character !== QUOTE;
    } else if (character === QUOTE) {
      quoted = true;
    } else if (character === OPEN_LIST || character === OPEN_DICT) {
      depth += 1;
      deepest = Math.max(deepest, depth);
    } else if (character === CLOSE_LIST || character === CLOSE_DICT) {
      depth -= 1;
    }
  }
  return deepest;
}

const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_DICT, CLOSE_DICT] = [0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d] as const;
