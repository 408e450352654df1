import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  DASH,
  DOT,
  END,
  HASH,
  isBlankOrEnd,
  isBreak,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUESTION,
  SPACE,
  TAB,
} from './characters.js';
import type { Cursor } from './cursor.js';

/**
 * Reads a plain scalar, which goes on over lines: in a block as long as they are deeper than `indent`, in a flow
 * collection (`indent` null) at any column. Blanks at its end are passed over.
 */
export function readPlain(cursor: Cursor, indent: number | null): string {
  const { text } = cursor;
  const inFlow = indent === null;
  let value = '';
  let start = cursor.pos;
  for (;;) {
    const end = endOfLine(text, cursor.pos, inFlow);
    value += text.slice(start, end);
    cursor.pos = end;
    cursor.skipSpaces();
    if (!isBreak(text.charCodeAt(cursor.pos))) {
      return value;
    }
    const glue = foldBreaks(cursor);
    if (glue === null || !goesOn(cursor, indent)) {
      return value;
    }
    value += glue;
    start = cursor.pos;
  }
}

/** Where a plain scalar that goes on at `from` ends in its line; spaces behind it are left. */
function endOfLine(text: string, from: number, inFlow: boolean): number {
  let end = from;
  for (let pos = from; ; pos += 1) {
    const code = text.charCodeAt(pos);
    if (code === SPACE) {
      continue;
    }
    if (code === TAB || code === END || isBreak(code) || (code === HASH && pos > end)) {
      return end;
    }
    if (code === COLON && endsBefore(text.charCodeAt(pos + 1), inFlow)) {
      return end;
    }
    if (inFlow && isFlowStop(code)) {
      return end;
    }
    end = pos + 1;
  }
}

function endsBefore(next: number, inFlow: boolean): boolean {
  return isBlankOrEnd(next) || (inFlow && isFlowSign(next));
}

function isFlowSign(code: number): boolean {
  return (
    code === COMMA || code === OPEN_BRACKET || code === CLOSE_BRACKET || code === OPEN_BRACE || code === CLOSE_BRACE
  );
}

function isFlowStop(code: number): boolean {
  return isFlowSign(code) || code === QUESTION;
}

/** Over line breaks and the spaces behind each; null when the document ends there. */
function foldBreaks(cursor: Cursor): string | null {
  const first = cursor.takeBreak();
  let more = '';
  for (;;) {
    if (atDocumentMark(cursor)) {
      return null;
    }
    cursor.skipSpaces();
    if (!isBreak(cursor.code())) {
      return first === '\n' ? more || ' ' : first + more;
    }
    more += cursor.takeBreak();
  }
}

function atDocumentMark(cursor: Cursor): boolean {
  return cursor.atMark(DASH) || cursor.atMark(DOT);
}

/** Whether the scalar has text in the line that begins here. */
function goesOn(cursor: Cursor, indent: number | null): boolean {
  const code = cursor.code();
  if (code === HASH || code === TAB || code === END || (indent !== null && cursor.column <= indent)) {
    return false;
  }
  if (code === COLON) {
    return !endsBefore(cursor.code(1), indent === null);
  }
  return indent !== null || !isFlowStop(code);
}
