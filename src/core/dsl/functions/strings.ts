import type { Value } from '../values.js';
import { isInteger, isList } from '../values.js';
import { asCall } from './call.js';
import type { Frame, FunctionDefinition, Outcome, ReadyCall } from './definition.js';
import { fail, shown } from './definition.js';
import { preview } from './run.js';

type Wanted = 'text' | 'integer';

interface TextFunction {
  readonly name: 'string_find' | 'string_replace' | 'string_split' | 'string_lower' | 'string_upper';
  /** What the arguments are; `required` of them must be there. */
  readonly wanted: readonly Wanted[];
  readonly required: number;
  readonly apply: (args: readonly Value[], call: ReadyCall, frame: Frame) => Value;
}

function isWanted(value: Value | undefined, wanted: Wanted | undefined): boolean {
  return wanted === 'text' ? typeof value === 'string' : wanted === 'integer' && isInteger(value);
}

/** A function of texts: one argument stands alone, several in a list; all must be plain when it is evaluated. */
function textFunction({ name, wanted, required, apply }: TextFunction): FunctionDefinition {
  const single = wanted.length === 1;
  const argumentsOf = (argument: Value): readonly Value[] | null =>
    single ? [argument] : isList(argument) ? argument : null;
  return {
    name,
    evaluated: 'creation',

    argument(argument) {
      const args = argumentsOf(argument);
      return args !== null &&
        args.length >= required &&
        args.length <= wanted.length &&
        args.every((item, index) => asCall(item) !== null || isWanted(item, wanted[index]))
        ? null
        : `expected ${single ? 'a string' : `[${wanted.join(', ')}]`}, not ${preview(argument)}`;
    },

    evaluate(call, frame): Outcome {
      const args = argumentsOf(call.argument) ?? [];
      for (const [index, item] of args.entries()) {
        if (asCall(item) !== null) {
          return fail(call, frame, `argument ${String(index + 1)} should not be a function`);
        }
        if (!isWanted(item, wanted[index])) {
          return fail(call, frame, `argument ${String(index + 1)} is no ${wanted[index] ?? 'argument'}`);
        }
      }
      return { value: apply(args, call, frame), frame };
    },
  };
}

export const STRING_FIND = textFunction({
  name: 'string_find',
  wanted: ['text', 'text'],
  required: 2,
  apply([haystack, needle]) {
    const text = haystack as string;
    const index = text.indexOf(needle as string);
    return index < 0 ? -1 : characters(text.slice(0, index));
  },
});

export const STRING_REPLACE = textFunction({
  name: 'string_replace',
  wanted: ['text', 'text', 'text', 'integer'],
  required: 3,
  apply([text, needle, replacement, count = -1], _call, frame) {
    return replace(text as string, needle as string, replacement as string, Number(count), frame);
  },
});

export const STRING_SPLIT = textFunction({
  name: 'string_split',
  wanted: ['text', 'text', 'integer'],
  required: 2,
  apply([text, separator, index], call, frame) {
    if (separator === '') {
      return fail(call, frame, 'the separator is empty');
    }
    frame.run.produce((text as string).length + 8 * occurrences(text as string, separator as string), frame.path);
    const parts = (text as string).split(separator as string);
    if (index === undefined) {
      return parts;
    }
    return parts.at(Number(index)) ?? fail(call, frame, `there is no part ${shown(index, call, frame)}`);
  },
});

export const STRING_LOWER = textFunction({
  name: 'string_lower',
  wanted: ['text'],
  required: 1,
  apply([text], _call, frame) {
    frame.run.produce((text as string).length, frame.path);
    return (text as string).toLowerCase();
  },
});

export const STRING_UPPER = textFunction({
  name: 'string_upper',
  wanted: ['text'],
  required: 1,
  apply([text], _call, frame) {
    frame.run.produce((text as string).length, frame.path);
    return (text as string).toUpperCase();
  },
});

/** Characters as Python counts them. */
function characters(text: string): number {
  let count = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.codePointAt(index) ?? 0;
    index += code > 0xffff ? 1 : 0;
    count += 1;
  }
  return count;
}

function occurrences(text: string, needle: string): number {
  let count = 0;
  for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + needle.length)) {
    count += 1;
  }
  return count;
}

/** Python's `replace`: a negative count means all; nothing is found before, between and after all characters. */
function replace(text: string, needle: string, replacement: string, count: number, frame: Frame): string {
  const possible = needle === '' ? characters(text) + 1 : occurrences(text, needle);
  const times = count < 0 ? possible : Math.min(possible, count);
  frame.run.produce(text.length + times * replacement.length, frame.path);
  const parts: string[] = [];
  let rest = 0;
  for (let done = 0; done < times; done += 1) {
    if (needle === '') {
      const next = done === 0 ? 0 : rest + ((text.codePointAt(rest) ?? 0) > 0xffff ? 2 : 1);
      parts.push(text.slice(rest, next), replacement);
      rest = next;
    } else {
      const next = text.indexOf(needle, rest);
      parts.push(text.slice(rest, next), replacement);
      rest = next + needle.length;
    }
  }
  parts.push(text.slice(rest));
  return parts.join('');
}
