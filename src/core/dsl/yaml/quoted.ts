import { BACKSLASH, DASH, DOT, DOUBLE_QUOTE, END, isBreak, SINGLE_QUOTE, SPACE, TAB } from './characters.js';
import type { Cursor } from './cursor.js';

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['0', '\0'],
  ['a', '\u0007'],
  ['b', '\b'],
  ['t', '\t'],
  ['\t', '\t'],
  ['n', '\n'],
  ['v', '\v'],
  ['f', '\f'],
  ['r', '\r'],
  ['e', '\u001b'],
  [' ', ' '],
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['N', '\u0085'],
  ['_', '\u00a0'],
  ['L', '\u2028'],
  ['P', '\u2029'],
]);
const DIGITS: ReadonlyMap<string, number> = new Map([
  ['x', 2],
  ['u', 4],
  ['U', 8],
]);

/** Reads a quoted scalar, which may go on over lines at any column (dsl.md §2). */
export function readQuoted(cursor: Cursor): string {
  const { text, pos: open } = cursor;
  const quote = text.charCodeAt(open);
  let value = '';
  let start = open + 1;
  cursor.pos = start;
  for (;;) {
    const code = text.charCodeAt(cursor.pos);
    if (code === quote) {
      if (quote === DOUBLE_QUOTE || text.charCodeAt(cursor.pos + 1) !== SINGLE_QUOTE) {
        value += text.slice(start, cursor.pos);
        cursor.pos += 1;
        return value;
      }
      value += text.slice(start, cursor.pos + 1);
      cursor.pos += 2;
    } else if (code === BACKSLASH && quote === DOUBLE_QUOTE) {
      value += text.slice(start, cursor.pos);
      value += readEscape(cursor);
    } else if (isBreak(code)) {
      value += text.slice(start, blanksBefore(text, start, cursor.pos));
      value += foldBreaks(cursor);
    } else if (code === END) {
      throw cursor.fault('a quoted text that begins here has no end', open);
    } else {
      cursor.pos += 1;
      continue;
    }
    start = cursor.pos;
  }
}

/** Where the blanks begin that end at `end`, not before `start`. */
function blanksBefore(text: string, start: number, end: number): number {
  let from = end;
  while (from > start && (text.charCodeAt(from - 1) === SPACE || text.charCodeAt(from - 1) === TAB)) {
    from -= 1;
  }
  return from;
}

/** A line break is a space, each further one a newline. */
function foldBreaks(cursor: Cursor): string {
  const first = cursor.takeBreak();
  const more = emptyLines(cursor);
  return first === '\n' ? more || ' ' : first + more;
}

/** Over empty lines and the blanks before the text that follows. */
function emptyLines(cursor: Cursor): string {
  let lines = '';
  for (;;) {
    if (cursor.atMark(DASH) || cursor.atMark(DOT)) {
      throw cursor.fault('the document ends within a quoted text');
    }
    while (cursor.code() === SPACE || cursor.code() === TAB) {
      cursor.pos += 1;
    }
    if (!isBreak(cursor.code())) {
      return lines;
    }
    lines += cursor.takeBreak();
  }
}

function readEscape(cursor: Cursor): string {
  const at = cursor.pos;
  cursor.pos += 1;
  if (isBreak(cursor.code())) {
    cursor.takeBreak();
    return emptyLines(cursor);
  }
  const letter = cursor.text.charAt(cursor.pos);
  const simple = ESCAPES.get(letter);
  if (simple !== undefined) {
    cursor.pos += 1;
    return simple;
  }
  const digits = DIGITS.get(letter);
  if (digits === undefined) {
    throw cursor.fault(`'\\${letter === '\0' ? '' : letter}' is no escape; write '\\\\' for a backslash`, at);
  }
  const hex = cursor.text.slice(cursor.pos + 1, cursor.pos + 1 + digits);
  const point = /^[0-9a-fA-F]+$/.test(hex) && hex.length === digits ? Number.parseInt(hex, 16) : Infinity;
  if (point > 0x10ffff) {
    throw cursor.fault(`'\\${letter}' needs ${String(digits)} hexadecimal digits of a character`, at);
  }
  cursor.pos += 1 + digits;
  return String.fromCodePoint(point);
}
