import { GREATER, HASH, isBreak, isBreakOrEnd, isSpaceBreakOrEnd, SPACE, TAB, END } from './characters.js';
import type { Cursor } from './cursor.js';

interface Header {
  /** `+` keeps the newlines at the end, `-` strips them. */
  readonly chomping: '+' | '-' | '';
  /** Columns deeper than the parent; 0 where the first line tells. */
  readonly increment: number;
}

/** Reads a block scalar, literal (`|`) or folded (`>`), of a node whose parent is indented by `indent`. */
export function readBlockScalar(cursor: Cursor, indent: number): string {
  const folded = cursor.code() === GREATER;
  const { chomping, increment } = readHeader(cursor);
  const least = Math.max(indent + 1, 1);
  const first = increment === 0 ? detectIndent(cursor) : null;
  const column = first === null ? least + increment - 1 : Math.max(least, first.column);
  let breaks = first === null ? emptyLines(cursor, column) : first.breaks;
  let value = '';
  let lineBreak = '';
  let wasText = false;
  while (cursor.column === column && cursor.code() !== END) {
    const isText = cursor.code() !== SPACE && cursor.code() !== TAB;
    const folds = folded && lineBreak === '\n' && wasText && isText;
    value += folds ? (breaks === '' ? ' ' : breaks) : lineBreak + breaks;
    wasText = isText;
    const from = cursor.pos;
    cursor.skipLine();
    value += cursor.text.slice(from, cursor.pos);
    lineBreak = cursor.code() === END ? '' : cursor.takeBreak();
    breaks = emptyLines(cursor, column);
  }
  return value + (chomping === '-' ? '' : lineBreak) + (chomping === '+' ? breaks : '');
}

function readHeader(cursor: Cursor): Header {
  const match = /^(?:([+-])([0-9]?)|([0-9])([+-]?))/.exec(cursor.text.slice(cursor.pos + 1, cursor.pos + 3));
  cursor.pos += 1 + (match?.[0].length ?? 0);
  const digit = match?.[2] ?? match?.[3] ?? '';
  if (digit === '0' || !isSpaceBreakOrEnd(cursor.code())) {
    throw cursor.fault(
      "behind '|' or '>' only an indentation (1 to 9), '+' or '-' may stand; text begins in the next line",
    );
  }
  cursor.skipSpaces();
  if (cursor.code() === HASH) {
    cursor.skipLine();
  }
  if (!isBreakOrEnd(cursor.code())) {
    throw cursor.fault("the text of a '|' or '>' block begins in the next line");
  }
  if (isBreak(cursor.code())) {
    cursor.takeBreak();
  }
  return { chomping: (match?.[1] ?? match?.[4] ?? '') as Header['chomping'], increment: Number(digit) };
}

/** Over the empty lines before the text; the deepest column reached by spaces is that of the text. */
function detectIndent(cursor: Cursor): { readonly breaks: string; readonly column: number } {
  let breaks = '';
  let column = 0;
  for (;;) {
    cursor.skipSpaces();
    column = Math.max(column, cursor.column);
    if (!isBreak(cursor.code())) {
      return { breaks, column };
    }
    breaks += cursor.takeBreak();
  }
}

/** Over empty lines, and the indentation of the next one. */
function emptyLines(cursor: Cursor, column: number): string {
  let breaks = '';
  for (;;) {
    while (cursor.column < column && cursor.code() === SPACE) {
      cursor.pos += 1;
    }
    if (!isBreak(cursor.code())) {
      return breaks;
    }
    breaks += cursor.takeBreak();
  }
}
